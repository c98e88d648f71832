//! RTMP inside TLS, seen from the program: nobody waits for the rest of a record who has something else to do.

use std::io::{Read, Write};
use std::sync::mpsc::{TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rtmp::sys::socket::{Readiness, wait};
use rustls::{ServerConnection, StreamOwned};

use crate::client::{Client, LONG, acceptance, server};
use crate::messages::{message, tag};
use crate::pki::{Versions, self_signed};
use crate::{PATIENCE, Peer};

/// A server inside TLS that `serve` speaks for. It is less patient than the client.
fn secure_server<T: Send + 'static>(
    serve: impl FnOnce(Peer) -> T + Send + 'static,
) -> (u16, JoinHandle<T>) {
    server(move |stream| {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let config = self_signed().server(Versions::Both, 2);
        let connection = ServerConnection::new(config).unwrap();
        serve(StreamOwned::new(connection, stream))
    })
}

fn publisher(scheme: &str, port: u16) -> Client {
    let client = Client::of(scheme, port, LONG);
    client.handle().demand_certificate(false);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    client
}

/// Encrypts `bytes` and sends all but the last two bytes of the record, which are returned.
fn send_but_two(peer: &mut Peer, bytes: &[u8]) -> [u8; 2] {
    peer.conn.writer().write_all(bytes).unwrap();
    let mut record = Vec::new();
    while peer.conn.wants_write() {
        peer.conn.write_tls(&mut record).unwrap();
    }
    let (begin, last) = record.split_last_chunk().unwrap();
    peer.sock.write_all(begin).unwrap();
    *last
}

/// Writes media until the server has got enough of it.
fn write_until_told(client: &Client, told: &std::sync::mpsc::Receiver<()>) {
    let mut time = 0;
    while told.try_recv() != Err(TryRecvError::Disconnected) {
        assert!(client.write(&tag(9, time, &[0x27; 300])) > 0);
        time += 1;
    }
}

/// So much is published while a record is incomplete: more than between two looks at what the server says.
const ENOUGH: usize = 1_000_000;

#[test]
fn the_last_error_says_why_a_certificate_is_refused() {
    let (port, thread) = secure_server(|mut peer| {
        // The client goes without a word of RTMP.
        assert!(!matches!(peer.read(&mut [0]), Ok(1..)));
    });
    let client = Client::of("rtmps", port, LONG);
    client.handle().demand_certificate(true);
    assert!(!client.connect());
    let told = client.last_error();
    assert!(told.starts_with("TLS: the certificate"), "{told}");
    client.close();
    thread.join().unwrap();
}

#[test]
fn half_a_record_does_not_stop_a_publisher() {
    let (tell, told) = channel::<()>();
    let (port, thread) = secure_server(move |mut peer| {
        shake_hands(&mut peer);
        peer.write_all(&acceptance("NetStream.Publish.Start"))
            .unwrap();
        peer.flush().unwrap();
        // The beginning may come together with what the client waits for, the middle finds it publishing. Who waits for
        // the end does not publish.
        let rest = send_but_two(&mut peer, &message(2, 0, 4, &[0, 6, 1, 2, 3, 4]));
        for byte in rest {
            peer.read_exact(&mut vec![0; ENOUGH]).unwrap();
            peer.sock.write_all(&[byte]).unwrap();
        }
        let mut seen = Vec::new();
        let mut piece = [0; 4096];
        while !seen.windows(6).any(|window| window == [0, 7, 1, 2, 3, 4]) {
            let count = peer.read(&mut piece).unwrap();
            assert!(count > 0, "the client has gone");
            seen.extend_from_slice(&piece[..count]);
        }
        drop(tell);
        let _ = peer.read_to_end(&mut Vec::new());
    });
    let client = publisher("rtmps", port);
    write_until_told(&client, &told);
    client.close();
    thread.join().unwrap();
}

/// The server's side of the plain handshake.
pub(crate) fn shake_hands(peer: &mut Peer) {
    let mut hello = [0; 1537];
    peer.read_exact(&mut hello).unwrap();
    let answer = [&[3], &[0; 1536][..], &hello[1..]].concat();
    peer.write_all(&answer).unwrap();
    peer.read_exact(&mut hello[1..]).unwrap();
}

/// One request of a tunnel: its verb and its body.
fn request(peer: &mut Peer) -> Option<(String, Vec<u8>)> {
    let head = crate::https::request(peer);
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-length: "))?;
    let mut body = vec![0; length.trim().parse().unwrap()];
    peer.read_exact(&mut body).ok()?;
    Some((head.split('/').nth(1)?.to_owned(), body))
}

fn response(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn answer(peer: &mut Peer, body: &[u8]) {
    peer.write_all(&response(body)).unwrap();
    peer.flush().unwrap();
}

/// Serves a tunnel up to the accepted stream.
fn open_tunnel(peer: &mut Peer) {
    let (mut received, mut said) = (Vec::new(), 0);
    while let Some((verb, body)) = request(peer) {
        if verb == "open" {
            answer(peer, b"session\n");
            continue;
        }
        received.extend_from_slice(&body);
        let (text, next) = match said {
            0 if received.len() >= 1537 => ([&[3], &[0; 1536][..], &received[1..1537]].concat(), 1),
            1 if received.len() > 2 * 1537 => (acceptance("NetStream.Publish.Start"), 2),
            _ => (Vec::new(), said),
        };
        said = next;
        answer(peer, &[&[1], &text[..]].concat());
        if received.windows(7).any(|window| window == b"publish") {
            return;
        }
    }
    panic!("the client has gone");
}

#[test]
fn half_a_record_does_not_stop_a_tunnel() {
    let (tell, told) = channel::<()>();
    let (port, thread) = secure_server(move |mut peer| {
        open_tunnel(&mut peer);
        let rest = send_but_two(&mut peer, &response(&[1]));
        let mut requests = 0;
        for byte in rest {
            let mut count = 0;
            while count < ENOUGH {
                count += request(&mut peer).unwrap().1.len();
                requests += 1;
            }
            peer.sock.write_all(&[byte]).unwrap();
        }
        for _ in 1..requests {
            answer(&mut peer, &[1]);
        }
        drop(tell);
        while request(&mut peer).is_some() {
            answer(&mut peer, &[1]);
        }
    });
    let client = publisher("rtmpts", port);
    write_until_told(&client, &told);
    client.close();
    thread.join().unwrap();
}

/// Many messages in few records, and a long one at the end.
fn media() -> Vec<(u32, Vec<u8>)> {
    let sizes = (1..40).map(|at| 100 * at).chain([100_000]);
    (1..).zip(sizes.map(|size| vec![0x27; size])).collect()
}

#[test]
fn a_program_that_waits_for_the_socket_gets_everything() {
    for size in [1000, 4096, 16_384, 65_536] {
        let (port, thread) = secure_server(|mut peer| {
            shake_hands(&mut peer);
            peer.write_all(&acceptance("NetStream.Play.Start")).unwrap();
            let bytes = media()
                .into_iter()
                .flat_map(|(time, body)| message(6, time, 9, &body));
            peer.write_all(&bytes.collect::<Vec<u8>>()).unwrap();
            peer.flush().unwrap();
            // Nothing more comes that could wake the client.
            let _ = peer.read_to_end(&mut Vec::new());
        });
        let client = Client::of("rtmps", port, LONG);
        client.handle().demand_certificate(false);
        assert!(client.connect() && client.connect_stream());
        let tags = media()
            .into_iter()
            .flat_map(|(time, body)| tag(9, time, &body));
        let expected = [b"FLV\x01\x01\0\0\0\x09\0\0\0\0".to_vec(), tags.collect()].concat();
        let (mut seen, mut buffer) = (Vec::new(), vec![0; size]);
        let fd = client.handle().m_sb.sb_socket.get();
        let is_readable = |limit| wait(fd, Readiness::Readable, Some(limit)).unwrap();
        while seen.len() < expected.len() {
            assert!(
                is_readable(PATIENCE),
                "{size}: {} of {}",
                seen.len(),
                expected.len()
            );
            let count = client.read(&mut buffer);
            seen.extend_from_slice(&buffer[..usize::try_from(count).unwrap()]);
        }
        assert!(seen == expected, "{size}");
        // Who has everything is not woken for nothing, unless the last bytes have filled the memory.
        assert!(
            expected.len() % size == 0 || !is_readable(Duration::ZERO),
            "{size}"
        );
        client.close();
        thread.join().unwrap();
    }
}
