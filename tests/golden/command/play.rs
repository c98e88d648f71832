//! `play` and what stands around it (spec 05 §4; 06 §2).

use rtmp::ffi::rtmp::stream::{RTMP_ConnectStream, RTMP_ReconnectStream};

use super::{answer, mystream};
use crate::handle::{Wire, has, hex, tight};
use crate::logged::logged;
use crate::messages::{COMMAND, NULL, command, message, number, status, text};

/// `play` with these numbers behind the path, and the buffer time.
fn play(path: &str, numbers: &[f64]) -> String {
    let mut body = command("play", 1.0, &[NULL, &text(path)]);
    numbers.iter().for_each(|value| body.extend(number(*value)));
    let head = format!("08000000 {:06x} 14 01000000", body.len());
    let buffer = "42 000000 00000a 04 0003 00000001 00007530";
    tight(&[&head, &hex(&body)[..], buffer].concat())
}

#[test]
fn start_and_length() {
    let rows: [(i32, i32, i32, &[f64]); 8] = [
        (2, 0, 0, &[-1000.0]),
        (2, 5000, 9000, &[-1000.0, 4000.0]),
        (0, 0, 0, &[0.0]),
        (0, 5000, 0, &[5000.0]),
        (0, 5000, 9000, &[5000.0, 4000.0]),
        (0, 0, 9000, &[0.0, 9000.0]),
        (0, -5, 0, &[0.0]),
        (0, -5, 10, &[0.0, 15.0]),
    ];
    for (flags, seek, stop, numbers) in rows {
        let wire = mystream();
        let link = &wire.r().Link;
        link.lFlags.set(flags);
        link.seekTime.set(seek);
        link.stopTime.set(stop);
        let (sent, lines) = logged(|| answer(&wire, "createStream", &[NULL, &number(1.0)]));
        assert_eq!(sent, play("mystream", numbers), "{flags} {seek} {stop}");
        let line = format!("4 SendPlay, seekTime={seek}, stopTime={stop}, sending play: mystream");
        assert!(has(&lines, &line), "{lines:?}");
    }
    // §2: as recorded.
    let recorded = "080000000000251401000000 020004706c6179003ff0000000000000050200086d7973747265616d000000000000000000";
    assert!(play("mystream", &[0.0]).starts_with(&tight(recorded)));
}

#[test]
fn the_path_may_be_empty_or_long() {
    // §2.1: lengths around the original's limit; §8 row 6: longer ones are sent too.
    for length in [0, 977, 978, 4000] {
        let mut wire = Wire::new();
        let path = "x".repeat(length);
        wire.set(|r| &r.Link.playpath, &path);
        wire.r().m_outChunkSize.set(5000);
        assert_eq!(
            answer(&wire, "createStream", &[NULL, &number(1.0)]),
            play(&path, &[0.0])
        );
    }
}

#[test]
fn a_playlist_is_announced() {
    let wire = mystream();
    wire.r().Link.lFlags.set(8);
    let playlist = "0800000000002f1401000000 02000c7365745f706c61796c6973740000000000000000000508000000030001300200086d7973747265616d000009";
    let sent = answer(&wire, "createStream", &[NULL, &number(1.0)]);
    assert_eq!(sent, tight(playlist) + &play("mystream", &[0.0]));
    assert_eq!(wire.calls(), ["set_playlist 0", "play 1"]);
}

#[test]
fn stream_ids_are_read_at_index_3() {
    // §9.
    let rows = [
        (None, 0, "00000000"),
        (Some(number(2.9)), 2, "02000000"),
        (Some(number(0.0)), 0, "00000000"),
        (Some(number(-1.0)), -1, "ffffffff"),
        (Some(vec![1, 1]), 1, "01000000"),
        (Some(number(3e9)), i32::MIN, "00000080"),
        (Some(number(f64::NAN)), i32::MIN, "00000080"),
    ];
    for (id, wanted, wire_id) in rows {
        let wire = mystream();
        let sent = answer(&wire, "createStream", &[NULL, &id.unwrap_or_default()]);
        assert_eq!(wire.r().m_stream_id.get(), wanted);
        assert!(
            sent.starts_with(&format!("08000000000025 14 {wire_id}").replace(' ', "")),
            "{sent}"
        );
    }
}

/// `RTMP_ConnectStream`, and what it logs.
fn connect_stream(wire: &Wire, seek: i32) -> (i32, Vec<String>) {
    // SAFETY: a handle.
    logged(|| unsafe { RTMP_ConnectStream(wire.raw(), seek) })
}

#[test]
fn waiting_ends_when_the_stream_plays() {
    // 06 §2: media before play is dropped; what comes behind it is kept (`media::early`).
    let wire = mystream();
    super::pend(&wire, "createStream", 50.0);
    let inputs = [
        message(5, 0, 8, &[0xaf, 1]),
        message(6, 0, 9, &[0x17]),
        message(5, 0, 0x12, &text("onMetaData")),
        message(
            3,
            0,
            COMMAND,
            &command("_result", 50.0, &[NULL, &number(1.0)]),
        ),
        message(5, 0, 8, &[0xaf, 1]),
        message(6, 0, 9, &[0x17]),
        message(5, 0, 0x12, &text("onMetaData")),
        message(5, 0, 8, &[]),
        message(5, 0, COMMAND, &status("NetStream.Play.Reset")),
        message(5, 0, COMMAND, &status("NetStream.Play.Start")),
        message(5, 0, 8, &[0xaf, 2]),
    ];
    wire.push_bytes(&inputs.concat());
    let (result, lines) = connect_stream(&wire, 4000);
    assert_eq!((result, wire.sent()), (1, play("mystream", &[4000.0])));
    let dropped = "2 Received FLV packet before play()! Ignoring.";
    assert_eq!(lines.iter().filter(|line| *line == dropped).count(), 3);
    assert!(wire.calls().is_empty());
    // Again: at once, without reading.
    assert_eq!(connect_stream(&wire, 0).0, 1);
    assert_eq!(wire.r().Link.seekTime.get(), 4000);
}

#[test]
fn waiting_ends_with_a_timeout() {
    let wire = mystream();
    let (result, _) = connect_stream(&wire, 0);
    assert_eq!(
        (result, wire.r().m_sb.sb_timedout.get(), wire.is_connected()),
        (0, 1, true)
    );
}

#[test]
fn waiting_ends_with_the_stream() {
    // 06 §2.
    let wire = Wire::playing();
    wire.push_bytes(&message(
        5,
        0,
        COMMAND,
        &status("NetStream.Play.StreamNotFound"),
    ));
    let (result, lines) = connect_stream(&wire, 0);
    assert_eq!(
        (result, wire.is_connected(), wire.sent()),
        (0, false, String::new())
    );
    assert!(
        has(
            &lines,
            "1 Closing connection: NetStream.Play.StreamNotFound"
        ),
        "{lines:?}"
    );
    let wire = Wire::playing();
    wire.push_bytes(&message(5, 0, COMMAND, &status("NetStream.Play.Stop")));
    assert_eq!(
        (connect_stream(&wire, 0).0, wire.is_connected()),
        (0, false)
    );
    let delete =
        "4300000000002214 02000c64656c65746553747265616d003ff000000000000005003ff0000000000000";
    assert_eq!(wire.sent(), tight(delete));
}

#[test]
fn a_stream_is_made_anew() {
    // §9; 06 R12: the end that a timeout left behind is over.
    let wire = mystream();
    wire.r().m_stream_id.set(1);
    wire.r().m_bPlaying.set(1);
    assert_eq!(wire.read(100), (0, String::new()));
    assert_eq!(
        (wire.r().m_read.status.get(), wire.is_connected()),
        (-1, true)
    );
    let inputs = [
        message(
            3,
            0,
            COMMAND,
            &command("_result", 2.0, &[NULL, &number(2.0)]),
        ),
        message(5, 0, COMMAND, &status("NetStream.Play.Start")),
        message(5, 10, 8, &[0xaf, 2]),
    ];
    wire.push_bytes(&inputs.concat());
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_ReconnectStream(wire.raw(), 4000) }, 1);
    let sent = [
        "4300000000002214 02000c64656c65746553747265616d003ff000000000000005003ff0000000000000",
        "4300000000001914 02000c63726561746553747265616d00400000000000000005",
        "080000000000251402000000 020004706c61790040080000000000000502 00086d7973747265616d 0040af400000000000",
        "42 000000 00000a 04 0003 00000002 00007530",
    ];
    assert_eq!(wire.sent(), tight(&sent.concat()));
    assert_eq!((wire.r().m_read.status.get(), wire.read(100).0), (0, 30));
}
