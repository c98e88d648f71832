//! What HTTP speaks over: a socket, perhaps with TLS around it, whose receives and sends are limited in time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::secure::Secure;
use super::{Failure, Target};
use crate::net::connect::connect;
use crate::net::deadline::{Deadline, STEP, Waiting};
use crate::net::resolve::resolve;
use crate::net::trust::Trust;

/// A connection to a server. No system call on its socket takes longer than [`STEP`].
pub(super) struct Transport {
    socket: TcpStream,
    secure: Option<Secure>,
}

/// How long something may take: in all, as a part of that, and without a byte from the server.
#[derive(Clone, Copy)]
pub(super) struct Patience<'a> {
    pub(super) whole: &'a Waiting<'a>,
    pub(super) part: &'a Waiting<'a>,
    pub(super) silence: Duration,
}

/// What a receive gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Received {
    Bytes(usize),
    /// The end of the connection, inside TLS one that the server has announced.
    End,
    /// The connection broke.
    Broken,
    /// Nothing for too long.
    Silence,
}

impl Transport {
    /// Connects to the first address of the host that answers.
    pub(super) fn open(
        target: &Target,
        trust: &Trust,
        patience: Patience<'_>,
    ) -> Result<Self, Failure> {
        let secure = target
            .is_secure
            .then(|| Secure::new(target, trust))
            .transpose()?;
        let socket = reach(target, patience).ok_or_else(|| lost(patience.whole))?;
        if let Some(secure) = &secure {
            secure.shake_hands(&socket, patience)?;
        }
        Ok(Self { socket, secure })
    }

    /// True inside TLS: an end that the server has not announced is then an error.
    pub(super) fn is_secure(&self) -> bool {
        self.secure.is_some()
    }

    /// Sends all of `bytes`.
    pub(super) fn send(&mut self, bytes: &[u8], patience: Patience<'_>) -> Result<(), Failure> {
        let mut quiet = Quiet::new(patience);
        let mut rest = bytes;
        while !rest.is_empty() {
            match quiet.look(|| self.send_once(rest))? {
                Look::Done(count @ 1..) => {
                    rest = rest.get(count..).unwrap_or_default();
                    quiet.end();
                }
                Look::Nothing => {}
                Look::Done(0) | Look::Failed | Look::Silence => return Err(Failure::Lost),
            }
        }
        match &self.secure {
            Some(secure) => secure.flush(&self.socket, patience),
            None => Ok(()),
        }
    }

    fn send_once(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.secure {
            Some(secure) => secure.send(&self.socket, bytes),
            None => self.socket.write(bytes),
        }
    }

    /// Receives some bytes.
    pub(super) fn receive(
        &mut self,
        into: &mut [u8],
        patience: Patience<'_>,
    ) -> Result<Received, Failure> {
        let mut quiet = Quiet::new(patience);
        loop {
            match quiet.look(|| self.receive_once(into))? {
                Look::Done(Some(0)) => return Ok(Received::End),
                Look::Done(Some(count)) => return Ok(Received::Bytes(count)),
                Look::Done(None) => quiet.end(),
                Look::Nothing => {}
                Look::Failed => return Ok(Received::Broken),
                Look::Silence => return Ok(Received::Silence),
            }
        }
    }

    /// One system call at most; `None` when it brought less than TLS can decrypt.
    fn receive_once(&mut self, into: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(secure) = &self.secure else {
            return self.socket.read(into).map(Some);
        };
        match secure.take(&self.socket, into)? {
            0 => Ok((!secure.receive(&self.socket)?).then_some(0)),
            count => Ok(Some(count)),
        }
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if let Some(secure) = &self.secure {
            secure.close(&self.socket);
        }
    }
}

/// A socket that is connected to the first address of the host that answers.
fn reach(target: &Target, patience: Patience<'_>) -> Option<TcpStream> {
    let waiting = patience.sooner();
    let addresses = resolve(&target.host, target.port, &waiting).ok()?;
    let socket = connect(&addresses, None, &waiting).ok()?;
    in_steps(socket.into()).ok()
}

/// Makes system calls on the socket return soon.
fn in_steps(socket: TcpStream) -> io::Result<TcpStream> {
    socket.set_read_timeout(Some(STEP))?;
    socket.set_write_timeout(Some(STEP))?;
    Ok(socket)
}

/// There is no connection, or nobody wants it any more.
fn lost(waiting: &Waiting<'_>) -> Failure {
    if waiting.is_stopped() {
        Failure::Stopped
    } else {
        Failure::Lost
    }
}

/// The system call has waited long enough, or was interrupted: whether to stop is asked elsewhere.
fn is_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

impl<'a> Patience<'a> {
    /// What ends when the first of both does.
    fn sooner(&self) -> Waiting<'a> {
        self.whole.until(self.part.deadline())
    }
}

/// How long nothing has happened.
pub(super) struct Quiet<'a> {
    patience: Patience<'a>,
    limit: Deadline,
}

/// What a system call that takes a [`STEP`] at most has brought.
pub(super) enum Look<T> {
    /// Something.
    Done(T),
    /// Nothing yet.
    Nothing,
    /// The connection is broken, or TLS is.
    Failed,
    /// It has been quiet for too long.
    Silence,
}

impl<'a> Quiet<'a> {
    pub(super) fn new(patience: Patience<'a>) -> Self {
        let limit = Deadline::within(Some(patience.silence));
        Self { patience, limit }
    }

    /// Something has happened.
    pub(super) fn end(&mut self) {
        self.limit = Deadline::within(Some(self.patience.silence));
    }

    /// Makes a system call. An error when the time is over, also for a server that never stops talking, or when somebody
    /// says stop.
    pub(super) fn look<T>(
        &mut self,
        act: impl FnOnce() -> io::Result<T>,
    ) -> Result<Look<T>, Failure> {
        let Patience { whole, part, .. } = self.patience;
        if self.limit.step(STEP).is_none() {
            return Ok(Look::Silence);
        }
        let in_part = || part.act(|| Ok(act()));
        let looked = self.limit.during(STEP, || whole.act(in_part));
        match looked.map_err(|_| lost(whole))? {
            Ok(brought) => Ok(Look::Done(brought)),
            Err(error) if is_pause(&error) => Ok(Look::Nothing),
            Err(_) => Ok(Look::Failed),
        }
    }
}
