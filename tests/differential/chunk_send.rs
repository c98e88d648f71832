//! Sending: chunk headers, control messages, raw chunks, the call queue
//! (spec 04 sections 2, 4, 5, 6 and 8).

use crate::anchors;
use crate::handle::{Wire, packet, wire};
use crate::scenario::{Scenario, scenario};
use crate::structs::RTMPChunk;
use crate::trace::{DEBUG2, NO_LOG, Trace, unhex};

/// One `RTMP_SendPacket`: channel, header type, message type, time, stream id, size.
#[derive(Clone, Copy)]
struct Send {
    channel: i32,
    header: u8,
    kind: u8,
    time: u32,
    stream: i32,
    size: u32,
}

/// Channel 4, stream 1, unless changed.
fn media(header: u8, kind: u8, time: u32, size: u32) -> Send {
    Send {
        channel: 4,
        header,
        kind,
        time,
        stream: 1,
        size,
    }
}

impl Send {
    fn on(self, channel: i32) -> Self {
        Self { channel, ..self }
    }

    fn stream(self, stream: i32) -> Self {
        Self { stream, ..self }
    }
}

/// Body bytes `abcdef…` with 18 bytes of room in front.
fn body(size: u32) -> Vec<u8> {
    let text = (b'a'..=b'z').cycle().take(size as usize);
    std::iter::repeat_n(0x5a, 18).chain(text).collect()
}

fn send(wire: &Wire, trace: &mut Trace, send: Send, queue: i32) {
    let mut memory = body(send.size);
    let mut packet = packet();
    packet.m_headerType = send.header;
    packet.m_packetType = send.kind;
    packet.m_nChannel = send.channel;
    packet.m_nTimeStamp = send.time;
    packet.m_nInfoField2 = send.stream;
    packet.m_nBodySize = send.size;
    // Callers leave these as the stack has them: never to be looked at.
    packet.m_nBytesRead = 0xdead_beef;
    packet.m_chunk = 0x10 as *mut RTMPChunk;
    packet.m_hasAbsTimestamp = 0x77;
    packet.m_body = memory[18..].as_mut_ptr();
    let handle = &wire.handle;
    trace.note(
        "RTMP_SendPacket",
        handle.lib.RTMP_SendPacket(handle.raw, &mut packet, queue),
    );
    trace.note("header type", packet.m_headerType);
    wire.show_sent(trace);
}

fn sequence(name: &str, sends: Vec<Send>) -> Scenario {
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        for one in &sends {
            send(&wire, trace, *one, 0);
        }
        trace.fields(
            &wire.handle,
            "m_channelsAllocatedOut m_numCalls m_numInvokes connected",
        );
    })
}

pub(crate) fn headers() -> Vec<Scenario> {
    let mut table = vec![
        sequence(
            "sizes, types and times",
            vec![
                media(0, 9, 0, 4),
                media(1, 9, 40, 4),
                media(1, 9, 80, 4),
                media(1, 9, 120, 5),
                media(1, 8, 120, 5),
                media(1, 8, 160, 5),
                media(2, 8, 200, 5),
                media(0, 8, 150, 6).stream(7),
                media(1, 8, 190, 6).stream(7),
                media(1, 9, 190, 6).stream(7),
            ],
        ),
        sequence(
            "control channel at time 0",
            vec![
                media(0, 5, 0, 4).on(2),
                media(1, 5, 0, 4).on(2),
                media(1, 4, 0, 4).on(2),
                media(1, 4, 0, 6).on(2),
                media(1, 4, 0, 6).on(2),
                media(1, 4, 0, 6).on(2),
            ],
        ),
        sequence("type 1 first", vec![media(1, 9, 1000, 2).on(5).stream(0)]),
        sequence("type 2 first", vec![media(2, 9, 1000, 2).on(6).stream(0)]),
        sequence("type 3 first", vec![media(3, 9, 1000, 2).on(7).stream(0)]),
        sequence(
            "extended times",
            vec![
                media(0, 9, 0xff_fffe, 1),
                media(0, 9, 0xff_ffff, 1),
                media(0, 9, 0x100_0000, 1),
                media(1, 9, 0x100_0028, 1),
                media(1, 9, 0x300_0000, 2),
            ],
        ),
        sequence(
            "extended times over chunks",
            vec![
                media(0, 9, 0x0102_0304, 130).on(70),
                media(0, 9, 0x0102_0304, 130).on(400),
            ],
        ),
        sequence(
            "chunk boundaries",
            vec![
                media(0, 9, 0, 128),
                media(0, 9, 0, 129),
                media(0, 9, 0, 257),
                media(1, 9, 0, 300).on(320),
            ],
        ),
        sequence(
            "a header type above 3",
            vec![media(4, 9, 0, 4), media(0, 9, 0, 4)],
        ),
    ];
    for channel in [2, 63, 64, 319, 320, 65_599] {
        table.push(sequence(
            &format!("channel {channel}"),
            vec![
                media(0, 9, 1, 1).on(channel),
                media(1, 9, 41, 200).on(channel),
                media(1, 9, 81, 200).on(channel),
            ],
        ));
    }
    for size in [3, 64, 4096, 65_536] {
        table.push(scenario(
            format!("m_outChunkSize {size}"),
            move |lib, trace| {
                let wire = wire(lib);
                wire.handle.edit(|r| r.m_outChunkSize = size);
                send(&wire, trace, media(0, 9, 0, 300), 0);
            },
        ));
    }
    table.push(scenario("no body", |lib, trace| {
        let wire = wire(lib);
        for (channel, time) in [(4, 0), (500, 0x123_4567)] {
            let mut empty = packet();
            (empty.m_packetType, empty.m_nChannel, empty.m_nTimeStamp) = (8, channel, time);
            trace.note("ret", lib.RTMP_SendPacket(wire.handle.raw, &mut empty, 0));
            wire.show_sent(trace);
        }
    }));
    table.push(
        scenario("hex dumps of a sent message", |lib, trace| {
            let wire = wire(lib);
            send(&wire, trace, media(0, 9, 0, 130), 0);
        })
        .level(DEBUG2),
    );
    table.push(scenario("peer gone", |lib, trace| {
        let mut wire = wire(lib);
        send(&wire, trace, media(0, 9, 0, 4), 0);
        wire.hang_up();
        for _ in 0..2 {
            send(&wire, trace, media(1, 9, 40, 100), 0);
            trace.fields(
                &wire.handle,
                "connected m_channelsAllocatedOut m_vecChannelsOut m_stream_id",
            );
        }
    }));
    table
}

fn sent_lines(rows: &[(u8, &str)]) -> Vec<String> {
    rows.iter()
        .flat_map(|(header, bytes)| {
            [
                "RTMP_SendPacket = 1".to_owned(),
                format!("header type = {header}"),
                format!("sent: {}", crate::trace::hex(&unhex(bytes))),
            ]
        })
        .collect()
}

fn deviating(name: &str, anchor: &'static str, sends: Vec<Send>, rows: &[(u8, &str)]) -> Scenario {
    let lines = sent_lines(rows);
    let expected: Vec<&str> = lines.iter().map(String::as_str).collect();
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        for one in &sends {
            send(&wire, trace, *one, 0);
        }
    })
    .deviates(anchor, &expected)
}

pub(crate) fn deviations() -> Vec<Scenario> {
    let mut table = vec![
        deviating(
            "equal times after a delta",
            anchors::EQUAL_TIMES,
            vec![
                media(0, 9, 0, 4),
                media(1, 9, 40, 4),
                media(1, 9, 40, 4),
                media(1, 9, 40, 4),
                media(1, 9, 80, 4),
            ],
            &[
                (0, "04 000000 000004 09 01000000 'abcd'"),
                (2, "84 000028 'abcd'"),
                (2, "84 000000 'abcd'"),
                (3, "c4 'abcd'"),
                (2, "84 000028 'abcd'"),
            ],
        ),
        deviating(
            "equal times after an absolute one",
            anchors::EQUAL_TIMES,
            vec![media(0, 8, 150, 6).stream(7), media(1, 8, 150, 6).stream(7)],
            &[
                (0, "04 000096 000006 08 07000000 'abcdef'"),
                (2, "84 000000 'abcdef'"),
            ],
        ),
        deviating(
            "time runs backwards",
            anchors::TIME_GOES_BACK,
            vec![
                media(0, 9, 200, 4),
                media(1, 9, 150, 4),
                media(2, 8, 100, 5),
                media(3, 8, 90, 5).stream(0),
                media(1, 8, 110, 5),
            ],
            &[
                (0, "04 0000c8 000004 09 01000000 'abcd'"),
                (0, "04 000096 000004 09 01000000 'abcd'"),
                (0, "04 000064 000005 08 01000000 'abcde'"),
                (0, "04 00005a 000005 08 01000000 'abcde'"),
                (2, "84 000014 'abcde'"),
            ],
        ),
        deviating(
            "time begins again",
            anchors::TIME_GOES_BACK,
            vec![media(0, 9, 0xffff_fff0, 4), media(1, 9, 24, 4)],
            &[
                (0, "04 ffffff 000004 09 01000000 fffffff0 'abcd'"),
                (0, "04 000018 000004 09 01000000 'abcd'"),
            ],
        ),
        deviating(
            "type 2 with another size",
            anchors::FORCED_HEADER,
            vec![media(0, 8, 0, 5), media(2, 8, 0, 6)],
            &[
                (0, "04 000000 000005 08 01000000 'abcde'"),
                (1, "44 000000 000006 08 'abcdef'"),
            ],
        ),
        deviating(
            "type 3 with another type",
            anchors::FORCED_HEADER,
            vec![media(0, 8, 0, 5), media(3, 9, 0, 5)],
            &[
                (0, "04 000000 000005 08 01000000 'abcde'"),
                (1, "44 000000 000005 09 'abcde'"),
            ],
        ),
    ];
    table.push(
        scenario("m_outChunkSize below 1 counts as 128", |lib, trace| {
            let wire = wire(lib);
            for size in [0, -5] {
                wire.handle.edit(|r| r.m_outChunkSize = size);
                send(&wire, trace, media(0, 9, 0, 130), 0);
            }
        })
        .ours_only(anchors::OUT_CHUNK_SIZE, &{
            let text = "'abcdefghijklmnopqrstuvwxyz'*4 'abcdefghijklmnopqrstuvwx' c4 'yz'";
            let bytes = format!(
                "sent: {}",
                crate::trace::hex(&unhex(&format!("04 000000 000082 09 01000000 {text}")))
            );
            let lines: Vec<&'static str> = vec![
                "RTMP_SendPacket = 1",
                "header type = 0",
                Box::leak(bytes.into_boxed_str()),
            ];
            [lines.clone(), lines].concat()
        }),
    );
    table.push(
        scenario("several chunks to a peer that has gone", |lib, trace| {
            let mut wire = wire(lib);
            wire.hang_up();
            send(&wire, trace, media(0, 9, 40, 300), 0);
        })
        .deviates(
            anchors::ONE_WRITE,
            &[
                "ERROR: WriteN, RTMP send error 32 (314 bytes)",
                "RTMP_SendPacket = 0",
                "header type = 0",
                "sent: ",
            ],
        ),
    );
    for channel in [-1, 65_600] {
        table.push(
            scenario(format!("channel {channel}"), move |lib, trace| {
                let wire = wire(lib);
                send(&wire, trace, media(0, 9, 0, 4).on(channel), 0);
            })
            .level(NO_LOG)
            .ours_only(
                anchors::CHANNEL_RANGE,
                &["RTMP_SendPacket = 0", "header type = 0", "sent: "],
            ),
        );
    }
    table.push(
        scenario(
            "invoke without a body is sent and not queued",
            |lib, trace| {
                let wire = wire(lib);
                let mut empty = packet();
                (empty.m_packetType, empty.m_nChannel) = (0x14, 3);
                trace.note("ret", lib.RTMP_SendPacket(wire.handle.raw, &mut empty, 1));
                wire.show_sent(trace);
                trace.fields(&wire.handle, "m_numCalls");
            },
        )
        .level(3)
        .ours_only(
            anchors::MALFORMED_INVOKE,
            &[
                "ret = 1",
                "sent: 030000000000001400000000",
                "m_numCalls = 0",
            ],
        ),
    );
    table
}
