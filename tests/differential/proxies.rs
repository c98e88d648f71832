//! Proxies of other kinds than the original's, and what ours does better with those.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use crate::anchors;
use crate::handle::Handle;
use crate::scenario::{Scenario, scenario};
use crate::server::client;
use crate::trace::{ERROR, Trace};
use crate::transport::{attempt, peer, s1, take, until_close};

/// What the proxy hears, so many bytes, and what it answers.
type Exchange = (usize, &'static [u8]);

/// The talk, then the server's side of the handshake; the client's connect command is not read.
fn serve(stream: &mut TcpStream, talk: &[Exchange], received: &mut Vec<u8>) {
    for (count, answer) in talk {
        take(stream, *count, received);
        // The client may be gone already.
        let _ = stream.write_all(answer);
    }
    let begin = received.len();
    take(stream, 1537, received);
    if received.len() == begin + 1537 {
        let c1 = received[begin + 1..].to_vec();
        let _ = stream.write_all(&[s1(), c1].concat());
        take(stream, 1536, received);
    }
    until_close(stream, received);
}

/// A connection through a proxy, which is given as `option`; what the proxy heard is shown as text.
fn through(
    name: &str,
    host: &'static str,
    option: &'static str,
    talk: &'static [Exchange],
    heard: &'static str,
) -> Scenario {
    let length: usize = talk.iter().map(|(count, _)| count).sum();
    scenario(name, move |lib, trace| {
        let (port, thread) = peer(move |stream, received| serve(stream, talk, received));
        let url = format!("rtmp://{host}:1936/app/play socks={option}");
        let client = client(lib, trace, &url, port);
        trace.note(
            "RTMP_Connect",
            lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
        );
        trace.fields(&client.handle, "connected hostname");
        let [port_of_proxy, stated] = {
            let link = &client.handle.get().Link;
            [link.socksport, port]
        };
        trace.note("socksport is the proxy's", port_of_proxy == stated);
        lib.RTMP_Close(client.handle.raw);
        let received = thread.join().expect("script");
        let (talk, rest) = received.split_at(length.min(received.len()));
        trace.text(format!("heard {}", talk.escape_ascii()));
        trace.note("then RTMP", rest.starts_with(&[3]) && rest.len() > 3073);
    })
    .level(ERROR)
    .ours_only(
        anchors::PROXY_KINDS,
        &[
            "RTMP_SetupURL = 1",
            "RTMP_Connect = 1",
            "connected = true",
            &format!("hostname = \"{host}\""),
            "socksport is the proxy's = true",
            &format!("heard {heard}"),
            "then RTMP = true",
        ],
    )
}

pub(crate) fn connections() -> Vec<Scenario> {
    let host = "live.example";
    vec![
        through(
            "SOCKS4a",
            host,
            "socks4a://127.0.0.1:PORT",
            &[(22, &[0, 90, 0, 0, 0, 0, 0, 0])],
            r"\x04\x01\x07\x90\x00\x00\x00\x01\x00live.example\x00",
        ),
        through(
            "SOCKS4 as a URL",
            "1.2.3.4",
            "SOCKS4://127.0.0.1:PORT/",
            &[(9, &[0, 90, 0, 0, 0, 0, 0, 0])],
            r"\x04\x01\x07\x90\x01\x02\x03\x04\x00",
        ),
        through(
            "SOCKS5",
            host,
            "socks5://127.0.0.1:PORT",
            &[(3, &[5, 0]), (19, &[5, 0, 0, 1, 9, 9, 9, 9, 9, 9])],
            r"\x05\x01\x00\x05\x01\x00\x03\x0clive.example\x07\x90",
        ),
        through(
            "SOCKS5 with a login",
            host,
            "socks5://joe:a%40b@127.0.0.1:PORT",
            &[
                (4, &[5, 2]),
                (9, &[1, 0]),
                (19, b"\x05\0\0\x03\x04name\x09\x09"),
            ],
            r"\x05\x02\x00\x02\x01\x03joe\x03a@b\x05\x01\x00\x03\x0clive.example\x07\x90",
        ),
        through(
            "HTTP CONNECT",
            host,
            "http://127.0.0.1:PORT",
            &[(63, b"HTTP/1.0 200 Connection established\r\nA: b\r\n\r\n")],
            r"CONNECT live.example:1936 HTTP/1.1\r\nHost: live.example:1936\r\n\r\n",
        ),
        through(
            "HTTP CONNECT with a login",
            host,
            "http://joe:secret@127.0.0.1:PORT",
            &[(108, b"HTTP/1.1 200\r\n\r\n")],
            r"CONNECT live.example:1936 HTTP/1.1\r\nHost: live.example:1936\r\nProxy-Authorization: Basic am9lOnNlY3JldA==\r\n\r\n",
        ),
        connect0(),
    ]
}

/// A program that connects to the proxy's address by itself.
fn connect0() -> Scenario {
    scenario("RTMP_Connect0 talks to the proxy", |lib, trace| {
        let (port, thread) = peer(|stream, received| {
            serve(stream, &[(9, &[0, 90, 0, 0, 0, 0, 0, 0])], received);
        });
        let url = "rtmp://1.2.3.4:1936/app/play socks=127.0.0.1:PORT";
        let client = client(lib, trace, url, port);
        trace.note("RTMP_Connect0", connect_to(lib, &client.handle, port));
        trace.fields(&client.handle, "m_nBytesIn sb_size");
        trace.note(
            "RTMP_Connect1",
            lib.RTMP_Connect1(client.handle.raw, std::ptr::null_mut()),
        );
        trace.fields(&client.handle, "m_nBytesIn");
        lib.RTMP_Close(client.handle.raw);
        let received = thread.join().expect("script");
        trace.bytes("heard", &received[..received.len().min(10)]);
    })
}

fn connect_to(lib: &'static crate::library::Library, handle: &Handle, port: u16) -> i32 {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let address = socket2::SockAddr::from(address);
    lib.RTMP_Connect0(handle.raw, address.as_ptr().cast_mut().cast())
}

pub(crate) fn errors(trace: &mut Trace) {
    trace.log();
    let kept = ["ERROR", "RTMP_Connect =", "sb_timedout", "connected"];
    trace
        .lines
        .retain(|line| kept.iter().any(|word| line.starts_with(word)));
}

/// The proxy says `answer` to the first request, and goes or stays.
fn refusing(
    name: &str,
    option: &'static str,
    answer: &'static [u8],
    stays: bool,
    error: &[&str],
) -> Scenario {
    let expected = [
        error,
        &[
            "ERROR: RTMP_Connect0, SOCKS negotiation failed.",
            "RTMP_Connect = 0",
            "connected = false",
            if stays {
                "sb_timedout = 1"
            } else {
                "sb_timedout = 0"
            },
        ],
    ];
    scenario(name, move |lib, trace| {
        let (port, thread) = peer(move |stream, received| {
            take(stream, 3, received);
            // The client may be gone already.
            let _ = stream.write_all(answer);
            if stays {
                until_close(stream, received);
            }
        });
        // Only a proxy that stays makes the client wait: nothing else may be a matter of time.
        let limit = if stays { 1000 } else { 30_000 };
        let url =
            format!("rtmp://live.example:1936/app/play connectTimeout={limit} socks={option}");
        attempt(lib, trace, &url, port, false);
        thread.join().expect("script");
        errors(trace);
    })
    .ours_only(anchors::PROXY_KINDS, &expected.concat())
}

pub(crate) fn refusals() -> Vec<Scenario> {
    let [socks5, http] = ["socks5://127.0.0.1:PORT", "http://joe:x@127.0.0.1:PORT"];
    let garbage = r"ERROR: SocksNegotiate, the proxy\'s answer is not understood";
    vec![
        refusing(
            "SOCKS4a, 91",
            "socks4a://127.0.0.1:PORT",
            &[0, 91, 0, 0, 0, 0, 0, 0],
            false,
            &["ERROR: SocksNegotiate, SOCKS returned error code 91"],
        ),
        refusing(
            "SOCKS5, a login is wanted",
            socks5,
            &[5, 0xff],
            false,
            &["ERROR: SocksNegotiate, the proxy wants another login"],
        ),
        refusing(
            "SOCKS5, refused",
            socks5,
            &[5, 0, 5, 5, 0, 1],
            false,
            &["ERROR: SocksNegotiate, the proxy refused with code 5 (connection refused)"],
        ),
        refusing(
            "SOCKS5, garbage",
            socks5,
            b"HTTP/1.1 400\r\n\r\n",
            false,
            &[garbage],
        ),
        refusing(
            "SOCKS5, cut",
            socks5,
            &[5, 0, 5, 0, 0, 3, 200, 1],
            false,
            &[],
        ),
        refusing(
            "HTTP, a login is wanted",
            http,
            b"HTTP/1.1 407 Proxy Authentication Required\r\nA: b\r\n\r\n",
            false,
            &["ERROR: SocksNegotiate, the proxy refused with status 407"],
        ),
        refusing(
            "HTTP, garbage",
            http,
            &[0, 90, 0, 0, 0, 0, 0, 0],
            false,
            &[garbage],
        ),
        refusing("HTTP, endless", http, ENDLESS.as_slice(), false, &[garbage]),
        refusing("HTTP, cut", http, b"HTTP/1.1 200 OK\r\nA: ", false, &[]),
        refusing(
            "an unknown kind",
            "ftp://127.0.0.1:PORT",
            b"",
            false,
            &["ERROR: SocksNegotiate, unknown kind of proxy"],
        ),
    ]
}

/// A head that does not end.
static ENDLESS: [u8; 20_000] = {
    let mut bytes = [b'x'; 20_000];
    let begin = b"HTTP/1.1 200 OK\r\nA: ";
    let mut at = 0;
    while at < begin.len() {
        bytes[at] = begin[at];
        at += 1;
    }
    bytes
};

pub(crate) fn silence() -> Vec<Scenario> {
    let begun: &[u8] = b"HTTP/1.1 200 OK\r\n";
    let mut table = vec![
        refusing(
            "SOCKS5 is silent",
            "socks5://127.0.0.1:PORT",
            b"",
            true,
            &[],
        ),
        refusing(
            "SOCKS5 stalls",
            "socks5://127.0.0.1:PORT",
            &[5, 0],
            true,
            &[],
        ),
        refusing("HTTP stalls", "http://127.0.0.1:PORT", begun, true, &[]),
        trickling(),
    ];
    table.push(
        scenario("SOCKS4 is silent", |lib, trace| {
            let (port, thread) = peer(until_close);
            let url = "rtmp://1.2.3.4:1936/app/play connectTimeout=1000 socks=127.0.0.1:PORT";
            attempt(lib, trace, url, port, false);
            thread.join().expect("script");
            errors(trace);
        })
        .ours_only(
            anchors::SOCKS_SILENCE,
            &[
                "ERROR: RTMP_Connect0, SOCKS negotiation failed.",
                "RTMP_Connect = 0",
                "connected = false",
                "sb_timedout = 1",
            ],
        ),
    );
    table
}

/// A byte now and then does not make the time longer.
fn trickling() -> Scenario {
    scenario("HTTP trickles", |lib, trace| {
        let (port, thread) = peer(|stream, _| {
            for byte in &ENDLESS {
                if stream.write_all(&[*byte]).is_err() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let url = "rtmp://live.example/app/play connectTimeout=1000 socks=http://127.0.0.1:PORT";
        attempt(lib, trace, url, port, false);
        thread.join().expect("script");
        errors(trace);
    })
    .ours_only(
        anchors::PROXY_KINDS,
        &[
            "ERROR: RTMP_Connect0, SOCKS negotiation failed.",
            "RTMP_Connect = 0",
            "connected = false",
            "sb_timedout = 1",
        ],
    )
}

pub(crate) fn deviations() -> Vec<Scenario> {
    // A label of 70 bytes: no system asks a server for it.
    let host = "x".repeat(70);
    vec![
        scenario("SOCKS4 and a name without address", move |lib, trace| {
            let (port, thread) = peer(until_close);
            let url = format!("rtmp://{host}:1936/app/play timeout=1 socks=127.0.0.1:PORT");
            let client = client(lib, trace, &url, port);
            let answer = connect(lib, &client.handle);
            trace.note("RTMP_Connect", answer);
            let received = thread.join().expect("script");
            trace.bytes("proxy received", &received);
            trace.lines.retain(|line| !line.starts_with("DEBUG"));
        })
        .ours_only(
            anchors::SOCKS_BY_NAME,
            &[
                "RTMP_SetupURL = 1",
                &format!(
                    "ERROR: Problem accessing the DNS. (addr: {})",
                    "x".repeat(70)
                ),
                "ERROR: RTMP_Connect0, SOCKS negotiation failed.",
                "RTMP_Connect = 0",
                "proxy received: ",
            ],
        ),
        scenario("SOCKS4 in front of a tunnel", |lib, trace| {
            let (port, thread) = peer(|stream, received| take(stream, 9, received));
            let url = "rtmpt://1.2.3.4/app/play timeout=1 socks=127.0.0.1:PORT";
            let client = client(lib, trace, url, port);
            trace.note("RTMP_Connect", connect(lib, &client.handle));
            let received = thread.join().expect("script");
            trace.lines.clear();
            trace.hush();
            trace.bytes("proxy received", &received);
        })
        .deviates(
            anchors::SOCKS_IN_TUNNEL,
            &["proxy received: 040100500102030400"],
        ),
    ]
}

fn connect(lib: &'static crate::library::Library, handle: &Handle) -> i32 {
    lib.RTMP_Connect(handle.raw, std::ptr::null_mut())
}
