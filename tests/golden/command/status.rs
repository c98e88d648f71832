//! `onStatus` (spec 05 §6.5, §9).

use super::{call, pend};
use crate::handle::{Wire, has, tight};
use crate::logged::logged;
use crate::messages::{NULL, ecma_array, object, text};

const CALLS: [(&str, f64); 7] = [
    ("connect", 1.0),
    ("createStream", 2.0),
    ("play", 3.0),
    ("publish", 4.0),
    ("set_playlist", 0.0),
    ("_checkbw", 6.0),
    ("FCSubscribe", 7.0),
];
const SEEKING: u8 = 0x20;

/// A handle that waits for everything.
fn waiting() -> Wire {
    let wire = Wire::playing();
    CALLS.iter().for_each(|(name, id)| pend(&wire, name, *id));
    wire.r().m_read.flags.set(SEEKING);
    wire
}

fn tell(wire: &Wire, info: &[u8]) -> (i32, String) {
    call(wire, "onStatus", 0.0, &[NULL, info])
}

fn coded(code: &str) -> Vec<u8> {
    object(&[("level", text("status")), ("code", text(code))])
}

#[test]
fn codes_that_change_the_state() {
    // Code, call that is answered, playing, flags.
    let rows = [
        ("NetStream.Play.Start", "play 3", 1, SEEKING),
        ("NetStream.Play.PublishNotify", "play 3", 1, SEEKING),
        ("NetStream.Publish.Start", "publish 4", 1, SEEKING),
        ("NetStream.Seek.Notify", "", 0, 0),
        ("NetStream.Pause.Notify", "", 0, SEEKING),
        ("NetStream.Play.Reset", "", 0, SEEKING),
        ("NetStream.Play.start", "", 0, SEEKING),
        ("NetStream.Unpause.Notify", "", 0, SEEKING),
        ("NetStream.Publish.BadName", "", 0, SEEKING),
        ("NetConnection.Connect.Rejected", "", 0, SEEKING),
        ("NetConnection.Connect.Closed", "", 0, SEEKING),
        ("NetStream.Buffer.Full", "", 0, SEEKING),
        ("", "", 0, SEEKING),
    ];
    for (code, answered, playing, flags) in rows {
        let wire = waiting();
        let before = wire.calls();
        let (result, lines) = logged(|| tell(&wire, &coded(code)));
        assert_eq!(
            (result, wire.is_connected()),
            ((0, String::new()), true),
            "{code}"
        );
        let left: Vec<String> = before.into_iter().filter(|call| call != answered).collect();
        assert_eq!(wire.calls(), left, "{code}");
        assert_eq!(
            (wire.r().m_bPlaying.get(), wire.r().m_read.flags.get()),
            (playing, flags),
            "{code}"
        );
        let shown = if code.is_empty() { "(null)" } else { code };
        assert!(
            has(&lines, &format!("4 HandleInvoke, onStatus: {shown}")),
            "{lines:?}"
        );
    }
}

#[test]
fn codes_that_end_the_connection() {
    let delete = tight(
        "4300000000002214 02000c64656c65746553747265616d003ff000000000000005003ff0000000000000",
    );
    let failures = [
        "NetStream.Failed",
        "NetStream.Play.Failed",
        "NetStream.Play.StreamNotFound",
        "NetConnection.Connect.InvalidApp",
    ];
    for code in failures {
        let wire = waiting();
        let (result, lines) = logged(|| tell(&wire, &coded(code)));
        assert_eq!((result, wire.is_connected()), ((0, String::new()), false));
        assert!(
            has(&lines, &format!("1 Closing connection: {code}")),
            "{lines:?}"
        );
    }
    let ends = [
        "NetStream.Play.Complete",
        "NetStream.Play.Stop",
        "NetStream.Play.UnpublishNotify",
    ];
    for code in ends {
        let wire = waiting();
        assert_eq!(
            (tell(&wire, &coded(code)), wire.is_connected()),
            ((2, delete.clone()), false)
        );
        assert_eq!((wire.calls().len(), wire.r().m_stream_id.get()), (0, -1));
    }
}

#[test]
fn a_pause_notification_goes_on() {
    let off = tight(
        "48 000000 00001d 14 0200057061757365 00 3ff0000000000000 05 0100 00 4085e00000000000",
    );
    let rows = [(0, "", 0), (1, &off[..], 3), (2, &off, 3), (3, "", 3)];
    for (before, sent, after) in rows {
        let wire = Wire::playing();
        wire.r().m_pausing.set(before);
        wire.r().m_pauseStamp.set(700);
        assert_eq!(
            tell(&wire, &coded("NetStream.Pause.Notify")),
            (0, sent.to_owned())
        );
        assert_eq!(wire.r().m_pausing.get(), after);
    }
}

#[test]
fn where_the_code_is_found() {
    const START: &str = "NetStream.Play.Start";
    let long = [&[0x0c, 0, 0, 0, 20], START.as_bytes()].concat();
    let xml = [&[0x0f, 0, 0, 0, 20], START.as_bytes()].concat();
    let rows = [
        (object(&[("code", text(START)), ("code", text("x"))]), 1),
        (object(&[("code", text("x")), ("code", text(START))]), 0),
        (object(&[("code", long)]), 1),
        (object(&[("code", xml)]), 0),
        (object(&[("Code", text(START))]), 0),
        (text(START), 0),
        (NULL.to_vec(), 0),
        (Vec::new(), 0),
        // §8 row 8: servers send these too.
        (ecma_array(&[("code", text(START))]), 1),
    ];
    for (info, playing) in rows {
        let wire = Wire::new();
        assert_eq!(tell(&wire, &info), (0, String::new()));
        assert_eq!(wire.r().m_bPlaying.get(), playing, "{info:02x?}");
    }
}
