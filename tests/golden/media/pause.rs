//! Pausing and seeking while reading (spec 06 §7; the messages are in `command::senders`).

use rtmp::ffi::rtmp::stream::{RTMP_DeleteStream, RTMP_SendPause, RTMP_SendSeek};

use super::{AUDIO, header, push, tags};
use crate::handle::Wire;
use crate::messages::{COMMAND, NULL, command, message, object, status, text};

#[test]
fn the_buffer_empty_dance() {
    let wire = Wire::playing();
    wire.r().Link.lFlags.set(0x10);
    wire.r().m_read.flags.set(1);
    let pausing = || (wire.r().m_pausing.get(), wire.r().m_mediaStamp.get());
    push(
        &wire,
        &[
            (5, 10, AUDIO, "af01"),
            (2, 0, 4, "001f00000001"),
            (5, 10, AUDIO, "af02"),
        ],
    );
    assert_eq!(
        wire.read(4096).1,
        tags(&[(5, 10, AUDIO, "af01"), (5, 10, AUDIO, "af02")])
    );
    assert_eq!(pausing(), (1, 10));
    push(
        &wire,
        &[(2, 0, 4, "000100000001"), (2, 0, 4, "001f00000001")],
    );
    push(
        &wire,
        &[
            (5, 8, AUDIO, "af03"),
            (5, 10, AUDIO, "af04"),
            (5, 12, AUDIO, "af05"),
        ],
    );
    assert_eq!(wire.read(4096).1, tags(&[(5, 12, AUDIO, "af05")]));
    assert_eq!(pausing(), (0, 10));
}

#[test]
fn a_seek_drops_media_until_it_is_confirmed() {
    let wire = Wire::playing();
    push(&wire, &[(5, 10, AUDIO, "af0111"), (5, 12, AUDIO, "af0112")]);
    assert_eq!(wire.read(20).0, 20);
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_SendSeek(wire.raw(), 12345) }, 1);
    assert_eq!(
        (wire.r().m_read.flags.get(), wire.r().m_read.nResumeTS.get()),
        (0x21, 0)
    );
    push(&wire, &[(5, 20, AUDIO, "af01")]);
    wire.push_bytes(&message(5, 20, COMMAND, &status("NetStream.Seek.Notify")));
    push(&wire, &[(5, 5, AUDIO, "af02")]);
    assert_eq!(wire.read(4096).1, tags(&[(5, 5, AUDIO, "af02")]));
}

#[test]
fn a_seek_before_the_first_read() {
    let wire = Wire::playing();
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_SendSeek(wire.raw(), 12345) }, 1);
    push(&wire, &[(5, 3, AUDIO, "af01")]);
    wire.push_bytes(&message(5, 3, COMMAND, &status("NetStream.Seek.Notify")));
    let media = [(5, 5, AUDIO, "af02"), (5, 6, AUDIO, "af03")];
    push(&wire, &media);
    assert_eq!(wire.read(4096).1, header(4) + &tags(&media));
}

#[test]
fn the_state_of_a_seek_is_set_though_it_fails() {
    // 05 §2.2.
    let wire = Wire::unconnected();
    wire.r().m_read.nResumeTS.set(7);
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_SendSeek(wire.raw(), 1) }, 0);
    assert_eq!(wire.r().m_read.nResumeTS.get(), 0);
}

/// What refuses a call of that topic, whose transaction has number 1.
fn refusals(topic: &str) -> Vec<Vec<u8>> {
    let info = |code: &str| object(&[("level", text("error")), ("code", text(code))]);
    let said = |code: &str| command("onStatus", 0.0, &[NULL, &info(code)]);
    vec![
        said(&format!("NetStream.{topic}.Failed")),
        said(&format!("NetStream.{}.NotHere", topic.to_lowercase())),
        command("_error", 1.0, &[NULL, &info("NetConnection.Call.Failed")]),
        command("_error", 1.0, &[NULL]),
    ]
}

#[test]
fn media_goes_on_behind_a_seek_that_is_refused() {
    let others = ["NetStream.Seek.Failed", "NetStream.Seek.InvalidTime"].map(status);
    for refusal in refusals("Seek").into_iter().chain(others) {
        let wire = Wire::playing();
        push(&wire, &[(5, 10, AUDIO, "af01")]);
        assert_eq!(wire.read(30).0, 30);
        // SAFETY: a handle.
        assert_eq!(unsafe { RTMP_SendSeek(wire.raw(), 12345) }, 1);
        push(&wire, &[(5, 20, AUDIO, "af02")]);
        wire.push_bytes(&message(5, 20, COMMAND, &refusal));
        push(&wire, &[(5, 30, AUDIO, "af03")]);
        assert_eq!(wire.read(4096).1, tags(&[(5, 30, AUDIO, "af03")]));
        assert_eq!(wire.r().m_read.flags.get(), 1);
        assert!(wire.is_connected());
    }
}

#[test]
fn media_goes_on_behind_a_pause_that_is_refused() {
    for refusal in refusals("Pause") {
        for pausing in [1, 2, 3] {
            let wire = Wire::playing();
            push(&wire, &[(5, 1000, AUDIO, "af01")]);
            assert_eq!(wire.read(30).0, 30);
            // SAFETY: a handle.
            assert_eq!(unsafe { RTMP_SendPause(wire.raw(), 1, 1000) }, 1);
            wire.r().m_pausing.set(pausing);
            wire.push_bytes(&message(5, 1000, COMMAND, &refusal));
            // The server has a new clock, as behind another publisher.
            push(&wire, &[(5, 5, AUDIO, "af02")]);
            assert_eq!(wire.read(4096).1, tags(&[(5, 5, AUDIO, "af02")]));
            assert_eq!(wire.r().m_pausing.get(), 0);
        }
    }
}

#[test]
fn a_seek_ends_with_its_stream() {
    let wire = Wire::playing();
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_SendSeek(wire.raw(), 12345) }, 1);
    // SAFETY: a handle.
    unsafe { RTMP_DeleteStream(wire.raw()) };
    push(&wire, &[(5, 5, AUDIO, "af02")]);
    assert_eq!(wire.read(30).1, header(4) + &tags(&[(5, 5, AUDIO, "af02")]));
}
