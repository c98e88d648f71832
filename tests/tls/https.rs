//! HTTP inside TLS: files whole or not at all, from servers that are known, in time.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rtmp::net::deadline::{Deadline, Waiting};
use rtmp::net::http::{self, Head, HttpError, HttpUrl, Limits, Receiver};
use rtmp::net::trust::Trust;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::pki::{Ca, HOST, Versions, self_signed};
use crate::{PATIENCE, Peer, pattern};

/// What has come.
#[derive(Default)]
struct Seen {
    statuses: Vec<u16>,
    body: Vec<u8>,
}

impl Receiver for Seen {
    fn status(&mut self, status: u16) {
        self.statuses.push(status);
    }

    fn head(&mut self, _head: &Head) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn body(&mut self, piece: &mut [u8]) -> ControlFlow<()> {
        self.body.extend_from_slice(piece);
        ControlFlow::Continue(())
    }
}

/// Takes one connection.
fn take_one(serve: impl FnOnce(TcpStream) + Send + 'static) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind((HOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        serve(stream);
    });
    (port, thread)
}

pub(crate) fn request(stream: &mut impl Read) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// The server's side of a session that ends with a goodbye, unless `script` takes care that it does not.
fn answer(config: &Arc<ServerConfig>, stream: TcpStream, script: impl FnOnce(&mut Peer)) {
    let connection = ServerConnection::new(Arc::clone(config)).unwrap();
    let mut peer = StreamOwned::new(connection, stream);
    if request(&mut peer).is_empty() {
        return;
    }
    script(&mut peer);
}

fn goodbye(peer: &mut Peer) {
    peer.conn.send_close_notify();
    peer.flush().unwrap();
}

/// For what is to succeed, on a busy machine too.
fn limits() -> Limits<'static> {
    Limits {
        waiting: Waiting::new(Deadline::default(), &|| false),
        head: Duration::from_secs(20),
        silence: PATIENCE,
        body: PATIENCE,
        bytes: 1_000_000,
    }
}

/// For what is to fail by time.
fn impatient() -> Limits<'static> {
    Limits {
        silence: Duration::from_secs(1),
        body: Duration::from_secs(1),
        ..limits()
    }
}

fn get(port: u16, trust: &Trust, limits: &Limits<'_>) -> (Result<(), HttpError>, Seen) {
    let url = format!("https://{HOST}:{port}/d/p.swf");
    let mut seen = Seen::default();
    let target = HttpUrl::parse(url.as_bytes()).unwrap();
    let result = http::get(&target, trust, b"", limits, &mut seen);
    (result, seen)
}

/// Fetches from a server that `script` speaks for, behind the handshake and the request.
fn fetch(
    limits: &Limits<'_>,
    script: impl FnOnce(&mut Peer) + Send + 'static,
) -> (Result<(), HttpError>, Seen) {
    let config = self_signed().server(Versions::Both, 2);
    let (port, thread) = take_one(move |stream| answer(&config, stream, script));
    let outcome = get(port, &Trust::Anyone, limits);
    thread.join().unwrap();
    outcome
}

fn say(peer: &mut Peer, head: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n");
    peer.write_all(head.as_bytes()).unwrap();
    peer.write_all(body).unwrap();
}

/// Until the client has gone.
fn hold(peer: &mut Peer) {
    let _ = peer.read_to_end(&mut Vec::new());
}

const COUNT: usize = 300_000;

#[test]
fn a_file_comes_whole_from_a_server_that_is_known() {
    let ca = Ca::new("of files");
    let trust = Trust::File(ca.file("https"));
    for versions in [Versions::Only12, Versions::Only13] {
        let config = ca.identity(HOST).server(versions, 2);
        let (port, thread) = take_one(move |stream| {
            answer(&config, stream, |peer| {
                say(
                    peer,
                    &format!("Content-Length: {COUNT}\r\n"),
                    &pattern(COUNT),
                );
                hold(peer);
            });
        });
        let (result, seen) = get(port, &trust, &limits());
        assert_eq!((result, seen.statuses), (Ok(()), vec![200]));
        assert!(seen.body == pattern(COUNT));
        thread.join().unwrap();
    }
}

#[test]
fn without_a_length_only_a_goodbye_ends_a_file() {
    let (result, seen) = fetch(&limits(), |peer| {
        say(peer, "", &pattern(COUNT));
        goodbye(peer);
    });
    assert!(result == Ok(()) && seen.body == pattern(COUNT));
    // The socket ends; or nothing more comes.
    let (result, seen) = fetch(&limits(), |peer| say(peer, "", b"abc"));
    assert_eq!((result, seen.body), (Err(HttpError::Lost), b"abc".to_vec()));
    let (result, seen) = fetch(&impatient(), |peer| {
        say(peer, "", b"abc");
        hold(peer);
    });
    assert_eq!((result, seen.body), (Err(HttpError::Lost), b"abc".to_vec()));
}

/// The reason why there is no secure connection.
fn refusal(result: Result<(), HttpError>) -> String {
    match result {
        Err(HttpError::Secure(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stranger_is_refused_with_the_reason() {
    let ca = Ca::new("of files");
    let trust = Trust::File(ca.file("https-refusals"));
    for (identity, words) in [
        (ca.expired(), "it has expired"),
        (ca.identity("example.org"), "it is for another host"),
        (Ca::new("other").identity(HOST), "unknown issuer"),
        (self_signed(), "it is self-signed"),
    ] {
        let config = identity.server(Versions::Both, 0);
        let (port, thread) = take_one(move |stream| {
            answer(&config, stream, |_| panic!("the client has asked"));
        });
        let reason = refusal(get(port, &trust, &limits()).0);
        let expected = format!("TLS: the certificate of the server is refused: {words}. ");
        assert!(reason.starts_with(&expected), "{reason}");
        assert!(reason.contains("LIBRTMP_TLS_VERIFY=0"), "{reason}");
        thread.join().unwrap();
    }
}

#[test]
fn what_is_no_tls_is_refused() {
    let (port, thread) = take_one(|mut stream| {
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let reason = refusal(get(port, &Trust::Anyone, &limits()).0);
    assert!(reason.starts_with("TLS: "), "{reason}");
    thread.join().unwrap();
}

#[test]
fn a_handshake_ends_with_the_time_for_the_head() {
    let hurried = || Limits {
        head: Duration::from_secs(1),
        ..limits()
    };
    let silent = |mut stream: TcpStream| drop(stream.read_to_end(&mut Vec::new()));
    // The beginning of a long record that never comes to its end.
    let trickling = |mut stream: TcpStream| {
        let mut piece = &[22, 3, 3, 64, 0][..];
        while stream.write_all(piece).is_ok() {
            thread::sleep(Duration::from_millis(20));
            piece = &[0];
        }
    };
    for serve in [silent as fn(TcpStream), trickling] {
        let (port, thread) = take_one(serve);
        assert_eq!(
            get(port, &Trust::Anyone, &hurried()).0,
            Err(HttpError::Lost)
        );
        thread.join().unwrap();
    }
}

#[test]
fn a_record_that_trickles_ends_with_the_time_for_the_body() {
    let (result, seen) = fetch(&impatient(), |peer| {
        say(peer, "Content-Length: 16384\r\n", b"");
        peer.conn.writer().write_all(&[7; 16_384]).unwrap();
        let mut record = Vec::new();
        peer.conn.write_tls(&mut record).unwrap();
        let begin = Instant::now();
        for byte in record {
            if peer.sock.write_all(&[byte]).is_err() || begin.elapsed() > PATIENCE {
                break;
            }
            // Never silent, and much too slow.
            thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!((result, seen.body.len()), (Err(HttpError::Lost), 0));
}
