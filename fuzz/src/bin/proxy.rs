//! Answers of SOCKS and CONNECT proxies: the same at any split, never more than asked for.
#![no_main]

use std::net::Ipv4Addr;

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::pieces::Cut;
use rtmp::proto::proxy::{Destination, Kind, Negotiation, Refusal, parse};
use rtmp::proto::userinfo::Login;

fuzz_target!(|data: &[u8]| {
    let Some((&[kind, login], rest)) = data.split_first_chunk::<2>() else {
        return;
    };
    let Some(cut) = Cut::of(rest) else { return };
    if let Some(proxy) = parse(cut.bytes) {
        let host = str::from_utf8(proxy.host).unwrap_or_default();
        let kind = proxy.kind.unwrap_or(Kind::Socks5);
        let destination = Destination {
            host,
            port: kind.default_port(),
        };
        let _ = Negotiation::with_name(kind, destination, proxy.login.as_deref());
    }
    let login = (login % 2 == 1).then(|| Login {
        user: b"joe".to_vec(),
        password: (login % 4 == 1).then(|| b"secret".to_vec()),
    });
    let begin = || begin(kind, login.as_ref());
    let whole = hold(begin(), cut.whole());
    assert_eq!(hold(begin(), cut.pieces()), whole);
    if let Err(refusal) = whole {
        assert!(!refusal.to_string().is_empty());
    }
});

fn begin(kind: u8, login: Option<&Login>) -> (Negotiation, Vec<u8>) {
    let destination = Destination {
        host: "example.org",
        port: 1935,
    };
    let numeric = Destination {
        host: "2001:db8::1",
        port: 1935,
    };
    let negotiation = |kind, destination| {
        Negotiation::with_name(kind, destination, login).expect("it can be said")
    };
    match kind % 6 {
        0 => Negotiation::with_address(Ipv4Addr::new(192, 0, 2, 1), 1935),
        1 => negotiation(Kind::Socks4, destination),
        2 => negotiation(Kind::Socks4a, destination),
        3 => negotiation(Kind::Socks5, destination),
        4 => negotiation(Kind::Socks5, numeric),
        _ => negotiation(Kind::Http, destination),
    }
}

/// What was sent, how many bytes of the answers were taken, and how many are missing.
fn hold<'a>(
    (mut negotiation, mut sent): (Negotiation, Vec<u8>),
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Result<(Vec<u8>, usize, usize), Refusal> {
    let mut taken = 0;
    for mut piece in pieces {
        while negotiation.missing() > 0 && !piece.is_empty() {
            let (now, later) = piece.split_at(negotiation.missing().min(piece.len()));
            sent.extend(negotiation.feed(now)?);
            taken += now.len();
            piece = later;
        }
    }
    assert!(taken < 128 * 1024);
    Ok((sent, taken, negotiation.missing()))
}
