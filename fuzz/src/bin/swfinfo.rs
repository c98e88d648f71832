//! The cache of players: what was stored is found, whatever the file held before.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp::proto::httpdate;
use rtmp::proto::swf::{Digest, HASH};
use rtmp::proto::swfinfo::{News, find, update};

const URL: &[u8] = b"http://h/d/p.swf";
const NOW: i64 = 784_111_777;

fuzz_target!(|data: &[u8]| {
    if let Some(seconds) = httpdate::parse(data) {
        let text = httpdate::format(seconds);
        assert_eq!(httpdate::parse(text.as_bytes()), Some(seconds));
    }
    // A line is the URL, the rest is the file.
    let line = data.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let (name, file) = data.split_at(line);
    let _ = find(file, name);
    update(file, name, NOW, &News::Unchanged);

    if let Some(record) = find(data, URL) {
        record.is_fresh(NOW, 30);
    }
    let digest = Digest {
        size: 0x1a,
        hash: [7; HASH],
    };
    let news = News::Fetched {
        date: b"today",
        digest,
    };
    let stored = update(data, URL, NOW, &news);
    let record = find(&stored, URL).expect("the record");
    assert_eq!(
        (record.checked, record.date.as_slice()),
        (Some(NOW), &b"today"[..])
    );
    assert_eq!((record.size, record.hash), (Some(0x1a), Some([7; HASH])));
    assert_eq!(update(&stored, URL, NOW, &news), stored);
    assert_eq!(
        update(&stored, URL, NOW + 1, &News::Unchanged).len(),
        stored.len()
    );
    assert!(stored.len() <= data.len() + 256);
});
