//! What a server has to be told before it can go on with a stream in its middle (spec 09 §10): the last metadata, and for each
//! track of audio and video what decoders were last prepared with.

use super::amf0::{self, Value};
use super::bytes::{Reader, joined};
use super::message::{AUDIO, DATA, DATA_AMF3, VIDEO};
use super::payload::{Content, Payload};

/// So many bytes are remembered: more is no preparation.
const MOST_BYTES: usize = 4 << 20;

/// The messages of a stream that prepare for what follows them, and its tracks of video.
#[derive(Default, Debug)]
pub struct Handover {
    /// The last `onMetaData`, with its message type.
    metadata: Option<(u8, Vec<u8>)>,
    /// In the order in which they were sent.
    preparations: Vec<Preparation>,
    /// Bytes of both.
    bytes: usize,
    /// The tracks of video that have begun and not ended.
    video: Ids,
}

/// A message that some tracks still depend on. One that was for several tracks stays whole when some of them have a later
/// one, which is sent behind it.
#[derive(Debug)]
struct Preparation {
    kind: u8,
    purpose: Purpose,
    tracks: Ids,
    body: Vec<u8>,
}

/// Each has its last message, and they are sent in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Purpose {
    Configuration,
    Channels,
    Colours,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Configuration, Self::Channels, Self::Colours];

    fn of(content: Content) -> Option<Self> {
        match content {
            // Of these two a track has one.
            Content::Configuration | Content::TsConfiguration => Some(Self::Configuration),
            Content::ChannelConfiguration => Some(Self::Channels),
            Content::Metadata => Some(Self::Colours),
            _ => None,
        }
    }
}

impl Handover {
    /// Looks at a message that was sent; its body is in two parts that follow each other.
    pub fn note(&mut self, kind: u8, body: [&[u8]; 2]) {
        match kind {
            DATA | DATA_AMF3 => self.note_data(kind, body),
            AUDIO | VIDEO => self.note_media(kind, body),
            _ => {}
        }
    }

    /// Whether a stream can be cut in front of this message: a key frame of video's first track, or audio where there is no
    /// video.
    pub fn is_boundary(&self, kind: u8, body: &[u8]) -> bool {
        let Some(payload) = Payload::of(kind, body) else {
            return false;
        };
        if payload.content != Content::Frames {
            return false;
        }
        if kind == AUDIO {
            return self.video.is_empty();
        }
        let tracks = Ids::of(&payload);
        // This frame may be the first one of its track.
        payload.is_key() && self.video.with(&tracks).first() == tracks.first()
    }

    /// Type and body of each message that is to be sent before the stream goes on.
    pub fn messages(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let metadata = self.metadata.iter().map(|(kind, body)| (*kind, &body[..]));
        let preparations = Purpose::ALL.into_iter().flat_map(|purpose| {
            let all = self.preparations.iter();
            all.filter(move |it| it.purpose == purpose)
                .map(|it| (it.kind, &it.body[..]))
        });
        metadata.chain(preparations)
    }

    fn note_data(&mut self, kind: u8, body: [&[u8]; 2]) {
        match data_of(kind, body) {
            Data::Metadata => {
                self.forget_metadata();
                self.metadata = self.kept(body).map(|body| (kind, body));
            }
            Data::NoMetadata => self.forget_metadata(),
            Data::Other => {}
        }
    }

    fn forget_metadata(&mut self) {
        if let Some((_, body)) = self.metadata.take() {
            self.bytes = self.bytes.saturating_sub(body.len());
        }
    }

    fn note_media(&mut self, kind: u8, body: [&[u8]; 2]) {
        // Media has nothing in front.
        let [_, media] = body;
        let Some(payload) = Payload::of(kind, media) else {
            return;
        };
        let has_tracks = !matches!(payload.content, Content::Command | Content::Silence);
        let tracks = if has_tracks {
            Ids::of(&payload)
        } else {
            Ids::default()
        };
        if payload.content == Content::End {
            // A decoder begins anew behind it.
            Purpose::ALL
                .iter()
                .for_each(|&purpose| self.forget(kind, purpose, &tracks));
        }
        if kind == VIDEO {
            self.video = match payload.content {
                Content::End => self.video.without(&tracks),
                _ => self.video.with(&tracks),
            };
        }
        if let Some(purpose) = Purpose::of(payload.content) {
            self.forget(kind, purpose, &tracks);
            self.keep(kind, purpose, tracks, body);
        }
    }

    /// What these tracks had for the purpose is not needed any more.
    fn forget(&mut self, kind: u8, purpose: Purpose, tracks: &Ids) {
        let bytes = &mut self.bytes;
        self.preparations.retain_mut(|it| {
            if it.kind == kind && it.purpose == purpose {
                it.tracks = it.tracks.without(tracks);
            }
            let is_needed = !it.tracks.is_empty();
            if !is_needed {
                *bytes = bytes.saturating_sub(it.body.len());
            }
            is_needed
        });
    }

    fn keep(&mut self, kind: u8, purpose: Purpose, tracks: Ids, body: [&[u8]; 2]) {
        if self.preparations.try_reserve(1).is_err() {
            return;
        }
        if let Some(body) = self.kept(body) {
            self.preparations.push(Preparation {
                kind,
                purpose,
                tracks,
                body,
            });
        }
    }

    /// A copy, counted. `None` for what is too much, and without memory.
    fn kept(&mut self, body: [&[u8]; 2]) -> Option<Vec<u8>> {
        let length = body
            .map(<[u8]>::len)
            .into_iter()
            .fold(0, usize::saturating_add);
        let bytes = self.bytes.saturating_add(length);
        let copy = (bytes <= MOST_BYTES).then(|| joined(&body)).flatten()?;
        self.bytes = bytes;
        Some(copy)
    }
}

/// What a data message is about.
enum Data {
    Metadata,
    /// The server is to forget it.
    NoMetadata,
    Other,
}

/// Looks at the first values of a data message. Its first part is the instruction that the library has put in front, or empty.
fn data_of(kind: u8, [instruction, values]: [&[u8]; 2]) -> Data {
    let format = usize::from(kind == DATA_AMF3 && instruction.is_empty());
    let mut reader = Reader::new(values.get(format..).unwrap_or_default());
    let mut text = || match amf0::value(&mut reader) {
        Ok(Value::String(text)) => text,
        _ => b"",
    };
    let name = match text() {
        b"@setDataFrame" => text(),
        b"@clearDataFrame" => {
            return if text() == b"onMetaData" {
                Data::NoMetadata
            } else {
                Data::Other
            };
        }
        name => name,
    };
    if name == b"onMetaData" {
        Data::Metadata
    } else {
        Data::Other
    }
}

/// A set of track ids.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Ids([u128; 2]);

impl Ids {
    fn of(payload: &Payload<'_>) -> Self {
        let mut ids = Self::default();
        for track in payload.tracks() {
            let [low, high] = &mut ids.0;
            let half = if track.id < 128 { low } else { high };
            *half |= 1 << (track.id & 127);
        }
        ids
    }

    fn with(self, other: &Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a | c, b | d])
    }

    fn without(self, other: &Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a & !c, b & !d])
    }

    fn is_empty(self) -> bool {
        self.0 == [0, 0]
    }

    /// The lowest one; more than any when there is none.
    fn first(self) -> u32 {
        match self.0 {
            [0, high] => high.trailing_zeros().saturating_add(128),
            [low, _] => low.trailing_zeros(),
        }
    }
}

#[cfg(test)]
mod tests;
