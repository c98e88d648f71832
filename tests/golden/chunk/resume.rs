//! Reads that stop in the middle of a chunk (spec 04 §3.7, §14 rows 16 and 17).

use crate::handle::{Packet, Wire, has, hex, tight};
use crate::logged::logged;

/// What has come, and the line about what is missing.
const STOPS: [(&str, &str); 6] = [
    ("", "1 RTMP_ReadPacket, failed to read RTMP packet header"),
    (
        "00",
        "1 RTMP_ReadPacket, failed to read RTMP packet header 2nd byte",
    ),
    (
        "01 05",
        "1 RTMP_ReadPacket, failed to read RTMP packet header 3nd byte",
    ),
    (
        "04 0000",
        "1 RTMP_ReadPacket, failed to read RTMP packet header. type: 4",
    ),
    (
        "04 ffffff 000001 09 01000000 01",
        "1 RTMP_ReadPacket, failed to read extended timestamp",
    ),
    (
        "04 000001 000004 09 01000000 11",
        "1 RTMP_ReadPacket, failed to read RTMP packet body. len: 4",
    ),
];

#[test]
fn a_timeout_keeps_the_connection() {
    for (input, line) in STOPS {
        let wire = Wire::new();
        wire.push(input);
        let mut packet = Packet::new();
        let (result, lines) = logged(|| wire.read_packet(&mut packet));
        assert_eq!((result, wire.r().m_sb.sb_timedout.get()), (0, 1), "{input}");
        assert!(wire.is_connected() && packet.body.is_null());
        assert!(has(&lines, line), "{input}: {lines:?}");
        packet.free();
    }
}

#[test]
fn the_end_of_the_stream_closes_the_handle() {
    for (input, line) in STOPS {
        let wire = Wire::new();
        wire.push(input);
        wire.finish();
        let mut packet = Packet::new();
        let (result, lines) = logged(|| wire.read_packet(&mut packet));
        assert_eq!((result, wire.r().m_sb.sb_timedout.get()), (0, 0), "{input}");
        assert!(!wire.is_connected() && wire.r().channel_in(4).is_none());
        // K3: nothing that the caller could free twice.
        assert!(packet.body.is_null());
        assert!(has(&lines, line), "{input}: {lines:?}");
    }
}

/// K4: three chunks on two chunk streams, cut at every byte.
#[test]
fn reading_goes_on_where_a_timeout_stopped_it() {
    let stream = "01 0500 ffffff 000004 09 01000000 01020304 aabbccdd 04 000001 000003 08 01000000 112233 84 000002 445566";
    let bytes = crate::handle::unhex(stream);
    let shown = [
        (69, 0x0102_0304, "aabbccdd"),
        (4, 1, "112233"),
        (4, 3, "445566"),
    ];
    let wire = Wire::new();
    let mut packet = Packet::new();
    let mut messages = Vec::new();
    for byte in &bytes {
        wire.push_bytes(&[*byte]);
        while wire.read_packet(&mut packet) == 1 {
            assert_eq!(packet.read, packet.size);
            messages.push((packet.channel, packet.time, hex(&packet.bytes())));
            packet.free();
            if messages.len() == shown.len() {
                break;
            }
        }
    }
    let shown = shown.map(|(channel, time, body)| (channel, time, tight(body)));
    assert_eq!(messages, shown);
    assert_eq!(
        usize::try_from(wire.r().m_nBytesIn.get()).unwrap(),
        bytes.len()
    );
}

#[test]
fn a_second_failure_has_nothing_to_free_either() {
    // K3: the continuation of a message fails, then the caller frees its packet.
    let wire = Wire::new();
    wire.push(&format!(
        "04 000001 000082 09 01000000 {} c4 11",
        "11".repeat(128)
    ));
    let mut packet = Packet::new();
    assert_eq!(wire.read_packet(&mut packet), 1);
    assert!(packet.body.is_null());
    assert_eq!(wire.read_packet(&mut packet), 0);
    assert!(packet.body.is_null());
    packet.free();
    wire.finish();
    assert_eq!(wire.read_packet(&mut packet), 0);
    assert!(packet.body.is_null() && !wire.is_connected());
    packet.free();
}
