//! Media packets one by one, pause and seek (spec 06 sections 3 and 7).

use crate::anchors;
use crate::commands_session::read_to_end;
use crate::handle::{Wire, packet, wire};
use crate::library::Library;
use crate::media_read::{INVOKE, STATE, bytes, metadata, packets, read};
use crate::media_resume::AGGREGATE;
use crate::messages::{message, status, text};
use crate::scenario::{Scenario, scenario};
use crate::structs::copy;
use crate::trace::{ERROR, Trace, unhex};

fn next_packet(wire: &Wire, trace: &mut Trace) {
    let mut one = packet();
    let handle = &wire.handle;
    trace.note(
        "RTMP_GetNextMediaPacket",
        handle.lib.RTMP_GetNextMediaPacket(handle.raw, &mut one),
    );
    trace.text(crate::handle::show_numbers(&one));
    trace.bytes("body", &copy(one.m_body, one.m_nBytesRead as usize));
    handle.lib.RTMPPacket_Free(&mut one);
}

pub(crate) fn pauses() -> Vec<Scenario> {
    vec![
        scenario("buffer-empty workaround", |lib, trace| {
            let wire = wire(lib);
            wire.handle.edit(|r| r.Link.lFlags = 0x10);
            wire.push_bytes(&bytes(&packets(&[
                (5, 10, 8, "af01"),
                (2, 0, 4, "001f 00000001"),
                (5, 10, 8, "af02"),
                (2, 0, 4, "0001 00000001"),
                (2, 0, 4, "001f 00000001"),
                (5, 8, 8, "af03"),
                (5, 10, 8, "af04"),
                (5, 12, 8, "af05"),
            ])));
            for _ in 0..3 {
                next_packet(&wire, trace);
                trace.fields(
                    &wire.handle,
                    "m_pausing m_pauseStamp m_mediaStamp m_bPlaying m_mediaChannel",
                );
                wire.show_sent(trace);
            }
        }),
        scenario("every kind of media packet", |lib, trace| {
            let wire = wire(lib);
            let mut input = vec![metadata()];
            input.push((4, 3, 0x12, text("onTextData")));
            input.extend(packets(&[
                (5, 10, 8, "af01"),
                (5, 10, 8, ""),
                (6, 20, 9, "1701"),
                (6, 30, 0x16, AGGREGATE),
            ]));
            input.push((5, 40, INVOKE, status("NetStream.Play.Start")));
            input.extend(packets(&[(5, 41, 8, "af02")]));
            wire.push_bytes(&bytes(&input));
            wire.finish();
            for _ in 0..6 {
                next_packet(&wire, trace);
            }
            trace.fields(&wire.handle, "m_bPlaying connected m_pauseStamp");
        }),
        scenario(
            "RTMP_GetNextMediaPacket when the stream is complete",
            |lib, trace| {
                let wire = wire(lib);
                wire.handle.edit(|r| r.m_stream_id = 1);
                wire.push_bytes(&message(
                    5,
                    0,
                    INVOKE,
                    1,
                    &status("NetStream.Play.Complete"),
                ));
                next_packet(&wire, trace);
                wire.finish();
                next_packet(&wire, trace);
                trace.fields(&wire.handle, "connected");
                wire.show_sent(trace);
            },
        ),
        scenario("seek drops what is pending", |lib, trace| {
            let wire = wire(lib);
            wire.push_bytes(&bytes(&packets(&[(5, 10, 8, "af0111")])));
            read(&wire, trace, 6);
            trace.note("RTMP_SendSeek", lib.RTMP_SendSeek(wire.handle.raw, 12_345));
            wire.show_sent(trace);
            wire.push_bytes(&bytes(&[
                (5, 20, 8, unhex("af01")),
                (5, 20, INVOKE, status("NetStream.Seek.Notify")),
                (5, 5, 8, unhex("af02")),
            ]));
            read(&wire, trace, 4096);
            trace.fields(&wire.handle, STATE);
        }),
        scenario("seek before the first read", |lib, trace| {
            let wire = wire(lib);
            lib.RTMP_SendSeek(wire.handle.raw, 1);
            wire.push_bytes(&bytes(&[
                (5, 20, 8, unhex("af01")),
                (5, 20, INVOKE, status("NetStream.Seek.Notify")),
            ]));
            wire.push_bytes(&bytes(&packets(&[(5, 5, 8, "af02"), (5, 6, 8, "af03")])));
            wire.finish();
            read_to_end(lib, &wire.handle, trace, 4096);
        }),
        refused_seek("NetStream.Seek.Failed"),
        refused_seek("NetStream.Seek.InvalidTime"),
        scenario("timeout, toggle, and on", |lib, trace| {
            let wire = wire(lib);
            wire.push_bytes(&bytes(&packets(&[
                (5, 10, 8, "af0111"),
                (5, 20, 8, "af0122"),
            ])));
            read_to_end(lib, &wire.handle, trace, 4096);
            trace.fields(&wire.handle, STATE);
            trace.note("RTMP_ToggleStream", lib.RTMP_ToggleStream(wire.handle.raw));
            wire.show_sent(trace);
            wire.push_bytes(&bytes(&packets(&[
                (5, 20, 8, "af0133"),
                (5, 30, 8, "af0144"),
            ])));
            wire.finish();
            read_to_end(lib, &wire.handle, trace, 4096);
            trace.fields(&wire.handle, STATE);
        }),
        scenario(
            "RTMP_ConnectStream in silence",
            |lib: &'static Library, trace| {
                let wire = wire(lib);
                trace.note(
                    "RTMP_ConnectStream",
                    lib.RTMP_ConnectStream(wire.handle.raw, 0),
                );
                trace.fields(&wire.handle, "connected sb_timedout m_bPlaying");
            },
        )
        .deviates(
            anchors::GIVEN_UP,
            &[
                "DEBUG: RTMPSockBuf_Fill, recv returned -1. GetSockError(): 11 (Resource temporarily unavailable)",
                "ERROR: RTMP_ReadPacket, failed to read RTMP packet header",
                "ERROR: RTMP_ConnectStream, no answer to createStream in time",
                "RTMP_ConnectStream = 0",
                "connected = true",
                "sb_timedout = 1",
                "m_bPlaying = 0",
            ],
        ),
    ]
}

/// The original drops all that comes behind it.
fn refused_seek(code: &'static str) -> Scenario {
    scenario(code, move |lib, trace| {
        let wire = wire(lib);
        wire.push_bytes(&bytes(&packets(&[(5, 10, 8, "af01")])));
        read(&wire, trace, 30);
        lib.RTMP_SendSeek(wire.handle.raw, 12_345);
        wire.push_bytes(&message(5, 10, INVOKE, 1, &status(code)));
        wire.push_bytes(&bytes(&packets(&[(5, 20, 8, "af02")])));
        wire.finish();
        trace.log();
        trace.lines.clear();
        read(&wire, trace, 17);
    })
    .level(ERROR)
    .deviates(
        anchors::SEEK_REFUSED,
        &[
            "RTMP_Read(17) = 17",
            "FLV: 0800000200001400000000af020000000d",
            "rest untouched = true",
        ],
    )
}
