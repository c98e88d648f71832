//! Protocol and user control messages both ways (spec 04 §8-§12).

use rtmp::ffi::rtmp::access::RTMP_SetBufferMS;
use rtmp::ffi::rtmp::send::{
    RTMP_SendClientBW, RTMP_SendCtrl, RTMP_SendServerBW, RTMP_UpdateBufferMS,
};

use crate::handle::{Packet, Wire, has, tight, unhex};
use crate::logged::logged;
use crate::messages::{NULL, number, object, tag, text};

fn ctrl(wire: &Wire, kind: i16, object: u32, time: u32) -> String {
    // SAFETY: a handle.
    let sent = unsafe { RTMP_SendCtrl(wire.raw(), kind, object, time) };
    assert_eq!(sent, 1);
    wire.sent()
}

#[test]
fn user_control_is_sent() {
    // §8: first on the connection, then repeated.
    let response = "07".repeat(42);
    let rows = [
        (0, "42 000000 000006 04", "0000 01020304"),
        (3, "42 000000 00000a 04", "0003 01020304 0a0b0c0d"),
        (7, "42 000000 000006 04", "0007 01020304"),
        (0x1a, "42 000000 000003 04", "001a 04"),
        (0x1b, "42 000000 00002c 04", &format!("001b {response}")),
        (-1, "42 000000 000006 04", "ffff 01020304"),
    ];
    for (kind, head, body) in rows {
        let wire = Wire::new();
        let bytes = &wire.r().Link.SWFVerificationResponse;
        bytes.iter().for_each(|byte| byte.set(7));
        let (first, lines) = logged(|| ctrl(&wire, kind, 0x0102_0304, 0x0a0b_0c0d));
        assert_eq!(first, tight(&format!("{head}{body}")));
        assert!(lines[0].ends_with(&format!(
            "sending ctrl. type: 0x{:04x}",
            kind.cast_unsigned()
        )));
        let repeated = ctrl(&wire, kind, 0x0102_0304, 0x0a0b_0c0d);
        assert_eq!(repeated, tight(&format!("c2{body}")));
    }
}

#[test]
fn bandwidths_and_buffer_times_are_sent() {
    // §8, last rows; 05 §2.2.
    let wire = Wire::new();
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_SendServerBW(wire.raw()) }, 1);
    assert_eq!(wire.sent(), tight("02 000000 000004 05 00000000 002625a0"));
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_SendClientBW(wire.raw()) }, 1);
    assert_eq!(
        wire.sent(),
        tight("02 000000 000005 06 00000000 002625a0 02")
    );
    let control = ctrl(&wire, 3, 0, 300);
    assert_eq!(control, tight("42 000000 00000a 04 0003 00000000 0000012c"));
    wire.r().m_stream_id.set(1);
    // SAFETY: a handle.
    unsafe { RTMP_UpdateBufferMS(wire.raw()) };
    assert_eq!(wire.sent(), tight("c2 0003 00000001 00007530"));
    // SAFETY: a handle.
    unsafe { RTMP_SetBufferMS(wire.raw(), 0x1234) };
    // SAFETY: a handle.
    unsafe { RTMP_UpdateBufferMS(wire.raw()) };
    assert_eq!(wire.sent(), tight("c2 0003 00000001 00001234"));
}

#[test]
fn received_bytes_are_reported() {
    // §9.
    let wire = Wire::new();
    wire.r().m_bSendCounter.set(1);
    wire.r().m_nClientBW.set(100);
    let rows = [
        (
            "04 000000 000001 09 01000000 aa",
            "42 000000 000004 03 0000000c",
        ),
        ("c4 ab", ""),
        (
            "04 000000 000008 09 01000000 0102030405060708",
            "c2 0000001b",
        ),
    ];
    let mut packet = Packet::new();
    for (input, report) in rows {
        wire.push(input);
        assert_eq!(wire.read_packet(&mut packet), 1);
        assert_eq!(wire.sent(), tight(report), "{input}");
        packet.free();
    }
    assert_eq!(
        (wire.r().m_nBytesIn.get(), wire.r().m_nBytesInSent.get()),
        (35, 27)
    );
}

#[test]
fn reports_go_on_behind_2_gib() {
    // K15.
    let wire = Wire::new();
    wire.r().m_bSendCounter.set(1);
    wire.r().m_nClientBW.set(100);
    wire.r().m_nBytesIn.set(i32::MAX - 5);
    wire.r().m_nBytesInSent.set(i32::MAX - 5);
    wire.push("04 000000 000000 09 01000000");
    assert_eq!(wire.read_packet(&mut Packet::new()), 1);
    assert_eq!(wire.sent(), tight("42 000000 000004 03 80000006"));
}

/// Numbers that control messages change.
fn sizes(wire: &Wire) -> (i32, i32, i32, u8) {
    let r = wire.r();
    (
        r.m_inChunkSize.get(),
        r.m_nServerBW.get(),
        r.m_nClientBW.get(),
        r.m_nClientBW2.get(),
    )
}

#[test]
fn protocol_control_is_obeyed() {
    // §10, §14 rows 21 and 22; K6: no chunk has a size below 1; K14: short messages say nothing.
    const INIT: (i32, i32, i32, u8) = (128, 2_500_000, 2_500_000, 2);
    let rows = [
        (1, "000010", INIT, ""),
        (
            1,
            "00001000",
            (4096, INIT.1, INIT.2, 2),
            "4 HandleChangeChunkSize, received: chunk size change to 4096",
        ),
        (
            1,
            "0000100001",
            (4096, INIT.1, INIT.2, 2),
            "4 HandleChangeChunkSize, received: chunk size change to 4096",
        ),
        (1, "00000000", INIT, ""),
        (1, "80000000", INIT, ""),
        (
            5,
            "00000007",
            (128, 7, INIT.2, 2),
            "4 HandleServerBW: server BW = 7",
        ),
        (5, "000007", INIT, ""),
        (
            6,
            "0000000701",
            (128, INIT.1, 7, 1),
            "4 HandleClientBW: client BW = 7 1",
        ),
        (
            6,
            "00000007",
            (128, INIT.1, 7, 255),
            "4 HandleClientBW: client BW = 7 255",
        ),
        (6, "0007", INIT, ""),
        (
            3,
            "00000007",
            INIT,
            "4 RTMP_ClientPacket, received: bytes read report",
        ),
        (
            0x0f,
            "00",
            INIT,
            "4 RTMP_ClientPacket, flex stream send, size 1 bytes, not supported, ignoring",
        ),
        (
            0x10,
            "0000",
            INIT,
            "4 RTMP_ClientPacket, flex shared object, size 2 bytes, not supported, ignoring",
        ),
        (
            0x13,
            "00",
            INIT,
            "4 RTMP_ClientPacket, shared object, not supported, ignoring",
        ),
        (
            2,
            "00000004",
            INIT,
            "4 RTMP_ClientPacket, unknown packet type received: 0x02",
        ),
        (
            0x15,
            "00",
            INIT,
            "4 RTMP_ClientPacket, unknown packet type received: 0x15",
        ),
    ];
    for (kind, body, wanted, line) in rows {
        let wire = Wire::new();
        let (result, lines) = logged(|| wire.deliver(kind, 2, 0, &unhex(body)));
        assert_eq!((result, sizes(&wire)), (0, wanted), "{kind} {body}");
        let lines: Vec<String> = lines
            .into_iter()
            .filter(|line| line.starts_with("4 "))
            .collect();
        assert!(
            if line.is_empty() {
                lines.is_empty()
            } else {
                lines == [line]
            },
            "{lines:?}"
        );
        assert_eq!(wire.sent(), "");
    }
}

#[test]
fn a_new_chunk_size_counts_from_the_next_chunk() {
    // §10.
    let wire = Wire::new();
    let body = "33".repeat(200);
    wire.push(&format!(
        "02 000000 000004 01 00000000 000000c8 04 000000 0000c8 09 01000000 {body}"
    ));
    let mut packet = Packet::new();
    assert_eq!(wire.read_packet(&mut packet), 1);
    assert_eq!(wire.deliver(1, 2, 0, &packet.bytes()), 0);
    packet.free();
    assert_eq!(wire.read_packet(&mut packet), 1);
    assert_eq!((packet.read, packet.bytes()), (200, unhex(&body)));
    packet.free();
}

#[test]
fn user_control_events() {
    // §11.
    let rows = [
        ("", "4 HandleCtrl, received ctrl. type: -1, len: 0"),
        ("00", "4 HandleCtrl, received ctrl. type: -1, len: 1"),
        ("0000 00000001", "4 HandleCtrl, Stream Begin 1"),
        ("0001 00000001", "4 HandleCtrl, Stream EOF 1"),
        ("0002 ffffffff", "4 HandleCtrl, Stream Dry -1"),
        ("0004 00000001", "4 HandleCtrl, Stream IsRecorded 1"),
        ("0003 00000001 00000002", "4 HandleCtrl, Stream xx 1"),
        ("0007 00000001", "4 HandleCtrl, Stream xx 1"),
        ("001b 00000001", "4 HandleCtrl, Stream xx 1"),
        ("001f 00000001", "4 HandleCtrl, Stream BufferEmpty 1"),
        ("0020 00000001", "4 HandleCtrl, Stream BufferReady 1"),
        (
            "0006 010203",
            "4 HandleCtrl, received ctrl. type: 6, len: 5",
        ),
    ];
    for (body, line) in rows {
        let wire = Wire::new();
        let (result, lines) = logged(|| wire.deliver(4, 2, 0, &unhex(body)));
        assert_eq!((result, wire.r().m_pausing.get()), (0, 0));
        assert!(has(&lines, line), "{body}: {lines:?}");
        assert_eq!(wire.sent(), "");
    }
}

#[test]
fn pings_are_answered() {
    // §11, §14 row 19.
    let wire = Wire::new();
    wire.deliver(4, 2, 0, &unhex("0006 010203"));
    assert_eq!(wire.sent(), "");
    wire.deliver(4, 2, 0, &unhex("0006 01020304"));
    assert_eq!(wire.sent(), tight("42 000000 000006 04 0007 01020304"));
    wire.deliver(4, 2, 0, &unhex("0006 01020305"));
    assert_eq!(wire.sent(), tight("c2 0007 01020305"));
}

#[test]
fn swf_verification_requests() {
    // §11, §14 row 20.
    let response = format!("42 000000 00002c 04 001b {}", "00".repeat(42));
    let ignoring = "1 HandleCtrl: Ignoring SWFVerification request, use --swfVfy!";
    let unknown = "1 HandleCtrl: SWFVerification Type 2 request not supported! Patches welcome...";
    let rows = [
        ("001a", 1, "", &response[..]),
        ("001a 01", 1, "", &response),
        ("001a ff", 1, "", &response),
        ("001a 01", 0, ignoring, ""),
        ("001a", 0, ignoring, ""),
        ("001a 02", 1, unknown, ""),
        ("001a 02", 0, unknown, ""),
    ];
    for (body, size, line, sent) in rows {
        let wire = Wire::new();
        wire.r().Link.SWFSize.set(size);
        let ((), lines) = logged(|| assert_eq!(wire.deliver(4, 2, 0, &unhex(body)), 0));
        assert!(has(&lines, "4 HandleCtrl, SWFVerification ping received: "));
        assert!(line.is_empty() || has(&lines, line), "{body}: {lines:?}");
        assert_eq!(wire.sent(), tight(sent), "{body}");
    }
}

#[test]
fn an_empty_buffer_is_filled_by_a_pause() {
    // §11, 06 §7: `RTMP_LF_BUFX`.
    let wire = Wire::new();
    wire.push("05 0002bc 000002 08 01000000 af01");
    let mut packet = Packet::new();
    assert_eq!(wire.read_packet(&mut packet), 1);
    packet.free();
    wire.r().m_mediaChannel.set(5);
    wire.r().Link.lFlags.set(0x10);
    let empty = || wire.deliver(4, 2, 0, &unhex("001f 00000001"));
    let pausing = || wire.r().m_pausing.get();
    empty();
    let on =
        "48 000000 00001d 14 02 0005 7061757365 00 3ff0000000000000 05 0101 00 4085e00000000000";
    assert_eq!((wire.sent(), pausing()), (tight(on), 1));
    empty();
    assert_eq!((wire.sent(), pausing()), (String::new(), 1));
    wire.deliver(4, 2, 0, &unhex("0001 00000001"));
    assert_eq!(pausing(), 2);
    empty();
    let off = "c8 02 0005 7061757365 00 4000000000000000 05 0100 00 4085e00000000000";
    assert_eq!((wire.sent(), pausing()), (tight(off), 3));
    assert_eq!(wire.r().m_pauseStamp.get(), 700);
}

#[test]
fn media_is_noted() {
    // §10, types 8 and 9: the first channel stays, the time moves unless pausing.
    let wire = Wire::new();
    let state = || (wire.r().m_mediaChannel.get(), wire.r().m_mediaStamp.get());
    assert_eq!((wire.deliver(8, 6, 10, &[0xaf, 1]), state()), (1, (6, 10)));
    assert_eq!((wire.deliver(9, 7, 20, &[0x17, 1]), state()), (1, (6, 20)));
    wire.r().m_pausing.set(1);
    assert_eq!((wire.deliver(9, 7, 30, &[0x17, 1]), state()), (1, (6, 20)));
}

#[test]
fn aggregates_are_looked_through() {
    // §12.
    let mut body = [
        tag(8, 100, &[0xaf, 1]),
        tag(9, 0x0100_00c8, &[0x17, 0, 0, 0, 0, 1]),
    ]
    .concat();
    let rows = [(4, "", 0x0100_00c8), (0, "2 Stream corrupt?!", 100)];
    for (size_field, line, stamp) in rows {
        let wire = Wire::new();
        let length = body.len() - 4 + size_field;
        let (result, lines) = logged(|| wire.deliver(0x16, 5, 50, &body[..length]));
        assert_eq!((result, wire.r().m_mediaStamp.get()), (1, stamp));
        assert!(line.is_empty() || has(&lines, line), "{lines:?}");
    }
    let wire = Wire::new();
    assert_eq!(
        (
            wire.deliver(0x16, 5, 50, &body[..11]),
            wire.r().m_mediaStamp.get()
        ),
        (1, 50)
    );
    // 06 §4: metadata among the tags counts. R17: the channel of an aggregate is the media channel.
    let metadata = [text("onMetaData"), object(&[("duration", number(7.0))])].concat();
    body.extend(tag(0x12, 100, &metadata));
    assert_eq!(wire.deliver(0x16, 5, 50, &body), 1);
    assert_eq!(
        (wire.r().m_fDuration.get(), wire.r().m_mediaChannel.get()),
        (7.0, 5)
    );
    wire.r().m_pausing.set(1);
    wire.r().m_mediaStamp.set(3);
    assert_eq!(
        (
            wire.deliver(0x16, 5, 50, &body),
            wire.r().m_mediaStamp.get()
        ),
        (1, 3)
    );
}

#[test]
fn commands_must_begin_with_a_name() {
    // §10.
    let sanity = "2 HandleInvoke, Sanity failed. no string method in invoke packet";
    let broken = "1 HandleInvoke, error decoding invoke packet";
    let rows = [
        (0x14, number(1.0), sanity),
        (0x14, unhex("020020616263"), broken),
        (0x14, unhex("02"), broken),
        (0x14, unhex("0c00000004 706967"), broken),
        (0x11, NULL.to_vec(), sanity),
        (0x11, Vec::new(), sanity),
        (0x14, Vec::new(), sanity),
    ];
    for (kind, body, line) in rows {
        let wire = Wire::new();
        let (result, lines) = logged(|| wire.deliver(kind, 3, 0, &body));
        assert_eq!((result, wire.sent()), (0, String::new()));
        assert!(has(&lines, line), "{kind} {body:02x?}: {lines:?}");
    }
}
