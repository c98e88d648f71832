//! `RTMP_SendPacket` and `RTMP_SendChunk` (spec 04 §4, §5).

use rtmp::ffi::rtmp::packet::{RTMP_SendChunk, RTMP_SendPacket};

use crate::handle::{Chunk, Packet, Wire, has, tight, unhex};
use crate::logged::logged;

/// One call: channel, header type, message type, time, size, stream id; then the header type used and what is written,
/// where `*n` is the next n bytes of the body.
type Row = (i32, u8, u8, u32, usize, i32, u8, &'static str);

fn alphabet(size: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(size).collect()
}

fn expand(wire: &str) -> String {
    let mut body = (b'a'..=b'z').cycle();
    let mut out = String::new();
    for word in wire.split_whitespace() {
        match word.strip_prefix('*') {
            Some(count) => {
                let bytes: Vec<u8> = body.by_ref().take(count.parse().unwrap()).collect();
                out += &crate::handle::hex(&bytes);
            }
            None => out += word,
        }
    }
    out
}

fn send(wire: &Wire, row: &Row) -> (i32, Packet) {
    let &(channel, header, kind, time, size, stream, ..) = row;
    let mut packet = Packet::new();
    (packet.channel, packet.header, packet.kind) = (channel, header, kind);
    (packet.time, packet.stream) = (time, stream);
    // Senders leave these as their stack has them.
    packet.read = 0xdead_beef;
    let sent = wire.send(&mut packet, &alphabet(size), 0);
    (sent, packet)
}

/// Sends all rows on one handle.
fn check(wire: &Wire, rows: &[Row]) {
    for row in rows {
        let (sent, packet) = send(wire, row);
        assert_eq!((sent, packet.header), (1, row.6), "{row:?}");
        assert_eq!(wire.sent(), expand(row.7), "{row:?}");
    }
}

#[test]
fn headers_shrink() {
    // §4.7, first table.
    check(
        &Wire::new(),
        &[
            (4, 0, 9, 0, 4, 1, 0, "04 000000 000004 09 01000000 *4"),
            (4, 1, 9, 40, 4, 1, 2, "84 000028 *4"),
            // K7: type 3 would say "40 ms later again".
            (4, 1, 9, 40, 4, 1, 2, "84 000000 *4"),
            (4, 1, 9, 80, 4, 1, 2, "84 000028 *4"),
            (4, 1, 9, 80, 5, 1, 1, "44 000000 000005 09 *5"),
            (4, 1, 8, 80, 5, 1, 1, "44 000000 000005 08 *5"),
            // K18: types 2 and 3 cannot tell the new size.
            (4, 2, 8, 80, 6, 1, 1, "44 000000 000006 08 *6"),
            (4, 2, 8, 100, 6, 7, 2, "84 000014 *6"),
            (4, 3, 8, 200, 6, 7, 3, "c4 *6"),
            (4, 1, 8, 150, 6, 7, 0, "04 000096 000006 08 07000000 *6"),
            (4, 0, 8, 150, 6, 7, 0, "04 000096 000006 08 07000000 *6"),
            // K7: the type 0 before had a time of its own.
            (4, 1, 8, 150, 6, 7, 2, "84 000000 *6"),
            (4, 1, 8, 150, 6, 7, 3, "c4 *6"),
        ],
    );
}

#[test]
fn a_time_that_goes_back_is_absolute() {
    for asked in 1..4 {
        let full = |row: Row| (row.0, asked, row.2, row.3, row.4, row.5, row.6, row.7);
        check(
            &Wire::new(),
            &[
                (4, 0, 9, 158, 4, 5, 0, "04 00009e 000004 09 05000000 *4"),
                full((4, 1, 9, 124, 4, 5, 0, "04 00007c 000004 09 05000000 *4")),
                // Who asks for a short header need not name the stream.
                full((4, 1, 8, 100, 6, 0, 0, "04 000064 000006 08 05000000 *6")),
                (4, 1, 8, 120, 6, 5, 2, "84 000014 *6"),
                // 49.7 days.
                (
                    4,
                    0,
                    8,
                    0xffff_fff0,
                    6,
                    5,
                    0,
                    "04 ffffff 000006 08 05000000 fffffff0 *6",
                ),
                full((4, 1, 8, 6, 6, 5, 0, "04 000006 000006 08 05000000 *6")),
                full((
                    4,
                    1,
                    8,
                    0xffff_fff8,
                    6,
                    5,
                    0,
                    "04 ffffff 000006 08 05000000 fffffff8 *6",
                )),
                (4, 2, 8, 0xffff_fffb, 6, 5, 2, "84 000003 *6"),
            ],
        );
    }
}

#[test]
fn first_messages_of_a_channel_are_sent_as_asked() {
    // §4.1, §4.7.
    check(
        &Wire::new(),
        &[
            (5, 1, 9, 1000, 2, 3, 1, "45 0003e8 000002 09 *2"),
            (6, 2, 9, 1000, 2, 3, 2, "86 0003e8 *2"),
            (7, 3, 9, 1000, 2, 3, 3, "c7 *2"),
        ],
    );
}

#[test]
fn basic_headers_have_three_lengths() {
    // §4.2, §4.7.
    check(
        &Wire::new(),
        &[
            (63, 0, 9, 1, 1, 1, 0, "3f 000001 000001 09 01000000 *1"),
            (64, 0, 9, 1, 1, 1, 0, "00 00 000001 000001 09 01000000 *1"),
            (319, 0, 9, 1, 1, 1, 0, "00 ff 000001 000001 09 01000000 *1"),
            (
                320,
                0,
                9,
                1,
                1,
                1,
                0,
                "01 0001 000001 000001 09 01000000 *1",
            ),
            (
                65_599,
                0,
                9,
                1,
                1,
                1,
                0,
                "01 ffff 000001 000001 09 01000000 *1",
            ),
            // K12: what is no chunk stream of a message is still sent as it is.
            (0, 0, 9, 1, 1, 1, 0, "00 000001 000001 09 01000000 *1"),
            (1, 0, 9, 1, 1, 1, 0, "01 000001 000001 09 01000000 *1"),
        ],
    );
}

#[test]
fn large_times_are_extended() {
    // §4.2, §4.3, §4.7.
    check(
        &Wire::new(),
        &[
            (
                4,
                0,
                9,
                0x00ff_fffe,
                1,
                1,
                0,
                "04 fffffe 000001 09 01000000 *1",
            ),
            (
                4,
                0,
                9,
                0x00ff_ffff,
                1,
                1,
                0,
                "04 ffffff 000001 09 01000000 00ffffff *1",
            ),
            (
                4,
                0,
                9,
                0x0100_0000,
                1,
                1,
                0,
                "04 ffffff 000001 09 01000000 01000000 *1",
            ),
            (4, 1, 9, 0x0100_0028, 1, 1, 2, "84 000028 *1"),
            (
                4,
                1,
                9,
                0x0300_0000,
                2,
                1,
                1,
                "44 ffffff 000002 09 01ffffd8 *2",
            ),
            (4, 3, 9, 0x0700_0000, 2, 1, 3, "c4 04000000 *2"),
            (
                70,
                0,
                9,
                0x0102_0304,
                130,
                1,
                0,
                "00 06 ffffff 000082 09 01000000 01020304 *128 c006 01020304 *2",
            ),
            (
                400,
                0,
                9,
                0x0102_0304,
                130,
                1,
                0,
                "01 5001 ffffff 000082 09 01000000 01020304 *128 c15001 01020304 *2",
            ),
        ],
    );
}

#[test]
fn messages_are_cut_at_the_chunk_size() {
    // §4.3, §4.7; K10: what is no chunk size counts as 128.
    let rows: [(i32, Row); 6] = [
        (
            128,
            (4, 0, 9, 0, 128, 1, 0, "04 000000 000080 09 01000000 *128"),
        ),
        (
            128,
            (
                4,
                0,
                9,
                0,
                129,
                1,
                0,
                "04 000000 000081 09 01000000 *128 c4 *1",
            ),
        ),
        (
            128,
            (
                4,
                0,
                9,
                0,
                257,
                1,
                0,
                "04 000000 000101 09 01000000 *128 c4 *128 c4 *1",
            ),
        ),
        (
            4096,
            (4, 0, 9, 0, 300, 1, 0, "04 000000 00012c 09 01000000 *300"),
        ),
        (
            0,
            (
                4,
                0,
                9,
                0,
                130,
                1,
                0,
                "04 000000 000082 09 01000000 *128 c4 *2",
            ),
        ),
        (
            -5,
            (
                4,
                0,
                9,
                0,
                130,
                1,
                0,
                "04 000000 000082 09 01000000 *128 c4 *2",
            ),
        ),
    ];
    for (size, row) in rows {
        let wire = Wire::new();
        wire.r().m_outChunkSize.set(size);
        check(&wire, &[row]);
    }
}

#[test]
fn a_message_without_body_is_its_header() {
    // §4.4, §4.7.
    let rows = [
        (4, 0, "04 000000 000000 08 00000000"),
        (
            500,
            0x0123_4567,
            "01b401 ffffff 000000 08 00000000 01234567",
        ),
    ];
    let wire = Wire::new();
    for (channel, time, sent) in rows {
        let mut packet = Packet::new();
        (packet.kind, packet.channel, packet.time) = (8, channel, time);
        // SAFETY: a handle and a packet of size 0.
        assert_eq!(unsafe { RTMP_SendPacket(wire.raw(), packet.raw(), 0) }, 1);
        assert_eq!(wire.sent(), tight(sent));
    }
}

#[test]
fn what_the_wire_cannot_carry_is_refused() {
    // §4.1 step 4; K12, K13.
    let wire = Wire::new();
    let rows: [(Row, &str); 3] = [
        (
            (4, 4, 9, 0, 1, 1, 4, ""),
            "1 sanity failed!! trying to send header of type: 0x04.",
        ),
        (
            (-1, 0, 9, 0, 1, 1, 0, ""),
            "1 RTMP_SendPacket: chunk stream -1 is out of range",
        ),
        (
            (65_600, 0, 9, 0, 1, 1, 0, ""),
            "1 RTMP_SendPacket: chunk stream 65600 is out of range",
        ),
    ];
    for (row, line) in rows {
        let ((sent, _), lines) = logged(|| send(&wire, &row));
        assert_eq!((sent, wire.sent()), (0, String::new()), "{row:?}");
        assert!(has(&lines, line), "{lines:?}");
    }
    let mut packet = Packet::new();
    (packet.kind, packet.channel, packet.size) = (0x14, 3, 5);
    // SAFETY: a handle and a packet; a body that is missing is noticed.
    assert_eq!(unsafe { RTMP_SendPacket(wire.raw(), packet.raw(), 1) }, 0);
    assert!(wire.is_connected() && wire.sent().is_empty());
}

#[test]
fn a_peer_that_has_gone_closes_the_handle() {
    // §4.5, §4.7.
    let mut wire = Wire::new();
    check(
        &wire,
        &[(4, 0, 9, 0, 1, 1, 0, "04 000000 000001 09 01000000 *1")],
    );
    wire.hang_up();
    let row = (4, 1, 9, 0, 1, 1, 0, "");
    let ((sent, _), lines) = logged(|| send(&wire, &row));
    assert_eq!((sent, wire.is_connected()), (0, false));
    assert!(wire.r().channel_out(4).is_none());
    assert!(
        has(&lines, "1 WriteN, RTMP send error 32 (2 bytes)"),
        "{lines:?}"
    );
}

#[test]
fn raw_chunks_are_sent_as_they_are() {
    // §5.
    let mut wire = Wire::new();
    let mut memory = [&[0x5a; 18], &unhex("1415161718")[..]].concat();
    let before = memory.clone();
    let mut chunk = Chunk {
        header_size: 8,
        size: 5,
        payload: memory[18..].as_mut_ptr(),
        header: *b"HEADER12..........",
    };
    let rows = [
        (8, 5, "48454144 45523132 1415161718"),
        (8, 0, "4845414445523132"),
        (0, 5, "1415161718"),
        (0, 0, ""),
    ];
    for (header, size, sent) in rows {
        (chunk.header_size, chunk.size) = (header, size);
        // SAFETY: a handle and a chunk whose payload has that size.
        let result = unsafe { RTMP_SendChunk(wire.raw(), (&raw mut chunk).cast()) };
        assert_eq!(result, 1);
        assert_eq!(wire.sent(), tight(sent));
        assert!(memory == before);
    }
    assert!((0..20).all(|channel| wire.r().channel_out(channel).is_none()));
    wire.hang_up();
    (chunk.header_size, chunk.size) = (8, 5);
    // SAFETY: as above.
    let result = unsafe { RTMP_SendChunk(wire.raw(), (&raw mut chunk).cast()) };
    assert_eq!(result, 0);
    assert!(!wire.is_connected());
}
