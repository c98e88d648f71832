//! Servers that refuse (spec 05 §8 row 7; 10 P16): waiting ends at once, with the server's words.

use rtmp::ffi::rtmp::access::RTMP_EnableWrite;
use rtmp::ffi::rtmp::stream::RTMP_ConnectStream;

use super::pend;
use crate::handle::{Wire, has};
use crate::logged::logged;
use crate::messages::{COMMAND, NULL, command, message, object, text};

/// `RTMP_ConnectStream` with this message and nothing behind it.
fn wait_for(wire: &Wire, body: &[u8]) -> (i32, Vec<String>) {
    wire.push_bytes(&message(3, 0, COMMAND, body));
    // SAFETY: a handle.
    logged(|| unsafe { RTMP_ConnectStream(wire.raw(), 0) })
}

fn info(code: &str) -> Vec<u8> {
    object(&[
        ("level", text("error")),
        ("code", text(code)),
        ("description", text("no room")),
    ])
}

fn check(wire: &Wire, body: &[u8], line: &str) {
    let (result, lines) = wait_for(wire, body);
    assert_eq!((result, wire.is_connected()), (0, true), "{line}");
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
        let line = format!("1 server refused the stream: {code} no room");
        check(
            &Wire::new(),
            &command("onStatus", 0.0, &[NULL, &info(code)]),
            &line,
        );
    }
    for code in [
        "NetStream.Play.Reset",
        "NetStream.Buffer.Empty",
        "NetStream.Data.Start",
    ] {
        let wire = Wire::new();
        let (result, _) = wait_for(&wire, &command("onStatus", 0.0, &[NULL, &info(code)]));
        assert_eq!((result, wire.r().m_sb.sb_timedout.get()), (0, 1), "{code}");
    }
}

#[test]
fn a_refusal_is_forgotten_by_the_next_attempt() {
    let wire = Wire::new();
    let refused = command("onStatus", 0.0, &[NULL, &info("NetStream.Publish.BadName")]);
    check(
        &wire,
        &refused,
        "1 server refused the stream: NetStream.Publish.BadName no room",
    );
    let start = command("onStatus", 0.0, &[NULL, &info("NetStream.Publish.Start")]);
    assert_eq!(wait_for(&wire, &start).0, 1);
}
