//! Classifying media: every track lies inside the message, work is bounded by its length, and programs in C are told the same.
#![no_main]

use std::iter;

use libfuzzer_sys::fuzz_target;
use rtmp::abi::{RTMP_PAYLOAD, RTMP_TRACK};
use rtmp::ffi::rtmp::payload::{RTMP_ClassifyPayload, RTMP_GetPayloadTracks};
use rtmp::proto::message::{AUDIO, VIDEO};
use rtmp::proto::payload::Payload;

fuzz_target!(|data: &[u8]| {
    for kind in [AUDIO, VIDEO] {
        let payload = Payload::of(kind, data);
        let (told, tracks) = told(kind, data);
        let Some(payload) = payload else {
            assert!(told.is_none() && tracks.is_empty());
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

        let told = told.unwrap();
        assert_eq!(told.tracks as usize, payload.tracks().count());
        assert_eq!(told.compositionTime, payload.composition);
        assert_eq!(tracks.len(), payload.tracks().count());
        for (track, expected) in iter::zip(&tracks, payload.tracks()) {
            let (offset, length) = (track.offset as usize, track.length as usize);
            assert_eq!(&data[offset..offset + length], expected.body);
        }
        assert_eq!(
            (told.fourCc, told.trackId),
            (tracks[0].fourCc, tracks[0].trackId)
        );
    }
});

/// What a program in C gets.
fn told(kind: u8, data: &[u8]) -> (Option<RTMP_PAYLOAD>, Vec<RTMP_TRACK>) {
    let (kind, body, size) = (
        kind.into(),
        data.as_ptr().cast(),
        data.len().try_into().unwrap(),
    );
    let mut payload = RTMP_PAYLOAD {
        size: size_of::<RTMP_PAYLOAD>().try_into().unwrap(),
        ..RTMP_PAYLOAD::default()
    };
    // SAFETY: a body and a struct of these sizes.
    let is_known = unsafe { RTMP_ClassifyPayload(kind, body, size, &raw mut payload) } == 1;
    let mut tracks = vec![RTMP_TRACK::default(); payload.tracks as usize];
    if let Some(first) = tracks.first_mut() {
        first.size = size_of::<RTMP_TRACK>().try_into().unwrap();
    }
    // SAFETY: as above; there is room for so many tracks.
    let count =
        unsafe { RTMP_GetPayloadTracks(kind, body, size, tracks.as_mut_ptr(), payload.tracks) };
    tracks.truncate(count as usize);
    (is_known.then_some(payload), tracks)
}
