//! `RTMP_Read` and `RTMP_GetNextMediaPacket` (spec 06 sections 3 to 8).

use crate::commands_session::read_to_end;
use crate::handle::{Handle, Wire, packet, wire};
use crate::library::Library;
use crate::messages::{command, ecma_array, message, number, object, status, text};
use crate::scenario::{Scenario, scenario};
use crate::structs::copy;
use crate::trace::{NO_LOG, Trace, unhex};

const INVOKE: u8 = 0x14;

pub(crate) const STATE: &str = "m_read.status m_read.flags m_read.dataType m_read.timestamp \
    m_read.nIgnoredFrameCounter m_read.nIgnoredFlvFrameCounter m_pausing m_pauseStamp \
    m_mediaStamp m_mediaChannel m_fDuration connected sb_timedout";

/// Channel, time, message type, body.
type Packet = (u8, u32, u8, Vec<u8>);

fn packets(list: &[(u8, u32, u8, &str)]) -> Vec<Packet> {
    list.iter()
        .map(|(channel, time, kind, body)| (*channel, *time, *kind, unhex(body)))
        .collect()
}

pub(crate) fn bytes(list: &[Packet]) -> Vec<u8> {
    list.iter()
        .flat_map(|(channel, time, kind, body)| message(*channel, *time, *kind, 1, body))
        .collect()
}

fn metadata() -> Packet {
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

fn read(wire: &Wire, trace: &mut Trace, size: i32) -> i32 {
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
fn to_end(name: &str, input: Vec<Packet>, poke: fn(&Handle)) -> Scenario {
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

fn as_is(_: &Handle) {}

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
            h.edit(|r| r.m_read.nResumeTS = 1000)
        }),
        to_end("G9: nResumeTS, live", packets(&[(5, 10, 8, "af01")]), |h| {
            h.edit(|r| {
                r.m_read.nResumeTS = 1000;
                r.Link.lFlags = 2;
            })
        }),
        to_end("G9: nResumeTS wraps", packets(&[(5, 2, 8, "af01")]), |h| {
            h.edit(|r| r.m_read.nResumeTS = u32::MAX)
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
            wire.push_long(bytes(&input));
            // No end of stream: the writer is another thread. The silence after it ends this.
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
            "header phase",
            &[
                &flv,
                "last RTMP_Read = 0",
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
            trace.note("connected after 0", lib.RTMP_IsConnected(wire.handle.raw));
        })
        .level(NO_LOG)
        .deviates(
            "until",
            &["first = 31", "connected = 1", "connected after 0 = 0"],
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
        .deviates("already", &["first = 54", "sb_size = 0"]),
    ]
}

const AGGREGATE: &str = "08 000002 000064 00 000000 af01 0000000d \
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
            h.edit(|r| r.m_read.flags = 1)
        }));
        if time != 0 {
            table.push(to_end(
                &format!("aggregate from the start: {name}"),
                input.clone(),
                as_is,
            ));
        }
        table.push(to_end(
            &format!("aggregate with nResumeTS: {name}"),
            input,
            |h| {
                h.edit(|r| {
                    r.m_read.flags = 1;
                    r.m_read.nResumeTS = 1000;
                })
            },
        ));
    }
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
        .ours_only("aggregate", &[&expected, "last RTMP_Read = 0"]),
    );
    table
}

fn resume_handle(handle: &Handle, time: u32) {
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

fn next_packet(wire: &Wire, trace: &mut Trace) {
    let mut one = packet();
    let handle = &wire.handle;
    trace.note(
        "RTMP_GetNextMediaPacket",
        handle.lib.RTMP_GetNextMediaPacket(handle.raw, &mut one),
    );
    trace.text(crate::chunk_send::show_numbers(&one));
    trace.bytes("body", &copy(one.m_body, one.m_nBytesRead as usize));
    handle.lib.RTMPPacket_Free(&mut one);
}

pub(crate) fn pauses() -> Vec<Scenario> {
    vec![
        scenario("buffer-empty workaround", |lib, trace| {
            let wire = wire(lib);
            wire.handle.edit(|r| r.Link.lFlags = 0x10);
            wire.push_bytes(&bytes(&packets(&[
                (5, 10, 8, "af01"),
                (2, 0, 4, "001f 00000001"),
                (5, 10, 8, "af02"),
                (2, 0, 4, "0001 00000001"),
                (2, 0, 4, "001f 00000001"),
                (5, 8, 8, "af03"),
                (5, 10, 8, "af04"),
                (5, 12, 8, "af05"),
            ])));
            for _ in 0..3 {
                next_packet(&wire, trace);
                trace.fields(
                    &wire.handle,
                    "m_pausing m_pauseStamp m_mediaStamp m_bPlaying m_mediaChannel",
                );
                wire.show_sent(trace);
            }
        }),
        scenario("every kind of media packet", |lib, trace| {
            let wire = wire(lib);
            let mut input = vec![metadata()];
            input.push((4, 3, 0x12, text("onTextData")));
            input.extend(packets(&[
                (5, 10, 8, "af01"),
                (5, 10, 8, ""),
                (6, 20, 9, "1701"),
                (6, 30, 0x16, AGGREGATE),
            ]));
            input.push((5, 40, INVOKE, status("NetStream.Play.Start")));
            input.extend(packets(&[(5, 41, 8, "af02")]));
            wire.push_bytes(&bytes(&input));
            wire.finish();
            for _ in 0..6 {
                next_packet(&wire, trace);
            }
            trace.fields(&wire.handle, "m_bPlaying connected m_pauseStamp");
        }),
        scenario(
            "RTMP_GetNextMediaPacket when the stream is complete",
            |lib, trace| {
                let wire = wire(lib);
                wire.handle.edit(|r| r.m_stream_id = 1);
                wire.push_bytes(&message(
                    5,
                    0,
                    INVOKE,
                    1,
                    &status("NetStream.Play.Complete"),
                ));
                next_packet(&wire, trace);
                wire.finish();
                next_packet(&wire, trace);
                trace.fields(&wire.handle, "connected");
                wire.show_sent(trace);
            },
        ),
        scenario("seek drops what is pending", |lib, trace| {
            let wire = wire(lib);
            wire.push_bytes(&bytes(&packets(&[(5, 10, 8, "af0111")])));
            read(&wire, trace, 6);
            trace.note("RTMP_SendSeek", lib.RTMP_SendSeek(wire.handle.raw, 12_345));
            wire.show_sent(trace);
            wire.push_bytes(&bytes(&[
                (5, 20, 8, unhex("af01")),
                (5, 20, INVOKE, status("NetStream.Seek.Notify")),
                (5, 5, 8, unhex("af02")),
            ]));
            read(&wire, trace, 4096);
            trace.fields(&wire.handle, STATE);
        }),
        scenario("seek before the first read", |lib, trace| {
            let wire = wire(lib);
            lib.RTMP_SendSeek(wire.handle.raw, 1);
            wire.push_bytes(&bytes(&[
                (5, 20, 8, unhex("af01")),
                (5, 20, INVOKE, status("NetStream.Seek.Notify")),
            ]));
            wire.push_bytes(&bytes(&packets(&[(5, 5, 8, "af02"), (5, 6, 8, "af03")])));
            wire.finish();
            read_to_end(lib, &wire.handle, trace, 4096);
        }),
        scenario("timeout, toggle, and on", |lib, trace| {
            let wire = wire(lib);
            wire.push_bytes(&bytes(&packets(&[
                (5, 10, 8, "af0111"),
                (5, 20, 8, "af0122"),
            ])));
            read_to_end(lib, &wire.handle, trace, 4096);
            trace.fields(&wire.handle, STATE);
            trace.note("RTMP_ToggleStream", lib.RTMP_ToggleStream(wire.handle.raw));
            wire.show_sent(trace);
            wire.push_bytes(&bytes(&packets(&[
                (5, 20, 8, "af0133"),
                (5, 30, 8, "af0144"),
            ])));
            wire.finish();
            read_to_end(lib, &wire.handle, trace, 4096);
            trace.fields(&wire.handle, STATE);
        }),
        scenario(
            "RTMP_ConnectStream in silence",
            |lib: &'static Library, trace| {
                let wire = wire(lib);
                trace.note(
                    "RTMP_ConnectStream",
                    lib.RTMP_ConnectStream(wire.handle.raw, 0),
                );
                trace.fields(&wire.handle, "connected sb_timedout m_bPlaying");
            },
        ),
    ]
}
