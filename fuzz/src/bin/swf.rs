//! Players: the same hash at any split, and no more memory than the limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::pieces::Cut;
use rtmp::proto::swf::{Digest, Hasher, TooLong};

/// Far below what a fuzzer's input can become.
const LIMIT: u32 = 256 << 10;

fuzz_target!(|data: &[u8]| {
    let Some(cut) = Cut::of(data) else { return };
    let whole = digest(cut.whole());
    if let Ok(Some(digest)) = &whole {
        assert!(digest.size <= LIMIT);
    }
    assert_eq!(digest(cut.pieces()), whole);
});

fn digest<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Option<Digest>, TooLong> {
    let mut hasher = Hasher::with_limit(LIMIT);
    for piece in pieces {
        hasher.update(piece)?;
    }
    Ok(hasher.finish())
}
