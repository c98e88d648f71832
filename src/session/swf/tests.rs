//! How long a player may take, and where redirections may lead.

use super::download::Download;
use super::*;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use crate::proto::swf::Hasher;

#[test]
fn the_timeout_of_a_handle_bounds_silence_and_nothing_else() {
    for (timeout, seconds) in [(0, 5), (-1, 5), (1, 1), (5, 5), (30, 5)] {
        let limits = limits(&|| false, timeout);
        assert_eq!(limits.silence, Duration::from_secs(seconds), "{timeout}");
        assert!(limits.waiting.left().is_some_and(|left| !left.is_zero()));
    }
}

const PLAYER: &[u8] = b"FWS\x09\x0c\0\0\0play";

/// A server that answers one request.
struct Server {
    listener: TcpListener,
    thread: JoinHandle<String>,
}

impl Server {
    /// One at that address, on a port of its own.
    fn new(address: &str, answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let own = listener.try_clone().unwrap();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = own.accept().unwrap();
            let request = head(&mut stream);
            let _ = stream.write_all(&answer);
            request
        });
        Self { listener, thread }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.listener.local_addr().unwrap())
    }

    /// What it was asked; nothing when nobody has come before this is called.
    fn asked(self) -> String {
        let _ = TcpStream::connect(self.listener.local_addr().unwrap());
        self.thread.join().unwrap()
    }
}

fn head(stream: &mut TcpStream) -> String {
    let (mut request, mut byte) = (Vec::new(), [0]);
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        request.push(byte[0]);
    }
    String::from_utf8(request).unwrap()
}

fn player() -> Vec<u8> {
    let head = format!(
        "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n",
        PLAYER.len()
    );
    [head.as_bytes(), PLAYER].concat()
}

fn moved(to: &str) -> Vec<u8> {
    format!("HTTP/1.0 302 Found\r\nLocation: {to}\r\nSet-Cookie: secret=1\r\n\r\n").into_bytes()
}

fn fetched(url: &str) -> Download {
    follow(
        url.as_bytes(),
        b"",
        &Trust::System,
        &limits(&|| false, 10),
        &Plan::default(),
    )
}

fn digest(download: Download) -> Option<Digest> {
    download.hasher.and_then(Hasher::finish)
}

#[test]
fn another_host_is_followed_and_told_nothing_of_the_first() {
    let second = Server::new("127.0.0.2", player());
    let to = second.url("p.swf");
    let first = Server::new("127.0.0.1", moved(&to));
    let download = fetched(&first.url("private/x.swf?token=secret"));
    assert_eq!(download.outcome, Outcome::Ok);
    let mut hasher = Hasher::default();
    assert!(hasher.update(PLAYER).is_ok());
    assert_eq!(digest(download), hasher.finish());
    assert!(first.asked().contains("token=secret"));
    let asked = second.asked();
    assert!(asked.starts_with("GET /p.swf HTTP/1.0\r\n"), "{asked}");
    assert!(
        !asked.contains("secret") && !asked.contains("127.0.0.1"),
        "{asked}"
    );
}

#[test]
fn redirections_lead_to_http_only() {
    let other = Server::new("127.0.0.2", player());
    let with_login = other.url("p.swf").replace("http://", "http://joe:secret@");
    for to in [
        "file:///etc/passwd",
        "ftp://127.0.0.2/p.swf",
        "rtmp://127.0.0.2/p",
        "data:,x",
        &with_login,
    ] {
        let first = Server::new("127.0.0.1", moved(to));
        let download = fetched(&first.url("x.swf"));
        assert_eq!(
            (download.outcome, download.has_body),
            (Outcome::Redirected, false),
            "{to}"
        );
        assert!(!first.asked().is_empty());
    }
    assert_eq!(other.asked(), "");
}

#[test]
fn a_login_goes_to_nobody() {
    let server = Server::new("127.0.0.1", player());
    let url = server.url("p.swf").replace("http://", "http://joe:secret@");
    let download = fetched(&url);
    let reason = download.reason.unwrap();
    assert!(
        reason.contains("login") && !reason.contains("secret"),
        "{reason}"
    );
    assert_eq!(server.asked(), "");
}
