//! Commands of the server (spec 05 sections 6.1, 6.2 and 6.5).

use crate::anchors;
use crate::commands::{FLEX, INVOKE, WRITE, answer, as_is, ready, show, stream_one};
use crate::handle::Wire;
use crate::messages::{NULL, command, deliver, ecma_array, number, object, pend, status, text};
use crate::scenario::{Scenario, scenario};
use crate::trace::{ERROR, unhex};

pub(crate) fn decoding() -> Vec<Scenario> {
    let ping = command("ping", 7.0, &[]);
    let with = |tail: &str| [ping.clone(), unhex(tail)].concat();
    let rows: Vec<(&str, u8, Vec<u8>)> = vec![
        ("a number first", INVOKE, number(1.0)),
        ("truncated name", INVOKE, unhex("020020616263")),
        ("empty name", INVOKE, unhex("020000")),
        ("ping", INVOKE, ping.clone()),
        ("ping and a bad value", INVOKE, with("42")),
        ("ping and a cut-off object", INVOKE, with("03000161")),
        ("ping and an end marker", INVOKE, with("0000094243")),
        (
            "type 0x11, 00 and ping",
            FLEX,
            [vec![0], ping.clone()].concat(),
        ),
        (
            "type 0x11, 03 and ping",
            FLEX,
            [vec![3], ping.clone()].concat(),
        ),
        ("type 0x11, ping itself", FLEX, ping.clone()),
        (
            "an unknown method",
            INVOKE,
            command("onFCPublish", 0.0, &[NULL]),
        ),
        (
            "onFCSubscribe",
            INVOKE,
            command("onFCSubscribe", 0.0, &[NULL]),
        ),
    ];
    let mut table = Vec::new();
    for (name, kind, body) in rows {
        table.push(scenario(name, move |lib, trace| {
            let wire = ready(lib, 0, 0);
            deliver(&wire, trace, kind, 0, &body);
            show(&wire, trace);
        }));
    }
    table.push(
        scenario("a long-string name", |lib, trace| {
            let wire = ready(lib, 0, 0);
            let body = unhex("0c00000004 'ping' 00 401c000000000000");
            deliver(&wire, trace, INVOKE, 0, &body);
            wire.show_sent(trace);
        })
        .level(ERROR)
        .deviates(
            anchors::AMF_MARKERS,
            &[
                "RTMP_ClientPacket = 0",
                "body kept = true",
                "sent: 4300000000001114020004706f6e6700401c00000000000005",
            ],
        ),
    );
    table
}

pub(crate) fn methods() -> Vec<Scenario> {
    const ALL: &[(&str, f64)] = &[
        ("connect", 1.0),
        ("createStream", 2.0),
        ("set_playlist", 0.0),
        ("_checkbw", 6.0),
    ];
    let plain = |name: &str| command(name, 0.0, &[NULL]);
    let mut table = vec![
        answer(
            "onFCUnsubscribe",
            0,
            0,
            &[],
            stream_one,
            plain("onFCUnsubscribe"),
        ),
        answer(
            "onFCUnsubscribe, publishing",
            WRITE,
            0,
            &[],
            stream_one,
            plain("onFCUnsubscribe"),
        ),
        answer("close", 0, 0, &[], stream_one, plain("close")),
        answer("playlist_ready", 0, 0, ALL, as_is, plain("playlist_ready")),
        answer("_onbwdone", 0, 0, ALL, as_is, plain("_onbwdone")),
        answer(
            "_error 99, publishing",
            WRITE,
            0,
            ALL,
            as_is,
            command("_error", 99.0, &[NULL]),
        ),
        answer(
            "_error 1.5, publishing",
            WRITE,
            0,
            ALL,
            as_is,
            command("_error", 1.5, &[NULL]),
        ),
    ];
    table.push(scenario(
        "onBWDone repeats until a check arrives",
        |lib, trace| {
            let wire = ready(lib, 0, 0);
            for name in ["onBWDone", "onBWDone", "_onbwcheck", "onBWDone"] {
                deliver(&wire, trace, INVOKE, 0, &command(name, 5.0, &[NULL]));
                show(&wire, trace);
            }
        },
    ));
    table.push(scenario(
        "bandwidth replies move the time of the channel",
        |lib, trace| {
            let wire = ready(lib, 0, 0);
            for transaction in [1.0, 2.0, 3.0] {
                deliver(
                    &wire,
                    trace,
                    INVOKE,
                    0,
                    &command("_onbwcheck", transaction, &[NULL]),
                );
                wire.show_sent(trace);
            }
            deliver(&wire, trace, INVOKE, 0, &command("ping", 9.0, &[NULL]));
            wire.show_sent(trace);
        },
    ));
    for close in [0, WRITE] {
        table.push(scenario(
            format!("RTMP_Close with protocol {close:#x}"),
            move |lib, trace| {
                let wire = ready(lib, close, 0);
                stream_one(&wire);
                wire.handle.edit(|r| r.m_numInvokes = 5);
                lib.RTMP_Close(wire.handle.raw);
                show(&wire, trace);
            },
        ));
    }
    table
}

const CODES: &[&str] = &[
    "NetStream.Failed",
    "NetStream.Play.Failed",
    "NetStream.Play.StreamNotFound",
    "NetConnection.Connect.InvalidApp",
    "NetStream.Play.Start",
    "NetStream.Play.PublishNotify",
    "NetStream.Publish.Start",
    "NetStream.Play.Complete",
    "NetStream.Play.Stop",
    "NetStream.Play.UnpublishNotify",
    "NetStream.Seek.Notify",
    "NetStream.Pause.Notify",
    "NetStream.Play.Reset",
    "NetStream.Unpause.Notify",
    "NetStream.Buffer.Full",
    "NetStream.Play.start",
    "",
];

fn prepare_status(wire: &Wire) {
    for (name, transaction) in [
        ("connect", 1.0),
        ("createStream", 2.0),
        ("play", 3.0),
        ("set_playlist", 0.0),
        ("_checkbw", 6.0),
        ("FCSubscribe", 7.0),
    ] {
        pend(wire, name, transaction);
    }
    wire.handle.edit(|r| {
        r.m_stream_id = 1;
        r.m_read.flags = 0x20;
    });
}

pub(crate) fn statuses() -> Vec<Scenario> {
    let mut table = Vec::new();
    for code in CODES {
        for protocol in [0, WRITE] {
            // Closing keeps the handle connected in ours until the reader has been told; at this
            // level, where the caller gets the 2, both have closed.
            table.push(answer(
                &format!("{code} protocol {protocol:#x}"),
                protocol,
                0,
                &[],
                prepare_status,
                status(code),
            ));
        }
    }
    table.push(answer(
        "Publish.Start answers publish",
        WRITE,
        0,
        &[("play", 3.0), ("publish", 4.0)],
        as_is,
        status("NetStream.Publish.Start"),
    ));
    let code = |values: &[(&str, Vec<u8>)]| command("onStatus", 0.0, &[NULL, &object(values)]);
    let start = || text("NetStream.Play.Start");
    let as_xml = unhex("0f 00000014 'NetStream.Play.Start'");
    let as_long = unhex("0c 00000014 'NetStream.Play.Start'");
    table.extend([
        answer(
            "two codes",
            0,
            0,
            &[],
            as_is,
            code(&[("code", text("x")), ("code", start())]),
        ),
        answer("code as XML", 0, 0, &[], as_is, code(&[("code", as_xml)])),
        answer(
            "code as long string",
            0,
            0,
            &[],
            as_is,
            code(&[("code", as_long)]),
        ),
        answer(
            "code as number",
            0,
            0,
            &[],
            as_is,
            code(&[("code", number(1.0))]),
        ),
        answer("no code", 0, 0, &[], as_is, code(&[])),
        answer(
            "no info",
            0,
            0,
            &[],
            as_is,
            command("onStatus", 0.0, &[NULL]),
        ),
        answer(
            "info is a string",
            0,
            0,
            &[],
            as_is,
            command("onStatus", 0.0, &[NULL, &start()]),
        ),
        scenario("info is an ECMA array", |lib, trace| {
            let wire = ready(lib, 0, 0);
            let info = ecma_array(&[("code", text("NetStream.Play.Start"))]);
            deliver(
                &wire,
                trace,
                INVOKE,
                0,
                &command("onStatus", 0.0, &[NULL, &info]),
            );
            trace.fields(&wire.handle, "m_bPlaying");
        })
        .level(3)
        .deviates(
            anchors::ECMA_INFO,
            &[
                "RTMP_ClientPacket = 0",
                "body kept = true",
                "m_bPlaying = 1",
            ],
        ),
    ]);
    for pausing in 0..4 {
        table.push(scenario(
            format!("Pause.Notify while pausing is {pausing}"),
            move |lib, trace| {
                let wire = ready(lib, 0, 0);
                wire.handle.edit(|r| {
                    r.m_pausing = pausing;
                    r.m_pauseStamp = 1234;
                });
                deliver(&wire, trace, INVOKE, 0, &status("NetStream.Pause.Notify"));
                show(&wire, trace);
            },
        ));
    }
    table
}

/// What a peer says, as it is logged.
pub(crate) fn peers() -> Vec<Scenario> {
    let said = |words: &'static str| {
        scenario(words.escape_debug().to_string(), move |lib, trace| {
            let wire = ready(lib, 0, 0);
            let info = object(&[(words, text(words)), ("code", text(words))]);
            let status = command("onStatus", 0.0, &[NULL, &info]);
            deliver(&wire, trace, INVOKE, 0, &status);
            deliver(&wire, trace, INVOKE, 0, &command(words, 0.0, &[]));
            trace.lines.retain(|line| line.contains("HandleInvoke,"));
        })
    };
    vec![
        said("an ordinary\ttext, 100 % \\o/"),
        said("Zürich, 雛, 𝄞, é"),
        said("\x1b[2J\r\n\x7f\u{9b}2J").deviates(
            anchors::CONTROLS,
            &[
                "DEBUG: HandleInvoke, server invoking <onStatus>",
                r"DEBUG: HandleInvoke, onStatus: \\x1b[2J\\x0d\\x0a\\x7f\\x9b2J",
                r"DEBUG: HandleInvoke, server invoking <\\x1b[2J\\x0d\\x0a\\x7f\\x9b2J>",
            ],
        ),
    ]
}

pub(crate) fn metadata() -> Vec<Scenario> {
    vec![scenario("a description of several lines", |lib, trace| {
        let wire = ready(lib, 0, 0);
        let info = object(&[("description", text("one\n\ttwo\nZürich\n"))]);
        let body = [text("onMetaData"), info].concat();
        deliver(&wire, trace, 0x12, 0, &body);
    })]
}
