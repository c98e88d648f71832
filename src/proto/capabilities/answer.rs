//! What a server can do with media, as it says in its answer to `connect` (spec 09 §3.4). It is for the program: nothing
//! is refused because of it.

use alloc::vec::Vec;

use super::ANY;
use crate::proto::payload::FourCc;

/// Codecs that are kept of a list or map, [`ANY`] not counted: a server must not fill the memory.
pub const MOST: usize = 64;

/// What the server said; `None` is what it did not say, or said in a way that means nothing.
#[derive(Default, Debug)]
pub struct Answer {
    /// Codecs that it can receive.
    pub four_cc_list: Option<Codecs>,
    /// What it can do with each codec of video.
    pub video_info: Option<Codecs>,
    /// Likewise audio.
    pub audio_info: Option<Codecs>,
    /// The bits of [`caps_ex`](super::caps_ex).
    pub caps_ex: Option<u32>,
    /// What it can do with video.
    pub video_function: Option<u32>,
    /// 0: AMF0, 3: AMF3 too.
    pub object_encoding: Option<u32>,
}

/// A codec, or all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// [`ANY`].
    Any,
    /// The one of this name.
    Named(FourCc),
}

impl Codec {
    /// By its name: four printed characters, blanks included, or [`ANY`].
    pub fn of(name: &[u8]) -> Option<Self> {
        if name == ANY {
            return Some(Self::Any);
        }
        let name: FourCc = name.try_into().ok()?;
        let is_text = name.iter().all(|byte| matches!(byte, b' '..=b'~'));
        is_text.then_some(Self::Named(name))
    }
}

/// Codecs, each with its flags: a list, or a map.
#[derive(Debug)]
pub struct Codecs(Vec<(Codec, u32)>);

impl Codecs {
    /// None yet, with room for all that are kept. `None` without memory.
    pub fn new() -> Option<Self> {
        let mut entries = Vec::new();
        entries.try_reserve_exact(MOST.saturating_add(1)).ok()?;
        Some(Self(entries))
    }

    /// Adds a codec. What was said of it before counts, and so do the codecs before too many.
    pub fn add(&mut self, codec: Codec, flags: u32) {
        let has_room = codec == Codec::Any || self.named() < MOST;
        if has_room && self.own(codec).is_none() {
            self.0.push((codec, flags));
        }
    }

    /// All in the order in which they came.
    pub fn entries(&self) -> &[(Codec, u32)] {
        &self.0
    }

    /// The flags of a codec: those of [`ANY`], if they were said, override its own.
    pub fn flags(&self, codec: Codec) -> Option<u32> {
        self.own(Codec::Any).or_else(|| self.own(codec))
    }

    fn own(&self, codec: Codec) -> Option<u32> {
        let found = self.0.iter().find(|(other, _)| *other == codec);
        found.map(|&(_, flags)| flags)
    }

    fn named(&self) -> usize {
        let any = usize::from(self.own(Codec::Any).is_some());
        self.0.len().saturating_sub(any)
    }
}

/// The whole part of a number. `None` for what is no number of 32 bits: negative, too large, not a number at all.
pub fn bits(number: f64) -> Option<u32> {
    let is_in_range = (0.0..4_294_967_296.0).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was looked at; what is behind the point is left out"
    )]
    is_in_range.then_some(number as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_32_bits() {
        for (number, expected) in [
            (0.0, Some(0)),
            (-0.0, Some(0)),
            (7.0, Some(7)),
            (7.9, Some(7)),
            (4_294_967_295.0, Some(u32::MAX)),
            (4_294_967_296.0, None),
            (-1.0, None),
            (-0.1, None),
            (1e300, None),
            (f64::INFINITY, None),
            (f64::NEG_INFINITY, None),
            (f64::NAN, None),
        ] {
            assert_eq!(bits(number), expected, "{number}");
        }
    }

    #[test]
    fn names_of_codecs() {
        for (name, expected) in [
            (&b"*"[..], Some(Codec::Any)),
            (b"hvc1", Some(Codec::Named(*b"hvc1"))),
            (b"mp3 ", Some(Codec::Named(*b"mp3 "))),
            (b"", None),
            (b"hvc", None),
            (b"hvc12", None),
            (b"**", None),
            (b"\0\0\0*", None),
            (b"hv\xe91", None),
        ] {
            assert_eq!(Codec::of(name), expected, "{}", name.escape_ascii());
        }
    }

    #[test]
    fn any_overrides() {
        let mut codecs = Codecs::new().unwrap();
        let [hevc, av1] = [b"hvc1", b"av01"].map(|name| Codec::Named(*name));
        codecs.add(hevc, 3);
        assert_eq!((codecs.flags(hevc), codecs.flags(av1)), (Some(3), None));
        assert_eq!(codecs.flags(Codec::Any), None);
        codecs.add(Codec::Any, 4);
        assert_eq!((codecs.flags(hevc), codecs.flags(av1)), (Some(4), Some(4)));
        // What was said first counts.
        codecs.add(hevc, 1);
        codecs.add(Codec::Any, 7);
        assert_eq!(codecs.entries(), [(hevc, 3), (Codec::Any, 4)]);
    }

    #[test]
    fn a_server_does_not_fill_the_memory() {
        let mut codecs = Codecs::new().unwrap();
        let room = codecs.0.capacity();
        for number in 0..100_000_u32 {
            let name = format!("{:04x}", number % 0x1_0000);
            codecs.add(Codec::of(name.as_bytes()).unwrap(), number);
        }
        assert_eq!(codecs.entries().len(), MOST);
        // The one that speaks for all is not too many.
        codecs.add(Codec::Any, 4);
        codecs.add(Codec::Named(*b"hvc1"), 3);
        assert_eq!(codecs.entries().len(), MOST + 1);
        assert_eq!(codecs.flags(Codec::Named(*b"hvc1")), Some(4));
        assert_eq!(codecs.0.capacity(), room);
    }
}
