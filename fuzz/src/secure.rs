//! One end of a TLS session, through the library's own driver, on one end of a socket pair.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::LazyLock;

use rtmp::net::tls::{Server, Session, client, server};
use rtmp::net::trust::Trust;

/// The server's certificate, which nobody trusts, and its key.
const IDENTITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/identity.pem");
pub static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let path = Path::new(IDENTITY);
    server(path, path).unwrap()
});

pub struct End {
    session: Session,
    ours: UnixStream,
    /// The other end of the pair.
    peer: UnixStream,
    /// Bytes that the peer has sent.
    pushed: usize,
    /// Calls that receive.
    calls: usize,
    /// What was decrypted.
    pub plain: Vec<u8>,
}

impl End {
    fn new(session: Session) -> Self {
        let (ours, peer) = UnixStream::pair().unwrap();
        for socket in [&ours, &peer] {
            socket.set_nonblocking(true).unwrap();
        }
        Self {
            session,
            ours,
            peer,
            pushed: 0,
            calls: 0,
            plain: Vec::new(),
        }
    }

    pub fn client() -> Self {
        Self::new(client("localhost", &Trust::Anyone).unwrap())
    }

    pub fn server() -> Self {
        Self::new(SERVER.session().unwrap())
    }

    pub fn is_handshaking(&self) -> bool {
        self.session.is_handshaking()
    }

    pub fn has_failed(&self) -> bool {
        self.session.failure().is_some()
    }

    /// The peer says something. False when it does not get it all away.
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        self.pushed += bytes.len();
        self.peer.write_all(bytes).is_ok()
    }

    pub fn finish(&self) {
        let _ = self.peer.shutdown(Shutdown::Write);
    }

    /// Encrypts and sends.
    pub fn say(&self, bytes: &[u8]) {
        let _ = self.session.send(self.ours.as_raw_fd(), bytes);
    }

    /// Takes in all that has come, `limit` bytes at a time (0: as many as there are), and what it decrypts to, `room`
    /// bytes at a time. What the end says meanwhile.
    pub fn work(&mut self, limit: usize, room: usize, leaves_byte: bool) -> Vec<u8> {
        let fd = self.ours.as_raw_fd();
        let mut said = Vec::new();
        loop {
            let _ = self.session.send_handshake(fd);
            self.read_into(&mut said);
            let had_failed = self.has_failed();
            let received = if leaves_byte {
                self.session.receive_leaving_byte(fd, limit)
            } else {
                self.session.receive(fd, limit)
            };
            self.calls += 1;
            // Each call makes progress, or is the last.
            assert!(self.calls <= 8 * self.pushed + 1000);
            assert!(!(had_failed && received.is_ok()));
            let is_done = !matches!(received, Ok(1..));
            self.take(room);
            if is_done {
                self.session.let_go(fd);
                self.read_into(&mut said);
                return said;
            }
        }
    }

    fn take(&mut self, room: usize) {
        let (fd, plain) = (self.ours.as_raw_fd(), &mut self.plain);
        loop {
            let mut left = room;
            let taken = self.session.take(fd, |bytes| {
                let count = bytes.len().min(left);
                plain.extend_from_slice(&bytes[..count]);
                left -= count;
                count
            });
            if !matches!(taken, Ok(1..)) {
                return;
            }
        }
    }

    fn read_into(&mut self, said: &mut Vec<u8>) {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = self.peer.read(&mut chunk) {
            said.extend_from_slice(&chunk[..count]);
        }
    }

    pub fn close(&self) {
        self.session.close(self.ours.as_raw_fd());
    }
}
