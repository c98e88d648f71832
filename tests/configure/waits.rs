//! A program that is asked while calls wait, and does not want to wait any more. Without being asked the calls would wait for
//! longer than their peers do.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::ptr;
use std::sync::mpsc::{Sender, channel};

use rtmp::abi::{
    RTMP_CONFIG, RTMP_ERR_CANCELLED, RTMP_PHASE_CONNECTING, RTMP_PHASE_DIALOGUE,
    RTMP_PHASE_HANDSHAKE, RTMP_PHASE_STREAMING, RTMP_PHASE_TLS, RTMP_PHASE_TUNNEL,
};

use crate::client::{Client, acceptance, narrow_server, rest, server, shake_hands, write};
use crate::{configure, full_listener, nothing};

/// A program that has had enough when it was asked so often.
struct Patience {
    asked: Cell<u32>,
    most: u32,
}

impl Patience {
    fn of(most: u32) -> Self {
        let asked = Cell::new(0);
        Self { asked, most }
    }

    fn config(&self) -> RTMP_CONFIG {
        RTMP_CONFIG {
            user: ptr::from_ref(self).cast_mut().cast(),
            onWait: Some(on_wait),
            ..nothing()
        }
    }
}

unsafe extern "C" fn on_wait(user: *mut c_void) -> c_int {
    // SAFETY: what the test has given.
    let patience = unsafe { &*user.cast::<Patience>() };
    patience.asked.set(patience.asked.get() + 1);
    (patience.asked.get() >= patience.most).into()
}

/// What a client is told that was asked three times, after `calls`, of which the last fails.
#[track_caller]
fn assert_tired(
    mut client: Client,
    scheme: &str,
    port: u16,
    phase: c_int,
    calls: fn(&Client) -> bool,
) {
    client.set_up_with(scheme, port, "timeout=0 tlsVerify=0");
    let patience = Patience::of(3);
    assert!(configure(&client, patience.config()));
    assert!(!calls(&client));
    let error = client.error();
    assert_eq!((error.kind, error.phase), (RTMP_ERR_CANCELLED, phase));
    assert_eq!(patience.asked.get(), 3);
    client.close();
}

#[test]
fn a_connection_that_is_not_made() {
    let (_dead, port) = full_listener();
    assert_tired(
        Client::new(),
        "rtmp",
        port,
        RTMP_PHASE_CONNECTING,
        Client::connect,
    );
}

#[test]
fn a_server_that_says_nothing() {
    let mut schemes = vec![
        ("rtmp", RTMP_PHASE_HANDSHAKE),
        ("rtmpe", RTMP_PHASE_HANDSHAKE),
        ("rtmpt", RTMP_PHASE_TUNNEL),
    ];
    if cfg!(feature = "tls") {
        schemes.push(("rtmps", RTMP_PHASE_TLS));
    }
    for (scheme, phase) in schemes {
        let (port, thread) = server(|mut stream| rest(&mut stream));
        assert_tired(Client::new(), scheme, port, phase, Client::connect);
        thread.join().unwrap();
    }
}

#[test]
fn a_stream_that_is_not_accepted() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        rest(&mut stream);
    });
    assert_tired(Client::new(), "rtmp", port, RTMP_PHASE_DIALOGUE, |client| {
        client.connect() && client.connect_stream()
    });
    thread.join().unwrap();
}

#[test]
fn media_that_do_not_come() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Play.Start"));
        rest(&mut stream);
    });
    assert_tired(
        Client::new(),
        "rtmp",
        port,
        RTMP_PHASE_STREAMING,
        |client| {
            assert!(client.connect() && client.connect_stream());
            client.read(&mut [0; 100]) > 0
        },
    );
    thread.join().unwrap();
}

/// Sends to a server that takes nothing, which `wrap` speaks through, in chunks of this size.
fn sends<S: Read + Write>(
    scheme: &str,
    size: c_int,
    wrap: impl FnOnce(TcpStream) -> S + Send + 'static,
) {
    let (go, ready) = channel::<()>();
    let (port, thread) = narrow_server(move |stream| {
        let mut stream = wrap(stream);
        accept(&mut stream);
        // Until the client has gone.
        let _ = ready.recv();
        rest(&mut stream);
    });
    let client = Client::new();
    client.publishes();
    client.handle().m_outChunkSize.set(size);
    assert_tired(client, scheme, port, RTMP_PHASE_STREAMING, |client| {
        assert!(client.connect() && client.connect_stream());
        let body = vec![7; 1 << 20];
        while client.send(&body) {}
        false
    });
    drop(go);
    thread.join().unwrap();
}

/// A server's side up to the stream.
pub(crate) fn accept(stream: &mut (impl Read + Write)) {
    let mut hello = [0; 1537];
    stream.read_exact(&mut hello).unwrap();
    let answer = [&[3], &[0; 1536][..], &hello[1..]].concat();
    stream.write_all(&answer).unwrap();
    stream.read_exact(&mut hello[1..]).unwrap();
    let code = acceptance("NetStream.Publish.Start");
    stream.write_all(&code).unwrap();
    stream.flush().unwrap();
}

#[cfg(feature = "tls")]
pub(crate) fn inside_tls()
-> impl FnOnce(TcpStream) -> rustls::StreamOwned<rustls::ServerConnection, TcpStream> {
    use crate::pki::{Versions, self_signed};
    let config = self_signed().server(Versions::Both, 0);
    |stream| {
        let connection = rustls::ServerConnection::new(config).unwrap();
        rustls::StreamOwned::new(connection, stream)
    }
}

#[cfg(feature = "tls")]
#[test]
fn a_server_that_takes_nothing_through_tls() {
    sends("rtmps", 65_536, inside_tls());
}

#[test]
fn a_server_that_takes_nothing() {
    sends("rtmp", 128, |stream| stream);
    sends("rtmp", 65_536, |stream| stream);
}

#[test]
fn a_program_that_waits_on_is_served_as_ever() {
    let patience = Patience::of(u32::MAX);
    let client = crate::streaming("", true, patience.config());
    let body = vec![7; 1 << 20];
    for _ in 0..20 {
        assert!(client.send(&body));
    }
    client.close();
}

/// A server that takes nothing until its client was asked whether to wait on.
struct Slow {
    go: Sender<()>,
    asked: Cell<u32>,
}

unsafe extern "C" fn on_wait_for_slow(user: *mut c_void) -> c_int {
    // SAFETY: what the test has given.
    let slow = unsafe { &*user.cast::<Slow>() };
    slow.asked.set(slow.asked.get() + 1);
    // It may have heard that already.
    let _ = slow.go.send(());
    0
}

/// What a server that is slow gets, which `wrap` speaks through.
fn slowly<S: Read + Write>(scheme: &str, wrap: impl FnOnce(TcpStream) -> S + Send + 'static) {
    const SIZE: usize = 8 << 20;
    let (go, ready) = channel::<()>();
    let (port, thread) = narrow_server(move |stream| {
        let mut stream = wrap(stream);
        accept(&mut stream);
        // The greeting may have been waited for, too.
        let _ = ready.recv();
        rest(&mut stream)
    });
    let slow = Slow {
        go,
        asked: Cell::new(0),
    };
    let mut client = Client::new();
    client.set_up_with(scheme, port, "timeout=50 tlsVerify=0");
    client.publishes();
    client.handle().m_outChunkSize.set(65_536);
    let config = RTMP_CONFIG {
        user: ptr::from_ref(&slow).cast_mut().cast(),
        onWait: Some(on_wait_for_slow),
        ..nothing()
    };
    assert!(configure(&client, config));
    assert!(client.connect() && client.connect_stream());
    let body: Vec<u8> = (0..SIZE).map(|at| at.to_le_bytes()[at % 3]).collect();
    assert!(client.send(&body), "{}", client.last_error());
    assert!(slow.asked.get() > 0);
    client.close();
    let got = thread.join().unwrap();
    // In chunks with a header of one byte.
    let start = got
        .windows(1000)
        .position(|window| window == &body[..1000])
        .unwrap();
    let mut rest = &got[start..];
    for piece in body.chunks(65_536) {
        assert_eq!(&rest[..piece.len()], piece);
        rest = &rest[piece.len() + 1..];
    }
}

#[test]
fn all_of_a_message_gets_to_a_server_that_is_slow() {
    slowly("rtmp", |stream| stream);
}

#[cfg(feature = "tls")]
#[test]
fn all_of_a_message_gets_to_a_server_that_is_slow_through_tls() {
    slowly("rtmps", inside_tls());
}
