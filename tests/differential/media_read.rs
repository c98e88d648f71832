//! `RTMP_Read` and `RTMP_GetNextMediaPacket` (spec 06 sections 3 to 8).

use crate::anchors;
use crate::commands_session::read_to_end;
use crate::handle::{Handle, Wire, wire};
use crate::messages::{command, ecma_array, message, number, object, status, text};
use crate::scenario::{Scenario, scenario};
use crate::trace::{NO_LOG, Trace, unhex};

pub(crate) const INVOKE: u8 = 0x14;

pub(crate) const STATE: &str = "m_read.status m_read.flags m_read.dataType m_read.timestamp \
    m_read.nIgnoredFrameCounter m_read.nIgnoredFlvFrameCounter m_pausing m_pauseStamp \
    m_mediaStamp m_fDuration connected sb_timedout";

/// Channel, time, message type, body.
pub(crate) type Packet = (u8, u32, u8, Vec<u8>);

pub(crate) fn packets(list: &[(u8, u32, u8, &str)]) -> Vec<Packet> {
    list.iter()
        .map(|(channel, time, kind, body)| (*channel, *time, *kind, unhex(body)))
        .collect()
}

pub(crate) fn bytes(list: &[Packet]) -> Vec<u8> {
    list.iter()
        .flat_map(|(channel, time, kind, body)| message(*channel, *time, *kind, 1, body))
        .collect()
}

pub(crate) fn metadata() -> Packet {
    (
        4,
        0,
        0x12,
        [
            text("onMetaData"),
            object(&[("duration", number(10.0)), ("width", number(320.0))]),
        ]
        .concat(),
    )
}

fn first_lines() -> Vec<Packet> {
    let mut list = vec![metadata()];
    list.extend(packets(&[
        (6, 0, 9, "170000000001"),
        (5, 0, 8, "af0011"),
        (6, 40, 9, "270100000002"),
        (5, 46, 8, "af0122"),
    ]));
    list
}

pub(crate) fn read(wire: &Wire, trace: &mut Trace, size: i32) -> i32 {
    let handle = &wire.handle;
    let room = usize::try_from(size).unwrap_or(0);
    let mut buffer = vec![0xaa_u8; room + 8];
    let ret = handle.lib.RTMP_Read(handle.raw, buffer.as_mut_ptr(), size);
    trace.note(&format!("RTMP_Read({size})"), ret);
    let count = usize::try_from(ret).unwrap_or(0);
    trace.bytes("FLV", &buffer[..count]);
    trace.note(
        "rest untouched",
        buffer[count..].iter().all(|byte| *byte == 0xaa),
    );
    ret
}

/// The input, then the end of the stream; the whole output and the final state.
pub(crate) fn to_end(name: &str, input: Vec<Packet>, poke: fn(&Handle)) -> Scenario {
    sized(name, input, 4096, poke)
}

fn sized(name: &str, input: Vec<Packet>, size: i32, poke: fn(&Handle)) -> Scenario {
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        wire.handle.edit(|r| r.m_stream_id = 1);
        poke(&wire.handle);
        wire.push_bytes(&bytes(&input));
        wire.finish();
        read_to_end(lib, &wire.handle, trace, size);
        trace.fields(&wire.handle, STATE);
        wire.show_sent(trace);
    })
}

pub(crate) fn as_is(_: &Handle) {}

pub(crate) fn goldens() -> Vec<Scenario> {
    let naming = object(&[
        ("videocodecid", number(7.0)),
        ("audiocodecid", number(10.0)),
    ]);
    let ecma = [
        text("onMetaData"),
        ecma_array(&[("duration", number(2.0)), ("videocodecid", number(7.0))]),
    ]
    .concat();
    let mut table = vec![
        to_end("G1: metadata and both tracks", first_lines(), as_is),
        to_end(
            "G2: metadata that names both codecs",
            vec![
                (4, 0, 0x12, [text("onMetaData"), naming].concat()),
                (6, 40, 9, unhex("270100000002")),
            ],
            as_is,
        ),
        to_end(
            "G3: audio only",
            packets(&[(5, 10, 8, "af0111"), (5, 20, 8, "af0122")]),
            as_is,
        ),
        to_end(
            "G5: packets that are too small",
            {
                let mut list = packets(&[(5, 10, 8, "af"), (6, 10, 9, "1700000000")]);
                list.push((4, 10, 0x12, text("foo")));
                list.extend(packets(&[
                    (5, 10, 0x0f, "00"),
                    (5, 10, 8, ""),
                    (5, 11, 8, "af01"),
                    (6, 12, 9, "170000000000"),
                ]));
                list
            },
            as_is,
        ),
        to_end(
            "G6: large times",
            packets(&[
                (5, 0x0102_0304, 8, "af01"),
                (5, 0xff_ffff, 8, "af02"),
                (5, 0x8000_0001, 8, "af03"),
            ]),
            as_is,
        ),
        to_end(
            "G7: metadata in an ECMA array",
            vec![(4, 7, 0x12, ecma)],
            as_is,
        ),
        to_end(
            "G8: a preset timestamp",
            packets(&[(5, 10, 8, "af01")]),
            |h| h.edit(|r| r.m_read.timestamp = 5000),
        ),
        to_end("G9: nResumeTS", packets(&[(5, 10, 8, "af01")]), |h| {
            h.edit(|r| r.m_read.nResumeTS = 1000);
        }),
        to_end("G9: nResumeTS, live", packets(&[(5, 10, 8, "af01")]), |h| {
            h.edit(|r| {
                r.m_read.nResumeTS = 1000;
                r.Link.lFlags = 2;
            });
        }),
        to_end("G9: nResumeTS wraps", packets(&[(5, 2, 8, "af01")]), |h| {
            h.edit(|r| r.m_read.nResumeTS = u32::MAX);
        }),
        scenario("G1: then silence", |lib, trace| {
            let wire = wire(lib);
            wire.push_bytes(&bytes(&first_lines()));
            read_to_end(lib, &wire.handle, trace, 4096);
            trace.fields(&wire.handle, STATE);
        }),
        scenario("G11: a packet larger than the buffer", |lib, trace| {
            let wire = wire(lib);
            let input = vec![(6, 0, 9, vec![0x17; 200_000]), (5, 10, 8, unhex("af0111"))];
            wire.push_to_end(bytes(&input));
            read_to_end(lib, &wire.handle, trace, 65_536);
        }),
        scenario("G15: size 0 and less", |lib, trace| {
            let wire = wire(lib);
            wire.push_bytes(&bytes(&packets(&[(5, 10, 8, "af0111")])));
            read(&wire, trace, 0);
            wire.finish();
            read_to_end(lib, &wire.handle, trace, 4096);
            read(&wire, trace, -1);
            trace.fields(&wire.handle, "m_read.status connected");
        }),
        scenario("control messages between media", |lib, trace| {
            let wire = wire(lib);
            let mut input = bytes(&packets(&[
                (5, 10, 8, "af0111"),
                (2, 0, 4, "0006 01020304"),
                (2, 0, 4, "001f 00000001"),
            ]));
            input.extend(bytes(&packets(&[
                (2, 0, 1, "00001000"),
                (2, 0, 7, "00"),
                (2, 0, 4, "0001 00000001"),
            ])));
            input.extend([&unhex("05 000014 0000c8 08 01000000")[..], &[0xaf; 200]].concat());
            wire.push_bytes(&input);
            wire.finish();
            read_to_end(lib, &wire.handle, trace, 4096);
            wire.show_sent(trace);
        }),
    ];
    for size in [1, 12, 13, 14, 20, 29, 30, 31, 33, 34, 65_536] {
        table.push(sized(
            &format!("output buffers of {size} bytes"),
            first_lines(),
            size,
            as_is,
        ));
    }
    table
}

/// One tag of 115 bytes into a buffer of that many; what does not fit comes with the next call.
pub(crate) fn space() -> Vec<Scenario> {
    let mut table = Vec::new();
    for room in [1, 10, 112, 113, 114, 115, 116, 118, 119, 120] {
        table.push(scenario(
            format!("G10: {room} bytes for a tag of 115"),
            move |lib, trace| {
                let wire = wire(lib);
                wire.handle.edit(|r| r.m_read.flags = 1);
                let tag = [vec![0xaf], vec![0x31; 99]].concat();
                wire.push_bytes(&message(5, 10, 8, 1, &tag));
                read(&wire, trace, room);
                trace.fields(&wire.handle, "m_read.status m_read.timestamp");
                wire.finish();
                read_to_end(lib, &wire.handle, trace, 4096);
            },
        ));
    }
    table
}

pub(crate) fn ends() -> Vec<Scenario> {
    let finished = |name: &str, body: Vec<u8>| {
        let mut input = packets(&[(5, 10, 8, "af0111"), (5, 20, 8, "af0122")]);
        input.push((5, 20, INVOKE, body));
        input.extend(packets(&[(5, 30, 8, "af0133")]));
        to_end(name, input, as_is)
    };
    let plain = |name: &str| command(name, 0.0, &[&[5]]);
    let mut table = vec![
        finished("G12: Play.Complete", status("NetStream.Play.Complete")),
        finished("Play.Stop", status("NetStream.Play.Stop")),
        finished("UnpublishNotify", status("NetStream.Play.UnpublishNotify")),
        finished("onFCUnsubscribe", plain("onFCUnsubscribe")),
        finished("close", plain("close")),
        finished("Play.Failed", status("NetStream.Play.Failed")),
        to_end(
            "G14: end of stream, reads of 20",
            packets(&[(5, 10, 8, "af01"), (5, 20, 8, "af0122")]),
            as_is,
        ),
        scenario("Play.Complete while an unpause waits", |lib, trace| {
            let wire = wire(lib);
            wire.handle.edit(|r| {
                (r.m_pausing, r.m_mediaStamp, r.m_stream_id, r.m_read.flags) = (3, 100, 1, 1);
            });
            wire.push_bytes(&message(
                5,
                20,
                INVOKE,
                1,
                &status("NetStream.Play.Complete"),
            ));
            read_to_end(lib, &wire.handle, trace, 4096);
            trace.fields(&wire.handle, STATE);
        }),
    ];
    for preset in [-1_i8, -2, -3, 7] {
        table.push(
            scenario(format!("status preset {preset}"), move |lib, trace| {
                let wire = wire(lib);
                wire.handle.edit(|r| r.m_read.status = preset);
                wire.push_bytes(&bytes(&packets(&[(5, 10, 8, "af0111")])));
                wire.finish();
                read(&wire, trace, 4096);
                if preset == -2 {
                    trace.note("errno", std::io::Error::last_os_error());
                }
            })
            .level(NO_LOG),
        );
    }
    table
}

/// What ours does where the original loses what it has.
pub(crate) fn deviations() -> Vec<Scenario> {
    let lost = |name: &str, input: Vec<Packet>, flv: &str, last: &str| {
        let flv = format!("FLV: {}", crate::trace::hex(&unhex(flv)));
        scenario(name, move |lib, trace| {
            let wire = wire(lib);
            wire.push_bytes(&bytes(&input));
            wire.finish();
            read_to_end(lib, &wire.handle, trace, 4096);
            trace.lines.retain(|line| {
                !line.starts_with("m_read.flags") && !line.starts_with("m_read.dataType")
            });
        })
        .level(NO_LOG)
        .deviates(
            anchors::HEADER_PHASE,
            &[
                &flv,
                "last RTMP_Read = 0",
                "and again = 0",
                "nothing behind the buffer = true",
                last,
                "m_read.timestamp = 0",
                "connected = false",
            ],
        )
    };
    let audio = packets(&[(5, 0, 8, "af0111"), (5, 0, 8, "af0122")]);
    let mut stopped = audio.clone();
    stopped.push((5, 0, INVOKE, status("NetStream.Play.Stop")));
    let flv = "'FLV' 01 04 00000009 00000000 08 000003 000000 00 000000 af0111 0000000e \
        08 000003 000000 00 000000 af0122 0000000e";
    let stays = |name: &str, ending: Option<Vec<u8>>| {
        scenario(name, move |lib, trace| {
            let wire = wire(lib);
            wire.push_bytes(&bytes(&packets(&[(5, 10, 8, "af0111")])));
            if let Some(body) = &ending {
                wire.push_bytes(&message(5, 20, INVOKE, 1, body));
            }
            wire.finish();
            let mut buffer = vec![0_u8; 4096];
            let count = lib.RTMP_Read(wire.handle.raw, buffer.as_mut_ptr(), 4096);
            trace.note("first", count);
            trace.note("connected", lib.RTMP_IsConnected(wire.handle.raw));
            // One more call may still hand out what the first left.
            while lib.RTMP_Read(wire.handle.raw, buffer.as_mut_ptr(), 4096) > 0 {}
            lib.RTMP_Read(wire.handle.raw, buffer.as_mut_ptr(), 4096);
            trace.note(
                "connected in the end",
                lib.RTMP_IsConnected(wire.handle.raw),
            );
        })
        .level(NO_LOG)
        .deviates(
            anchors::TOLD,
            &["first = 31", "connected = 1", "connected in the end = 0"],
        )
    };
    vec![
        lost(
            "G4: audio at time 0, then the end",
            audio,
            flv,
            "m_read.status = -1",
        ),
        lost(
            "G13: audio at time 0, then Play.Stop",
            stopped,
            flv,
            "m_read.status = -3",
        ),
        stays("connected until the end was told: end of stream", None),
        stays(
            "connected until the end was told: Play.Stop",
            Some(status("NetStream.Play.Stop")),
        ),
        scenario(
            "all whole packets that are here come in one call",
            |lib, trace| {
                let wire = wire(lib);
                wire.handle.edit(|r| r.m_read.flags = 1);
                wire.push_bytes(&bytes(&packets(&[
                    (5, 10, 8, "af0111"),
                    (5, 20, 8, "af0122"),
                    (5, 30, 8, "af0133"),
                ])));
                trace.note(
                    "first",
                    lib.RTMP_Read(wire.handle.raw, vec![0_u8; 4096].as_mut_ptr(), 4096),
                );
                trace.fields(&wire.handle, "sb_size");
            },
        )
        .level(NO_LOG)
        .deviates(anchors::ONE_PACKET, &["first = 54", "sb_size = 0"]),
    ]
}

/// On sockets that a program has made non-blocking.
pub(crate) fn not_waiting() -> Vec<Scenario> {
    let round = |number: i32| {
        let bytes = format!("bytes, round {number} = {}", 158 + 18 * number);
        let state = ["m_read.status = 0", "sb_timedout = 1", "connected = true"];
        std::iter::once(bytes).chain(state.map(str::to_owned))
    };
    let lines: Vec<String> = (0..4).flat_map(round).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    vec![
        scenario("nothing once", |lib, trace| {
            let wire = wire(lib);
            wire.does_not_wait();
            wire.push_bytes(&bytes(&first_lines()));
            let mut buffer = vec![0_u8; 4096];
            let mut all = 0;
            for round in 0..4 {
                let mut read = || lib.RTMP_Read(wire.handle.raw, buffer.as_mut_ptr(), 4096);
                let reads = std::iter::from_fn(|| Some(read()).filter(|count| *count > 0));
                all += reads.sum::<i32>();
                trace.note(&format!("bytes, round {round}"), all);
                trace.fields(&wire.handle, "m_read.status sb_timedout connected");
                wire.push_bytes(&bytes(&packets(&[(5, 60, 8, "af0133")])));
            }
        })
        .level(NO_LOG)
        .deviates(anchors::NOTHING_ONCE, &lines),
    ]
}
