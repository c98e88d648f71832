//! `RTMP_Write`: the same messages at any split of the stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::pieces::Cut;
use librtmp_fuzz::quiet::log_words;
use librtmp_fuzz::wire::{Packet, Wire};
use rtmp::proto::flv::{FILE_HEADER, SIZE_FIELD, TAG_HEADER, Tag};

type Seen = (i32, u8, u32, i32, Vec<u8>);

fuzz_target!(init: log_words(), |data: &[u8]| {
    let Some((&size, rest)) = data.split_first() else { return };
    let Some(cut) = Cut::of(rest) else { return };
    let chunk_size = 1 + i32::from(size) * i32::from(size);
    // Any bytes are taken, and what is sent can be read.
    publish(chunk_size, cut.whole());
    publish(chunk_size, cut.pieces());
    let stream = stream(cut.bytes);
    let cut = cut.instead(&stream);
    let whole = publish(chunk_size, cut.whole());
    assert_eq!(publish(chunk_size, cut.pieces()), whole);
});

/// A stream of tags whose lengths and size fields are right: wrong ones are passed over inside one call only.
fn stream(mut bytes: &[u8]) -> Vec<u8> {
    let mut stream = FILE_HEADER.to_vec();
    while let Some((head, rest)) = bytes.split_first_chunk::<TAG_HEADER>() {
        let mut tag = Tag::parse(head);
        // Short tags leave room for many.
        let length = (tag.length as usize % 700).min(rest.len());
        tag.length = u32::try_from(length).unwrap();
        let (data, rest) = rest.split_at(length);
        stream.extend_from_slice(&tag.header());
        stream.extend_from_slice(data);
        stream.extend_from_slice(&tag.size_field());
        bytes = rest.get(SIZE_FIELD..).unwrap_or_default();
    }
    stream
}

fn publish<'a>(chunk_size: i32, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Seen> {
    let (sender, receiver) = (Wire::new(), Wire::new());
    sender.r().m_stream_id.set(1);
    sender.r().m_bPlaying.set(1);
    sender.r().m_outChunkSize.set(chunk_size);
    receiver.r().m_inChunkSize.set(chunk_size);
    let mut seen = Vec::new();
    for piece in pieces {
        let taken = sender.write(piece);
        // Where a tag is encrypted it is left out, and the connection stays.
        let has_failed = taken == -1 && sender.r().m_sb.sb_socket.observe() != -1;
        assert!(has_failed || taken == i32::try_from(piece.len()).unwrap());
        receiver.push(&sender.sent());
        receive(&receiver, &mut seen);
    }
    seen
}

fn receive(receiver: &Wire, seen: &mut Vec<Seen>) {
    let packet = Packet::default();
    while receiver.read_packet(&packet) {
        if packet.is_complete() {
            let one = &packet.0;
            let (channel, stream) = (one.m_nChannel.get(), one.m_nInfoField2.get());
            let (kind, time) = (one.m_packetType.get(), one.m_nTimeStamp.get());
            seen.push((channel, kind, time, stream, one.body().to_vec()));
            packet.free();
        }
    }
}
