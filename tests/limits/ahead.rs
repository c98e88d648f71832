//! `connect` behind C2, before the server's S2 is out, and servers that cannot take that.

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::thread::{self, JoinHandle};

use rtmp::sys::socket::{Readiness, wait};

use crate::client::{Client, LONG, PATIENCE, acceptance, rest, server};
use crate::greeting::{begin, serve_hasty, serve_in_turn, take_echo};

pub(crate) const PLAYS: &str = "NetStream.Play.Start";
pub(crate) const CONNECT: &[u8] = b"\x02\0\x07connect";

#[test]
fn a_server_gets_connect_before_it_has_said_all() {
    let (port, thread) = server(|mut stream| {
        let command = serve_hasty(&mut stream, &acceptance(PLAYS));
        rest(&mut stream);
        command
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect());
    assert!(client.connect_stream());
    client.close();
    assert!(thread.join().unwrap().starts_with(CONNECT));
}

/// A server of so many connections, each of which `serve` talks to with its number.
pub(crate) fn strict_server<T: Send + 'static>(
    count: usize,
    serve: impl Fn(TcpStream, usize) -> T + Send + 'static,
) -> (u16, JoinHandle<Vec<T>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let serve_next = |number| {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            serve(stream, number)
        };
        (0..count).map(serve_next).collect()
    });
    (port, thread)
}

/// Whether something comes though nothing was said yet.
fn is_hasty(stream: &TcpStream) -> bool {
    wait(stream.as_raw_fd(), Readiness::Readable, Some(PATIENCE)).unwrap()
}

#[test]
fn a_server_that_closes_because_of_it_gets_it_later_once() {
    let (port, thread) = strict_server(2, |mut stream, number| {
        if number == 0 {
            begin(&mut stream);
            take_echo(&mut stream);
            // Unread, it resets the connection.
            return is_hasty(&stream).then(Vec::new);
        }
        let command = serve_in_turn(&mut stream, &acceptance(PLAYS));
        rest(&mut stream);
        Some(command)
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect());
    assert_eq!(client.last_error(), "");
    assert!(client.connect_stream());
    client.close();
    let seen = thread.join().unwrap();
    assert_eq!(seen[0], Some(Vec::new()));
    assert!(seen[1].as_ref().unwrap().starts_with(CONNECT));
}

#[test]
fn a_server_that_always_closes_is_tried_twice() {
    let (port, thread) = strict_server(2, |mut stream, number| {
        begin(&mut stream);
        take_echo(&mut stream);
        if number == 0 {
            assert!(is_hasty(&stream));
        } else {
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            // Nothing comes behind C2 this time.
            assert_eq!(rest(&mut stream), []);
        }
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(!client.connect());
    assert!(!client.is_connected());
    assert_eq!(
        client.last_error(),
        "handshake: the peer has closed the connection"
    );
    thread.join().unwrap();
}

#[test]
fn the_time_for_the_handshake_is_that_of_both_connections() {
    let (port, thread) = strict_server(2, |mut stream, number| {
        begin(&mut stream);
        take_echo(&mut stream);
        if number == 0 {
            assert!(is_hasty(&stream));
        } else {
            rest(&mut stream);
        }
    });
    let client = Client::of("rtmp", port, crate::client::SHORT);
    assert!(!client.connect());
    assert!(client.is_timed_out());
    thread.join().unwrap();
}
