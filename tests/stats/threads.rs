//! Several threads ask while a session runs, is cancelled, and closed.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use rtmp::abi::{RTMP_PHASE_STREAMING, RTMP_STATS, RTMPPacket};
use rtmp::ffi::rtmp::packet::{RTMP_ReadPacket, RTMPPacket_Free};
use rtmp::ffi::rtmp::stats::RTMP_GetStats;
use rtmp::ffi::rtmp::stream::RTMP_ClientPacket;

use crate::asked;
use crate::client::{Client, LONG, PATIENCE, acceptance, rest, server};
use crate::messages::message;
use crate::{await_stats, stats};

const ASKERS: usize = 3;
const ROUNDS: usize = 20;
const LENGTH: usize = size_of::<RTMP_STATS>();
const PING: [u8; 6] = [0, 6, 1, 2, 3, 4];

/// A server that talks as long as its client listens, and throws away what it hears.
fn chat(mut stream: TcpStream) {
    let mut hello = [0; 1537];
    if stream.read_exact(&mut hello).is_err() {
        return;
    }
    let _ = stream.write_all(&[&[3], &[0; 1536][..], &hello[1..]].concat());
    let _ = stream.write_all(&acceptance("NetStream.Publish.Start"));
    let mut talking = stream.try_clone().unwrap();
    let talker =
        thread::spawn(move || while talking.write_all(&message(2, 0, 4, &PING)).is_ok() {});
    rest(&mut stream);
    // Without that it may wait for a client that has gone.
    let _ = stream.shutdown(Shutdown::Both);
    talker.join().unwrap();
}

/// As many servers, one after the other.
fn chatting(count: usize) -> (u16, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        for _ in 0..count {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_write_timeout(Some(PATIENCE)).unwrap();
            chat(stream);
        }
    };
    (port, thread::spawn(serve))
}

/// Asks with structs of all sizes until it is told to stop.
fn ask(client: &Client, is_over: &AtomicBool, answers: &AtomicU64) {
    let handle = std::ptr::from_ref(client.handle()).cast_mut();
    let mut size = 0;
    while !is_over.load(SeqCst) {
        size = (size + 1) % (LENGTH + 40);
        let mut room = [0xa5_u8; LENGTH + 48];
        room[..4].copy_from_slice(&u32::try_from(size).unwrap().to_ne_bytes());
        let before = room;
        // SAFETY: a valid handle; the room is longer than it says.
        let is_told = unsafe { RTMP_GetStats(handle, room.as_mut_ptr().cast()) } == 1;
        assert!(!is_told || size >= LENGTH, "{size}");
        if is_told {
            assert_eq!(room[..4], before[..4]);
            assert!(room[LENGTH..size].iter().all(|&byte| byte == 0), "{size}");
            assert!(room[size..].iter().all(|&byte| byte == 0xa5), "{size}");
            answers.fetch_add(1, SeqCst);
        } else {
            assert_eq!(room, before, "{size}");
        }
    }
}

/// Ends those that ask, also when the test fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// Reads messages, to which the library reacts, until the connection ends.
fn read_all(client: &Client) {
    let handle = std::ptr::from_ref(client.handle()).cast_mut();
    let mut packet = RTMPPacket::default();
    // SAFETY: a valid handle and packet.
    while unsafe { RTMP_ReadPacket(handle, &raw mut packet) } == 1 {
        if packet.is_ready() {
            // SAFETY: as above.
            unsafe { RTMP_ClientPacket(handle, &raw mut packet) };
            // SAFETY: the body is the library's.
            unsafe { RTMPPacket_Free(&raw mut packet) };
        }
    }
}

/// Looks at one connection: nothing becomes less.
fn watch(client: &Client, is_over: &AtomicBool) {
    let sums = |s: &RTMP_STATS| {
        [
            s.bytes_in,
            s.bytes_out,
            s.wire_in,
            s.wire_out,
            s.messages_in,
            s.messages_out,
            s.blocked_ms.into(),
            s.pings.into(),
        ]
    };
    let mut last = [0; 8];
    while !is_over.load(SeqCst) {
        let Some(stats) = asked(client.handle()) else {
            continue;
        };
        let now = sums(&stats);
        assert!(
            now.iter().zip(last).all(|(&now, last)| now >= last),
            "{last:?} {now:?}"
        );
        assert!(stats.phase <= RTMP_PHASE_STREAMING);
        last = now;
    }
}

#[test]
fn nobody_is_disturbed() {
    let (port, servers) = chatting(ROUNDS);
    for round in 0..ROUNDS {
        let client = Client::of("rtmp", port, LONG);
        client.publishes();
        let (is_over, answers) = (AtomicBool::new(false), AtomicU64::new(0));
        thread::scope(|scope| {
            let _end = End(&is_over);
            for _ in 0..ASKERS {
                scope.spawn(|| ask(&client, &is_over, &answers));
            }
            scope.spawn(|| watch(&client, &is_over));
            assert!(client.connect() && client.connect_stream());
            let sender = scope.spawn(|| while client.send(&[7; 3000]) {});
            let reader = scope.spawn(|| read_all(&client));
            await_stats(&client, "a conversation", |stats| {
                stats.messages_out > 50 && stats.pings > 50
            });
            if round % 2 == 0 {
                client.cancel();
            } else {
                client.close();
            }
            sender.join().unwrap();
            reader.join().unwrap();
            client.close();
            let told = answers.load(SeqCst);
            // And they go on when it is closed.
            await_stats(&client, "answers", |_| answers.load(SeqCst) > told + 100);
        });
    }
    servers.join().unwrap();
}

#[test]
fn a_reader_that_waits_is_not_waited_for() {
    let (port, thread) = server(|mut stream| {
        let mut hello = [0; 1537];
        stream.read_exact(&mut hello).unwrap();
        let said = [&[3], &[0; 1536][..], &hello[1..]].concat();
        stream.write_all(&said).unwrap();
        stream
            .write_all(&acceptance("NetStream.Play.Start"))
            .unwrap();
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect() && client.connect_stream());
    thread::scope(|scope| {
        let reader = scope.spawn(|| client.read(&mut [0; 4096]));
        for _ in 0..1000 {
            assert_eq!(stats(&client).phase, RTMP_PHASE_STREAMING);
        }
        assert!(!reader.is_finished());
        client.cancel();
        reader.join().unwrap();
    });
    client.close();
    thread.join().unwrap();
}
