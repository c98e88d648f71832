//! The first exchange of the HTTP tunnel (spec 02 section 9).

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use crate::anchors;
use crate::scenario::{Scenario, scenario};
use crate::server::{accept, client};
use crate::tunnel_server::{Request, serve};

/// Each part of the reply is a write of its own. Then one more request is read, and the server goes away.
fn open_reply(name: &str, reply: &'static [&'static str]) -> Scenario {
    scenario(name, move |lib, trace| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("address").port();
        let thread = std::thread::spawn(move || {
            let Some(mut stream) = accept(&listener) else {
                return [None, None];
            };
            stream
                .set_read_timeout(Some(Duration::from_secs(5)))
                .expect("timeout");
            stream.set_nodelay(true).expect("no delay");
            let open = Request::read(&mut stream);
            for part in reply {
                // The client may be gone already.
                let _ = stream.write_all(part.as_bytes());
            }
            [open, Request::read(&mut stream)]
        });
        let client = client(
            lib,
            trace,
            "rtmpt://127.0.0.1:PORT/app/play timeout=1",
            port,
        );
        trace.note(
            "RTMP_Connect",
            lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
        );
        trace.fields(
            &client.handle,
            "connected m_clientID m_resplen m_msgCounter m_unackd",
        );
        trace.hush();
        for (which, request) in ["open", "next"].iter().zip(thread.join().expect("script")) {
            let shown = request.map_or_else(
                || "none".into(),
                |request| format!("{} {}", request.head.escape_default(), request.body.len()),
            );
            trace.note(which, shown);
        }
    })
    .level(crate::trace::ERROR)
}

pub(crate) fn open_replies() -> Vec<Scenario> {
    let split: &'static [&'static str] = &[
        "HTT",
        "P/1.1 200 OK\r",
        "\nContent-",
        "Length: 4\r\n\r",
        "\nA",
        "BC\n",
    ];
    vec![
        open_reply(
            "usual",
            &["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nABC\n"],
        ),
        open_reply(
            "another spelling",
            &["HTTP/1.1 200 OK\r\nServer: x\r\nContent-length: 4\r\n\r\nABC\n"],
        ),
        open_reply(
            "two blanks",
            &["HTTP/1.1 200 OK\r\nContent-Length:  4\r\n\r\nABC\n"],
        ),
        open_reply("in many pieces", split),
        open_reply(
            "more than its length",
            &["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nABC\nand more"],
        ),
        open_reply(
            "an empty line",
            &["HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\n"],
        ),
        open_reply(
            "not found",
            &["HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nABC\n"],
        ),
        open_reply(
            "no HTTP",
            &["220 mail.example ESMTP, and what it can\r\n\r\n"],
        ),
    ]
}

/// What ours records for a session `id`, or for none.
fn outcome(id: Option<&str>) -> Vec<String> {
    let request = |path: &str, length: usize| {
        let lines = [
            &format!("POST /{path} HTTP/1.1"),
            "Host: 127.0.0.1:PORT",
            "Accept: */*",
            "User-Agent: Shockwave Flash",
            "Connection: Keep-Alive",
            "Cache-Control: no-cache",
            "Content-type: application/x-fcs",
            &format!("Content-length: {length}"),
        ];
        format!("{}\\r\\n\\r\\n {length}", lines.join("\\r\\n"))
    };
    let next = id.map(|id| request(&format!("send/{id}/0"), 1537));
    let error = id.map(|_| "ERROR: RTMP_Connect1, handshake failed.".to_owned());
    let mut lines = vec!["RTMP_SetupURL = 1".to_owned()];
    lines.extend(error);
    lines.extend(["RTMP_Connect = 0", "connected = false", "m_clientID = -"].map(str::to_owned));
    lines.extend(["m_resplen = 0", "m_msgCounter = 0", "m_unackd = 0"].map(str::to_owned));
    lines.push(format!("open = {}", request("open/1", 1)));
    lines.push(format!("next = {}", next.as_deref().unwrap_or("none")));
    lines
}

fn differs(name: &str, reply: &'static [&'static str], id: Option<&str>) -> Scenario {
    let lines = outcome(id);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    open_reply(name, reply).deviates(anchors::TUNNEL_OPEN, &lines)
}

/// The original does not come back from these.
fn fails(name: &str, reply: &'static [&'static str]) -> Scenario {
    let lines = outcome(None);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    open_reply(name, reply).ours_only(anchors::TUNNEL_OPEN, &lines)
}

/// The server says `begin`, then `again` until the client goes, with pauses of 50 ms if so wanted.
fn without_end(name: &str, begin: &'static str, again: &'static str, pauses: u32) -> Scenario {
    scenario(name, move |lib, trace| {
        let (port, thread) = serve(move |stream| {
            Request::read(stream)?;
            stream.write_all(begin.as_bytes()).ok()?;
            while stream.write_all(again.as_bytes()).is_ok() {
                std::thread::sleep(Duration::from_millis(50) * pauses);
            }
            Some(())
        });
        let url = "rtmpt://127.0.0.1:PORT/app/play timeout=1";
        let client = client(lib, trace, url, port);
        let connected = lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut());
        trace.note("RTMP_Connect", connected);
        trace.fields(&client.handle, "connected sb_timedout");
        thread.join().expect("script");
    })
    .level(crate::trace::NO_LOG)
    .ours_only(
        anchors::TUNNEL_OPEN,
        &[
            "RTMP_SetupURL = 1",
            "RTMP_Connect = 0",
            "connected = false",
            ["sb_timedout = 0", "sb_timedout = 1"][usize::from(pauses > 0)],
        ],
    )
}

pub(crate) fn open_deviations() -> Vec<Scenario> {
    vec![
        differs(
            "HTTP/1.0",
            &["HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nABC\n"],
            Some("ABC"),
        ),
        differs(
            "no reason",
            &["HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nABC\n"],
            Some("ABC"),
        ),
        differs(
            "100 Continue first",
            &["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nABC\n"],
            Some("ABC"),
        ),
        differs(
            "chunked",
            &["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nABC\n\r\n0\r\n\r\n"],
            Some("ABC"),
        ),
        differs(
            "lower case",
            &["HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nABC\n"],
            Some("ABC"),
        ),
        differs(
            "no blank",
            &["HTTP/1.1 200 OK\r\nContent-Length:14\r\n\r\nABCDEFGHIJKLM\n"],
            Some("ABCDEFGHIJKLM"),
        ),
        differs(
            "no newline",
            &["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nABC"],
            Some("ABC"),
        ),
        differs(
            "a network's newline",
            &["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nABC\r\n"],
            Some("ABC"),
        ),
        differs(
            "a header that ends in the name",
            &["HTTP/1.1 200 OK\r\nX-Content-Length: 3\r\nContent-Length: 4\r\n\r\nABC\n"],
            Some("ABC"),
        ),
        differs(
            "the length in the body",
            &["HTTP/1.1 200 OK\r\n\r\nContent-Length: 4\r\n\r\nABC\n"],
            None,
        ),
        fails(
            "length 0",
            &["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
        ),
        differs(
            "length -5",
            &["HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nABC\n"],
            None,
        ),
        fails(
            "two words",
            &["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nA C\n"],
        ),
        fails(
            "a length that does not come",
            &["HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nABC\n"],
        ),
        fails(
            "a huge length",
            &["HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nABC\n"],
        ),
        fails("half a head", &["HTTP/1.1 200 OK\r\nContent-"]),
        fails("silence", &[]),
        without_end("a head without end", "HTTP/1.1 200 OK\r\n", "X: y\r\n", 0),
        without_end(
            "an identification without end",
            "HTTP/1.1 200 OK\r\n\r\n",
            "x",
            0,
        ),
        without_end("one byte now and then", "HTTP/1.1 200 OK\r\n", "X", 1),
        scenario("the server closes at once", |lib, trace| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            let port = listener.local_addr().expect("address").port();
            let thread = std::thread::spawn(move || drop(accept(&listener)));
            let client = client(lib, trace, "rtmpt://127.0.0.1:PORT/app/play", port);
            let connected = lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut());
            thread.join().expect("script");
            trace.hush();
            trace.note("RTMP_Connect", connected);
        })
        .level(crate::trace::NO_LOG)
        .ours_only(
            anchors::TUNNEL_OPEN,
            &["RTMP_SetupURL = 1", "RTMP_Connect = 0"],
        ),
    ]
}
