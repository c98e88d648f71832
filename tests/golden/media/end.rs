//! Ends of the stream (spec 06 §5.1, §8, G12 to G14; 10 P6, P14).

use std::io;

use super::{AUDIO, header, length, push, tags};
use crate::handle::{Wire, has, tight};
use crate::logged::logged;
use crate::messages::{COMMAND, NULL, command, message, status};

const MEDIA: [super::Packet<'_>; 2] = [(5, 10, AUDIO, "af01"), (5, 20, AUDIO, "af02")];
const DELETE: &str =
    "43 000000 000022 14 02000c64656c65746553747265616d 00 3ff0000000000000 05 00 3ff0000000000000";

/// Reads the media, is told the end twice, and finds the handle closed only then.
fn check_end(wire: &Wire, media: &str, end: i8, sent: &str) {
    assert_eq!(wire.read(4096), (length(media), media.to_owned()));
    assert!(wire.is_connected());
    let (first, line) = logged(|| wire.read(4096).0);
    assert_eq!(
        (first, wire.is_connected(), wire.r().m_read.status.get()),
        (0, true, end),
        "{line:?}"
    );
    assert_eq!(wire.sent(), tight(sent));
    assert_eq!(
        (
            wire.read(4096).0,
            wire.is_connected(),
            wire.r().m_read.status.get()
        ),
        (0, false, end)
    );
    assert_eq!(
        (wire.r().m_read.flags.get(), wire.r().m_read.dataType.get()),
        (0, 0)
    );
    assert_eq!((wire.read(4096).0, wire.sent()), (0, String::new()));
}

#[test]
fn by_the_word_of_the_server() {
    // G12, §8: what comes behind it is never read.
    let plain = |name: &str| command(name, 0.0, &[NULL]);
    let rows = [
        (status("NetStream.Play.Complete"), -3, DELETE),
        (status("NetStream.Play.Stop"), -3, DELETE),
        (status("NetStream.Play.UnpublishNotify"), -3, DELETE),
        (plain("onFCUnsubscribe"), -3, DELETE),
        (plain("close"), -1, DELETE),
        (status("NetStream.Failed"), -1, ""),
        (status("NetStream.Play.Failed"), -1, ""),
        (status("NetConnection.Connect.InvalidApp"), -1, ""),
    ];
    for (body, end, sent) in rows {
        let wire = Wire::playing();
        push(&wire, &MEDIA);
        wire.push_bytes(&message(5, 20, COMMAND, &body));
        push(&wire, &[(5, 30, AUDIO, "af03")]);
        check_end(&wire, &(header(4) + &tags(&MEDIA)), end, sent);
    }
}

#[test]
fn in_the_header_phase() {
    // G13; R9: what was collected is delivered.
    let wire = Wire::playing();
    push(&wire, &[(5, 0, AUDIO, "af01")]);
    wire.push_bytes(&message(5, 0, COMMAND, &status("NetStream.Play.Stop")));
    check_end(
        &wire,
        &(header(4) + &tags(&[(5, 0, AUDIO, "af01")])),
        -3,
        DELETE,
    );
}

#[test]
fn by_the_end_of_the_connection() {
    // G14.
    let wire = Wire::playing();
    push(&wire, &MEDIA);
    wire.finish();
    let flv = header(4) + &tags(&MEDIA);
    for (at, count) in [(0, 20), (20, 20), (40, 7)] {
        assert_eq!(
            wire.read(20),
            (
                count,
                flv[2 * at..][..2 * usize::try_from(count).unwrap()].to_owned()
            )
        );
    }
    for connected in [true, false] {
        assert_eq!(
            (
                wire.read(20).0,
                wire.is_connected(),
                wire.r().m_read.status.get()
            ),
            (0, connected, -1)
        );
    }
}

#[test]
fn before_any_media() {
    // Nobody would connect again: the first 0 closes.
    let wire = Wire::playing();
    wire.finish();
    assert_eq!(
        (
            wire.read(4096).0,
            wire.is_connected(),
            wire.r().m_read.status.get()
        ),
        (0, false, -1)
    );
    // R8: a closed handle gives no file header.
    assert_eq!(wire.read(4096), (0, String::new()));
    assert_eq!(Wire::unconnected().read(4096), (0, String::new()));
}

#[test]
fn the_peer_is_gone_when_a_report_is_due() {
    // 10 P14: what has been received is delivered, then the end.
    let mut wire = Wire::playing();
    wire.r().m_bSendCounter.set(1);
    wire.r().m_nClientBW.set(0);
    push(&wire, &MEDIA);
    wire.push_bytes(&message(2, 0, 4, &[0, 6, 1, 2, 3, 4]));
    push(&wire, &[(5, 30, AUDIO, "af03")]);
    wire.hang_up();
    let ((_, flv), lines) = logged(|| wire.read(4096));
    assert_eq!(
        flv,
        header(4) + &tags(&MEDIA) + &tags(&[(5, 30, AUDIO, "af03")])
    );
    let failures = lines
        .iter()
        .filter(|line| line.starts_with("1 WriteN, RTMP send error 32"));
    assert_eq!(failures.count(), 1, "{lines:?}");
    for connected in [true, false] {
        assert_eq!((wire.read(4096).0, wire.is_connected()), (0, connected));
    }
}

#[test]
fn while_an_unpause_waits() {
    // §8, §11 row 5.
    let wire = Wire::playing();
    let r = wire.r();
    r.m_pausing.set(3);
    r.m_mediaStamp.set(100);
    wire.push_bytes(&message(5, 20, COMMAND, &status("NetStream.Play.Complete")));
    assert_eq!(wire.read(4096).0, 0);
    wire.read(4096);
    assert!(!wire.is_connected());
}

#[test]
fn a_status_that_is_there_already() {
    // §5.1, §11 row 6.
    for (status, result) in [(-1, 0), (-2, -1), (-3, 0), (7, 30)] {
        let wire = Wire::playing();
        push(&wire, &MEDIA[..1]);
        wire.r().m_read.status.set(status);
        assert_eq!(wire.read(4096).0, result, "{status}");
        if result < 0 {
            assert_eq!(
                io::Error::last_os_error().raw_os_error(),
                Some(libc::EINVAL)
            );
        }
        assert!(wire.is_connected());
    }
}

#[test]
fn after_a_timeout_reading_can_go_on() {
    // §2.2 of 05, R12, R19.
    let wire = Wire::playing();
    push(&wire, &MEDIA[..1]);
    wire.push("05 000014 000002 08 010000");
    let flv = header(4) + &tags(&MEDIA[..1]);
    assert_eq!(wire.read(4096), (30, flv));
    let (result, lines) = logged(|| wire.read(4096).0);
    assert_eq!(
        (result, wire.r().m_read.status.get(), wire.is_connected()),
        (0, -1, true)
    );
    assert!(
        has(
            &lines,
            "1 RTMP_ReadPacket, failed to read RTMP packet header. type: 5"
        ),
        "{lines:?}"
    );
    wire.push("00 af02");
    assert_eq!(wire.read(4096).0, 0);
    wire.r().m_read.status.set(0);
    assert_eq!(wire.read(4096).1, tags(&MEDIA[1..]));
}
