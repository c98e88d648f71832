//! What a program that only writes makes of what the server says meanwhile.

use std::sync::mpsc::channel;

use crate::client::{Client, LONG, acceptance, rest, server, shake_hands, write};
use crate::messages::{COMMAND, message, status, tag};

const PING: [u8; 6] = [0, 6, 1, 2, 3, 4];
/// A user control message with the pong, as the client's second message on chunk stream 2 or later.
const PONG: [u8; 6] = [0, 7, 1, 2, 3, 4];

fn video(time: u32) -> Vec<u8> {
    tag(9, time, &[0x27; 300])
}

fn publisher(port: u16) -> Client {
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    client
}

#[test]
fn a_refusal_ends_writing() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        let refusal = message(5, 0, COMMAND, &status("NetStream.Publish.BadName"));
        write(&mut stream, &refusal);
        rest(&mut stream);
    });
    let client = publisher(port);
    let mut time = 0;
    while client.write(&video(time)) > 0 {
        time += 1;
    }
    let told = client.last_error();
    assert!(told.contains("NetStream.Publish.BadName"), "{told}");
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_ping_is_answered_while_writing() {
    let (ask, asked) = channel::<()>();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        write(&mut stream, &message(2, 0, 4, &PING));
        let mut bytes = Vec::new();
        let mut piece = [0; 4096];
        while !bytes.windows(PONG.len()).any(|window| window == PONG) {
            let count = std::io::Read::read(&mut stream, &mut piece).unwrap();
            assert!(count > 0, "the client has gone");
            bytes.extend_from_slice(&piece[..count]);
        }
        drop(ask);
        rest(&mut stream);
    });
    let client = publisher(port);
    let mut time = 0;
    // Until the server has got its pong.
    while asked.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
        assert!(client.write(&video(time)) > 0);
        time += 1;
    }
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_program_that_reads_itself_is_left_alone() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        write(&mut stream, &message(2, 0, 4, &PING));
        let refusal = message(5, 0, COMMAND, &status("NetStream.Publish.BadName"));
        write(&mut stream, &refusal);
        rest(&mut stream);
    });
    let client = publisher(port);
    // The ping is read by the program, and from then on everything is its own.
    let mut packet = rtmp::abi::RTMPPacket::default();
    let raw: *const rtmp::abi::RTMP = client.handle();
    // SAFETY: a valid handle and packet.
    let read = unsafe { rtmp::ffi::rtmp::packet::RTMP_ReadPacket(raw.cast_mut(), &raw mut packet) };
    assert_eq!((read, packet.m_packetType.get()), (1, 4));
    // SAFETY: the body is the library's.
    unsafe { rtmp::ffi::rtmp::packet::RTMPPacket_Free(&raw mut packet) };
    for time in 0..1000 {
        assert!(client.write(&video(time)) > 0);
    }
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_reader_does_not_wait_for_a_writer() {
    // The server takes nothing before it has said everything: more than sockets hold, with pings between.
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Play.Start"));
        for time in 0..4000 {
            write(&mut stream, &message(6, time, 9, &[0x27; 4000]));
            if time % 100 == 0 {
                assert!(write(&mut stream, &message(2, 0, 4, &PING)));
            }
        }
        let end = message(5, 0, COMMAND, &status("NetStream.Play.Complete"));
        assert!(write(&mut stream, &end));
        rest(&mut stream)
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect() && client.connect_stream());
    let sent = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let body = vec![7; 1 << 20];
            (0..12).filter(|_| client.send(&body)).count()
        });
        let mut buffer = vec![0; 1 << 16];
        while client.read(&mut buffer) > 0 {}
        writer.join().unwrap()
    });
    assert_eq!(sent, 12);
    client.close();
    let bytes = thread.join().unwrap();
    let pongs = bytes.windows(PONG.len()).filter(|window| *window == PONG);
    assert_eq!(pongs.count(), 40);
}
