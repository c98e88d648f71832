//! Aggregates and the resume filter (spec 06 sections 5.4 and 6).

use crate::anchors;
use crate::commands_session::read_to_end;
use crate::handle::{Handle, wire};
use crate::media_read::{Packet, STATE, as_is, bytes, metadata, packets, read, to_end};
use crate::messages::{object, text};
use crate::scenario::{Scenario, scenario};
use crate::trace::{NO_LOG, unhex};

pub(crate) const AGGREGATE: &str = "08 000002 000064 00 000000 af01 0000000d \
    09 000006 0000c8 00 000000 170000000001 00000011";

pub(crate) fn aggregates() -> Vec<Scenario> {
    let rows: Vec<(&str, u32, String)> = vec![
        ("time 100", 100, AGGREGATE.into()),
        ("time 1100", 1100, AGGREGATE.into()),
        ("time 0", 0, AGGREGATE.into()),
        (
            "wrong sizes",
            100,
            AGGREGATE
                .replace("0000000d", "00000000")
                .replace("00000011", "deadbeef"),
        ),
        ("last size absent", 100, AGGREGATE.replace("00000011", "")),
        (
            "a tag that claims 255 bytes",
            100,
            "08 000002 000064 00 000000 af01 0000000d 09 0000ff 0000c8 00 000000 1700".into(),
        ),
        (
            "one empty tag",
            100,
            "08 000000 000064 00 000000 0000000b".into(),
        ),
        ("11 bytes", 100, "08 000000 000064 00 000000".into()),
        (
            "another tag type",
            100,
            AGGREGATE.replace("08 000002", "15 000002"),
        ),
        (
            "stream id bytes",
            100,
            AGGREGATE.replace("00 000000 af01", "00 010203 af01"),
        ),
        (
            "time with a high byte",
            100,
            AGGREGATE.replace("000064 00", "000064 01"),
        ),
    ];
    let mut table = Vec::new();
    for (name, time, body) in rows {
        let input = packets(&[(6, time, 0x16, &body)]);
        table.push(to_end(&format!("aggregate: {name}"), input.clone(), |h| {
            h.edit(|r| r.m_read.flags = 1);
        }));
        if time != 0 {
            table.push(to_end(
                &format!("aggregate from the start: {name}"),
                input.clone(),
                as_is,
            ));
        }
        // A first time that is near to the position is final in ours: see the deviation below.
        if time == 1100 {
            continue;
        }
        table.push(to_end(
            &format!("aggregate with nResumeTS: {name}"),
            input,
            |h| {
                h.edit(|r| {
                    r.m_read.flags = 1;
                    r.m_read.nResumeTS = 1000;
                });
            },
        ));
    }
    table.push(absolute_times());
    let cut = AGGREGATE.replace("00000011", "0000");
    let output = unhex(AGGREGATE);
    let expected = format!("FLV: {}", crate::trace::hex(&output));
    table.push(
        scenario(
            "aggregate with half a size at its end",
            move |lib, trace| {
                let wire = wire(lib);
                wire.handle.edit(|r| r.m_read.flags = 1);
                wire.push_bytes(&bytes(&packets(&[(6, 100, 0x16, &cut)])));
                wire.finish();
                read_to_end(lib, &wire.handle, trace, 4096);
                trace.lines.truncate(2);
            },
        )
        .level(NO_LOG)
        .ours_only(anchors::HALF_SIZE, &[&expected, "last RTMP_Read = 0"]),
    );
    table
}

/// The server goes on counting from the beginning of the recording.
fn absolute_times() -> Scenario {
    let tag = |time: &str| format!("08 000003 {time} 00 000000 af0111 0000000e");
    let flv = unhex(&format!("{} {}", tag("00044c"), tag("000460")));
    scenario("times that contain the start position", |lib, trace| {
        let wire = wire(lib);
        wire.handle.edit(|r| {
            r.m_read.flags = 1;
            r.m_read.nResumeTS = 1000;
        });
        wire.push_bytes(&bytes(&packets(&[
            (5, 1100, 8, "af0111"),
            (5, 1120, 8, "af0111"),
        ])));
        wire.finish();
        read_to_end(lib, &wire.handle, trace, 4096);
        trace.lines.truncate(2);
    })
    .level(NO_LOG)
    .deviates(
        anchors::START_ADDED,
        &[
            &format!("FLV: {}", crate::trace::hex(&flv)),
            "last RTMP_Read = 0",
        ],
    )
}

pub(crate) fn resume_handle(handle: &Handle, time: u32) {
    static KEY: [u8; 6] = [0x17, 0, 0, 0, 0, 1];
    handle.edit(|r| {
        r.m_read.flags = 2;
        r.m_read.initialFrameType = 9;
        r.m_read.initialFrame = KEY.as_ptr().cast_mut();
        r.m_read.nInitialFrameSize = 6;
        r.m_read.nResumeTS = time;
        r.m_read.timestamp = time;
    });
}

fn with_metadata(handle: &Handle, body: &'static [u8]) {
    handle.edit(|r| {
        r.m_read.metaHeader = body.as_ptr().cast_mut();
        r.m_read.nMetaHeaderSize = u32::try_from(body.len()).expect("short");
    });
}

pub(crate) fn resumes() -> Vec<Scenario> {
    let at_5000: fn(&Handle) = |h| resume_handle(h, 5000);
    let at_200: fn(&Handle) = |h| resume_handle(h, 200);
    let meta_equal: fn(&Handle) = |h| {
        resume_handle(h, 5000);
        with_metadata(h, Box::leak(metadata().3.into_boxed_slice()));
    };
    let key = "170000000001";
    let with_later = |list: &[(u8, u32, u8, &str)]| packets(list);
    let mut equal = vec![metadata()];
    equal.extend(packets(&[
        (6, 0, 9, key),
        (6, 40, 9, "270100000002"),
        (5, 46, 8, "af0122"),
    ]));
    let mut other_meta = vec![(4, 1, 0x12, [text("onMetaData"), object(&[])].concat())];
    other_meta.extend(packets(&[(6, 0, 9, key), (6, 40, 9, "270100000002")]));
    let longer = format!("{AGGREGATE} 08 000002 0000d2 00 000000 af02 0000000d");
    let other_key = AGGREGATE.replace("170000000001", "170000000002");
    vec![
        to_end("resume: metadata equal", equal.clone(), meta_equal),
        to_end("resume: metadata not compared", equal, at_5000),
        to_end(
            "resume: metadata different at time 1",
            other_meta.clone(),
            meta_equal,
        ),
        to_end(
            "resume: matching key at time 10",
            with_later(&[(6, 10, 9, key), (6, 40, 9, "270100000002")]),
            at_5000,
        ),
        to_end(
            "resume: key, video, aggregate",
            with_later(&[
                (6, 0, 9, key),
                (6, 40, 9, "270100000002"),
                (6, 100, 0x16, AGGREGATE),
            ]),
            at_5000,
        ),
        to_end(
            "resume: key inside an aggregate",
            with_later(&[(6, 0, 0x16, &longer), (6, 5, 9, "270100000002")]),
            at_200,
        ),
        to_end(
            "resume: aggregate at time 5",
            with_later(&[(6, 5, 0x16, AGGREGATE)]),
            at_200,
        ),
        to_end(
            "resume: aggregate with another key",
            with_later(&[(6, 0, 0x16, &other_key)]),
            at_200,
        ),
        to_end(
            "resume: key before any aggregate tag",
            with_later(&[(6, 0, 0x16, AGGREGATE)]),
            |h| resume_handle(h, 5000),
        ),
        scenario("resume: metadata different at time 0", move |lib, trace| {
            let wire = wire(lib);
            meta_equal(&wire.handle);
            let mut input = other_meta.clone();
            input[0].1 = 0;
            wire.push_bytes(&bytes(&input));
            read(&wire, trace, 4096);
            trace.fields(&wire.handle, STATE);
            read(&wire, trace, 4096);
            trace.note("errno", std::io::Error::last_os_error());
        }),
        scenario("resume: 60 frames that do not match", |lib, trace| {
            let wire = wire(lib);
            resume_handle(&wire.handle, 5000);
            let frames: Vec<Packet> = (0..60)
                .map(|time| (6, time, 9, unhex("270100000002")))
                .collect();
            wire.push_bytes(&bytes(&frames));
            read(&wire, trace, 4096);
            trace.fields(&wire.handle, STATE);
            read(&wire, trace, 4096);
        }),
        scenario("resume: no initial frame", |lib, trace| {
            let wire = wire(lib);
            resume_handle(&wire.handle, 5000);
            wire.handle.edit(|r| r.m_read.nInitialFrameSize = 0);
            let frames: Vec<Packet> = (0..60)
                .map(|time| (6, time, 9, unhex("170000000001")))
                .collect();
            wire.push_bytes(&bytes(&frames));
            read(&wire, trace, 4096);
            trace.fields(&wire.handle, STATE);
        }),
    ]
}
