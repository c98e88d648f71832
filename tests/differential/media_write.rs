//! `RTMP_Write` (spec 06 section 9).

use crate::anchors;
use crate::handle::{Wire, wire};
use crate::scenario::{Scenario, scenario};
use crate::trace::{Trace, hex, unhex};

fn write(wire: &Wire, trace: &mut Trace, bytes: &[u8]) {
    let handle = &wire.handle;
    let size = i32::try_from(bytes.len()).expect("short");
    trace.note(
        &format!("RTMP_Write({size})"),
        handle.lib.RTMP_Write(handle.raw, bytes.as_ptr(), size),
    );
    wire.show_sent(trace);
}

/// Each text is one call. A stream id of 0 keeps the first header as the original sends it.
fn calls(name: &str, stream: i32, pieces: &'static [&'static str]) -> Scenario {
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        wire.handle.edit(|r| r.m_stream_id = stream);
        for piece in pieces {
            write(&wire, trace, &unhex(piece));
            trace.fields(
                &wire.handle,
                "m_write.m_nBytesRead m_write.m_nChannel connected",
            );
        }
        wire.handle.edit(|r| r.m_stream_id = 0);
    })
}

const FILE: &str = "'FLV' 01 05 00000009 00000000 \
    12 000015 000000 00 000000 02 000a 'onMetaData' 08 00000000 000009 00000020 \
    09 000005 000000 00 000000 1700000000 00000010 08 000002 000000 00 000000 af00 0000000d";
const VIDEO_40: &str = "09 000005 000028 00 000000 2701000000 00000010";
const AUDIO_46: &str = "08 000002 00002e 00 000000 af01 0000000d";
const VIDEO_80: &str = "09 000005 000050 00 000000 2701000000 00000010";

pub(crate) fn whole_tags() -> Vec<Scenario> {
    vec![
        calls(
            "a file, then tags",
            1,
            &[
                FILE,
                VIDEO_40,
                AUDIO_46,
                VIDEO_80,
                "09 000005 000000 01 000000 2701000000 00000010",
                "08 000006 000010 01 000000 af01",
                "0203 0405 00000011",
            ],
        ),
        calls(
            "header and one body byte, then the rest",
            0,
            &["08 000003 00002e 00 000000 af", "0102 0000000e"],
        ),
        calls(
            "other tag types",
            0,
            &[
                "16 000003 00002e 00 000000 010203 0000000e",
                "1e 000003 000060 00 000000 010203 0000000e",
            ],
        ),
        calls("empty audio", 1, &["08 000000 000000 00 000000 0000000b"]),
        calls(
            "script at time 5",
            1,
            &["12 000004 000005 00 000000 02 0001 61 0000000f"],
        ),
        calls("two files one after the other", 1, &[FILE, FILE]),
        scenario("video of several chunks", |lib, trace| {
            let wire = wire(lib);
            let tag = unhex("09 0000c8 000000 00 000000 17*200 000000d3");
            write(&wire, trace, &tag);
            wire.handle.edit(|r| r.m_outChunkSize = 4096);
            write(&wire, trace, &tag);
        }),
        scenario("peer gone", |lib, trace| {
            let mut wire = wire(lib);
            wire.hang_up();
            for _ in 0..2 {
                wire.handle.edit(|r| r.m_stream_id = 0);
                write(&wire, trace, &unhex(AUDIO_46));
                trace.fields(&wire.handle, "connected");
            }
        }),
        scenario("close in the middle of a tag", |lib, trace| {
            let wire = wire(lib);
            write(&wire, trace, &unhex("08 000006 000010 00 000000 af01"));
            lib.RTMP_Close(wire.handle.raw);
            trace.fields(&wire.handle, "m_write.m_nBytesRead");
            trace.note("body freed", wire.handle.get().m_write.m_body.is_null());
        }),
    ]
}

fn sent(bytes: &str) -> String {
    format!("sent: {}", hex(&unhex(bytes)))
}

fn deviating(
    name: &str,
    anchor: &'static str,
    pieces: &'static [&'static str],
    ours: &[(i32, &str)],
) -> Scenario {
    let lines: Vec<String> = ours
        .iter()
        .zip(pieces)
        .flat_map(|((ret, bytes), piece)| {
            [
                format!("RTMP_Write({}) = {ret}", unhex(piece).len()),
                sent(bytes),
            ]
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        for piece in pieces {
            write(&wire, trace, &unhex(piece));
        }
    })
    .ours_only(anchor, &lines)
}

/// The original reads past the buffer or loses data in most of these: only ours runs them.
pub(crate) fn splits() -> Vec<Scenario> {
    let audio = "44 00002e 000002 08 af01";
    let mut table = vec![
        deviating(
            "a script tag that begins with @setDataFrame",
            anchors::OWN_INSTRUCTION,
            &["12 000011 000000 00 000000 02 000d '@setDataFrame' 05 0000001c"],
            &[(
                32,
                "04 000000 000011 12 00000000 02 000d '@setDataFrame' 05",
            )],
        ),
        deviating(
            "a file header of 13 bytes",
            anchors::LONG_HEADER,
            &["'FLV' 01 05 0000000d aabbccdd 00000000", AUDIO_46],
            &[(17, ""), (17, audio)],
        ),
        deviating(
            "a tag without its size",
            anchors::ANY_SPLIT,
            &["08 000002 00002e 00 000000 af01", AUDIO_46],
            &[(13, audio), (17, "84 000000 af01")],
        ),
        deviating(
            "a size of two bytes, then the rest",
            anchors::ANY_SPLIT,
            &["08 000002 00002e 00 000000 af01 0000", "000d", AUDIO_46],
            &[(15, audio), (2, ""), (17, "84 000000 af01")],
        ),
        deviating(
            "10 bytes, 0 bytes, the rest",
            anchors::ANY_SPLIT,
            &["08 000002 00002e 00 0000", "", "00 af01 0000000d"],
            &[(10, ""), (0, ""), (7, audio)],
        ),
        deviating(
            "the header alone",
            anchors::ANY_SPLIT,
            &["08 000003 00002e 00 000000", "af0102 0000000e"],
            &[(11, ""), (7, "44 00002e 000003 08 af0102")],
        ),
        deviating(
            "equal videos at time 80",
            anchors::EQUAL_TIMES,
            &[VIDEO_80, VIDEO_80],
            &[
                (20, "44 000050 000005 09 2701000000"),
                (20, "84 000000 2701000000"),
            ],
        ),
    ];
    for size in [1, 2, 3, 4, 5, 7, 10, 11, 12, 13, 14, 23, 24, 25, 64] {
        table.push(
            scenario(format!("a file in pieces of {size}"), move |lib, trace| {
                let whole = unhex(&[FILE, VIDEO_40, AUDIO_46, VIDEO_80, FILE].join(" "));
                let aligned = wire(lib);
                let total = i32::try_from(whole.len()).expect("short");
                let all = lib.RTMP_Write(aligned.handle.raw, whole.as_ptr(), total);
                let wire = wire(lib);
                let complete = whole.chunks(size).all(|piece| {
                    let size = i32::try_from(piece.len()).expect("short");
                    lib.RTMP_Write(wire.handle.raw, piece.as_ptr(), size) == size
                });
                trace.note("in one piece", all == total);
                trace.note("each piece taken whole", complete);
                trace.note("same bytes", wire.sent() == aligned.sent());
            })
            .level(3)
            .ours_only(
                anchors::ANY_SPLIT,
                &[
                    "in one piece = true",
                    "each piece taken whole = true",
                    "same bytes = true",
                ],
            ),
        );
    }
    table.push(
        scenario("times run backwards", |lib, trace| {
            let wire = wire(lib);
            wire.handle.edit(|r| r.m_stream_id = 1);
            for piece in [VIDEO_80, VIDEO_40, AUDIO_46] {
                write(&wire, trace, &unhex(piece));
            }
            wire.handle.edit(|r| r.m_stream_id = 0);
        })
        .level(3)
        .deviates(
            anchors::TIME_GOES_BACK,
            &[
                "RTMP_Write(20) = 20",
                &sent("04 000050 000005 09 01000000 2701000000"),
                "RTMP_Write(20) = 20",
                &sent("04 000028 000005 09 01000000 2701000000"),
                "RTMP_Write(17) = 17",
                &sent("44 000006 000002 08 af01"),
            ],
        ),
    );
    table.push(
        scenario(
            "first tag at a time other than 0 carries the stream id",
            |lib, trace| {
                let wire = wire(lib);
                wire.handle.edit(|r| r.m_stream_id = 7);
                write(&wire, trace, &unhex(AUDIO_46));
                wire.handle.edit(|r| r.m_stream_id = 0);
            },
        )
        .level(3)
        .deviates(
            anchors::STREAM_ID,
            &[
                "RTMP_Write(17) = 17",
                &sent("04 00002e 000002 08 07000000 af01"),
            ],
        ),
    );
    table
}
