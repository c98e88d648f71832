//! The end of a connection inside TLS, and media that comes with the acceptance of a stream.

use std::io::{Read, Write};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

use rtmp::sys::socket::{Readiness, wait};
use rustls::{ServerConnection, StreamOwned};

use crate::client::{Client, Edges, LONG, acceptance, narrow_server};
use crate::manner::{self, Manner};
use crate::messages::{message, tag};
use crate::pki::{Versions, self_signed};
use crate::sessions::shake_hands;
use crate::{PATIENCE, Peer, tunnel};

const ACKNOWLEDGEMENT: [u8; 4] = [0, 0, 16, 0];
const TAGS: u32 = 50;
const SIZE: usize = 4000;

fn secure_server<T: Send + 'static>(
    serve: impl FnOnce(Peer) -> T + Send + 'static,
) -> (u16, JoinHandle<T>) {
    narrow_server(move |stream| {
        let config = self_signed().server(Versions::Both, 2);
        let connection = ServerConnection::new(config).unwrap();
        serve(StreamOwned::new(connection, stream))
    })
}

fn client(scheme: &str, port: u16, timeout: u32) -> Client {
    let client = Client::of(scheme, port, timeout);
    client.handle().demand_certificate(false);
    client
}

fn publish(client: &Client) {
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    for time in 0..TAGS {
        assert!(client.write(&tag(9, time, &[0x27; SIZE])) > 0);
    }
}

#[test]
fn the_end_of_a_publication_and_all_goodbyes_arrive() {
    let (go, ready) = channel::<()>();
    let (port, thread) = secure_server(move |mut peer| {
        shake_hands(&mut peer);
        peer.write_all(&acceptance("NetStream.Publish.Start"))
            .unwrap();
        peer.flush().unwrap();
        ready.recv().unwrap();
        let (mut bytes, mut piece) = (Vec::new(), [0; 2048]);
        loop {
            // Not the end before TLS has said so.
            match peer.read(&mut piece).expect("the rest of the stream") {
                0 => return bytes,
                count => bytes.extend_from_slice(&piece[..count]),
            }
            peer.write_all(&message(2, 0, 3, &ACKNOWLEDGEMENT)).unwrap();
            peer.flush().unwrap();
        }
    });
    let client = client("rtmps", port, LONG);
    publish(&client);
    go.send(()).unwrap();
    client.close();
    let bytes = thread.join().unwrap();
    assert!(bytes.len() > TAGS as usize * SIZE, "{}", bytes.len());
    assert!(bytes.windows(12).any(|window| window == b"deleteStream"));
}

fn closes(scheme: &'static str, manner: Manner) {
    let (go, ready) = channel::<()>();
    let (port, thread) = secure_server(move |mut peer| {
        if scheme == "rtmpts" {
            tunnel::open(&mut peer);
        } else {
            shake_hands(&mut peer);
            peer.write_all(&acceptance("NetStream.Publish.Start"))
                .unwrap();
            peer.flush().unwrap();
        }
        ready.recv().unwrap();
        let (begin, endless) = manner::words(scheme == "rtmpts");
        if manner == Manner::Trickles {
            // Also inside of a record.
            peer.conn.writer().write_all(begin).unwrap();
            let mut record = Vec::new();
            peer.conn.write_tls(&mut record).unwrap();
            record.truncate(record.len().saturating_sub(2));
            manner.go_on(&mut peer.sock, &record, &[23, 3, 3, 0x40, 0], &ready);
        } else {
            manner.go_on(&mut peer, begin, endless, &ready);
        }
    });
    let client = client(scheme, port, 0);
    publish(&client);
    go.send(()).unwrap();
    manner::assert_soon(|| client.close());
    drop(go);
    thread.join().unwrap();
}

#[test]
fn a_close_is_over_soon_whatever_the_server_does() {
    for scheme in ["rtmps", "rtmpts"] {
        for manner in Manner::ALL {
            closes(scheme, manner);
        }
    }
}

#[test]
fn media_that_comes_with_the_acceptance_wakes_who_waits() {
    for total in [100_usize, 4000, 14_000] {
        // With memory for all of it, waiting for edges will do.
        for (size, by_edges) in [(1000, false), (16_384, false), (16_384, true)] {
            let (port, thread) = secure_server(move |mut peer| {
                shake_hands(&mut peer);
                let media = message(6, 1, 9, &vec![0x27; total]);
                let begin = acceptance("NetStream.Play.Start");
                peer.write_all(&[begin, media].concat()).unwrap();
                peer.flush().unwrap();
                let _ = peer.read_to_end(&mut Vec::new());
            });
            let client = client("rtmps", port, LONG);
            assert!(client.connect() && client.connect_stream());
            let media = tag(9, 1, &vec![0x27; total]);
            let expected = [&b"FLV\x01\x01\0\0\0\x09\0\0\0\0"[..], &media].concat();
            let fd = client.handle().m_sb.sb_socket.get();
            let edges = by_edges.then(|| Edges::of(fd));
            let is_readable = || match &edges {
                Some(edges) => edges.wait(),
                None => wait(fd, Readiness::Readable, Some(PATIENCE)).unwrap(),
            };
            let (mut seen, mut buffer) = (Vec::new(), vec![0; size]);
            while seen.len() < expected.len() {
                assert!(is_readable());
                let count = client.read(&mut buffer);
                seen.extend_from_slice(&buffer[..usize::try_from(count).unwrap()]);
            }
            assert!(seen == expected, "{total} {size}");
            client.close();
            thread.join().unwrap();
        }
    }
}
