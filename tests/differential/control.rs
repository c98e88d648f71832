//! Protocol control given to `RTMP_ClientPacket` (spec 04 sections 10, 11 and 12).

use crate::anchors;
use crate::handle::wire;
use crate::messages::{command, deliver, ecma_array, number, object, text};
use crate::scenario::{Scenario, scenario};
use crate::structs::AVal;
use crate::trace::unhex;

const STATE: &str = "m_inChunkSize m_nServerBW m_nClientBW m_nClientBW2 m_mediaStamp \
    m_pausing m_pauseStamp m_bPlaying m_fDuration m_read.dataType connected m_numCalls";

/// Message type, time, body.
type Message = (u8, u32, &'static str);

fn sequence(name: &str, messages: &'static [Message]) -> Scenario {
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        for (kind, time, body) in messages {
            deliver(&wire, trace, *kind, *time, &unhex(body));
            wire.show_sent(trace);
            trace.fields(&wire.handle, STATE);
        }
    })
}

pub(crate) fn messages() -> Vec<Scenario> {
    let mut table = vec![
        sequence(
            "row 21: chunk size",
            &[(1, 0, "000010"), (1, 0, "00001000"), (1, 0, "0000080099")],
        ),
        sequence(
            "server bandwidth",
            &[(5, 0, "00000309"), (5, 0, "fffffffe00")],
        ),
        sequence(
            "row 22: client bandwidth",
            &[
                (6, 0, "00000309"),
                (6, 0, "0000030a01"),
                (6, 0, "ffffffff02ff"),
            ],
        ),
        sequence("bytes read", &[(3, 0, "00000001")]),
        sequence(
            "audio and video",
            &[(8, 10, "af01"), (9, 20, "1701"), (8, 5, "af")],
        ),
        sequence(
            "not supported",
            &[(0x0f, 0, "0001"), (0x10, 0, "0001"), (0x13, 0, "0001")],
        ),
        sequence(
            "unknown",
            &[
                (0, 0, "01"),
                (2, 0, "00000005"),
                (7, 0, "01"),
                (0x0a, 0, "01"),
                (0x15, 0, "01"),
                (0xff, 0, "01"),
            ],
        ),
    ];
    for pausing in 1..4 {
        table.push(scenario(
            format!("media while pausing is {pausing}"),
            move |lib, trace| {
                let wire = wire(lib);
                wire.handle.edit(|r| r.m_pausing = pausing);
                deliver(&wire, trace, 8, 10, &unhex("af01"));
                trace.fields(&wire.handle, STATE);
            },
        ));
    }
    for (name, body) in [("0", "00000000"), ("negative", "ffffff80")] {
        table.push(
            scenario(
                format!("chunk size {name} is ignored"),
                move |lib, trace| {
                    let wire = wire(lib);
                    deliver(&wire, trace, 1, 0, &unhex(body));
                    trace.fields(&wire.handle, "m_inChunkSize");
                },
            )
            .level(3)
            .deviates(
                anchors::IN_CHUNK_SIZE,
                &[
                    "RTMP_ClientPacket = 0",
                    "body kept = true",
                    "m_inChunkSize = 128",
                ],
            ),
        );
    }
    for (kind, body) in [(5, "0001"), (6, "000203"), (0x11, "00")] {
        table.push(
            scenario(format!("type {kind:#x} is too short"), move |lib, trace| {
                let wire = wire(lib);
                deliver(&wire, trace, kind, 0, &unhex(body));
                trace.fields(&wire.handle, "m_nServerBW m_nClientBW m_nClientBW2");
            })
            .level(0)
            .ours_only(
                anchors::SHORT_CONTROL,
                &[
                    "RTMP_ClientPacket = 0",
                    "body kept = true",
                    "m_nServerBW = 2500000",
                    "m_nClientBW = 2500000",
                    "m_nClientBW2 = 2",
                ],
            ),
        );
    }
    table
}

pub(crate) fn user_control() -> Vec<Scenario> {
    let mut table = Vec::new();
    for event in [
        "0000", "0001", "0002", "0003", "0004", "0005", "0006", "0007", "001a", "001b", "001f",
        "0020", "ffff", "0100",
    ] {
        for rest in ["", "01", "010203", "01020304", "0102030405060708"] {
            table.push(scenario(
                format!("event {event} {rest}"),
                move |lib, trace| {
                    let wire = wire(lib);
                    for _ in 0..2 {
                        deliver(&wire, trace, 4, 0, &unhex(&format!("{event} {rest}")));
                        wire.show_sent(trace);
                    }
                    trace.fields(&wire.handle, "m_pausing");
                },
            ));
        }
    }
    for body in [
        "00",
        "",
        "001a",
        "001a01",
        "001a02",
        "001aff",
        "001a7f",
        "001a0100000000",
    ] {
        for size in [0, 4711] {
            table.push(scenario(
                format!("row 20: control {body} with SWFSize {size}"),
                move |lib, trace| {
                    let wire = wire(lib);
                    wire.handle.edit(|r| {
                        r.Link.SWFSize = size;
                        r.Link.SWFVerificationResponse = [0x33; 42];
                    });
                    deliver(&wire, trace, 4, 0, &unhex(body));
                    wire.show_sent(trace);
                },
            ));
        }
    }
    table.push(scenario("buffer-empty pauses and resumes", |lib, trace| {
        let wire = wire(lib);
        wire.push("05 0002bc 000001 08 01000000 af");
        let mut one = crate::handle::packet();
        lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
        lib.RTMPPacket_Free(&mut one);
        wire.handle.edit(|r| {
            r.Link.lFlags = 0x10;
            r.m_mediaChannel = 5;
        });
        for event in ["001f", "001f", "0001", "001f", "0001"] {
            deliver(&wire, trace, 4, 0, &unhex(&format!("{event} 00000001")));
            wire.show_sent(trace);
            trace.fields(&wire.handle, "m_pausing m_pauseStamp");
        }
    }));
    table
}

pub(crate) fn aggregates() -> Vec<Scenario> {
    const TAGS: &str = "08 000002 000064 00 000000 af01 0000000d";
    let rows = [
        (
            "two tags",
            0,
            format!("{TAGS} 09 000006 0000c8 01 000000 170000000001 00000011"),
        ),
        (
            "no last size",
            0,
            format!("{TAGS} 09 000006 0000c8 01 000000 170000000001"),
        ),
        ("11 bytes", 50, "08 000002 000064 00 000000".to_owned()),
        ("12 bytes", 50, "08 000002 000064 00 000000 af".to_owned()),
        (
            "unknown tag type",
            7,
            format!("{TAGS} 15 000001 0000c8 00 000000 01 0000000c"),
        ),
    ];
    let mut table = Vec::new();
    for (name, time, body) in rows {
        for pausing in [0, 1] {
            let body = body.clone();
            table.push(scenario(
                format!("aggregate: {name}, pausing {pausing}"),
                move |lib, trace| {
                    let wire = wire(lib);
                    wire.handle.edit(|r| r.m_pausing = pausing);
                    deliver(&wire, trace, 0x16, time, &unhex(&body));
                    trace.fields(&wire.handle, STATE);
                },
            ));
        }
    }
    table.push(scenario("aggregate with metadata", |lib, trace| {
        let wire = wire(lib);
        let metadata = [text("onMetaData"), object(&[("duration", number(3.5))])].concat();
        let len = u8::try_from(metadata.len()).expect("short");
        let tag = [
            &[0x12, 0, 0, len, 0, 0, 100, 0, 0, 0, 0],
            &metadata[..],
            &[0, 0, 0, len + 11],
        ]
        .concat();
        deliver(&wire, trace, 0x16, 0, &tag);
        trace.fields(&wire.handle, STATE);
    }));
    for kind in [8, 9] {
        table.push(scenario(
            format!("type {kind} sets the media channel"),
            move |lib, trace| {
                let wire = wire(lib);
                deliver(&wire, trace, kind, 10, &unhex("af01"));
                trace.fields(&wire.handle, "m_mediaChannel");
            },
        ));
    }
    table.push(
        scenario("an aggregate sets the media channel", |lib, trace| {
            let wire = wire(lib);
            deliver(&wire, trace, 0x16, 100, &unhex(TAGS));
            trace.fields(&wire.handle, "m_mediaChannel");
        })
        .deviates(
            anchors::MEDIA_CHANNEL,
            &[
                "RTMP_ClientPacket = 1",
                "body kept = true",
                "m_mediaChannel = 5",
            ],
        ),
    );
    table
}

pub(crate) fn metadata() -> Vec<Scenario> {
    let values = || {
        vec![
            ("duration", number(10.0)),
            ("width", number(320.0)),
            ("videocodecid", number(7.0)),
            ("audiocodecid", number(10.0)),
            ("stereo", vec![1, 1]),
            ("encoder", text("enc\n")),
            ("void", vec![5]),
            ("", number(1.0)),
            ("empty", text("")),
            ("date", unhex("0b 42760000000000000000")),
            ("inner", object(&[("x", number(1.0))])),
            ("a-name-that-is-longer-than-22-bytes", text("v")),
        ]
    };
    let named = |value: Vec<u8>| [text("onMetaData"), value].concat();
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("object", named(object(&values()))),
        ("ECMA array", named(ecma_array(&values()))),
        (
            "named video and audio",
            named(object(&[("video", number(1.0)), ("audio", number(1.0))])),
        ),
        (
            "@setDataFrame first",
            [text("@setDataFrame"), named(object(&values()))].concat(),
        ),
        ("onMetaDat", [text("onMetaDat"), object(&values())].concat()),
        ("only the name", text("onMetaData")),
        ("duration true", named(object(&[("duration", vec![1, 1])]))),
        (
            "nested duration",
            named(object(&[("in", object(&[("duration", number(4.0))]))])),
        ),
        ("undecodable", named(vec![0x42])),
        ("other data", command("onTextData", 1.0, &[])),
        ("a number first", number(1.0)),
    ];
    let mut table = Vec::new();
    for (name, body) in rows {
        table.push(scenario(format!("metadata: {name}"), move |lib, trace| {
            let wire = wire(lib);
            deliver(&wire, trace, 0x12, 0, &body);
            trace.fields(&wire.handle, STATE);
        }));
    }
    let body = named(object(&[("duration", text("12.5 s"))]));
    table.push(
        scenario("metadata: duration is a text", move |lib, trace| {
            let wire = wire(lib);
            deliver(&wire, trace, 0x12, 0, &body);
            trace.fields(&wire.handle, "m_fDuration");
        })
        .level(0)
        .ours_only(
            anchors::DURATION,
            &[
                "RTMP_ClientPacket = 1",
                "body kept = true",
                "m_fDuration = 0",
            ],
        ),
    );
    table.push(scenario(
        "pause at the time of the media channel",
        |lib, trace| {
            let wire = wire(lib);
            wire.push("05 0002bc 000001 08 01000000 af");
            let mut one = crate::handle::packet();
            lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
            lib.RTMPPacket_Free(&mut one);
            for channel in [5, 6, 14, 15, 1000] {
                wire.handle.edit(|r| {
                    r.m_mediaChannel = channel;
                    r.Link.playpath = AVal::of(b"x");
                });
                trace.note("RTMP_Pause", lib.RTMP_Pause(wire.handle.raw, 1));
                trace.fields(&wire.handle, "m_pauseStamp m_pausing");
                wire.show_sent(trace);
            }
        },
    ));
    table
}
