//! Media that comes before the stream is accepted (spec 06 §2): the original throws it away, we hand it out first.

use rtmp::ffi::rtmp::access::RTMP_EnableWrite;
use rtmp::ffi::rtmp::stream::{RTMP_ConnectStream, RTMP_GetNextMediaPacket, RTMP_ReconnectStream};

use super::{AGGREGATE, AUDIO, DATA, Packet, VIDEO, header, push, tags};
use crate::handle::{self, Wire, hex};
use crate::logged::logged;
use crate::messages::{COMMAND, NULL, command, message, number, status};

const METADATA: &str = "02000a6f6e4d65746144617461 03 000009";
/// What servers send to those who begin to play.
const EARLY: [Packet<'_>; 3] = [
    (4, 0, DATA, METADATA),
    (6, 0, VIDEO, "170000000001"),
    (4, 0, AUDIO, "af0012"),
];
const LATER: [Packet<'_>; 2] = [(6, 40, VIDEO, "270100000002"), (4, 46, AUDIO, "af0122")];
const IGNORED: &str = "2 Received FLV packet before play()! Ignoring.";

/// Has asked to play stream 1.
fn asking() -> Wire {
    let wire = Wire::playing();
    ask(&wire, "play", 3.0);
    wire
}

fn ask(wire: &Wire, name: &str, id: f64) {
    let mut packet = handle::Packet::new();
    (packet.kind, packet.channel) = (COMMAND, 60);
    assert_eq!(wire.send(&mut packet, &command(name, id, &[NULL]), 1), 1);
    wire.sent();
}

fn start(wire: &Wire) -> (i32, Vec<String>) {
    wire.push_bytes(&message(5, 0, COMMAND, &status("NetStream.Play.Start")));
    // SAFETY: a handle.
    logged(|| unsafe { RTMP_ConnectStream(wire.raw(), 0) })
}

fn ignored(lines: &[String]) -> usize {
    lines.iter().filter(|line| *line == IGNORED).count()
}

#[test]
fn it_is_read_first() {
    for size in [5, 4096] {
        let wire = asking();
        push(&wire, &EARLY);
        let (result, lines) = start(&wire);
        assert_eq!((result, ignored(&lines)), (1, 0));
        push(&wire, &LATER);
        wire.finish();
        let all = header(5) + &tags(&EARLY) + &tags(&LATER);
        assert_eq!(wire.read_all(size), all, "{size}");
    }
}

#[test]
fn it_comes_as_packets_too() {
    for by_chunk in [false, true] {
        let wire = asking();
        push(&wire, &EARLY);
        assert_eq!(start(&wire).0, 1);
        push(&wire, &LATER);
        for (channel, time, kind, body) in EARLY.into_iter().chain(LATER) {
            let mut packet = handle::Packet::new();
            let result = if by_chunk {
                wire.read_packet(&mut packet)
            } else {
                // SAFETY: a handle and a packet.
                unsafe { RTMP_GetNextMediaPacket(wire.raw(), packet.raw()) }
            };
            let seen = (result, packet.channel, packet.time, packet.kind);
            assert_eq!(seen, (1, channel.into(), time, kind));
            assert_eq!((packet.stream, packet.size), (1, packet.read));
            assert_eq!(hex(&packet.bytes()), handle::tight(body));
            packet.free();
        }
    }
}

#[test]
fn aggregates_count_as_well() {
    let body = "080000020000640000000 0af010000000d";
    let wire = asking();
    push(&wire, &[(4, 100, AGGREGATE, body)]);
    assert_eq!(start(&wire).0, 1);
    assert_eq!(wire.read(30).1, header(4) + &handle::tight(body));
}

#[test]
fn data_in_amf3_and_silence_do_if_they_are_asked_for() {
    let data = format!("00{METADATA}");
    let packets: [Packet<'_>; 3] = [
        (4, 0, 0x0f, &data),
        (4, 0, AUDIO, ""),
        (4, 0, AUDIO, "af01"),
    ];
    for (options, first) in [("ertmp=1 silence=1", 0), ("silence=1", 1), ("", 2)] {
        let mut wire = asking();
        wire.set_up(&format!("rtmp://h/live/x {options}"));
        push(&wire, &packets);
        assert_eq!(start(&wire).0, 1);
        wire.finish();
        let flv = header(4) + &tags(&packets[first..]);
        assert_eq!(wire.read_all(4096), flv, "{options}");
    }
}

#[test]
fn an_attempt_that_fails_loses_nothing() {
    let wire = asking();
    push(&wire, &EARLY);
    // SAFETY: a handle.
    let waited = unsafe { RTMP_ConnectStream(wire.raw(), 0) };
    assert_eq!((waited, wire.r().m_sb.sb_timedout.get()), (0, 1));
    push(&wire, &LATER);
    assert_eq!(start(&wire).0, 1);
    wire.finish();
    let all = header(5) + &tags(&EARLY) + &tags(&LATER);
    assert_eq!(wire.read_all(4096), all);
}

#[test]
fn media_of_an_old_stream_is_ignored() {
    let wire = Wire::playing();
    wire.r().m_bPlaying.set(1);
    push(&wire, &EARLY);
    let created = command("_result", 2.0, &[NULL, &number(1.0)]);
    wire.push_bytes(&message(3, 0, COMMAND, &created));
    push(&wire, &LATER);
    wire.push_bytes(&message(5, 0, COMMAND, &status("NetStream.Play.Start")));
    // SAFETY: a handle.
    let (result, lines) = logged(|| unsafe { RTMP_ReconnectStream(wire.raw(), 0) });
    assert_eq!((result, ignored(&lines)), (1, EARLY.len()));
    wire.finish();
    assert_eq!(wire.read_all(4096), header(1) + &tags(&LATER));
}

#[test]
fn a_publisher_is_not_interested() {
    let wire = Wire::playing();
    // SAFETY: a handle.
    unsafe { RTMP_EnableWrite(wire.raw()) };
    ask(&wire, "publish", 3.0);
    push(&wire, &EARLY);
    wire.push_bytes(&message(5, 0, COMMAND, &status("NetStream.Publish.Start")));
    // SAFETY: a handle.
    let (result, lines) = logged(|| unsafe { RTMP_ConnectStream(wire.raw(), 0) });
    assert_eq!((result, ignored(&lines)), (1, EARLY.len()));
}

#[test]
fn there_is_an_end_to_it() {
    let wire = asking();
    let one: Packet<'_> = (4, 10, AUDIO, "af01");
    let sent = vec![message(4, 10, AUDIO, &[0xaf, 1]); 1100].concat();
    wire.push_bytes(&sent);
    let (result, lines) = start(&wire);
    assert_eq!((result, ignored(&lines)), (1, 1100 - 1024));
    wire.finish();
    assert_eq!(wire.read_all(4096), header(4) + &tags(&[one]).repeat(1024));
}
