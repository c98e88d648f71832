//! Enhanced RTMP in what the original passes on without knowing it, and where it does not (spec 09 section 12).

use crate::anchors;
use crate::commands_session::read_to_end;
use crate::handle::{Handle, wire};
use crate::media_read::{as_is, bytes, packets, to_end};
use crate::media_resume::resume_handle;
use crate::scenario::{Scenario, scenario};
use crate::trace::{NO_LOG, hex, unhex};

/// One HEVC key frame, its end of sequence, and one packet of Opus.
const KEY: &str = "91 'hvc1' 000021 01020304";
const END: &str = "92 'hvc1'";
const OPUS: &str = "91 'Opus' 0102";

/// A tag at a time of one byte.
fn tag(kind: u8, time: u8, body: &str) -> String {
    let body = unhex(body);
    let length = u32::try_from(body.len()).expect("short");
    format!(
        "{kind:02x} {length:06x} 0000{time:02x} 00 000000 {} {:08x}",
        hex(&body),
        length + 11
    )
}

/// What a program that goes on with a file knows: its last key frame.
fn lend(handle: &Handle, frame: &str) {
    let frame = Box::leak(unhex(frame).into_boxed_slice());
    handle.edit(|r| {
        r.m_read.initialFrame = frame.as_mut_ptr();
        r.m_read.nInitialFrameSize = u32::try_from(frame.len()).expect("short");
    });
}

fn running(handle: &Handle) {
    handle.edit(|r| r.m_read.flags = 1);
}

/// What is passed on in both.
pub(crate) fn passed() -> Vec<Scenario> {
    let amf3 = "00 02 000a 'onMetaData' 03 0008 'duration' 00 4024000000000000 000009";
    let mut table = vec![
        to_end(
            "extended video and audio",
            packets(&[(6, 10, 9, KEY), (5, 10, 8, OPUS), (5, 20, 8, "92 'Opus'")]),
            as_is,
        ),
        to_end(
            "short legacy bodies are dropped",
            packets(&[
                (6, 10, 9, "17 02 000000"),
                (6, 10, 9, "52 00"),
                (6, 10, 9, "80"),
                (5, 10, 8, "90"),
                (5, 10, 8, ""),
                (5, 20, 8, "af01"),
            ]),
            as_is,
        ),
        to_end(
            "data in AMF3 is ignored",
            packets(&[(4, 0, 0x0f, amf3), (5, 20, 8, "af01")]),
            as_is,
        ),
    ];
    let inner = [
        ("extended tags", tag(9, 100, KEY) + &tag(8, 110, OPUS)),
        (
            "short extended tags",
            tag(9, 100, END) + &tag(9, 110, "d1 00") + &tag(9, 120, "80"),
        ),
        (
            "short legacy tags",
            tag(9, 100, "17 02 000000") + &tag(9, 110, "17") + &tag(8, 120, "af"),
        ),
        ("silence", tag(8, 100, "") + &tag(8, 110, "af01")),
        ("data in AMF3", tag(0x0f, 100, amf3) + &tag(8, 110, "af01")),
        (
            "types with more bits",
            tag(0x29, 100, KEY) + &tag(0xc8, 110, "af01") + &tag(0x32, 120, &amf3[3..]),
        ),
    ];
    for (name, tags) in inner {
        let input = packets(&[(6, 100, 0x16, &tags)]);
        let name = format!("aggregate with {name}");
        table.push(to_end(&name, input.clone(), as_is));
        table.push(to_end(&format!("{name}, running"), input, running));
    }
    let aggregate = tag(8, 100, "af01") + &tag(9, 200, KEY) + &tag(9, 210, END);
    table.push(to_end(
        "resume: an extended key frame inside an aggregate",
        packets(&[(6, 0, 0x16, &aggregate)]),
        |h| {
            resume_handle(h, 200);
            lend(h, KEY);
        },
    ));
    table.push(to_end(
        "resume: an extended key frame",
        packets(&[(6, 0, 9, KEY), (6, 40, 9, KEY)]),
        |h| {
            resume_handle(h, 5000);
            lend(h, KEY);
        },
    ));
    table
}

/// Reads what comes of these messages; ours gives the tags.
fn read(name: &str, input: &[(u8, u32, u8, &str)], flv: &str) -> Scenario {
    let input = packets(input);
    let flv = format!("FLV: {}", hex(&unhex(flv)));
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        running(&wire.handle);
        wire.push_bytes(&bytes(&input));
        wire.finish();
        read_to_end(lib, &wire.handle, trace, 4096);
        trace.lines.truncate(2);
    })
    .level(NO_LOG)
    .deviates(anchors::SHORT_VIDEO, &[&flv, "last RTMP_Read = 0"])
}

/// Writes one tag; ours sends this.
fn write(name: &str, anchor: &'static str, tag: &str, result: Option<i32>, sent: &str) -> Scenario {
    let bytes = unhex(tag);
    let size = i32::try_from(bytes.len()).expect("short");
    let lines = [
        format!("RTMP_Write = {}", result.unwrap_or(size)),
        format!("sent: {}", hex(&unhex(sent))),
    ];
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        let result = lib.RTMP_Write(wire.handle.raw, bytes.as_ptr(), size);
        trace.note("RTMP_Write", result);
        wire.show_sent(trace);
    })
    .level(NO_LOG)
    .deviates(anchor, &[&lines[0], &lines[1]])
}

/// What ours does where the original loses data, or sends what is no message.
pub(crate) fn deviations() -> Vec<Scenario> {
    let audio = tag(8, 20, "af01");
    let mut table = Vec::new();
    for body in ["80 00", "d1 00", "d1 01", "92 687663", END, "93 'av01'"] {
        table.push(read(
            &format!("short extended video {body}"),
            &[(6, 10, 9, body), (5, 20, 8, "af01")],
            &(tag(9, 10, body) + &audio),
        ));
    }
    for first in [0x49, 0x89, 0xc9] {
        table.push(write(
            &format!("a tag of type {first:02x}"),
            anchors::TYPE_BITS,
            &tag(first, 40, KEY),
            None,
            &format!("44 000028 00000c 09 {KEY}"),
        ));
    }
    for first in [0x28, 0x29, 0x32, 0x2f, 0xe9] {
        table.push(write(
            &format!("a tag of type {first:02x}"),
            anchors::ENCRYPTED,
            &tag(first, 40, KEY),
            Some(-1),
            "",
        ));
    }
    table.push(write(
        "data in AMF3",
        anchors::AMF3_INSTRUCTION,
        &tag(0x0f, 5, "00 02 0001 61"),
        None,
        "04 000005 000015 0f 00000000 00 02 000d '@setDataFrame' 02 0001 61",
    ));
    table
}
