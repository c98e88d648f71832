//! Requests and responses of an open tunnel, byte for byte (spec 02 section 9).

use std::io::Write as _;

use crate::anchors;
use crate::handle::{Handle, Wire, packet, wire};
use crate::messages::message;
use crate::scenario::{Scenario, scenario};
use crate::structs::{AVal, copy};
use crate::trace::Trace;

const COUNTS: &str = "connected sb_timedout sb_size m_msgCounter m_unackd m_polling m_clientID";

/// A handle as after `open`: the C library frees the identification.
fn tunnel(lib: &'static crate::library::Library) -> Wire {
    let wire = wire(lib);
    // SAFETY: a NUL-terminated literal; the copy is the handle's.
    let id = unsafe { libc::strdup(c"/SESSION1".as_ptr()) };
    wire.handle.edit(|r| {
        r.Link.protocol = 1;
        r.Link.port = 80;
        r.m_clientID = AVal {
            av_val: id.cast(),
            av_len: 9,
        };
    });
    wire
}

fn response(interval: u8, payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: {}\r\n\r\n",
        payload.len() + 1
    );
    [head.as_bytes(), &[interval], payload].concat()
}

fn show_requests(wire: &Wire, trace: &mut Trace) {
    for line in String::from_utf8_lossy(&wire.sent()).split("\r\n") {
        trace.text(format!("> {}", line.escape_default()));
    }
}

fn video(size: usize) -> Vec<u8> {
    message(4, 0, 9, 1, &vec![0x27; size])
}

fn send_video(wire: &Wire, trace: &mut Trace, size: usize) {
    let mut memory = vec![0x27_u8; 18 + size];
    let mut one = packet();
    (one.m_packetType, one.m_nChannel, one.m_nInfoField2) = (9, 4, 1);
    one.m_nBodySize = u32::try_from(size).expect("short");
    one.m_body = memory[18..].as_mut_ptr();
    let handle = &wire.handle;
    trace.note(
        "RTMP_SendPacket",
        handle.lib.RTMP_SendPacket(handle.raw, &mut one, 0),
    );
}

fn read(handle: &Handle, trace: &mut Trace) {
    let mut one = packet();
    trace.note(
        "RTMP_ReadPacket",
        handle.lib.RTMP_ReadPacket(handle.raw, &mut one),
    );
    trace.note("size", one.m_nBodySize);
    trace.note("body", !one.m_body.is_null());
    // Between responses both count in their own way.
    if handle.get().m_sb.sb_size == 0 {
        trace.fields(handle, COUNTS);
    }
    handle.lib.RTMPPacket_Free(&mut one);
}

/// What the peer has written is there before the first read.
fn reading(name: &str, input: Vec<u8>, unanswered: i32, reads: usize) -> Scenario {
    scenario(name, move |lib, trace| {
        let wire = tunnel(lib);
        wire.handle.edit(|r| r.m_unackd = unanswered);
        wire.push_bytes(&input);
        for _ in 0..reads {
            read(&wire.handle, trace);
        }
        show_requests(&wire, trace);
        wire.finish();
    })
}

pub(crate) fn requests() -> Vec<Scenario> {
    let sending = |size: usize| {
        scenario(format!("a message of {size} bytes"), move |lib, trace| {
            let wire = tunnel(lib);
            send_video(&wire, trace, size);
            send_video(&wire, trace, 1);
            trace.fields(&wire.handle, COUNTS);
            show_requests(&wire, trace);
            wire.finish();
        })
    };
    vec![
        sending(130),
        sending(300),
        sending(0),
        scenario("close", |lib, trace| {
            let wire = tunnel(lib);
            wire.handle.edit(|r| r.m_stream_id = 1);
            wire.push_bytes(&[response(1, b""), response(1, b"")].concat());
            lib.RTMP_Close(wire.handle.raw);
            trace.fields(&wire.handle, "connected m_msgCounter m_unackd m_clientID");
            show_requests(&wire, trace);
        }),
        scenario("the peer has gone", |lib, trace| {
            let mut wire = tunnel(lib);
            wire.hang_up();
            send_video(&wire, trace, 300);
            trace.fields(&wire.handle, COUNTS);
        })
        .level(crate::trace::NO_LOG),
    ]
}

pub(crate) fn responses() -> Vec<Scenario> {
    let two = [response(1, &video(20)), response(0xff, &video(30))].concat();
    vec![
        reading("a message in a response", response(1, &video(20)), 1, 1),
        reading("two responses at once", two, 2, 2),
        reading(
            "a message over two responses",
            [response(1, &video(20)[..9]), response(3, &video(20)[9..])].concat(),
            2,
            1,
        ),
        reading(
            "nothing unanswered: one idle request",
            response(1, &video(20)),
            0,
            1,
        ),
        reading(
            "not found",
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\n\x01".to_vec(),
            1,
            1,
        ),
        reading("no HTTP", vec![0x42; 40], 1, 1),
        scenario(
            "answers pile up while sending, then they are read",
            |lib, trace| {
                let wire = tunnel(lib);
                wire.handle.edit(|r| r.m_unackd = 150);
                for number in 0..150_u8 {
                    wire.push_bytes(&response(1, &message(4, 0, 9, 1, &vec![number; 300])));
                }
                send_video(&wire, trace, 20);
                for number in 0..150 {
                    let mut one = packet();
                    while one.m_nBytesRead == 0 || one.m_nBytesRead < one.m_nBodySize {
                        if lib.RTMP_ReadPacket(wire.handle.raw, &mut one) == 0 {
                            break;
                        }
                    }
                    let is_right = copy(one.m_body, 300) == vec![number; 300];
                    lib.RTMPPacket_Free(&mut one);
                    if !is_right {
                        trace.note("wrong", number);
                        break;
                    }
                }
                wire.finish();
            },
        ),
        scenario("a response after the timeout", |lib, trace| {
            let wire = tunnel(lib);
            read(&wire.handle, trace);
            wire.push_bytes(&response(1, &video(20)));
            read(&wire.handle, trace);
            show_requests(&wire, trace);
            wire.finish();
        }),
        scenario("the end instead of a response", |lib, trace| {
            let wire = tunnel(lib);
            wire.finish();
            read(&wire.handle, trace);
            show_requests(&wire, trace);
        }),
    ]
}

/// What ours records for one message of `size` bytes.
fn one_message(size: usize, polling: i32) -> Vec<String> {
    vec![
        "RTMP_ReadPacket = 1".into(),
        format!("size = {size}"),
        "body = true".into(),
        "connected = true".into(),
        "sb_timedout = 0".into(),
        "sb_size = 0".into(),
        "m_msgCounter = 0".into(),
        "m_unackd = 0".into(),
        format!("m_polling = {polling}"),
        "m_clientID = \"/SESSION1\"".into(),
        "> ".into(),
    ]
}

fn understood(name: &str, head: &str, body: &[u8], polling: i32) -> Scenario {
    let input = [head.as_bytes(), body].concat();
    let lines = one_message(20, polling);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    reading(name, input, 1, 1)
        .level(crate::trace::NO_LOG)
        .ours_only(anchors::TUNNEL_HTTP, &lines)
}

pub(crate) fn deviations() -> Vec<Scenario> {
    let body = [&[2][..], &video(20)].concat();
    let chunk =
        |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    let chunked = [
        chunk(&body[..1]),
        chunk(&body[1..9]),
        chunk(&body[9..]),
        b"0\r\n\r\n".to_vec(),
    ];
    let long = format!(
        "HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 33\r\n\r\n",
        "x".repeat(9000)
    );
    vec![
        understood(
            "HTTP/1.0",
            "HTTP/1.0 200 OK\r\nContent-Length: 33\r\n\r\n",
            &body,
            2,
        ),
        understood(
            "lower case, no blank",
            "HTTP/1.1 200\r\ncontent-length:33\r\n\r\n",
            &body,
            2,
        ),
        understood(
            "chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            &chunked.concat(),
            2,
        ),
        understood(
            "to the end of the connection",
            "HTTP/1.1 200 OK\r\n\r\n",
            &body,
            2,
        ),
        understood("a long head", &long, &body, 2),
        understood(
            "an empty response first",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n",
            &body,
            2,
        ),
        scenario("a message while answers wait", |lib, trace| {
            let wire = tunnel(lib);
            wire.handle.edit(|r| r.m_unackd = 3);
            wire.push_bytes(&[response(1, b""), response(1, b""), response(3, b"")].concat());
            send_video(&wire, trace, 20);
            trace.fields(&wire.handle, "m_unackd m_polling");
            wire.finish();
        })
        .level(crate::trace::NO_LOG)
        .deviates(
            anchors::TUNNEL_LOSS,
            &["RTMP_SendPacket = 1", "m_unackd = 1", "m_polling = 3"],
        ),
        scenario("a message after a refusal", |lib, trace| {
            let wire = tunnel(lib);
            wire.handle.edit(|r| r.m_unackd = 1);
            wire.push_bytes(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            send_video(&wire, trace, 20);
            trace.fields(&wire.handle, "connected");
        })
        .level(crate::trace::ERROR)
        .deviates(
            anchors::TUNNEL_LOSS,
            &[
                "ERROR: WriteN, RTMP send error 71 (32 bytes)",
                "RTMP_SendPacket = 0",
                "connected = false",
            ],
        ),
        scenario("a timeout inside a response", |lib, trace| {
            let wire = tunnel(lib);
            wire.handle.edit(|r| r.m_unackd = 1);
            let bytes = response(1, &video(20));
            let (first, rest) = bytes.split_at(bytes.len() - 5);
            for part in [first, rest] {
                // The original has closed by then.
                let _ = wire.peer.as_ref().map(|mut peer| peer.write_all(part));
                let mut one = packet();
                trace.note(
                    "RTMP_ReadPacket",
                    lib.RTMP_ReadPacket(wire.handle.raw, &mut one),
                );
                trace.fields(&wire.handle, "connected sb_timedout");
                lib.RTMPPacket_Free(&mut one);
            }
            wire.finish();
        })
        .level(crate::trace::NO_LOG)
        .deviates(
            anchors::TUNNEL_TIMEOUT,
            &[
                "RTMP_ReadPacket = 0",
                "connected = true",
                "sb_timedout = 1",
                "RTMP_ReadPacket = 1",
                "connected = true",
                "sb_timedout = 0",
            ],
        ),
    ]
}
