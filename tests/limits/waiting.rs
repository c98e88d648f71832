//! A program that waits for the socket before each `RTMP_Read`: what has come for it is never left behind.

use std::sync::mpsc::channel;
use std::time::Duration;

use rtmp::sys::socket::{Readiness, wait};

use crate::client::{Client, LONG, PATIENCE, acceptance, rest, server, shake_hands, write};
use crate::messages::{message, tag};

const HEADER: &[u8] = b"FLV\x01\x01\0\0\0\x09\0\0\0\0";

/// Messages from shorter than any receive to longer than all memory that the reader gives, with their times.
fn media() -> Vec<(u32, Vec<u8>)> {
    let sizes = (1..40).map(|at| 100 * at).chain([16_384, 100_000, 10]);
    (1..).zip(sizes.map(|size| vec![0x27; size])).collect()
}

/// Reads by `size` bytes what a server sends that speaks `at_once` so many messages, and waits until they are read.
fn plays(size: usize, at_once: usize) {
    let (go, ready) = channel::<()>();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Play.Start"));
        for messages in media().chunks(at_once) {
            ready.recv().unwrap();
            let bytes = messages.iter();
            let bytes = bytes.flat_map(|(time, body)| message(6, *time, 9, body));
            write(&mut stream, &bytes.collect::<Vec<u8>>());
        }
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect() && client.connect_stream());
    let fd = client.handle().m_sb.sb_socket.get();
    let is_readable = |limit| wait(fd, Readiness::Readable, Some(limit)).unwrap();
    let (mut seen, mut expected, mut buffer) = (Vec::new(), HEADER.to_vec(), vec![0; size]);
    for messages in media().chunks(at_once) {
        let tags = messages.iter();
        expected.extend(tags.flat_map(|(time, body)| tag(9, *time, body)));
        go.send(()).unwrap();
        while seen.len() < expected.len() {
            let (have, of) = (seen.len(), expected.len());
            assert!(is_readable(PATIENCE), "{size}: {have} of {of}");
            let count = client.read(&mut buffer);
            seen.extend_from_slice(&buffer[..usize::try_from(count).unwrap()]);
        }
        assert!(seen == expected, "{size}");
        // Who has everything is not woken for nothing.
        assert!(!is_readable(Duration::ZERO), "{size}");
    }
    client.close();
    thread.join().unwrap();
}

#[test]
fn each_message_is_had_when_it_has_come() {
    for size in [100, 1000, 4096, 16_384, 65_536] {
        plays(size, 1);
    }
}

#[test]
fn all_messages_are_had_when_they_come_at_once() {
    for size in [100, 1000, 4096, 16_384, 65_536] {
        plays(size, usize::MAX);
    }
}
