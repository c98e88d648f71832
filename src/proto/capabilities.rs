//! What a client can do with media, as it tells servers in `connect` (spec 09 §3).

pub mod answer;

use super::amf0::Body;

/// The name that stands for all codecs.
pub const ANY: &[u8] = b"*";

/// Bits of `capsEx`.
pub mod caps_ex {
    /// The client follows a request to reconnect.
    pub const RECONNECT: u32 = 1;
    /// It knows messages of many tracks.
    pub const MULTITRACK: u32 = 2;
    /// It can read `ModEx`.
    pub const MOD_EX: u32 = 4;
    /// It knows nanoseconds of timestamps.
    pub const TIMESTAMP_NANO_OFFSET: u32 = 8;
}

/// What whoever hands media on can do: all but decode and encode.
pub const FORWARDER: u32 = caps_ex::MULTITRACK | caps_ex::MOD_EX | caps_ex::TIMESTAMP_NANO_OFFSET;
/// A forwarder's codecs, as texts of options: any, to be forwarded.
pub const ANY_FORWARDED: &[u8] = b"*:4";

/// What is told; the texts are those of the options. What is `None` is not told.
#[derive(Clone, Copy, Default, Debug)]
pub struct Capabilities<'a> {
    /// Codecs that can be received: see [`codecs`].
    pub four_cc_list: Option<&'a [u8]>,
    /// What can be done with each codec of video: see [`codec_infos`].
    pub video_info: Option<&'a [u8]>,
    /// Likewise audio.
    pub audio_info: Option<&'a [u8]>,
    /// The bits of [`caps_ex`].
    pub caps_ex: Option<u32>,
    /// What can be done with video, in place of what players say.
    pub video_function: Option<u32>,
}

impl Capabilities<'_> {
    /// Appends the properties to an object.
    pub(super) fn put(&self, object: &mut Body) {
        if let Some(text) = self.four_cc_list {
            object
                .name(b"fourCcList")
                .strict_array(codecs(text).count());
            for name in codecs(text) {
                object.string(name);
            }
        }
        let infos = [
            (&b"videoFourCcInfoMap"[..], self.video_info),
            (b"audioFourCcInfoMap", self.audio_info),
        ];
        for (name, text) in infos {
            let Some(text) = text else { continue };
            object.name(name).object();
            for (codec, info) in codec_infos(text).flatten() {
                object.name(codec).number(info.into());
            }
            object.end();
        }
        if let Some(bits) = self.caps_ex {
            object.name(b"capsEx").number(bits.into());
        }
    }
}

/// The codecs of `hvc1,av01`.
fn codecs(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b',')
}

/// The codecs of `hvc1:3,*:4` with their numbers; `None` for what is no such pair.
fn codec_infos(text: &[u8]) -> impl Iterator<Item = Option<(&[u8], u32)>> {
    codecs(text).map(|pair| {
        let colon = pair.iter().rposition(|&byte| byte == b':')?;
        let (codec, number) = pair.split_at_checked(colon)?;
        let digits = number
            .get(1..)
            .filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        Some((codec, str::from_utf8(digits).ok()?.parse().ok()?))
    })
}

/// Whether a text names codecs, separated by commas.
pub fn is_codec_list(text: &[u8]) -> bool {
    codecs(text).all(is_codec)
}

/// Whether a text names codecs, each with a number.
pub fn is_codec_map(text: &[u8]) -> bool {
    codec_infos(text).all(|info| info.is_some_and(|(codec, _)| is_codec(codec)))
}

/// Four printed characters, or [`ANY`].
fn is_codec(name: &[u8]) -> bool {
    name == ANY || (name.len() == 4 && name.iter().all(u8::is_ascii_graphic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_name_codecs() {
        for text in [&b"hvc1"[..], b"*", b"av01,hvc1,vp09", b".mp3,ac-3,*"] {
            assert!(is_codec_list(text), "{}", text.escape_ascii());
        }
        for text in [
            &b""[..],
            b"hvc",
            b"hvc1,",
            b",hvc1",
            b"hvc1 ,av01",
            b"hvc1;av01",
            b"**",
            b"hv\xe91",
        ] {
            assert!(!is_codec_list(text), "{}", text.escape_ascii());
        }
        for text in [
            &b"hvc1:3"[..],
            b"*:4",
            b"hvc1:3,*:4,av01:0",
            b"hvc1:4294967295",
        ] {
            assert!(is_codec_map(text), "{}", text.escape_ascii());
        }
        for text in [
            &b""[..],
            b"hvc1",
            b"hvc1:",
            b"hvc1:-1",
            b"hvc1:3,",
            b"hvc1:+3",
            b"hvc1:4294967296",
            b":3",
            b"hvc:3",
            b"hvc1:3.0",
        ] {
            assert!(!is_codec_map(text), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn the_bytes_of_the_specification() {
        let mut body = Body::default();
        Capabilities {
            four_cc_list: Some(b"hvc1,av01"),
            caps_ex: Some(2),
            ..Capabilities::default()
        }
        .put(&mut body);
        let expected = b"\0\x0afourCcList\x0a\0\0\0\x02\x02\0\x04hvc1\x02\0\x04av01\
            \0\x06capsEx\0\x40\0\0\0\0\0\0\0";
        assert_eq!(body.finish().as_deref(), Some(&expected[..]));
        let mut body = Body::default();
        Capabilities {
            four_cc_list: Some(ANY),
            video_info: Some(b"hvc1:3,*:4"),
            audio_info: Some(b"Opus:7"),
            ..Capabilities::default()
        }
        .put(&mut body);
        let expected = b"\0\x0afourCcList\x0a\0\0\0\x01\x02\0\x01*\
            \0\x12videoFourCcInfoMap\x03\0\x04hvc1\0\x40\x08\0\0\0\0\0\0\0\x01*\0\x40\x10\0\0\0\0\0\0\0\0\x09\
            \0\x12audioFourCcInfoMap\x03\0\x04Opus\0\x40\x1c\0\0\0\0\0\0\0\0\x09";
        assert_eq!(body.finish().as_deref(), Some(&expected[..]));
    }
}
