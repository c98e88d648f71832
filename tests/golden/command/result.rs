//! `_result` and `_error` (spec 05 §6.3, §6.4, §9).

use rtmp::ffi::rtmp::access::RTMP_EnableWrite;

use super::{answer, call, mystream, pend};
use crate::handle::{Wire, has, hex, unhex};
use crate::logged::logged;
use crate::messages::{NULL, command, ecma_array, number, object, text};

fn publisher() -> Wire {
    let wire = Wire::new();
    // SAFETY: a handle.
    unsafe { RTMP_EnableWrite(wire.raw()) };
    wire
}

/// Calls that wait; name and number of what comes; calls that still wait; playing.
type Match<'a> = (&'a [(&'a str, f64)], &'a str, f64, &'a [&'a str], u8);

#[test]
fn results_are_matched_by_number() {
    // §5, §9.
    let rows: [Match<'_>; 8] = [
        (&[("play", 3.0)], "_result", 3.7, &[], 1),
        (&[("play", 3.0)], "_result", 3.0, &[], 1),
        (&[("publish", 3.0)], "_result", 3.0, &[], 1),
        (
            &[("pause", 3.0), ("play", 3.0)],
            "_result",
            3.0,
            &["play 3"],
            0,
        ),
        (&[("play", 3.0)], "_result", 9.0, &["play 3"], 0),
        (&[("play", 3.0)], "_Result", 3.0, &["play 3"], 0),
        (
            &[("seek", 3.0), ("play", 4.0)],
            "_result",
            3.0,
            &["play 4"],
            0,
        ),
        (&[("play", 0.0)], "_result", 0.0, &[], 1),
    ];
    for (calls, name, id, left, playing) in rows {
        let wire = Wire::new();
        calls.iter().for_each(|(name, id)| pend(&wire, name, *id));
        let (result, lines) = logged(|| call(&wire, name, id, &[NULL]));
        assert_eq!(result, (0, String::new()));
        assert_eq!(
            (wire.calls(), wire.r().m_bPlaying.get()),
            (
                left.iter().map(|call| (*call).to_owned()).collect(),
                playing
            )
        );
        if id == 9.0 {
            let line = "4 HandleInvoke, received result id 9.000000 without matching request";
            assert!(has(&lines, line), "{lines:?}");
        }
        if playing == 1 && calls[0].0 == "play" {
            assert!(has(
                &lines,
                "4 HandleInvoke, received result for method call <play>"
            ));
        }
    }
}

#[test]
fn a_result_without_number_is_that_of_call_0() {
    // §6.1 step 4.
    let wire = Wire::new();
    pend(&wire, "play", 0.0);
    assert_eq!(wire.deliver(0x14, 3, 0, &text("_result")), 0);
    assert_eq!(wire.r().m_bPlaying.get(), 1);
}

/// The decoded challenge in the first message that is sent; nothing when there is none.
fn secure_token(token: &str, values: &[u8]) -> String {
    let mut wire = mystream();
    wire.set(|r| &r.Link.token, token);
    let sent = answer(&wire, "connect", &[values, NULL]);
    let head = hex(&command("secureTokenResponse", 0.0, &[NULL]));
    let Some(at) = sent.find(&head) else {
        return String::new();
    };
    assert_eq!(at, 16, "{sent}");
    let body = &sent[at + head.len()..];
    let length = 2 * usize::from_str_radix(&body[2..6], 16).unwrap();
    assert_eq!(
        sent[..16],
        format!("43000000{:06x}14", (head.len() + 6 + length) / 2)
    );
    body[6..6 + length].to_owned()
}

#[test]
fn secure_tokens_are_decoded() {
    let rows = [
        ("key", "0123456789abcdef", "cfb61b9bea84ee0d"),
        ("#ed%0#w@1", "AABBCCDDEEFF0011", "e31e235f6a2e3c66"),
        (
            "secretTokenKey16+more",
            "00112233445566778899aabbccddeeff",
            "51a757a638e326a0aa984d93a3291175",
        ),
        ("k", "00000000", "e6000969"),
        ("\0\0\0\0abcd", "0123456789abcdef", "392d76409a8959db"),
        ("", "0123456789abcdef", ""),
    ];
    for (token, challenge, decoded) in rows {
        let values = object(&[("secureToken", text(challenge))]);
        assert_eq!(secure_token(token, &values), decoded);
        let nested = ecma_array(&[("data", object(&[("secureToken", text(challenge))]))]);
        assert_eq!(secure_token(token, &nested), decoded);
    }
}

#[test]
fn challenges_that_are_no_text_are_ignored() {
    // §8 rows 4 and 5; lengths that are no multiple of 8 end in zeros.
    let values = [
        number(1.0),
        NULL.to_vec(),
        vec![1, 1],
        text(""),
        object(&[("x", number(1.0))]),
    ];
    for value in values {
        assert_eq!(secure_token("key", &object(&[("secureToken", value)])), "");
    }
    let odd = secure_token("key", &object(&[("secureToken", text("0123456789ab"))]));
    let padded = secure_token("key", &object(&[("secureToken", text("0123456789ab0000"))]));
    assert_eq!((odd.len(), &odd[..]), (12, &padded[..12]));
}

#[test]
fn errors_of_a_player() {
    // §6.4: the queue is not touched. §8 row 7: what is refused is said.
    let wire = Wire::new();
    pend(&wire, "connect", 1.0);
    let (result, lines) = logged(|| call(&wire, "_error", 1.0, &[NULL]));
    assert_eq!(
        (result, wire.calls(), wire.is_connected()),
        ((0, String::new()), vec!["connect 1".to_owned()], true)
    );
    assert!(has(&lines, "1 rtmp server sent error"), "{lines:?}");
}

#[test]
fn errors_of_a_publisher() {
    // §6.4, §9; §8 row 1: an information object of any shape, or none.
    let unknown =
        |id: &str| format!("4 HandleInvoke, received result id {id} without matching request");
    let received = "4 HandleInvoke, received error for method call <createStream>";
    let rows = [
        (99.0, &unknown("99.000000")[..], true),
        (1.5, &unknown("1.500000"), true),
        (2.0, received, false),
    ];
    for (id, line, waits) in rows {
        let wire = publisher();
        pend(&wire, "createStream", 2.0);
        let (result, lines) = logged(|| call(&wire, "_error", id, &[NULL]));
        assert_eq!(
            (result.0, wire.calls().is_empty(), wire.is_connected()),
            (0, !waits, true)
        );
        assert!(has(&lines, line), "{id}: {lines:?}");
    }
    let infos = [
        Vec::new(),
        NULL.to_vec(),
        number(1.0),
        object(&[]),
        object(&[("description", number(1.0))]),
        object(&[("description", text("full"))]),
        ecma_array(&[("description", text("full"))]),
    ];
    for info in infos {
        let wire = publisher();
        pend(&wire, "connect", 1.0);
        let (result, lines) = logged(|| call(&wire, "_error", 1.0, &[NULL, &info]));
        assert_eq!(
            (result.0, wire.calls().len(), wire.is_connected()),
            (0, 0, true)
        );
        let shown = if info.ends_with(b"full\0\0\x09") {
            "full"
        } else {
            ""
        };
        assert!(
            has(
                &lines,
                &format!("4 HandleInvoke, error description: {shown}")
            ),
            "{lines:?}"
        );
    }
}

#[test]
fn one_bad_value_discards_a_message() {
    // §6.1: `ping` with more behind it.
    let ping = command("ping", 7.0, &[NULL]);
    let pong = "4300000000001114020004706f6e6700401c00000000000005";
    let broken = "1 HandleInvoke, error decoding invoke packet";
    let rows = [
        (0x14, [&ping[..], &unhex("42")].concat(), "", broken),
        (0x14, [&ping[..], &unhex("03000161")].concat(), "", broken),
        (0x14, [&ping[..], &unhex("0000094243")].concat(), pong, ""),
        (0x14, unhex("020000"), "", ""),
        (0x11, [&[0], &ping[..]].concat(), pong, ""),
        (0x11, [&[3], &ping[..]].concat(), pong, ""),
        // Values that the original knows no length of.
        (0x11, [&[0], &ping[..], &unhex("110407")].concat(), pong, ""),
        (
            0x14,
            [
                &ping[..],
                &unhex("04 070001 0d 0e 10000141 000162 05 000009 0f00000000"),
            ]
            .concat(),
            pong,
            "",
        ),
        (
            0x14,
            [&unhex("0c00000004 70696e67")[..], &number(7.0), NULL].concat(),
            pong,
            "",
        ),
        (
            0x11,
            [&[0], &text("ping")[..], &unhex("111207")].concat(),
            "",
            broken,
        ),
        (
            0x11,
            ping.clone(),
            "",
            "2 HandleInvoke, Sanity failed. no string method in invoke packet",
        ),
    ];
    for (kind, body, sent, line) in rows {
        let wire = Wire::new();
        let (result, lines) = logged(|| wire.deliver(kind, 3, 0, &body));
        assert_eq!((result, wire.sent()), (0, sent.to_owned()), "{body:02x?}");
        assert!(line.is_empty() || has(&lines, line), "{lines:?}");
    }
}
