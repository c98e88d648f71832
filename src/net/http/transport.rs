//! What HTTP speaks over: a socket, perhaps with TLS around it, whose receives and sends are limited in time.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use super::error::HttpError;
use super::secure::Secure;
use super::time::{Look, Quiet, TimeLimits};
use super::url::HttpUrl;
use crate::net::connect::{Plan, connect};
use crate::net::deadline::STEP;
use crate::net::resolve::resolve;
use crate::net::trust::Trust;

/// Bytes of one receive at most, as in the original.
pub(super) const LONGEST_RECEIVE: usize = 16_383;

/// A connection to a server. No system call on its socket takes longer than [`STEP`].
pub(super) struct Transport {
    socket: TcpStream,
    secure: Option<Secure>,
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
        url: &HttpUrl,
        trust: &Trust,
        plan: &Plan<'_>,
        times: TimeLimits<'_>,
    ) -> Result<Self, HttpError> {
        let secure = url.is_secure.then(|| Secure::new(url, trust)).transpose()?;
        let socket = reach(url, plan, times).ok_or_else(|| times.lost())?;
        if let Some(secure) = &secure {
            secure.shake_hands(&socket, times)?;
        }
        Ok(Self { socket, secure })
    }

    /// True inside TLS: an end that the server has not announced is then an error.
    pub(super) fn is_secure(&self) -> bool {
        self.secure.is_some()
    }

    /// Sends all of `bytes`.
    pub(super) fn send(&mut self, bytes: &[u8], times: TimeLimits<'_>) -> Result<(), HttpError> {
        let mut quiet = Quiet::new(times);
        let mut rest = bytes;
        while !rest.is_empty() {
            match quiet.look(|| self.send_once(rest))? {
                Look::Done(count @ 1..) => {
                    rest = rest.get(count..).unwrap_or_default();
                    quiet.end();
                }
                Look::Nothing => {}
                Look::Done(0) | Look::Failed | Look::Silence => return Err(HttpError::Lost),
            }
        }
        match &self.secure {
            Some(secure) => secure.flush(&self.socket, times),
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
        times: TimeLimits<'_>,
    ) -> Result<Received, HttpError> {
        let mut quiet = Quiet::new(times);
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
fn reach(url: &HttpUrl, plan: &Plan<'_>, times: TimeLimits<'_>) -> Option<TcpStream> {
    let waiting = times.sooner();
    let addresses = resolve(&url.host, url.port, &waiting).ok()?;
    let socket = connect(&addresses, plan, &waiting).ok()?;
    in_steps(socket.into()).ok()
}

/// Makes system calls on the socket return soon.
fn in_steps(socket: TcpStream) -> io::Result<TcpStream> {
    socket.set_read_timeout(Some(STEP))?;
    socket.set_write_timeout(Some(STEP))?;
    Ok(socket)
}
