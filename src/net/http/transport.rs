//! What HTTP speaks over: a socket, perhaps with TLS around it, whose receives and sends are limited in time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::secure::Secure;
use super::{Failure, Target};
use crate::net::connect::connect;
use crate::net::deadline::{STEP, Waiting};
use crate::net::resolve::resolve;
use crate::net::trust::Trust;

/// A connection to a server. No system call on its socket takes longer than [`STEP`].
pub(super) struct Transport {
    socket: TcpStream,
    secure: Option<Secure>,
}

/// How long something may take: in all, and without a byte from the server.
#[derive(Clone, Copy)]
pub(super) struct Patience<'a> {
    pub(super) waiting: Waiting<'a>,
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
        let waiting = patience.waiting;
        let socket = resolve(&target.host, target.port, waiting)
            .and_then(|addresses| connect(&addresses, None, waiting).map_err(io::Error::from))
            .map(TcpStream::from)
            .and_then(in_steps)
            .map_err(|_| lost(waiting))?;
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
            match self.send_once(rest) {
                Ok(0) => return Err(Failure::Lost),
                Ok(count) => {
                    rest = rest.get(count..).unwrap_or_default();
                    quiet.end();
                }
                Err(error) if is_pause(&error) => {}
                Err(_) => return Err(Failure::Lost),
            }
            if !quiet.go_on()? {
                return Err(Failure::Lost);
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
        // A server that never stops talking is out of time too.
        let mut goes_on = quiet.go_on()?;
        loop {
            match self.receive_once(into) {
                Ok(Some(0)) => return Ok(Received::End),
                Ok(Some(count)) => return Ok(Received::Bytes(count)),
                Ok(None) => quiet.end(),
                Err(error) if is_pause(&error) => {}
                Err(_) => return Ok(Received::Broken),
            }
            if !goes_on {
                return Ok(Received::Silence);
            }
            // The process may have stood still itself: it looks once more before it believes in silence.
            goes_on = quiet.go_on()?;
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

/// Makes system calls on the socket return soon.
fn in_steps(socket: TcpStream) -> io::Result<TcpStream> {
    socket.set_read_timeout(Some(STEP))?;
    socket.set_write_timeout(Some(STEP))?;
    Ok(socket)
}

/// There is no connection, or nobody wants it any more.
fn lost(waiting: Waiting<'_>) -> Failure {
    if waiting.is_stopped() {
        Failure::Stopped
    } else {
        Failure::Lost
    }
}

/// The system call has waited long enough, or was interrupted: whether to stop is asked elsewhere.
pub(super) fn is_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// How long nothing has happened.
pub(super) struct Quiet<'a> {
    patience: Patience<'a>,
    since: Instant,
}

impl<'a> Quiet<'a> {
    pub(super) fn new(patience: Patience<'a>) -> Self {
        let since = Instant::now();
        Self { patience, since }
    }

    /// Something has happened.
    pub(super) fn end(&mut self) {
        self.since = Instant::now();
    }

    /// Whether to go on; false when it was quiet for too long. An error when the time is over, or somebody says stop.
    pub(super) fn go_on(&self) -> Result<bool, Failure> {
        let waiting = self.patience.waiting;
        waiting.go_on().map_err(|_| lost(waiting))?;
        Ok(self.since.elapsed() < self.patience.silence)
    }
}
