//! What `RTMP_GetStats` tells about a stream that goes on on other connections.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;

use rtmp::abi::RTMP_STATS;
use rtmp::ffi::rtmp::stats::RTMP_GetStats;

use crate::client::Client;
use crate::login::rejection;
use crate::peer::{Peer, accept, listener, request};
use crate::publisher::{publish_until, publisher};

/// Bytes of all connections.
#[derive(Default)]
struct Sums {
    received: AtomicU64,
    said: AtomicU64,
    connections: AtomicU64,
}

/// A connection whose bytes are counted.
struct Counted {
    stream: TcpStream,
    sums: Arc<Sums>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(into)?;
        self.sums.received.fetch_add(count as u64, SeqCst);
        Ok(count)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.stream.write(bytes)?;
        self.sums.said.fetch_add(count as u64, SeqCst);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn greet(listener: &TcpListener, sums: &Arc<Sums>) -> Peer<Counted> {
    let stream = accept(listener);
    sums.connections.fetch_add(1, SeqCst);
    Peer::greet(Counted {
        stream,
        sums: Arc::clone(sums),
    })
}

fn stats(client: &Client) -> RTMP_STATS {
    let mut stats = RTMP_STATS {
        size: u32::try_from(size_of::<RTMP_STATS>()).unwrap(),
        ..RTMP_STATS::default()
    };
    let handle = std::ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a valid handle, and a struct with its size.
    assert_eq!(unsafe { RTMP_GetStats(handle, &raw mut stats) }, 1);
    stats
}

#[test]
fn sums_go_on_over_logins_and_moves() {
    let ((one, port), (two, other)) = (listener(), listener());
    let sums = Arc::<Sums>::default();
    let (old_sums, new_sums) = (Arc::clone(&sums), Arc::clone(&sums));
    let old = thread::spawn(move || {
        for words in [
            "code=403 need auth; authmod=adobe",
            "[ authmod=adobe ] : ?reason=needauth&user=joe&salt=abcd&challenge=abcd&opaque=abcd",
        ] {
            let mut peer = greet(&one, &old_sums);
            while !peer.next().unwrap().is("connect") {}
            peer.say(&rejection(words));
            peer.rest();
        }
        let mut peer = greet(&one, &old_sums);
        peer.accept_stream();
        peer.say(&request(Some(&format!("rtmp://127.0.0.1:{other}/there"))));
        peer.rest();
    });
    let (taken, is_taken) = mpsc::channel();
    let new = thread::spawn(move || {
        let mut peer = greet(&two, &new_sums);
        peer.accept_stream();
        taken.send(()).unwrap();
        peer.rest();
    });
    let client = publisher(port, "pubUser=joe pubPasswd=pw");
    let begun = stats(&client);
    assert_eq!(begun.bytes_in, begun.wire_in);
    publish_until(&client, 1, || is_taken.try_recv().is_ok());
    let moved = stats(&client);
    assert!(moved.handshake_ms > begun.handshake_ms && moved.dialogue_ms > begun.dialogue_ms);
    assert!(moved.messages_in > begun.messages_in && moved.messages_out > begun.messages_out);
    client.close();
    old.join().unwrap();
    new.join().unwrap();
    assert_eq!(sums.connections.load(SeqCst), 4);
    let closed = stats(&client);
    let received = sums.received.load(SeqCst);
    assert_eq!([closed.bytes_out, closed.wire_out], [received; 2]);
    let said = sums.said.load(SeqCst);
    assert_eq!([closed.bytes_in, closed.wire_in], [said; 2]);
}
