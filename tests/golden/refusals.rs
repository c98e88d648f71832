//! Servers that close, stay silent or send garbage at some stage of a session: every call gives its failure value and
//! a line about it, nobody waits longer than `Link.timeout`, and what was received before is delivered (spec 02 §8,
//! 05 §8, 06 §8).

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ptr;
use std::thread;
use std::time::Duration;

use rtmp::ffi::rtmp::connect::RTMP_Connect;
use rtmp::ffi::rtmp::stream::RTMP_ConnectStream;

use crate::handle::{Wire, hex, unhex};
use crate::logged::logged;
use crate::messages::{COMMAND, FLV_HEADER, NULL, command, message, number, status, tag};

/// How the server goes on when it has sent what it sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Then {
    Close,
    StaySilent,
    SendGarbage,
}

const ALL: [Then; 3] = [Then::Close, Then::StaySilent, Then::SendGarbage];
/// Not a chunk stream: type 3 headers of a message of some million bytes that never ends.
const GARBAGE: [u8; 600] = [0x42; 600];

/// Everything that a server says to a player, in order; each later stage has all earlier ones in front.
struct Script {
    handshake: Vec<u8>,
    connected: Vec<u8>,
    playing: Vec<u8>,
    media: Vec<u8>,
}

fn script() -> Script {
    let reply = |id, values: &[&[u8]]| message(3, 0, COMMAND, &command("_result", id, values));
    Script {
        handshake: [&[3], &[0; 3072][..]].concat(),
        connected: reply(1.0, &[NULL]),
        playing: [
            reply(2.0, &[NULL, &number(1.0)]),
            message(5, 0, COMMAND, &status("NetStream.Play.Start")),
        ]
        .concat(),
        media: message(5, 10, 8, &[0xaf, 1]),
    }
}

/// A server for one client: sends `bytes`, goes on as told, and waits until the client has gone.
fn serve(bytes: Vec<u8>, then: Then) -> (u16, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        // The client may be gone: what it makes of it is looked at there.
        let _ = stream.write_all(&bytes);
        match then {
            Then::Close => {
                let _ = stream.shutdown(std::net::Shutdown::Write);
            }
            Then::StaySilent => {}
            Then::SendGarbage => {
                let _ = stream.write_all(&GARBAGE);
            }
        }
        drain(&mut stream);
    });
    (port, server)
}

fn drain(stream: &mut TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(1..) = stream.read(&mut buffer) {}
}

/// What a session came to.
#[derive(Debug)]
struct Session {
    connect: i32,
    stream: i32,
    flv: String,
    lines: Vec<String>,
}

fn play(bytes: Vec<u8>, then: Then) -> Session {
    let (port, server) = serve(bytes, then);
    let (mut session, lines) = logged(|| {
        let mut wire = Wire::unconnected();
        wire.set_up(&format!("rtmp://127.0.0.1:{port}/app/mystream timeout=1"));
        // SAFETY: a handle.
        let connect = unsafe { RTMP_Connect(wire.raw(), ptr::null_mut()) };
        // SAFETY: a handle, connected or not.
        let stream = unsafe { RTMP_ConnectStream(wire.raw(), 0) };
        let mut flv = String::new();
        if stream == 1 {
            flv = wire.read_all(4096);
        }
        if connect == 0 {
            assert_eq!((wire.is_connected(), wire.read(10).0), (false, 0));
            assert_eq!(wire.write(&tag(8, 0, &[0xaf, 1])), -1);
        }
        Session {
            connect,
            stream,
            flv,
            lines: Vec::new(),
        }
    });
    server.join().unwrap();
    session.lines = lines;
    session
}

fn complains(session: &Session) -> bool {
    session.lines.iter().any(|line| line.starts_with('1'))
}

#[test]
fn in_the_handshake() {
    let handshake = script().handshake;
    for length in [0, 1, 700, 1537, 2000] {
        for then in [Then::Close, Then::StaySilent] {
            let session = play(handshake[..length].to_vec(), then);
            assert_eq!(
                (session.connect, session.stream),
                (0, 0),
                "{length} {then:?}"
            );
            let line = "1 RTMP_Connect1, handshake failed.";
            assert!(
                crate::handle::has(&session.lines, line),
                "{length} {then:?}: {session:?}"
            );
        }
    }
    // An answer in another language that is too short.
    let session = play(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), Then::Close);
    assert_eq!((session.connect, complains(&session)), (0, true));
}

#[test]
fn before_the_stream_plays() {
    let Script {
        handshake,
        connected,
        playing,
        ..
    } = script();
    let all = [&connected[..], &playing].concat();
    // Behind S2; inside a header; inside a body; behind connect's result; behind createStream's.
    for length in [0, 5, 20, connected.len(), connected.len() + 60] {
        for then in ALL {
            let session = play([&handshake[..], &all[..length]].concat(), then);
            assert_eq!(
                (session.connect, session.stream),
                (1, 0),
                "{length} {then:?}"
            );
            assert!(complains(&session), "{length} {then:?}: {session:?}");
        }
    }
}

#[test]
fn in_the_middle_of_media() {
    let Script {
        handshake,
        connected,
        playing,
        media,
    } = script();
    let all = [handshake, connected, playing, media].concat();
    let mut header = FLV_HEADER.to_vec();
    header[4] = 4;
    let delivered = hex(&header) + &hex(&tag(8, 10, &[0xaf, 1]));
    for torn in ["", "05 0000", "05 000014 000010 08 01000000 af01"] {
        for then in ALL {
            let session = play([&all[..], &unhex(torn)].concat(), then);
            assert_eq!((session.connect, session.stream), (1, 1), "{torn} {then:?}");
            // Garbage may complete the torn message; nothing that was whole is lost.
            assert!(
                session.flv.starts_with(&delivered),
                "{torn} {then:?}: {session:?}"
            );
            assert!(then == Then::SendGarbage || session.flv == delivered);
            assert!(complains(&session), "{torn} {then:?}: {session:?}");
        }
    }
}

#[test]
fn nobody_listens() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut wire = Wire::unconnected();
    wire.set_up(&format!("rtmp://127.0.0.1:{port}/app/mystream timeout=1"));
    // SAFETY: a handle.
    let (result, lines) = logged(|| unsafe { RTMP_Connect(wire.raw(), ptr::null_mut()) });
    assert_eq!((result, wire.is_connected()), (0, false));
    let line = "1 RTMP_Connect0, failed to connect socket. 111 (Connection refused)";
    assert!(crate::handle::has(&lines, line), "{lines:?}");
}

/// What `RTMP_Connect` says about a server that listens on 127.0.0.1 and answers nothing, and who came to it.
fn connect_from(options: &str) -> (i32, Vec<String>, Option<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut wire = Wire::unconnected();
    wire.set_up(&format!(
        "rtmp://127.0.0.1:{port}/app/mystream timeout=1 {options}"
    ));
    // SAFETY: a handle.
    let (result, lines) = logged(|| unsafe { RTMP_Connect(wire.raw(), ptr::null_mut()) });
    listener.set_nonblocking(true).unwrap();
    let guest = listener.accept().ok();
    (
        result,
        lines,
        guest.map(|(_, address)| address.ip().to_string()),
    )
}

#[test]
fn connections_come_from_the_address_of_option_bind() {
    let (result, _, guest) = connect_from("bind=127.0.0.7");
    assert_eq!((result, guest.as_deref()), (0, Some("127.0.0.7")));
    let (_, _, guest) = connect_from("bind=127.0.0.7 bind=");
    assert_eq!(guest.as_deref(), Some("127.0.0.1"));
}

#[test]
fn nobody_is_connected_from_another_address_than_that_of_option_bind() {
    for (address, number, words) in [
        ("192.0.2.1", 99, "Cannot assign requested address"),
        ("::1", 97, "Address family not supported by protocol"),
        ("localhost", 22, "Invalid argument"),
    ] {
        let (result, lines, guest) = connect_from(&format!("bind={address}"));
        assert_eq!((result, guest), (0, None), "{address}");
        let line = format!("1 RTMP_Connect0, failed to connect from {address}. {number} ({words})");
        assert!(crate::handle::has(&lines, &line), "{lines:?}");
    }
}
