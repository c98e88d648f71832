//! Handshakes with scripted peers (spec 03 sections 1.1, 1.14 and 1.15): every choice, every mistake, and degenerate
//! keys.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use rtmp::proto::crypto::dh::Number;
use rtmp::proto::handshake::Side;
use rtmp::proto::handshake::digest::Scheme;

use crate::anchors;
use crate::encrypted::{ENCRYPTED, End, PLAIN, SIGNED, Terms, regularise};
use crate::handshake_peer::{Peer, V};
use crate::scenario::{Scenario, scenario};
use crate::trace::{Trace, WARNING};

/// Far above what a peer in the same process needs.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn conclude(end: End, trace: &mut Trace) {
    end.state().into_iter().for_each(|line| trace.text(line));
    trace.fields(&end.handle, "sb_timedout sb_size");
}

/// What came behind the handshake.
fn next(end: &End, result: i32, peer: Peer, trace: &mut Trace) {
    // A peer with another key than its own cannot encrypt.
    if result != 0 && peer.key.is_none() {
        let message = end.receive();
        trace.note("received", message);
    }
}

fn client(name: &str, terms: Terms, peer: Peer) -> Scenario {
    scenario(format!("{}: {name}", terms.name), move |lib, trace| {
        let (ours, mut theirs) = UnixStream::pair().expect("socket pair");
        theirs.set_read_timeout(Some(PATIENCE)).expect("timeout");
        // The socket stays open until the library is done.
        let thread = std::thread::spawn(move || (peer.serve(&mut theirs), theirs));
        let end = End::client(lib, ours, PATIENCE, terms);
        trace.hush();
        let ret = lib.RTMP_Connect1(end.handle.raw, std::ptr::null_mut());
        trace.note("RTMP_Connect1", ret);
        next(&end, ret, peer, trace);
        conclude(end, trace);
        let (notes, _) = thread.join().expect("script");
        notes.into_iter().for_each(|note| trace.text(note));
        regularise(trace);
    })
    .level(WARNING)
}

fn server(name: &str, peer: Peer) -> Scenario {
    scenario(name, move |lib, trace| {
        let (ours, mut theirs) = UnixStream::pair().expect("socket pair");
        theirs.set_read_timeout(Some(PATIENCE)).expect("timeout");
        // The socket stays open until the library is done.
        let thread = std::thread::spawn(move || (peer.call(&mut theirs), theirs));
        let end = End::new(lib, ours, PATIENCE);
        let ret = lib.RTMP_Serve(end.handle.raw);
        trace.note("RTMP_Serve", ret);
        next(&end, ret, peer, trace);
        conclude(end, trace);
        let (notes, _) = thread.join().expect("script");
        notes.into_iter().for_each(|note| trace.text(note));
        regularise(trace);
    })
    .level(WARNING)
}

const SERVER: Peer = Peer::new(Side::Server, 3);
const RTMPE_SERVER: Peer = Peer {
    scheme: Some(Scheme::One),
    is_encrypted: true,
    ..Peer::new(Side::Server, 6)
};
const NO_DIGEST: Peer = Peer {
    scheme: None,
    ..SERVER
};
const OLD: Peer = Peer {
    version: [0; 4],
    ..NO_DIGEST
};

pub(crate) fn clients() -> Vec<Scenario> {
    let mut all = vec![
        client("an echo", PLAIN, OLD),
        client("a wrong echo", PLAIN, Peer { damage: 1, ..OLD }),
        client("type 6", PLAIN, Peer { kind: 6, ..OLD }),
        client("type 48", PLAIN, Peer { kind: 0x48, ..OLD }),
        client("digest, scheme 0", SIGNED, SERVER),
        client(
            "digest, scheme 1",
            SIGNED,
            Peer {
                scheme: Some(Scheme::One),
                ..SERVER
            },
        ),
        client("no digest", SIGNED, NO_DIGEST),
        client("version 0", SIGNED, OLD),
        client("version 0, type 6", SIGNED, Peer { kind: 6, ..OLD }),
        client(
            "version 0.1.2.3 and a digest",
            SIGNED,
            Peer {
                version: [0, 1, 2, 3],
                ..SERVER
            },
        ),
        client(
            "S2 is not signed",
            SIGNED,
            Peer {
                damage: 1,
                ..SERVER
            },
        ),
        client(
            "S2 is not signed",
            ENCRYPTED,
            Peer {
                damage: 0x80,
                ..RTMPE_SERVER
            },
        ),
        client(
            "no digest, type 6",
            ENCRYPTED,
            Peer {
                kind: 6,
                ..NO_DIGEST
            },
        ),
        client("no digest, type 3", ENCRYPTED, NO_DIGEST),
    ];
    for kind in [3, 6, 8, 9, 0x48] {
        for scheme in [Scheme::Zero, Scheme::One] {
            let peer = Peer {
                kind,
                scheme: Some(scheme),
                ..RTMPE_SERVER
            };
            all.push(client(&format!("type {kind}, {scheme:?}"), ENCRYPTED, peer));
        }
    }
    all
}

const REFUSED: [&str; 6] = [
    "RTMP_Connect1 = 0",
    "protocol 0x2 encrypted [false, false]",
    "answer about the SWF 00000000000000000000 nothing",
    "received 0 open false",
    "sb_timedout = 0",
    "sb_size = 0",
];

fn ours(log: &[&'static str], end: &'static str) -> Vec<&'static str> {
    [log, &REFUSED, &[end]].concat()
}

pub(crate) fn fallbacks() -> Vec<Scenario> {
    let expected = ours(
        &[
            "WARNING: HandShake: Type mismatch: client sent 6, server answered 3",
            "ERROR: HandShake: the server does not encrypt, and rtmpe:// never falls back to clear text",
            "ERROR: RTMP_Connect1, handshake failed.",
        ],
        "peer: no C2",
    );
    vec![client("version 0, type 3", ENCRYPTED, OLD).deviates(anchors::CLEAR_TEXT, &expected)]
}

/// The prime of the group less `count`.
fn prime_less(count: u8) -> Number {
    let text = "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74\
        020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437\
        4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
        ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff";
    let mut number: Number = crate::trace::unhex(text).try_into().expect("128 bytes");
    number[127] -= count;
    number
}

fn small(value: u8) -> Number {
    let mut number = [0; 128];
    number[127] = value;
    number
}

fn with_key(key: Number) -> Peer {
    Peer {
        key: Some(key),
        ..RTMPE_SERVER
    }
}

const TOO_SMALL: &str = "ERROR: DH public key must be at least 2";
const TOO_LARGE: &str = "ERROR: DH public key must be at most p-2";

pub(crate) fn keys() -> Vec<Scenario> {
    let as_client = |name: &str, key| {
        client(
            &format!("the server's key is {name}"),
            ENCRYPTED,
            with_key(key),
        )
    };
    let as_server = |name: &str, key| {
        let peer = Peer {
            side: Side::Client,
            ..with_key(key)
        };
        server(&format!("RTMP_Serve, the client's key is {name}"), peer)
    };
    let failed = |log| {
        ours(
            &[log, "ERROR: RTMP_Connect1, handshake failed."],
            "peer: no C2",
        )
    };
    let served = |log| {
        [
            &[log, "RTMP_Serve = 0"],
            &REFUSED[1..3],
            &["received 1537 open true"],
            &REFUSED[4..],
            &["peer: S0 06", "peer: S1 of [3, 5, 1, 1]", "peer: no S2"],
        ]
        .concat()
    };
    vec![
        as_client("0", small(0)),
        as_client("1", small(1)).deviates(anchors::DEGENERATE, &failed(TOO_SMALL)),
        as_client("p - 1", prime_less(1)).deviates(anchors::DEGENERATE, &failed(TOO_LARGE)),
        as_client("p", prime_less(0)),
        as_client("all ones", [0xff; 128]),
        as_server("0", small(0)),
        as_server("1", small(1)).deviates(anchors::DEGENERATE, &served(TOO_SMALL)),
        as_server("p - 1", prime_less(1)).deviates(anchors::DEGENERATE, &served(TOO_LARGE)),
        as_server("p", prime_less(0)),
        as_server("p - 2, which no honest client has", prime_less(2)),
    ]
}

const CLIENT: Peer = Peer::new(Side::Client, 3);
const RTMPE_CLIENT: Peer = Peer {
    scheme: Some(Scheme::One),
    is_encrypted: true,
    version: [9, 0, 124, 2],
    ..Peer::new(Side::Client, 6)
};

pub(crate) fn servers() -> Vec<Scenario> {
    let mut all = vec![
        server(
            "plain",
            Peer {
                version: [0; 4],
                scheme: None,
                ..CLIENT
            },
        ),
        server(
            "plain, C2 is wrong",
            Peer {
                version: [0; 4],
                scheme: None,
                damage: 4,
                ..CLIENT
            },
        ),
        server(
            "version 0.1.2.3",
            Peer {
                version: [0, 1, 2, 3],
                ..CLIENT
            },
        ),
        server(
            "digest, C2 is wrong",
            Peer {
                damage: 1,
                ..CLIENT
            },
        ),
        server(
            "rtmpe, C2 is wrong",
            Peer {
                damage: 1,
                ..RTMPE_CLIENT
            },
        ),
        server(
            "rtmpe, no digest",
            Peer {
                scheme: None,
                ..RTMPE_CLIENT
            },
        ),
        server(
            "type 8, no digest",
            Peer {
                kind: 8,
                scheme: None,
                ..RTMPE_CLIENT
            },
        ),
        server(
            "type 9",
            Peer {
                kind: 9,
                ..RTMPE_CLIENT
            },
        ),
        server(
            "type 6, version 128",
            Peer {
                version: [128, 0, 3, 2],
                ..RTMPE_CLIENT
            },
        ),
        server(
            "type 8, version 9",
            Peer {
                kind: 8,
                ..RTMPE_CLIENT
            },
        ),
        server(
            "type 6, version 0",
            Peer {
                version: [0; 4],
                ..RTMPE_CLIENT
            },
        ),
    ];
    for scheme in [Some(Scheme::Zero), Some(Scheme::One)] {
        all.push(server(
            &format!("digest, {scheme:?}"),
            Peer { scheme, ..CLIENT },
        ));
        all.push(server(
            &format!("rtmpe, {scheme:?}"),
            Peer {
                scheme,
                ..RTMPE_CLIENT
            },
        ));
    }
    let echoed = [
        "WARNING: Trying different position for client digest!",
        "WARNING: SHandShake: the client has no digest, going on without",
        "RTMP_Serve = 1",
        "received = type 0x04 000601020304",
        "protocol 0x0 encrypted [false, false]",
        "answer about the SWF 00000000000000000000 nothing",
        "received 3091 open true",
        "sb_timedout = 0",
        "sb_size = 0",
        "peer: S0 03",
        "peer: S1 of [3, 5, 1, 1]",
        "peer: second message echoes true, is signed false",
    ];
    let no_digest = server(
        "a version, but no digest",
        Peer {
            scheme: None,
            version: V,
            ..CLIENT
        },
    );
    all.push(no_digest.deviates(anchors::NO_DIGEST, &echoed));
    all
}
