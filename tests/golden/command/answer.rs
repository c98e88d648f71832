//! What a server says in its answer to `connect` about what it can do with media (spec 09 §3.4).

use rtmp::abi::{
    RTMP_CAPABILITIES, RTMP_FOURCC_ANY, RTMP_FOURCCS_AUDIO, RTMP_FOURCCS_LISTED, RTMP_FOURCCS_VIDEO,
};
use rtmp::ffi::rtmp::access::RTMP_EnableWrite;
use rtmp::ffi::rtmp::capabilities::{RTMP_GetCapabilities, RTMP_GetFourCc, RTMP_GetFourCcInfo};
use rtmp::ffi::rtmp::connect::RTMP_Close;
use rtmp::ffi::rtmp::stream::RTMP_ConnectStream;

use super::{answer, call, pend};
use crate::handle::Wire;
use crate::logged::logged;
use crate::messages::{COMMAND, NULL, command, ecma_array, message, number, object, tag, text};

/// `RTMP_SAID_*`.
const LIST: u32 = 1;
const VIDEO: u32 = 2;
const AUDIO: u32 = 4;
const CAPS_EX: u32 = 8;
const FUNCTION: u32 = 16;
const ENCODING: u32 = 32;

fn strict_array(values: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(values.len()).unwrap().to_be_bytes();
    [vec![10], count.to_vec(), values.concat()].concat()
}

fn four_cc(name: &str) -> u32 {
    match name {
        "*" => RTMP_FOURCC_ANY,
        name => u32::from_be_bytes(name.as_bytes().try_into().unwrap()),
    }
}

/// Bits, `capsEx`, `videoFunction`, `objectEncoding`; `None` when the server has not answered.
fn numbers(wire: &Wire) -> Option<(u32, [u32; 3])> {
    let mut seen = RTMP_CAPABILITIES {
        size: u32::try_from(size_of::<RTMP_CAPABILITIES>()).unwrap(),
        ..RTMP_CAPABILITIES::default()
    };
    // SAFETY: a handle, and a struct of that size.
    let is_known = unsafe { RTMP_GetCapabilities(wire.raw(), &raw mut seen) } == 1;
    let lists = [
        (RTMP_FOURCCS_LISTED, seen.listed),
        (RTMP_FOURCCS_VIDEO, seen.videoInfos),
        (RTMP_FOURCCS_AUDIO, seen.audioInfos),
    ];
    for (list, count) in lists {
        assert_eq!(entries(wire, list).len(), count as usize);
    }
    let numbers = [seen.capsEx, seen.videoFunction, seen.objectEncoding];
    is_known.then_some((seen.said, numbers))
}

/// The codecs of a list, with their flags.
fn entries(wire: &Wire, list: i32) -> Vec<(u32, u32)> {
    let entry = |index| {
        let (mut name, mut flags) = (1, 1);
        // SAFETY: a handle, and two numbers.
        let result =
            unsafe { RTMP_GetFourCc(wire.raw(), list, index, &raw mut name, &raw mut flags) };
        assert!(result == 1 || (name, flags) == (0, 0));
        (result == 1).then_some((name, flags))
    };
    (0..).map_while(entry).collect()
}

fn named(entries: &[(&str, u32)]) -> Vec<(u32, u32)> {
    entries
        .iter()
        .map(|&(name, flags)| (four_cc(name), flags))
        .collect()
}

fn flags(wire: &Wire, list: i32, name: &str) -> Option<u32> {
    let mut flags = 1;
    // SAFETY: a handle, and a number.
    let result = unsafe { RTMP_GetFourCcInfo(wire.raw(), list, four_cc(name), &raw mut flags) };
    assert!(result == 1 || flags == 0);
    (result == 1).then_some(flags)
}

/// A server that says all there is.
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let list = ["hvc1", "av01"].map(text);
    vec![
        ("fmsVer", text("FMS/3,0,1,123")),
        ("fourCcList", strict_array(&list)),
        (
            "videoFourCcInfoMap",
            object(&[("hvc1", number(3.0)), ("*", number(4.0))]),
        ),
        (
            "audioFourCcInfoMap",
            ecma_array(&[("Opus", number(7.0)), (".mp3", number(1.0))]),
        ),
        ("capsEx", number(6.0)),
        ("videoFunction", number(5.0)),
        ("objectEncoding", number(3.0)),
    ]
}

fn check_all(wire: &Wire) {
    let bits = LIST | VIDEO | AUDIO | CAPS_EX | FUNCTION | ENCODING;
    assert_eq!(numbers(wire), Some((bits, [6, 5, 3])));
    assert_eq!(
        entries(wire, RTMP_FOURCCS_LISTED),
        named(&[("hvc1", 0), ("av01", 0)])
    );
    assert_eq!(
        entries(wire, RTMP_FOURCCS_VIDEO),
        named(&[("hvc1", 3), ("*", 4)])
    );
    assert_eq!(
        entries(wire, RTMP_FOURCCS_AUDIO),
        named(&[("Opus", 7), (".mp3", 1)])
    );
    assert_eq!(entries(wire, 3), []);
}

/// What the server has said behind the command `connect`.
fn connected(values: &[&[u8]]) -> Wire {
    let wire = Wire::new();
    answer(&wire, "connect", values);
    wire
}

#[test]
fn in_either_place_and_in_either_kind() {
    for container in [object, ecma_array] {
        check_all(&connected(&[&container(&all()), NULL]));
        check_all(&connected(&[NULL, &container(&all())]));
        check_all(&connected(&[&container(&[]), &container(&all())]));
        check_all(&connected(&[&container(&all())]));
        check_all(&connected(&[
            &container(&all()[..3]),
            &container(&all()[3..]),
        ]));
    }
}

#[test]
fn in_a_command_in_amf3() {
    let wire = Wire::new();
    pend(&wire, "connect", 50.0);
    let result = command("_result", 50.0, &[NULL, &object(&all())]);
    wire.deliver(0x11, 3, 0, &[&[0], &result[..]].concat());
    check_all(&wire);
}

#[test]
fn nothing_is_refused_because_a_codec_is_missing() {
    for members in [
        vec![],
        vec![("fourCcList", strict_array(&[text("av01")]))],
        vec![("videoFourCcInfoMap", object(&[("*", number(0.0))]))],
    ] {
        let wire = connected(&[&object(&members)]);
        // SAFETY: a handle.
        unsafe { RTMP_EnableWrite(wire.raw()) };
        wire.r().m_stream_id.set(1);
        let tag = tag(9, 0, b"\x91hvc1\0\0\0data");
        assert_eq!(wire.write(&tag), i32::try_from(tag.len()).unwrap());
        assert!(wire.sent().ends_with("916876633100000064617461"));
    }
}

#[test]
fn flags_of_a_codec() {
    let wire = connected(&[&object(&all()), NULL]);
    // What is said of all codecs overrides.
    for name in ["hvc1", "av01", "*"] {
        assert_eq!(flags(&wire, RTMP_FOURCCS_VIDEO, name), Some(4), "{name}");
    }
    assert_eq!(flags(&wire, RTMP_FOURCCS_AUDIO, "Opus"), Some(7));
    for name in ["opus", "hvc1", "*", "\0\0\0\0"] {
        assert_eq!(flags(&wire, RTMP_FOURCCS_AUDIO, name), None, "{name}");
    }
    assert_eq!(flags(&wire, RTMP_FOURCCS_LISTED, "av01"), Some(0));
    assert_eq!(flags(&wire, RTMP_FOURCCS_LISTED, "vp09"), None);
    assert_eq!(flags(&wire, -1, "av01"), None);
    let any = object(&[("fourCcList", strict_array(&[text("*")]))]);
    assert_eq!(
        flags(&connected(&[&any]), RTMP_FOURCCS_LISTED, "vp09"),
        Some(0)
    );
}

#[test]
fn what_the_properties_say_counts() {
    let properties = object(&[
        ("capsEx", number(1.0)),
        ("videoFunction", text("1")),
        (
            "videoFourCcInfoMap",
            object(&[("hvc1", number(1.0)), ("hvc1", number(2.0))]),
        ),
        ("fourCcList", strict_array(&[text("av01")])),
    ]);
    let information = object(&[
        ("capsEx", number(2.0)),
        ("videoFunction", number(2.0)),
        (
            "videoFourCcInfoMap",
            object(&[("hvc1", number(4.0)), ("av01", number(4.0))]),
        ),
        ("fourCcList", strict_array(&[text("hvc1"), text("av01")])),
    ]);
    let wire = connected(&[&properties, &information]);
    assert_eq!(
        numbers(&wire),
        Some((LIST | VIDEO | CAPS_EX | FUNCTION, [1, 2, 0]))
    );
    assert_eq!(
        entries(&wire, RTMP_FOURCCS_VIDEO),
        named(&[("hvc1", 1), ("av01", 4)])
    );
    assert_eq!(
        entries(&wire, RTMP_FOURCCS_LISTED),
        named(&[("av01", 0), ("hvc1", 0)])
    );
}

#[test]
fn what_is_of_a_wrong_type_was_not_said() {
    let wrong: [Vec<u8>; 8] = [
        NULL.to_vec(),
        vec![1, 1],
        text("hvc1"),
        number(f64::NAN),
        number(-1.0),
        number(1e300),
        // A date.
        [vec![11], vec![0; 10]].concat(),
        strict_array(&[number(1.0)]),
    ];
    for value in &wrong {
        let names = ["capsEx", "videoFunction", "objectEncoding"];
        let mut members: Vec<_> = names.iter().map(|&name| (name, value.clone())).collect();
        let maps = ["videoFourCcInfoMap", "audioFourCcInfoMap"];
        members.extend(maps.iter().map(|&name| (name, value.clone())));
        let wire = connected(&[&object(&members), &ecma_array(&members)]);
        assert_eq!(numbers(&wire), Some((0, [0; 3])), "{value:02x?}");
        // One wrong entry among others.
        let map = object(&[
            ("av01", number(2.0)),
            ("hvc1", value.clone()),
            ("vp09", number(1.0)),
        ]);
        let wire = connected(&[&object(&[("videoFourCcInfoMap", map)])]);
        assert_eq!(
            entries(&wire, RTMP_FOURCCS_VIDEO),
            named(&[("av01", 2), ("vp09", 1)])
        );
    }
    // A list is no map, and a map is no list.
    for value in [
        &wrong[0],
        &wrong[2],
        &wrong[3],
        &object(&[]),
        &ecma_array(&[("0", text("hvc1"))]),
    ] {
        let wire = connected(&[&object(&[("fourCcList", value.clone())])]);
        assert_eq!(numbers(&wire), Some((0, [0; 3])), "{value:02x?}");
    }
    let list = strict_array(&[
        text("hvc1"),
        number(1.0),
        text("long4"),
        NULL.to_vec(),
        text("av01"),
    ]);
    let map = object(&[
        ("hvc", number(1.0)),
        ("", number(1.0)),
        ("hvc1", number(2.0)),
    ]);
    let members = object(&[("fourCcList", list), ("audioFourCcInfoMap", map)]);
    let wire = connected(&[&members]);
    assert_eq!(
        entries(&wire, RTMP_FOURCCS_LISTED),
        named(&[("hvc1", 0), ("av01", 0)])
    );
    assert_eq!(entries(&wire, RTMP_FOURCCS_AUDIO), named(&[("hvc1", 2)]));
}

#[test]
fn a_server_that_says_nothing() {
    let nothing: [&[&[u8]]; 6] = [
        &[],
        &[NULL, NULL],
        &[&text("x"), &number(1.0)],
        &[
            &object(&[("fmsVer", text("x"))]),
            &object(&[("code", text("x"))]),
        ],
        // Not in these places, nor deeper.
        &[NULL, NULL, &object(&[("capsEx", number(1.0))])],
        &[&object(&[("data", object(&[("capsEx", number(1.0))]))])],
    ];
    for values in nothing {
        assert_eq!(numbers(&connected(values)), Some((0, [0; 3])));
    }
    // Empty lists say something.
    let empty = object(&[
        ("fourCcList", strict_array(&[])),
        ("videoFourCcInfoMap", object(&[])),
    ]);
    assert_eq!(numbers(&connected(&[&empty])), Some((LIST | VIDEO, [0; 3])));
    // Other answers are none to this.
    let wire = Wire::new();
    assert_eq!(numbers(&wire), None);
    answer(&wire, "releaseStream", &[&object(&all())]);
    pend(&wire, "connect", 1.0);
    call(&wire, "_result", 7.0, &[&object(&all())]);
    call(&wire, "_error", 7.0, &[&object(&all())]);
    assert_eq!(numbers(&wire), None);
}

#[test]
fn a_long_answer_is_cut() {
    let names: Vec<String> = (0..20_000)
        .map(|number| format!("{:04x}", number % 0x1000))
        .collect();
    let list: Vec<_> = names.iter().map(|name| text(name)).collect();
    let map: Vec<_> = names.iter().map(|name| (&name[..], number(1.0))).collect();
    let map = object(&[&map[..], &[("*", number(4.0))]].concat());
    let wire = connected(&[&object(&[
        ("fourCcList", strict_array(&list)),
        ("videoFourCcInfoMap", map),
    ])]);
    assert_eq!(entries(&wire, RTMP_FOURCCS_LISTED).len(), 64);
    let entries = entries(&wire, RTMP_FOURCCS_VIDEO);
    assert_eq!((entries.len(), entries[64]), (65, (RTMP_FOURCC_ANY, 4)));
    assert_eq!(flags(&wire, RTMP_FOURCCS_VIDEO, "hvc1"), Some(4));
}

#[test]
fn refusals_say_it_too() {
    for publishes in [false, true] {
        let wire = Wire::new();
        if publishes {
            // SAFETY: a handle.
            unsafe { RTMP_EnableWrite(wire.raw()) };
        }
        pend(&wire, "connect", 1.0);
        let refusal = command("_error", 1.0, &[NULL, &object(&all())]);
        wire.push_bytes(&message(3, 0, COMMAND, &refusal));
        // SAFETY: a handle.
        let (result, _) = logged(|| unsafe { RTMP_ConnectStream(wire.raw(), 0) });
        assert_eq!((result, wire.is_connected()), (0, false));
        check_all(&wire);
        // SAFETY: a handle.
        unsafe { RTMP_Close(wire.raw()) };
        assert_eq!(numbers(&wire), None);
    }
}

#[test]
fn each_connection_has_its_own_answer() {
    let mut wire = Wire::new();
    wire.set(|r| &r.Link.app, "live");
    wire.connect();
    assert_eq!(numbers(&wire), None);
    let answer = |values: &[&[u8]]| call(&wire, "_result", 1.0, values);
    answer(&[&object(&all())]);
    check_all(&wire);
    // The server goes away; what it has said stays until something else begins.
    wire.finish();
    assert_eq!(wire.read(100).0, 0);
    assert!(!wire.is_connected());
    check_all(&wire);
    wire.plug();
    wire.connect();
    assert_eq!(numbers(&wire), None);
    call(
        &wire,
        "_result",
        1.0,
        &[NULL, &object(&[("capsEx", number(4.0))])],
    );
    assert_eq!(numbers(&wire), Some((CAPS_EX, [4, 0, 0])));
}

#[test]
fn nothing_is_sent_or_logged_because_of_it() {
    // Beside a server that says as much of something that means nothing.
    let with = |names: [&str; 2]| {
        let wire = Wire::new();
        pend(&wire, "connect", 50.0);
        let values = [number(6.0), object(&[("hvc1", text("x"))])];
        let members: Vec<_> = names.into_iter().zip(values).collect();
        let (sent, lines) = logged(|| call(&wire, "_result", 50.0, &[&object(&members)]));
        (
            sent,
            lines
                .join("\n")
                .replace("apsX", "apsE")
                .replace("infoM", "InfoM"),
        )
    };
    let names = ["capsEx", "videoFourCcInfoMap"];
    let others = ["capsXx", "videoFourCcinfoMap"];
    assert_eq!(with(names), with(others));
}

#[test]
fn sizes_of_the_struct() {
    let wire = connected(&[&object(&all())]);
    let size = size_of::<RTMP_CAPABILITIES>();
    let ask = |wire: &Wire, said: usize| {
        let mut memory = [0xa5_u8; 64];
        memory[..4].copy_from_slice(&u32::try_from(said).unwrap().to_ne_bytes());
        // SAFETY: a handle; no size that is accepted is longer than the memory.
        let result = unsafe { RTMP_GetCapabilities(wire.raw(), memory.as_mut_ptr().cast()) };
        (result, memory)
    };
    for said in [0, 3, size - 1, 1 << 30] {
        let (result, memory) = ask(&wire, said);
        assert!(
            result == 0 && memory[4..].iter().all(|&byte| byte == 0xa5),
            "{said}"
        );
    }
    for said in [size, size + 1, size + 8] {
        let (result, memory) = ask(&wire, said);
        let caps_ex = u32::from_ne_bytes(memory[8..12].try_into().unwrap());
        assert_eq!((result, caps_ex), (1, 6));
        assert!(memory[size..said].iter().all(|&byte| byte == 0), "{said}");
        assert!(memory[said..].iter().all(|&byte| byte == 0xa5), "{said}");
        let (result, memory) = ask(&Wire::new(), said);
        assert!(
            result == 0 && memory[4..said].iter().all(|&byte| byte == 0),
            "{said}"
        );
        assert!(memory[said..].iter().all(|&byte| byte == 0xa5), "{said}");
    }
}
