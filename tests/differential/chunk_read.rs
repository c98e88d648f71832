//! `RTMP_ReadPacket`, chunk by chunk (spec 04 sections 3, 9 and 14).

use crate::anchors;
use crate::handle::show_numbers;
use crate::handle::{Wire, packet, wire};
use crate::messages::message;
use crate::scenario::{Scenario, scenario};
use crate::structs::{RTMPChunk, RTMPPacket, copy};
use crate::trace::{DEBUG2, Trace};

/// One call, everything it leaves behind, and the body freed as a caller does.
fn read(wire: &Wire, trace: &mut Trace, into: &mut RTMPPacket) {
    let handle = &wire.handle;
    let ret = handle.lib.RTMP_ReadPacket(handle.raw, into);
    trace.note("RTMP_ReadPacket", ret);
    trace.text(show_numbers(into));
    let body = copy(
        into.m_body,
        if ret == 1 {
            into.m_nBytesRead as usize
        } else {
            0
        },
    );
    trace.bytes("body", &body);
    let channel = usize::try_from(into.m_nChannel).unwrap_or(0);
    trace.text(format!(
        "time of channel {:?}",
        handle.channel_time(channel)
    ));
    // Of the stored header only what callers can meaningfully read.
    let stored = handle.channel_in(channel);
    let shown = stored.map(|one| {
        format!(
            "ts {} size {} type {} id {} read {}",
            one.m_nTimeStamp,
            one.m_nBodySize,
            one.m_packetType,
            one.m_nInfoField2,
            one.m_nBytesRead
        )
    });
    trace.text(format!(
        "stored {}",
        shown.unwrap_or_else(|| "nothing".into())
    ));
    trace.fields(
        handle,
        "m_nBytesIn sb_size sb_timedout m_channelsAllocatedIn",
    );
    if ret == 1 && into.m_nBytesRead == into.m_nBodySize {
        handle.lib.RTMPPacket_Free(into);
    }
}

/// Each input is pushed, then read with that many calls.
fn reads(name: &str, steps: Vec<(String, usize)>) -> Scenario {
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        let mut one = packet();
        for (input, calls) in &steps {
            wire.push(input);
            for _ in 0..*calls {
                read(&wire, trace, &mut one);
            }
        }
        trace.fields(&wire.handle, "connected");
    })
}

fn step(input: &str, calls: usize) -> (String, usize) {
    (input.to_owned(), calls)
}

pub(crate) fn headers() -> Vec<Scenario> {
    let first = || step("04 0003e8 000002 09 01000000 aabb", 1);
    let partial = || step("04 000001 000082 09 01000000 11*128", 1);
    vec![
        reads(
            "rows 1 to 6: inheritance and times",
            vec![
                first(),
                step("44 000028 000003 08 aabbcc", 1),
                step("84 000014 aabbcd c4 aabbce", 2),
                step("04 0007d0 000001 09 02000000 ab c4 ac", 2),
                step("84 000000 ad c4 ae", 2),
                step(
                    "44 ffffff 000001 09 fffffff6 af c4 fffffff6 b0 84 000001 b0",
                    3,
                ),
            ],
        ),
        reads(
            "row 7: extended time, the last chunk's value wins",
            vec![
                step("05 ffffff 000082 09 01000000 01020304 11*128", 1),
                step("c5 01020399 2233", 1),
            ],
        ),
        reads(
            "row 8: long channel numbers",
            vec![
                step("00 00 000001 000001 09 01000000 aa", 1),
                step("00 ff 000001 000001 09 01000000 aa", 1),
                step("01 00 01 000001 000001 09 01000000 aa", 1),
                step("01 00 00 000001 000001 09 01000000 aa", 1),
                step("01 ff ff 000001 000001 09 01000000 aa", 1),
            ],
        ),
        reads(
            "row 9: no history, zeroed packet",
            vec![step("46 000005 000001 09 01", 1)],
        ),
        reads("row 9: type 2 without history", vec![step("87 000005", 1)]),
        reads("row 9: type 3 without history", vec![step("c8", 1)]),
        reads(
            "row 11: empty messages",
            vec![
                step("04 000001 000000 09 01000000", 1),
                step("c4", 1),
                step("44 000001 000001 09 77", 1),
                step("44 000001 000000 09", 1),
                step("84 000001", 1),
                step("c4", 1),
            ],
        ),
        reads(
            "row 12: interleaved channels",
            vec![
                step("04 000001 000082 09 01000000 44*128", 1),
                step("05 000002 000082 08 01000000 55*128", 1),
                step("c4 4444", 1),
                step("c5 5555", 1),
            ],
        ),
        reads(
            "row 14: type 1 inside a partial message, same size",
            vec![partial(), step("84 000007 9999", 1)],
        ),
        reads(
            "three chunks",
            vec![step(
                "04 000001 000101 09 01000000 11*128 c4 22*128 c4 33",
                3,
            )],
        ),
        scenario("row 10: stale packet", |lib, trace| {
            let wire = wire(lib);
            let mut one = packet();
            (one.m_headerType, one.m_packetType, one.m_hasAbsTimestamp) = (255, 255, 255);
            (one.m_nTimeStamp, one.m_nInfoField2) = (u32::MAX, -1);
            (one.m_nBodySize, one.m_nBytesRead) = (2, 9);
            wire.push("ca 0102");
            read(&wire, trace, &mut one);
        }),
        scenario("row 18: raw chunks", |lib, trace| {
            let wire = wire(lib);
            wire.push("04 000001 000082 09 01000000 11*128");
            let mut chunk = RTMPChunk {
                c_headerSize: 0,
                c_chunkSize: 0,
                c_chunk: std::ptr::null_mut(),
                c_header: [0; 18],
            };
            let mut one = packet();
            one.m_chunk = &raw mut chunk;
            read(&wire, trace, &mut one);
            show_chunk(trace, &chunk);
            wire.push("c4 2222");
            one.m_chunk = &raw mut chunk;
            wire.handle.lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
            show_chunk(trace, &chunk);
            trace.note("offset", chunk.c_chunk as usize - one.m_body as usize);
            lib.RTMPPacket_Free(&mut one);
        }),
        scenario("hex dumps of a read message", |lib, trace| {
            let wire = wire(lib);
            wire.push("04 000001 000082 09 01000000 11*128 c4 2222");
            for _ in 0..2 {
                read(&wire, trace, &mut packet());
            }
        })
        .level(DEBUG2),
        scenario("another chunk size", |lib, trace| {
            let wire = wire(lib);
            wire.handle.edit(|r| r.m_inChunkSize = 4096);
            wire.push("04 000001 000101 09 01000000 11*257");
            read(&wire, trace, &mut packet());
        }),
    ]
}

pub(crate) fn show_chunk(trace: &mut Trace, chunk: &RTMPChunk) {
    let len = usize::try_from(chunk.c_headerSize).expect("a size");
    trace.bytes("chunk header", &chunk.c_header[..len]);
    trace.note("chunk size", chunk.c_chunkSize);
}

/// Rows 16 and 17: the input ends, by silence or by the end of the stream.
const CUTS: &[(&str, &str)] = &[
    ("nothing", ""),
    ("first channel byte missing", "00"),
    ("second channel byte missing", "01 05"),
    ("inside the message header", "04 0000"),
    (
        "inside the extended time",
        "04 ffffff 000001 09 01000000 01",
    ),
    ("inside the body", "04 000001 000004 09 01000000 aa"),
    ("before the body", "04 000001 000004 09 01000000"),
];

pub(crate) fn ends() -> Vec<Scenario> {
    let mut table = Vec::new();
    for (name, input) in CUTS {
        table.push(scenario(
            format!("end of stream: {name}"),
            move |lib, trace| {
                let wire = wire(lib);
                wire.push(input);
                wire.finish();
                let mut one = packet();
                trace.note(
                    "RTMP_ReadPacket",
                    lib.RTMP_ReadPacket(wire.handle.raw, &mut one),
                );
                trace.fields(
                    &wire.handle,
                    "connected sb_timedout sb_size m_nBytesIn m_vecChannelsIn m_stream_id",
                );
            },
        ));
    }
    table.push(scenario("silence: nothing", |lib, trace| {
        let wire = wire(lib);
        let mut one = packet();
        trace.note(
            "RTMP_ReadPacket",
            lib.RTMP_ReadPacket(wire.handle.raw, &mut one),
        );
        trace.fields(&wire.handle, "connected sb_timedout sb_size m_nBytesIn");
        wire.push("04 000001 000001 09 01000000 aa");
        read(&wire, trace, &mut one);
    }));
    table.extend(crate::chunk_resume::resumed());
    table
}

pub(crate) fn reports() -> Vec<Scenario> {
    vec![
        scenario("reports of received bytes", |lib, trace| {
            let wire = wire(lib);
            wire.handle.edit(|r| {
                r.m_bSendCounter = 1;
                r.m_nClientBW = 100;
            });
            let mut one = packet();
            for input in [
                "04 000001 000001 09 01000000 aa",
                "c4 aa",
                "04 000001 000008 09 01000000 bb*8",
                "c4 bb*8",
            ] {
                wire.push(input);
                read(&wire, trace, &mut one);
                wire.show_sent(trace);
                trace.fields(&wire.handle, "m_nBytesInSent");
            }
        }),
        window("the usual window", 2_500_000),
        window("a window that is filled", 20_000).deviates(
            anchors::WINDOW,
            &["sent: 420000000000040300002775c200004ec2c20000760f"],
        ),
        scenario("a window of 0 reports at every read", |lib, trace| {
            let wire = wire(lib);
            wire.handle.edit(|r| {
                r.m_bSendCounter = 1;
                r.m_nClientBW = 0;
            });
            wire.push("04 000001 000001 09 01000000 aa");
            read(&wire, trace, &mut packet());
            wire.show_sent(trace);
        }),
        scenario("no reports without the counter", |lib, trace| {
            let wire = wire(lib);
            wire.handle.edit(|r| r.m_nClientBW = 0);
            wire.push("04 000001 000001 09 01000000 aa");
            read(&wire, trace, &mut packet());
            wire.show_sent(trace);
        }),
        scenario("a report that cannot be sent", |lib, trace| {
            let mut wire = wire(lib);
            wire.handle.edit(|r| {
                r.m_bSendCounter = 1;
                r.m_nClientBW = 0;
            });
            wire.push("04 000001 000001 09 01000000 aa");
            wire.hang_up();
            let mut one = packet();
            let mut rets = Vec::new();
            for _ in 0..3 {
                rets.push(lib.RTMP_ReadPacket(wire.handle.raw, &mut one));
                lib.RTMPPacket_Free(&mut one);
            }
            trace.text(format!("{rets:?}"));
            trace.fields(&wire.handle, "connected");
        })
        .level(crate::trace::NO_LOG)
        .ours_only(anchors::LOST_REPORT, &["[1, 0, 0]", "connected = false"]),
        scenario("the counter beyond 2 GiB", |lib, trace| {
            let wire = wire(lib);
            wire.handle.edit(|r| {
                r.m_bSendCounter = 1;
                r.m_nClientBW = 100;
                r.m_nBytesIn = i32::MAX - 4;
                r.m_nBytesInSent = i32::MAX - 4;
            });
            wire.push("04 000001 000001 09 01000000 aa");
            lib.RTMP_ReadPacket(wire.handle.raw, &mut packet());
            wire.show_sent(trace);
        })
        .level(3)
        .ours_only(
            anchors::REPORT_WRAP,
            &["sent: 4200000000000403".to_owned() + "80000007"]
                .each_ref()
                .map(String::as_str),
        ),
    ]
}

/// What is reported of 31 KB behind a window that the server announces.
fn window(name: &str, size: i32) -> Scenario {
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        wire.handle.edit(|r| r.m_bSendCounter = 1);
        wire.push_bytes(&message(2, 0, 5, 0, &size.to_be_bytes()));
        for time in 0..30 {
            wire.push_bytes(&message(4, time, 9, 1, &[0x27; 1000]));
            let mut one = packet();
            lib.RTMP_GetNextMediaPacket(wire.handle.raw, &mut one);
            lib.RTMPPacket_Free(&mut one);
        }
        trace.hush();
        wire.show_sent(trace);
    })
}
