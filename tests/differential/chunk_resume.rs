//! Where ours keeps what the original loses in the middle of a chunk or message.

use crate::anchors;
use crate::chunk_read::show_chunk;
use crate::handle::{packet, wire};
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::structs::{RTMPChunk, copy};
use crate::trace::{Trace, unhex};

/// A timeout inside a chunk: nothing that came is lost (K3, K4, D11).
pub(crate) fn resumed() -> Vec<Scenario> {
    let rows: [(&str, &str, &'static str, &str); 5] = [
        (
            "channel byte",
            "00",
            "failed to read RTMP packet header 2nd byte",
            "05 000001 000001 09 01000000 aa",
        ),
        (
            "message header",
            "04 0000",
            "failed to read RTMP packet header. type: 4",
            "01 000001 09 01000000 aa",
        ),
        (
            "extended time",
            "04 ffffff 000001 09 01000000 01",
            "failed to read extended timestamp",
            "000000 aa",
        ),
        (
            "body",
            "04 000001 000004 09 01000000 aa",
            "failed to read RTMP packet body. len: 4",
            "bbccdd",
        ),
        (
            "second chunk",
            "04 000001 000082 09 01000000 11*128 c4 22",
            "failed to read RTMP packet body. len: 130",
            "33",
        ),
    ];
    let mut table = Vec::new();
    for (name, input, message, rest) in rows {
        let whole = unhex(&format!("{input} {rest}"));
        let kept = resumed_message(&whole);
        let expected = [
            format!("ERROR: RTMP_ReadPacket, {message}"),
            "failed = 0".to_owned(),
            "connected true timedout 1".to_owned(),
            format!("then = 1 {kept}"),
        ];
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        table.push(
            scenario(format!("silence inside: {name}"), move |lib, trace| {
                resume(lib, trace, input, rest);
            })
            .level(3)
            .ours_only(anchors::TIMEOUT_INSIDE, &expected),
        );
    }
    table
}

fn resumed_message(whole: &[u8]) -> String {
    let body = match whole.len() {
        150.. => [vec![0x11; 128], vec![0x22, 0x33]].concat(),
        _ if whole.ends_with(&[0xaa]) => vec![0xaa],
        _ if whole.len() < 128 => vec![0xaa, 0xbb, 0xcc, 0xdd],
        _ => [vec![0x11; 128], vec![0x22, 0x33]].concat(),
    };
    crate::trace::hex(&body)
}

fn resume(lib: &'static Library, trace: &mut Trace, input: &str, rest: &str) {
    let wire = wire(lib);
    wire.push(input);
    let mut one = packet();
    let mut ret = lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
    if ret == 1 {
        ret = lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
    }
    trace.note("failed", ret);
    let state = wire.handle.get().m_sb;
    trace.text(format!(
        "connected {} timedout {}",
        state.sb_socket != -1,
        state.sb_timedout
    ));
    // A caller frees what it has after a failure: that must be harmless.
    lib.RTMPPacket_Free(&mut one);
    wire.push(rest);
    let ret = lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
    trace.note(
        "then",
        format!(
            "{ret} {}",
            crate::trace::hex(&copy(one.m_body, one.m_nBytesRead as usize))
        ),
    );
    lib.RTMPPacket_Free(&mut one);
}

pub(crate) fn deviations() -> Vec<Scenario> {
    let grown = |name: &str, second: &'static str, expected: &str| {
        scenario(name, move |lib, trace| {
            let wire = wire(lib);
            let mut one = packet();
            wire.push("04 000001 000082 09 01000000 11*128");
            lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
            wire.push(second);
            let ret = lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
            trace.note("ret", ret);
            let body = copy(one.m_body, one.m_nBytesRead as usize);
            trace.text(format!(
                "type {} size {} ts {} body {}",
                one.m_packetType,
                one.m_nBodySize,
                one.m_nTimeStamp,
                crate::trace::hex(&body)
            ));
            lib.RTMPPacket_Free(&mut one);
        })
        .ours_only(anchors::NEW_HEADER_INSIDE, &["ret = 1", expected])
    };
    vec![
        grown(
            "row 13: type 0 inside a partial message",
            "04 000064 000002 08 01000000 9999",
            "type 8 size 2 ts 100 body 9999",
        ),
        grown(
            "row 14: type 1 inside a partial message",
            "44 000007 000002 08 9999",
            "type 8 size 2 ts 7 body 9999",
        ),
        scenario(
            "a type 1 header that makes the message larger",
            |lib, trace| {
                let wire = wire(lib);
                let mut one = packet();
                wire.handle.edit(|r| r.m_inChunkSize = 4096);
                // A short first chunk needs a small chunk size at first.
                wire.handle.edit(|r| r.m_inChunkSize = 1);
                wire.push("04 000001 000002 09 01000000 11");
                lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
                wire.handle.edit(|r| r.m_inChunkSize = 4096);
                wire.push("44 000000 001000 08 22*4096");
                trace.note("ret", lib.RTMP_ReadPacket(wire.handle.raw, &mut one));
                trace.note("size", one.m_nBodySize);
                trace.note(
                    "all",
                    copy(one.m_body, 4096).iter().all(|byte| *byte == 0x22),
                );
                lib.RTMPPacket_Free(&mut one);
            },
        )
        .ours_only(
            anchors::NEW_HEADER_INSIDE,
            &["ret = 1", "size = 4096", "all = true"],
        ),
        scenario("an abort, then a type 3 header", |lib, trace| {
            let wire = wire(lib);
            wire.push("04 000001 000082 09 01000000 11*128 02 000000 000004 02 00000000 00000004");
            wire.push("c4 22*128 c4 3333");
            let mut one = packet();
            for _ in 0..4 {
                lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
                if one.m_packetType == 9 && one.m_nBytesRead == one.m_nBodySize {
                    let body = copy(one.m_body, one.m_nBytesRead as usize);
                    trace.text(format!("{} {}", one.m_nTimeStamp, crate::trace::hex(&body)));
                }
                lib.RTMPPacket_Free(&mut one);
            }
        })
        .deviates(anchors::ABORT, &[&format!("1 {}3333", "22".repeat(128))]),
        scenario("the caller's chunk pointer stays", |lib, trace| {
            let wire = wire(lib);
            wire.push("04 000001 000001 09 01000000 11 c4 22");
            let mut one = packet();
            lib.RTMP_ReadPacket(wire.handle.raw, &mut one);
            lib.RTMPPacket_Free(&mut one);
            let mut chunk = RTMPChunk {
                c_headerSize: 0,
                c_chunkSize: 0,
                c_chunk: std::ptr::null_mut(),
                c_header: [0; 18],
            };
            one.m_chunk = &raw mut chunk;
            trace.note("ret", lib.RTMP_ReadPacket(wire.handle.raw, &mut one));
            trace.note("kept", one.m_chunk == &raw mut chunk);
            show_chunk(trace, &chunk);
            lib.RTMPPacket_Free(&mut one);
        })
        .deviates(
            anchors::CHUNK_POINTER,
            &[
                "ret = 1",
                "kept = true",
                "chunk header: c4",
                "chunk size = 1",
            ],
        ),
    ]
}
