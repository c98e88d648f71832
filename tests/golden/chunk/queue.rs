//! The calls that wait for a reply (spec 04 §6, §14 row 25; 05 §5), and the packet helpers (04 §2).

use rtmp::ffi::rtmp::access::RTMP_DropRequest;
use rtmp::ffi::rtmp::packet::{
    RTMPPacket_Alloc, RTMPPacket_Dump, RTMPPacket_Free, RTMPPacket_Reset,
};

use crate::handle::{Packet, Wire, unhex};
use crate::logged::logged;
use crate::messages::{COMMAND, NULL, command};

/// Sends a command on a chunk stream that nothing else uses.
fn call(wire: &Wire, kind: u8, body: &[u8], queue: i32) {
    let mut packet = Packet::new();
    (packet.kind, packet.channel) = (kind, 60);
    assert_eq!(wire.send(&mut packet, body, queue), 1);
}

#[test]
fn commands_are_queued_when_asked_for() {
    let wire = Wire::new();
    let body = unhex("02 0003 666f6f 00 401f99999999999a 05");
    call(&wire, COMMAND, &body, 1);
    call(&wire, COMMAND, &body, 5);
    call(&wire, COMMAND, &body, 0);
    call(&wire, 0x11, &body, 1);
    assert_eq!(wire.calls(), ["foo 7", "foo 7"]);
    // K13: what is too short to hold a name and a number is sent, and not queued.
    for length in 1..15 {
        call(&wire, COMMAND, &body[..length], 1);
    }
    assert_eq!(wire.calls(), ["foo 7", "foo 7"]);
}

#[test]
fn the_oldest_of_too_many_calls_is_forgotten() {
    let wire = Wire::new();
    for id in 0..1030 {
        call(&wire, COMMAND, &command("a", f64::from(id), &[NULL]), 1);
        wire.sent();
    }
    let calls = wire.calls();
    assert_eq!(
        (calls.len(), &calls[0][..], &calls[1023][..]),
        (1024, "a 6", "a 1029")
    );
}

#[test]
fn ids_are_cut_to_integers() {
    // 05 §5.
    let wire = Wire::new();
    let rows = [
        (3.9, "a 3"),
        (-1.0, "a -1"),
        (5e9, "a -2147483648"),
        (f64::NAN, "a -2147483648"),
    ];
    for (id, _) in rows {
        call(&wire, COMMAND, &command("a", id, &[NULL]), 1);
    }
    assert_eq!(wire.calls(), rows.map(|(_, shown)| shown));
}

#[test]
fn dropped_calls_close_the_gap() {
    for count in [17, 18, 33] {
        let wire = Wire::new();
        for id in 0..count {
            call(&wire, COMMAND, &command("call", f64::from(id), &[NULL]), 1);
            wire.sent();
        }
        // K11: entries that do not exist.
        for index in [-1, count, count + 1] {
            // SAFETY: a handle; the index may be anything.
            unsafe { RTMP_DropRequest(wire.raw(), index, 1) };
        }
        // SAFETY: as above.
        unsafe { RTMP_DropRequest(wire.raw(), 0, 1) };
        let left: Vec<String> = (1..count).map(|id| format!("call {id}")).collect();
        assert_eq!(wire.calls(), left);
    }
}

#[test]
fn packets_are_allocated_reset_and_freed() {
    // 04 §2.
    let mut packet = Packet::new();
    (packet.read, packet.size) = (9, 9);
    // SAFETY: a packet without a body.
    assert_eq!(unsafe { RTMPPacket_Alloc(packet.raw(), 4) }, 1);
    assert_eq!((packet.read, packet.size), (0, 9));
    packet.read = 4;
    assert_eq!(packet.bytes(), [0; 4]);
    let body = packet.body;
    (packet.time, packet.channel) = (7, 8);
    // SAFETY: a packet.
    unsafe { RTMPPacket_Reset(packet.raw()) };
    assert_eq!(
        (packet.time, packet.channel, packet.read, packet.size),
        (0, 0, 0, 0)
    );
    assert_eq!(packet.body, body);
    for _ in 0..2 {
        // SAFETY: a packet whose body is the library's, then NULL.
        unsafe { RTMPPacket_Free(packet.raw()) };
        assert!(packet.body.is_null());
    }
}

#[test]
fn packets_are_dumped_in_one_line() {
    // 04 §2.
    let mut packet = Packet::new();
    let mut body = [0xfe_u8; 9];
    (packet.time, packet.stream, packet.size) = (u32::MAX, -5, 9);
    packet.body = body.as_mut_ptr();
    // SAFETY: a packet with a body of that size.
    let ((), lines) = logged(|| unsafe { RTMPPacket_Dump(packet.raw()) });
    let line = "4 RTMP PACKET: packet type: 0x00. channel: 0x00. info 1: -1 info 2: -5. Body size: 9. body: 0xfe";
    assert_eq!(lines, [line]);
}
