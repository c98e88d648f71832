//! Pausing and seeking while reading (spec 06 §7; the messages are in `command::senders`).

use rtmp::ffi::rtmp::stream::RTMP_SendSeek;

use super::{AUDIO, header, push, tags};
use crate::handle::Wire;
use crate::messages::{COMMAND, message, status};

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
