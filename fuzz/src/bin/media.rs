//! `RTMP_Read` behind the handshake: any bytes are harmless, and media is the same at any split, with data in AMF3 and silence or
//! without.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::pieces::Cut;
use librtmp_fuzz::quiet::log_words;
use librtmp_fuzz::wire::{Packet, Wire};
use rtmp::abi::{OptionName, Origin, RTMP_LF_BUFX, RTMP_LF_LIVE, RTMP_READ_HEADER, Setting};
use rtmp::ffi::rtmp::packet::RTMPPacket_Alloc;

/// Bits of the first byte of the input: what `m_pausing` begins with.
const PAUSING: u8 = 0x30;

fuzz_target!(init: log_words(), |data: &[u8]| {
    let Some((&[flags, size], rest)) = data.split_first_chunk::<2>() else { return };
    let Some(cut) = Cut::of(rest) else { return };
    let size = 1 + usize::from(size) * usize::from(size);
    let (whole, reads) = read(flags, size, cut.whole());
    // Tags are a little longer than messages, and empty messages give none.
    assert!(whole.len() <= 13 + 16 * cut.bytes.len());
    assert!(reads <= whole.len() + cut.bytes.len() + 3);

    // The header phase says which tracks there are in what has come so far, and pausing depends on what comes when.
    let flags = (flags | RTMP_READ_HEADER) & !PAUSING;
    let messages = messages(cut.bytes);
    let cut = cut.instead(&messages);
    let whole = read(flags, size, cut.whole());
    let pieces = read(flags, size, cut.pieces());
    assert_eq!(pieces.0, whole.0);
});

/// Messages that a sender has put into chunks. What begins a chunk stream by a short header is read after the message
/// before, whichever that was, as in the original: that depends on the split.
fn messages(mut bytes: &[u8]) -> Vec<u8> {
    const KINDS: [u8; 8] = [8, 9, 0x0f, 9, 0x12, 0x14, 0x16, 4];
    let sender = Wire::new();
    let mut all = Vec::new();
    while let Some((&[kind, time, length], rest)) = bytes.split_first_chunk::<3>() {
        let (body, rest) = rest.split_at(usize::from(length).min(rest.len()));
        bytes = rest;
        let packet = Packet::default();
        let size = u32::try_from(body.len()).unwrap();
        let one = &packet.0;
        one.m_headerType.set(u8::from(kind & 0x40 != 0));
        one.m_nChannel.set(4);
        one.m_packetType.set(KINDS[usize::from(kind % 8)]);
        one.m_nTimeStamp.set(u32::from(time) << (kind >> 3 & 7));
        one.m_nInfoField2.set(1);
        // SAFETY: a packet without a body.
        assert_eq!(unsafe { RTMPPacket_Alloc(packet.raw(), size) }, 1);
        one.m_nBodySize.set(size);
        one.append(body);
        if all.is_empty() {
            one.m_headerType.set(0);
        }
        assert!(sender.send_packet(&packet, false));
        all.extend(sender.sent());
    }
    all
}

fn read<'a>(flags: u8, size: usize, pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, usize) {
    let wire = Wire::new();
    let r = wire.r();
    r.m_stream_id.set(1);
    r.m_bPlaying.set(1);
    // The flags of resuming need what the program knows of its file: the client target has that.
    r.m_read.flags.set(flags & RTMP_READ_HEADER);
    for (bit, flag) in [(2, RTMP_LF_LIVE), (4, RTMP_LF_BUFX)] {
        if flags & bit != 0 {
            r.Link.raise(flag);
        }
    }
    for (bit, option) in [
        (0x40, OptionName::EnhancedRtmp),
        (0x80, OptionName::Silence),
    ] {
        if flags & bit != 0 {
            assert!(r.set_option(option, Some(Setting::Number(1)), Origin::Program));
        }
    }
    r.m_pausing.set(i32::from((flags & PAUSING) >> 4));
    let (mut all, mut reads) = (Vec::new(), 0);
    for piece in pieces {
        wire.push(piece);
        reads += read_all(&wire, size, &mut all);
        if wire.r().m_sb.sb_timedout.get() == 1 {
            // A program goes on after a timeout.
            r.m_read.status.set(0);
        }
    }
    wire.finish();
    reads += read_all(&wire, size, &mut all);
    assert!(wire.read(size).0 <= 0);
    (all, reads)
}

fn read_all(wire: &Wire, size: usize, all: &mut Vec<u8>) -> usize {
    let mut reads = 0;
    loop {
        let (count, bytes) = wire.read(size);
        all.extend_from_slice(&bytes);
        reads += 1;
        if count <= 0 {
            return reads;
        }
    }
}
