//! Enhanced RTMP in FLV, out and in (spec 09 §12, §15).

use rtmp::ffi::rtmp::stream::RTMP_GetNextMediaPacket;
use rtmp::proto::payload::Payload;

use super::{AGGREGATE, AUDIO, DATA, VIDEO, header, length};
use crate::enhanced::{self, Seen, Vector};
use crate::handle::{Packet, Wire, hex, tight, unhex};
use crate::logged::logged;
use crate::messages::{ecma_array, message, number, object, tag, text};

const DATA_AMF3: u8 = 0x0f;

/// Writes a tag, and gives what was sent to a reader: what that makes of it, in front of another tag.
fn through(kind: u8, body: &[u8]) -> String {
    let (writer, reader) = (Wire::playing(), Wire::playing());
    let next = tag(AUDIO, 50, &[0xaf, 1]);
    for tag in [&tag(kind, 40, body), &next] {
        assert_eq!(writer.write(tag), i32::try_from(tag.len()).unwrap());
    }
    reader.r().m_read.flags.set(1);
    reader.push(&writer.sent());
    reader.finish();
    let all = reader.read_all(body.len() + 64);
    let all = all.strip_suffix(&hex(&next)).expect("the next tag");
    all.to_owned()
}

fn check(vectors: &[Vector]) {
    for Vector { kind, body, seen } in vectors {
        let shown = hex(&body[..body.len().min(20)]);
        assert_eq!(through(*kind, body), hex(&tag(*kind, 40, body)), "{shown}");
        let found = Payload::of(*kind, body).map(|it| Seen {
            is_key: it.is_key(),
            is_configuration: it.is_configuration(),
            is_droppable: it.is_droppable(),
            tracks: it.tracks().count(),
        });
        assert_eq!(found, *seen, "{shown}");
    }
}

#[test]
fn every_packet_type_goes_through_and_is_known() {
    check(&enhanced::video());
    check(&enhanced::audio());
    check(&enhanced::legacy());
}

#[test]
fn modifiers_of_every_size_go_through() {
    check(&enhanced::modified());
}

#[test]
fn tracks_go_through_whole_or_not() {
    check(&enhanced::tracks());
}

#[test]
fn what_is_cut_goes_through_as_it_is() {
    for Vector { kind, body, .. } in enhanced::vectors() {
        for end in enhanced::cuts(&body) {
            let cut = &body[..end];
            let is_read = enhanced::is_read(kind, cut) && end > 0;
            let expected = is_read.then(|| hex(&tag(kind, 40, cut)));
            let shown = hex(&cut[..end.min(20)]);
            assert_eq!(through(kind, cut), expected.unwrap_or_default(), "{shown}");
        }
    }
}

/// A player, set up with these options.
fn player(options: &str) -> Wire {
    let mut wire = Wire::playing();
    wire.set_up(&format!("rtmp://h/live/x {options}"));
    wire.r().m_read.flags.set(1);
    wire
}

/// What `RTMP_Read` makes of these messages, in calls of any size: as a whole, and byte by byte.
fn read(options: &str, messages: &[(u8, u32, &[u8])]) -> String {
    let read = |size| {
        let wire = player(options);
        for (kind, time, body) in messages {
            wire.push_bytes(&message(5, *time, *kind, body));
        }
        wire.finish();
        (wire.read_all(size), wire.r().m_fDuration.get())
    };
    let whole = read(4096);
    for size in [1, 2, 11, 12] {
        assert_eq!(read(size), whole, "{size}");
    }
    whole.0
}

/// The media packets that come of these messages: kind, size.
fn packets(options: &str, messages: &[(u8, u32, &[u8])]) -> Vec<(u8, u32)> {
    let wire = player(options);
    for (kind, time, body) in messages {
        wire.push_bytes(&message(5, *time, *kind, body));
    }
    wire.finish();
    let mut found = Vec::new();
    loop {
        let mut packet = Packet::new();
        // SAFETY: a handle and a packet.
        if unsafe { RTMP_GetNextMediaPacket(wire.raw(), packet.raw()) } != 1 {
            return found;
        }
        found.push((packet.kind, packet.size));
        packet.free();
    }
}

fn metadata() -> Vec<u8> {
    let track = object(&[
        ("width", number(640.0)),
        ("videocodecid", number(1_635_135_537.0)),
    ]);
    let names = [
        ("duration", number(10.0)),
        ("videocodecid", number(1_752_589_105.0)),
        ("videoTrackIdInfoMap", object(&[("1", track.clone())])),
        ("audioTrackIdInfoMap", ecma_array(&[("1", track)])),
    ];
    [text("onMetaData"), object(&names)].concat()
}

#[test]
fn data_in_amf3_is_for_programs_that_ask_for_it() {
    let data = [&[0], &metadata()[..]].concat();
    // Not only metadata: what the format is, and what is said, is the program's business.
    let cue = [&[0], &text("onCuePoint")[..]].concat();
    let messages: [(u8, u32, &[u8]); 5] = [
        (DATA_AMF3, 10, &data),
        (DATA_AMF3, 20, &cue),
        (DATA_AMF3, 30, b"\x07whatever"),
        (DATA_AMF3, 40, b""),
        (AUDIO, 50, b"\xaf\x01"),
    ];
    let tags = |range: std::ops::Range<usize>| -> String {
        let tags = messages[range].iter();
        tags.map(|(kind, time, body)| hex(&tag(*kind, *time, body)))
            .collect()
    };
    for options in ["", "ertmp=0", "fourCcList=* capsEx=6", "silence=1"] {
        let (flv, lines) = logged(|| read(options, &messages));
        assert_eq!(flv, tags(4..5), "{options}");
        let ignored =
            "4 RTMP_ClientPacket, flex stream send, size 14 bytes, not supported, ignoring";
        assert!(lines.iter().any(|line| line == ignored), "{lines:?}");
        assert_eq!(packets(options, &messages), [(AUDIO, 2)], "{options}");
    }
    assert_eq!(read("ertmp=1", &messages), tags(0..3) + &tags(4..5));
    let sizes = [
        (DATA_AMF3, u32::try_from(data.len()).unwrap()),
        (DATA_AMF3, 14),
        (DATA_AMF3, 9),
        (AUDIO, 2),
    ];
    assert_eq!(packets("ertmp=1", &messages), sizes);
}

#[test]
fn data_in_amf3_is_looked_at() {
    let data = [&[0], &metadata()[..]].concat();
    for (options, duration, tracks) in [("ertmp=1", 10.0, 5), ("", 0.0, 0)] {
        let wire = player(options);
        assert_eq!(
            wire.deliver(DATA_AMF3, 4, 0, &data),
            i32::from(duration > 0.0)
        );
        let read = &wire.r().m_read;
        let seen = (wire.r().m_fDuration.get(), read.dataType.get());
        assert_eq!(seen, (duration, tracks), "{options}");
        // The same inside an aggregate, which is handed out in both cases.
        let wire = player(options);
        assert_eq!(wire.deliver(AGGREGATE, 4, 0, &tag(DATA_AMF3, 0, &data)), 1);
        assert_eq!(wire.r().m_fDuration.get(), duration, "{options}");
    }
    // Neither without a format nor with one that nobody knows.
    for first in [&[][..], &[3]] {
        let wire = player("ertmp=1");
        let body = [first, &metadata()].concat();
        assert_eq!(wire.deliver(DATA_AMF3, 4, 0, &body), 1);
        assert_eq!(wire.r().m_fDuration.get(), 0.0);
    }
}

#[test]
fn silence_is_for_programs_that_ask_for_it() {
    let messages: [(u8, u32, &[u8]); 6] = [
        (AUDIO, 10, b"\xaf\x01"),
        (AUDIO, 20, b""),
        (AUDIO, 30, b""),
        (VIDEO, 40, b""),
        (AUDIO, 50, b"\xaf"),
        (AUDIO, 60, b"\xaf\x02"),
    ];
    let tags = |list: &[usize]| -> String {
        let tags = list.iter().map(|&at| messages[at]);
        tags.map(|(kind, time, body)| hex(&tag(kind, time, body)))
            .collect()
    };
    for options in ["", "silence=0", "ertmp=1"] {
        assert_eq!(read(options, &messages), tags(&[0, 5]), "{options}");
        // The program judges by itself what has one byte.
        let sizes = [(AUDIO, 2), (AUDIO, 1), (AUDIO, 2)];
        assert_eq!(packets(options, &messages), sizes, "{options}");
    }
    for options in ["silence=1", "silence=1 ertmp=1"] {
        assert_eq!(read(options, &messages), tags(&[0, 1, 2, 5]), "{options}");
        let sizes = [2, 0, 0, 1, 2].map(|size| (AUDIO, size));
        assert_eq!(packets(options, &messages), sizes, "{options}");
    }
    assert_eq!(
        hex(&tag(AUDIO, 20, b"")),
        tight("08 000000 000014 00 000000 0000000b")
    );
}

#[test]
fn silence_in_chunks_with_short_headers_counts_too() {
    let wire = player("silence=1");
    // Type 0, 1, 2 and 3; then a message on the same chunk stream.
    wire.push(
        "05 00000a 000000 08 01000000 45 00000a 000000 08 85 000005 c5 45 000001 000002 08 af01",
    );
    wire.finish();
    let silent = |time| hex(&tag(AUDIO, time, b""));
    let all =
        silent(10) + &silent(20) + &silent(25) + &silent(30) + &hex(&tag(AUDIO, 31, &[0xaf, 1]));
    assert_eq!(wire.read_all(4096), all);
}

#[test]
fn silence_names_its_track() {
    let mut wire = Wire::playing();
    wire.set_up("rtmp://h/live/x silence=1");
    wire.push_bytes(&message(5, 10, AUDIO, b""));
    let flv = header(4) + &hex(&tag(AUDIO, 10, b""));
    assert_eq!(wire.read(4096), (length(&flv), flv));
}

#[test]
fn a_file_with_all_of_it_is_written() {
    let data = metadata();
    let amf3 = [&[0], &data[..]].concat();
    let file = [
        b"FLV\x01\x05\0\0\0\x09\0\0\0\0".to_vec(),
        tag(DATA_AMF3, 0, &amf3),
        tag(DATA, 0, &data),
        tag(0x29, 0, b"\x91hvc1\0\0\0data"),
        tag(VIDEO, 0, b"\x92hvc1"),
    ]
    .concat();
    let instruction = tight("02 000d 40736574446174614672616d65");
    let messages = [
        message(
            4,
            0,
            DATA_AMF3,
            &unhex(&format!("00 {instruction} {}", hex(&data))),
        ),
        message(4, 0, DATA, &unhex(&format!("{instruction} {}", hex(&data)))),
        message(4, 0, VIDEO, b"\x92hvc1"),
    ]
    .concat();
    // Some streams do without the size field behind the file header.
    let bare = [&file[..9], &file[13..]].concat();
    for (file, size) in [
        (&file, 1),
        (&file, 64),
        (&file, 4096),
        (&bare, 7),
        (&bare, 4096),
    ] {
        let wire = Wire::playing();
        let write = || file.chunks(size).map(|piece| wire.write(piece));
        let (results, lines) = logged(|| write().collect::<Vec<_>>());
        assert_eq!(wire.sent(), hex(&messages), "{size}");
        let failures = results.iter().filter(|&&result| result == -1);
        assert_eq!(failures.count(), 1, "{size}");
        let line = "1 RTMP_Write, encrypted FLV tags cannot be published";
        assert_eq!(lines.iter().filter(|one| *one == line).count(), 1);
    }
}

#[test]
fn tracks_named_by_metadata_are_read() {
    let data = metadata();
    let messages: [(u8, u32, &[u8]); 2] = [(DATA, 0, &data), (VIDEO, 5, b"\x92hvc1")];
    let flv = hex(&[tag(DATA, 0, &data), tag(VIDEO, 5, b"\x92hvc1")].concat());
    assert_eq!(read("", &messages), flv);
}
