//! Going on with an earlier download (spec 06 §6).

use std::io;

use super::{AGGREGATE, AUDIO, DATA, Packet, VIDEO, push, tags};
use crate::handle::{Wire, hex, tight, unhex};
use crate::logged::logged;
use crate::messages::{number, object, text};

const KEY: &str = "170000000001";
const TAGS: &str =
    "08 000002 000064 00 000000 af01 0000000d 09 000006 0000c8 00 000000 170000000001 00000011";

/// A handle that resumes at `position`, with the metadata and the key frame that its file ends with.
fn resuming(position: u32, metadata: &str) -> Wire {
    let mut wire = Wire::playing();
    let read = &wire.r().m_read;
    read.flags.set(2);
    read.initialFrameType.set(VIDEO);
    read.nResumeTS.set(position);
    read.timestamp.set(position);
    wire.lend(&unhex(metadata), &unhex(KEY));
    wire
}

fn metadata(duration: f64) -> String {
    hex(&[
        text("onMetaData"),
        object(&[("duration", number(duration))]),
    ]
    .concat())
}

/// Reads once: output, and the warnings and errors.
fn read(wire: &Wire, packets: &[Packet<'_>]) -> (String, Vec<String>) {
    push(wire, packets);
    let ((_, flv), lines) = logged(|| wire.read(8192));
    let complaints = |line: &String| {
        line.starts_with("2 ") || (line.starts_with("1 ") && !line.contains("failed to read"))
    };
    (flv, lines.into_iter().filter(complaints).collect())
}

const IGNORED: &str = "2 Stream does not start with requested frame, ignoring data... ";
const IGNORED_FLV: &str = "2 Stream does not start with requested FLV frame, ignoring data... ";

#[test]
fn behind_the_key_frame() {
    let same = metadata(10.0);
    let wire = resuming(5000, &same);
    let packets = [
        (4, 0, DATA, &same[..]),
        (6, 0, VIDEO, KEY),
        (5, 0, AUDIO, "af0011"),
        (6, 0, VIDEO, "270100000000"),
        (6, 40, VIDEO, "270100000002"),
        (5, 46, AUDIO, "af0122"),
    ];
    let (flv, lines) = read(&wire, &packets);
    assert_eq!(
        flv,
        tags(&[(6, 5040, VIDEO, "270100000002"), (5, 5046, AUDIO, "af0122")])
    );
    assert_eq!(lines, [IGNORED]);
    assert_eq!(wire.r().m_read.nIgnoredFrameCounter.get(), 1);
    assert_eq!(wire.r().m_read.flags.get(), 0x1f);
}

#[test]
fn other_metadata_is_another_stream() {
    let wire = resuming(5000, &metadata(10.0));
    let other = metadata(11.0);
    assert_eq!(read(&wire, &[(4, 0, DATA, &other)]).0, "");
    assert_eq!(
        (wire.r().m_read.status.get(), wire.is_connected()),
        (-2, true)
    );
    assert_eq!(wire.read(100).0, -1);
    assert_eq!(
        io::Error::last_os_error().raw_os_error(),
        Some(libc::EINVAL)
    );
    // At another time it is only ignored.
    let wire = resuming(5000, &metadata(10.0));
    assert_eq!(
        read(&wire, &[(4, 1, DATA, &other)]),
        (String::new(), vec![IGNORED.to_owned()])
    );
    assert_eq!(wire.r().m_read.status.get(), -1);
}

#[test]
fn metadata_in_amf3_is_compared_behind_its_format() {
    let (same, other) = (metadata(10.0), metadata(11.0));
    for (kept, sent, status) in [
        (same.clone(), format!("00{same}"), -1),
        (format!("00{same}"), format!("00{same}"), -1),
        (same.clone(), format!("00{other}"), -2),
        (format!("00{same}"), format!("00{other}"), -2),
    ] {
        let mut wire = resuming(5000, &kept);
        wire.set_up("rtmp://h/live/x ertmp=1");
        let video = (6, 0, VIDEO, KEY);
        let (flv, _) = read(&wire, &[(4, 0, 0x0f, &sent), video, (6, 40, VIDEO, KEY)]);
        assert_eq!(
            wire.r().m_read.status.get() == -2,
            status == -2,
            "{kept} {sent}"
        );
        let goes_on = tags(&[(6, 5040, VIDEO, KEY)]);
        assert_eq!(
            flv,
            if status == -2 { "" } else { &goes_on },
            "{kept} {sent}"
        );
    }
}

#[test]
fn extended_video_is_found_inside_aggregates() {
    // HEVC: the key frame of the file, and an end of sequence, which is short.
    let (key, end) = ("916876633100002101020304", "9268766331");
    let inner = [
        (5, 100, AUDIO, "af01"),
        (6, 200, VIDEO, key),
        (6, 210, VIDEO, end),
    ];
    for (frame, flv) in [
        (key, tags(&inner[2..])),
        ("91687663310000210102030f", String::new()),
    ] {
        let mut wire = resuming(200, "");
        wire.lend(&[], &unhex(frame));
        let (found, _) = read(&wire, &[(5, 0, AGGREGATE, &tags(&inner))]);
        // The first tag that is left has the aggregate's time, moved to the position.
        assert_eq!(found, flv.replace("0000d200", "0000c800"), "{frame}");
    }
}

#[test]
fn patience_ends_after_50_packets() {
    let wire = resuming(5000, "");
    let packets: Vec<Packet<'_>> = (0..60)
        .map(|time| (6, time, VIDEO, "270100000002"))
        .collect();
    let (flv, lines) = read(&wire, &packets);
    assert_eq!((flv.len(), lines.len()), (0, 51));
    assert_eq!(
        (
            wire.r().m_read.status.get(),
            wire.r().m_read.nIgnoredFrameCounter.get()
        ),
        (-2, 51)
    );
    assert_eq!(wire.read(100).0, -1);
}

#[test]
fn a_key_frame_at_another_time_is_not_recognised() {
    let wire = resuming(5000, "");
    let (flv, lines) = read(
        &wire,
        &[(6, 10, VIDEO, KEY), (6, 40, VIDEO, "270100000002")],
    );
    assert_eq!(
        (flv.len(), lines.len(), wire.r().m_read.flags.get()),
        (0, 2, 3)
    );
}

#[test]
fn aggregates() {
    let moved = TAGS
        .replace("000064 00", "0013ec 00")
        .replace("0000c8 00", "001450 00");
    let wire = resuming(5000, "");
    let (flv, _) = read(
        &wire,
        &[
            (6, 0, VIDEO, KEY),
            (6, 40, VIDEO, "270100000002"),
            (5, 100, AGGREGATE, TAGS),
        ],
    );
    assert_eq!(
        flv,
        tags(&[(6, 5040, VIDEO, "270100000002")]) + &tight(&moved)
    );
    // The key frame is inside, behind other tags.
    let wire = resuming(200, "");
    let more = TAGS.to_owned() + "08 000002 0000d2 00 000000 af02 0000000d";
    let (flv, lines) = read(&wire, &[(5, 0, AGGREGATE, &more)]);
    assert_eq!(flv, tags(&[(5, 200, AUDIO, "af02")]));
    assert_eq!((lines.len(), wire.r().m_read.flags.get()), (0, 0x13));
    // Not at time 0.
    let wire = resuming(200, "");
    assert_eq!(
        read(&wire, &[(5, 5, AGGREGATE, TAGS)]),
        (String::new(), vec![IGNORED_FLV.to_owned()])
    );
    assert_eq!(wire.r().m_read.nIgnoredFlvFrameCounter.get(), 1);
    // Another key frame, or one that is shorter (R14).
    for key in ["170000000002 00000011", "1700 0000000d"] {
        let length = if key.len() > 20 { "000006" } else { "000002" };
        let other = TAGS
            .replace("170000000001 00000011", key)
            .replace("09 000006", &format!("09 {length}"));
        let wire = resuming(200, "");
        let (flv, lines) = read(&wire, &[(5, 0, AGGREGATE, &other)]);
        let wanted = [
            "1 FLV Stream: Keyframe doesn't match!",
            "1 Couldn't find the seeked keyframe in this chunk!",
        ];
        assert_eq!((&flv[..], &lines[..]), ("", &wanted.map(str::to_owned)[..]));
        assert_eq!(wire.r().m_read.nIgnoredFlvFrameCounter.get(), 0);
    }
}

#[test]
fn nothing_is_left_behind_the_key_frame() {
    // R4.
    let wire = resuming(200, "");
    let (flv, lines) = read(&wire, &[(5, 0, AGGREGATE, TAGS)]);
    assert_eq!(
        (flv.len(), lines.len(), wire.r().m_read.timestamp.get()),
        (0, 0, 200)
    );
}

#[test]
fn without_a_key_frame_it_never_starts() {
    // R7.
    let mut wire = resuming(5000, "");
    wire.lend(&[], &[]);
    let (flv, lines) = read(&wire, &[(6, 0, VIDEO, KEY), (6, 40, VIDEO, KEY)]);
    assert_eq!((flv, lines), (String::new(), vec![IGNORED.to_owned(); 2]));
}
