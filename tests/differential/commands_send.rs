//! Commands sent by the public functions, and how long they may be (spec 05 section 2).

use crate::anchors;
use crate::commands::{INVOKE, LIVE, PLAYLIST, WRITE, ready, result, show, stream_one};
use crate::handle::Wire;
use crate::library::Library;
use crate::messages::{deliver, number, pend};
use crate::scenario::{Scenario, scenario};
use crate::structs::AVal;

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

/// Play paths at the limits of the original's buffers (spec 05 section 2.1).
pub(crate) fn limits() -> Vec<Scenario> {
    let long = |len: usize| -> &'static [u8] {
        Box::leak([vec![b'p'; len], vec![0]].concat().into_boxed_slice())[..len].as_ref()
    };
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
            anchors::LONG_TEXTS,
            &[
                "RTMP_ClientPacket = 0",
                "body kept = true",
                "bytes of the path = true",
            ],
        ),
    );
    table
}
