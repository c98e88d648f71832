//! How far the network is behind.

use std::io::Read;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use rtmp::abi::RTMP_UNKNOWN;
use rtmp::sys::socket;
use socket2::SockRef;

use crate::client::{Client, LONG, PATIENCE, acceptance, narrow_server, rest, shake_hands, write};
use crate::{await_stats, stats};

/// A publisher, and its server's end, which nobody reads any more.
fn publisher() -> (Client, TcpStream) {
    let (port, thread) = narrow_server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        stream
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    (client, thread.join().unwrap())
}

/// What was sent behind the handshake, which the server has read.
const HANDSHAKE: u64 = 1 + 2 * 1536;

#[test]
fn what_a_peer_does_not_take_is_seen() {
    let (client, mut peer) = publisher();
    let body = [7; 1000];
    for _ in 0..100 {
        assert!(client.send(&body));
        let begin = Instant::now();
        // What the peer's system has acknowledged waits there. It may take a moment to say so.
        loop {
            let stats = stats(&client);
            let arrived = socket::available(peer.as_raw_fd());
            let written = stats.wire_out - HANDSHAKE;
            if u64::from(stats.unsent) + arrived as u64 == written {
                break;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "{written}: {} and {arrived}",
                stats.unsent
            );
            thread::yield_now();
        }
    }
    let full = stats(&client);
    assert!(
        full.unsent > 50_000 && full.unsent != RTMP_UNKNOWN,
        "{}",
        full.unsent
    );
    assert!(full.send_buffer > 0 && full.send_buffer != RTMP_UNKNOWN);
    assert!(full.rtt_us > 0 && full.rtt_us != RTMP_UNKNOWN);
    assert_ne!(full.rtt_var_us, RTMP_UNKNOWN);
    assert_ne!(full.retransmits, RTMP_UNKNOWN);
    assert_eq!(full.blocked_ms, 0, "the system has taken all at once");

    let all = usize::try_from(full.wire_out - HANDSHAKE).unwrap();
    peer.read_exact(&mut vec![0; all]).unwrap();
    let empty = await_stats(&client, "nothing unsent", |stats| stats.unsent == 0);
    assert_eq!(empty.wire_out, full.wire_out);
}

#[test]
fn a_sender_that_waits_is_seen_while_it_does() {
    // One whose chunks are put together, and one whose are sent from where they are.
    for chunk in [128, 65_536] {
        let (client, mut peer) = publisher();
        client.handle().m_outChunkSize.set(chunk);
        let own = client.handle().m_sb.sb_socket.get();
        // SAFETY: the handle's own socket, which stays open meanwhile.
        let own = unsafe { std::os::fd::BorrowedFd::borrow_raw(own) };
        SockRef::from(&own).set_send_buffer_size(8192).unwrap();
        let (tell, told) = channel::<()>();
        thread::scope(|scope| {
            let sender = scope.spawn(|| {
                let sent = client.send(&vec![7; 1 << 20]);
                drop(tell);
                sent
            });
            let waiting = await_stats(&client, "a wait", |stats| stats.blocked_ms > 0);
            assert!(waiting.wire_out > waiting.bytes_out, "{chunk}");
            assert_eq!(
                told.try_recv(),
                Err(std::sync::mpsc::TryRecvError::Empty),
                "{chunk}"
            );
            let more = await_stats(&client, "more of it", |stats| {
                stats.blocked_ms > waiting.blocked_ms
            });
            assert_eq!(more.messages_out, waiting.messages_out, "{chunk}");
            scope.spawn(|| rest(&mut peer));
            assert!(sender.join().unwrap(), "{chunk}");
            let behind = stats(&client);
            assert_eq!(behind.wire_out, behind.bytes_out, "{chunk}");
            assert!(behind.messages_out > more.messages_out, "{chunk}");
            assert_eq!(stats(&client).blocked_ms, behind.blocked_ms, "{chunk}");
            client.close();
        });
    }
}
