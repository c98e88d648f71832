//! Aggregates in the output of `RTMP_Read` (spec 06 §5.4, table in §5.6).

use super::{AGGREGATE, header, push};
use crate::handle::{Wire, tight};
use crate::logged::logged;

const FIRST: &str = "08 000002 000064 00 000000 af01 0000000d";
const SECOND: &str = "09 000006 0000c8 00 000000 170000000001 00000011";

/// Time of the packet, offset, body; output, tracks, position, warnings and errors.
type Row<'a> = (u32, u32, String, String, u8, u32, &'a [&'a str]);

#[test]
fn table() {
    let whole = [FIRST, SECOND].concat();
    let at = |first: &str, second: &str| {
        whole
            .replace("000064 00", first)
            .replace("0000c8 00", second)
    };
    let corrupt = "2 Stream corrupt?!";
    let metadata = "12 000019 000064 00 000000 02000a6f6e4d657461446174610300086475726174696f6e00 4024000000000000 000009";
    let metadata = metadata.replace("000019", "000024") + "0000002f";
    let rows: [Row<'_>; 13] = [
        (100, 0, whole.clone(), whole.clone(), 5, 200, &[]),
        (
            1100,
            0,
            whole.clone(),
            at("00044c 00", "0004b0 00"),
            5,
            1200,
            &[],
        ),
        (
            0,
            0,
            whole.clone(),
            at("000000 00", "000064 00"),
            5,
            100,
            &[],
        ),
        (
            100,
            1000,
            whole.clone(),
            at("00044c 00", "0004b0 00"),
            5,
            1200,
            &[],
        ),
        (
            0x0100_0000,
            0,
            whole.clone(),
            at("000000 01", "000064 01"),
            5,
            0x0100_0064,
            &[],
        ),
        (
            100,
            0,
            whole
                .replace("0000000d", "00000000")
                .replace("00000011", "deadbeef"),
            whole.clone(),
            5,
            200,
            &[],
        ),
        (
            100,
            0,
            whole.replace("00000011", ""),
            whole.clone(),
            5,
            200,
            &[corrupt, "2 No tagSize found, appending!"],
        ),
        // R5: the size field exactly once, and no stray bytes.
        (
            100,
            0,
            FIRST.replace("0000000d", "0000"),
            FIRST.to_owned(),
            4,
            100,
            &[corrupt, "2 No tagSize found, appending!"],
        ),
        (
            100,
            0,
            FIRST.to_owned() + "09 0000ff 0000c8 00 000000 1700",
            FIRST.to_owned() + "09 0000ff 0000c8 00 000000 1700",
            5,
            200,
            &[
                corrupt,
                "1 Wrong data size (255), stream corrupted, aborting!",
            ],
        ),
        (
            100,
            0,
            "08 000000 000064 00 000000 0000000b".to_owned(),
            "08 000000 000064 00 000000 0000000b".to_owned(),
            4,
            100,
            &[],
        ),
        (
            100,
            0,
            whole.replace("08 000002", "15 000002"),
            whole.replace("08 000002", "15 000002"),
            1,
            200,
            &[],
        ),
        (
            100,
            0,
            whole.replace("00 000000 af", "00 010203 af"),
            whole.replace("00 000000 af", "00 010203 af"),
            5,
            200,
            &[],
        ),
        (
            100,
            0,
            metadata.clone() + SECOND,
            metadata + SECOND,
            1,
            200,
            &[],
        ),
    ];
    for (time, offset, body, output, tracks, position, complaints) in rows {
        let wire = Wire::new();
        wire.r().m_read.nResumeTS.set(offset);
        push(&wire, &[(5, time, AGGREGATE, &body)]);
        let ((_, flv), lines) = logged(|| wire.read(4096));
        assert_eq!(flv, header(tracks) + &tight(&output), "{body}");
        assert_eq!(wire.r().m_read.timestamp.get(), position, "{body}");
        let lines: Vec<String> = lines
            .into_iter()
            .filter(|line| line.starts_with(['1', '2']))
            .collect();
        assert_eq!(lines, complaints, "{body}");
    }
}

#[test]
fn bodies_without_a_tag() {
    // R4: no time is read behind the end. They pass as they are.
    for body in ["08 000000 000064 00 000000", "08", "0800000000006400"] {
        let wire = Wire::new();
        wire.r().m_read.flags.set(1);
        push(&wire, &[(5, 100, AGGREGATE, body)]);
        assert_eq!(wire.read(4096).1, tight(body));
        assert!([0, 100].contains(&wire.r().m_read.timestamp.get()));
    }
}
