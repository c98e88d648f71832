//! `RTMP_ReadPacket`: the same messages at any split with timeouts between the pieces, in bounded memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::pieces::Cut;
use librtmp_fuzz::quiet::log_everything;
use librtmp_fuzz::wire::{Packet, Wire};

type Seen = (i32, u8, u32, i32, Vec<u8>);

fuzz_target!(init: log_everything(), |data: &[u8]| {
    let Some((&size, rest)) = data.split_first() else { return };
    let Some(cut) = Cut::of(rest) else { return };
    let chunk_size = match size {
        0..100 => i32::from(size) * 2,
        100..200 => 128,
        200..250 => i32::from(size) * 16,
        _ => i32::MAX,
    };
    let whole = receive(chunk_size, cut.whole());
    assert_eq!(receive(chunk_size, cut.pieces()), whole);
});

/// All messages, and the bytes that were counted.
fn receive<'a>(chunk_size: i32, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Seen> {
    let wire = Wire::new();
    wire.r().m_inChunkSize.set(chunk_size);
    let (packet, mut seen) = (Packet::default(), Vec::new());
    let mut received = 0;
    for piece in pieces {
        wire.push(piece);
        received += piece.len();
        while wire.read_packet(&packet) {
            assert!(packet.0.m_nBytesRead.get() <= packet.0.m_nBodySize.get());
            if packet.is_complete() {
                seen.push(shown(&packet));
                packet.free();
            } else {
                assert!(packet.0.body().is_empty() || packet.0.is_bodiless());
            }
        }
        // A timeout ends nothing.
        assert!(wire.is_connected() && wire.r().m_sb.sb_timedout.get() == 1);
    }
    assert!(held(&wire) <= 4 * received);
    wire.finish();
    assert!(!wire.read_packet(&packet) && !wire.is_connected());
    seen
}

fn shown(packet: &Packet) -> Seen {
    let packet = &packet.0;
    (
        packet.m_nChannel.get(),
        packet.m_packetType.get(),
        packet.m_nTimeStamp.get(),
        packet.m_nInfoField2.get(),
        packet.body().to_vec(),
    )
}

/// Memory that a handle holds for messages that are not complete, beyond the 64 KiB that each may have ahead, or twice
/// that: no length on the wire is believed.
fn held(wire: &Wire) -> usize {
    let stored = (0..65_600).map_while(|channel| {
        (channel < 64 || wire.r().channel_timestamp(channel).is_some())
            .then(|| wire.r().channel_in(channel))
    });
    let size = |body: usize| {
        let block = core::ptr::without_provenance_mut(body.wrapping_sub(18));
        // SAFETY: a body that is there lies 18 bytes behind the start of its C block.
        unsafe { libc::malloc_usable_size(block) }
    };
    stored
        .flatten()
        .map(|stored| stored.packet.body_address())
        .filter(|&body| body != 0)
        .map(|body| size(body).saturating_sub(130 * 1024))
        .sum()
}
