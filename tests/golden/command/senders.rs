//! One message of each command (spec 05 §2).

use rtmp::ffi::rtmp::access::RTMP_EnableWrite;
use rtmp::ffi::rtmp::send::RTMP_SendCreateStream;
use rtmp::ffi::rtmp::stream::{
    RTMP_DeleteStream, RTMP_Pause, RTMP_SendPause, RTMP_SendSeek, RTMP_ToggleStream,
};

use super::{answer, call, mystream};
use crate::handle::{Wire, has, tight};
use crate::logged::logged;
use crate::messages::{NULL, number};

const SERVER_BW: &str = "020000000000040500000000 002625a0";
const BUFFER: &str = "4200000000000a04 0003000000000000012c";
const CREATE_STREAM: &str = "4300000000001914 02000c63726561746553747265616d003ff000000000000005";

#[test]
fn create_stream() {
    let wire = Wire::new();
    let again = "c3 02000c63726561746553747265616d00400000000000000005";
    for sent in [CREATE_STREAM, again] {
        // SAFETY: a handle.
        assert_eq!(unsafe { RTMP_SendCreateStream(wire.raw()) }, 1);
        assert_eq!(wire.sent(), tight(sent));
    }
    assert_eq!(wire.calls(), ["createStream 1", "createStream 2"]);
}

#[test]
fn a_publisher_prepares_its_stream() {
    let wire = mystream();
    // SAFETY: a handle.
    unsafe { RTMP_EnableWrite(wire.raw()) };
    let sent = [
        "4300000000002514 02000d72656c6561736553747265616d003ff0000000000000050200086d7973747265616d",
        "4300000000002114 02000946435075626c697368004000000000000000050200086d7973747265616d",
        "4300000000001914 02000c63726561746553747265616d00400800000000000005",
    ];
    assert_eq!(answer(&wire, "connect", &[]), tight(&sent.concat()));
    assert_eq!(wire.calls(), ["createStream 3"]);
}

#[test]
fn publish() {
    let wire = mystream();
    // SAFETY: a handle.
    unsafe { RTMP_EnableWrite(wire.raw()) };
    let sent = "040000000000261401000000 0200077075626c697368003ff0000000000000050200086d7973747265616d0200046c697665";
    assert_eq!(
        answer(&wire, "createStream", &[NULL, &number(1.0)]),
        tight(sent)
    );
    assert_eq!(
        (wire.calls(), wire.r().m_stream_id.get()),
        (vec!["publish 1".to_owned()], 1)
    );
}

#[test]
fn a_player_prepares_its_stream() {
    // §2, §6.3, §9: flags, subscription, usher token; what follows createStream.
    let subscribe = |id: &str| {
        format!("4300000000002314 02000b464353756273637269626500{id}050200086d7973747265616d")
    };
    let (two, three) = ("4000000000000000", "4008000000000000");
    let usher = "4300000000003814 0200214e657453747265616d2e41757468656e7469636174652e5573686572546f6b656e004000000000000000050200077b2261223a317d";
    let sub = "4300000000001e14 02000b46435375627363726962650040000000000000000502000373 7562";
    let rows = [
        (0, "", "", String::new()),
        (2, "", "", subscribe(two)),
        (2, "sub", "", sub.to_owned()),
        (0, "sub", "", sub.to_owned()),
        (0, "", "{\"a\":1}", usher.to_owned()),
        (2, "", "{\"a\":1}", usher.to_owned() + &subscribe(three)),
    ];
    for (flags, path, token, rest) in rows {
        let mut wire = mystream();
        wire.r().Link.lFlags.set(flags);
        wire.set(|r| &r.Link.subscribepath, path);
        wire.set(|r| &r.Link.usherToken, token);
        let sent = [SERVER_BW, BUFFER, CREATE_STREAM, &rest].concat();
        assert_eq!(
            answer(&wire, "connect", &[]),
            tight(&sent),
            "{flags} {path} {token}"
        );
    }
}

#[test]
fn a_publisher_needs_no_subscription() {
    // §9.
    let mut wire = mystream();
    wire.r().Link.lFlags.set(2);
    wire.set(|r| &r.Link.subscribepath, "sub");
    wire.set(|r| &r.Link.usherToken, "token");
    // SAFETY: a handle.
    unsafe { RTMP_EnableWrite(wire.raw()) };
    answer(&wire, "connect", &[]);
    assert_eq!(wire.calls(), ["createStream 3"]);
}

#[test]
fn delete_stream() {
    let wire = Wire::playing();
    wire.r().m_bPlaying.set(1);
    // SAFETY: a handle.
    unsafe { RTMP_DeleteStream(wire.raw()) };
    let sent =
        "4300000000002214 02000c64656c65746553747265616d003ff000000000000005003ff0000000000000";
    assert_eq!((wire.sent(), wire.r().m_bPlaying.get()), (tight(sent), 0));
    assert_eq!(wire.r().m_stream_id.get(), -1);
    // SAFETY: a handle.
    unsafe { RTMP_DeleteStream(wire.raw()) };
    assert_eq!(wire.sent(), "");
    // 06 §2: stream 0 is deleted too.
    let wire = Wire::new();
    // SAFETY: a handle.
    unsafe { RTMP_DeleteStream(wire.raw()) };
    let sent = "43 000000 000022 14 02 000c 64656c65746553747265616d 00 3ff0000000000000 05 00 0000000000000000";
    assert_eq!((wire.sent(), wire.calls()), (tight(sent), vec![]));
}

type Sender = fn(*mut rtmp::abi::RTMP) -> i32;

#[test]
fn pause_and_seek() {
    let rows: [(Sender, &str); 3] = [
        (
            // SAFETY: the test passes a handle.
            |r| unsafe { RTMP_SendPause(r, 1, 1500) },
            "4800000000001d14 0200057061757365003ff0000000000000050101004097700000000000",
        ),
        (
            // SAFETY: as above.
            |r| unsafe { RTMP_SendPause(r, 7, -1) },
            "4800000000001d14 0200057061757365003ff000000000000005010100bff0000000000000",
        ),
        (
            // SAFETY: as above.
            |r| unsafe { RTMP_SendSeek(r, 12345) },
            "4800000000001a14 0200047365656b003ff0000000000000050040c81c8000000000",
        ),
    ];
    for (send, sent) in rows {
        let wire = Wire::new();
        assert_eq!((send(wire.raw()), wire.sent()), (1, tight(sent)));
        assert_eq!((wire.calls().len(), wire.r().m_pausing.get()), (1, 0));
    }
    let wire = Wire::new();
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_SendPause(wire.raw(), 1, 1500) }, 1);
    wire.sent();
    // SAFETY: a handle.
    let (result, lines) = logged(|| unsafe { RTMP_SendPause(wire.raw(), 0, 1500) });
    let off = "c8 0200057061757365004000000000000000050100004097700000000000";
    assert_eq!((result, wire.sent()), (1, tight(off)));
    assert!(
        has(&lines, "4 RTMP_SendPause, 0, pauseTime=1500"),
        "{lines:?}"
    );
    assert!(has(&lines, "4 Invoking pause"), "{lines:?}");
}

#[test]
fn pause_remembers_the_position() {
    // §2.2, 06 §7.
    let wire = Wire::new();
    wire.push("05 0002bc 000002 08 01000000 af01");
    let mut packet = crate::handle::Packet::new();
    assert_eq!(wire.read_packet(&mut packet), 1);
    packet.free();
    let rows = [
        (
            5,
            1,
            700,
            "48 000000 00001d 14 0200057061757365 00 3ff0000000000000 05 0101 00 4085e00000000000",
        ),
        (
            5,
            0,
            700,
            "c8 0200057061757365 00 4000000000000000 05 0100 00 4085e00000000000",
        ),
        (
            999,
            1,
            0,
            "c8 0200057061757365 00 4008000000000000 05 0101 00 0000000000000000",
        ),
    ];
    for (channel, on, stamp, sent) in rows {
        wire.r().m_mediaChannel.set(channel);
        // SAFETY: a handle.
        assert_eq!(unsafe { RTMP_Pause(wire.raw(), on) }, 1);
        assert_eq!(
            (wire.sent(), wire.r().m_pauseStamp.get()),
            (tight(sent), stamp)
        );
    }
}

#[test]
fn toggling_pauses_and_goes_on() {
    // §2.2: what a reader does after a timeout; it takes a second, which the server needs.
    let wire = Wire::new();
    wire.r().m_sb.sb_timedout.set(1);
    wire.r().m_read.status.set(-1);
    wire.r().m_pauseStamp.set(700);
    let on = "48 000000 00001d 14 0200057061757365 00 3ff0000000000000 05 0101 00 4085e00000000000";
    let off = "c8 0200057061757365 00 4000000000000000 05 0100 00 4085e00000000000";
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_ToggleStream(wire.raw()) }, 1);
    assert_eq!(wire.sent(), tight(&[on, off].concat()));
    assert_eq!(
        (wire.r().m_pausing.get(), wire.r().m_read.status.get()),
        (3, 0)
    );
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_ToggleStream(wire.raw()) }, 1);
    assert_eq!(
        wire.sent(),
        tight("c8 0200057061757365 00 4008000000000000 05 0100 00 4085e00000000000")
    );
}

#[test]
fn a_handle_without_connection_sends_nothing() {
    // §9.
    let wire = Wire::unconnected();
    wire.r().m_numInvokes.set(3);
    // SAFETY: a handle.
    let (result, lines) = logged(|| unsafe { RTMP_SendCreateStream(wire.raw()) });
    assert_eq!(
        (
            result,
            wire.r().m_numInvokes.get(),
            wire.r().m_stream_id.get()
        ),
        (0, 0, -1)
    );
    assert!(
        has(&lines, "1 WriteN, RTMP send error 9 (33 bytes)"),
        "{lines:?}"
    );
    // SAFETY: a handle.
    let (result, lines) = logged(|| unsafe { RTMP_SendPause(wire.raw(), 1, 0) });
    assert_eq!(result, 0);
    assert!(
        has(&lines, "1 WriteN, RTMP send error 9 (37 bytes)"),
        "{lines:?}"
    );
}

#[test]
fn bandwidth_checks_are_answered() {
    // §6.2, second table: the times of the replies go on, that of other commands is 0.
    let wire = Wire::new();
    let steps: [(&str, f64, &str); 4] = [
        (
            "_onbwcheck",
            1.0,
            "4300000000001d14 0200075f726573756c74003ff000000000000005000000000000000000",
        ),
        (
            "_onbwcheck",
            2.0,
            "83000016 0200075f726573756c7400400000000000000005003ff0000000000000",
        ),
        (
            "_onbwcheck",
            3.0,
            "83000016 0200075f726573756c7400400800000000000005004000000000000000",
        ),
        (
            "ping",
            9.0,
            "4300001600001114 020004706f6e6700402200000000000005",
        ),
    ];
    for (name, id, sent) in steps {
        assert_eq!(call(&wire, name, id, &[NULL]), (0, tight(sent)));
    }
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_SendCreateStream(wire.raw()) }, 1);
    // The last of them was received at a later time than 0.
    let sent = "0300000000001914 00000000 02000c63726561746553747265616d003ff000000000000005";
    assert_eq!(wire.sent(), tight(sent));
}
