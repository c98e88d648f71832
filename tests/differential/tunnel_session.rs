//! Whole sessions through a tunnel.

use std::time::Duration;

use crate::anchors;
use crate::commands_refused::refusal;
use crate::commands_session::{accept_publish, read_to_end};
use crate::library::Library;
use crate::messages::{NULL, command, message, number, status};
use crate::scenario::{Scenario, scenario};
use crate::server::{Client, Connection, Server, client};
use crate::trace::Trace;
use crate::tunnel_server::{Request, prepared, relay, response, serve};

fn connect(lib: &Library, client: &Client, trace: &mut Trace) {
    trace.note(
        "RTMP_Connect",
        lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
    );
    trace.note(
        "RTMP_ConnectStream",
        lib.RTMP_ConnectStream(client.handle.raw, 0),
    );
}

fn show(requests: Vec<Request>, trace: &mut Trace) {
    for request in requests {
        trace.text(request.head.escape_default().to_string());
        if request.body.len() < 1000 {
            trace.bytes("body", &request.body);
        }
    }
}

/// An answer to an idle request: the interval, then a message.
fn says(channel: u8, body: &[u8]) -> Vec<u8> {
    [
        vec![1],
        message(channel, 0, 0x14, u32::from(channel > 3), body),
    ]
    .concat()
}

/// The sequence of spec 02 section 9.1, up to the answer to `play`.
fn golden() -> Scenario {
    scenario("9.1 requests until play is accepted", |lib, trace| {
        let nothing = || vec![3];
        let answers = vec![
            nothing(),
            nothing(),
            nothing(),
            says(3, &command("_result", 1.0, &[NULL])),
            says(3, &command("_result", 2.0, &[NULL, &number(1.0)])),
            says(5, &status("NetStream.Play.Start")),
        ];
        let (port, thread) = serve(|stream| prepared(stream, answers));
        let url = "rtmpt://127.0.0.1:PORT/app/play timeout=5";
        let client = client(lib, trace, url, port);
        connect(lib, &client, trace);
        show(thread.join().expect("script").unwrap_or_default(), trace);
        // The server has gone: how far the farewell comes is a matter of time.
        lib.RTMP_Close(client.handle.raw);
        trace.hush();
    })
}

/// A refusal in the middle of the session.
fn refused_later() -> Scenario {
    scenario("not found for an idle request", |lib, trace| {
        let (port, thread) = serve(|stream| {
            let mut requests = prepared(stream, vec![vec![3]]);
            let refusal = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone";
            requests.extend(Request::read(stream));
            // The client may be gone already.
            let _ = std::io::Write::write_all(stream, refusal);
            requests.extend(Request::read(stream));
            requests
        });
        let url = "rtmpt://127.0.0.1:PORT/app/play timeout=5";
        let client = client(lib, trace, url, port);
        connect(lib, &client, trace);
        trace.fields(&client.handle, "connected m_clientID");
        show(thread.join().expect("script").unwrap_or_default(), trace);
    })
}

const FRAMES: u32 = 400;

/// More than the buffers hold: bodies that are longer than one answer.
fn play(server: &mut Connection) {
    server.accept_stream();
    // How much an acknowledgement reports depends on how bytes arrive: with this bandwidth none is due.
    server.send(2, 0, 6, 0, &[0x7f, 0xff, 0xff, 0xff, 2]);
    server.await_command("play");
    server.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
    for frame in 0..FRAMES {
        let first = if frame == 0 { 0x17 } else { 0x27 };
        let video = [
            vec![first, 1, 0, 0, 0],
            vec![0x76; 200 + frame as usize * 7],
        ]
        .concat();
        server.send(6, frame * 40, 9, 1, &video);
        server.send(4, frame * 40, 8, 1, &[0xaf, 1, 0x61]);
    }
    server.send(5, 0, 0x14, 1, &status("NetStream.Play.Complete"));
}

fn whole_play() -> Scenario {
    scenario("a recording", |lib, trace| {
        let server = Server::start(1, |_, connection| {
            connection.handshake();
            play(connection);
        });
        let (port, relay) = relay(server.port, Duration::ZERO);
        let url = "rtmpt://127.0.0.1:PORT/vod/clip tcUrl=rtmpt://x/vod timeout=10";
        let client = client(lib, trace, url, port);
        connect(lib, &client, trace);
        // When idle requests are sent, and so when lines about them come, is a matter of time.
        read_to_end(lib, &client.handle, trace, 4096);
        lib.RTMP_Close(client.handle.raw);
        relay.join().expect("relay");
        server.finish(trace);
    })
}

pub(crate) fn sessions() -> Vec<Scenario> {
    vec![golden(), refused_later(), whole_play()]
}

/// FLV bytes of the recording, read as a program does that waits for the socket before each read.
fn polled(lib: &'static Library, scheme: &str) -> (bool, Vec<u8>) {
    let server = Server::start(1, |_, connection| {
        connection.handshake();
        play(connection);
    });
    let (port, relay) = if scheme == "rtmpt" {
        let (port, thread) = relay(server.port, Duration::ZERO);
        (port, Some(thread))
    } else {
        (server.port, None)
    };
    let mut aside = Trace::default();
    let url = format!("{scheme}://127.0.0.1:PORT/vod/clip timeout=10");
    let client = client(lib, &mut aside, &url, port);
    connect(lib, &client, &mut aside);
    let (mut was_woken, mut all) = (true, Vec::new());
    let mut buffer = vec![0_u8; 16 * 1024];
    loop {
        let mut waiting = libc::pollfd {
            fd: client.handle.get().m_sb.sb_socket,
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one descriptor to wait for.
        was_woken &= unsafe { libc::poll(&raw mut waiting, 1, 5000) } == 1;
        let size = i32::try_from(buffer.len()).expect("short");
        let count = lib.RTMP_Read(client.handle.raw, buffer.as_mut_ptr(), size);
        let Ok(count @ 1..) = usize::try_from(count) else {
            break;
        };
        all.extend_from_slice(&buffer[..count]);
    }
    lib.RTMP_Close(client.handle.raw);
    relay.map(|thread| thread.join().expect("relay"));
    server.finish(&mut aside);
    (was_woken, all)
}

/// What the server gets of a published file, and what it remarks.
fn published(lib: &'static Library, scheme: &str) -> Vec<String> {
    let server = Server::start(1, |_, connection| {
        connection.handshake();
        accept_publish(connection);
    });
    let (port, relay) = if scheme == "rtmpt" {
        // The program is done long before the server is.
        let (port, thread) = relay(server.port, Duration::from_millis(1));
        (port, Some(thread))
    } else {
        (server.port, None)
    };
    let mut aside = Trace::default();
    let url = format!("{scheme}://127.0.0.1:PORT/live/clip tcUrl=rtmp://x/live timeout=10");
    let client = client(lib, &mut aside, &url, port);
    lib.RTMP_EnableWrite(client.handle.raw);
    connect(lib, &client, &mut aside);
    let mut file = b"FLV\x01\x05\0\0\0\x09\0\0\0\0".to_vec();
    for frame in 0..FRAMES * 2 {
        let size = 500 + frame % 900;
        file.push(9);
        file.extend_from_slice(&size.to_be_bytes()[1..]);
        file.extend_from_slice(&(frame * 20).to_be_bytes()[1..]);
        file.extend_from_slice(&[0; 4]);
        file.extend((0..size).map(|at| ((at ^ frame) % 251).to_le_bytes()[0]));
        file.extend_from_slice(&(size + 11).to_be_bytes());
    }
    for part in file.chunks(10_007) {
        let size = i32::try_from(part.len()).expect("short");
        aside.note(
            "RTMP_Write",
            lib.RTMP_Write(client.handle.raw, part.as_ptr(), size),
        );
    }
    lib.RTMP_Close(client.handle.raw);
    relay.map(|thread| thread.join().expect("relay"));
    let results = aside.lines.len();
    server.finish(&mut aside);
    aside.hush();
    let mut lines = aside.lines.split_off(results);
    lines.retain(|line| line.starts_with("server"));
    lines
}

pub(crate) fn deviations() -> Vec<Scenario> {
    vec![
        scenario("a program that waits for the socket", |lib, trace| {
            let (_, plain) = polled(lib, "rtmp");
            let (was_woken, tunnelled) = polled(lib, "rtmpt");
            trace.hush();
            trace.note("was woken each time", was_woken);
            trace.note("long", plain.len() > 500_000);
            trace.note("the same", plain == tunnelled);
        })
        .level(crate::trace::NO_LOG)
        .ours_only(
            anchors::TUNNEL_ASKING,
            &[
                "was woken each time = true",
                "long = true",
                "the same = true",
            ],
        ),
        scenario("publishing loses nothing", |lib, trace| {
            let (plain, tunnelled) = (published(lib, "rtmp"), published(lib, "rtmpt"));
            trace.note("remarks", plain.len());
            trace.note("the same", plain == tunnelled);
        })
        .level(crate::trace::NO_LOG)
        .ours_only(anchors::TUNNEL_LOSS, &["remarks = 3", "the same = true"]),
        scenario("one thread reads, one writes and closes", |lib, trace| {
            let server = Server::start(1, |_, connection| {
                connection.handshake();
                connection.accept_stream();
                connection.await_command("play");
                connection.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
            });
            let (port, relay) = relay(server.port, Duration::ZERO);
            let url = "rtmpt://127.0.0.1:PORT/live/none timeout=10";
            let client = client(lib, trace, url, port);
            connect(lib, &client, trace);
            let address = client.handle.raw.expose_provenance();
            let reader = std::thread::spawn(move || {
                let mut buffer = vec![0_u8; 4096];
                let handle = std::ptr::with_exposed_provenance_mut(address);
                lib.RTMP_Read(handle, buffer.as_mut_ptr(), 4096)
            });
            let sent = (0..500).all(|time| lib.RTMP_SendCtrl(client.handle.raw, 3, 1, time) == 1);
            lib.RTMP_Close(client.handle.raw);
            trace.note("all sent", sent);
            trace.note("RTMP_Read", reader.join().expect("reader"));
            relay.join().expect("relay");
            let mut aside = Trace::default();
            server.finish(&mut aside);
            trace.note("remarks", aside.lines.len());
        })
        .level(crate::trace::NO_LOG)
        .ours_only(
            anchors::TUNNEL_ASKING,
            &[
                "RTMP_SetupURL = 1",
                "RTMP_Connect = 1",
                "RTMP_ConnectStream = 1",
                "all sent = true",
                "RTMP_Read = 0",
                "remarks = 3",
            ],
        ),
        // The original never stops asking.
        scenario("a refusal", |lib, trace| {
            let server = Server::start(1, |_, connection| {
                connection.handshake();
                connection.accept_stream();
                connection.await_command("play");
                let info = refusal("NetStream.Play.Unauthorized");
                connection.send(5, 0, 0x14, 1, &command("onStatus", 0.0, &[NULL, &info]));
            });
            let (port, relay) = relay(server.port, Duration::ZERO);
            let url = "rtmpt://127.0.0.1:PORT/live/none timeout=10";
            let client = client(lib, trace, url, port);
            connect(lib, &client, trace);
            trace.fields(&client.handle, "connected sb_timedout");
            relay.join().expect("relay");
            server.finish(&mut Trace::default());
        })
        .level(crate::trace::NO_LOG)
        .ours_only(
            anchors::REFUSED,
            &[
                "RTMP_SetupURL = 1",
                "RTMP_Connect = 1",
                "RTMP_ConnectStream = 0",
                "connected = false",
                "sb_timedout = 0",
            ],
        ),
        scenario("a server that has nothing to say", |lib, trace| {
            let (port, thread) = serve(|stream| {
                let mut idle = 0;
                prepared(stream, vec![vec![1]]);
                while let Some(request) = Request::read(stream) {
                    idle += usize::from(request.is("idle"));
                    if std::io::Write::write_all(stream, &response(&[1])).is_err() {
                        break;
                    }
                }
                idle
            });
            let client = client(
                lib,
                trace,
                "rtmpt://127.0.0.1:PORT/app/play timeout=1",
                port,
            );
            connect(lib, &client, trace);
            trace.fields(&client.handle, "connected sb_timedout");
            lib.RTMP_Close(client.handle.raw);
            let idle = thread.join().expect("script").unwrap_or_default();
            trace.note("asked again", idle > 0);
            trace.note("but not all the time", idle < 40);
        })
        .level(crate::trace::NO_LOG)
        .ours_only(
            anchors::TUNNEL_POLLING,
            &[
                "RTMP_SetupURL = 1",
                "RTMP_Connect = 1",
                "RTMP_ConnectStream = 0",
                "connected = true",
                "sb_timedout = 1",
                "asked again = true",
                "but not all the time = true",
            ],
        ),
    ]
}
