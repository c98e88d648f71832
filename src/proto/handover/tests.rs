use super::*;
use crate::proto::message::{COMMAND, published};

const AVC: &[u8] = b"\x17\0\0\0\0avcC";
const AVC_KEY: &[u8] = b"\x17\x01\0\0\0frame";
const AVC_INTER: &[u8] = b"\x27\x01\0\0\0frame";
const AVC_END: &[u8] = b"\x17\x02\0\0\0";
const AAC: &[u8] = b"\xaf\0\x12\x10";
const AAC_FRAME: &[u8] = b"\xaf\x01frame";
const HEVC_1: &[u8] = b"\x96\0hvc1\x01hvcC";
const HEVC_1_KEY: &[u8] = b"\x96\x01hvc1\x01\0\0\0frame";
const HEVC_1_END: &[u8] = b"\x96\x02hvc1\x01";
const HDR_1: &[u8] = b"\x86\x04hvc1\x01\x02\0\x09colorInfo\x03\0\0\x09";
const ON_META_DATA: &[u8] = b"\x02\0\x0aonMetaData\x08\0\0\0\0\0\0\x09";

fn told(messages: &[(u8, &[u8])]) -> Handover {
    let mut handover = Handover::default();
    for &(kind, data) in messages {
        handover.note(kind, published(kind, data));
    }
    handover
}

fn all(handover: &Handover) -> Vec<(u8, &[u8])> {
    handover.messages().collect()
}

fn bytes(handover: &Handover) -> usize {
    all(handover).iter().map(|(_, body)| body.len()).sum()
}

#[test]
fn each_track_keeps_its_last_preparation() {
    let (new_avc, new_hevc) = (&b"\x17\0\0\0\0other"[..], &b"\x96\0hvc1\x01other"[..]);
    let channels = &b"\x94Opus\x01\x02\0\0\0\x03"[..];
    let opus = &b"\x90OpusHead"[..];
    let handover = told(&[
        (VIDEO, AVC),
        (AUDIO, channels),
        (VIDEO, HDR_1),
        (VIDEO, HEVC_1),
        (AUDIO, AAC),
        (AUDIO, AAC_FRAME),
        (VIDEO, AVC_KEY),
        (DATA, ON_META_DATA),
        (VIDEO, new_avc),
        (VIDEO, HEVC_1_KEY),
        (VIDEO, new_hevc),
        (AUDIO, opus),
        (COMMAND, AVC),
    ]);
    let metadata = published(DATA, ON_META_DATA).concat();
    assert_eq!(
        all(&handover),
        [
            (DATA, &metadata[..]),
            (VIDEO, new_avc),
            (VIDEO, new_hevc),
            (AUDIO, opus),
            (AUDIO, channels),
            (VIDEO, HDR_1),
        ]
    );
    assert_eq!(handover.bytes, bytes(&handover));
}

#[test]
fn a_message_for_several_tracks_stays_whole_until_none_needs_it() {
    let both = &b"\x96\x10hvc1\0\0\0\x01a\x01\0\0\x01b"[..];
    let plain = &b"\x90hvc1c"[..];
    let mut handover = told(&[(VIDEO, both), (VIDEO, plain)]);
    assert_eq!(all(&handover), [(VIDEO, both), (VIDEO, plain)]);
    // The ids of audio are others.
    handover.note(AUDIO, [b"", b"\x95\0Opus\x01OpusHead"]);
    assert_eq!(all(&handover).len(), 3);
    handover.note(VIDEO, [b"", HEVC_1]);
    let left: Vec<_> = all(&handover)
        .into_iter()
        .filter(|it| it.0 == VIDEO)
        .collect();
    assert_eq!(left, [(VIDEO, plain), (VIDEO, HEVC_1)]);
    assert_eq!(handover.bytes, bytes(&handover));
}

#[test]
fn what_prepares_in_other_ways_is_kept_and_takes_the_place() {
    let ts = &b"\x95av01descriptor"[..];
    let start = &b"\x90av01record"[..];
    assert_eq!(all(&told(&[(VIDEO, start), (VIDEO, ts)])), [(VIDEO, ts)]);
    assert_eq!(all(&told(&[(VIDEO, ts), (VIDEO, start)])), [(VIDEO, start)]);
    // Behind modifiers.
    let modified = &b"\x97\x02\0\x01\xf4\0av01record"[..];
    assert_eq!(all(&told(&[(VIDEO, modified)])), [(VIDEO, modified)]);
    // What is not as specified.
    for odd in [&b"\x9f"[..], b"\x97\x02\0", b"\x90av0", b"\x96\x30av01\x01"] {
        assert_eq!(all(&told(&[(VIDEO, odd), (AUDIO, odd)])), []);
    }
}

#[test]
fn the_end_of_a_track_ends_its_preparation() {
    let handover = told(&[(VIDEO, AVC), (VIDEO, HEVC_1), (VIDEO, HDR_1), (AUDIO, AAC)]);
    assert_eq!(all(&handover).len(), 4);
    let mut handover = handover;
    handover.note(VIDEO, [b"", HEVC_1_END]);
    assert_eq!(all(&handover), [(VIDEO, AVC), (AUDIO, AAC)]);
    handover.note(VIDEO, [b"", AVC_END]);
    assert_eq!(all(&handover), [(AUDIO, AAC)]);
    assert_eq!(handover.bytes, AAC.len());
}

#[test]
fn metadata_is_the_last_that_was_set() {
    let other = &b"\x02\0\x0aonMetaData\x05"[..];
    let own = &b"\x02\0\x0d@setDataFrame\x02\0\x0aonMetaData\x05"[..];
    let amf3 = &b"\0\x02\0\x0aonMetaData\x05"[..];
    let own_amf3 = &b"\0\x02\0\x0d@setDataFrame\x02\0\x0aonMetaData\x05"[..];
    let cue = &b"\x02\0\x0aonCuePoint\x05"[..];
    let clear = &b"\x02\0\x0f@clearDataFrame\x02\0\x0aonMetaData"[..];
    let clear_other = &b"\x02\0\x0f@clearDataFrame\x02\0\x0aonCuePoint"[..];
    let begin = (DATA, ON_META_DATA);
    for (next, left) in [
        ((DATA, other), Some((DATA, own))),
        ((DATA, own), Some((DATA, own))),
        ((DATA_AMF3, amf3), Some((DATA_AMF3, own_amf3))),
        ((DATA_AMF3, own_amf3), Some((DATA_AMF3, own_amf3))),
        ((DATA, clear), None),
    ] {
        let handover = told(&[begin, next]);
        assert_eq!(all(&handover), left.into_iter().collect::<Vec<_>>());
        assert_eq!(handover.bytes, bytes(&handover));
    }
    let first = published(DATA, ON_META_DATA).concat();
    for next in [cue, clear_other, b"", b"\x02\0\x0d@setDataFrame", b"\x05"] {
        assert_eq!(all(&told(&[begin, (DATA, next)])), [(DATA, &first[..])]);
    }
}

#[test]
fn there_is_a_bound() {
    let mut long = b"\x90hvc1".to_vec();
    long.resize(MOST_BYTES - AAC.len(), 0);
    let mut handover = told(&[(AUDIO, AAC), (VIDEO, &long)]);
    assert_eq!(all(&handover).len(), 2);
    // Too much: this track has none then, and the others theirs.
    handover.note(VIDEO, [b"", HEVC_1]);
    assert_eq!(all(&handover).len(), 2);
    long.push(0);
    handover.note(VIDEO, [b"", &long]);
    assert_eq!(all(&handover), [(AUDIO, AAC)]);
    handover.note(VIDEO, [b"", HEVC_1]);
    assert_eq!(all(&handover), [(AUDIO, AAC), (VIDEO, HEVC_1)]);
    assert_eq!(handover.bytes, bytes(&handover));
    // Every track of every kind, again and again.
    for _ in 0..3 {
        for id in 0..=u8::MAX {
            for kind in [0x90 | 6, 0x80 | 6] {
                let config = [&[kind, 0][..], b"hvc1", &[id], b"record"].concat();
                handover.note(VIDEO, [b"", &config]);
            }
        }
    }
    assert_eq!(all(&handover).len(), 257);
}

#[test]
fn a_stream_is_cut_at_a_key_frame_of_its_first_track() {
    let empty = told(&[]);
    assert!(empty.is_boundary(VIDEO, AVC_KEY) && empty.is_boundary(VIDEO, HEVC_1_KEY));
    assert!(empty.is_boundary(AUDIO, AAC_FRAME));
    for (kind, body) in [
        (VIDEO, AVC),
        (VIDEO, AVC_INTER),
        (VIDEO, AVC_END),
        (VIDEO, HEVC_1),
        (VIDEO, HDR_1),
        (VIDEO, b"\xd1\0"),
        (VIDEO, b"\x97\x02\0"),
        (VIDEO, b""),
        (AUDIO, AAC),
        (AUDIO, b""),
        (DATA, ON_META_DATA),
    ] {
        assert!(!empty.is_boundary(kind, body), "{kind} {body:?}");
    }
    let both = told(&[(VIDEO, HEVC_1), (VIDEO, AVC)]);
    assert!(both.is_boundary(VIDEO, AVC_KEY));
    assert!(!both.is_boundary(VIDEO, HEVC_1_KEY) && !both.is_boundary(AUDIO, AAC_FRAME));
    // With frames of both in it.
    assert!(both.is_boundary(VIDEO, b"\x96\x11vp09\0\0\0\x01a\x01\0\0\x01b"));
    let second = told(&[(VIDEO, HEVC_1), (VIDEO, AVC), (VIDEO, AVC_END)]);
    assert!(second.is_boundary(VIDEO, HEVC_1_KEY) && !second.is_boundary(AUDIO, AAC_FRAME));
    let none = told(&[(VIDEO, AVC), (VIDEO, AVC_END)]);
    assert!(none.is_boundary(AUDIO, AAC_FRAME));
    let high = told(&[(VIDEO, b"\x96\0hvc1\xc8hvcC")]);
    assert!(high.is_boundary(VIDEO, b"\x96\x03hvc1\xc8frame"));
    assert!(!high.is_boundary(VIDEO, b"\x96\x03hvc1\xc9frame"));
}

#[test]
fn what_is_cut_off_is_harmless_and_bounded() {
    let all = [
        AVC,
        AVC_KEY,
        AVC_END,
        AAC,
        HEVC_1,
        HEVC_1_KEY,
        HEVC_1_END,
        HDR_1,
        ON_META_DATA,
    ];
    let mut handover = Handover::default();
    for whole in all {
        for end in 0..=whole.len() {
            let cut = &whole[..end];
            for kind in [AUDIO, VIDEO, DATA, DATA_AMF3, COMMAND] {
                handover.is_boundary(kind, cut);
                handover.note(kind, published(kind, cut));
                assert_eq!(handover.bytes, bytes(&handover));
            }
        }
    }
}
