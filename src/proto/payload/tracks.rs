//! The tracks of a message (spec 09 §7).

use crate::proto::bytes::Reader;

/// A codec's name, in reading order.
pub type FourCc = [u8; 4];

/// Codecs whose `CodedFrames` begin with a composition time.
const COMPOSED: [&FourCc; 3] = [b"avc1", b"hvc1", b"vvc1"];

/// How the tracks of a message are packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// One track without a codec's name.
    Legacy,
    /// One track.
    Plain,
    /// One track that has an id.
    One,
    /// Tracks of one codec.
    Many,
    /// Tracks, each with its codec.
    ManyCodecs,
}

impl Layout {
    /// By its number on the wire.
    pub(super) fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::One),
            1 => Some(Self::Many),
            2 => Some(Self::ManyCodecs),
            _ => None,
        }
    }
}

/// One track.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Track<'a> {
    /// Its codec; `None` in legacy messages.
    pub four_cc: Option<FourCc>,
    /// Its number among those of its medium.
    pub id: u8,
    /// What the message has for it, with the composition time in front.
    pub body: &'a [u8],
}

impl Track<'_> {
    /// Where its body begins in that of the message, which is `whole`.
    pub fn offset_in(&self, whole: &[u8]) -> usize {
        let distance = self
            .body
            .as_ptr()
            .addr()
            .wrapping_sub(whole.as_ptr().addr());
        // The body of silence is nowhere.
        distance.min(whole.len())
    }

    pub(super) fn is_composed(&self) -> bool {
        self.four_cc.is_some_and(|name| COMPOSED.contains(&&name))
    }
}

/// Walks the tracks of a message, up to one that is not whole.
#[derive(Clone, Debug)]
pub struct Tracks<'a> {
    layout: Layout,
    four_cc: Option<FourCc>,
    reader: Reader<'a>,
    is_over: bool,
}

impl<'a> Tracks<'a> {
    pub(super) fn new(layout: Layout, bytes: &'a [u8]) -> Self {
        Self {
            layout,
            four_cc: None,
            reader: Reader::new(bytes),
            is_over: false,
        }
    }

    /// Whether there are tracks, and nothing behind them.
    pub(super) fn are_whole(layout: Layout, bytes: &'a [u8]) -> bool {
        let mut tracks = Self::new(layout, bytes);
        let count = tracks.by_ref().count();
        count > 0 && tracks.reader.is_empty()
    }

    fn read(&mut self) -> Option<Track<'a>> {
        let is_named = match self.layout {
            Layout::Legacy => false,
            Layout::Many => self.four_cc.is_none(),
            Layout::Plain | Layout::One | Layout::ManyCodecs => true,
        };
        if is_named {
            self.four_cc = Some(self.reader.array()?);
        }
        let is_plain = matches!(self.layout, Layout::Legacy | Layout::Plain);
        let id = if is_plain { 0 } else { self.reader.u8()? };
        let body = match self.layout {
            Layout::Many | Layout::ManyCodecs => {
                let size = self.reader.u24()?;
                self.reader.take(size as usize)?
            }
            Layout::Legacy | Layout::Plain | Layout::One => {
                self.reader.take(self.reader.rest().len())?
            }
        };
        Some(Track {
            four_cc: self.four_cc,
            id,
            body,
        })
    }
}

impl<'a> Iterator for Tracks<'a> {
    type Item = Track<'a>;

    fn next(&mut self) -> Option<Track<'a>> {
        if self.is_over {
            return None;
        }
        let before = self.reader.clone();
        let track = self.read();
        let is_single = !matches!(self.layout, Layout::Many | Layout::ManyCodecs);
        self.is_over = track.is_none() || is_single || self.reader.is_empty();
        if track.is_none() {
            // What is not whole is left.
            self.reader = before;
        }
        track
    }
}
