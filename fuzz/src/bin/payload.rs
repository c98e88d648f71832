//! Classifying media: every track lies inside the message, and work is bounded by its length.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp::proto::message::{AUDIO, VIDEO};
use rtmp::proto::payload::Payload;

fuzz_target!(|data: &[u8]| {
    for kind in [AUDIO, VIDEO] {
        let Some(payload) = Payload::of(kind, data) else {
            continue;
        };
        assert!(payload.nanos < 1_000_000);
        let mut bytes = 0;
        for track in payload.tracks() {
            assert!(data.as_ptr_range().contains(&track.body.as_ptr()) || track.body.is_empty());
            bytes += track.body.len();
        }
        assert!(bytes <= data.len() && payload.tracks().count() <= data.len().max(1));
        assert!(!payload.is_droppable() || !payload.is_key());
    }
});
