//! A whole server session: the input is what the client says, behind a handshake that succeeds or from its first byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::quiet::log_words;
use librtmp_fuzz::trees::text;
use librtmp_fuzz::wire::{Packet, ROOM, Wire};
use rtmp::abi::OwnedObject;
use rtmp::ffi::rtmp::packet::RTMPPacket_Dump;
use rtmp::ffi::rtmp::send::{RTMP_SendClientBW, RTMP_SendCtrl, RTMP_SendServerBW};
use rtmp::session::amf::{decode, dump, text_at};

/// Bits of the first byte of the input.
const FROM_THE_FIRST_BYTE: u8 = 0x01;
const DISPATCHING: u8 = 0x02;
const TALKING: u8 = 0x04;

/// Packets that one input may hold.
const MOST: usize = 10_000;

fuzz_target!(init: log_words(), |data: &[u8]| {
    let Some((&mode, said)) = data.split_first() else { return };
    if said.len() > ROOM {
        return;
    }
    let wire = Wire::new();
    if mode & FROM_THE_FIRST_BYTE == 0 {
        wire.push(&[3]);
        wire.push(&[0; 2 * 1536]);
    }
    wire.push(said);
    wire.finish();
    if wire.serve() {
        converse(&wire, mode, said.len());
    }
});

/// What servers written with librtmp do.
fn converse(wire: &Wire, mode: u8, said: usize) {
    let packet = Packet::default();
    let mut chunks = 0;
    while wire.is_connected() && wire.read_packet(&packet) {
        chunks += 1;
        // Every chunk takes at least a byte.
        assert!(chunks <= said);
        if !packet.is_complete() {
            continue;
        }
        if mode & TALKING != 0 && chunks < MOST {
            talk(wire);
        }
        if mode & DISPATCHING != 0 {
            wire.client_packet(&packet);
        } else {
            look(&packet);
        }
        packet.free();
    }
}

fn talk(wire: &Wire) {
    // SAFETY: a handle.
    unsafe { RTMP_SendServerBW(wire.raw()) };
    // SAFETY: a handle.
    unsafe { RTMP_SendClientBW(wire.raw()) };
    for kind in [0, 3, 6, 7, 26, 27, 31] {
        // SAFETY: a handle.
        unsafe { RTMP_SendCtrl(wire.raw(), kind, 1, 300) };
    }
    // The socket must not be filled.
    wire.sent();
}

fn look(packet: &Packet) {
    let body = packet.0.body();
    // SAFETY: a packet.
    unsafe { RTMPPacket_Dump(packet.raw()) };
    let body = match packet.0.m_packetType.get() {
        0x11 => body.get(1..).unwrap_or_default(),
        0x12 | 0x14 => body,
        _ => return,
    };
    let object = OwnedObject::default();
    if decode::sequence(&object, &text(body), false).is_some() {
        dump(&object);
        text_at(&object, 0);
    }
}
