//! `RTMP_Configure`: what a program says beside options, and that nothing changes where it says nothing.

mod answers;
#[path = "../limits/client.rs"]
#[expect(dead_code, reason = "the tests of limits need the rest")]
mod client;
mod ends;
mod events;
#[path = "../golden/logged.rs"]
mod logged;
mod logins;
#[path = "../golden/messages.rs"]
#[expect(dead_code, reason = "the golden tests need the rest")]
mod messages;
mod moves;
mod options;
#[path = "../moves/peer.rs"]
#[expect(dead_code, reason = "the tests of moves need the rest")]
mod peer;
#[cfg(feature = "tls")]
#[path = "../tls/pki.rs"]
#[expect(dead_code, reason = "the tests of TLS need the rest")]
mod pki;
mod places;
mod properties;
mod record;
mod resolver;
mod said;
mod serving;
mod sockets;
mod starts;
#[path = "../limits/tunnel.rs"]
#[expect(dead_code, reason = "the tests of limits need the rest")]
mod tunnel;
mod waits;
mod ways;

use std::ffi::c_int;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ptr;

use rtmp::abi::{RTMP_CONFIG, RTMP_ERROR};
use rtmp::ffi::rtmp::config::RTMP_Configure;
use socket2::{Domain, Socket, Type};

use client::{Client, acceptance, server, shake_hands, write};

/// A listener whose queue is full, as long as this is kept, and its port: nobody is refused, and nobody connects.
fn full_listener() -> ((TcpListener, TcpStream), u16) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    listener.bind(&any.into()).unwrap();
    listener.listen(0).unwrap();
    let listener = TcpListener::from(listener);
    let address = listener.local_addr().unwrap();
    let filler = TcpStream::connect(address).unwrap();
    ((listener, filler), address.port())
}

/// Nothing is said.
fn nothing() -> RTMP_CONFIG {
    RTMP_CONFIG {
        size: u32::try_from(size_of::<RTMP_CONFIG>()).unwrap(),
        flags: 0,
        connectTimeout: 0,
        receiveTimeout: 0,
        sendTimeout: 0,
        family: 0,
        sendBuffer: 0,
        connectTo: ptr::null(),
        connectProperties: ptr::null(),
        options: ptr::null(),
        user: ptr::null_mut(),
        onSocket: None,
        onWait: None,
        onEvent: None,
    }
}

/// What the program says lives longer than the handle: as long as this test.
fn configure(client: &Client, config: RTMP_CONFIG) -> bool {
    configure_at(client, Box::leak(Box::new(config)))
}

fn configure_at(client: &Client, config: *const RTMP_CONFIG) -> bool {
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a valid handle; NULL, or a struct with its size.
    unsafe { RTMP_Configure(handle, config) == 1 }
}

/// A client of a server that plays or publishes, with what it says.
fn streaming(options: &str, publishes: bool, config: RTMP_CONFIG) -> Client {
    let code = match publishes {
        true => "NetStream.Publish.Start",
        false => "NetStream.Play.Start",
    };
    let (port, _) = server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(code));
        client::rest(&mut stream)
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, options);
    if publishes {
        client.publishes();
    }
    assert!(configure(&client, config));
    assert!(client.connect() && client.connect_stream());
    client
}

fn kind_and_number(error: &RTMP_ERROR) -> (c_int, c_int) {
    (error.kind, error.system)
}
