//! Control messages, raw chunks, the call queue, packet helpers (spec 04 sections 2, 5, 6 and 8).

use crate::anchors;
use crate::handle::{Handle, Wire, packet, show_numbers, wire};
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::structs::RTMPChunk;
use crate::trace::{DEBUG2, Trace, unhex};

pub(crate) fn controls() -> Vec<Scenario> {
    let mut table = Vec::new();
    for kind in [0_i16, 1, 2, 3, 4, 6, 7, 0x1a, 0x1b, 31, -1] {
        table.push(scenario(
            format!("RTMP_SendCtrl {kind}, twice"),
            move |lib, trace| {
                let wire = wire(lib);
                wire.handle.edit(|r| {
                    r.Link.SWFVerificationResponse =
                        std::array::from_fn(|at| u8::try_from(at).expect("42 bytes") + 0x40);
                });
                for _ in 0..2 {
                    let ret = lib.RTMP_SendCtrl(wire.handle.raw, kind, 0x0102_0304, 0x0a0b_0c0d);
                    trace.note("RTMP_SendCtrl", ret);
                    wire.show_sent(trace);
                }
            },
        ));
    }
    table.push(scenario(
        "bandwidth messages and buffer times",
        |lib, trace| {
            let wire = wire(lib);
            let handle = &wire.handle;
            trace.note("server", lib.RTMP_SendServerBW(handle.raw));
            wire.show_sent(trace);
            trace.note("client", lib.RTMP_SendClientBW(handle.raw));
            wire.show_sent(trace);
            lib.RTMP_SendCtrl(handle.raw, 3, 0, 300);
            wire.show_sent(trace);
            lib.RTMP_SendCtrl(handle.raw, 3, 1, 30_000);
            wire.show_sent(trace);
            handle.edit(|r| {
                r.m_stream_id = 7;
                r.m_nServerBW = -2;
                r.m_nClientBW = 0x0102_0304;
                r.m_nClientBW2 = 9;
            });
            lib.RTMP_SetBufferMS(handle.raw, 123_456);
            lib.RTMP_UpdateBufferMS(handle.raw);
            wire.show_sent(trace);
            lib.RTMP_SendServerBW(handle.raw);
            lib.RTMP_SendClientBW(handle.raw);
            wire.show_sent(trace);
            handle.edit(|r| r.m_stream_id = 0);
        },
    ));
    table
}

fn raw_chunk(header: &[u8], chunk: *mut u8, size: i32) -> RTMPChunk {
    let mut c_header = [0; 18];
    c_header[..header.len()].copy_from_slice(header);
    let c_headerSize = i32::try_from(header.len()).expect("short");
    RTMPChunk {
        c_headerSize,
        c_chunkSize: size,
        c_chunk: chunk,
        c_header,
    }
}

pub(crate) fn chunks() -> Vec<Scenario> {
    vec![
        scenario("RTMP_SendChunk with payload", |lib, trace| {
            let mut wire = wire(lib);
            let mut memory: Vec<u8> = (0..64).collect();
            let mut chunk = raw_chunk(b"HEADER12", memory[20..].as_mut_ptr(), 5);
            trace.note("ret", lib.RTMP_SendChunk(wire.handle.raw, &mut chunk));
            wire.show_sent(trace);
            trace.note("memory unchanged", memory == (0..64).collect::<Vec<u8>>());
            trace.fields(&wire.handle, "m_channelsAllocatedOut");
            wire.hang_up();
            trace.note(
                "closed peer",
                lib.RTMP_SendChunk(wire.handle.raw, &mut chunk),
            );
            trace.note("again", lib.RTMP_SendChunk(wire.handle.raw, &mut chunk));
            trace.fields(&wire.handle, "connected");
        }),
        scenario("RTMP_SendChunk without payload", |lib, trace| {
            let wire = wire(lib);
            for header in [&b"ONLYHEADER"[..], b""] {
                let mut chunk = raw_chunk(header, std::ptr::null_mut(), 0);
                trace.note("ret", lib.RTMP_SendChunk(wire.handle.raw, &mut chunk));
                wire.show_sent(trace);
            }
        }),
        scenario("hex dumps of a raw chunk", |lib, trace| {
            let wire = wire(lib);
            let mut memory: Vec<u8> = (0..64).collect();
            let mut chunk = raw_chunk(b"HEADER12", memory[20..].as_mut_ptr(), 20);
            lib.RTMP_SendChunk(wire.handle.raw, &mut chunk);
            trace.log();
        })
        .level(DEBUG2),
    ]
}

fn invoke(wire: &Wire, trace: &mut Trace, text: &str, kind: u8, queue: i32) {
    let mut memory = unhex(&format!("5a*18 {text}"));
    let mut one = packet();
    (one.m_packetType, one.m_nChannel, one.m_headerType) = (kind, 3, 1);
    one.m_nBodySize = u32::try_from(memory.len()).expect("short") - 18;
    one.m_body = memory[18..].as_mut_ptr();
    let handle = &wire.handle;
    trace.note(
        "RTMP_SendPacket",
        handle.lib.RTMP_SendPacket(handle.raw, &mut one, queue),
    );
    trace.text(handle.show_calls());
}

fn fill_queue(lib: &'static Library, trace: &mut Trace, count: usize) -> Wire {
    let wire = wire(lib);
    for number in 0..count {
        let double = crate::trace::hex(&(number as f64).to_be_bytes());
        invoke(
            &wire,
            trace,
            &format!("02 0003 'foo' 00 {double} 05"),
            0x14,
            1,
        );
    }
    trace.lines.clear();
    trace.hush();
    wire.sent();
    wire
}

pub(crate) fn queue() -> Vec<Scenario> {
    let mut table = vec![scenario("what is queued", |lib, trace| {
        let wire = wire(lib);
        let seven = "02 0003 'foo' 00 401f99999999999a 05";
        for (kind, queue) in [
            (0x14, 1),
            (0x14, 5),
            (0x14, 0),
            (0x11, 1),
            (0x12, 1),
            (8, 1),
        ] {
            invoke(&wire, trace, seven, kind, queue);
        }
        invoke(&wire, trace, "02 0000 00 400f333333333333 05", 0x14, 1);
        invoke(
            &wire,
            trace,
            "02 0003 'neg' 00 bff0000000000000 05",
            0x14,
            1,
        );
        invoke(
            &wire,
            trace,
            "02 0003 'big' 00 41f2a05f20000000 05",
            0x14,
            1,
        );
        wire.show_sent(trace);
    })];
    for count in [17, 33] {
        table.push(scenario(
            format!("{count} queued calls"),
            move |lib, trace| {
                let wire = fill_queue(lib, trace, count);
                trace.text(wire.handle.show_calls());
            },
        ));
    }
    for (index, free) in [(0, 1), (17, 1), (5, 1), (3, 0)] {
        table.push(scenario(
            format!("RTMP_DropRequest {index} {free}"),
            move |lib, trace| {
                let wire = fill_queue(lib, trace, 18);
                let kept = wire.handle.calls()[3].name;
                lib.RTMP_DropRequest(wire.handle.raw, index, free);
                trace.text(wire.handle.show_calls());
                let vacated = crate::structs::copy(wire.handle.get().m_methodCalls, 18)[17];
                trace.note(
                    "vacated",
                    format!("{} {}", vacated.name.show(), vacated.num),
                );
                if free == 0 {
                    trace.note("still ours", kept.show());
                    // SAFETY: without `free` the name passes to the caller.
                    unsafe { libc::free(kept.av_val.cast()) };
                }
            },
        ));
    }
    table.push(
        scenario("RTMP_DropRequest out of range", |lib, trace| {
            let wire = fill_queue(lib, trace, 2);
            for index in [-1, 2, 100] {
                lib.RTMP_DropRequest(wire.handle.raw, index, 1);
            }
            trace.text(wire.handle.show_calls());
        })
        .ours_only(anchors::DROP_REQUEST, &["[\"foo\" 0, \"foo\" 1]"]),
    );
    table
}

pub(crate) fn packets() -> Vec<Scenario> {
    vec![
        scenario("packet helpers", |lib, trace| {
            let mut one = packet();
            for size in [0_u32, 1, 100_000] {
                trace.note("alloc", lib.RTMPPacket_Alloc(&mut one, size));
                trace.note("size field", one.m_nBodySize);
                trace.note("body", !one.m_body.is_null());
                let block = crate::structs::copy(one.m_body.wrapping_sub(18), size as usize + 18);
                trace.note("zeroed", block.iter().all(|byte| *byte == 0));
                for _ in 0..2 {
                    lib.RTMPPacket_Free(&mut one);
                    trace.note("freed", one.m_body.is_null());
                }
            }
        }),
        scenario("reset keeps body and chunk", |lib, trace| {
            let mut memory = [9_u8; 4];
            let mut one = packet();
            one.m_body = memory.as_mut_ptr();
            one.m_chunk = 0x1000 as *mut RTMPChunk;
            (one.m_headerType, one.m_packetType, one.m_hasAbsTimestamp) = (1, 2, 3);
            (one.m_nChannel, one.m_nTimeStamp, one.m_nInfoField2) = (4, 5, 6);
            (one.m_nBodySize, one.m_nBytesRead) = (7, 8);
            lib.RTMPPacket_Reset(&mut one);
            trace.note("body kept", one.m_body == memory.as_mut_ptr());
            trace.note("chunk kept", one.m_chunk as usize);
            trace.text(show_numbers(&one));
        }),
        scenario("dump", |lib, trace| {
            let mut memory = [0xfe_u8; 9];
            let mut one = packet();
            (one.m_nTimeStamp, one.m_nInfoField2, one.m_nBodySize) = (u32::MAX, -5, 9);
            lib.RTMPPacket_Dump(&mut one);
            one.m_body = memory.as_mut_ptr();
            (one.m_packetType, one.m_nChannel) = (0x14, 300);
            lib.RTMPPacket_Dump(&mut one);
            trace.log();
        }),
        scenario("alloc of nearly 4 GiB", |lib, trace| {
            let mut one = packet();
            trace.note("ret", lib.RTMPPacket_Alloc(&mut one, u32::MAX - 8));
            let tiny = one.m_body;
            // A library that does allocate 4 GiB (address space only) is right as well.
            if !tiny.is_null() {
                crate::structs::copy(tiny.wrapping_add(0xffff_0000), 16);
            }
            lib.RTMPPacket_Free(&mut one);
        })
        .ours_only(anchors::ALLOC_WRAP, &["ret = 1"]),
    ]
}

pub(crate) fn without_connection() -> Vec<Scenario> {
    let mut table = Vec::new();
    type Call = fn(&Library, &Handle) -> i32;
    let calls: [(&str, Call); 7] = [
        ("RTMP_SendCreateStream", |l, h| {
            l.RTMP_SendCreateStream(h.raw)
        }),
        ("RTMP_SendPause", |l, h| l.RTMP_SendPause(h.raw, 1, 5)),
        ("RTMP_SendSeek", |l, h| l.RTMP_SendSeek(h.raw, 5)),
        ("RTMP_SendCtrl", |l, h| l.RTMP_SendCtrl(h.raw, 3, 0, 5)),
        ("RTMP_SendServerBW", |l, h| l.RTMP_SendServerBW(h.raw)),
        ("RTMP_SendClientBW", |l, h| l.RTMP_SendClientBW(h.raw)),
        ("RTMP_Pause", |l, h| l.RTMP_Pause(h.raw, 1)),
    ];
    for (name, call) in calls {
        table.push(scenario(
            format!("{name} without connection"),
            move |lib, trace| {
                let handle = Handle::new(lib);
                trace.note("ret", call(lib, &handle));
                trace.fields(
                    &handle,
                    "m_numInvokes m_stream_id connected m_numCalls m_read.flags",
                );
            },
        ));
    }
    table
}
