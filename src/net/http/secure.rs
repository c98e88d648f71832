//! TLS below HTTP. Built without the feature `tls`, `no_secure.rs` takes this place.

use std::io;
use std::net::TcpStream;
use std::os::fd::AsRawFd;

use super::error::HttpError;
use super::time::{Look, Quiet, TimeLimits};
use super::url::HttpUrl;
use crate::net::tls::{self, Session};
use crate::net::trust::Trust;

/// A connection inside TLS.
pub(super) struct Secure(Session);

impl Secure {
    /// One to the server of `url`; nothing is sent yet.
    pub(super) fn new(url: &HttpUrl, trust: &Trust) -> Result<Self, HttpError> {
        tls::client(&url.host, trust)
            .map(Self)
            .map_err(|reason| HttpError::Secure(reason.to_string()))
    }

    /// Shakes hands with the server.
    pub(super) fn shake_hands(
        &self,
        socket: &TcpStream,
        times: TimeLimits<'_>,
    ) -> Result<(), HttpError> {
        let mut quiet = Quiet::new(times);
        loop {
            match quiet.look(|| self.shake_once(socket))? {
                Look::Done(true) => return Ok(()),
                Look::Done(false) => quiet.end(),
                Look::Nothing => {}
                Look::Failed => return Err(reason(&self.0)),
                Look::Silence => return Err(HttpError::Lost),
            }
        }
    }

    /// A step of the handshake; true when it is done.
    fn shake_once(&self, socket: &TcpStream) -> io::Result<bool> {
        let (session, fd) = (&self.0, socket.as_raw_fd());
        session.send_handshake(fd)?;
        if !session.is_handshaking() {
            return Ok(true);
        }
        match session.receive(fd, 0)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(false),
        }
    }

    /// Sends what was encrypted and not yet taken.
    pub(super) fn flush(&self, socket: &TcpStream, times: TimeLimits<'_>) -> Result<(), HttpError> {
        let mut quiet = Quiet::new(times);
        loop {
            match quiet.look(|| self.0.send_handshake(socket.as_raw_fd()))? {
                Look::Done(()) => return Ok(()),
                Look::Nothing => {}
                Look::Failed | Look::Silence => return Err(HttpError::Lost),
            }
        }
    }

    /// Sends some of `bytes`.
    pub(super) fn send(&self, socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(socket.as_raw_fd(), bytes)
    }

    /// Takes what is decrypted already.
    pub(super) fn take(&self, socket: &TcpStream, into: &mut [u8]) -> io::Result<usize> {
        let mut room = into.iter_mut();
        self.0.take(socket.as_raw_fd(), |bytes| {
            let pairs = bytes.iter().zip(room.by_ref());
            pairs.map(|(byte, place)| *place = *byte).count()
        })
    }

    /// Receives once. False after the server's goodbye; that the connection ends without one is an error.
    pub(super) fn receive(&self, socket: &TcpStream) -> io::Result<bool> {
        match self.0.receive(socket.as_raw_fd(), 0)? {
            0 if !self.0.is_over()? => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(count > 0),
        }
    }

    /// Says goodbye.
    pub(super) fn close(&self, socket: &TcpStream) {
        self.0.close(socket.as_raw_fd());
    }
}

fn reason(session: &Session) -> HttpError {
    session.failure().map_or(HttpError::Lost, |error| {
        HttpError::Secure(format!("TLS: {error}"))
    })
}
