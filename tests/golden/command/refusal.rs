//! Servers that refuse (spec 05 §8 row 7; 10 P16): waiting ends at once, with the server's words, and the connection is
//! closed without any of ours.

use std::ffi::CStr;
use std::net::TcpListener;

use rtmp::ffi::rtmp::access::{RTMP_EnableWrite, RTMP_LastError};
use rtmp::ffi::rtmp::connect::RTMP_Close;
use rtmp::ffi::rtmp::stream::{RTMP_ConnectStream, RTMP_ReconnectStream};
use rtmp::session::connect::socket::connect_to;

use super::pend;
use crate::handle::{Packet, Wire, has};
use crate::logged::logged;
use crate::messages::{COMMAND, NULL, command, message, object, tag, text};

/// `RTMP_ConnectStream` with this message and nothing behind it.
fn wait_for(wire: &Wire, body: &[u8]) -> (i32, Vec<String>) {
    wire.push_bytes(&message(3, 0, COMMAND, body));
    // SAFETY: a handle.
    logged(|| unsafe { RTMP_ConnectStream(wire.raw(), 0) })
}

fn info_of(level: &str, code: &str) -> Vec<u8> {
    object(&[
        ("level", text(level)),
        ("code", text(code)),
        ("description", text("no room")),
    ])
}

fn info(code: &str) -> Vec<u8> {
    info_of("error", code)
}

fn said(level: &str, code: &str) -> Vec<u8> {
    command("onStatus", 0.0, &[NULL, &info_of(level, code)])
}

fn last_error(wire: &Wire) -> String {
    // SAFETY: a handle.
    let text = unsafe { RTMP_LastError(wire.raw()) };
    // SAFETY: text of the library, which is copied at once.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().unwrap().to_owned()
}

fn check(wire: &Wire, body: &[u8], line: &str) {
    wire.r().m_stream_id.set(1);
    let (result, lines) = wait_for(wire, body);
    assert_eq!((result, wire.is_connected()), (0, false), "{line}");
    assert_eq!(
        (wire.sent(), wire.r().m_stream_id.get()),
        (String::new(), -1),
        "{line}"
    );
    let reason = line.strip_prefix("1 ").unwrap();
    assert_eq!(
        last_error(wire),
        format!("waiting for the stream: {reason}")
    );
    // It was not the receive timeout that ended it.
    assert_eq!(wire.r().m_sb.sb_timedout.get(), 0, "{line}");
    assert!(has(&lines, line), "{lines:?}");
}

#[test]
fn errors_to_what_was_asked_for() {
    for publishes in [false, true] {
        for name in ["connect", "createStream", "play", "publish"] {
            let wire = Wire::new();
            if publishes {
                // SAFETY: a handle.
                unsafe { RTMP_EnableWrite(wire.raw()) };
            }
            pend(&wire, name, 1.0);
            let line = format!("1 server refused {name}: some.Code no room");
            check(
                &wire,
                &command("_error", 1.0, &[NULL, &info("some.Code")]),
                &line,
            );
        }
    }
}

#[test]
fn errors_to_something_else() {
    // Servers answer so to calls that they do not know.
    for name in ["releaseStream", "FCSubscribe", "set_playlist", "pause"] {
        let wire = Wire::new();
        pend(&wire, name, 1.0);
        let (result, _) = wait_for(&wire, &command("_error", 1.0, &[NULL, &info("some.Code")]));
        assert_eq!((result, wire.r().m_sb.sb_timedout.get()), (0, 1), "{name}");
    }
}

#[test]
fn codes() {
    let refusals = [
        "NetStream.Publish.BadName",
        "NetStream.Publish.Denied",
        "NetStream.Publish.Failed",
        "NetStream.Publish.Rejected",
        "NetConnection.Connect.AppShutdown",
        "NetConnection.Connect.Closed",
        "NetConnection.Connect.Failed",
        "NetConnection.Connect.Rejected",
    ];
    for code in refusals {
        for level in ["error", "status"] {
            let line = format!("1 server refused the stream: {code} no room");
            check(&Wire::new(), &said(level, code), &line);
        }
    }
}

#[test]
fn errors_before_the_stream_is_accepted() {
    for code in [
        "NetStream.Publish.Unauthorized",
        "NetStream.publish.Unauthorized",
        "NetStream.Publish.BadConnection",
        "NetStream.Play.Unauthorized",
        "NetStream.Seek.InvalidTime",
        "NetConnection.Some.Thing",
        "anything",
        "",
    ] {
        for publishes in [false, true] {
            let wire = Wire::new();
            if publishes {
                // SAFETY: a handle.
                unsafe { RTMP_EnableWrite(wire.raw()) };
            }
            let line = format!("1 server refused the stream: {code} no room");
            check(&wire, &said("error", code), &line);
        }
    }
}

#[test]
fn what_is_no_error_is_waited_behind() {
    for (level, code) in [
        ("status", "NetStream.Play.Reset"),
        ("warning", "NetStream.Play.InsufficientBW"),
        ("status", "NetStream.Publish.Unauthorized"),
        ("", "NetStream.Data.Start"),
    ] {
        let wire = Wire::new();
        let (result, _) = wait_for(&wire, &said(level, code));
        assert_eq!((result, wire.r().m_sb.sb_timedout.get()), (0, 1), "{code}");
        // After a timeout the connection stays, as it did.
        assert!(wire.is_connected());
    }
}

#[test]
fn a_refusal_is_forgotten_by_the_next_attempt() {
    let mut wire = Wire::new();
    let line = "1 server refused the stream: NetStream.Publish.BadName no room";
    check(&wire, &said("error", "NetStream.Publish.BadName"), line);
    // The first reason stays, whatever is tried without a connection.
    assert_eq!(wire.write(&tag(8, 0, &[0xaf, 1])), -1);
    assert_eq!(wire.read_packet(&mut Packet::new()), 0);
    assert!(last_error(&wire).ends_with("BadName no room"));
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert!(connect_to(wire.r(), &[address]).is_err());
    assert!(last_error(&wire).ends_with("Connection refused"));
    wire.plug();
    let start = said("status", "NetStream.Publish.Start");
    assert_eq!(wait_for(&wire, &start).0, 1);
}

#[test]
fn a_stream_asked_for_anew_is_refused_as_well() {
    let wire = Wire::playing();
    wire.r().m_bPlaying.set(1);
    wire.push_bytes(&message(
        3,
        0,
        COMMAND,
        &said("error", "NetStream.Play.Denied"),
    ));
    // SAFETY: a handle.
    let result = unsafe { RTMP_ReconnectStream(wire.raw(), 0) };
    assert_eq!((result, wire.is_connected()), (0, false));
    assert!(last_error(&wire).ends_with("NetStream.Play.Denied no room"));
}

#[test]
fn a_refusal_ends_reading_that_began_without_waiting() {
    let wire = Wire::playing();
    wire.push_bytes(&message(
        3,
        0,
        COMMAND,
        &said("error", "NetStream.Play.Denied"),
    ));
    let (result, lines) = logged(|| wire.read(100).0);
    assert_eq!((result, wire.is_connected()), (0, false));
    assert!(has(
        &lines,
        "1 server refused the stream: NetStream.Play.Denied no room"
    ));
    assert_eq!(wire.r().m_sb.sb_timedout.get(), 0);
}

#[test]
fn while_media_flows_an_error_explains_the_end() {
    let complaint = message(3, 0, COMMAND, &said("error", "NetStream.Play.Denied"));
    for goes_on in [false, true] {
        let wire = Wire::playing();
        let media = |time| message(5, time, 8, &[0xaf, 1]);
        wire.push_bytes(&[media(10), complaint.clone()].concat());
        if goes_on {
            wire.push_bytes(&media(20));
        }
        wire.finish();
        let expected = if goes_on { 13 + 2 * 17 } else { 13 + 17 };
        assert_eq!(wire.read_all(4096).len(), 2 * expected);
        let reason = if goes_on {
            "the peer has closed the connection"
        } else {
            "NetStream.Play.Denied no room"
        };
        assert_eq!(last_error(&wire), format!("streaming: {reason}"));
    }
}

#[test]
fn errors_that_end_publishing() {
    let ends = [
        ("error", "NetStream.publish.Unauthorized", true),
        ("error", "NetStream.Publish.Whatever", true),
        ("error", "NetStream.Record.NoAccess", true),
        ("error", "NetConnection.Failed", true),
        ("status", "NetStream.Record.Stop", false),
        ("error", "NetConnection.Call.Failed", false),
        ("error", "NetStream.Play.Denied", false),
    ];
    for (level, code, is_end) in ends {
        let wire = Wire::playing();
        // SAFETY: a handle.
        unsafe { RTMP_EnableWrite(wire.raw()) };
        wire.r().m_bPlaying.set(1);
        wire.push_bytes(&message(3, 0, COMMAND, &said(level, code)));
        let audio = tag(8, 0, &[0xaf, 1]);
        let expected = if is_end { -1 } else { 17 };
        assert_eq!(wire.write(&audio), expected, "{code}");
        assert_eq!(last_error(&wire).contains(code), is_end, "{code}");
        assert_eq!(wire.write(&audio), expected, "{code}");
        // What else goes wrong follows from it.
        wire.finish();
        // SAFETY: a handle.
        unsafe { RTMP_Close(wire.raw()) };
        assert_eq!(last_error(&wire).contains(code), is_end, "{code}");
    }
}

#[test]
fn a_code_that_closes_while_publishing_is_the_reason_for_good() {
    let wire = Wire::playing();
    // SAFETY: a handle.
    unsafe { RTMP_EnableWrite(wire.raw()) };
    wire.r().m_bPlaying.set(1);
    wire.push_bytes(&message(3, 0, COMMAND, &said("error", "NetStream.Failed")));
    let audio = tag(8, 0, &[0xaf, 1]);
    for _ in 0..2 {
        assert_eq!((wire.write(&audio), wire.is_connected()), (-1, false));
        assert_eq!(last_error(&wire), "streaming: NetStream.Failed no room");
        // SAFETY: a handle.
        unsafe { RTMP_Close(wire.raw()) };
    }
}

#[test]
fn the_words_are_readable() {
    let begin = "waiting for the stream: server refused the stream:  ";
    // What is too long ends behind a character.
    let room = (1000 - begin.len()) / 2;
    for (words, shown) in [
        ("Zürich, 雛".to_owned(), "Zürich, 雛".to_owned()),
        (
            "\x1b[2J\r\n\u{9b}".to_owned(),
            r"\x1b[2J\x0d\x0a\x9b".to_owned(),
        ),
        ("ü".repeat(600), "ü".repeat(room)),
        (
            format!("x{}", "ü".repeat(600)),
            format!("x{}", "ü".repeat(room - 1)),
        ),
    ] {
        let wire = Wire::new();
        let info = object(&[("level", text("error")), ("description", text(&words))]);
        let (result, _) = wait_for(&wire, &command("onStatus", 0.0, &[NULL, &info]));
        assert_eq!((result, last_error(&wire)), (0, format!("{begin}{shown}")));
    }
}
