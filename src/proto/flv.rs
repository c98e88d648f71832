//! FLV: tags out of a byte stream that is cut anywhere, tags made of messages, runs of tags in aggregates (spec 06).

use super::bytes::{Reader, be24};
use super::message::{AUDIO, DATA, DATA_AMF3, VIDEO};

/// Bytes of a tag header.
pub const TAG_HEADER: usize = 11;
/// Bytes of the size field behind each tag.
pub const SIZE_FIELD: usize = 4;
/// The file header and the size field of the tag that does not precede it.
pub const FILE_HEADER: [u8; 13] = [b'F', b'L', b'V', 1, 0, 0, 0, 0, 9, 0, 0, 0, 0];
/// Bytes of a file header that has nothing but what every one has.
const PLAIN_HEADER: usize = 9;
/// Longer file headers are not believed.
const LONGEST_HEADER: usize = 64 * 1024;
/// Where the file header says which tracks there are.
pub const TRACKS_AT: usize = 4;
/// Bit of the tracks byte and of `m_read.dataType`: there is video.
pub const HAS_VIDEO: u8 = 1;
/// Bit of the tracks byte and of `m_read.dataType`: there is audio.
pub const HAS_AUDIO: u8 = 4;

/// The track bit of a message or tag type.
pub fn track(kind: u8) -> u8 {
    match kind {
        AUDIO => HAS_AUDIO,
        VIDEO => HAS_VIDEO,
        _ => 0,
    }
}

/// A tag header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tag {
    /// Type: 8 audio, 9 video, 18 script data.
    pub kind: u8,
    /// Bytes of data.
    pub length: u32,
    /// Timestamp, ms.
    pub timestamp: u32,
    /// Its data is encrypted (the filter bit): nothing that RTMP carries.
    pub is_encrypted: bool,
}

/// The bits of a tag's first byte that are its type.
const KIND: u8 = 0x1f;
/// The one that says that the data has to be decrypted first.
const FILTER: u8 = 0x20;

impl Tag {
    /// Reads the 11 bytes of a tag header; the stream id in it is not looked at.
    pub fn parse(bytes: &[u8; TAG_HEADER]) -> Self {
        let [kind, l0, l1, l2, t1, t2, t3, t0, ..] = *bytes;
        Self {
            kind: kind & KIND,
            length: u32::from_be_bytes([0, l0, l1, l2]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            is_encrypted: kind & FILTER != 0,
        }
    }

    /// The 11 bytes of the header, with stream id 0.
    pub fn header(&self) -> [u8; TAG_HEADER] {
        let [l0, l1, l2] = be24(self.length);
        let [t1, t2, t3, t0] = stamp_bytes(self.timestamp);
        let filter = if self.is_encrypted { FILTER } else { 0 };
        [self.kind | filter, l0, l1, l2, t1, t2, t3, t0, 0, 0, 0]
    }

    /// The size field behind the tag.
    pub fn size_field(&self) -> [u8; SIZE_FIELD] {
        self.length.wrapping_add(11).to_be_bytes()
    }
}

/// A timestamp as tags carry it: the low 24 bits, then the high 8.
pub fn stamp_bytes(timestamp: u32) -> [u8; 4] {
    let [t0, t1, t2, t3] = timestamp.to_be_bytes();
    [t1, t2, t3, t0]
}

/// One tag inside an aggregate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InnerTag<'a> {
    /// Its header.
    pub tag: Tag,
    /// Where its header begins in the aggregate.
    pub at: usize,
    /// Its data, as much as there is.
    pub data: &'a [u8],
    /// Bytes behind the data, up to the size field's four.
    pub size_bytes: usize,
}

impl InnerTag<'_> {
    /// True when all data is there.
    pub fn is_whole(&self) -> bool {
        self.data.len() == self.tag.length as usize
    }

    /// True when the size field is there too.
    pub fn has_size_field(&self) -> bool {
        self.is_whole() && self.size_bytes == SIZE_FIELD
    }
}

/// Walks the tags of an aggregate. Their types are whole bytes, as in the original: bits beside the type make one that nobody
/// knows. A last tag that is not whole is yielded too, then the walk ends. Bodies of 11 bytes or less hold nothing.
pub fn tags(aggregate: &[u8]) -> impl Iterator<Item = InnerTag<'_>> {
    let mut reader = Reader::new(aggregate);
    core::iter::from_fn(move || {
        // The original looks for a tag only where more than a header is left.
        if reader.rest().len() <= TAG_HEADER {
            return None;
        }
        let at = reader.position();
        let head: [u8; TAG_HEADER] = reader.array()?;
        let [kind, ..] = head;
        let tag = Tag {
            kind,
            ..Tag::parse(&head)
        };
        let present = reader.rest().len().min(tag.length as usize);
        let data = reader.take(present)?;
        let size_bytes = reader.rest().len().min(SIZE_FIELD);
        reader.take(size_bytes)?;
        Some(InnerTag {
            tag,
            at,
            data,
            size_bytes,
        })
    })
}

/// What a [`Splitter`] found.
#[derive(PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// A whole tag, inside the bytes of this call.
    Whole(Tag, &'a [u8]),
    /// A tag whose data is not all there yet.
    Begin(Tag),
    /// Data of the tag that began.
    Data(&'a [u8]),
    /// The tag that began is complete.
    End,
}

/// Cuts a stream of FLV bytes, which arrives in pieces of any size, into tags (spec 06 §9, R1 to R3).
#[derive(Default)]
pub struct Splitter {
    state: State,
}

enum State {
    /// At a tag boundary: so many bytes of a header are collected.
    Head([u8; TAG_HEADER], usize),
    /// Inside the file header: so many bytes of it are collected.
    FileHeader([u8; PLAIN_HEADER], usize),
    /// Inside what a longer file header has behind them: so many bytes are still to be skipped.
    LongHeader(usize),
    /// Behind the file header, inside the size field of the tag that does not precede it: so many bytes of it were seen.
    FirstSizeField(usize),
    /// Inside a tag's data: so many bytes are missing.
    Data(Tag, u32),
    /// A tag's data is complete and not reported as such yet.
    Done(Tag),
    /// Behind a tag, inside its size field: so many bytes of it were seen. Bytes of another call are only skipped if
    /// they are what the field must hold, for callers leave it out between two calls.
    SizeField(Tag, usize),
}

impl Default for State {
    fn default() -> Self {
        Self::Head([0; TAG_HEADER], 0)
    }
}

impl Splitter {
    /// The next piece of `input`, which is shortened by what was used; `None` when all of it is used. Call it until
    /// then, with the input of one write only.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<Piece<'a>> {
        loop {
            match &mut self.state {
                State::Head(head, have) => {
                    let byte = shift(input)?;
                    if let Some(place) = head.get_mut(*have) {
                        *place = byte;
                    }
                    *have = have.saturating_add(1);
                    if head.starts_with(b"FLV") && *have == 3 {
                        self.state = State::FileHeader([0; PLAIN_HEADER], 3);
                    } else if *have == TAG_HEADER {
                        let tag = Tag::parse(head);
                        return Some(self.begin(tag, input));
                    }
                }
                State::FileHeader(head, have) => {
                    let byte = shift(input)?;
                    if let Some(place) = head.get_mut(*have) {
                        *place = byte;
                    }
                    *have = have.saturating_add(1);
                    if *have == PLAIN_HEADER {
                        self.state = State::LongHeader(more_header(*head));
                    }
                }
                State::LongHeader(left) => {
                    let skipped = input.len().min(*left);
                    *input = input.get(skipped..)?;
                    *left = left.saturating_sub(skipped);
                    if *left > 0 {
                        return None;
                    }
                    self.state = State::FirstSizeField(0);
                }
                State::FirstSizeField(seen) => {
                    let is_tag = matches!(input.first()? & KIND, AUDIO | VIDEO | DATA | DATA_AMF3);
                    // Some streams do without.
                    if *seen == SIZE_FIELD || (*seen == 0 && is_tag) {
                        self.state = State::default();
                        continue;
                    }
                    shift(input)?;
                    *seen = seen.saturating_add(1);
                }
                State::Data(_, missing) => {
                    let count = input.len().min(*missing as usize);
                    if count == 0 {
                        return None;
                    }
                    let (data, rest) = input.split_at_checked(count)?;
                    *input = rest;
                    *missing = missing.saturating_sub(u32::try_from(count).unwrap_or(0));
                    if let State::Data(tag, 0) = self.state {
                        self.state = State::Done(tag);
                    }
                    return Some(Piece::Data(data));
                }
                State::Done(tag) => {
                    let tag = *tag;
                    self.skip_size_field(tag, input);
                    return Some(Piece::End);
                }
                State::SizeField(tag, seen) => {
                    let expected = tag.size_field();
                    let expected = expected.get(*seen..).unwrap_or_default();
                    let count = expected.len().min(input.len());
                    if count == 0 {
                        return None;
                    }
                    if input.get(..count) != expected.get(..count) {
                        self.state = State::default();
                        continue;
                    }
                    *input = input.get(count..)?;
                    *seen = seen.saturating_add(count);
                    if *seen == SIZE_FIELD {
                        self.state = State::default();
                    }
                }
            }
        }
    }

    fn begin<'a>(&mut self, tag: Tag, input: &mut &'a [u8]) -> Piece<'a> {
        match input.split_at_checked(tag.length as usize) {
            Some((data, rest)) => {
                *input = rest;
                self.skip_size_field(tag, input);
                Piece::Whole(tag, data)
            }
            None => {
                self.state = State::Data(tag, tag.length);
                Piece::Begin(tag)
            }
        }
    }

    /// Inside one call the size field is skipped whatever it holds: files with wrong ones exist.
    fn skip_size_field(&mut self, tag: Tag, input: &mut &[u8]) {
        let skipped = input.len().min(SIZE_FIELD);
        *input = input.get(skipped..).unwrap_or_default();
        self.state = if skipped == SIZE_FIELD {
            State::default()
        } else {
            State::SizeField(tag, skipped)
        };
    }
}

/// Bytes of a file header beyond [`PLAIN_HEADER`], as its length field says. What is no length, or of no header that anybody
/// writes, does not count: data would be taken for it.
fn more_header(head: [u8; PLAIN_HEADER]) -> usize {
    let [.., a, b, c, d] = head;
    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    let more = length.saturating_sub(PLAIN_HEADER);
    if length > LONGEST_HEADER { 0 } else { more }
}

fn shift(input: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = input.split_first()?;
    *input = rest;
    Some(first)
}

/// True for the tags whose messages carry their absolute time in a header of type 0 when they start a stream.
pub fn wants_full_header(tag: Tag) -> bool {
    matches!(tag.kind, DATA | DATA_AMF3)
        || (matches!(tag.kind, AUDIO | VIDEO) && tag.timestamp == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag_bytes(kind: u8, timestamp: u32, data: &[u8]) -> Vec<u8> {
        let tag = Tag {
            kind,
            length: u32::try_from(data.len()).unwrap(),
            timestamp,
            is_encrypted: false,
        };
        [&tag.header()[..], data, &tag.size_field()].concat()
    }

    /// Feeds `stream` in pieces of `size` and collects the tags.
    fn split(stream: &[u8], size: usize) -> Vec<(Tag, Vec<u8>)> {
        let mut splitter = Splitter::default();
        let mut found: Vec<(Tag, Vec<u8>)> = Vec::new();
        let mut open = 0;
        for mut piece in stream.chunks(size) {
            while let Some(next) = splitter.next(&mut piece) {
                match next {
                    Piece::Whole(tag, data) => found.push((tag, data.to_vec())),
                    Piece::Begin(tag) => {
                        found.push((tag, Vec::new()));
                        open += 1;
                    }
                    Piece::Data(data) => found.last_mut().unwrap().1.extend_from_slice(data),
                    Piece::End => open -= 1,
                }
            }
            assert!(piece.is_empty());
        }
        let is_inside_tag = matches!(splitter.state, State::Data(..) | State::Done(_));
        assert_eq!(open, i32::from(is_inside_tag));
        found
    }

    #[test]
    fn any_split_gives_the_same_tags() {
        let stream = [
            FILE_HEADER.to_vec(),
            tag_bytes(18, 0, b"metadata"),
            tag_bytes(9, 0, &[1; 300]),
            tag_bytes(8, 0x0102_0304, b""),
            FILE_HEADER.to_vec(),
            tag_bytes(8, 40, b"a"),
        ]
        .concat();
        let whole = split(&stream, stream.len());
        assert_eq!(whole.len(), 4);
        assert_eq!(
            whole[2].0,
            Tag {
                kind: 8,
                length: 0,
                timestamp: 0x0102_0304,
                is_encrypted: false,
            }
        );
        for size in 1..stream.len() {
            assert_eq!(split(&stream, size), whole, "pieces of {size}");
        }
    }

    #[test]
    fn a_file_header_is_as_long_as_it_says() {
        let tags = [tag_bytes(18, 0, b"metadata"), tag_bytes(9, 5, &[1; 30])].concat();
        let header = |length: u32, more: usize, has_size: bool| {
            let size: &[u8] = if has_size { &[0; 4] } else { &[] };
            [
                b"FLV\x01\x05",
                &length.to_be_bytes()[..],
                &vec![9; more],
                size,
            ]
            .concat()
        };
        let whole = split(&tags, tags.len());
        for (length, more) in [
            (9, 0),
            (10, 1),
            (13, 4),
            (300, 291),
            (65_536, 65_527),
            (0, 0),
            (8, 0),
            (65_537, 0),
            (u32::MAX, 0),
        ] {
            for has_size in [true, false] {
                let stream = [&header(length, more, has_size)[..], &tags].concat();
                for size in [1, 2, 3, 5, 8, 9, 10, 12, 13, 14, 100, stream.len()] {
                    assert_eq!(split(&stream, size), whole, "{length} {has_size} {size}");
                }
            }
        }
    }

    #[test]
    fn a_size_field_may_be_left_out_between_calls() {
        let mut splitter = Splitter::default();
        let whole = tag_bytes(8, 46, &[0xaf, 1]);
        for _ in 0..3 {
            let mut input = &whole[..13];
            assert!(matches!(splitter.next(&mut input), Some(Piece::Whole(..))));
            assert_eq!(splitter.next(&mut input), None);
        }
    }

    #[test]
    fn wrong_size_fields_are_skipped_inside_a_call() {
        let mut stream = tag_bytes(8, 1, b"x");
        stream.splice(12.., [9; 4]);
        stream.extend(tag_bytes(9, 2, b"yy"));
        assert_eq!(split(&stream, stream.len()).len(), 2);
    }

    #[test]
    fn walks_end_at_a_torn_tag() {
        let mut aggregate = [tag_bytes(8, 100, &[0xaf, 1]), tag_bytes(9, 200, &[5; 6])].concat();
        assert_eq!(tags(&aggregate).filter(InnerTag::has_size_field).count(), 2);
        aggregate.truncate(aggregate.len() - 4);
        let last = tags(&aggregate).last().unwrap();
        assert!(last.is_whole() && !last.has_size_field());
        aggregate.truncate(aggregate.len() - 1);
        assert!(!tags(&aggregate).last().unwrap().is_whole());
        assert_eq!(tags(&aggregate[..11]).count(), 0);
    }
}
