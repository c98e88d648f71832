//! The plain handshake of both sides (spec 03 §1): what is sent, and what is said about it.

use std::ptr;

use rtmp::ffi::rtmp::connect::{RTMP_Connect1, RTMP_Serve};

use crate::handle::{Wire, has, hex};
use crate::logged::logged;

const BLOCK: usize = 1536;

/// A block that begins with a time and a version; the rest is made of `seed`.
fn block(seed: u8) -> Vec<u8> {
    let mut bytes = vec![seed; BLOCK];
    bytes[..8].copy_from_slice(&[0, 0, 1, 2, 3, 4, 5, 6]);
    bytes
}

/// The client's side with these bytes of the server: result, what it sends, lines.
fn client(server: &[u8]) -> (i32, String, Vec<String>, bool) {
    let wire = Wire::new();
    wire.push_bytes(server);
    // SAFETY: a handle.
    let (result, lines) = logged(|| unsafe { RTMP_Connect1(wire.raw(), ptr::null_mut()) });
    (result, wire.sent(), lines, wire.is_connected())
}

#[test]
fn the_client() {
    let (s1, s2) = (block(7), block(9));
    let (result, sent, lines, connected) = client(&[&[3], &s1[..], &s2].concat());
    assert_eq!((result, connected), (1, true));
    // C0, then C1 with version 0; C2 is S1.
    assert_eq!((&sent[..2], &sent[10..18]), ("03", "00000000"));
    assert_eq!(sent[2 + 2 * BLOCK..][..2 * BLOCK], hex(&s1));
    let random = &sent[18..2 + 2 * BLOCK];
    assert!(!random.contains("00000000000000000000"), "{random}");
    let wanted = [
        "4 RTMP_Connect1, ... connected, handshaking",
        "4 HandShake: Type Answer   : 03",
        "4 HandShake: Server Uptime : 258",
        "4 HandShake: FMS Version   : 3.4.5.6",
        "2 HandShake: client signature does not match!",
        "4 HandShake: Handshaking finished....",
        "4 RTMP_Connect1, handshaked",
    ];
    wanted
        .iter()
        .for_each(|line| assert!(has(&lines, line), "{line}: {lines:?}"));
}

#[test]
fn two_clients_are_not_alike() {
    let server = [&[3], &block(7)[..], &block(9)].concat();
    let ours = || client(&server).1[18..2 + 2 * BLOCK].to_owned();
    assert_ne!(ours(), ours());
}

#[test]
fn another_version_is_only_worth_a_warning() {
    let (result, _, lines, _) = client(&[&[6], &block(7)[..], &block(9)].concat());
    assert_eq!(result, 1);
    assert!(
        has(
            &lines,
            "2 HandShake: Type mismatch: client sent 3, server answered 6"
        ),
        "{lines:?}"
    );
}

#[test]
fn a_server_that_stops_in_the_middle() {
    let server = [&[3], &block(7)[..], &block(9)].concat();
    for length in [0, 1, 2, BLOCK, BLOCK + 1, BLOCK + 2, 2 * BLOCK] {
        let (result, sent, lines, connected) = client(&server[..length]);
        assert_eq!((result, connected), (0, false), "{length}");
        assert!(
            has(&lines, "1 RTMP_Connect1, handshake failed."),
            "{lines:?}"
        );
        let c2 = if length > BLOCK { BLOCK } else { 0 };
        assert_eq!(sent.len(), 2 * (1 + BLOCK + c2));
    }
}

/// The server's side with these bytes of the client.
fn server(client: &[u8]) -> (i32, String, Vec<String>) {
    let wire = Wire::new();
    wire.push_bytes(client);
    // SAFETY: a handle.
    let (result, lines) = logged(|| unsafe { RTMP_Serve(wire.raw()) });
    (result, wire.sent(), lines)
}

#[test]
fn the_server() {
    let (c1, c2) = (block(5), block(6));
    let (result, sent, lines) = server(&[&[3], &c1[..], &c2].concat());
    assert_eq!(
        (result, &sent[..2], sent.len()),
        (1, "03", 2 * (1 + 2 * BLOCK))
    );
    assert_eq!(sent[2 + 2 * BLOCK..], hex(&c1));
    let wanted = [
        "4 SHandShake: Type Requested : 03",
        "4 SHandShake: Client Uptime : 258",
        "4 SHandShake: Player Version: 3.4.5.6",
        "2 SHandShake: client signature does not match!",
        "4 SHandShake: Handshaking finished....",
    ];
    wanted
        .iter()
        .for_each(|line| assert!(has(&lines, line), "{line}: {lines:?}"));
    let (result, sent, lines) = server(&[&[9], &c1[..], &c2].concat());
    assert_eq!((result, &sent[..]), (0, ""));
    assert!(has(&lines, "1 SHandShake: Unknown version 09"), "{lines:?}");
    assert_eq!(server(&c1[..700]).0, 0);
}
