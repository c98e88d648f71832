//! FLV: any split of a stream gives the same tags, and any bytes can be walked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::pieces::Cut;
use rtmp::proto::flv::{FILE_HEADER, Piece, SIZE_FIELD, Splitter, TAG_HEADER, Tag, tags};

fuzz_target!(|data: &[u8]| {
    walk(data);
    let Some(cut) = Cut::of(data) else { return };
    let whole = split(cut.whole());
    let size: usize = whole.iter().map(|(_, data)| data.len() + TAG_HEADER).sum();
    assert!(size <= cut.bytes.len());
    // Wrong size fields are passed over inside one call only.
    let stream = stream(&whole);
    let cut = cut.instead(&stream);
    assert_eq!(split(cut.whole()), whole);
    assert_eq!(split(cut.pieces()), whole);
    assert_eq!(split(cut.bytes.chunks(1)), whole);
    split(data.chunks(1));
});

/// The same tags with the size fields that belong to them.
fn stream(tags: &[(Tag, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = FILE_HEADER.to_vec();
    for (tag, data) in tags {
        bytes.extend_from_slice(&tag.header());
        bytes.extend_from_slice(data);
        if data.len() == tag.length as usize {
            bytes.extend_from_slice(&tag.size_field());
        }
    }
    bytes
}

fn split<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<(Tag, Vec<u8>)> {
    let (mut splitter, mut found) = (Splitter::default(), Vec::<(Tag, Vec<u8>)>::new());
    for mut piece in pieces {
        while let Some(next) = splitter.next(&mut piece) {
            match next {
                Piece::Whole(tag, data) => {
                    assert_eq!(data.len(), tag.length as usize);
                    found.push((tag, data.to_vec()));
                }
                Piece::Begin(tag) => found.push((tag, Vec::new())),
                Piece::Data(data) => {
                    assert!(!data.is_empty());
                    found
                        .last_mut()
                        .expect("a tag has begun")
                        .1
                        .extend_from_slice(data);
                }
                Piece::End => {
                    let (tag, data) = found.last().expect("a tag has begun");
                    assert_eq!(data.len(), tag.length as usize);
                }
            }
        }
        assert!(piece.is_empty());
    }
    found
}

/// The tags of an aggregate.
fn walk(data: &[u8]) {
    let mut end = 0;
    for inner in tags(data) {
        // Nothing follows a tag that is torn.
        assert_eq!(inner.at, end);
        assert!(inner.size_bytes <= SIZE_FIELD);
        assert_eq!(
            inner.is_whole(),
            inner.data.len() == inner.tag.length as usize
        );
        end += TAG_HEADER + inner.data.len() + inner.size_bytes;
        assert!(end <= data.len());
        assert!(inner.has_size_field() || end == data.len());
        assert_eq!(
            &data[inner.at + TAG_HEADER..][..inner.data.len()],
            inner.data
        );
        let header = inner.tag.header();
        // Here the type is the whole byte.
        let kind = header[0];
        let parsed = Tag {
            kind,
            ..Tag::parse(&header)
        };
        assert_eq!(parsed, inner.tag);
    }
    assert!(data.len() - end <= TAG_HEADER);
}
