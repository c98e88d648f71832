//! `connect` ahead inside TLS, and in a tunnel inside it; and the second connection, where a server does not take that.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use rustls::{ServerConnection, StreamOwned};

use crate::client::{Client, LONG, acceptance, rest};
use crate::greeting::{serve_hasty, serve_strictly};
use crate::pki::{Versions, self_signed};
use crate::{PATIENCE, tunnel};

const PLAYS: &str = "NetStream.Play.Start";

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A server of so many connections, each of which `serve` talks to with its number.
fn secure_server(
    scheme: &'static str,
    count: usize,
    serve: impl Fn(&mut dyn Stream, usize) -> Vec<u8> + Send + 'static,
) -> (u16, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let config = self_signed().server(Versions::Both, 2);
        let serve_next = |number| {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            match scheme {
                "rtmps" => serve(&mut stream, number),
                _ => serve(&mut tunnel::Bytes::of(stream), number),
            }
        };
        (0..count).map(serve_next).collect()
    });
    (port, thread)
}

fn plays(scheme: &str, port: u16) {
    let client = Client::of(scheme, port, LONG);
    client.handle().demand_certificate(false);
    assert!(client.connect(), "{scheme}");
    assert!(client.connect_stream(), "{scheme}");
    client.close();
}

#[test]
fn a_secure_server_gets_connect_before_it_has_said_all() {
    for scheme in ["rtmps", "rtmpts"] {
        let (port, thread) = secure_server(scheme, 1, |mut stream, _| {
            let heard = serve_hasty(&mut stream, &acceptance(PLAYS));
            rest(&mut stream);
            heard
        });
        plays(scheme, port);
        let heard = thread.join().unwrap();
        assert!(heard[0].starts_with(b"\x02\0\x07connect"), "{scheme}");
    }
}

#[test]
fn a_secure_server_that_closes_because_of_it_gets_it_later_once() {
    for scheme in ["rtmps", "rtmpts"] {
        let (port, thread) = secure_server(scheme, 2, |mut stream, number| {
            serve_strictly(&mut stream, number, &acceptance(PLAYS))
        });
        plays(scheme, port);
        let heard = thread.join().unwrap();
        assert_eq!(heard[0], heard[1], "{scheme}");
    }
}
