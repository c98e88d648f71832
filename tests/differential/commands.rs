//! Commands given to `RTMP_ClientPacket` and sent by the public functions
//! (spec 05 sections 2, 4, 6 and 9).

use crate::handle::{Wire, wire};
use crate::library::Library;
use crate::messages::{NULL, command, deliver, ecma_array, number, object, pend, status, text};
use crate::scenario::{Scenario, scenario};
use crate::structs::AVal;
use crate::trace::{Trace, unhex};

const INVOKE: u8 = 0x14;
const FLEX: u8 = 0x11;
const WRITE: i32 = 0x10;
const LIVE: i32 = 0x02;
const PLAYLIST: i32 = 0x08;

const STATE: &str = "m_bPlaying m_stream_id m_numInvokes connected m_pausing m_read.flags \
    m_nBWCheckCounter lFlags";

fn show(wire: &Wire, trace: &mut Trace) {
    wire.show_sent(trace);
    trace.fields(&wire.handle, STATE);
    trace.text(wire.handle.show_calls());
}

/// A connected handle with play path `mystream` and application `live`.
fn ready(lib: &'static Library, protocol: i32, flags: i32) -> Wire {
    let wire = wire(lib);
    wire.handle.edit(|r| {
        r.Link.playpath = AVal::of(b"mystream");
        // The original takes the name for a terminated string in some places.
        r.Link.app = AVal::cut(b"live\0", 4);
        r.Link.protocol = protocol;
        r.Link.lFlags = flags;
    });
    wire
}

type Poke = fn(&Wire);

/// Pending calls, a poke, one message; then everything that changed.
fn answer(
    name: &str,
    protocol: i32,
    flags: i32,
    calls: &'static [(&'static str, f64)],
    poke: Poke,
    body: Vec<u8>,
) -> Scenario {
    scenario(name, move |lib, trace| {
        let wire = ready(lib, protocol, flags);
        for (name, transaction) in calls {
            pend(&wire, name, *transaction);
        }
        poke(&wire);
        trace.hush();
        deliver(&wire, trace, INVOKE, 0, &body);
        show(&wire, trace);
    })
}

fn as_is(_: &Wire) {}

fn stream_one(wire: &Wire) {
    wire.handle.edit(|r| r.m_stream_id = 1);
}

fn connected_result() -> Vec<u8> {
    command(
        "_result",
        1.0,
        &[
            NULL,
            &object(&[("code", text("NetConnection.Connect.Success"))]),
        ],
    )
}

fn result(transaction: f64, value: &[u8]) -> Vec<u8> {
    command("_result", transaction, &[NULL, value])
}

pub(crate) fn senders() -> Vec<Scenario> {
    type Call = fn(&Library, &Wire) -> i32;
    let rows: &[(&str, Call)] = &[
        ("createStream", |l, w| l.RTMP_SendCreateStream(w.handle.raw)),
        ("pause on 1500", |l, w| {
            l.RTMP_SendPause(w.handle.raw, 1, 1500)
        }),
        ("pause off 1500", |l, w| {
            l.RTMP_SendPause(w.handle.raw, 0, 1500)
        }),
        ("pause 7, time -1", |l, w| {
            l.RTMP_SendPause(w.handle.raw, 7, -1)
        }),
        ("seek 12345", |l, w| l.RTMP_SendSeek(w.handle.raw, 12_345)),
        ("seek -1", |l, w| l.RTMP_SendSeek(w.handle.raw, -1)),
        ("RTMP_Pause on", |l, w| l.RTMP_Pause(w.handle.raw, 1)),
        ("RTMP_Pause off", |l, w| l.RTMP_Pause(w.handle.raw, 0)),
        ("deleteStream 0", |l, w| {
            l.RTMP_DeleteStream(w.handle.raw);
            0
        }),
        ("deleteStream 1", |l, w| {
            stream_one(w);
            l.RTMP_DeleteStream(w.handle.raw);
            0
        }),
        ("deleteStream -1", |l, w| {
            w.handle.edit(|r| r.m_stream_id = -1);
            l.RTMP_DeleteStream(w.handle.raw);
            0
        }),
    ];
    let mut table = Vec::new();
    for (name, call) in rows {
        table.push(scenario(format!("{name}, twice"), move |lib, trace| {
            let wire = ready(lib, 0, 0);
            wire.handle.edit(|r| {
                r.m_bPlaying = 1;
                r.m_pauseStamp = 77;
                r.m_read.nResumeTS = 9;
            });
            for _ in 0..2 {
                trace.note("ret", call(lib, &wire));
                show(&wire, trace);
                trace.fields(&wire.handle, "m_pauseStamp m_read.nResumeTS");
            }
        }));
    }
    table.push(scenario("pause on and off", |lib, trace| {
        let wire = ready(lib, 0, 0);
        for on in [1, 0, 1] {
            lib.RTMP_SendPause(wire.handle.raw, on, 700);
            show(&wire, trace);
        }
    }));
    table.push(scenario(
        "RTMP_ToggleStream with a pause pending",
        |lib, trace| {
            let wire = ready(lib, 0, 0);
            wire.handle.edit(|r| {
                r.m_pausing = 1;
                r.m_pauseStamp = 500;
                r.m_read.status = -1;
            });
            trace.note("RTMP_ToggleStream", lib.RTMP_ToggleStream(wire.handle.raw));
            show(&wire, trace);
            trace.fields(&wire.handle, "m_read.status");
        },
    ));
    table.push(scenario(
        "RTMP_ToggleStream after a timeout",
        |lib, trace| {
            let wire = ready(lib, 0, 0);
            wire.handle.edit(|r| {
                r.m_sb.sb_timedout = 1;
                r.m_pauseStamp = 500;
                r.m_read.status = -1;
            });
            trace.note("RTMP_ToggleStream", lib.RTMP_ToggleStream(wire.handle.raw));
            show(&wire, trace);
            trace.fields(&wire.handle, "m_read.status");
        },
    ));
    table.push(scenario(
        "RTMP_ConnectStream when already playing",
        |lib, trace| {
            let wire = ready(lib, 0, 0);
            wire.handle.edit(|r| {
                r.m_bPlaying = 1;
                r.m_mediaChannel = 9;
            });
            trace.note("ret", lib.RTMP_ConnectStream(wire.handle.raw, 4000));
            trace.fields(&wire.handle, "m_mediaChannel seekTime");
            trace.note("ret", lib.RTMP_ConnectStream(wire.handle.raw, -1));
            trace.fields(&wire.handle, "seekTime");
        },
    ));
    table
}

pub(crate) fn results() -> Vec<Scenario> {
    const CONNECT: &[(&str, f64)] = &[("connect", 1.0)];
    const CREATE: &[(&str, f64)] = &[("createStream", 2.0)];
    let subscribe: Poke = |w| w.handle.edit(|r| r.Link.subscribepath = AVal::of(b"sub"));
    let usher: Poke = |w| {
        w.handle
            .edit(|r| r.Link.usherToken = AVal::of(b"{\"a\":1}"))
    };
    let everything: Poke = |w| {
        w.handle.edit(|r| {
            r.Link.subscribepath = AVal::of(b"sub");
            r.Link.usherToken = AVal::of(b"{\"a\":1}");
        });
    };
    let mut table = vec![
        answer("connect, playing", 0, 0, CONNECT, as_is, connected_result()),
        answer("connect, live", 0, LIVE, CONNECT, as_is, connected_result()),
        answer(
            "connect, subscribe",
            0,
            LIVE,
            CONNECT,
            subscribe,
            connected_result(),
        ),
        answer(
            "connect, subscribe without live",
            0,
            0,
            CONNECT,
            subscribe,
            connected_result(),
        ),
        answer("connect, jtv", 0, LIVE, CONNECT, usher, connected_result()),
        answer(
            "connect, publishing",
            WRITE,
            LIVE,
            CONNECT,
            everything,
            connected_result(),
        ),
        answer(
            "createStream, publishing",
            WRITE,
            0,
            CREATE,
            as_is,
            result(2.0, &number(1.0)),
        ),
        answer(
            "createStream, playlist",
            0,
            PLAYLIST,
            CREATE,
            as_is,
            result(2.0, &number(1.0)),
        ),
        answer(
            "_result 3.7 to play 3",
            0,
            0,
            &[("play", 3.0)],
            as_is,
            result(3.7, NULL),
        ),
        answer(
            "_result to publish",
            0,
            0,
            &[("publish", 3.0)],
            as_is,
            result(3.0, NULL),
        ),
        answer(
            "_result without transaction",
            0,
            0,
            &[("play", 0.0)],
            as_is,
            text("_result"),
        ),
        answer(
            "_result to pause",
            0,
            0,
            &[("pause", 3.0), ("play", 3.0)],
            as_is,
            result(3.0, NULL),
        ),
        answer(
            "_result 9 to nothing",
            0,
            0,
            &[("play", 3.0)],
            as_is,
            result(9.0, NULL),
        ),
        answer(
            "_Result",
            0,
            0,
            &[("play", 3.0)],
            as_is,
            command("_Result", 3.0, &[NULL]),
        ),
    ];
    let ids: [(&str, Vec<u8>); 6] = [
        ("2.9", number(2.9)),
        ("0", number(0.0)),
        ("-1", number(-1.0)),
        ("true", vec![1, 1]),
        ("3e9", number(3e9)),
        ("NaN", number(f64::NAN)),
    ];
    for (name, value) in ids {
        table.push(answer(
            &format!("stream id {name}"),
            0,
            0,
            CREATE,
            as_is,
            result(2.0, &value),
        ));
    }
    let missing = command("_result", 2.0, &[NULL]);
    table.push(answer("stream id missing", 0, 0, CREATE, as_is, missing));
    table.extend(play_arguments());
    table.extend(secure_tokens());
    table
}

fn play_arguments() -> Vec<Scenario> {
    let rows = [
        ("live", LIVE, 0, 0),
        ("live, seek 5000, stop 9000", LIVE, 5000, 9000),
        ("seek 5000", 0, 5000, 0),
        ("seek 5000, stop 9000", 0, 5000, 9000),
        ("stop 9000", 0, 0, 9000),
        ("seek -5", 0, -5, 0),
        ("seek -5, stop 10", 0, -5, 10),
    ];
    let mut table = Vec::new();
    for (name, flags, seek, stop) in rows {
        table.push(scenario(format!("play: {name}"), move |lib, trace| {
            let wire = ready(lib, 0, flags);
            wire.handle
                .edit(|r| (r.Link.seekTime, r.Link.stopTime) = (seek, stop));
            pend(&wire, "createStream", 2.0);
            trace.hush();
            deliver(&wire, trace, INVOKE, 0, &result(2.0, &number(1.0)));
            show(&wire, trace);
        }));
    }
    table.push(scenario("play: empty play path", |lib, trace| {
        let wire = wire(lib);
        wire.handle.edit(|r| r.Link.playpath = AVal::cut(b"\0", 0));
        pend(&wire, "createStream", 2.0);
        trace.hush();
        deliver(&wire, trace, INVOKE, 0, &result(2.0, &number(1.0)));
        show(&wire, trace);
    }));
    table
}

fn secure_tokens() -> Vec<Scenario> {
    let rows: [(&[u8], &str); 5] = [
        (b"key", "0123456789abcdef"),
        (b"#ed%0#w@1", "AABBCCDDEEFF0011"),
        (b"secretTokenKey16+more", "00112233445566778899aabbccddeeff"),
        (b"k", "00000000"),
        (b"\0\0\0\0abcd", "0123456789abcdef"),
    ];
    let mut table = Vec::new();
    for (key, token) in rows {
        table.push(
            scenario(
                format!("secureToken {token} with {key:?}"),
                move |lib, trace| {
                    let wire = ready(lib, 0, 0);
                    wire.handle.edit(|r| r.Link.token = AVal::of(key));
                    pend(&wire, "connect", 1.0);
                    trace.hush();
                    let info = object(&[("code", text("x")), ("secureToken", text(token))]);
                    let body = command("_result", 1.0, &[&object(&[]), &info]);
                    // The decoded token may overwrite its place in the message: not compared.
                    let lines = trace.lines.len();
                    deliver(&wire, trace, INVOKE, 0, &body);
                    trace.lines.truncate(lines);
                    show(&wire, trace);
                },
            )
            .level(3),
        );
    }
    table.push(
        scenario("secureToken that is no string", |lib, trace| {
            for value in [number(1.0), text(""), NULL.to_vec(), object(&[])] {
                let wire = ready(lib, WRITE, 0);
                wire.handle.edit(|r| r.Link.token = AVal::of(b"key"));
                pend(&wire, "connect", 1.0);
                let info = object(&[("secureToken", value)]);
                deliver(
                    &wire,
                    trace,
                    INVOKE,
                    0,
                    &command("_result", 1.0, &[NULL, &info]),
                );
                trace.fields(&wire.handle, "m_numInvokes");
            }
        })
        .level(3)
        .ours_only(
            "secureToken",
            &[
                "RTMP_ClientPacket = 0",
                "body kept = true",
                "m_numInvokes = 3",
            ]
            .repeat(4),
        ),
    );
    table
}

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
            "a long-string name",
            INVOKE,
            unhex("0c00000004 'ping' 00 401c000000000000"),
        ),
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
            lib.RTMP_SendCreateStream(wire.handle.raw);
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
        ("publish", 4.0),
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
            "ECMA array",
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

/// Play paths at the limits of the original's buffers (spec 05 section 2.1).
pub(crate) fn limits() -> Vec<Scenario> {
    let long = |len: usize| -> &'static [u8] { Box::leak(vec![b'p'; len].into_boxed_slice()) };
    let mut table = Vec::new();
    for (name, protocol, flags, pending, len) in [
        ("FCSubscribe", 0, LIVE, ("connect", 1.0), 465),
        (
            "releaseStream and FCPublish",
            WRITE,
            0,
            ("connect", 1.0),
            975,
        ),
        ("publish", WRITE, 0, ("createStream", 2.0), 974),
        ("play", 0, 0, ("createStream", 2.0), 977),
        ("set_playlist", 0, PLAYLIST, ("createStream", 2.0), 966),
    ] {
        let path = long(len);
        table.push(
            scenario(format!("{name} of {len} bytes"), move |lib, trace| {
                let wire = ready(lib, protocol, flags);
                wire.handle.edit(|r| r.Link.playpath = AVal::of(path));
                pend(&wire, pending.0, pending.1);
                trace.hush();
                deliver(&wire, trace, INVOKE, 0, &result(pending.1, &number(1.0)));
                wire.show_sent(trace);
            })
            .level(3),
        );
    }
    let path = long(3000);
    table.push(
        scenario("a play path of 3000 bytes is sent", move |lib, trace| {
            let wire = ready(lib, 0, 0);
            wire.handle.edit(|r| r.Link.playpath = AVal::of(path));
            pend(&wire, "createStream", 2.0);
            deliver(&wire, trace, INVOKE, 0, &result(2.0, &number(1.0)));
            let sent = wire.sent();
            let count = sent.iter().filter(|byte| **byte == b'p').count();
            trace.note("bytes of the path", count >= 3000);
        })
        .level(3)
        .deviates(
            "over-long",
            &[
                "RTMP_ClientPacket = 0",
                "body kept = true",
                "bytes of the path = true",
            ],
        ),
    );
    table
}
