//! What an audio or video message says about itself in its first bytes: legacy FLV or Enhanced RTMP (spec 09 §4 to §7).
//!
//! Nothing is decoded, and nothing is refused: what does not follow the specification is not classified, and travels on
//! as it is.

mod tracks;

use super::bytes::Reader;
use super::message::{AUDIO, VIDEO};

pub use tracks::{FourCc, Layout, Track, Tracks};

/// Bytes of the shortest message of extended video, a command frame.
pub const SHORTEST: u32 = 2;

/// Whether a body is that of extended video.
pub fn is_extended_video(body: &[u8]) -> bool {
    body.first()
        .is_some_and(|first| first & EXTENDED_VIDEO != 0)
}

/// Bit of the first byte of video, and its sound format in audio, that say Enhanced RTMP.
const EXTENDED_VIDEO: u8 = 0x80;
const EXTENDED_AUDIO: u8 = 9;

/// Legacy codecs whose bodies begin with a packet type, 0 for a configuration: AVC and HEVC (as it is used in China).
const PACKETED_VIDEO: [u8; 2] = [7, 12];
/// Likewise AAC.
const PACKETED_AUDIO: u8 = 10;

/// Frame types of video.
const KEY: u8 = 1;
const DISPOSABLE: u8 = 3;
const COMMAND: u8 = 5;

/// Packet types that are not content but say how it is packed.
const MOD_EX: u8 = 7;
const VIDEO_MULTITRACK: u8 = 6;
const AUDIO_MULTITRACK: u8 = 5;

/// The only `ModEx` type: nanoseconds that belong to the timestamp, of which there are less than this many.
const TIMESTAMP_OFFSET_NANO: u8 = 0;
const NANOS: u32 = 1_000_000;

/// What is in a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// A decoder's configuration: an AVC or AAC sequence header, `SequenceStart`.
    Configuration,
    /// The same for AV1 in MPEG-2 TS.
    TsConfiguration,
    /// Where the channels of audio belong.
    ChannelConfiguration,
    /// Coded media.
    Frames,
    /// Metadata among video: HDR.
    Metadata,
    /// The end of a sequence.
    End,
    /// A command frame: where the client's seeking begins and ends.
    Command,
    /// Audio with no bytes: play what is buffered, then nothing.
    Silence,
}

/// A message, classified.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Payload<'a> {
    /// Enhanced RTMP; else legacy FLV.
    pub is_extended: bool,
    /// What is in it, for all tracks the same.
    pub content: Content,
    /// The frame type of video, 0 for audio.
    pub frame: u8,
    /// Legacy: codec id of video or sound format of audio.
    pub codec: u8,
    /// Nanoseconds to be added to the time of presentation.
    pub nanos: u32,
    /// When the frame of the first track is shown, ms behind its timestamp.
    pub composition: i32,
    /// How the tracks are packed.
    pub layout: Layout,
    /// Frames of codecs that have a composition time begin with it.
    is_composed: bool,
    tracks: &'a [u8],
}

impl<'a> Payload<'a> {
    /// Classifies the body of an audio or video message. `None` for other messages and for what is not as specified.
    pub fn of(kind: u8, body: &'a [u8]) -> Option<Self> {
        match (kind, body.first().copied().unwrap_or(0)) {
            (AUDIO, _) if body.is_empty() => Some(Self::legacy(Content::Silence, 0, 0, body)),
            (AUDIO, first) if first >> 4 == EXTENDED_AUDIO => Self::extended(kind, body),
            (AUDIO, _) => Some(Self::legacy_audio(body)),
            (VIDEO, first) if first & EXTENDED_VIDEO != 0 => Self::extended(kind, body),
            (VIDEO, _) if !body.is_empty() => Some(Self::legacy_video(body)),
            _ => None,
        }
    }

    /// A frame that playing can begin with. Legacy sequence headers of key frames count, as players and recorders have
    /// it: see [`Self::is_configuration`].
    pub fn is_key(&self) -> bool {
        self.frame == KEY && (!self.is_extended || self.content == Content::Frames)
    }

    /// What only prepares a decoder.
    pub fn is_configuration(&self) -> bool {
        matches!(
            self.content,
            Content::Configuration | Content::TsConfiguration | Content::ChannelConfiguration
        )
    }

    /// A frame that no other needs.
    pub fn is_droppable(&self) -> bool {
        self.frame == DISPOSABLE && self.content == Content::Frames
    }

    /// The tracks in the message, one at least. Track 0 is the one of a plain message.
    pub fn tracks(&self) -> Tracks<'a> {
        Tracks::new(self.layout, self.tracks)
    }

    fn legacy(content: Content, frame: u8, codec: u8, body: &'a [u8]) -> Self {
        Self {
            is_extended: false,
            content,
            frame,
            codec,
            nanos: 0,
            composition: 0,
            layout: Layout::Legacy,
            is_composed: false,
            tracks: body.get(1..).unwrap_or_default(),
        }
    }

    fn legacy_audio(body: &'a [u8]) -> Self {
        let format = body.first().copied().unwrap_or(0) >> 4;
        let is_header = format == PACKETED_AUDIO && body.get(1) == Some(&0);
        let content = if is_header {
            Content::Configuration
        } else {
            Content::Frames
        };
        Self::legacy(content, 0, format, body)
    }

    fn legacy_video(body: &'a [u8]) -> Self {
        let first = body.first().copied().unwrap_or(0);
        let (frame, codec) = (first >> 4, first & 0x0f);
        let packet = body.get(1).filter(|_| PACKETED_VIDEO.contains(&codec));
        let content = match packet {
            _ if frame == COMMAND => Content::Command,
            Some(0) => Content::Configuration,
            Some(2) => Content::End,
            _ => Content::Frames,
        };
        let payload = Self::legacy(content, frame, codec, body);
        let composition = packet.and_then(|_| signed_24(body.get(2..)?));
        Self {
            composition: composition.filter(|_| packet == Some(&1)).unwrap_or(0),
            ..payload
        }
    }

    fn extended(kind: u8, body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        let first = reader.u8()?;
        let frame = if kind == VIDEO { first >> 4 & 7 } else { 0 };
        let (packet, nanos) = modifiers(&mut reader, first & 0x0f)?;
        let is_multitrack = packet == multitrack(kind);
        let is_command = kind == VIDEO && frame == COMMAND && packet != METADATA;
        let (layout, packet) = if is_command {
            reader.u8()?;
            (Layout::Legacy, packet)
        } else if is_multitrack {
            let byte = reader.u8()?;
            (Layout::of(byte >> 4)?, byte & 0x0f)
        } else {
            (Layout::Plain, packet)
        };
        let content = if is_command {
            Content::Command
        } else {
            content(kind, packet)?
        };
        let tracks = reader.rest();
        let payload = Self {
            is_extended: true,
            content,
            frame: if content == Content::Metadata {
                0
            } else {
                frame
            },
            codec: 0,
            nanos,
            composition: 0,
            layout,
            is_composed: kind == VIDEO && packet == CODED_FRAMES,
            tracks,
        };
        if layout != Layout::Legacy && !Tracks::are_whole(layout, tracks) {
            return None;
        }
        payload.composed()
    }

    /// With the composition time that is in front of each track's frames; `None` when one is missing.
    fn composed(self) -> Option<Self> {
        let mut first = None;
        for track in self.tracks().filter(|track| self.is_composed(track)) {
            let time = signed_24(track.body)?;
            first.get_or_insert(time);
        }
        let composition = first.unwrap_or(0);
        Some(Self {
            composition,
            ..self
        })
    }

    fn is_composed(&self, track: &Track<'_>) -> bool {
        self.is_composed && track.is_composed()
    }

    /// When the frame of one of the tracks is shown, ms behind its timestamp.
    pub fn composition_of(&self, track: &Track<'_>) -> i32 {
        match self.layout {
            Layout::Legacy => self.composition,
            _ if self.is_composed(track) => signed_24(track.body).unwrap_or(0),
            _ => 0,
        }
    }
}

const CODED_FRAMES: u8 = 1;
const METADATA: u8 = 4;

fn multitrack(kind: u8) -> u8 {
    if kind == VIDEO {
        VIDEO_MULTITRACK
    } else {
        AUDIO_MULTITRACK
    }
}

/// The meaning of a packet type. `None` for reserved ones, and for those that may not stand here.
fn content(kind: u8, packet: u8) -> Option<Content> {
    match (kind, packet) {
        (_, 0) => Some(Content::Configuration),
        (_, CODED_FRAMES) | (VIDEO, 3) => Some(Content::Frames),
        (_, 2) => Some(Content::End),
        (VIDEO, METADATA) => Some(Content::Metadata),
        (VIDEO, 5) => Some(Content::TsConfiguration),
        (AUDIO, 4) => Some(Content::ChannelConfiguration),
        _ => None,
    }
}

/// Skips the `ModEx` blocks (spec 09 §6): the packet type behind them, and the nanoseconds that they add.
fn modifiers(reader: &mut Reader<'_>, mut packet: u8) -> Option<(u8, u32)> {
    let mut nanos = 0;
    while packet == MOD_EX {
        let size = match reader.u8()? {
            u8::MAX => usize::from(reader.u16()?),
            size => usize::from(size),
        };
        let data = reader.take(size.saturating_add(1))?;
        let types = reader.u8()?;
        packet = types & 0x0f;
        if types >> 4 == TIMESTAMP_OFFSET_NANO {
            let offset = Reader::new(data).u24()?;
            // More than a millisecond is the timestamp's.
            nanos = if offset < NANOS { offset } else { nanos };
        }
    }
    Some((packet, nanos))
}

/// The first three bytes as a signed number.
fn signed_24(bytes: &[u8]) -> Option<i32> {
    let number = Reader::new(bytes).u24()?;
    Some((number << 8).cast_signed() >> 8)
}

#[cfg(test)]
mod tests;
