//! Chunk headers both ways (spec 04 §3, §4).

use super::bytes::{Reader, be24};

/// Longest header of a chunk: 3 bytes basic, 11 bytes message, 4 bytes extended timestamp.
pub const MAX_HEADER: usize = 18;
/// Timestamp fields of this value are followed by four bytes with the real one.
pub const EXTENDED: u32 = 0x00ff_ffff;
/// A difference of times from here on is one to the past (RFC 1982).
const BACKWARDS: u32 = 1 << 31;
/// The largest chunk stream id on the wire.
pub const MAX_STREAM: u32 = 65_599;

/// A received chunk header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Chunk type 0 to 3.
    pub kind: u8,
    /// Chunk stream id, 2 to 65599.
    pub channel: u32,
    /// Timestamp field (types 0 to 2), or the extended value that stands for it.
    pub stamp: Option<u32>,
    /// True when an extended timestamp was there.
    pub is_extended: bool,
    /// Message length and type (types 0 and 1).
    pub message: Option<(u32, u8)>,
    /// Message stream id (type 0).
    pub stream_id: Option<u32>,
    /// Bytes of the basic header, the message header and the extended timestamp.
    pub lengths: [usize; 3],
}

/// What a buffer was too short for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// The first byte.
    First,
    /// The second byte of a 2-byte basic header.
    Second,
    /// The last two bytes of a 3-byte basic header.
    SecondAndThird,
    /// The message header; the first byte of the chunk is repeated here.
    Message(u8),
    /// The extended timestamp.
    ExtendedTimestamp,
}

impl Header {
    /// Reads a header from the beginning of `bytes`. `remembered` gives the timestamp field that the chunk stream used
    /// last: type 3 headers carry an extended timestamp if that one did.
    pub fn parse(bytes: &[u8], remembered: impl FnOnce(u32) -> u32) -> Result<Self, Missing> {
        let mut reader = Reader::new(bytes);
        let first = reader.u8().ok_or(Missing::First)?;
        let kind = first >> 6;
        let channel = match first & 0x3f {
            0 => reader
                .u8()
                .map(|low| u32::from(low).saturating_add(64))
                .ok_or(Missing::Second)?,
            1 => {
                let low_high: [u8; 2] = reader.array().ok_or(Missing::SecondAndThird)?;
                u32::from(u16::from_le_bytes(low_high)).saturating_add(64)
            }
            id => id.into(),
        };
        let basic = reader.position();
        let missing = Missing::Message(first);
        let field = if kind < 3 {
            Some(reader.u24().ok_or(missing)?)
        } else {
            None
        };
        let message = if kind < 2 {
            Some((reader.u24().ok_or(missing)?, reader.u8().ok_or(missing)?))
        } else {
            None
        };
        let stream_id = if kind == 0 {
            Some(u32::from_le_bytes(reader.array().ok_or(missing)?))
        } else {
            None
        };
        let upto_message = reader.position();
        let is_extended = field.unwrap_or_else(|| remembered(channel)) == EXTENDED;
        let stamp = if is_extended {
            Some(reader.u32().ok_or(Missing::ExtendedTimestamp)?)
        } else {
            field
        };
        let lengths = [
            basic,
            upto_message.saturating_sub(basic),
            reader.position().saturating_sub(upto_message),
        ];
        Ok(Self {
            kind,
            channel,
            stamp,
            is_extended,
            message,
            stream_id,
            lengths,
        })
    }

    /// [`Self::parse`] for the headers that most messages have: the chunk stream id in the first byte, and no extended timestamp.
    /// `None` for all others.
    #[inline]
    pub fn parse_short(
        bytes: &[u8; MAX_HEADER],
        remembered: impl FnOnce(u32) -> u32,
    ) -> Option<Self> {
        let [first, t1, t2, t3, l1, l2, l3, message_type, rest @ ..] = *bytes;
        let [s1, s2, s3, s4, ..] = rest;
        let (kind, channel) = (first >> 6, u32::from(first & 0x3f));
        let field = (kind < 3).then_some(u32::from_be_bytes([0, t1, t2, t3]));
        let is_extended = field.unwrap_or_else(|| remembered(channel)) == EXTENDED;
        (channel > 1 && !is_extended).then_some(Self {
            kind,
            channel,
            stamp: field,
            is_extended,
            message: (kind < 2).then_some((u32::from_be_bytes([0, l1, l2, l3]), message_type)),
            stream_id: (kind == 0).then_some(u32::from_le_bytes([s1, s2, s3, s4])),
            lengths: [1, message_header_size(kind), 0],
        })
    }

    /// Bytes of the whole header.
    pub fn size(&self) -> usize {
        self.lengths
            .iter()
            .fold(0, |sum, &part| sum.saturating_add(part))
    }
}

/// What the last message sent on a chunk stream looked like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Previous {
    /// Its absolute timestamp, ms.
    pub timestamp: u32,
    /// Its timestamp field on the wire: a delta, or the absolute value of a type 0 header.
    pub field: u32,
    /// Its length in bytes.
    pub length: u32,
    /// Its message type.
    pub message_type: u8,
}

/// A message to be cut into chunks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outgoing {
    /// The header type that its sender wants.
    pub kind: u8,
    /// Chunk stream id.
    pub channel: u32,
    /// Absolute timestamp, ms.
    pub timestamp: u32,
    /// Length in bytes.
    pub length: u32,
    /// Message type.
    pub message_type: u8,
    /// Message stream id; only type 0 headers carry it.
    pub stream_id: u32,
}

/// The headers of one message, ready to be written.
#[derive(Clone, Copy, Debug)]
pub struct Headers {
    /// The header type used.
    pub kind: u8,
    /// The timestamp field used, before it is cut to 24 bits.
    pub field: u32,
    /// Goes in front of the first chunk's payload.
    pub first: Bytes,
    /// Goes in front of every further chunk's payload.
    pub next: Bytes,
}

impl Outgoing {
    /// Chooses the shortest header that says enough (spec 04 §4.1) and builds it. `None` for a header type above 3 and
    /// for a chunk stream id that the wire cannot carry.
    ///
    /// Type 3 says "the same delta again". The original picks it whenever the timestamp is that of the message before;
    /// we do so only if that message's own field was 0, and else send type 2 with the delta 0 (spec 04 K7). A type 2
    /// or 3 that the sender forces although length or type differ is raised to type 1 (K18).
    ///
    /// Where time goes back, every type becomes 0: receivers take a delta of nearly 2^32 for what it says, or refuse it.
    /// So does a small delta that leads over the end of the 32 bits, for receivers that count on without end.
    #[inline]
    pub fn headers(&self, previous: Option<Previous>) -> Option<Headers> {
        if self.kind > 3 || self.channel > MAX_STREAM {
            return None;
        }
        let (kind, base) = match previous.filter(|_| self.kind != 0) {
            Some(before) if self.goes_back(before) => (0, 0),
            Some(before) => (self.compressed(before), before.timestamp),
            None => (self.kind, 0),
        };
        let field = self.timestamp.wrapping_sub(base);
        let mut first = basic(kind, self.channel);
        let mut next = basic(3, self.channel);
        first.push(self.message_header(field), message_header_size(kind));
        if field >= EXTENDED {
            first.push(field.to_be_bytes(), 4);
            next.push(field.to_be_bytes(), 4);
        }
        Some(Headers {
            kind,
            field,
            first,
            next,
        })
    }

    /// That of type 0, with which all others begin.
    fn message_header(&self, field: u32) -> [u8; 11] {
        let [s0, s1, s2] = be24(field.min(EXTENDED));
        let [l0, l1, l2] = be24(self.length);
        let [i0, i1, i2, i3] = self.stream_id.to_le_bytes();
        [s0, s1, s2, l0, l1, l2, self.message_type, i0, i1, i2, i3]
    }

    /// True when the time is smaller than before, as a number, or in the arithmetic of numbers that begin again at 0.
    fn goes_back(&self, before: Previous) -> bool {
        self.timestamp
            .checked_sub(before.timestamp)
            .is_none_or(|delta| delta >= BACKWARDS)
    }

    fn compressed(&self, before: Previous) -> u8 {
        let same_shape = before.length == self.length && before.message_type == self.message_type;
        match self.kind {
            1 | 2 if same_shape && before.timestamp == self.timestamp && before.field == 0 => 3,
            1 if same_shape => 2,
            2 | 3 if !same_shape => 1,
            kind => kind,
        }
    }
}

/// Bytes of the message header of each chunk type.
fn message_header_size(kind: u8) -> usize {
    match kind {
        0 => 11,
        1 => 7,
        2 => 3,
        _ => 0,
    }
}

/// The basic header: one byte up to chunk stream 63, two up to 319, else three.
fn basic(kind: u8, channel: u32) -> Bytes {
    let high_bits = kind.wrapping_shl(6);
    let [low, high, ..] = channel.wrapping_sub(64).to_le_bytes();
    match channel {
        // Ids 0 and 1 mean the longer forms on the wire; what the sender asks for is written as it is.
        0..64 => Bytes::beginning([high_bits | u8::try_from(channel).unwrap_or(0)]),
        64..320 => Bytes::beginning([high_bits, low]),
        _ => Bytes::beginning([high_bits | 1, low, high]),
    }
}

/// Up to [`MAX_HEADER`] bytes.
#[derive(Clone, Copy, Default, Debug)]
pub struct Bytes {
    bytes: [u8; MAX_HEADER],
    length: usize,
}

impl Bytes {
    #[inline]
    fn beginning<const N: usize>(bytes: [u8; N]) -> Self {
        let mut begun = Self::default();
        begun.push(bytes, N);
        begun
    }

    /// Appends the first `count` of these, if there is room for all.
    #[inline]
    fn push<const N: usize>(&mut self, more: [u8; N], count: usize) {
        let free = self.bytes.get_mut(self.length..).unwrap_or_default();
        if let Some(place) = free.first_chunk_mut() {
            *place = more;
            self.length = self.length.saturating_add(count.min(N));
        }
    }
}

impl core::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<Header, Missing> {
        Header::parse(bytes, |_| 0)
    }

    #[test]
    fn short_headers_are_those_of_one_byte_without_an_extended_time() {
        for (first, field, remembered) in (0..=u8::MAX)
            .flat_map(|first| [0, 1, 0x00ff_fffe, EXTENDED].map(|field| (first, field)))
            .flat_map(|(first, field)| [0, EXTENDED].map(|before| (first, field, before)))
        {
            let [_, field @ ..] = u32::to_be_bytes(field);
            let mut bytes = core::array::from_fn(|at| u8::try_from(at).unwrap().wrapping_mul(31));
            bytes[0] = first;
            bytes[1..4].copy_from_slice(&field);
            let header = Header::parse(&bytes, |_| remembered).unwrap();
            let is_short = first & 0x3f > 1 && !header.is_extended;
            let short = Header::parse_short(&bytes, |_| remembered);
            assert_eq!(short, is_short.then_some(header), "{bytes:x?}");
        }
    }

    #[test]
    fn channels_of_all_three_forms() {
        let cases: [(&[u8], u32, usize); 6] = [
            (&[0xc4], 4, 1),
            (&[0xc0, 0], 64, 2),
            (&[0xc0, 0xff], 319, 2),
            (&[0xc1, 0, 1], 320, 3),
            (&[0xc1, 0, 0], 64, 3),
            (&[0xc1, 0xff, 0xff], 65_599, 3),
        ];
        for (bytes, channel, length) in cases {
            let header = parse(bytes).unwrap();
            assert_eq!(
                (header.channel, header.size()),
                (channel, length),
                "{bytes:02x?}"
            );
        }
    }

    #[test]
    fn a_type_0_header_has_everything() {
        let bytes = [4, 0, 3, 0xe8, 0, 0, 2, 9, 1, 0, 0, 0];
        let header = parse(&bytes).unwrap();
        assert_eq!(
            (header.kind, header.channel, header.stamp),
            (0, 4, Some(1000))
        );
        assert_eq!(
            (header.message, header.stream_id, header.size()),
            (Some((2, 9)), Some(1), 12)
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let whole = [
            1, 0, 1, 0xff, 0xff, 0xff, 0, 0, 1, 9, 1, 0, 0, 0, 1, 2, 3, 4,
        ];
        let names = [
            Missing::First,
            Missing::SecondAndThird,
            Missing::SecondAndThird,
        ];
        for (end, name) in names.into_iter().enumerate() {
            assert_eq!(parse(&whole[..end]), Err(name));
        }
        assert_eq!(parse(&[0]), Err(Missing::Second));
        (3..14).for_each(|end| assert_eq!(parse(&whole[..end]), Err(Missing::Message(1))));
        (14..18).for_each(|end| assert_eq!(parse(&whole[..end]), Err(Missing::ExtendedTimestamp)));
        assert_eq!(parse(&whole).unwrap().stamp, Some(0x0102_0304));
    }

    #[test]
    fn type_3_has_an_extended_timestamp_if_the_stream_used_one() {
        let header = Header::parse(&[0xc5, 1, 2, 3, 4], |channel| {
            assert_eq!(channel, 5);
            EXTENDED
        });
        assert_eq!(header.unwrap().stamp, Some(0x0102_0304));
        assert_eq!(Header::parse(&[0xc5, 1], |_| 7).unwrap().stamp, None);
    }

    /// Runs messages over one chunk stream and gives back type and first header of each.
    fn run(messages: &[(u8, u8, u32, u32)]) -> Vec<(u8, String)> {
        let mut previous = None;
        let mut out = Vec::new();
        for &(kind, message_type, timestamp, length) in messages {
            let outgoing = Outgoing {
                kind,
                channel: 4,
                timestamp,
                length,
                message_type,
                stream_id: 1,
            };
            let built = outgoing.headers(previous).unwrap();
            previous = Some(Previous {
                timestamp,
                field: built.field,
                length,
                message_type,
            });
            out.push((
                built.kind,
                built
                    .first
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect(),
            ));
        }
        out
    }

    #[test]
    fn headers_shrink_as_in_the_original() {
        let sent = run(&[
            (0, 9, 0, 4),
            (1, 9, 40, 4),
            (1, 9, 80, 5),
            (1, 8, 80, 5),
            (1, 8, 70, 5),
        ]);
        let wanted = [
            (0, "040000000000040901000000"),
            (2, "84000028"),
            (1, "4400002800000509"),
            (1, "4400000000000508"),
            (0, "040000460000050801000000"),
        ];
        assert_eq!(sent, wanted.map(|(kind, hex)| (kind, hex.to_owned())));
    }

    #[test]
    fn a_time_that_goes_back_is_absolute() {
        let first = |messages: &[(u8, u32)]| {
            let rows: Vec<_> = messages
                .iter()
                .map(|&(kind, time)| (kind, 9, time, 4))
                .collect();
            run(&rows).pop().unwrap()
        };
        for kind in 1..4 {
            for (before, now) in [
                (100, 99),
                (u32::MAX, 0),
                (u32::MAX - 9, 30),
                (5, 5 + (1 << 31)),
                (0, u32::MAX),
            ] {
                let absolute = first(&[(0, now)]);
                assert_eq!(
                    first(&[(0, before), (kind, now)]),
                    absolute,
                    "{before} {now}"
                );
            }
        }
        assert_eq!(first(&[(0, 5), (1, 4 + (1 << 31))]).1, "84ffffff7fffffff");
        // The next delta counts from there.
        let on = first(&[(0, 100), (1, 90), (1, 95)]);
        assert_eq!(on, (2, "84000005".to_owned()));
    }

    #[test]
    fn type_3_repeats_only_a_delta_of_zero() {
        let sent = run(&[(0, 9, 0, 4), (1, 9, 40, 4), (1, 9, 40, 4), (1, 9, 40, 4)]);
        let kinds: Vec<u8> = sent.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [0, 2, 2, 3]);
    }

    #[test]
    fn forced_types_are_raised_when_they_would_lie() {
        let sent = run(&[(0, 8, 80, 5), (2, 8, 80, 6), (3, 9, 80, 6)]);
        let kinds: Vec<u8> = sent.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [0, 1, 1]);
    }

    #[test]
    fn extended_timestamps_stand_in_every_chunk() {
        let outgoing = Outgoing {
            kind: 0,
            channel: 400,
            timestamp: 0x0102_0304,
            length: 130,
            message_type: 9,
            stream_id: 1,
        };
        let built = outgoing.headers(None).unwrap();
        assert_eq!(
            *built.first,
            [
                1, 0x50, 1, 255, 255, 255, 0, 0, 130, 9, 1, 0, 0, 0, 1, 2, 3, 4
            ]
        );
        assert_eq!(*built.next, [0xc1, 0x50, 1, 1, 2, 3, 4]);
    }

    #[test]
    fn what_the_wire_cannot_carry_is_refused() {
        let good = Outgoing {
            kind: 0,
            channel: 4,
            timestamp: 0,
            length: 0,
            message_type: 8,
            stream_id: 0,
        };
        assert!(good.headers(None).is_some());
        assert!(Outgoing { kind: 4, ..good }.headers(None).is_none());
        let channel = 65_600;
        assert!(Outgoing { channel, ..good }.headers(None).is_none());
    }
}
