//! TLS below HTTP. Built without the feature `tls`, `no_secure.rs` takes this place.

use std::io;
use std::net::TcpStream;
use std::os::fd::AsRawFd;

use super::{Failure, Target};
use crate::net::deadline::Deadline;
use crate::net::tls::{self, Session};
use crate::net::trust::Trust;
use crate::sys;

use super::transport::at_least_something;

/// A connection inside TLS.
pub(super) struct Secure(Session);

impl Secure {
    /// One to the server of `target`; nothing is sent yet.
    pub(super) fn new(target: &Target, trust: &Trust) -> Result<Self, Failure> {
        tls::client(&target.host, trust)
            .map(Self)
            .map_err(Failure::Secure)
    }

    /// Shakes hands with the server.
    pub(super) fn shake_hands(
        &self,
        socket: &TcpStream,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let (session, fd) = (&self.0, socket.as_raw_fd());
        loop {
            session.send_handshake(fd).map_err(|_| Failure::Lost)?;
            if !session.is_handshaking() {
                return Ok(());
            }
            let left = deadline.left();
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Failure::Lost);
            }
            socket
                .set_read_timeout(left.map(at_least_something))
                .map_err(|_| Failure::Lost)?;
            match session.receive(fd, 0) {
                Ok(1..) => {}
                Err(error) if is_harmless(&error) => {}
                _ => return Err(reason(session)),
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

/// A signal that does not ask to stop.
fn is_harmless(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Interrupted && !sys::interrupted()
}

fn reason(session: &Session) -> Failure {
    session.failure().map_or(Failure::Lost, |failure| {
        Failure::Secure(format!("TLS: {failure}"))
    })
}
