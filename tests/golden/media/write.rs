//! `RTMP_Write` (spec 06 §9).

use std::io;

use super::{AUDIO, DATA, VIDEO};
use crate::handle::{Wire, tight, unhex};
use crate::logged::logged;
use crate::messages::{FLV_HEADER, tag, text};

fn written(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).unwrap()
}

fn check(wire: &Wire, rows: &[(Vec<u8>, &str)]) {
    for (input, sent) in rows {
        assert_eq!(wire.write(input), written(input), "{input:02x?}");
        assert_eq!(wire.sent(), tight(sent), "{input:02x?}");
    }
}

fn script() -> Vec<u8> {
    [text("onMetaData"), unhex("08 00000000 000009")].concat()
}

#[test]
fn whole_tags() {
    // First table.
    let wire = Wire::playing();
    let first = [
        FLV_HEADER.to_vec(),
        tag(DATA, 0, &script()),
        tag(VIDEO, 0, &unhex("1700000000")),
        tag(AUDIO, 0, &unhex("af00")),
    ];
    let (one, two) = (unhex("2701000000"), unhex("2701000001"));
    let rest = unhex("08 000006 000010 01 000000 af0102");
    check(
        &wire,
        &[
            (
                first.concat(),
                "04 000000 000025 12 01000000 02000d40736574446174614672616d65 02000a6f6e4d65746144617461 08 00000000 000009
                 04 000000 000005 09 01000000 1700000000 04 000000 000002 08 01000000 af00",
            ),
            (tag(VIDEO, 40, &one), "44 000028 000005 09 2701000000"),
            (tag(AUDIO, 46, &unhex("af01")), "44 000006 000002 08 af01"),
            (tag(VIDEO, 80, &one), "44 000022 000005 09 2701000000"),
            // K7.
            ([tag(VIDEO, 80, &one), tag(VIDEO, 80, &two)].concat(), "84 000000 2701000000 c4 2701000001"),
            (tag(VIDEO, 0x0100_0000, &one), "84 ffffb0 2701000000"),
            (rest, ""),
        ],
    );
    assert_eq!(
        (
            wire.r().m_write.m_nBytesRead.get(),
            wire.r().m_write.m_nChannel.get()
        ),
        (3, 4)
    );
    check(
        &wire,
        &[(unhex("030405 00000011"), "44 000010 000006 08 af0102030405")],
    );
}

#[test]
fn odd_tags() {
    // Second table, stream id 0.
    let rows: [&[(Vec<u8>, &str)]; 5] = [
        &[
            (tag(0x16, 46, &[1, 2, 3]), "44 00002e 000003 16 010203"),
            // Bits of the first byte that are no type.
            (
                tag(0xc9, 0, &[1, 2, 3]),
                "04 000000 000003 09 00000000 010203",
            ),
        ],
        &[(tag(AUDIO, 0, &[]), "04 000000 000000 08 00000000")],
        &[(
            tag(DATA, 5, &text("a")),
            "04 000005 000014 12 00000000 02000d40736574446174614672616d65 02000161",
        )],
        &[
            (unhex("12 000004 000005 00 000000"), ""),
            (
                unhex("02000161 0000000f"),
                "04 000005 000014 12 00000000 02000d40736574446174614672616d65 02000161",
            ),
        ],
        &[
            (unhex("08 000003 00002e 00 000000 af"), ""),
            (unhex("0102 0000000e"), "44 00002e 000003 08 af0102"),
        ],
    ];
    rows.iter().for_each(|rows| check(&Wire::new(), rows));
    let long = tag(VIDEO, 0, &[0x31; 200]);
    let sent = format!(
        "04 000000 0000c8 09 01000000 {} c4 {}",
        "31".repeat(128),
        "31".repeat(72)
    );
    check(&Wire::playing(), &[(long, &sent)]);
}

#[test]
fn data_in_amf3_is_told_to_be_kept() {
    // Spec 09 §11: behind the format byte.
    let rest = "02000d40736574446174614672616d65";
    let script = [&[0], &text("a")[..]].concat();
    let sent = format!("04 000005 000015 0f 00000000 00 {rest} 02000161");
    let whole = tag(0x0f, 5, &script);
    check(&Wire::new(), &[(whole.clone(), &sent)]);
    for at in 1..whole.len() - 4 {
        let wire = Wire::new();
        check(
            &wire,
            &[(whole[..at].to_vec(), ""), (whole[at..].to_vec(), &sent)],
        );
    }
    let own = tag(
        0x0f,
        5,
        &[&[0], &text("@setDataFrame")[..], &text("a")].concat(),
    );
    let sent = format!("04 000005 000015 0f 00000000 00 {rest} 02000161");
    check(&Wire::new(), &[(own, &sent)]);
}

#[test]
fn encrypted_tags_are_refused() {
    let wire = Wire::playing();
    for encrypted in [tag(0x29, 0, &[1; 300]), tag(0x28, 40, &[])] {
        let next = tag(AUDIO, 46, &[0xaf, 1]);
        for at in [1, 11, 12, encrypted.len()] {
            let at = at.min(encrypted.len());
            let (results, lines) =
                logged(|| [wire.write(&encrypted[..at]), wire.write(&encrypted[at..])]);
            assert!(results.contains(&-1), "{at} {results:?}");
            assert_eq!(wire.sent(), "", "{at}");
            assert!(
                lines.iter().any(|line| line.contains("encrypted")),
                "{lines:?}"
            );
        }
        // The others still go.
        assert_eq!(wire.write(&next), written(&next));
        assert!(wire.sent().ends_with("af01"));
    }
}

#[test]
fn the_first_message_names_the_stream() {
    // R20.
    for (stream, sent) in [
        (0, "44 00002e 000002 08 af01"),
        (7, "04 00002e 000002 08 07000000 af01"),
    ] {
        let wire = Wire::new();
        wire.r().m_stream_id.set(stream);
        check(&wire, &[(tag(AUDIO, 46, &[0xaf, 1]), sent)]);
    }
}

#[test]
fn size_fields_may_be_missing_or_torn() {
    // R3.
    let whole = tag(AUDIO, 46, &[0xaf, 1]);
    check(
        &Wire::new(),
        &[
            (whole[..13].to_vec(), "44 00002e 000002 08 af01"),
            (whole[..15].to_vec(), "84 000000 af01"),
            (whole[15..].to_vec(), ""),
            (whole.clone(), "c4 af01"),
            (Vec::new(), ""),
        ],
    );
}

#[test]
fn any_split_gives_the_same_messages() {
    // R1, R2, R3; §11 row 7.
    let file = [
        FLV_HEADER.to_vec(),
        tag(DATA, 0, &script()),
        tag(VIDEO, 0, &unhex("1700000000")),
        tag(AUDIO, 0, &[]),
        tag(AUDIO, 23, &[0xaf; 150]),
        tag(VIDEO, 40, &unhex("2701000000")),
    ];
    let file = file.concat();
    let wire = Wire::playing();
    assert_eq!(wire.write(&file), written(&file));
    let whole = wire.sent();
    for size in 1..file.len() {
        let wire = Wire::playing();
        for piece in file.chunks(size) {
            assert_eq!(wire.write(piece), written(piece), "pieces of {size}");
        }
        assert_eq!(wire.sent(), whole, "pieces of {size}");
    }
}

/// Writes `stream` as a whole and in pieces of every size: the messages are `sent`, whatever the size.
fn check_any_split(stream: &[u8], sent: &str) {
    for size in (1..=stream.len()).rev() {
        let wire = Wire::playing();
        for piece in stream.chunks(size) {
            assert_eq!(wire.write(piece), written(piece), "pieces of {size}");
        }
        assert_eq!(wire.sent(), tight(sent), "pieces of {size}");
        let packet = &wire.r().m_write;
        assert_eq!(packet.m_nBytesRead.get(), 0, "pieces of {size}");
    }
}

#[test]
fn a_script_tag_has_one_instruction_in_front() {
    for instruction in [
        "02 000d 40736574446174614672616d65",
        "02 000f 40636c6561724461746146 72616d65",
        "0c 0000000d 40736574446174614672616d65",
    ] {
        let body = [unhex(instruction), script()].concat();
        let sent = format!(
            "04 000000 0000{:02x} 12 01000000 {}",
            body.len(),
            crate::handle::hex(&body)
        );
        check_any_split(&tag(DATA, 0, &body), &sent);
    }
    // No instruction: other names, a torn one, one that is longer.
    for first in [
        "02 000d 40736574446174614672616d66",
        "02 000d 407365744461",
        "02 000e 40736574446174614672616d6573",
        "",
    ] {
        let body = unhex(first);
        let sent = format!(
            "04 000000 0000{:02x} 12 01000000 02000d40736574446174614672616d65 {first}",
            body.len() + 16
        );
        check_any_split(&tag(DATA, 0, &body), &sent);
    }
    // Other tags are nobody's instructions.
    let video = unhex("02 000d 40736574446174614672616d65");
    check_any_split(
        &tag(VIDEO, 0, &video),
        "04 000000 000010 09 01000000 02000d40736574446174614672616d65",
    );
}

#[test]
fn a_file_header_is_as_long_as_it_says() {
    for (header, first_size) in [
        ("464c56 01 05 0000000d aabbccdd", "00000000"),
        ("464c56 01 05 0000000d aabbccdd", ""),
        ("464c56 01 05 00000009", "00000000"),
        ("464c56 01 05 00000009", ""),
        ("464c56 01 05 00000000", "00000000"),
        ("464c56 01 05 ffffffff", "00000000"),
    ] {
        let stream = [unhex(header), unhex(first_size), tag(AUDIO, 0, &[0xaf, 1])].concat();
        check_any_split(&stream, "04 000000 000002 08 01000000 af01");
    }
    let long = [
        &unhex("464c56 01 05 00010000")[..],
        &vec![8; 65_527],
        &[0; 4],
        &tag(AUDIO, 0, &[0xaf, 1]),
    ]
    .concat();
    check(
        &Wire::playing(),
        &[(long, "04 000000 000002 08 01000000 af01")],
    );
}

#[test]
fn a_peer_that_has_gone() {
    let mut wire = Wire::new();
    wire.hang_up();
    let whole = tag(AUDIO, 46, &[0xaf, 1]);
    let rows = [
        ("1 WriteN, RTMP send error 32 (", libc::EPIPE),
        ("1 WriteN, RTMP send error 9 (", libc::EBADF),
    ];
    for (line, number) in rows {
        let ((result, error), lines) = logged(|| (wire.write(&whole), io::Error::last_os_error()));
        assert_eq!(
            (result, error.raw_os_error(), wire.is_connected()),
            (-1, Some(number), false)
        );
        assert!(lines.iter().any(|one| one.starts_with(line)), "{lines:?}");
    }
}

#[test]
fn a_dump_does_not_show_that_a_body_has_two_parts() {
    let script = tag(DATA, 0, &script());
    let dump = |pieces: &[&[u8]]| {
        let wire = Wire::playing();
        wire.r().m_outChunkSize.set(23);
        let write = |piece: &&[u8]| assert_eq!(wire.write(piece), written(piece));
        let ((), lines) = logged(|| pieces.iter().for_each(write));
        // Those with the socket's number differ.
        let dumped = lines.into_iter().filter(|line| !line.contains("fd="));
        dumped.collect::<Vec<_>>()
    };
    let whole = dump(&[&script]);
    assert_eq!(whole.len(), 5, "{whole:?}");
    assert_eq!(
        whole[1],
        "5   0000:  02 00 0d 40 73 65 74 44  61 74 61 46 72 61 6d 65   ...@setDataFrame  "
    );
    let (first, rest) = script.split_at(20);
    assert_eq!(dump(&[first, rest]), whole);
}
