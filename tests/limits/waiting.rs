//! Who waits for whom: a program that waits for the socket before each `RTMP_Read` finds nothing left behind, and a server
//! that waits for an acknowledgement gets it.

use std::ffi::c_int;
use std::io::Read;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use rtmp::abi::{RTMP, RTMPPacket};
use rtmp::ffi::rtmp::packet::{RTMP_ReadPacket, RTMPPacket_Free};
use rtmp::ffi::rtmp::sockbuf::RTMPSockBuf_Fill;
use rtmp::sys::socket::{Readiness, available, recv_bytes, wait};

use crate::client::{
    Client, Edges, LONG, PATIENCE, SHORT, acceptance, rest, server, shake_hands, write,
};
use crate::messages::{COMMAND, message, status, tag};

const HEADER: &[u8] = b"FLV\x01\x01\0\0\0\x09\0\0\0\0";

/// Messages from shorter than any receive to longer than all memory that the reader gives, with their times.
fn media() -> Vec<(u32, Vec<u8>)> {
    let sizes = (1..40).map(|at| 100 * at).chain([16_384, 100_000, 10]);
    (1..).zip(sizes.map(|size| vec![0x27; size])).collect()
}

/// Reads by `size` bytes what a server sends that speaks `at_once` so many messages, and waits until they are read. The
/// first of them come `early`: together with the acceptance of the stream.
fn plays(size: usize, at_once: usize, early: bool) {
    let (go, ready) = channel::<()>();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        let mut bytes = acceptance("NetStream.Play.Start");
        if !early {
            write(&mut stream, &bytes);
        }
        for messages in media().chunks(at_once) {
            if !early || messages[0].0 > 1 {
                ready.recv().unwrap();
                bytes.clear();
            }
            let media = messages.iter();
            bytes.extend(media.flat_map(|(time, body)| message(6, *time, 9, body)));
            write(&mut stream, &bytes);
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
        if !early || messages[0].0 > 1 {
            go.send(()).unwrap();
        }
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
        plays(size, 1, false);
    }
}

#[test]
fn all_messages_are_had_when_they_come_at_once() {
    for size in [100, 1000, 4096, 16_384, 65_536] {
        plays(size, usize::MAX, false);
    }
}

#[test]
fn media_that_comes_with_the_acceptance_wakes_who_waits() {
    for at_once in [1, 4, 20, usize::MAX] {
        for size in [100, 4096, 65_536] {
            plays(size, at_once, true);
        }
    }
}

/// How a program goes on by itself behind `RTMP_Read`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Fill,
    Receive,
    Packets,
}

/// What a program gets by itself, message by message or byte by byte, of those that a server has sent.
fn gets(client: &Client, way: Way, count: usize) -> Vec<u8> {
    let raw: *const RTMP = client.handle();
    let sb = &client.handle().m_sb;
    let mut bytes = Vec::new();
    while bytes.len() < count {
        match way {
            Way::Packets => {
                let mut packet = RTMPPacket::default();
                // SAFETY: a valid handle and packet.
                let read = unsafe { RTMP_ReadPacket(raw.cast_mut(), &raw mut packet) };
                assert_eq!(read, 1);
                if packet.is_ready() {
                    let (time, body) = (packet.m_nTimeStamp.get(), packet.body());
                    bytes.extend(message(6, time, 9, body));
                    // SAFETY: the body is the library's.
                    unsafe { RTMPPacket_Free(&raw mut packet) };
                }
                continue;
            }
            Way::Fill => {
                // SAFETY: a valid buffer.
                let added = unsafe { RTMPSockBuf_Fill((&raw const *sb).cast_mut()) };
                assert!(added > 0);
            }
            Way::Receive if sb.is_empty() => {
                let mut piece = [0; 1000];
                let received = recv_bytes(sb.sb_socket.get(), &mut piece).unwrap();
                bytes.extend_from_slice(&piece[..received]);
            }
            Way::Receive => {}
        }
        bytes.extend(sb.take_last(sb.len()));
    }
    bytes
}

/// Reads a part of what a server has sent by `RTMP_Read`, and gets the rest in another way: nothing is missing, and no
/// byte comes twice.
fn goes_on(way: Way, bodies: &[usize], size: usize) {
    let (go, ready) = channel::<()>();
    let message_of = |time: u32, size: usize| message(6, time, 9, &vec![0x27; size]);
    let first: Vec<u8> = (1..)
        .zip(bodies)
        .flat_map(|(time, &size)| message_of(time, size))
        .collect();
    let last = message_of(50, 300);
    let begin = acceptance("NetStream.Play.Start");
    let sent = [&begin[..], &first, &last].concat();
    let many = first.len();
    let all = 1 + 2 * 1536 + sent.len();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        let (begin, end) = sent.split_at(sent.len() - last.len());
        let (begin, middle) = begin.split_at(begin.len() - many);
        for bytes in [begin, middle, end] {
            ready.recv().unwrap();
            write(&mut stream, bytes);
        }
        rest(&mut stream);
        sent
    });
    let client = Client::of("rtmp", port, LONG);
    go.send(()).unwrap();
    assert!(client.connect() && client.connect_stream());
    go.send(()).unwrap();
    let fd = client.handle().m_sb.sb_socket.get();
    let end = Instant::now() + PATIENCE;
    while available(fd) < many && Instant::now() < end {
        thread::yield_now();
    }
    let mut buffer = vec![0; size];
    assert_eq!(client.read(&mut buffer), c_int::try_from(size).unwrap());
    let used = usize::try_from(client.handle().m_nBytesIn.get()).unwrap();
    go.send(()).unwrap();
    let got = gets(&client, way, all - used);
    client.close();
    let sent = thread.join().unwrap();
    assert!(
        sent.ends_with(&got) && got.len() == all - used,
        "{way:?} {size}: {} of {}",
        got.len(),
        all - used
    );
}

#[test]
fn no_byte_comes_twice() {
    for way in [Way::Fill, Way::Receive, Way::Packets] {
        // The last message that came is begun, or a part of it is kept for the next call, or messages are left.
        for (bodies, size) in [
            (&[1000, 1000, 1000][..], 1500),
            (&[4000], 4000),
            (&[500; 20], 1200),
        ] {
            // Who receives by himself must have been given whole messages: what is kept belongs to `RTMP_Read`.
            if way != Way::Receive || bodies.len() > 1 {
                goes_on(way, bodies, size);
            }
        }
    }
}

/// What is known of the socket counts only as long as nobody else has received: a read that has something does not wait.
#[test]
fn who_comes_back_to_reading_does_not_wait() {
    let (go, ready) = channel::<()>();
    let many = 60;
    let all: Vec<u8> = (1..=many)
        .flat_map(|time| message(6, time, 9, &[0x27; 1000]))
        .collect();
    let count = all.len();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Play.Start"));
        ready.recv().unwrap();
        write(&mut stream, &all);
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, SHORT);
    assert!(client.connect() && client.connect_stream());
    go.send(()).unwrap();
    let sb = &client.handle().m_sb;
    let end = Instant::now() + PATIENCE;
    while available(sb.sb_socket.get()) < count && Instant::now() < end {
        thread::yield_now();
    }
    // It has seen that there is much more.
    let mut buffer = [0; HEADER.len() + 2 * (11 + 1000 + 4)];
    let size = c_int::try_from(buffer.len()).unwrap();
    assert_eq!(client.read(&mut buffer), size);
    let taken = gets(&client, Way::Packets, 50 * (12 + 1000 + 7));
    assert_eq!(taken.len(), 50 * (12 + 1000 + 7));
    let mut left = (many as usize - 52) * (11 + 1000 + 4);
    while left > 0 {
        let read = usize::try_from(client.read(&mut buffer)).unwrap();
        assert_eq!((read > 0, sb.sb_timedout.get()), (true, 0));
        left -= read;
    }
    client.close();
    thread.join().unwrap();
}

#[test]
fn what_comes_with_the_handshake_wakes_who_waits() {
    let (port, thread) = server(|mut stream| {
        let mut hello = [0; 1537];
        stream.read_exact(&mut hello).unwrap();
        let ping = message(2, 0, 4, &[0, 6, 1, 2, 3, 4]);
        write(
            &mut stream,
            &[&[3], &[0; 1536][..], &hello[1..], &ping].concat(),
        );
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect());
    let fd = client.handle().m_sb.sb_socket.get();
    assert!(wait(fd, Readiness::Readable, Some(PATIENCE)).unwrap());
    let ping = message(6, 0, 4, &[0, 6, 1, 2, 3, 4]);
    let got = gets(&client, Way::Packets, ping.len());
    assert_eq!(got[12..], ping[12..]);
    assert!(!wait(fd, Readiness::Readable, Some(Duration::ZERO)).unwrap());
    client.close();
    thread.join().unwrap();
}

/// Reads what comes whenever an edge tells, until a call does not fill the memory.
fn waits_for_edges(at_once: usize, is_early: bool) {
    let (go, ready) = channel::<()>();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        let mut bytes = acceptance("NetStream.Play.Start");
        for messages in media().chunks(at_once) {
            let media = messages.iter();
            bytes.extend(media.flat_map(|(time, body)| message(6, *time, 9, body)));
            write(&mut stream, &bytes);
            bytes.clear();
            ready.recv().unwrap();
        }
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect());
    let fd = client.handle().m_sb.sb_socket.get();
    let early = is_early.then(|| Edges::of(fd));
    assert!(client.connect_stream());
    let edges = early.unwrap_or_else(|| Edges::of(fd));
    // No tag ends where the memory does.
    let (mut seen, mut expected, mut buffer) = (Vec::new(), HEADER.to_vec(), vec![0; 65_537]);
    for messages in media().chunks(at_once) {
        let tags = messages.iter();
        expected.extend(tags.flat_map(|(time, body)| tag(9, *time, body)));
        while seen.len() < expected.len() {
            let (have, of) = (seen.len(), expected.len());
            assert!(edges.wait(), "{at_once}: {have} of {of}");
            let mut is_full = true;
            while is_full && seen.len() < expected.len() {
                let count = usize::try_from(client.read(&mut buffer)).unwrap();
                seen.extend_from_slice(&buffer[..count]);
                is_full = count == buffer.len();
            }
        }
        assert!(seen == expected, "{at_once}");
        go.send(()).unwrap();
    }
    client.close();
    thread.join().unwrap();
}

#[test]
fn who_waits_for_edges_gets_everything() {
    for at_once in [1, 20, usize::MAX] {
        for is_early in [false, true] {
            waits_for_edges(at_once, is_early);
        }
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
