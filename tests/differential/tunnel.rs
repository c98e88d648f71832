//! The first exchange of the HTTP tunnel (spec 02 section 9).

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use crate::anchors;
use crate::scenario::{Scenario, scenario};
use crate::server::{accept, client};

/// One request: head up to the empty line, body by its length.
fn request(stream: &mut TcpStream) -> Option<(String, usize)> {
    let mut head = Vec::new();
    let mut byte = [0_u8];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head
        .split("Content-length: ")
        .nth(1)?
        .lines()
        .next()?
        .parse()
        .ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, length))
}

fn open_reply(name: &str, reply: &'static str) -> Scenario {
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
            let open = request(&mut stream);
            // The client may be gone already.
            let _ = stream.write_all(reply.as_bytes());
            [open, request(&mut stream)]
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
                |(head, length)| format!("{} {length}", head.escape_default()),
            );
            trace.note(which, shown);
        }
    })
    .level(crate::trace::ERROR)
}

pub(crate) fn open_replies() -> Vec<Scenario> {
    let table = [
        open_reply("usual", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nABC\n"),
        open_reply(
            "another spelling",
            "HTTP/1.1 200 OK\r\nServer: x\r\nContent-length: 4\r\n\r\nABC\n",
        ),
        open_reply(
            "two blanks",
            "HTTP/1.1 200 OK\r\nContent-Length:  4\r\n\r\nABC\n",
        ),
        open_reply(
            "not found",
            "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nABC\n",
        ),
    ];
    let ours = [
        "RTMP_SetupURL = 1",
        "ERROR: RTMP_Connect1, HTTP tunnels are not available in this build",
        "RTMP_Connect = 0",
        "connected = false",
        "m_clientID = -",
        "m_resplen = 0",
        "m_msgCounter = 0",
        "m_unackd = 0",
        "open = none",
        "next = none",
    ];
    table
        .map(|scenario| scenario.deviates(anchors::NOT_YET, &ours))
        .into()
}
