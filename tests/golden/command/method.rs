//! Calls of the server (spec 05 §6.2, §9).

use rtmp::ffi::rtmp::access::RTMP_EnableWrite;

use super::{call, mystream, pend};
use crate::handle::{Wire, has, tight};
use crate::logged::logged;
use crate::messages::{NULL, number};

#[test]
fn replies() {
    // §2.
    let rows = [
        (
            "onBWDone",
            0.0,
            "030000000000151400000000 0200085f636865636b6277003ff000000000000005",
        ),
        (
            "_onbwcheck",
            5.0,
            "4300000000001d14 0200075f726573756c7400401400000000000005000000000000000000",
        ),
        (
            "ping",
            7.0,
            "4300000000001114 020004706f6e6700401c00000000000005",
        ),
        ("onFCSubscribe", 0.0, ""),
        ("onFCPublish", 0.0, ""),
        ("onMetaData", 0.0, ""),
        ("Ping", 7.0, ""),
        ("", 7.0, ""),
    ];
    for (name, id, sent) in rows {
        let wire = Wire::new();
        let (result, lines) = logged(|| call(&wire, name, id, &[NULL]));
        assert_eq!(result, (0, tight(sent)), "{name}");
        let shown = if name.is_empty() { "(null)" } else { name };
        assert!(
            has(
                &lines,
                &format!("4 HandleInvoke, server invoking <{shown}>")
            ),
            "{lines:?}"
        );
        assert_eq!(wire.calls(), Vec::<String>::new());
    }
}

#[test]
fn bandwidth_checks_are_asked_for_until_one_comes() {
    let wire = Wire::new();
    assert_ne!(call(&wire, "onBWDone", 0.0, &[NULL]).1, "");
    assert_ne!(call(&wire, "onBWDone", 0.0, &[NULL]).1, "");
    call(&wire, "_onbwcheck", 1.0, &[NULL]);
    assert_eq!(wire.r().m_nBWCheckCounter.get(), 1);
    assert_eq!(call(&wire, "onBWDone", 0.0, &[NULL, &number(1.0)]).1, "");
}

#[test]
fn calls_are_forgotten_by_name() {
    for (name, forgotten) in [
        ("_onbwdone", "_checkbw"),
        ("playlist_ready", "set_playlist"),
    ] {
        let wire = Wire::new();
        for (name, id) in [("play", 3.0), (forgotten, 6.0), (forgotten, 7.0)] {
            pend(&wire, name, id);
        }
        assert_eq!(call(&wire, name, 0.0, &[NULL]), (0, String::new()));
        assert_eq!(
            wire.calls(),
            ["play 3".to_owned(), format!("{forgotten} 7")]
        );
    }
}

#[test]
fn the_server_ends_the_stream() {
    let delete = |id: &str| {
        tight(&format!(
            "02000c64656c65746553747265616d00{id}05003ff0000000000000"
        ))
    };
    let wire = mystream();
    wire.r().m_stream_id.set(1);
    // SAFETY: a handle.
    unsafe { RTMP_EnableWrite(wire.raw()) };
    let (result, sent) = call(&wire, "onFCUnsubscribe", 0.0, &[NULL]);
    let unpublish =
        "4300000000002314 02000b4643556e7075626c697368003ff0000000000000050200086d7973747265616d";
    let wanted = tight(unpublish) + "4300000000002214" + &delete("4000000000000000");
    assert_eq!((result, sent, wire.is_connected()), (2, wanted, false));

    let wire = Wire::playing();
    let ((result, sent), lines) = logged(|| call(&wire, "close", 0.0, &[NULL]));
    let wanted = "4300000000002214".to_owned() + &delete("3ff0000000000000");
    assert_eq!((result, sent, wire.is_connected()), (0, wanted, false));
    assert!(has(&lines, "1 rtmp server requested close"), "{lines:?}");
}
