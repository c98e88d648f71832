//! A stream with two tracks of video and one of audio, as FLV.

use crate::messages::{NULL, tag, text};

pub(crate) const GOP: u32 = 10;
/// Between two frames, ms.
const STEP: u32 = 40;
/// It begins late, so that a time that begins anew is seen.
pub(crate) const BEGIN: u32 = 70_000;

pub(crate) const CONFIGS: [(u8, &[u8]); 6] = [
    (9, b"\x17\0\0\0\0avcC of track 0"),
    (9, b"\x96\0hvc1\x01hvcC of track 1"),
    (9, b"\x86\x04hvc1\x01\x02\0\x09colorInfo\x03\0\0\x09"),
    (8, b"\xaf\0\x12\x10"),
    (8, b"\x95\0Opus\x01OpusHead"),
    (8, b"\x95\x04Opus\x01\x01\x02\0\0\0\x03"),
];

/// The values of `onMetaData`.
pub(crate) fn metadata() -> Vec<u8> {
    [text("onMetaData"), NULL.to_vec()].concat()
}

/// The same as it is published.
pub(crate) fn published_metadata() -> Vec<u8> {
    [text("@setDataFrame"), metadata()].concat()
}

/// What prepares for the frames, as it arrives.
pub(crate) fn preparations() -> Vec<(u8, Vec<u8>)> {
    // Configurations are first, then channels, then colours.
    let order = [0, 1, 3, 4, 5, 2].map(|at| CONFIGS[at]);
    let all = order.iter().map(|(kind, body)| (*kind, body.to_vec()));
    std::iter::once((18, published_metadata()))
        .chain(all)
        .collect()
}

pub(crate) fn head() -> Vec<u8> {
    let configs = CONFIGS.iter().map(|(kind, body)| tag(*kind, BEGIN, body));
    let mut all = vec![
        crate::messages::FLV_HEADER.to_vec(),
        tag(18, BEGIN, &metadata()),
    ];
    all.extend(configs);
    all.concat()
}

/// A message: type, time, body.
pub(crate) type Sent = (u8, u32, Vec<u8>);

pub(crate) fn moments(range: std::ops::Range<u32>) -> Vec<Sent> {
    range.flat_map(frames).collect()
}

/// The messages of one moment: frames of both tracks of video, and of audio.
pub(crate) fn frames(at: u32) -> Vec<Sent> {
    let time = BEGIN + at * STEP;
    let is_key = at.is_multiple_of(GOP);
    let [avc, hevc] = if is_key { [0x17, 0x96] } else { [0x27, 0xa6] };
    let mut plain = vec![avc, 1, 0, 0, 0];
    plain.extend(format!("track 0, {at}").bytes());
    // Longer than a chunk.
    plain.resize(300, 7);
    let mut other = [&[hevc, 1][..], b"hvc1\x01\0\0\0"].concat();
    other.extend(format!("track 1, {at}").bytes());
    let audio = [b"\xaf\x01", format!("audio {at}").as_bytes()].concat();
    vec![(9, time, plain), (9, time, other), (8, time + 7, audio)]
}

/// The same as tags.
pub(crate) fn tags(at: u32) -> Vec<u8> {
    let tags = frames(at)
        .into_iter()
        .map(|(kind, time, body)| tag(kind, time, &body));
    tags.collect::<Vec<_>>().concat()
}
