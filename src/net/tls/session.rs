//! A TLS session.

use core::ffi::c_int;
use std::io::{self, BufRead, Write};
use std::sync::Arc;

use rustls::Connection;

use super::error::TlsError;
use super::incoming::Incoming;
use crate::net::patience::patiently;
use crate::net::traffic::Traffic;
use crate::sys::lock::Lock;
use crate::sys::socket;
use crate::sys::thread::Moment;

/// Plaintext that is encrypted at once.
const OUTGOING: usize = 64 * 1024;

/// Whether a send waits for the peer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// As long as the socket's limit says.
    Some,
    None,
}

/// One TLS connection.
pub struct Session {
    connection: Lock<Connection>,
    /// Held by the thread that receives.
    incoming: Lock<Incoming>,
    /// Held by the thread that sends: records on their way to the socket.
    outgoing: Lock<Vec<u8>>,
    failure: Lock<Option<TlsError>>,
    /// What goes over the socket.
    traffic: Arc<Traffic>,
}

impl Session {
    pub(super) fn new(mut connection: Connection) -> Self {
        // What is encrypted goes to the socket at once; nothing piles up here.
        connection.set_buffer_limit(None);
        Self {
            connection: Lock::new(connection),
            incoming: Lock::new(Incoming::new()),
            outgoing: Lock::default(),
            failure: Lock::default(),
            traffic: Arc::default(),
        }
    }

    /// The session, whose bytes on the socket are counted in `traffic`.
    #[must_use]
    pub fn counted_in(self, traffic: Arc<Traffic>) -> Self {
        Self { traffic, ..self }
    }

    /// True until both sides know each other.
    pub fn is_handshaking(&self) -> bool {
        self.connection.hold().is_handshaking()
    }

    /// Why the session failed, if it did.
    pub fn failure(&self) -> Option<TlsError> {
        self.failure.hold().clone()
    }

    /// Receives once and takes in what came: the bytes of ciphertext, 0 at the end of the connection. `limit` bounds
    /// them; 0: no limit. A failure of TLS itself is `EPROTO`.
    pub fn receive(&self, fd: c_int, limit: usize) -> io::Result<usize> {
        self.receive_by(fd, limit, false)
    }

    /// As [`Self::receive`], but the last byte stays in the socket until [`Self::let_go`] or the next receive: the socket
    /// stays readable for a program that waits for it, although all is taken in.
    pub fn receive_leaving_byte(&self, fd: c_int, limit: usize) -> io::Result<usize> {
        self.receive_by(fd, limit, true)
    }

    /// The program knows all that was received: removes the byte that was left in the socket.
    pub fn let_go(&self, fd: c_int) {
        self.incoming.hold().let_go(fd);
    }

    fn receive_by(&self, fd: c_int, limit: usize, leaves_byte: bool) -> io::Result<usize> {
        let mut incoming = self.incoming.hold();
        if self.is_over()? {
            return Ok(0);
        }
        if incoming.len() == 0 {
            let received = incoming.receive(fd, limit, leaves_byte)?;
            if received == 0 {
                return Ok(0);
            }
            self.traffic.received.add(received);
        }
        let count = incoming.len();
        let fed = incoming.feed(&mut self.connection.hold());
        self.send_replies(fd);
        fed.map(|()| count).map_err(|failure| self.fail(failure))
    }

    /// True after the peer's goodbye; an error when TLS has failed before.
    pub fn is_over(&self) -> io::Result<bool> {
        if self.failure().is_some() {
            return Err(protocol_error());
        }
        let processed = self.connection.hold().process_new_packets();
        processed
            .map(|state| state.peer_has_closed())
            .map_err(|error| self.fail(error.into()))
    }

    /// Gives decrypted bytes to `sink`, which tells how many it took, until there are none or it takes none. Never
    /// touches the socket to receive. Returns the bytes taken.
    pub fn take(&self, fd: c_int, mut sink: impl FnMut(&[u8]) -> usize) -> io::Result<usize> {
        let mut incoming = self.incoming.hold();
        let mut total = 0;
        let result = loop {
            let mut connection = self.connection.hold();
            let decrypted = deliver(&mut connection, &mut sink);
            total += decrypted.taken;
            if decrypted.is_left || incoming.len() == 0 {
                break Ok(());
            }
            if let Err(failure) = incoming.feed(&mut connection) {
                break Err(failure);
            }
        };
        self.send_replies(fd);
        match result {
            // What came before the failure is good; the failure is met again by the next call.
            Err(failure) if total == 0 => Err(self.fail(failure)),
            _ => Ok(total),
        }
    }

    /// Encrypts and sends; returns the bytes of plaintext taken. When the socket stops taking any in the middle, the
    /// rest of the records is kept and goes first with the next call.
    pub fn send(&self, fd: c_int, bytes: &[u8]) -> io::Result<usize> {
        self.send_by(fd, bytes, Patience::Some)
    }

    /// As [`Self::send`], without waiting for the peer, whatever the socket does.
    pub fn send_at_once(&self, fd: c_int, bytes: &[u8]) -> io::Result<usize> {
        self.send_by(fd, bytes, Patience::None)
    }

    fn send_by(&self, fd: c_int, bytes: &[u8], patience: Patience) -> io::Result<usize> {
        let mut outgoing = self.outgoing.hold();
        self.flush(fd, &mut outgoing, patience)?;
        let piece = bytes.get(..bytes.len().min(OUTGOING)).unwrap_or(bytes);
        let taken = {
            let mut connection = self.connection.hold();
            let taken = connection.writer().write(piece)?;
            collect(&mut connection, &mut outgoing)?;
            taken
        };
        if taken == 0 && !piece.is_empty() {
            return Err(io::ErrorKind::WriteZero.into());
        }
        match self.flush(fd, &mut outgoing, patience) {
            Err(error) if !is_pause(&error) => Err(error),
            _ => Ok(taken),
        }
    }

    /// Bytes of records that the socket has not taken yet; 0 also while another thread sends.
    pub fn unsent(&self) -> usize {
        self.outgoing.hold_if_free().map_or(0, |rest| rest.len())
    }

    /// Sends what the handshake has to say.
    pub fn send_handshake(&self, fd: c_int) -> io::Result<()> {
        self.send_handshake_by(fd, Patience::Some)
    }

    /// As [`Self::send_handshake`], without waiting for the peer: to be called again when there is room.
    pub fn send_handshake_at_once(&self, fd: c_int) -> io::Result<()> {
        self.send_handshake_by(fd, Patience::None)
    }

    fn send_handshake_by(&self, fd: c_int, patience: Patience) -> io::Result<()> {
        let mut outgoing = self.outgoing.hold();
        collect(&mut self.connection.hold(), &mut outgoing)?;
        self.flush(fd, &mut outgoing, patience)
    }

    /// Tells the peer that no more will come, as far as that needs no waiting; its answer is not waited for. True when all
    /// of it has been sent: until then the call may be repeated.
    pub fn close(&self, fd: c_int) -> bool {
        // A socket that is closed with something unread in it resets the connection.
        if let Some(mut incoming) = self.incoming.hold_if_free() {
            incoming.let_go(fd);
        }
        self.connection.hold().send_close_notify();
        self.send_replies(fd);
        self.outgoing
            .hold_if_free()
            .is_some_and(|rest| rest.is_empty())
    }

    /// Sends alerts and the like, if the socket takes them now and nobody else is sending; a sender sends them with
    /// its next message. A reader must never wait for a writer.
    fn send_replies(&self, fd: c_int) {
        let Some(mut outgoing) = self.outgoing.hold_if_free() else {
            return;
        };
        // The connection is at its end, or the next send reports what is wrong with the socket.
        let _ = collect(&mut self.connection.hold(), &mut outgoing);
        let _ = send_all(&mut outgoing, |bytes| self.send_now(fd, bytes));
    }

    /// Sends what the socket takes now, which mostly is all, and may wait for the peer with the rest.
    fn flush(&self, fd: c_int, outgoing: &mut Vec<u8>, patience: Patience) -> io::Result<()> {
        let sent = send_all(outgoing, |bytes| {
            // To a signal handler it is like any other send.
            let _sending = Moment::SystemCall.begin();
            self.send_now(fd, bytes)
        });
        match sent {
            Err(error) if is_pause(&error) && patience == Patience::Some => {
                send_all(outgoing, |bytes| {
                    let send = || patiently(fd, || socket::send(fd, bytes));
                    self.traffic.waiting_to_send(send)
                })
            }
            sent => sent,
        }
    }

    fn send_now(&self, fd: c_int, bytes: &[u8]) -> io::Result<usize> {
        let sent = socket::send_now(fd, bytes)?;
        self.traffic.sent.add(sent);
        Ok(sent)
    }

    /// The first failure stays: a session does not recover.
    fn fail(&self, failure: TlsError) -> io::Error {
        self.failure.hold().get_or_insert(failure);
        protocol_error()
    }
}

fn protocol_error() -> io::Error {
    io::Error::from_raw_os_error(libc::EPROTO)
}

/// What [`deliver`] did.
struct Delivered {
    taken: usize,
    /// The sink did not take everything.
    is_left: bool,
}

fn deliver(connection: &mut Connection, sink: &mut impl FnMut(&[u8]) -> usize) -> Delivered {
    let mut taken = 0;
    let mut reader = connection.reader();
    loop {
        // An error says that there is nothing now, no bytes that the peer has said goodbye.
        let bytes = reader.fill_buf().unwrap_or_default();
        if bytes.is_empty() {
            return Delivered {
                taken,
                is_left: false,
            };
        }
        let count = sink(bytes).min(bytes.len());
        reader.consume(count);
        taken += count;
        if count == 0 {
            return Delivered {
                taken,
                is_left: true,
            };
        }
    }
}

/// Moves encrypted records to `outgoing`.
fn collect(connection: &mut Connection, outgoing: &mut Vec<u8>) -> io::Result<()> {
    while connection.wants_write() {
        if connection.write_tls(outgoing)? == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
    }
    Ok(())
}

/// Sends `outgoing` and removes what was sent.
fn send_all(
    outgoing: &mut Vec<u8>,
    mut send: impl FnMut(&[u8]) -> io::Result<usize>,
) -> io::Result<()> {
    let mut sent = 0;
    let result = loop {
        let rest = outgoing.get(sent..).unwrap_or_default();
        if rest.is_empty() {
            break Ok(());
        }
        match send(rest) {
            Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => sent += count,
            Err(error) => break Err(error),
        }
    };
    outgoing.drain(..sent.min(outgoing.len()));
    result
}

/// The socket may take more later.
fn is_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sending_ends_without_progress() {
        let mut outgoing = vec![1; 8];
        let nothing = send_all(&mut outgoing, |_| Ok(0));
        assert_eq!(nothing.unwrap_err().kind(), io::ErrorKind::WriteZero);
        let mut sends = 0;
        let full = send_all(&mut outgoing, |_| {
            sends += 1;
            match sends {
                1 => Ok(3),
                _ => Err(io::ErrorKind::WouldBlock.into()),
            }
        });
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!((outgoing.len(), sends), (5, 2));
    }
}
