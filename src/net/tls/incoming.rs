//! Ciphertext between the socket and the connection.

use core::ffi::c_int;
use std::{io, slice};

use rustls::Connection;

use super::error::TlsError;
use crate::sys::socket;

/// Bytes that one receive takes from the socket at most, at first.
const INCOMING: usize = 16 * 1024;
/// And when that was not enough once: what little is taken at a time the peer also sends little by little, and each time
/// costs more than the bytes.
const MOST_INCOMING: usize = 64 * 1024;
/// Bytes that a peer may send without any data for the program: more than the longest handshake. Records without data
/// would go on for ever otherwise.
const MOST_WITHOUT_DATA: usize = 256 * 1024;

/// What was received, and how much of it the connection has taken.
pub(super) struct Incoming {
    bytes: Vec<u8>,
    /// The part that the connection has not taken.
    begin: usize,
    end: usize,
    /// Bytes that the connection has taken since it last had data.
    without_data: usize,
    /// The last byte is taken in, and still lies in the socket.
    is_byte_left: bool,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; INCOMING],
            begin: 0,
            end: 0,
            without_data: 0,
            is_byte_left: false,
        }
    }

    /// Bytes that the connection has not taken.
    pub(super) fn len(&self) -> usize {
        self.end.saturating_sub(self.begin)
    }

    /// Receives once, at most `limit` bytes if that is not 0; the bytes received, which replace those that were there.
    pub(super) fn receive(
        &mut self,
        fd: c_int,
        limit: usize,
        leaves_byte: bool,
    ) -> io::Result<usize> {
        self.let_go(fd);
        let count = if limit == 0 { usize::MAX } else { limit };
        let count = count.min(self.bytes.len());
        let room = self.bytes.get_mut(..count).unwrap_or_default();
        let (received, is_byte_left) = if leaves_byte {
            receive_leaving_byte(fd, room)?
        } else {
            (socket::recv_bytes(fd, room)?, false)
        };
        self.is_byte_left = is_byte_left;
        (self.begin, self.end) = (0, received);
        if received == INCOMING {
            self.grow();
        }
        Ok(received)
    }

    /// There was more than one receive takes. Without memory it stays so.
    fn grow(&mut self) {
        let more = MOST_INCOMING.saturating_sub(self.bytes.len());
        if self.bytes.try_reserve_exact(more).is_ok() {
            self.bytes.resize(MOST_INCOMING, 0);
        }
    }

    /// Removes the byte that was left in the socket.
    pub(super) fn let_go(&mut self, fd: c_int) {
        if self.is_byte_left {
            self.is_byte_left = false;
            // It is there, unless somebody has ended the connection.
            let _ = socket::recv_now(fd, &mut [0]);
        }
    }

    /// Decrypts what was received, up to the first record with data: the connection takes no more before that is
    /// delivered.
    pub(super) fn feed(&mut self, connection: &mut Connection) -> Result<(), TlsError> {
        let mut has_data = process(connection)?;
        while !has_data && self.len() > 0 {
            self.pass_on(connection)?;
            has_data = process(connection)?;
        }
        if has_data {
            self.without_data = 0;
        }
        Ok(())
    }

    /// Gives the connection some bytes, or fails: it has worked on all that it had.
    fn pass_on(&mut self, connection: &mut Connection) -> Result<(), TlsError> {
        let mut rest = self.bytes.get(self.begin..self.end).unwrap_or_default();
        let count = match connection.read_tls(&mut rest) {
            // After the peer's goodbye nothing is taken any more.
            Ok(0) => self.len(),
            Ok(count) => count,
            // There is no room for a message whose end has not come.
            Err(_) => return Err(TlsError::too_long()),
        };
        self.begin = self.begin.saturating_add(count);
        self.without_data = self.without_data.saturating_add(count);
        if self.without_data > MOST_WITHOUT_DATA {
            return Err(TlsError::protocol(
                "the peer sends records without data for ever",
            ));
        }
        Ok(())
    }
}

/// Receives what is there, as much as fits: the bytes received, and whether the last of them also is in the socket still.
fn receive_leaving_byte(fd: c_int, room: &mut [u8]) -> io::Result<(usize, bool)> {
    let there = socket::available(fd).min(room.len());
    // Looking waits, and copies all twice.
    let is_seen = there < 2;
    let count = if is_seen {
        socket::peek_bytes(fd, room)?
    } else {
        there
    };
    let Some((last, others)) = room.get_mut(..count).and_then(<[u8]>::split_last_mut) else {
        return Ok((0, false));
    };
    let received = match others {
        [] => 0,
        // It is there: this does not wait.
        others => socket::recv_bytes(fd, others)?,
    };
    let mut is_left = received == count.saturating_sub(1);
    if is_left && !is_seen {
        is_left = socket::peek_now(fd, slice::from_mut(last)).is_ok_and(|count| count > 0);
    }
    Ok((received.saturating_add(is_left.into()), is_left))
}

/// Works on what the connection has taken; true when there is data.
fn process(connection: &mut Connection) -> Result<bool, TlsError> {
    let state = connection.process_new_packets()?;
    Ok(state.plaintext_bytes_to_read() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::crypto::ring;
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};
    use std::sync::Arc;

    fn connection() -> Connection {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        ClientConnection::new(Arc::new(config), name)
            .unwrap()
            .into()
    }

    #[test]
    fn records_without_data_have_an_end() {
        let mut connection = connection();
        let mut incoming = Incoming::new();
        // The beginning of a record whose rest is missing.
        let begun = [22, 3, 3, 0, 100, 2, 0];
        let mut feed = |incoming: &mut Incoming| {
            incoming.bytes[..begun.len()].copy_from_slice(&begun);
            (incoming.begin, incoming.end) = (0, begun.len());
            incoming.feed(&mut connection)
        };
        assert_eq!(feed(&mut incoming), Ok(()));
        assert_eq!((incoming.len(), incoming.without_data), (0, begun.len()));
        incoming.without_data = MOST_WITHOUT_DATA;
        assert!(feed(&mut incoming).is_err());
    }
}
