//! `RTMP_SetupURL` with a player, and where `RTMP_HashSWF` is better than the original (spec 03 section 2.7).

use std::net::{Ipv4Addr, TcpStream};

use crate::anchors;
use crate::handle::Handle;
use crate::http::{Server, Then, whole};
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::structs::AVal;
use crate::swfinfo::{DATE, Home, URL, case, hash, info, ok, record, status, stored, with};
use crate::trace::{ERROR, Trace};

fn link(lib: &'static Library, trace: &mut Trace, swf: &str) {
    let handle = Handle::new(lib);
    let mut url = format!("rtmp://h/app/play {swf}\0").into_bytes();
    trace.note(
        "RTMP_SetupURL",
        lib.RTMP_SetupURL(handle.raw, url.as_mut_ptr()),
    );
    trace.fields(&handle, "SWFSize SWFHash swfAge lFlags");
}

pub(crate) fn set_up() -> Vec<Scenario> {
    let swf = |name: &str, options: &'static str, replies: Vec<(Vec<u8>, Then)>| {
        scenario(format!("RTMP_SetupURL with {name}"), move |lib, trace| {
            let server = Server::start(replies.clone());
            let port = server.port.to_string();
            trace.call(port.clone(), "PORT");
            let home = Home::with(None);
            link(lib, trace, &options.replace("PORT", &port));
            info(trace, &home, "");
            server.finish(trace);
        })
        .level(ERROR)
    };
    let player = "swfUrl=http://127.0.0.1:PORT/p.swf swfVfy=1";
    vec![
        swf("a player", player, vec![ok("", &stored())]),
        swf(
            "a player that is missing",
            player,
            vec![status("404 Not Found")],
        ),
        swf(
            "a player that is not verified",
            "swfUrl=http://127.0.0.1:PORT/p.swf",
            vec![],
        ),
        swf("a verification without a player", "swfVfy=1", vec![]),
        late(),
        redirected(),
        circle(),
        short(),
        unwritable(),
    ]
}

/// A server that never stops redirecting.
fn circle() -> Scenario {
    let head = "Location: /d/p.swf\r\nContent-Length: 8\r\n";
    let reply = whole("301 Moved Permanently", head, "for ever");
    scenario("RTMP_HashSWF: redirections in a circle", move |lib, trace| {
        let server = Server::start(vec![(reply.clone().into(), Then::Close); 6]);
        let port = server.port;
        trace.call(port.to_string(), "PORT");
        let _home = Home::with(None);
        hash(lib, trace, &format!("http://127.0.0.1:{port}/d/p.swf"), 30);
        trace.log();
        // Connections that the library did not make ask for nothing.
        while !server.thread.is_finished() {
            drop(TcpStream::connect((Ipv4Addr::LOCALHOST, port)));
        }
        let requests = server.thread.join().expect("script");
        let asked = requests.iter().filter(|request| !request.is_empty());
        trace.note("requests", asked.count());
    })
    .level(ERROR)
    .deviates(
        anchors::SWF_REDIRECT,
        &[
            "ERROR: RTMP_HashSWF: couldn\\'t contact swfurl http://127.0.0.1:PORT/d/p.swf (HTTP error 301)",
            "RTMP_HashSWF = -1",
            "size = 7",
            &format!("hash = {}", "55".repeat(32)),
            "requests = 6",
        ],
    )
}

/// The directory of the file is not there.
fn unwritable() -> Scenario {
    scenario("RTMP_HashSWF: no home", |lib, trace| {
        let server = Server::start(vec![ok("", &stored())]);
        let port = server.port;
        let home = Home::with(None);
        trace.call(home.info.display().to_string(), "INFO");
        std::fs::remove_dir(home.info.parent().expect("a directory")).expect("an empty one");
        hash(lib, trace, &format!("http://127.0.0.1:{port}/d/p.swf"), 30);
        info(trace, &home, "");
        drop(server.thread.join());
    })
    .level(ERROR)
}

/// Files that the original damages, or cannot read.
pub(crate) fn damaged() -> Vec<Scenario> {
    let request = "request: GET /d/p.swf HTTP/1.0\\r\\nUser-Agent: Mozilla/5.0\\r\\nHost: 127.0.0.1\\r\\n\
                   Referer: http://127.0.0.1:PORT/\\r\\n";
    let asked = format!("{request}\\r\\n");
    let asked_since = format!("{request}If-Modified-Since: {DATE}\\r\\n\\r\\n");
    let hash = "034cc5f857f39e588f66b41a9b0eb465c297d44217de8306ac700e2eb0783763";
    let fetched = |after: &[&str], asked: &str| {
        let mut lines = vec![
            "RTMP_HashSWF = 0".to_owned(),
            "size = 108".to_owned(),
            format!("hash = {hash}"),
        ];
        lines.extend(after.iter().map(|line| format!("info: {line}\\n")));
        lines.push(asked.to_owned());
        lines
    };
    let hash_line = format!("hash: {hash}");
    let url = "url: http://127.0.0.1:PORT/d/p.swf";
    let ours = [url, "ctim: NOW", "date: ", "size: 0000006c", &hash_line];
    let short_date = "Last-Modified: yesterday\r\n";
    let rows = [
        (
            "a URL alone",
            format!("{url}\n"),
            ok("", &stored()),
            fetched(&ours, &asked),
            anchors::SWFINFO_BARE,
        ),
        (
            "no line feed at the end",
            "url: http://x/a".to_owned(),
            ok("", &stored()),
            fetched(&[&["url: http://x/a"][..], &ours].concat(), &asked),
            anchors::SWFINFO_UPDATE,
        ),
        (
            "a date of another length",
            record(100) + "url: http://x/a\n",
            ok(short_date, &stored()),
            fetched(
                &[
                    &ours[..2],
                    &["date: yesterday"],
                    &ours[3..],
                    &["url: http://x/a"],
                ]
                .concat(),
                &asked_since,
            ),
            anchors::SWFINFO_UPDATE,
        ),
    ];
    let mut table: Vec<Scenario> = rows
        .into_iter()
        .map(|(name, info, reply, lines, anchor)| {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            case(name, with(Some(info), URL, 30, vec![reply])).deviates(anchor, &lines)
        })
        .collect();
    for (name, field) in [
        ("an empty time", "ctim:"),
        (
            "a hash that is too long",
            &format!("hash: {}", "ab".repeat(40)),
        ),
    ] {
        let lines = fetched(&ours, &asked);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let info = format!("{url}\n{field}\n");
        let case = case(name, with(Some(info), URL, 30, vec![ok("", &stored())]));
        table.push(case.ours_only(anchors::SWFINFO_FIELDS, &lines));
    }
    table
}

/// Options that are set behind `RTMP_SetupURL`.
fn late() -> Scenario {
    scenario("swfVfy behind RTMP_SetupURL", |lib, trace| {
        let server = Server::start(vec![ok("", &stored())]);
        let _home = Home::with(None);
        let handle = Handle::new(lib);
        // Nothing listens on port 1 of the loopback interface.
        let mut url = b"rtmp://127.0.0.1:1/app/play\0".to_vec();
        lib.RTMP_SetupURL(handle.raw, url.as_mut_ptr());
        let player = format!("http://127.0.0.1:{}/p.swf\0", server.port);
        for (name, value) in [("swfUrl\0", player.as_str()), ("swfVfy\0", "1\0")] {
            let name = AVal::of(&name.as_bytes()[..name.len() - 1]);
            let mut value = AVal::of(&value.as_bytes()[..value.len() - 1]);
            lib.RTMP_SetOpt(handle.raw, &raw const name, &raw mut value);
        }
        lib.RTMP_Connect(handle.raw, std::ptr::null_mut());
        trace.hush();
        trace.fields(&handle, "SWFSize");
        // A player that nobody asks for must not be waited for.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)));
        server.finish(&mut Trace::default());
    })
    .deviates(anchors::SWF_LATE, &["SWFSize = 108"])
}

fn redirected() -> Scenario {
    let to = |place: &str| {
        let head = format!("Location: {place}\r\n");
        (whole("302 Found", &head, "").into_bytes(), Then::Close)
    };
    let replies = vec![to("/q.swf"), to("r.swf?x"), ok("", &stored())];
    scenario("RTMP_HashSWF: redirections", move |lib, trace| {
        let server = Server::start(replies.clone());
        let port = server.port;
        trace.call(port.to_string(), "PORT");
        let _home = Home::with(None);
        hash(lib, trace, &format!("http://127.0.0.1:{port}/d/p.swf"), 30);
        trace.hush();
        // The original leaves two connections for nobody.
        for _ in 0..2 {
            drop(TcpStream::connect((Ipv4Addr::LOCALHOST, port)));
        }
        server.finish(&mut Trace::default());
    })
    .deviates(
        anchors::SWF_REDIRECT,
        &[
            "RTMP_HashSWF = 0",
            "size = 108",
            "hash = 034cc5f857f39e588f66b41a9b0eb465c297d44217de8306ac700e2eb0783763",
        ],
    )
}

fn short() -> Scenario {
    let refused = format!("hash = {}", "55".repeat(32));
    let ours = [
        "RTMP_HashSWF = -1",
        "size = 7",
        refused.as_str(),
        "no .swfinfo",
        "request: GET /d/p.swf HTTP/1.0\\r\\nUser-Agent: Mozilla/5.0\\r\\nHost: 127.0.0.1\\r\\n\
         Referer: http://127.0.0.1:PORT/\\r\\n\\r\\n",
        "ERROR: RTMP_HashSWF: swfurl http://127.0.0.1:PORT/d/p.swf is no SWF file",
    ];
    case(
        "file of 7 bytes",
        with(None, URL, 30, vec![ok("", b"FWS\x0a\x08\0\0")]),
    )
    .ours_only(
        anchors::SWF_SHORT,
        &[ours[5], ours[0], ours[1], ours[2], ours[3], ours[4]],
    )
}
