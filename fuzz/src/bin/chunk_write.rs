//! `RTMP_SendPacket` and `RTMP_ReadPacket`: what is sent is received, at any chunk size.
#![no_main]

use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::quiet::log_words;
use librtmp_fuzz::wire::{Packet, ROOM, Wire};
use rtmp::ffi::rtmp::packet::RTMPPacket_Alloc;

/// What goes over the wire for all messages of one input, at most.
const MOST: usize = ROOM / 2;

type Message = (i32, u8, u32, Vec<u8>);

fuzz_target!(init: log_words(), |data: &[u8]| {
    let _ = talk(&mut Unstructured::new(data));
});

fn talk(input: &mut Unstructured<'_>) -> Result<()> {
    let (sender, receiver) = (Wire::new(), Wire::new());
    let chunk_size = 1 + i32::from(u16::arbitrary(input)? >> (u8::arbitrary(input)? % 16));
    sender.r().m_outChunkSize.set(chunk_size);
    receiver.r().m_inChunkSize.set(chunk_size);
    let mut wanted: Vec<Message> = Vec::new();
    let mut seen_channels = Vec::new();
    let mut size = 0;
    while !input.is_empty() && wanted.len() < 64 && size < MOST {
        let (packet, message) = make(input, &mut seen_channels)?;
        let sent = sender.send_packet(&packet, bool::arbitrary(input)?);
        assert!(sent);
        assert_eq!(packet.0.body(), message.3);
        wanted.push(message);
        let bytes = sender.sent();
        size += bytes.len();
        receiver.push(&bytes);
    }
    let packet = Packet::default();
    let mut seen = Vec::new();
    while receiver.read_packet(&packet) {
        if packet.is_complete() {
            let one = &packet.0;
            let shape = (
                one.m_nChannel.get(),
                one.m_packetType.get(),
                one.m_nTimeStamp.get(),
            );
            seen.push((shape.0, shape.1, shape.2, one.body().to_vec()));
            packet.free();
        }
    }
    assert_eq!(seen, wanted);
    Ok(())
}

/// A packet on one of a few chunk streams, and what its receiver must get.
fn make(input: &mut Unstructured<'_>, seen: &mut Vec<i32>) -> Result<(Packet, Message)> {
    let channel = *input.choose(&[2, 3, 4, 63, 64, 65, 319, 320, 65_599])?;
    let packet = Packet::default();
    let length = usize::from(u16::arbitrary(input)? >> (4 + u8::arbitrary(input)? % 12));
    // A receiver keeps no time for a message without a body.
    let body = vec![u8::arbitrary(input)?; length.max(1)];
    let kind = *input.choose(&[1, 3, 4, 5, 6, 8, 9, 0x12, 0x14, 0x16, 0x55])?;
    let time = match u8::arbitrary(input)? {
        0 => 0x00ff_fffe_u32.wrapping_add(u8::arbitrary(input)?.into()),
        1 => u32::arbitrary(input)?,
        small => small.into(),
    };
    let one = &packet.0;
    // A stream begins with a full header; type 3 says what its sender wants, right or wrong.
    let header = if seen.contains(&channel) {
        u8::arbitrary(input)? % 3
    } else {
        0
    };
    seen.push(channel);
    one.m_headerType.set(header);
    one.m_nChannel.set(channel);
    one.m_packetType.set(kind);
    one.m_nTimeStamp.set(time);
    one.m_nInfoField2.set(1);
    let size = u32::try_from(body.len()).unwrap();
    // SAFETY: a packet without a body.
    assert_eq!(unsafe { RTMPPacket_Alloc(packet.raw(), size) }, 1);
    one.m_nBodySize.set(size);
    one.append(&body);
    Ok((packet, (channel, kind, time, body)))
}
