use super::*;

fn video(body: &[u8]) -> Option<Payload<'_>> {
    Payload::of(VIDEO, body)
}

fn audio(body: &[u8]) -> Option<Payload<'_>> {
    Payload::of(AUDIO, body)
}

/// Content, key frame, configuration, composition time.
fn seen(payload: Option<Payload<'_>>) -> Option<(Content, bool, bool, i32)> {
    payload.map(|it| {
        (
            it.content,
            it.is_key(),
            it.is_configuration(),
            it.composition,
        )
    })
}

fn ids(payload: &Payload<'_>) -> Vec<(Option<FourCc>, u8, usize)> {
    payload
        .tracks()
        .map(|track| (track.four_cc, track.id, track.body.len()))
        .collect()
}

#[test]
fn the_examples_of_the_specification() {
    use Content::*;
    for (body, expected) in [
        (&b"\x90hvc1\x01\x01"[..], (Configuration, false, true, 0)),
        (b"\x91hvc1\0\0\x21data", (Frames, true, false, 33)),
        (b"\xa1hvc1\xff\xff\xdfdata", (Frames, false, false, -33)),
        (b"\xa3hvc1data", (Frames, false, false, 0)),
        (b"\x92hvc1", (End, false, false, 0)),
        (b"\x91av01data", (Frames, true, false, 0)),
        (b"\x84hvc1\x02\0\x09colorInfo", (Metadata, false, false, 0)),
        (b"\xd1\0", (Command, false, false, 0)),
        (b"\x96\0av01\x01data", (Configuration, false, true, 0)),
        (
            b"\x97\x02\0\x01\xf4\x01hvc1\0\0\0data",
            (Frames, true, false, 0),
        ),
        // Bytes of the old kind.
        (b"\x17\0\0\0\0data", (Configuration, true, true, 0)),
        (b"\x17\x01\0\0\x28data", (Frames, true, false, 40)),
        (b"\x27\x01\xff\xff\xff", (Frames, false, false, -1)),
        (b"\x17\x02\0\0\0", (End, true, false, 0)),
        (b"\x1c\x01\0\0\x01data", (Frames, true, false, 1)),
        (b"\x12data", (Frames, true, false, 0)),
        (b"\x52\0", (Command, false, false, 0)),
    ] {
        assert_eq!(seen(video(body)), Some(expected), "{body:02x?}");
    }
    for (body, expected) in [
        (&b""[..], (Silence, false, false, 0)),
        (b"\xaf\0\x12\x10", (Configuration, false, true, 0)),
        (b"\xaf\x01data", (Frames, false, false, 0)),
        (b"\x2fdata", (Frames, false, false, 0)),
        (b"\x90OpusOpusHead", (Configuration, false, true, 0)),
        (b"\x91Opusdata", (Frames, false, false, 0)),
        (b"\x92mp4a", (End, false, false, 0)),
        (
            b"\x94fLaC\x01\x02\0\0\0\x03",
            (ChannelConfiguration, false, true, 0),
        ),
        (b"\x95\x01ac-3\x02data", (Frames, false, false, 0)),
    ] {
        assert_eq!(seen(audio(body)), Some(expected), "{body:02x?}");
    }
}

#[test]
fn nanoseconds_and_tracks_are_told() {
    let modified = video(b"\x97\x02\0\x01\xf4\x01hvc1\0\0\0data").unwrap();
    assert_eq!(modified.nanos, 500);
    assert_eq!(ids(&modified), [(Some(*b"hvc1"), 0, 7)]);
    let one = video(b"\x96\0av01\x01data").unwrap();
    assert_eq!(ids(&one), [(Some(*b"av01"), 1, 4)]);
    assert_eq!(ids(&audio(b"\xaf\x01data").unwrap()), [(None, 0, 5)]);
    // The command's byte is no track's.
    assert_eq!(ids(&video(b"\xd1\x01").unwrap()), [(None, 0, 0)]);
}

/// A message with the tracks 1, 2, ... and bodies of so many bytes.
fn multitrack_of(kind: u8, layout: u8, packet: u8, sizes: &[usize]) -> Vec<u8> {
    let mut bytes = vec![
        if kind == VIDEO { 0x96 } else { 0x95 },
        layout << 4 | packet,
    ];
    for (at, &size) in sizes.iter().enumerate() {
        if layout != 1 || at == 0 {
            bytes.extend_from_slice(b"hvc1");
        }
        bytes.push(u8::try_from(at % 256).unwrap().wrapping_add(1));
        if layout != 0 {
            bytes.extend_from_slice(&u32::try_from(size).unwrap().to_be_bytes()[1..]);
        }
        bytes.extend(core::iter::repeat_n(7, size));
    }
    bytes
}

#[test]
fn every_layout_has_its_tracks() {
    for kind in [VIDEO, AUDIO] {
        for layout in [1, 2] {
            for count in [1, 2, 255] {
                let sizes: Vec<usize> = (0..count).map(|at| 3 + at % 5).collect();
                let body = multitrack_of(kind, layout, 1, &sizes);
                let payload = Payload::of(kind, &body).unwrap();
                let found: Vec<usize> = payload.tracks().map(|track| track.body.len()).collect();
                assert_eq!(found, sizes);
                // What is cut, or has something behind it, is odd.
                for end in 1..body.len() {
                    let cut = Payload::of(kind, &body[..end]);
                    let tracks = cut.map_or(0, |payload| payload.tracks().count());
                    assert!(
                        cut.is_none() || tracks < count,
                        "{kind} {layout} {count} {end}"
                    );
                }
                assert_eq!(Payload::of(kind, &[&body[..], &[9]].concat()), None);
            }
            // The end of a sequence has no body.
            let ends = multitrack_of(kind, layout, 2, &[0, 0]);
            assert_eq!(Payload::of(kind, &ends).map(|it| ids(&it).len()), Some(2));
            // Sizes beyond the message, and no tracks at all.
            let mut body = multitrack_of(kind, layout, 1, &[4, 4]);
            let size = body.len() - 5;
            body[size] = 0xff;
            assert_eq!(Payload::of(kind, &body), None);
            assert_eq!(
                Payload::of(kind, &multitrack_of(kind, layout, 1, &[])),
                None
            );
        }
        // Tracks inside tracks, modifiers inside tracks, layouts that are none.
        let inner = if kind == VIDEO { 6 } else { 5 };
        assert_eq!(
            Payload::of(kind, &multitrack_of(kind, 0, inner, &[4])),
            None
        );
        assert_eq!(Payload::of(kind, &multitrack_of(kind, 0, 7, &[4])), None);
        assert_eq!(Payload::of(kind, &multitrack_of(kind, 3, 1, &[4])), None);
    }
}

fn modified(blocks: &[(usize, u8)], packet: u8) -> Vec<u8> {
    let mut bytes = vec![0x97];
    for (at, &(size, kind)) in blocks.iter().enumerate() {
        match u8::try_from(size - 1) {
            Ok(short @ ..=254) => bytes.push(short),
            _ => {
                bytes.push(255);
                bytes.extend_from_slice(&u16::try_from(size - 1).unwrap().to_be_bytes());
            }
        }
        bytes.extend(
            [0, 2, 1]
                .into_iter()
                .chain(core::iter::repeat(9))
                .take(size),
        );
        let is_last = at + 1 == blocks.len();
        bytes.push(kind << 4 | if is_last { packet } else { MOD_EX });
    }
    bytes.extend_from_slice(b"hvc1\0\0\x05data");
    bytes
}

#[test]
fn modifiers_of_every_size_are_skipped() {
    for size in [3, 255, 256, 257, 65_536] {
        let body = modified(&[(size, 0)], 1);
        let payload = video(&body).unwrap();
        assert_eq!((payload.nanos, payload.composition), (513, 5), "{size}");
        assert!(payload.is_key());
    }
    let two = modified(&[(1, 5), (4, 0)], 1);
    assert_eq!(video(&two).unwrap().nanos, 513);
    // Too short for what it says it is; reserved types may be.
    assert_eq!(video(&modified(&[(2, 0)], 1)), None);
    assert!(video(&modified(&[(1, 1)], 1)).is_some());
    for end in 0..two.len() - 4 {
        assert_eq!(video(&two[..end]), None, "{end}");
    }
}

#[test]
fn more_than_a_millisecond_of_nanoseconds_does_not_count() {
    for (bytes, nanos) in [([0x0f, 0x42, 0x3f], 999_999), ([0x0f, 0x42, 0x40], 0)] {
        let body = [b"\x97\x02", &bytes[..], b"\x03hvc1data"].concat();
        assert_eq!(video(&body).map(|it| it.nanos), Some(nanos));
    }
}

#[test]
fn what_is_odd_is_not_classified() {
    for body in [
        &b""[..],
        b"\x91hvc",
        b"\x91hvc1\0\0",
        b"\x98hvc1data",
        b"\x9fhvc1data",
        b"\xd1",
        b"\x96",
        b"\x96\0hvc1",
    ] {
        assert_eq!(video(body), None, "{body:02x?}");
    }
    for body in [&b"\x91Opu"[..], b"\x93Opus", b"\x96Opus", b"\x9fOpus"] {
        assert_eq!(audio(body), None, "{body:02x?}");
    }
    assert_eq!(Payload::of(18, b"\x02\0\x0aonMetaData"), None);
}

#[test]
fn only_disposable_frames_can_be_dropped() {
    let droppable = |body| video(body).is_some_and(|it| it.is_droppable());
    assert!(droppable(b"\xb1av01data"));
    assert!(droppable(b"\x32data"));
    assert!(!droppable(b"\xb0av01data"));
    assert!(!droppable(b"\xa1av01data"));
    assert!(!droppable(b"\x22data"));
}
