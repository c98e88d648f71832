//! `RTMP_GetError`: every way in which a connection fails, and what programs are told about it.
//!
//! Each case is a server that says or does something, and the last of the calls of its client, which fails. The kinds
//! that no server can bring about are elsewhere: no memory in `capi-tests/c/memory.c`, a cancel in each phase in
//! `tests/limits/reasons.rs`.

#[path = "../limits/client.rs"]
#[expect(dead_code, reason = "the tests of limits need the rest")]
mod client;
mod connecting;
#[path = "../golden/messages.rs"]
#[expect(dead_code, reason = "the golden tests need the rest")]
mod messages;
#[cfg(feature = "tls")]
#[path = "../tls/pki.rs"]
mod pki;
mod proxies;
mod resolver;
#[cfg(feature = "tls")]
mod secure;
mod sessions;
mod structs;
#[path = "../limits/tunnel.rs"]
#[expect(dead_code, reason = "the tests of limits need the rest")]
mod tunnel;

use std::collections::BTreeSet;
use std::ffi::c_int;
use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use rtmp::abi::{
    RTMP_ERR_CANCELLED, RTMP_ERR_MEMORY, RTMP_ERR_NONE, RTMP_ERR_TIMEOUT, RTMP_ERROR,
    RTMP_PHASE_IDLE, RTMP_PHASE_STREAMING,
};
use rtmp::sys::errno;
use socket2::SockRef;

use client::{Client, narrow_server, rest};
use messages::tag;

/// A server, which says when its client may be cancelled.
type Serve = fn(&mut TcpStream, &Sender<()>);

/// The calls of a client, of which the last fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Calls {
    Connect,
    Play,
    Publish,
    Read,
    Write,
    /// Messages of a megabyte.
    Send,
}

/// What a program is told.
#[derive(Clone, Copy)]
struct Told {
    kind: c_int,
    phase: c_int,
    /// One of these.
    system: &'static [c_int],
    detail: c_int,
    code: &'static str,
    /// A part of the text.
    words: &'static str,
}

impl Told {
    const fn of(kind: c_int, phase: c_int, words: &'static str) -> Self {
        Self {
            kind,
            phase,
            system: &[0],
            detail: 0,
            code: "",
            words,
        }
    }

    const fn system(self, system: &'static [c_int]) -> Self {
        Self { system, ..self }
    }

    const fn detail(self, detail: c_int) -> Self {
        Self { detail, ..self }
    }

    const fn code(self, code: &'static str) -> Self {
        Self { code, ..self }
    }
}

struct Case {
    /// `PORT` is the server's.
    url: String,
    serve: Serve,
    calls: Calls,
    told: Told,
}

impl Case {
    fn new(url: &str, serve: Serve, calls: Calls, told: Told) -> Self {
        let url = url.to_owned();
        Self {
            url,
            serve,
            calls,
            told,
        }
    }
}

const PLAIN: &str = "rtmp://127.0.0.1:PORT/app/name receiveTimeout=20000";
/// Whoever waits for the server runs out of time.
const HURRIED: &str = "rtmp://127.0.0.1:PORT/app/name connectTimeout=300 receiveTimeout=300";

/// Takes the first byte, and never says anything.
fn mute(stream: &mut TcpStream, there: &Sender<()>) {
    stream.read_exact(&mut [0]).unwrap();
    there.send(()).unwrap();
    rest(stream);
}

fn listen(stream: &mut TcpStream, _: &Sender<()>) {
    rest(stream);
}

/// Says nothing more.
fn end(stream: &mut TcpStream) {
    stream.shutdown(Shutdown::Write).unwrap();
    rest(stream);
}

/// Ends the connection at once.
fn end_at_once(stream: &mut TcpStream, _: &Sender<()>) {
    stream.read_exact(&mut [0]).unwrap();
    end(stream);
}

/// Resets the connection when `stream` is dropped.
fn reset(stream: &TcpStream) {
    let linger = Some(Duration::ZERO);
    SockRef::from(stream).set_linger(linger).unwrap();
}

fn reset_at_once(stream: &mut TcpStream, _: &Sender<()>) {
    stream.read_exact(&mut [0]).unwrap();
    reset(stream);
}

/// Does all calls; the last one's result.
fn call(client: &Client, calls: Calls) -> bool {
    if matches!(calls, Calls::Publish | Calls::Write) {
        client.publishes();
    }
    if calls == Calls::Connect {
        return client.connect();
    }
    assert!(client.connect(), "{}", client.last_error());
    if matches!(calls, Calls::Play | Calls::Publish) {
        return client.connect_stream();
    }
    assert!(client.connect_stream(), "{}", client.last_error());
    match calls {
        Calls::Read => while client.read(&mut [0; 4096]) > 0 {},
        Calls::Write => {
            let media = tag(9, 0, &[0x27; 3000]);
            while client.write(&media) > 0 {}
        }
        _ => while client.send(&[7; 1 << 20]) {},
    }
    false
}

#[track_caller]
fn check(error: &RTMP_ERROR, told: &Told, url: &str) {
    let numbers = [error.kind, error.phase, error.detail];
    let seen = format!("{url}: {error:?}");
    assert_eq!(numbers, [told.kind, told.phase, told.detail], "{seen}");
    assert!(told.system.contains(&error.system), "{seen}");
    assert_eq!(error.code().to_str().unwrap(), told.code, "{seen}");
    assert!(
        error.text().to_str().unwrap().contains(told.words),
        "{seen}"
    );
}

/// Runs a case; `is_cancelled`: the client is cancelled when it waits for the server.
fn run(case: &Case, is_cancelled: bool) {
    let (tell, there) = channel();
    let serve = case.serve;
    let (port, thread) = narrow_server(move |mut stream| serve(&mut stream, &tell));
    let url = case.url.replace("PORT", &port.to_string());
    let mut client = Client::new();
    client.set_up_url(&url);
    // What stays of another call is told nobody.
    errno::set(libc::EDOM);
    let mut there = Some(there);
    thread::scope(|scope| {
        let client = &client;
        if let Some(there) = there.take_if(|_| is_cancelled) {
            scope.spawn(move || {
                there.recv().unwrap();
                client.cancel();
            });
        }
        assert!(!call(client, case.calls), "{url}");
    });
    drop(there);
    let told = if is_cancelled {
        Told::of(RTMP_ERR_CANCELLED, case.told.phase, ": cancelled")
    } else {
        case.told
    };
    let error = client.error();
    check(&error, &told, &url);
    assert_eq!(error.text().to_str(), Ok(&*client.last_error()), "{url}");
    // Nothing changes that, but another attempt.
    client.close();
    assert!(error.text().is_empty() || !client.send(b"x"));
    client.close();
    assert_eq!(client.error(), error, "{url}");
    assert_eq!(error.text().to_str(), Ok(&*client.last_error()), "{url}");
    // Who was never connected to goes too.
    let _ = TcpStream::connect(("127.0.0.1", port));
    thread.join().unwrap();
}

fn cases() -> Vec<Case> {
    let mut cases = connecting::cases();
    cases.extend(proxies::cases());
    cases.extend(sessions::cases());
    #[cfg(feature = "tls")]
    cases.extend(secure::cases());
    #[cfg(not(feature = "tls"))]
    cases.push(Case::new(
        &PLAIN.replace("rtmp:", "rtmps:"),
        listen,
        Calls::Connect,
        Told::of(
            rtmp::abi::RTMP_ERR_TLS,
            rtmp::abi::RTMP_PHASE_TLS,
            "without TLS",
        )
        .detail(-1),
    ));
    cases
}

#[test]
fn every_failure_has_its_kind() {
    let cases = cases();
    for case in &cases {
        run(case, false);
    }
    let kinds: BTreeSet<_> = cases.iter().map(|case| case.told.kind).collect();
    let mut all: BTreeSet<_> = (RTMP_ERR_NONE + 1..RTMP_ERR_MEMORY).collect();
    all.remove(&RTMP_ERR_CANCELLED);
    #[cfg(not(feature = "tls"))]
    for kind in [rtmp::abi::RTMP_ERR_CERTIFICATE, rtmp::abi::RTMP_ERR_TRUST] {
        all.remove(&kind);
    }
    assert_eq!(kinds, all);
    let phases: BTreeSet<_> = cases.iter().map(|case| case.told.phase).collect();
    assert!(
        phases
            .into_iter()
            .eq(RTMP_PHASE_IDLE + 1..=RTMP_PHASE_STREAMING)
    );
}

/// Every call before media that would run out of time is cancelled instead.
#[test]
fn a_cancel_is_a_kind_of_its_own() {
    // Of the others nobody knows when they wait.
    let is_mute = |case: &Case| case.told.kind == RTMP_ERR_TIMEOUT && case.url.contains("PORT");
    let mut cases = cases();
    cases.retain(|case| is_mute(case) && !matches!(case.calls, Calls::Read | Calls::Send));
    let phases: BTreeSet<_> = cases.iter().map(|case| case.told.phase).collect();
    assert!(phases.len() >= 4, "{phases:?}");
    for case in &mut cases {
        case.url = case.url.replace("=300", "=60000");
        run(case, true);
    }
}

/// A server that no client reaches.
fn ignore(_: &mut TcpStream, _: &Sender<()>) {}

#[test]
fn nothing_has_failed_before_anything_is_done() {
    let client = Client::new();
    let error = client.error();
    assert_eq!(
        (error.kind, error.phase, error.system),
        (RTMP_ERR_NONE, 0, 0)
    );
    assert_eq!((error.code(), error.text()), (c"", c""));
}
