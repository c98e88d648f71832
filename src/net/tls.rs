//! TLS on a socket that somebody else owns by number (spec 02 §8.10).
//!
//! A [`Session`] serves a reader and a writer at once: the connection's lock is held while bytes are en- and
//! decrypted, never during a system call. Each direction has a lock of its own for its order on the wire.

mod authorities;
mod cache;
mod config;
mod verify;

use core::ffi::c_int;
use core::fmt;
use std::io::{self, BufRead, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::Connection;

use super::patience::patiently;
use crate::sys;
use crate::sys::socket;

pub use config::{Server, client, server};

/// Bytes that one receive takes from the socket at most: what a full record decrypts to fits into a receive buffer.
const INCOMING: usize = 16 * 1024;
/// Plaintext that is encrypted at once.
const OUTGOING: usize = 64 * 1024;

/// One TLS connection.
pub struct Session {
    connection: Mutex<Connection>,
    /// Held by whoever receives.
    incoming: Mutex<Incoming>,
    /// Held by whoever sends: records on their way to the socket.
    outgoing: Mutex<Vec<u8>>,
    failure: Mutex<Option<Failure>>,
}

/// Ciphertext between the socket and the connection.
struct Incoming {
    bytes: Box<[u8]>,
    /// The part that the connection has not taken.
    begin: usize,
    end: usize,
    /// The last byte is taken in, and still lies in the socket.
    is_byte_left: bool,
}

impl Incoming {
    /// Receives once, at most `count` bytes; the bytes received, which replace those that were there.
    fn receive(&mut self, fd: c_int, count: usize, leaves_byte: bool) -> io::Result<usize> {
        self.let_go(fd);
        let room = self.bytes.get_mut(..count).unwrap_or_default();
        let received = if leaves_byte {
            // What was seen is there: this does not wait.
            match socket::peek_bytes(fd, room)?.checked_sub(1) {
                None => 0,
                Some(0) => 1,
                Some(others) => {
                    socket::recv_bytes(fd, room.get_mut(..others).unwrap_or_default())? + 1
                }
            }
        } else {
            socket::recv_bytes(fd, room)?
        };
        self.is_byte_left = leaves_byte && received > 0;
        (self.begin, self.end) = (0, received);
        Ok(received)
    }

    /// Removes the byte that was left in the socket.
    fn let_go(&mut self, fd: c_int) {
        if self.is_byte_left {
            self.is_byte_left = false;
            // It is there, unless somebody has ended the connection.
            let _ = socket::recv_now(fd, &mut [0]);
        }
    }
}

/// Why a session is over, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The peer's certificate was refused.
    Certificate(String),
    /// Anything else.
    Protocol(String),
}

impl From<&rustls::Error> for Failure {
    fn from(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(reason) => {
                Self::Certificate(verify::describe(reason))
            }
            other => Self::Protocol(other.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(reason) => write!(
                f,
                "the certificate of the server is refused: {reason}. tlsCAFile=FILE (environment: SSL_CERT_FILE) names \
                 whom to trust; tlsVerify=0 (environment: LIBRTMP_TLS_VERIFY=0) trusts anyone"
            ),
            Self::Protocol(reason) => f.write_str(reason),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    fn new(mut connection: Connection) -> Self {
        // What is encrypted goes to the socket at once; nothing piles up here.
        connection.set_buffer_limit(None);
        Self {
            connection: Mutex::new(connection),
            incoming: Mutex::new(Incoming {
                bytes: vec![0; INCOMING].into(),
                begin: 0,
                end: 0,
                is_byte_left: false,
            }),
            outgoing: Mutex::default(),
            failure: Mutex::default(),
        }
    }

    /// True until both sides know each other.
    pub fn is_handshaking(&self) -> bool {
        lock(&self.connection).is_handshaking()
    }

    /// Why the session failed, if it did.
    pub fn failure(&self) -> Option<Failure> {
        lock(&self.failure).clone()
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
        lock(&self.incoming).let_go(fd);
    }

    fn receive_by(&self, fd: c_int, limit: usize, leaves_byte: bool) -> io::Result<usize> {
        let mut incoming = lock(&self.incoming);
        if self.is_over()? {
            return Ok(0);
        }
        if incoming.begin == incoming.end {
            let count = if limit == 0 {
                INCOMING
            } else {
                limit.min(INCOMING)
            };
            if incoming.receive(fd, count, leaves_byte)? == 0 {
                return Ok(0);
            }
        }
        let count = incoming.end.saturating_sub(incoming.begin);
        let fed = feed(&mut lock(&self.connection), &mut incoming);
        self.send_replies(fd);
        fed.map(|()| count).map_err(|error| self.fail(&error))
    }

    /// True after the peer's goodbye; an error when TLS has failed before.
    pub fn is_over(&self) -> io::Result<bool> {
        match lock(&self.connection).process_new_packets() {
            Ok(state) => Ok(state.peer_has_closed()),
            Err(error) => Err(self.fail(&error)),
        }
    }

    /// Gives decrypted bytes to `sink`, which tells how many it took, until there are none or it takes none. Never
    /// touches the socket to receive. Returns the bytes taken.
    pub fn take(&self, fd: c_int, mut sink: impl FnMut(&[u8]) -> usize) -> io::Result<usize> {
        let mut incoming = lock(&self.incoming);
        let mut total = 0;
        let result = loop {
            let mut connection = lock(&self.connection);
            let decrypted = deliver(&mut connection, &mut sink);
            total += decrypted.taken;
            if decrypted.is_left || incoming.begin == incoming.end {
                break Ok(());
            }
            if let Err(error) = feed(&mut connection, &mut incoming) {
                break Err(error);
            }
        };
        self.send_replies(fd);
        match result {
            // What came before the failure is good; the failure is met again by the next call.
            Err(error) if total == 0 => Err(self.fail(&error)),
            _ => Ok(total),
        }
    }

    /// Encrypts and sends; returns the bytes of plaintext taken. When the socket stops taking any in the middle, the
    /// rest of the records is kept and goes first with the next call.
    pub fn send(&self, fd: c_int, bytes: &[u8]) -> io::Result<usize> {
        let mut outgoing = lock(&self.outgoing);
        flush(fd, &mut outgoing)?;
        let piece = bytes.get(..bytes.len().min(OUTGOING)).unwrap_or(bytes);
        let taken = {
            let mut connection = lock(&self.connection);
            let taken = connection.writer().write(piece)?;
            collect(&mut connection, &mut outgoing)?;
            taken
        };
        match flush(fd, &mut outgoing) {
            Err(error) if !is_pause(&error) => Err(error),
            _ => Ok(taken),
        }
    }

    /// Sends what the handshake has to say.
    pub fn send_handshake(&self, fd: c_int) -> io::Result<()> {
        let mut outgoing = lock(&self.outgoing);
        collect(&mut lock(&self.connection), &mut outgoing)?;
        flush(fd, &mut outgoing)
    }

    /// Tells the peer that no more will come, if that needs no waiting; its answer is not waited for.
    pub fn close(&self, fd: c_int) {
        // A socket that is closed with something unread in it resets the connection.
        if let Ok(mut incoming) = self.incoming.try_lock() {
            incoming.let_go(fd);
        }
        lock(&self.connection).send_close_notify();
        self.send_replies(fd);
    }

    /// Sends alerts and the like, if the socket takes them now and nobody else is sending; a sender sends them with
    /// its next message. A reader must never wait for a writer.
    fn send_replies(&self, fd: c_int) {
        let Ok(mut outgoing) = self.outgoing.try_lock() else {
            return;
        };
        // The connection is at its end, or the next send reports what is wrong with the socket.
        let _ = collect(&mut lock(&self.connection), &mut outgoing);
        let _ = send_all(&mut outgoing, |bytes| socket::send_now(fd, bytes));
    }

    fn fail(&self, error: &rustls::Error) -> io::Error {
        lock(&self.failure).get_or_insert_with(|| error.into());
        io::Error::from_raw_os_error(libc::EPROTO)
    }
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

/// Decrypts what was received, up to the first record with data: the connection takes no more before that is delivered.
fn feed(connection: &mut Connection, incoming: &mut Incoming) -> Result<(), rustls::Error> {
    while incoming.begin < incoming.end {
        let mut rest = incoming
            .bytes
            .get(incoming.begin..incoming.end)
            .unwrap_or_default();
        match connection.read_tls(&mut rest) {
            Ok(count @ 1..) => incoming.begin += count,
            // After the peer's goodbye nothing is taken any more.
            Ok(0) => incoming.begin = incoming.end,
            Err(_) => {}
        }
        let state = connection.process_new_packets()?;
        if state.plaintext_bytes_to_read() > 0 {
            break;
        }
    }
    Ok(())
}

/// Moves encrypted records to `outgoing`.
fn collect(connection: &mut Connection, outgoing: &mut Vec<u8>) -> io::Result<()> {
    while connection.wants_write() {
        connection.write_tls(outgoing)?;
    }
    Ok(())
}

fn flush(fd: c_int, outgoing: &mut Vec<u8>) -> io::Result<()> {
    send_all(outgoing, |bytes| patiently(fd, || socket::send(fd, bytes)))
}

/// Sends `outgoing` and removes what was sent. Interruptions are ignored unless the program asked to stop.
fn send_all(
    outgoing: &mut Vec<u8>,
    mut send: impl FnMut(&[u8]) -> io::Result<usize>,
) -> io::Result<()> {
    let mut sent = 0;
    let result = loop {
        match outgoing.get(sent..) {
            Some(rest) if !rest.is_empty() => match send(rest) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted && !sys::interrupted() => {
                }
                Err(error) => break Err(error),
            },
            _ => break Ok(()),
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
