//! A server that a test scripts, message by message, on any kind of stream.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use rtmp::sys::socket::{Readiness, wait};

use crate::client::PATIENCE;
use crate::messages::{COMMAND, NULL, command, message, number, object, status, text};

/// What a client has sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// The type of its first header.
    pub(crate) format: u8,
    pub(crate) kind: u8,
    pub(crate) time: u32,
    pub(crate) stream: u32,
    pub(crate) body: Vec<u8>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = self.body.escape_ascii().to_string();
        write!(f, "{} {} {:.60}", self.kind, self.time, body)
    }
}

impl Message {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.kind == COMMAND && self.body.starts_with(&text(name))
    }

    pub(crate) fn is_media(&self) -> bool {
        matches!(self.kind, 8 | 9 | 15 | 18)
    }

    /// Whether a property of the command is this text.
    pub(crate) fn says(&self, name: &str, value: &str) -> bool {
        self.has(&[&text(name)[1..], &text(value)].concat())
    }

    pub(crate) fn has(&self, bytes: &[u8]) -> bool {
        self.body.windows(bytes.len()).any(|part| part == bytes)
    }

    /// The transaction id of a command.
    fn id(&self) -> f64 {
        let behind = 3 + usize::from(self.body[2]) + 1;
        f64::from_be_bytes(self.body[behind..behind + 8].try_into().unwrap())
    }
}

#[derive(Clone, Default)]
struct Channel {
    header: Message,
    size: usize,
    delta: u32,
    is_extended: bool,
}

pub(crate) struct Peer<S> {
    pub(crate) stream: S,
    channels: BTreeMap<u8, Channel>,
    chunk: usize,
    /// What was heard in the dialogue.
    pub(crate) commands: Vec<Message>,
}

pub(crate) fn listener() -> (TcpListener, u16) {
    listener_at("127.0.0.1")
}

pub(crate) fn listener_at(host: &str) -> (TcpListener, u16) {
    let listener = TcpListener::bind((host, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    let is_there = wait(listener.as_raw_fd(), Readiness::Readable, Some(PATIENCE));
    assert!(is_there.unwrap(), "nobody comes");
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Takes the next client, up to its stream.
pub(crate) fn serve(listener: &TcpListener) -> Peer<TcpStream> {
    let mut peer = Peer::greet(accept(listener));
    peer.accept_stream();
    peer
}

/// A request of a server.
pub(crate) fn request(tc_url: Option<&str>) -> Vec<u8> {
    let mut info = vec![
        ("level", text("status")),
        ("code", text("NetConnection.Connect.ReconnectRequest")),
        ("description", text("maintenance")),
    ];
    info.extend(tc_url.map(|url| ("tcUrl", text(url))));
    let body = command("onStatus", 0.0, &[NULL, &object(&info)]);
    let mut whole = message(3, 0, COMMAND, &body);
    // It is about the connection.
    whole[8] = 0;
    whole
}

impl<S: Read + Write> Peer<S> {
    /// The server's side of the plain handshake.
    pub(crate) fn greet(mut stream: S) -> Self {
        let mut hello = [0; 1537];
        stream.read_exact(&mut hello).unwrap();
        let words = [&[3], &[0; 1536][..], &hello[1..]].concat();
        stream.write_all(&words).unwrap();
        stream.flush().unwrap();
        stream.read_exact(&mut hello[1..]).unwrap();
        Self {
            stream,
            channels: BTreeMap::new(),
            chunk: 128,
            commands: Vec::new(),
        }
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        // The client may have gone.
        let _ = self.stream.write_all(bytes);
        let _ = self.stream.flush();
    }

    /// Answers up to `publish` or `play`, which is left.
    pub(crate) fn hear_wish(&mut self) -> Message {
        loop {
            let message = self.next().expect("the client goes on");
            let command = message.clone();
            self.commands.push(command);
            let id = || message.id();
            if message.is("publish") || message.is("play") {
                return message;
            } else if message.is("connect") {
                let result = command_message(&command_result(id(), &[NULL]));
                self.say(&result);
            } else if message.is("createStream") {
                let stream = number(1.0);
                let result = command_message(&command_result(id(), &[NULL, &stream]));
                self.say(&result);
            }
        }
    }

    pub(crate) fn accept_stream(&mut self) {
        let code = match self.hear_wish() {
            wish if wish.is("publish") => "NetStream.Publish.Start",
            _ => "NetStream.Play.Start",
        };
        self.say(&message(5, 0, COMMAND, &status(code)));
    }

    /// The next message; `None` when the client has gone.
    pub(crate) fn next(&mut self) -> Option<Message> {
        loop {
            let message = self.chunk()?;
            match message {
                Some(message) if message.kind == 1 => {
                    let size = u32::from_be_bytes(message.body[..4].try_into().unwrap());
                    self.chunk = usize::try_from(size).unwrap();
                    return Some(message);
                }
                Some(message) => return Some(message),
                None => {}
            }
        }
    }

    /// All that come, to the end.
    pub(crate) fn rest(&mut self) -> Vec<Message> {
        std::iter::from_fn(|| self.next()).collect()
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    fn number(&mut self) -> Option<u32> {
        let [a, b, c] = self.bytes()?;
        Some(u32::from_be_bytes([0, a, b, c]))
    }

    fn chunk(&mut self) -> Option<Option<Message>> {
        let [first] = self.bytes()?;
        let (format, id) = (first >> 6, first & 0x3f);
        let mut channel = self.channels.remove(&id).unwrap_or_default();
        let is_first = channel.header.body.is_empty();
        let mut stamp = None;
        if format < 3 {
            stamp = Some(self.number()?);
            channel.is_extended = stamp == Some(0x00ff_ffff);
        }
        if format < 2 {
            channel.size = usize::try_from(self.number()?).unwrap();
            channel.header.kind = self.bytes::<1>()?[0];
        }
        if format == 0 {
            channel.header.stream = u32::from_le_bytes(self.bytes()?);
        }
        if channel.is_extended {
            let extended = u32::from_be_bytes(self.bytes()?);
            stamp = stamp.and(Some(extended));
        }
        if is_first {
            channel.header.format = format;
            match stamp {
                Some(stamp) if format == 0 => {
                    channel.header.time = stamp;
                    channel.delta = stamp;
                }
                Some(stamp) => {
                    channel.delta = stamp;
                    channel.header.time = channel.header.time.wrapping_add(stamp);
                }
                None => channel.header.time = channel.header.time.wrapping_add(channel.delta),
            }
        }
        let count = (channel.size - channel.header.body.len()).min(self.chunk);
        let mut part = vec![0; count];
        self.stream.read_exact(&mut part).ok()?;
        channel.header.body.extend(part);
        let whole = (channel.header.body.len() == channel.size).then(|| {
            let message = channel.header.clone();
            channel.header.body.clear();
            message
        });
        self.channels.insert(id, channel);
        Some(whole)
    }
}

fn command_result(id: f64, values: &[&[u8]]) -> Vec<u8> {
    command("_result", id, values)
}

fn command_message(body: &[u8]) -> Vec<u8> {
    message(3, 0, COMMAND, body)
}
