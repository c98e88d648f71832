//! Metadata (spec 06 §4).

use rtmp::ffi::rtmp::access::RTMP_GetDuration;

use super::DATA;
use crate::handle::{Wire, has, unhex};
use crate::logged::logged;
use crate::messages::{ecma_array, number, object, text};

/// Result, duration and tracks.
type Found = (i32, f64, u8);

fn handle(body: &[u8]) -> (Found, Vec<String>) {
    let wire = Wire::new();
    let (result, lines) = logged(|| wire.deliver(DATA, 4, 0, body));
    // SAFETY: a handle.
    let duration = unsafe { RTMP_GetDuration(wire.raw()) };
    ((result, duration, wire.r().m_read.dataType.get()), lines)
}

#[test]
fn what_is_found() {
    let members = [
        ("duration", number(10.0)),
        ("videocodecid", number(7.0)),
        ("audiocodecid", number(10.0)),
    ];
    let exact = [("video", number(1.0)), ("audio", number(1.0))];
    let nested = object(&[("data", ecma_array(&members[..1]))]);
    let rows: [(&str, Vec<u8>, Found); 10] = [
        ("onMetaData", object(&members), (1, 10.0, 5)),
        ("onMetaData", ecma_array(&members), (1, 10.0, 0)),
        ("onMetaData", object(&exact), (1, 0.0, 0)),
        ("onMetaData", nested, (1, 10.0, 0)),
        ("onMetaData", object(&members[1..2]), (1, 0.0, 1)),
        ("onMetaData", object(&members[2..]), (1, 0.0, 4)),
        ("onMetaData", Vec::new(), (1, 0.0, 0)),
        ("onMetaData", number(5.0), (1, 0.0, 0)),
        (
            "@setDataFrame",
            [text("onMetaData"), object(&members)].concat(),
            (0, 0.0, 0),
        ),
        ("onMetaDat", object(&members), (0, 0.0, 0)),
    ];
    for (name, values, wanted) in rows {
        assert_eq!(handle(&[text(name), values].concat()).0, wanted, "{name}");
    }
}

#[test]
fn members_of_any_kind_hide_nothing() {
    let kinds =
        "0001 6b 070001 0001 6c 04 0001 6d 0e 0001 6e 10 000143 000009 0001 6f 1109030104 01";
    for head in ["03", "08 00000006", "10 0001 43"] {
        let body = [
            text("onMetaData"),
            unhex(&format!("{head} {kinds} 0008")),
            b"duration".to_vec(),
            number(10.0),
            unhex("000009"),
        ];
        assert_eq!(handle(&body.concat()).0, (1, 10.0, 0), "{head}");
    }
}

#[test]
fn durations_are_numbers() {
    // R10.
    for value in [text("10"), vec![5], object(&[])] {
        let body = [text("onMetaData"), object(&[("duration", value)])].concat();
        assert_eq!(handle(&body).0, (1, 0.0, 0));
    }
}

#[test]
fn metadata_that_cannot_be_decoded_is_dropped() {
    let (result, lines) = handle(&unhex("02000a6f6e4d65746144617461 03000161"));
    assert_eq!(result, (0, 0.0, 0));
    assert!(
        has(&lines, "1 HandleMetadata, error decoding meta data packet"),
        "{lines:?}"
    );
}

#[test]
fn metadata_is_shown() {
    let values = object(&[
        ("duration", number(10.0)),
        ("stereo", vec![1, 1]),
        ("encoder", text("x\n")),
        ("empty", text("")),
        ("nothing", vec![5]),
        ("cues", object(&[("x", number(0.5))])),
    ]);
    let (_, lines) = handle(&[text("onMetaData"), values].concat());
    let shown: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("3 "))
        .collect();
    let wanted = [
        "Metadata:",
        "  duration              10.00",
        "  stereo                TRUE",
        "  encoder               x",
        "  nothing               INVALID TYPE 0x05",
        "cues:",
        "  x                     0.50",
    ];
    assert_eq!(shown, wanted);
}
