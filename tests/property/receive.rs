//! The reader as a whole (spec 04 §3, 06 §5): messages on several chunk streams, cut into any pieces with timeouts
//! between them, arrive as they were sent (04 K4); any bytes are harmless.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::amf::log_everything;
use crate::handle::{Packet, Wire};
use crate::vectors::is_read;

/// As short as the system's clock allows: nothing but the silence between two pieces is waited for.
const SILENCE: Duration = Duration::from_millis(1);

/// A message and how its sender puts it.
#[derive(Clone, Debug)]
struct Message {
    channel: i32,
    kind: u8,
    time: u32,
    body: Vec<u8>,
    /// Whether the sender uses a short header if there is a message before.
    is_short: bool,
}

fn message(kinds: &'static [u8]) -> impl Strategy<Value = Message> {
    let channel = prop::sample::select(vec![2, 4, 5, 63, 64, 319, 320, 700]);
    let time = prop_oneof![0_u32..1000, 0x00ff_fffe_u32..0x0100_0001, any::<u32>()];
    let body = prop_oneof![vec(any::<u8>(), 0..10), vec(any::<u8>(), 100..400)];
    (
        channel,
        prop::sample::select(kinds),
        time,
        body,
        any::<bool>(),
    )
        .prop_map(|(channel, kind, time, body, is_short)| Message {
            channel,
            kind,
            time,
            body,
            is_short,
        })
}

fn basic(kind: u8, channel: i32) -> Vec<u8> {
    let [low, high, ..] = (channel.max(64) - 64).to_le_bytes();
    match channel {
        ..64 => vec![kind << 6 | u8::try_from(channel).unwrap()],
        64..320 => vec![kind << 6, low],
        _ => vec![kind << 6 | 1, low, high],
    }
}

/// The chunks of a message; `before` is the time of the message before on its chunk stream.
fn chunks(message: &Message, before: Option<u32>) -> VecDeque<Vec<u8>> {
    let before = before.filter(|_| message.is_short);
    let field = message.time.wrapping_sub(before.unwrap_or(0));
    let extended = if field >= 0x00ff_ffff {
        field.to_be_bytes().to_vec()
    } else {
        Vec::new()
    };
    let length = u32::try_from(message.body.len()).unwrap();
    let mut head = basic(u8::from(before.is_some()), message.channel);
    head.extend_from_slice(&field.min(0x00ff_ffff).to_be_bytes()[1..]);
    head.extend_from_slice(&length.to_be_bytes()[1..]);
    head.push(message.kind);
    if before.is_none() {
        head.extend_from_slice(&[1, 0, 0, 0]);
    }
    let mut out = VecDeque::new();
    let mut payloads = message.body.chunks(128);
    out.push_back([&head[..], &extended, payloads.next().unwrap_or_default()].concat());
    for payload in payloads {
        out.push_back([&basic(3, message.channel)[..], &extended, payload].concat());
    }
    out
}

/// The chunks of all messages, interleaved as `order` says; and the messages in the order in which they are complete.
fn interleave(messages: &[Message], order: &[usize]) -> (Vec<u8>, Vec<Message>) {
    let mut waiting: VecDeque<&Message> = messages.iter().collect();
    let mut open: Vec<(&Message, VecDeque<Vec<u8>>)> = Vec::new();
    let mut times = std::collections::BTreeMap::new();
    let (mut bytes, mut done) = (Vec::new(), Vec::new());
    let mut order = order.iter().cycle();
    while !(waiting.is_empty() && open.is_empty()) {
        let mut choice = order.next().unwrap() % (open.len() + 1);
        // The next message begins, unless its chunk stream is in the middle of another.
        let is_free = |next: &&Message| open.iter().all(|(one, _)| one.channel != next.channel);
        if choice == open.len() {
            if let Some(next) = waiting.front().copied().filter(is_free) {
                waiting.pop_front();
                open.push((next, chunks(next, times.insert(next.channel, next.time))));
            } else {
                choice = 0;
            }
        }
        let (message, chunks) = &mut open[choice];
        bytes.extend(chunks.pop_front().unwrap());
        if chunks.is_empty() {
            done.push((*message).clone());
            open.remove(choice);
        }
    }
    (bytes, done)
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .map(|pair| &bytes[pair[0]..pair[1]])
        .collect()
}

type Seen = (i32, u8, u32, i32, Vec<u8>);

/// All messages that `RTMP_ReadPacket` gives for these pieces.
fn receive(pieces: &[&[u8]]) -> Vec<Seen> {
    let wire = Wire::new();
    wire.limit(SILENCE);
    let mut packet = Packet::new();
    let mut seen = Vec::new();
    for piece in pieces {
        wire.push_bytes(piece);
        while wire.read_packet(&mut packet) == 1 {
            if packet.read == packet.size {
                seen.push((
                    packet.channel,
                    packet.kind,
                    packet.time,
                    packet.stream,
                    packet.bytes(),
                ));
                packet.free();
            }
        }
        assert!(wire.is_connected() && packet.body.is_null());
    }
    seen
}

/// All FLV bytes that `RTMP_Read` gives for these pieces.
fn read(pieces: &[&[u8]], size: usize) -> String {
    let wire = Wire::playing();
    wire.limit(SILENCE);
    // Behind the file header, whose contents depend on when what comes.
    wire.r().m_read.flags.set(1);
    let mut all = String::new();
    for piece in pieces {
        wire.push_bytes(piece);
        all += &wire.read_all(size);
        // A program goes on after a timeout.
        assert!(wire.is_connected());
        wire.r().m_read.status.set(0);
    }
    all
}

const ANY_KIND: &[u8] = &[1, 2, 3, 4, 5, 6, 8, 9, 0x0f, 0x11, 0x12, 0x14, 0x16, 0x55];
const MEDIA: &[u8] = &[8, 9];

/// Something like chunks: headers that may be wrong, and bodies that mean something now and then.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let header = (
        any::<u8>(),
        prop::sample::select(ANY_KIND),
        0_u8..40,
        any::<[u8; 3]>(),
    )
        .prop_map(|(first, kind, length, time)| {
            [&[first][..], &time, &[0, 0, length, kind, 1, 0, 0, 0]].concat()
        });
    let command = prop::sample::select(vec![
        "_result",
        "onStatus",
        "ping",
        "close",
        "onBWDone",
        "_error",
        "onMetaData",
    ])
    .prop_map(|name| {
        [
            &[2, 0, u8::try_from(name.len()).unwrap()][..],
            name.as_bytes(),
            &[0; 9],
            &[5, 3],
        ]
        .concat()
    });
    let control = (0_u8..0x24, any::<u32>())
        .prop_map(|(kind, value)| [&[0, kind][..], &value.to_be_bytes()].concat());
    let part = prop_oneof![
        3 => header,
        1 => command,
        1 => control,
        2 => vec(any::<u8>(), 0..40),
        1 => vec(any::<u8>(), 0..400),
    ];
    vec(part, 0..40).prop_map(|parts| parts.concat())
}

/// Memory that a handle holds for messages that are not complete.
fn held(wire: &Wire) -> usize {
    let bodies = (0..65_600).filter_map(|channel| wire.r().channel_in(channel));
    let size = |body: usize| {
        let block = core::ptr::without_provenance_mut(body.wrapping_sub(18));
        // SAFETY: a body that is there lies 18 bytes behind the start of its C block.
        unsafe { libc::malloc_usable_size(block) }
    };
    bodies
        .map(|stored| stored.packet.body_address())
        .filter(|&body| body != 0)
        .map(size)
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn messages_arrive_as_they_were_sent(
        messages in vec(message(ANY_KIND), 1..9),
        order in vec(any::<usize>(), 1..20),
        cuts in vec(any::<usize>(), 0..12),
    ) {
        log_everything();
        let (bytes, done) = interleave(&messages, &order);
        let wanted: Vec<Seen> = done.into_iter()
            .map(|one| (one.channel, one.kind, one.time, 1, one.body))
            .collect();
        prop_assert_eq!(&receive(&[&bytes]), &wanted);
        prop_assert_eq!(&receive(&pieces(&bytes, &cuts)), &wanted);
    }

    #[test]
    fn media_is_read_alike(
        messages in vec(message(MEDIA), 1..9),
        order in vec(any::<usize>(), 1..20),
        cuts in vec(any::<usize>(), 0..12),
        size in prop_oneof![1_usize..40, 1000_usize..5000],
    ) {
        log_everything();
        let (bytes, done) = interleave(&messages, &order);
        let is_long = |one: &&Message| is_read(one.kind, &one.body);
        let wanted: usize = done.iter().filter(is_long).map(|one| one.body.len() + 15).sum();
        let whole = read(&[&bytes], 65_536);
        prop_assert_eq!(whole.len(), 2 * wanted);
        prop_assert_eq!(read(&pieces(&bytes, &cuts), size), whole);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_harmless_as_chunks(
        bytes in garbage(),
        chunk_size in prop_oneof![Just(128), 1..1000, Just(i32::MAX), any::<i32>()],
    ) {
        log_everything();
        let wire = Wire::new();
        wire.r().m_inChunkSize.set(chunk_size);
        wire.push_bytes(&bytes);
        wire.limit(SILENCE);
        let mut packet = Packet::new();
        let mut calls = 0;
        while wire.read_packet(&mut packet) == 1 {
            if packet.read == packet.size {
                packet.free();
            }
            calls += 1;
        }
        // Every chunk takes at least a byte.
        prop_assert!(calls <= bytes.len() && packet.body.is_null());
        // A message that has begun has room for 64 KiB ahead, or twice that; no length on the wire is believed.
        let begun = (0..65_600).filter(|channel| wire.r().channel_in(*channel).is_some()).count();
        prop_assert!(held(&wire) <= begun * 130 * 1024 + 4 * bytes.len(), "{}", held(&wire));
        wire.finish();
        prop_assert_eq!(wire.read_packet(&mut packet), 0);
        prop_assert!(!wire.is_connected() && wire.r().channel_timestamp(0).is_none());
    }

    #[test]
    fn any_bytes_are_harmless_as_media(bytes in garbage(), size in 1_usize..5000, flags in any::<u8>()) {
        log_everything();
        let wire = Wire::playing();
        wire.r().m_read.flags.set(flags);
        wire.push_bytes(&bytes);
        wire.finish();
        let mut total = 0;
        for _ in 0..100_000 {
            match wire.read(size).0 {
                count @ 1.. => total += usize::try_from(count).unwrap(),
                _ => break,
            }
        }
        // Tags are a little longer than messages, and empty messages give none.
        prop_assert!(total <= 13 + 16 * bytes.len());
        prop_assert!(wire.read(size).0 <= 0);
    }
}
