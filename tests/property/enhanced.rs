//! Media (spec 09 §12, §15): whatever its bytes are, they go through `RTMP_Write` and `RTMP_Read` as they are, and classifying
//! them looks at nothing else.

use proptest::collection::vec;
use proptest::prelude::*;
use rtmp::proto::payload::Payload;

use crate::guarded::Guarded;
use crate::handle::{Wire, hex};
use crate::messages::{message, object, tag, text};
use crate::vectors::{AUDIO, VIDEO, Vector, is_read, vectors};

const DATA: u8 = 18;

/// A few bytes or many, often those that mean something in the head of a message.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let head = proptest::sample::select(vec![
        0x00_u8, 0x01, 0x02, 0x07, 0x10, 0x17, 0x27, 0x80, 0x84, 0x90, 0x91, 0x95, 0x96, 0x97,
        0xa1, 0xaf, 0xb1, 0xd1, 0xff,
    ]);
    let byte = prop_oneof![1 => any::<u8>(), 2 => head];
    prop_oneof![vec(byte, 0..12), vec(any::<u8>(), 0..600)]
}

/// Kind, time and body of a tag.
fn media() -> impl Strategy<Value = (u8, u32, Vec<u8>)> {
    (
        proptest::sample::select(&[AUDIO, VIDEO]),
        any::<u32>(),
        body(),
    )
}

/// Everything that can be asked of a message; the bytes end where readable memory ends.
fn ask(kind: u8, body: &[u8]) {
    let guarded = Guarded::new(body);
    let Some(payload) = Payload::of(kind, guarded.bytes()) else {
        return;
    };
    let flags = [
        payload.is_key(),
        payload.is_configuration(),
        payload.is_droppable(),
    ];
    assert!(flags.iter().filter(|&&flag| flag).count() <= 2);
    assert!(payload.nanos < 1_000_000);
    let (mut count, mut bytes) = (0, 0);
    for track in payload.tracks() {
        count += 1;
        bytes += track.body.len();
    }
    // A track takes four bytes at least, so that the work is bounded.
    assert!(
        count >= 1 && (count - 1) * 4 + bytes <= body.len(),
        "{}",
        hex(body)
    );
}

#[test]
fn every_prefix_of_every_vector_is_harmless() {
    for Vector { kind, body, .. } in vectors() {
        for end in 0..=body.len().min(4000) {
            ask(kind, &body[..end]);
        }
        ask(kind, &body);
    }
}

/// What `RTMP_Write` sends of these tags, as one text.
fn sent(tags: &[Vec<u8>], cut: usize) -> String {
    let writer = Wire::playing();
    for piece in tags.concat().chunks(cut) {
        assert_eq!(writer.write(piece), i32::try_from(piece.len()).unwrap());
    }
    writer.sent()
}

fn read(wire: &Wire, bytes: &[u8], size: usize) -> String {
    wire.r().m_read.flags.set(1);
    wire.push_bytes(bytes);
    wire.finish();
    wire.read_all(size)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_can_be_asked_about(kind in any::<u8>(), body in body()) {
        ask(kind, &body);
        ask(AUDIO, &body);
        ask(VIDEO, &body);
    }

    #[test]
    fn media_is_written_as_it_is((kind, time, body) in media(), cut in 1_usize..700) {
        // One message: its chunks are those of a sender that looks at nothing.
        prop_assert_eq!(sent(&[tag(kind, time, &body)], cut), hex(&message(4, time, kind, &body)));
    }

    #[test]
    fn data_is_written_behind_its_instruction(body in body(), cut in 1_usize..700) {
        let whole = [text("@setDataFrame"), body.clone()].concat();
        prop_assert_eq!(sent(&[tag(DATA, 7, &body)], cut), hex(&message(4, 7, DATA, &whole)));
    }

    #[test]
    fn media_is_read_as_it_is(list in vec(media(), 1..6), size in 1_usize..700, silence in any::<bool>()) {
        let mut wire = Wire::playing();
        wire.set_up(if silence { "rtmp://h/a/p silence=1" } else { "rtmp://h/a/p" });
        let (mut messages, mut flv) = (Vec::new(), Vec::new());
        for (kind, time, body) in &list {
            messages.extend(message(5, *time, *kind, body));
            let is_silence = silence && *kind == AUDIO && body.is_empty();
            if is_silence || is_read(*kind, body) {
                flv.extend(tag(*kind, *time, body));
            }
        }
        prop_assert_eq!(read(&wire, &messages, size), hex(&flv));
    }

    #[test]
    fn metadata_is_read_as_it_is(value in ".{0,300}", size in 1_usize..700) {
        let names = object(&[("title", text(&value))]);
        let body = [text("onMetaData"), names].concat();
        let wire = Wire::playing();
        let flv = hex(&tag(DATA, 7, &body));
        prop_assert_eq!(read(&wire, &message(5, 7, DATA, &body), size), flv);
    }
}
