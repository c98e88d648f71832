//! A server of HTTP tunnels.

use std::io::{Read, Write};

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
