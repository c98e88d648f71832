//! A server of HTTP tunnels.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use crate::client::acceptance;

/// One request: its verb and its body.
pub(crate) fn request(stream: &mut impl Read) -> Option<(String, Vec<u8>)> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-length: "))?;
    let mut body = vec![0; length.trim().parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    Some((head.split('/').nth(1)?.to_owned(), body))
}

pub(crate) fn response(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(crate) fn answer(stream: &mut impl Write, body: &[u8]) {
    stream.write_all(&response(body)).unwrap();
    stream.flush().unwrap();
}

/// Serves a tunnel up to the accepted stream of a publisher.
pub(crate) fn open(stream: &mut (impl Read + Write)) {
    let (mut received, mut said) = (Vec::new(), 0);
    while let Some((verb, body)) = request(stream) {
        if verb == "open" {
            answer(stream, b"session\n");
            continue;
        }
        received.extend_from_slice(&body);
        let (text, next) = match said {
            0 if received.len() >= 1537 => ([&[3], &[0; 1536][..], &received[1..1537]].concat(), 1),
            1 if received.len() > 2 * 1537 => (acceptance("NetStream.Publish.Start"), 2),
            _ => (Vec::new(), said),
        };
        said = next;
        answer(stream, &[&[1], &text[..]].concat());
        if received.windows(7).any(|window| window == b"publish") {
            return;
        }
    }
    panic!("the client has gone");
}

/// The bytes that a client sends through a tunnel, and those for it: what is written goes out in the next answer.
pub(crate) struct Bytes<S> {
    stream: S,
    received: VecDeque<u8>,
    due: Vec<u8>,
}

impl<S: Read + Write> Bytes<S> {
    pub(crate) fn of(stream: S) -> Self {
        let (received, due) = (VecDeque::new(), Vec::new());
        Self {
            stream,
            received,
            due,
        }
    }
}

impl<S: Read + Write> Read for Bytes<S> {
    /// Answers requests until one brings something. The end is that of the connection.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.received.is_empty() {
            let Some((verb, body)) = request(&mut self.stream) else {
                return Ok(0);
            };
            match verb.as_str() {
                "open" => answer(&mut self.stream, b"session\n"),
                "send" => self.received.extend(body),
                _ => {}
            }
            if verb != "open" {
                answer(&mut self.stream, &[&[1], &self.due[..]].concat());
                self.due.clear();
            }
        }
        self.received.read(into)
    }
}

impl<S: Write> Write for Bytes<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.due.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
