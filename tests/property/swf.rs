//! Players and their cache: any bytes, any split.

use proptest::collection::vec;
use proptest::prelude::*;

use rtmp::proto::swf::{Digest, HASH, Hasher};
use rtmp::proto::swfinfo::{self, News};
use rtmp::proto::{httpdate, swf::TooLong};

const LIMIT: u32 = 1 << 20;
const URL: &[u8] = b"http://h/d/p.swf";

fn digest<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Option<Digest>, TooLong> {
    let mut hasher = Hasher::with_limit(LIMIT);
    for piece in pieces {
        hasher.update(piece)?;
    }
    Ok(hasher.finish())
}

/// Lines that look like those of the file, and some that do not.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "url: http://h/d/p.swf",
        "url: http://other/p.swf",
        "ctim: Sun, 06 Nov 1994 08:49:37 GMT",
        "ctim:",
        "date: yesterday",
        "size: 0000001a",
        "size: -1",
        "hash: 00",
    ]);
    prop_oneof![
        known.prop_map(|line| line.as_bytes().to_vec()),
        vec(any::<u8>(), 0..20),
    ]
}

proptest! {
    #[test]
    fn a_hash_does_not_depend_on_the_split(
        compressed in any::<bool>(), bytes in vec(any::<u8>(), 0..300), step in 1..50_usize,
    ) {
        let head: &[u8] = if compressed { b"CWS\x0a\0\0\0\0\x78\x9c" } else { b"FWS" };
        let file = [head, &bytes].concat();
        prop_assert_eq!(digest(file.chunks(step)), digest([&file[..]].into_iter()));
    }

    #[test]
    fn what_was_stored_is_found(lines in vec(line(), 0..12), now in 1..4_000_000_000_i64, size: u32) {
        let file = lines.join(&b'\n');
        let digest = Digest { size, hash: [7; HASH] };
        let news = News::Fetched { date: b"today", digest };
        let stored = swfinfo::update(&file, URL, now, &news);
        let record = swfinfo::find(&stored, URL).expect("the record");
        prop_assert_eq!(record.checked, Some(now));
        prop_assert_eq!((record.size, record.hash), (Some(size), Some([7; HASH])));
        prop_assert_eq!(record.date, b"today");
        // Once stored, the file only changes in the time.
        prop_assert_eq!(&swfinfo::update(&stored, URL, now, &news), &stored);
        let later = swfinfo::update(&stored, URL, now + 1, &News::Unchanged);
        prop_assert_eq!(later.len(), stored.len());
    }

    #[test]
    fn any_date_is_harmless(text in vec(any::<u8>(), 0..60)) {
        let _ = httpdate::parse(&text);
    }

    #[test]
    fn a_date_survives(seconds in -60_000_000_000..200_000_000_000_i64) {
        prop_assert_eq!(httpdate::parse(httpdate::format(seconds).as_bytes()), Some(seconds));
    }
}
