//! The server's end of a session in any of the six schemes: what is said to the handle goes through TLS, a tunnel and
//! encryption as the scheme asks for, or past one of them.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use rtmp::net::tls::Session;
use rtmp::proto::crypto::dh::SIZE as KEY;
use rtmp::proto::handshake::digest::{Placed, Scheme};
use rtmp::proto::handshake::encrypted::Agreement;
use rtmp::proto::handshake::hello::Hello;
use rtmp::proto::handshake::{Block, HELLO, SIZE, Side, signature};
use rtmp::proto::scan::decimal;

use crate::secure::SERVER;

/// Between which layers hostile bytes go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Socket,
    Secured,
    Payload,
}

pub struct Carrier<'a> {
    socket: &'a UnixStream,
    scheme: &'static str,
    tls: Option<Session>,
    keys: Option<Agreement>,
    /// Received, and not yet asked for.
    heard: Vec<u8>,
    /// A request waits for its answer.
    owes: bool,
    /// Waits for nothing any more: what was said may have made the handle wait as well.
    is_deaf: bool,
}

impl<'a> Carrier<'a> {
    pub fn new(socket: &'a UnixStream, scheme: &'static str) -> Self {
        Self {
            socket,
            scheme,
            tls: None,
            keys: None,
            heard: Vec::new(),
            owes: false,
            is_deaf: false,
        }
    }

    fn has(&self, letter: char) -> bool {
        self.scheme["rtmp".len()..].contains(letter)
    }

    /// All that comes before the first message, up to where hostile bytes are to begin. `None`: the handle has gone.
    pub fn open(&mut self, first: Option<Level>) -> Option<()> {
        self.is_deaf = first.is_some_and(|level| level != Level::Payload);
        if first == Some(Level::Socket) {
            return Some(());
        }
        if self.has('s') {
            self.secure()?;
        }
        if first == Some(Level::Secured) {
            return Some(());
        }
        if self.has('t') {
            self.request()?;
            self.answer(b"session\n");
        }
        if first == Some(Level::Payload) {
            return Some(());
        }
        self.shake_hands()
    }

    fn secure(&mut self) -> Option<()> {
        let (session, fd) = (SERVER.session().unwrap(), self.socket.as_raw_fd());
        while session.is_handshaking() {
            session.send_handshake(fd).ok()?;
            if session.is_handshaking() && session.receive(fd, 0).ok()? == 0 {
                return None;
            }
        }
        session.send_handshake(fd).ok()?;
        self.tls = Some(session);
        Some(())
    }

    fn shake_hands(&mut self) -> Option<()> {
        let heard = self.hear(HELLO)?;
        let (kind, theirs): (u8, Block) = (heard[0], heard[1..].try_into().ok()?);
        if !self.has('e') {
            self.say(&[&[3], &[0; SIZE][..], &theirs].concat());
            return self.hear(SIZE).map(|_| ());
        }
        let own = Hello::encrypted(Side::Server, kind, 1, &[1; SIZE - 8], &[1; KEY]);
        let find = |scheme| Placed::find(Side::Client, scheme, &theirs);
        let placed = find(Scheme::One).or_else(|| find(Scheme::Zero))?;
        let key = signature::key(Side::Server, &placed.digest);
        let proof = signature::sign(kind, &key, &theirs);
        let keys = Agreement::reach(own.keys.as_ref()?, &placed.scheme.key(&theirs)).ok();
        self.say(&[&own.bytes()[..], &proof].concat());
        self.keys = keys;
        self.hear(SIZE).map(|_| ())
    }

    /// Says `bytes` at a level; below the payload nothing is waited for any more.
    pub fn say_at(&mut self, level: Level, bytes: &[u8]) {
        match level {
            Level::Payload => return self.say(bytes),
            Level::Secured => self.send(bytes),
            Level::Socket => self.push(bytes),
        }
        self.is_deaf = true;
    }

    fn say(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        if let Some(keys) = &mut self.keys {
            keys.outgoing.apply(&mut bytes);
        }
        if self.has('t') {
            // An answer comes behind its request.
            if self.owes || self.is_deaf || self.request().is_some() {
                self.answer(&[&[1], &bytes[..]].concat());
            }
        } else {
            self.send(&bytes);
        }
    }

    fn answer(&mut self, body: &[u8]) {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        self.send(&[head.as_bytes(), body].concat());
        self.owes = false;
    }

    /// Takes a request, whose body is payload.
    fn request(&mut self) -> Option<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.receive(1)?);
        }
        let length = head
            .split(|&byte| byte == b'\n')
            .find_map(|line| line.strip_prefix(b"Content-length: "))
            .map_or(0, decimal);
        let body = self.receive(usize::try_from(length).ok()?)?;
        // An idle request says nothing.
        if body.len() > 1 {
            self.heard.extend(body);
        }
        self.owes = true;
        Some(())
    }

    /// Waits for payload.
    fn hear(&mut self, count: usize) -> Option<Vec<u8>> {
        if !self.has('t') {
            return self.receive(count);
        }
        while self.heard.len() < count {
            if self.owes {
                self.answer(&[1]);
            }
            self.request()?;
        }
        Some(self.heard.drain(..count).collect())
    }

    fn receive(&mut self, count: usize) -> Option<Vec<u8>> {
        let mut socket = self.socket;
        let Some(session) = &self.tls else {
            let mut bytes = vec![0; count];
            socket.read_exact(&mut bytes).ok()?;
            return Some(bytes);
        };
        let (fd, mut bytes) = (socket.as_raw_fd(), Vec::new());
        loop {
            let take = |piece: &[u8]| {
                let wanted = piece.len().min(count - bytes.len());
                bytes.extend_from_slice(&piece[..wanted]);
                wanted
            };
            session.take(fd, take).ok()?;
            if bytes.len() == count {
                return Some(bytes);
            }
            if session.receive(fd, 0).ok()? == 0 {
                return None;
            }
        }
    }

    /// The handle may have gone: then nobody hears it.
    fn send(&self, bytes: &[u8]) {
        let (fd, mut rest) = (self.socket.as_raw_fd(), bytes);
        let Some(session) = &self.tls else {
            return self.push(bytes);
        };
        while let Ok(count @ 1..) = session.send(fd, rest) {
            rest = &rest[count..];
        }
    }

    fn push(&self, bytes: &[u8]) {
        let mut socket = self.socket;
        let _ = socket.write_all(bytes);
    }

    /// Says no more, and hears all until the handle has gone.
    pub fn finish(self, is_polite: bool) {
        if let Some(session) = self.tls.filter(|_| is_polite) {
            session.close(self.socket.as_raw_fd());
        }
        let _ = self.socket.shutdown(Shutdown::Write);
        let mut socket = self.socket;
        let _ = socket.read_to_end(&mut Vec::new());
    }
}
