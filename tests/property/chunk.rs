//! Chunk headers and the bodies of control messages (spec 04 §3, §4): what is built can be parsed; any bytes are
//! harmless.

use proptest::collection::vec;
use proptest::prelude::*;

use rtmp::proto::chunk::{EXTENDED, Header, MAX_HEADER, MAX_STREAM, Outgoing, Previous};
use rtmp::proto::message::{UserControl, command_head, leading_number, to_int};

fn channel() -> impl Strategy<Value = u32> {
    prop_oneof![
        2_u32..64,
        64_u32..320,
        320..=MAX_STREAM,
        Just(64),
        Just(320)
    ]
}

/// Times around the values at which their form changes, and any other.
fn time() -> impl Strategy<Value = u32> {
    prop_oneof![
        0_u32..100,
        EXTENDED - 2..EXTENDED + 2,
        u32::MAX - 2..=u32::MAX,
        any::<u32>()
    ]
}

prop_compose! {
    fn outgoing()(
        kind in 0_u8..4,
        channel in channel(),
        timestamp in time(),
        length in 0..=EXTENDED,
        message_type: u8,
        stream_id: u32,
    ) -> Outgoing {
        Outgoing { kind, channel, timestamp, length, message_type, stream_id }
    }
}

/// What a receiver knows of a chunk stream.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Received {
    timestamp: u32,
    delta: u32,
    message: (u32, u8),
}

impl Received {
    /// A receiver as the RTMP specification describes it.
    fn take(&mut self, bytes: &[u8]) {
        let field = self.delta.min(EXTENDED);
        let header = Header::parse(bytes, |_| field).unwrap();
        assert_eq!(header.size(), bytes.len());
        if let Some(stamp) = header.stamp {
            self.delta = stamp;
        }
        let before = if header.kind == 0 { 0 } else { self.timestamp };
        self.timestamp = before.wrapping_add(self.delta);
        self.message = header.message.unwrap_or(self.message);
    }
}

proptest! {
    #[test]
    fn headers_are_parsed_as_they_were_built(message in outgoing()) {
        let built = message.headers(None).unwrap();
        prop_assert_eq!(built.kind, message.kind);
        let remembered = |channel| {
            assert_eq!(channel, message.channel);
            message.timestamp.min(EXTENDED)
        };
        let header = Header::parse(&built.first, remembered).unwrap();
        let extended = message.timestamp >= EXTENDED;
        prop_assert_eq!((header.kind, header.channel), (message.kind, message.channel));
        prop_assert_eq!(header.is_extended, extended);
        prop_assert_eq!(header.stamp, (message.kind < 3 || extended).then_some(message.timestamp));
        let shape = (message.length, message.message_type);
        prop_assert_eq!(header.message, (message.kind < 2).then_some(shape));
        prop_assert_eq!(header.stream_id, (message.kind == 0).then_some(message.stream_id));
        prop_assert_eq!(header.size(), built.first.len());

        let next = Header::parse(&built.next, remembered).unwrap();
        prop_assert_eq!((next.kind, next.channel, next.is_extended), (3, message.channel, extended));
        prop_assert_eq!((next.message, next.stream_id), (None, None));
        prop_assert_eq!(next.size(), built.next.len());
    }

    /// Receivers must get the times that were sent, whatever header is chosen (K7, K18).
    #[test]
    fn short_headers_tell_the_same(
        messages in vec((0_u8..3, prop_oneof![0_u32..50, time()], 0_u32..3, 8_u8..10), 1..12),
    ) {
        let (mut previous, mut received) = (None, Received::default());
        for (index, (kind, timestamp, length, message_type)) in messages.into_iter().enumerate() {
            // A stream begins with a full header, or with one that has everything a receiver needs.
            let kind = if index == 0 { 0 } else { kind };
            let message = Outgoing { kind, channel: 4, timestamp, length, message_type, stream_id: 1 };
            let built = message.headers(previous).unwrap();
            received.take(&built.first);
            // Nor may time go back by a delta of nearly 2^32: not every receiver adds as this one.
            prop_assert!(built.kind == 0 || built.field < 1 << 31);
            prop_assert_eq!((received.timestamp, received.message), (timestamp, (length, message_type)));
            previous = Some(Previous { timestamp, field: built.field, length, message_type });
        }
    }

    #[test]
    fn every_prefix_lacks_something(bytes in vec(any::<u8>(), 0..MAX_HEADER + 4), remembered in time()) {
        let whole = Header::parse(&bytes, |_| remembered);
        let size = whole.map_or(bytes.len() + 1, |header| header.size());
        prop_assert!(size <= MAX_HEADER.max(bytes.len() + 1));
        for end in 0..bytes.len() {
            let part = Header::parse(&bytes[..end], |_| remembered);
            if end < size {
                prop_assert!(part.is_err());
            } else {
                prop_assert_eq!(part, whole);
            }
        }
    }

    #[test]
    fn any_18_bytes_are_a_header(bytes in any::<[u8; MAX_HEADER]>(), remembered in time()) {
        let header = Header::parse(&bytes, |_| remembered).unwrap();
        prop_assert!((1..=MAX_HEADER).contains(&header.size()));
        prop_assert!((2..=MAX_STREAM).contains(&header.channel));
    }

    #[test]
    fn any_control_bodies_are_harmless(body in vec(any::<u8>(), 0..40)) {
        let control = UserControl::parse(&body);
        prop_assert_eq!(control.value.is_some(), body.len() >= 6);
        prop_assert_eq!(control.kind == -1, body.len() < 2 || body[..2] == [0xff; 2]);
        prop_assert_eq!(leading_number(&body).is_some(), body.len() >= 4);
        if let Some((name, _)) = command_head(&body) {
            prop_assert!(name.len() + 12 <= body.len());
            prop_assert_eq!(name, &body[3..3 + name.len()]);
        }
    }

    #[test]
    fn numbers_keep_their_value_or_become_the_smallest(bits: u64, small: i32) {
        prop_assert_eq!(to_int(f64::from(small)), small);
        let number = f64::from_bits(bits);
        let int = to_int(number);
        prop_assert!(int == i32::MIN || (f64::from(int) - number).abs() < 1.0);
    }
}
