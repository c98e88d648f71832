//! What is said of connections: where they go, and how they end.

use std::ffi::CString;
use std::io::{ErrorKind, Read};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rtmp::abi::{
    RTMP_CONFIG, RTMP_CONFIG_QUIET, RTMP_CONFIG_RESET, RTMP_ERR_RESOLVE, RTMP_ERR_TIMEOUT,
};

use crate::client::{Client, acceptance, narrow_server, rest, server, shake_hands, write};
use crate::{configure, nothing};

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// Connects to this place.
pub(crate) fn to(place: &str) -> RTMP_CONFIG {
    let place = Box::leak(CString::new(place).unwrap().into_boxed_c_str());
    RTMP_CONFIG {
        connectTo: place.as_ptr(),
        ..nothing()
    }
}

#[test]
fn a_server_that_is_connected_to_is_told_the_url() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        rest(&mut stream)
    });
    let place = format!("127.0.0.1:{port}");
    let mut client = Client::new();
    client.set_up_url("rtmp://name.invalid:1/app/name timeout=50");
    assert!(configure(&client, to(&place)));
    assert!(client.connect());
    client.close();
    assert_eq!(client.handle().Link.hostname.bytes(), b"name.invalid");

    assert!(holds(&thread.join().unwrap(), b"rtmp://name.invalid:1/app"));
}

#[test]
fn the_port_of_the_url_stays_where_none_is_said() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        rest(&mut stream)
    });
    let mut client = Client::new();
    client.set_up_url(&format!("rtmp://name.invalid:{port}/app/name timeout=50"));
    assert!(configure(&client, to("127.0.0.1")));
    assert!(client.connect());
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_place_that_is_none_has_no_address() {
    for place in ["127.0.0.1:65536", "127.0.0.1:x", "", ":1"] {
        let mut client = Client::new();
        client.set_up_url("rtmp://127.0.0.1:1/app/name timeout=50");
        assert!(configure(&client, to(place)));
        assert!(!client.connect());
        assert_eq!(client.error().kind, RTMP_ERR_RESOLVE, "{place}");
    }
}

/// What a publisher's server hears from its end on.
fn goodbye(flags: u32) -> Vec<u8> {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        rest(&mut stream)
    });
    let client = Client::of("rtmp", port, 50);
    client.publishes();
    assert!(configure(&client, RTMP_CONFIG { flags, ..nothing() }));
    assert!(client.connect() && client.connect_stream());
    client.close();
    thread.join().unwrap()
}

#[test]
fn a_quiet_end_says_nothing() {
    let words = [&b"FCUnpublish"[..], b"deleteStream"];
    let said = |flags| words.map(|word| holds(&goodbye(flags), word));
    assert_eq!(said(0), [true; 2]);
    assert_eq!(said(RTMP_CONFIG_QUIET), [false; 2]);
}

/// A server that accepts a publisher, and takes nothing more before it is told to: how the connection ends for it.
pub(crate) fn stuck_server() -> (Sender<()>, u16, JoinHandle<Result<(), ErrorKind>>) {
    let (go, ready) = channel::<()>();
    let (port, thread) = narrow_server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        ready.recv().unwrap();
        let end = stream.read_to_end(&mut Vec::new());
        end.map(drop).map_err(|error| error.kind())
    });
    (go, port, thread)
}

/// How the connection ends for a server that has taken nothing until the client has given it up.
fn end_of_stuck(flags: u32) -> Result<(), ErrorKind> {
    let (go, port, thread) = stuck_server();
    let client = Client::of("rtmp", port, 50);
    client.publishes();
    let config = RTMP_CONFIG {
        flags,
        sendTimeout: 200,
        ..nothing()
    };
    assert!(configure(&client, config));
    assert!(client.connect() && client.connect_stream());
    let body = vec![7; 1 << 20];
    while client.send(&body) {}
    assert_eq!(client.error().kind, RTMP_ERR_TIMEOUT);
    assert!(!client.is_connected());
    go.send(()).unwrap();
    thread.join().unwrap()
}

#[test]
fn a_connection_that_takes_nothing_is_reset_where_that_was_said() {
    assert_eq!(end_of_stuck(0), Ok(()));
    assert_eq!(
        end_of_stuck(RTMP_CONFIG_RESET),
        Err(ErrorKind::ConnectionReset)
    );
}
