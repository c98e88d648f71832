//! `RTMP_SetOpt` and the `conn` grammar (spec 02 section 6).

use crate::amf_decode::show_object;
use crate::anchors;
use crate::handle::Handle;
use crate::scenario::{Scenario, scenario};
use crate::structs::AVal;
use crate::trace::Trace;

const FIELDS: &str = "sockshost socksport app tcUrl pageUrl swfUrl flashVer playpath subscribepath \
    usherToken token lFlags swfAge seekTime stopTime m_nBufferMS timeout pubUser pubPasswd";

/// Name, its length if not whole, value, its length if not whole.
type Row = (&'static str, Option<i32>, &'static str, Option<i32>);

const OPTIONS: &[Row] = &[
    ("socks", None, "proxy:1", None),
    ("app", None, "a", None),
    ("tcUrl", None, "t", None),
    ("pageUrl", None, "p", None),
    ("swfUrl", None, "s", None),
    ("flashver", None, "f", None),
    ("FLASHVER", None, "f", None),
    ("playpath", None, "foo.mp4", None),
    ("playlist", None, "1", None),
    ("live", None, "true", None),
    ("subscribe", None, "x", None),
    ("jtv", None, "{}", None),
    ("token", None, "k", None),
    ("swfVfy", None, "yes", None),
    ("swfAge", None, "3", None),
    ("start", None, "0x10", None),
    ("stop", None, "010", None),
    ("buffer", None, "1000", None),
    ("timeout", None, "-1", None),
    ("pubUser", None, "u", None),
    ("pubPasswd", None, "w", None),
    ("app", None, "", None),
    ("live", None, "", None),
    ("live", None, "ON", None),
    ("live", None, "off", None),
    ("auth", None, "x", None),
    ("port", None, "1", None),
    ("", None, "x", None),
    ("start", None, " 7", None),
    ("start", None, "7x", None),
    ("stop", None, "4294967297", None),
];

fn value(text: &[u8], len: Option<i32>) -> AVal {
    AVal::cut(
        text,
        len.unwrap_or_else(|| i32::try_from(text.len()).expect("short") - 1),
    )
}

/// What follows an unknown name is free wording.
pub(crate) fn drop_help(trace: &mut Trace) {
    trace.log();
    let help = |line: &String| {
        ["string ", "integer ", "boolean ", "AMF "]
            .iter()
            .any(|kind| {
                line.strip_prefix("ERROR: ")
                    .and_then(|rest| rest.trim_start().split_once(' '))
                    .is_some_and(|(_, rest)| rest.starts_with(kind))
            })
    };
    trace.lines.retain(|line| !help(line));
}

pub(crate) fn options() -> Vec<Scenario> {
    let mut table = Vec::new();
    for (name, name_len, arg, arg_len) in OPTIONS {
        table.push(scenario(
            format!("RTMP_SetOpt {name:?} {name_len:?} = {arg:?} {arg_len:?}"),
            move |lib, trace| {
                let handle = Handle::new(lib);
                let (name, arg) = (format!("{name}\0"), format!("{arg}\0"));
                let mut argument = value(arg.as_bytes(), *arg_len);
                let option = value(name.as_bytes(), *name_len);
                trace.note(
                    "RTMP_SetOpt",
                    lib.RTMP_SetOpt(handle.raw, &option, &mut argument),
                );
                drop_help(trace);
                trace.fields(&handle, FIELDS);
            },
        ));
    }
    for (name, name_len, arg, arg_len, field) in [
        ("liveX", Some(4), "1", None, "lFlags = 0x2"),
        ("live", None, "yesterday", Some(3), "lFlags = 0x2"),
        ("start", None, "123456", Some(3), "seekTime = 123"),
    ] {
        table.push(
            scenario(
                format!("RTMP_SetOpt {name:?} {name_len:?} = {arg:?} {arg_len:?}"),
                move |lib, trace| {
                    let handle = Handle::new(lib);
                    let (name, arg) = (format!("{name}\0"), format!("{arg}\0"));
                    let option = value(name.as_bytes(), name_len);
                    let mut argument = value(arg.as_bytes(), arg_len);
                    lib.RTMP_SetOpt(handle.raw, &option, &mut argument);
                    trace.fields(&handle, field.split(' ').next().expect("a field"));
                },
            )
            .level(crate::trace::NO_LOG)
            .deviates(anchors::COUNTED, &[field]),
        );
    }
    table.push(scenario("unknown name lists the options", |lib, trace| {
        let handle = Handle::new(lib);
        let ret = lib.RTMP_SetOpt(
            handle.raw,
            &value(b"bogus\0", None),
            &mut value(b"1\0", None),
        );
        trace.note("ret", ret);
        for line in &mut trace.lines {
            // Level, name and kind; the help behind them is free wording.
            *line = line.chars().take("ERROR: ".len() + 10 + 1 + 7).collect();
        }
        // Ours has more.
        let is_ours = |line: &String| {
            [
                " tls",
                " bind ",
                " outChunk ",
                "Timeout",
                " sendAhead ",
                " fastStart ",
                " reconnect ",
                " silence ",
                " ertmp ",
                " fourCcList ",
                "FourCcInfoMap",
                " capsEx ",
                "videoFunction",
                " family ",
                " sendBuffer ",
                " nagle ",
                " quiet ",
                " reset ",
                " connectTo ",
                "connectProperties",
            ]
            .iter()
            .any(|name| line.contains(name))
        };
        trace.lines.retain(|line| !is_ours(line));
    }));
    table
}

const CONN: &[&[&str]] = &[
    &["B:1"],
    &["B:0"],
    &["B:true"],
    &["B:-1"],
    &["N:42"],
    &["N:1.5e3"],
    &["N:-0.5"],
    &["N:abc"],
    &["N::1:"],
    &["S:text"],
    &["S:a:b"],
    &["Z:1"],
    &["O:1", "O:0"],
    &["O:1", "NB:x:1", "O:0"],
    &[
        "O:1",
        "NN:code:1.23",
        "NS:flag:ok",
        "NS:v:a:b",
        "O:0",
        "B:1",
    ],
    &["O:1", "NO:sub:1", "NS:k:v", "O:0", "N:5", "O:0", "S:end"],
    &["O:1", "S:unnamed", "Z:1", "N:7", "O:0"],
    &["X:1x"],
    &["NB:x:1"],
    &["O:1", "NZ:a:1"],
    &["O:1", "NN:code"],
    &[
        "B:1",
        "S:authMe",
        "O:1",
        "NN:code:1.23",
        "NS:flag:ok",
        "O:0",
        "Z:1",
    ],
    &["O:1", "NO:in:1", "NB:b:0", "O:0", "O:0"],
    &["O:1", "S:left open"],
];

pub(crate) fn conn() -> Vec<Scenario> {
    let mut table = Vec::new();
    for words in CONN {
        table.push(scenario(format!("conn {words:?}"), move |lib, trace| {
            let handle = Handle::new(lib);
            let owned: Vec<_> = words.iter().map(|word| format!("{word}\0")).collect();
            for word in &owned {
                let ret = lib.RTMP_SetOpt(
                    handle.raw,
                    &value(b"conn\0", None),
                    &mut value(word.as_bytes(), None),
                );
                trace.note(word.trim_end_matches('\0'), ret);
            }
            trace.fields(&handle, "edepth");
            trace.text(show_object(&handle.get().Link.extras, std::ptr::null()));
        }));
    }
    table.push(scenario("conn S:abcdef of length 4", |lib, trace| {
        let handle = Handle::new(lib);
        let mut argument = value(b"S:abcdef\0", Some(4));
        trace.note(
            "ret",
            lib.RTMP_SetOpt(handle.raw, &value(b"conn\0", None), &mut argument),
        );
        trace.text(show_object(&handle.get().Link.extras, std::ptr::null()));
    }));
    let unbalanced = scenario("conn O:0 at depth 0", |lib, trace| {
        let handle = Handle::new(lib);
        let option = value(b"conn\0", None);
        trace.note(
            "ret",
            lib.RTMP_SetOpt(handle.raw, &option, &mut value(b"O:0\0", None)),
        );
        trace.fields(&handle, "edepth");
    });
    table.push(unbalanced.deviates(anchors::UNBALANCED, &["ret = 1", "edepth = 0"]));
    for text in ["B", "Z", ""] {
        table.push(scenario(
            format!("conn {text:?} is too short"),
            move |lib, trace| {
                let handle = Handle::new(lib);
                let text = format!("{text}\0\0\0\0");
                let mut argument = value(
                    text.as_bytes(),
                    Some(i32::try_from(text.len()).expect("short") - 4),
                );
                trace.note(
                    "ret",
                    lib.RTMP_SetOpt(handle.raw, &value(b"conn\0", None), &mut argument),
                );
                trace.fields(&handle, "extras.o_num");
            },
        ));
    }
    table
}
