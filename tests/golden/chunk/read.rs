//! `RTMP_ReadPacket` (spec 04 §3, §14).

use std::ptr;

use crate::handle::{Chunk, Packet, Wire, hex, tight, unhex};

/// Header type, message type, absolute?, time, stream id, bytes read/size, body if it is the caller's.
fn show(packet: &Packet) -> String {
    let Packet {
        header,
        kind,
        is_absolute,
        time,
        stream,
        read,
        size,
        ..
    } = packet;
    let mut line = format!("{header} {kind} {is_absolute} {time} {stream} {read}/{size}");
    if !packet.body.is_null() {
        line += &format!(" {}", hex(&packet.bytes()));
    }
    line
}

/// Reads one chunk; a complete message is freed as callers do.
fn next(wire: &Wire, packet: &mut Packet) -> String {
    assert_eq!(wire.read_packet(packet), 1);
    let shown = show(packet);
    if packet.read == packet.size {
        packet.free();
    }
    shown
}

/// Pushes each input and reads one chunk, with one packet.
fn check(wire: &Wire, rows: &[(&str, &str)]) {
    let mut packet = Packet::new();
    for (input, shown) in rows {
        wire.push(input);
        assert_eq!(next(wire, &mut packet), *shown, "{input}");
    }
}

fn part(head: &str) -> String {
    format!("{head} {}", "11".repeat(128))
}

fn full(rest: &str) -> String {
    "11".repeat(128) + rest
}

#[test]
fn headers_inherit_from_the_message_before() {
    // §14 rows 1 to 6.
    let wire = Wire::new();
    check(
        &wire,
        &[("04 0003e8 000002 09 01000000 aabb", "0 9 1 1000 1 2/2 aabb")],
    );
    let stored = |wire: &Wire| {
        let stored = &wire.r().channel_in(4).unwrap().packet;
        (stored.m_nTimeStamp.get(), stored.m_hasAbsTimestamp.get())
    };
    assert_eq!(stored(&wire), (1000, 0));
    check(
        &wire,
        &[("44 000028 000003 08 aabbcc", "1 8 0 1040 1 3/3 aabbcc")],
    );
    assert_eq!(stored(&wire), (40, 0));
    check(
        &wire,
        &[
            ("84 000014 aabbcd", "2 8 0 1060 1 3/3 aabbcd"),
            ("c4 aabbce", "3 8 0 1080 1 3/3 aabbce"),
            ("04 0007d0 000001 09 02000000 ab", "0 9 1 2000 2 1/1 ab"),
            ("c4 ac", "3 9 0 4000 2 1/1 ac"),
            ("84 000000 ad", "2 9 0 4000 2 1/1 ad"),
            ("c4 ae", "3 9 0 4000 2 1/1 ae"),
            ("44 ffffff 000001 09 fffffff6 af", "1 9 0 3990 2 1/1 af"),
            ("c4 fffffff6 b0", "3 9 0 3980 2 1/1 b0"),
            ("84 000001 b0", "2 9 0 3981 2 1/1 b0"),
        ],
    );
    assert_eq!(wire.r().channel_timestamp(4), Some(3981));
}

/// Reads `input` chunk by chunk until `count` messages are complete.
fn messages(input: &str, chunk_size: i32, count: usize) -> Vec<String> {
    let wire = Wire::new();
    wire.r().m_inChunkSize.set(chunk_size);
    wire.push(input);
    let mut packet = Packet::new();
    let mut shown = Vec::new();
    while shown.len() < count {
        let chunk = next(&wire, &mut packet);
        if packet.read == packet.size {
            shown.push(chunk);
        }
    }
    shown
}

/// In chunks of two bytes, as everything else.
const BEGIN: &str = "04 0003e8 000003 09 01000000 1111";
const ABORT: &str = "02 000000 000004 02 00000000 0000 c2 0004";

#[test]
fn an_abandoned_message_leaves_its_header() {
    // Type 3 begins the message again, at its time; a delta counts from there.
    let cases: [(&str, &[&str]); 5] = [
        ("c4 aabb c4 cc", &["3 9 1 1000 1 3/3 aabbcc"]),
        (
            "84 000028 aabb c4 cc c4 aabb c4 cc",
            &["2 9 0 1040 1 3/3 aabbcc", "3 9 0 1080 1 3/3 aabbcc"],
        ),
        (
            "44 000028 000001 08 aa c4 bb",
            &["1 8 0 1040 1 1/1 aa", "3 8 0 1080 1 1/1 bb"],
        ),
        ("04 000028 000001 08 02000000 aa", &["0 8 1 40 2 1/1 aa"]),
        (
            "c2 0000 c2 0004 c4 aabb c4 cc",
            &["3 2 0 0 0 4/4 00000004", "3 9 1 1000 1 3/3 aabbcc"],
        ),
    ];
    for (rest, wanted) in cases {
        let shown = messages(&format!("{BEGIN} {ABORT} {rest}"), 2, 1 + wanted.len());
        assert_eq!(shown[0], "0 2 1 0 0 4/4 00000004", "{rest}");
        assert_eq!(shown[1..], *wanted, "{rest}");
    }
    let delta =
        format!("04 000064 000001 09 01000000 aa 44 000005 000003 09 1111 {ABORT} c4 aabb c4 cc");
    assert_eq!(messages(&delta, 2, 3)[2], "3 9 0 105 1 3/3 aabbcc");
}

#[test]
fn an_abort_that_names_nothing_does_nothing() {
    let went_on = "0 9 1 1000 1 3/3 111122";
    for body in [
        "0000 c2 0005",
        "0000 c2 0002",
        "ffff c2 ffff",
        "0001 c2 0040",
        "8000 c2 0004",
    ] {
        let input = format!("{BEGIN} 02 000000 000004 02 00000000 {body} c4 22");
        assert_eq!(messages(&input, 2, 2)[1], went_on, "{body}");
    }
    for (size, body) in [("0002", "0004"), ("0003", "0000 c2 04"), ("0000", "")] {
        let input = format!("{BEGIN} 02 000000 00{size} 02 00000000 {body} c4 22");
        assert_eq!(messages(&input, 2, 2)[1], went_on, "{body}");
    }
}

#[test]
fn an_abandoned_message_may_have_an_extended_time() {
    let part = "11".repeat(128);
    let input = format!(
        "04 ffffff 000082 09 01000000 01020304 {part} 02 000000 000004 02 00000000 00000004 84 000001 {part} c4 2233"
    );
    let wanted = format!("2 9 0 {} 1 130/130 {}", 0x0102_0305, full("2233"));
    assert_eq!(messages(&input, 128, 2)[1], wanted);
}

#[test]
fn an_abort_may_name_its_own_chunk_stream() {
    let input = "04 000000 000004 02 00000000 0000 c4 0004 c4 0000 c4 0004 44 000005 000001 09 aa";
    assert_eq!(
        messages(input, 2, 3),
        [
            "0 2 1 0 0 4/4 00000004",
            "3 2 0 0 0 4/4 00000004",
            "1 9 0 5 0 1/1 aa"
        ]
    );
}

#[test]
fn every_chunk_of_a_message_has_the_extended_time() {
    // §14 row 7: the last one counts.
    let wire = Wire::new();
    let first = part("05 ffffff 000082 09 01000000 01020304");
    let last = format!("0 9 1 {} 1 130/130 {}", 0x0102_0399, full("2233"));
    check(
        &wire,
        &[
            (&first, &format!("0 9 1 {} 1 128/130", 0x0102_0304)),
            ("c5 01020399 2233", &last),
        ],
    );
}

#[test]
fn channels_have_three_forms() {
    // §14 row 8: channel, and the length of the arrays after it.
    let rows = [
        ("00 00", 64, 74),
        ("00 ff", 319, 329),
        ("01 00 01", 320, 329),
        ("01 00 00", 64, 329),
        ("01 ff ff", 65_599, 65_609),
    ];
    let wire = Wire::new();
    let mut packet = Packet::new();
    for (basic, channel, allocated) in rows {
        wire.push(&format!("{basic} 000001 000001 09 01000000 aa"));
        assert_eq!(next(&wire, &mut packet), "0 9 1 1 1 1/1 aa");
        assert_eq!(packet.channel, channel);
        assert!(wire.r().channel_timestamp(allocated - 1).is_some());
        assert!(wire.r().channel_timestamp(allocated).is_none());
    }
}

#[test]
fn short_headers_may_come_first() {
    // §14 rows 9 and 10: what the header does not say is the caller's.
    let wire = Wire::new();
    let rows = [
        ("46 000005 000001 09 01", "1 9 0 5 0 1/1 01"),
        ("87 000005", "2 0 0 5 0 0/0"),
        ("c8", "3 0 0 0 0 0/0"),
    ];
    rows.iter().for_each(|row| check(&wire, &[*row]));
    let mut stale = Packet {
        header: 0xff,
        kind: 0xff,
        is_absolute: 0xff,
        channel: -1,
        time: u32::MAX,
        stream: -1,
        size: 2,
        read: 9,
        chunk: ptr::null_mut(),
        body: ptr::null_mut(),
    };
    wire.push("ca 0102");
    assert_eq!(next(&wire, &mut stale), "3 255 255 4294967295 -1 2/2 0102");
}

#[test]
fn empty_messages_are_complete_at_once() {
    // §14 row 11.
    check(
        &Wire::new(),
        &[
            ("04 000001 000000 09 01000000", "0 9 1 1 1 0/0"),
            ("c4", "0 9 0 2 1 0/0"),
            ("44 000001 000001 09 77", "1 9 0 3 1 1/1 77"),
            ("44 000001 000000 09", "1 9 0 4 1 0/0"),
            ("84 000001", "1 9 0 5 1 0/0"),
            ("c4", "1 9 0 6 1 0/0"),
        ],
    );
}

#[test]
fn channels_are_independent() {
    // §14 row 12.
    let wire = Wire::new();
    let (four, five) = (
        part("04 000001 000082 09 01000000"),
        part("05 000002 000082 08 01000000"),
    );
    check(
        &wire,
        &[
            (&four, "0 9 1 1 1 128/130"),
            (&five, "0 8 1 2 1 128/130"),
            ("c4 4444", &format!("0 9 1 1 1 130/130 {}", full("4444"))),
            ("c5 5555", &format!("0 8 1 2 1 130/130 {}", full("5555"))),
        ],
    );
}

#[test]
fn headers_inside_a_message_replace_it() {
    // §14 rows 13 to 15; K2: the old room is not used again.
    let begin = part("04 000001 000082 09 01000000");
    let rows = [
        (
            "04 000064 000002 08 01000000 9999",
            "0 8 1 100 1 2/2 9999".to_owned(),
        ),
        ("44 000007 000002 08 9999", "1 8 1 7 1 2/2 9999".to_owned()),
        (
            "84 000007 9999",
            format!("0 9 1 7 1 130/130 {}", full("9999")),
        ),
    ];
    for (input, shown) in rows {
        check(
            &Wire::new(),
            &[(&begin, "0 9 1 1 1 128/130"), (input, &shown)],
        );
    }
    // A first part shorter than what replaces it.
    let longer = part("44 000007 000100 08");
    let wire = Wire::new();
    wire.r().m_inChunkSize.set(4);
    check(
        &wire,
        &[("04 000001 000008 09 01000000 01020304", "0 9 1 1 1 4/8")],
    );
    wire.r().m_inChunkSize.set(128);
    let shown = format!("1 8 1 7 1 256/256 {}", "11".repeat(256));
    check(
        &wire,
        &[(&longer, "1 8 1 7 1 128/256"), (&part("c4"), &shown)],
    );
}

#[test]
fn a_body_that_the_caller_left_is_freed() {
    // K2, K5: by the next type 0 header; leak checkers see it.
    let wire = Wire::new();
    let mut packet = Packet::new();
    wire.push("04 000001 000002 09 01000000 aabb 04 000002 000004 09 01000000 aabbccdd");
    assert_eq!(wire.read_packet(&mut packet), 1);
    assert_eq!(next(&wire, &mut packet), "0 9 1 2 1 4/4 aabbccdd");
}

#[test]
fn raw_chunks_are_reported() {
    // §3.5, §14 row 18; K5: the caller's `m_chunk` stays its own.
    let wire = Wire::new();
    let mut chunk = Chunk {
        header_size: 0,
        size: 0,
        payload: ptr::null_mut(),
        header: [0; 18],
    };
    let mut packet = Packet::new();
    packet.chunk = &raw mut chunk;
    let rows = [
        (
            part("04 000001 000082 09 01000000"),
            "04 000001 000082 09 01000000",
            128,
        ),
        ("c4 2233".to_owned(), "c4", 2),
        (
            "01 0001 ffffff 000001 09 01000000 01020304 77".to_owned(),
            "01 0001 ffffff 000001 09 01000000 01020304",
            1,
        ),
    ];
    for (input, header, size) in rows {
        wire.push(&input);
        let bytes = unhex(&input);
        assert_eq!(wire.read_packet(&mut packet), 1);
        assert_eq!(packet.chunk, &raw mut chunk);
        assert_eq!(chunk.size, size);
        assert_eq!(
            hex(&chunk.header[..usize::try_from(chunk.header_size).unwrap()]),
            tight(header)
        );
        // SAFETY: the payload lies in the body of the message, which nobody has freed.
        let payload =
            unsafe { std::slice::from_raw_parts(chunk.payload, usize::try_from(size).unwrap()) };
        assert_eq!(hex(payload), hex(&bytes[bytes.len() - payload.len()..]));
        if packet.read == packet.size {
            packet.free();
        }
    }
    // Nothing is reported to the chunk of an earlier call.
    chunk.size = -7;
    check(
        &wire,
        &[
            ("04 000001 000001 09 01000000 aa", "0 9 1 1 1 1/1 aa"),
            ("c4 ab", "3 9 0 2 1 1/1 ab"),
        ],
    );
    assert_eq!(chunk.size, -7);
}
