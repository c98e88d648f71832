//! Commands given to `RTMP_ClientPacket` and sent by the public functions
//! (spec 05 sections 2, 4, 6 and 9).

use crate::anchors;
use crate::handle::{Wire, wire};
use crate::library::Library;
use crate::messages::{NULL, command, deliver, ecma_array, number, object, pend, text};
use crate::scenario::{Scenario, scenario};
use crate::structs::AVal;
use crate::trace::Trace;

pub(crate) const INVOKE: u8 = 0x14;

pub(crate) const FLEX: u8 = 0x11;

pub(crate) const WRITE: i32 = 0x10;

pub(crate) const LIVE: i32 = 0x02;

pub(crate) const PLAYLIST: i32 = 0x08;

const STATE: &str = "m_bPlaying m_stream_id m_numInvokes connected m_pausing m_read.flags \
    m_nBWCheckCounter lFlags";

pub(crate) fn show(wire: &Wire, trace: &mut Trace) {
    wire.show_sent(trace);
    trace.fields(&wire.handle, STATE);
    trace.text(wire.handle.show_calls());
}

/// A connected handle with play path `mystream` and application `live`.
pub(crate) fn ready(lib: &'static Library, protocol: i32, flags: i32) -> Wire {
    let wire = wire(lib);
    wire.handle.edit(|r| {
        r.Link.playpath = AVal::cut(b"mystream\0", 8);
        // The original takes counted strings for terminated ones in some places and in its log.
        r.Link.app = AVal::cut(b"live\0", 4);
        r.Link.protocol = protocol;
        r.Link.lFlags = flags;
    });
    wire
}

pub(crate) type Poke = fn(&Wire);

/// Pending calls, a poke, one message; then everything that changed.
pub(crate) fn answer(
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

pub(crate) fn as_is(_: &Wire) {}

pub(crate) fn stream_one(wire: &Wire) {
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

/// What a server with Enhanced RTMP says, in all places and types.
fn capable_result() -> Vec<u8> {
    let list = [&[10, 0, 0, 0, 2][..], &text("hvc1"), &number(1.0)].concat();
    let map = ecma_array(&[("hvc1", number(3.0)), ("*", text("4"))]);
    let properties = object(&[
        ("fourCcList", list),
        ("videoFourCcInfoMap", map.clone()),
        ("capsEx", number(-1.0)),
    ]);
    let information = object(&[
        ("audioFourCcInfoMap", map),
        ("objectEncoding", NULL.to_vec()),
    ]);
    command("_result", 1.0, &[&properties, &information])
}

pub(crate) fn result(transaction: f64, value: &[u8]) -> Vec<u8> {
    command("_result", transaction, &[NULL, value])
}

pub(crate) fn results() -> Vec<Scenario> {
    const CONNECT: &[(&str, f64)] = &[("connect", 1.0)];
    const CREATE: &[(&str, f64)] = &[("createStream", 2.0)];
    let subscribe: Poke = |w| {
        w.handle
            .edit(|r| r.Link.subscribepath = AVal::cut(b"sub\0", 3));
    };
    let usher: Poke = |w| {
        w.handle
            .edit(|r| r.Link.usherToken = AVal::cut(b"{\"a\":1}\0", 7));
    };
    let everything: Poke = |w| {
        w.handle.edit(|r| {
            r.Link.subscribepath = AVal::cut(b"sub\0", 3);
            r.Link.usherToken = AVal::cut(b"{\"a\":1}\0", 7);
        });
    };
    let mut table = vec![
        answer("connect, playing", 0, 0, CONNECT, as_is, connected_result()),
        answer("connect, live", 0, LIVE, CONNECT, as_is, connected_result()),
        answer(
            "connect, capable server, playing",
            0,
            0,
            CONNECT,
            as_is,
            capable_result(),
        ),
        answer(
            "connect, capable server, publishing",
            WRITE,
            0,
            CONNECT,
            as_is,
            capable_result(),
        ),
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
        scenario("createStream, publishing", |lib, trace| {
            let wire = ready(lib, WRITE, 0);
            pend(&wire, "createStream", 2.0);
            trace.hush();
            deliver(&wire, trace, INVOKE, 0, &result(2.0, &number(1.0)));
            show(&wire, trace);
            // Else its goodbye would be that of a stream that was never published.
            lib.RTMP_DropRequest(wire.handle.raw, 0, 1);
        }),
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
            anchors::NO_TOKEN,
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
