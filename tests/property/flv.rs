//! FLV (spec 06 §5.4, §9): any split of a stream gives the same tags; any bytes are harmless.

use proptest::collection::vec;
use proptest::prelude::*;

use rtmp::proto::flv::{FILE_HEADER, Piece, SIZE_FIELD, Splitter, TAG_HEADER, Tag, tags};

use crate::guarded::Guarded;

type Tags = Vec<(Tag, Vec<u8>)>;

fn tag() -> impl Strategy<Value = (bool, Tag, Vec<u8>)> {
    let kind = prop_oneof![Just(8_u8), Just(9), Just(0x12), Just(0x16), 0_u8..0x20];
    let body = prop_oneof![vec(any::<u8>(), 0..20), vec(any::<u8>(), 0..300)];
    (prop::bool::weighted(0.1), kind, any::<u32>(), body).prop_map(
        |(header, kind, timestamp, body)| {
            let length = u32::try_from(body.len()).unwrap();
            (
                header,
                Tag {
                    kind,
                    length,
                    timestamp,
                    is_encrypted: false,
                },
                body,
            )
        },
    )
}

fn stream(list: &[(bool, Tag, Vec<u8>)]) -> (Vec<u8>, Tags) {
    let (mut bytes, mut wanted) = (Vec::new(), Vec::new());
    for (has_file_header, tag, body) in list {
        if *has_file_header {
            // Some have more in it than the usual nine bytes.
            let more = tag.timestamp % 40;
            bytes.extend_from_slice(&FILE_HEADER[..5]);
            bytes.extend_from_slice(&(9 + more).to_be_bytes());
            bytes.resize(bytes.len() + more as usize, 0x5a);
            bytes.extend_from_slice(&FILE_HEADER[9..]);
        }
        bytes.extend_from_slice(&tag.header());
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(&tag.size_field());
        wanted.push((*tag, body.clone()));
    }
    (bytes, wanted)
}

/// Feeds the pieces between `cuts`. Every call must use its input up.
fn split(bytes: &[u8], cuts: &[usize]) -> Tags {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    let mut splitter = Splitter::default();
    let mut found = Tags::new();
    for pair in cuts.windows(2) {
        let mut piece = &bytes[pair[0]..pair[1]];
        while let Some(next) = splitter.next(&mut piece) {
            match next {
                Piece::Whole(tag, data) => found.push((tag, data.to_vec())),
                Piece::Begin(tag) => found.push((tag, Vec::new())),
                Piece::Data(data) => {
                    assert!(!data.is_empty());
                    found.last_mut().unwrap().1.extend_from_slice(data);
                }
                Piece::End => {
                    let (tag, data) = found.last().unwrap();
                    assert_eq!(data.len(), tag.length as usize);
                }
            }
        }
        assert!(piece.is_empty());
    }
    found
}

proptest! {
    #[test]
    fn any_split_gives_the_same_tags(
        list in vec(tag(), 0..8),
        cuts in prop_oneof![vec(any::<usize>(), 0..5), vec(any::<usize>(), 0..200)],
    ) {
        let (bytes, wanted) = stream(&list);
        prop_assert_eq!(split(&bytes, &cuts), wanted);
    }

    #[test]
    fn one_byte_at_a_time_gives_the_same_tags(list in vec(tag(), 1..4)) {
        let (bytes, wanted) = stream(&list);
        let cuts: Vec<usize> = (0..bytes.len()).collect();
        prop_assert_eq!(split(&bytes, &cuts), wanted);
    }

    #[test]
    fn any_bytes_are_used_up(
        bytes in vec(prop_oneof![3 => 0_u8..3, 1 => any::<u8>()], 0..400),
        cuts in vec(any::<usize>(), 0..9),
    ) {
        let found = split(&bytes, &cuts);
        let data: usize = found.iter().map(|(_, data)| data.len()).sum();
        prop_assert!(data + TAG_HEADER * found.len() <= bytes.len());
    }

    #[test]
    fn walks_stay_inside(bytes in vec(prop_oneof![3 => 0_u8..3, 1 => any::<u8>()], 0..400)) {
        let data = Guarded::new(&bytes);
        let mut end = 0;
        for inner in tags(data.bytes()) {
            // Nothing follows a tag that is torn.
            prop_assert_eq!(inner.at, end);
            prop_assert!(inner.data.len() <= inner.tag.length as usize && inner.size_bytes <= SIZE_FIELD);
            end += TAG_HEADER + inner.data.len() + inner.size_bytes;
            prop_assert!(end <= bytes.len());
            prop_assert!(inner.has_size_field() || end == bytes.len());
            prop_assert_eq!(&bytes[inner.at + TAG_HEADER..][..inner.data.len()], inner.data);
        }
        prop_assert!(bytes.len() - end <= TAG_HEADER);
    }

    #[test]
    fn walks_find_the_tags_of_a_stream(list in vec(tag(), 0..8)) {
        let list: Vec<_> = list.into_iter().map(|(_, tag, body)| (false, tag, body)).collect();
        let (bytes, wanted) = stream(&list);
        let found: Tags = tags(&bytes).map(|inner| (inner.tag, inner.data.to_vec())).collect();
        prop_assert_eq!(found, wanted);
    }
}
