//! Who waits for whom: a program that waits for the socket before each `RTMP_Read` finds nothing left behind, and a server
//! that waits for an acknowledgement gets it.

use std::io::Read;
use std::sync::mpsc::channel;
use std::time::Duration;

use rtmp::sys::socket::{Readiness, wait};

use crate::client::{Client, LONG, PATIENCE, acceptance, rest, server, shake_hands, write};
use crate::messages::{COMMAND, message, status, tag};

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

/// The client's first report of received bytes, up to its number.
const REPORT: [u8; 8] = [0x42, 0, 0, 0, 0, 0, 4, 3];

#[test]
fn a_server_that_fills_its_window_is_told_to_go_on() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Play.Start"));
        write(&mut stream, &message(2, 0, 5, &20_000_u32.to_be_bytes()));
        for time in 1..=8 {
            write(&mut stream, &message(6, time, 9, &[0x27; 2000]));
        }
        let (mut seen, mut piece) = (Vec::new(), [0; 1000]);
        while !seen.windows(REPORT.len()).any(|window| window == REPORT) {
            let count = stream.read(&mut piece).unwrap_or(0);
            assert!(count > 0, "no acknowledgement");
            seen.extend_from_slice(&piece[..count]);
        }
        let end = message(5, 0, COMMAND, &status("NetStream.Play.Complete"));
        write(
            &mut stream,
            &[message(6, 9, 9, &[0x27; 2000]), end].concat(),
        );
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect() && client.connect_stream());
    let (mut total, mut buffer) = (0, [0; 4096]);
    while let count @ 1.. = client.read(&mut buffer) {
        total += count;
    }
    assert_eq!(total, 13 + 9 * (11 + 2000 + 4));
    client.close();
    thread.join().unwrap();
}
