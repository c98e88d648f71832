//! `RTMP_Read` (spec 06 §5, G1 to G11 and G15). 10 P2: one call gives all whole packets that are in the buffer.

use rtmp::ffi::rtmp::stream::RTMP_Read;

use super::{AUDIO, DATA, Packet, VIDEO, header, length, push, tags};
use crate::handle::{Wire, hex, tight};
use crate::messages::{message, number, object, text};

/// What one call gives for these packets: file header that names `tracks`, and these tags.
fn check(wire: &Wire, packets: &[Packet<'_>], tracks: u8, wanted: &[Packet<'_>]) {
    push(wire, packets);
    let flv = header(tracks) + &tags(wanted);
    assert_eq!(wire.read(4096), (length(&flv), flv), "{packets:?}");
}

#[test]
fn metadata_and_both_tracks() {
    // G1.
    let metadata = "02000a 6f6e4d65746144617461 03 0008 6475726174696f6e 00 4024000000000000 0005 7769647468 00 4074000000000000 000009";
    let packets = [
        (4, 0, DATA, metadata),
        (6, 0, VIDEO, "170000000001"),
        (5, 0, AUDIO, "af0011"),
        (6, 40, VIDEO, "270100000002"),
        (5, 46, AUDIO, "af0122"),
    ];
    let wire = Wire::new();
    push(&wire, &packets);
    let flv = tight(
        "464c56 01 05 00000009 00000000
         12 000034 000000 00 000000 02000a6f6e4d65746144617461 03 00086475726174696f6e 004024000000000000
            00057769647468 004074000000000000 000009 0000003f
         09 000006 000000 00 000000 170000000001 00000011
         08 000003 000000 00 000000 af0011 0000000e
         09 000006 000028 00 000000 270100000002 00000011
         08 000003 00002e 00 000000 af0122 0000000e",
    );
    assert_eq!(wire.read(4096), (158, flv));
    let read = &wire.r().m_read;
    assert_eq!(
        (
            read.status.get(),
            read.flags.get(),
            read.dataType.get(),
            read.timestamp.get()
        ),
        (0, 1, 5, 46)
    );
    assert_eq!(
        (
            wire.r().m_mediaChannel.get(),
            wire.r().m_bPlaying.get(),
            wire.r().m_fDuration.get()
        ),
        (6, 1, 10.0)
    );
    assert_eq!(wire.read(4096), (0, String::new()));
    assert_eq!(
        (
            read.status.get(),
            wire.is_connected(),
            wire.r().m_pauseStamp.get()
        ),
        (-1, true, 40)
    );
    assert_eq!(wire.r().m_sb.sb_timedout.get(), 1);
}

#[test]
fn metadata_that_names_both_codecs() {
    // G2.
    let wire = Wire::new();
    let names = object(&[
        ("duration", number(10.0)),
        ("videocodecid", number(7.0)),
        ("audiocodecid", number(10.0)),
    ]);
    let metadata = hex(&[text("onMetaData"), names].concat());
    let packets = [(4, 0, DATA, &metadata[..]), (6, 40, VIDEO, "270100000002")];
    push(&wire, &packets);
    let flv = header(5) + &tags(&packets);
    let mut at = 0;
    for (size, count) in [(13, 13), (5, 5), (20, 20), (4096, 72 + 21)] {
        let (result, bytes) = wire.read(size);
        assert_eq!(
            (result, &bytes[..]),
            (count, &flv[at..at + bytes.len()]),
            "{size}"
        );
        at += bytes.len();
    }
    assert_eq!(at, flv.len());
}

#[test]
fn one_track() {
    // G3; G6, large times; G9, `nResumeTS`.
    let audio = [(5, 10, AUDIO, "af0111"), (5, 20, AUDIO, "af0122")];
    check(&Wire::new(), &audio, 4, &audio);
    let wire = Wire::new();
    let large = [
        (5, 0x0102_0304, AUDIO, "af01"),
        (5, 0x00ff_ffff, AUDIO, "af01"),
        (5, 0x8000_0001, AUDIO, "af01"),
    ];
    push(&wire, &large);
    let flv = "080000020203040100 0000af01 0000000d 08000002ffffff00 000000 af01 0000000d 08000002 00000180 000000 af01 0000000d";
    assert_eq!(wire.read(4096), (13 + 51, header(4) + &tight(flv)));
}

#[test]
fn audio_alone_at_time_0() {
    // G4; R9: what was collected is delivered when the wait is over.
    let wire = Wire::new();
    let audio = [
        (5, 0, AUDIO, "af0111"),
        (5, 0, AUDIO, "af0122"),
        (5, 0, AUDIO, "af0133"),
    ];
    check(&wire, &audio, 4, &audio);
    assert_eq!(
        (
            wire.read(4096).0,
            wire.r().m_read.status.get(),
            wire.is_connected()
        ),
        (0, -1, true)
    );
}

#[test]
fn packets_that_are_too_small() {
    // G5: they count as tracks, and end the wait for both.
    let wire = Wire::new();
    let packets = [
        (5, 10, AUDIO, "af"),
        (6, 10, VIDEO, "1700000000"),
        (4, 10, DATA, "020003666f6f"),
        (5, 10, 0x0f, "00"),
        (5, 10, AUDIO, ""),
        (5, 11, AUDIO, "af01"),
        (6, 12, VIDEO, "170000000000"),
    ];
    check(&wire, &packets, 5, &packets[5..]);
}

#[test]
fn tracks_of_an_ecma_array_are_not_known() {
    // G7, R15.
    let metadata = "02000a 6f6e4d65746144617461 08 00000001 000c 766964656f636f6465636964 00 401c000000000000 000009";
    let packets = [(4, 7, DATA, metadata)];
    check(&Wire::new(), &packets, 0, &packets);
}

#[test]
fn a_start_position_ends_the_wait() {
    // G8.
    let wire = Wire::new();
    wire.r().m_read.timestamp.set(5000);
    let audio = [(5, 10, AUDIO, "af01")];
    push(&wire, &audio);
    // 10 P2: having the file header, the call may return before it receives.
    assert_eq!(wire.read_all(4096), header(0) + &tags(&audio));
}

#[test]
fn times_are_moved() {
    // G9.
    let rows = [
        (1000, 10, 0, 1010, 1010),
        (1000, 10, 2, 1010, 10),
        (u32::MAX, 2, 0, 1, 1),
    ];
    for (offset, time, flags, moved, position) in rows {
        let wire = Wire::new();
        wire.r().m_read.nResumeTS.set(offset);
        wire.r().Link.lFlags.set(flags);
        check(
            &wire,
            &[(5, time, AUDIO, "af01")],
            4,
            &[(5, moved, AUDIO, "af01")],
        );
        assert_eq!(wire.r().m_read.timestamp.get(), position);
    }
}

#[test]
fn what_does_not_fit_comes_with_the_next_call() {
    // G10: one tag of 115 bytes; nothing is written behind it, which `Wire::read` checks.
    let body = format!("af{}", "31".repeat(99));
    let audio = [(5, 10, AUDIO, &body[..])];
    for space in [1, 10, 113, 114, 115, 116, 118, 119, 120] {
        let wire = Wire::new();
        wire.r().m_read.flags.set(1);
        push(&wire, &audio);
        let (first, bytes) = wire.read(space);
        assert_eq!(first, i32::try_from(space.min(115)).unwrap());
        assert_eq!(bytes + &wire.read_all(4096), tags(&audio));
    }
}

#[test]
fn buffers_of_any_size_give_the_same() {
    // §11 row 2.
    let packets = [
        (6, 0, VIDEO, "170000000001"),
        (5, 0, AUDIO, "af0011"),
        (6, 40, VIDEO, "270100000002"),
        (5, 46, AUDIO, "af0122"),
    ];
    for size in [1, 2, 12, 13, 14, 20, 21, 24, 25, 30, 31, 65_536] {
        let wire = Wire::new();
        push(&wire, &packets);
        assert_eq!(wire.read_all(size), header(5) + &tags(&packets), "{size}");
    }
}

#[test]
fn a_packet_larger_than_the_buffer() {
    // G11.
    let wire = Wire::new();
    let body = "17".repeat(200_000);
    let packets = [(6, 0, VIDEO, &body[..]), (5, 10, AUDIO, "af01")];
    let bytes = packets.map(|(channel, time, kind, body)| {
        message(channel, time, kind, &crate::handle::unhex(body))
    });
    let writer = wire.push_to_end(bytes.concat());
    let first = wire.read(65_536);
    assert_eq!(first.0, 65_536);
    let all = first.1 + &wire.read_all(65_536);
    assert_eq!(length(&all), 200_045);
    assert!(all == header(1) + &tags(&packets));
    writer.join().unwrap();
}

#[test]
fn no_space() {
    // G15: the file header is prepared; R6: a size below 0 is none, also when something is pending.
    let wire = Wire::new();
    let audio = [(5, 10, AUDIO, "af0111")];
    push(&wire, &audio);
    assert_eq!(wire.read(0), (0, String::new()));
    assert!(wire.r().m_read.has_leftover());
    let mut nothing = [0_u8; 1];
    // SAFETY: a handle; no byte of the buffer may be used.
    let result = unsafe { RTMP_Read(wire.raw(), nothing.as_mut_ptr().cast(), -1) };
    assert!(result <= 0, "{result}");
    assert_eq!(wire.read(4096), (31, header(4) + &tags(&audio)));
}

#[test]
fn control_messages_between_media() {
    // §11 row 3.
    let wire = Wire::new();
    push(
        &wire,
        &[
            (5, 10, AUDIO, "af0111"),
            (2, 0, 4, "0006 01020304"),
            (2, 0, 4, "001f 00000001"),
            (2, 0, 0x63, "00"),
            (2, 0, 1, "00000040"),
        ],
    );
    let body = "af".repeat(100);
    wire.push(&format!(
        "05 000014 000064 08 01000000 {} c5 {}",
        "af".repeat(64),
        "af".repeat(36)
    ));
    let media = [(5, 10, AUDIO, "af0111"), (5, 20, AUDIO, &body[..])];
    assert_eq!(wire.read(4096).1, header(4) + &tags(&media));
    assert_eq!(wire.sent(), tight("42 000000 000006 04 0007 01020304"));
}
