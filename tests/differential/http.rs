//! `HTTP_get` (spec 03 section 2.4), against a scripted HTTP server.

use std::ffi::{c_char, c_int, c_void};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::anchors;
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::server::accept;
use crate::trace::{ERROR, Trace, hex};

/// What the server does behind its reply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Close,
    /// Nothing until the client leaves.
    Hold,
}

/// One connection for each reply; what was asked for.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) thread: JoinHandle<Vec<String>>,
}

impl Server {
    pub(crate) fn start(replies: Vec<(Vec<u8>, Then)>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("address").port();
        let thread = std::thread::spawn(move || {
            let mut requests = Vec::new();
            for (reply, then) in replies {
                let Some(mut stream) = accept(&listener) else {
                    break;
                };
                requests.push(request(&mut stream));
                // A client that has gone shows in its result.
                let _ = stream.write_all(&reply);
                if then == Then::Hold {
                    let _ = stream.read_to_end(&mut Vec::new());
                }
            }
            requests
        });
        Self { port, thread }
    }

    pub(crate) fn finish(self, trace: &mut Trace) {
        for request in self.thread.join().expect("script") {
            trace.text(format!("request: {}", request.escape_default()));
        }
    }
}

fn request(stream: &mut TcpStream) -> String {
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("timeout");
    let mut head = Vec::new();
    let mut byte = [0_u8];
    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// `struct HTTP_ctx`.
#[repr(C)]
struct Http {
    date: *mut c_char,
    size: c_int,
    status: c_int,
    data: *mut Seen,
}

/// What the callback has seen.
struct Seen {
    http: *const Http,
    date: *const u8,
    body: Vec<u8>,
    first: Option<String>,
}

unsafe extern "C" fn take(piece: *mut u8, size: usize, count: usize, seen: *mut Seen) -> usize {
    // SAFETY: the pointer that was put into the context.
    let seen = unsafe { &mut *seen };
    // SAFETY: the context lives while the call runs; the library writes through it, so it is copied.
    let Http {
        status,
        size: total,
        ..
    } = unsafe { seen.http.read() };
    // SAFETY: 64 bytes of the caller.
    let date = unsafe { std::slice::from_raw_parts(seen.date, 4) };
    seen.first.get_or_insert_with(|| {
        format!("status {status} size {total} of {size} date {}", hex(date))
    });
    // SAFETY: the piece is as long as the library says.
    seen.body
        .extend_from_slice(unsafe { std::slice::from_raw_parts(piece, count) });
    0
}

pub(crate) fn fetch(lib: &'static Library, trace: &mut Trace, url: &str, date: &str) {
    let mut place = [0x55_u8; 64];
    place[..date.len()].copy_from_slice(date.as_bytes());
    place[date.len()] = 0;
    let mut seen = Seen {
        http: std::ptr::null(),
        date: place.as_ptr(),
        body: Vec::new(),
        first: None,
    };
    let mut http = Http {
        date: place.as_mut_ptr().cast(),
        size: 7,
        status: 99,
        data: &raw mut seen,
    };
    seen.http = &raw const http;
    let url = format!("{url}\0");
    let callback = take as *const c_void;
    let context = (&raw mut http).cast();
    trace.note("HTTP_get", lib.HTTP_get(context, url.as_ptr(), callback));
    trace.note("status", http.status);
    trace.note("size", http.size);
    trace.note("first", seen.first.unwrap_or_default());
    let end = place.iter().position(|&byte| byte == 0).unwrap_or(64);
    trace.bytes("date", &place[..end]);
    trace.bytes("body", &seen.body);
}

fn get(name: &str, path: &'static str, reply: impl Into<Vec<u8>>, then: Then) -> Scenario {
    let reply = reply.into();
    scenario(format!("HTTP_get: {name}"), move |lib, trace| {
        let server = Server::start(vec![(reply.clone(), then)]);
        trace.call(server.port.to_string(), "PORT");
        let url = format!("http://127.0.0.1:{}{path}", server.port);
        fetch(lib, trace, &url, "");
        server.finish(trace);
    })
    .level(ERROR)
}

pub(crate) fn whole(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}\r\n{body}")
}

/// The samples of section 2.4.
pub(crate) fn samples() -> Vec<Scenario> {
    use Then::{Close, Hold};
    let length = |count: usize| format!("Content-Length: {count}\r\n");
    let dated = "Last-Modified: Sat, 14 Nov 2009 15:12:01 GMT\r\nContent-Length: 5\r\n";
    let mut table = vec![
        get("a length", "/a", whole("200 OK", &length(5), "hello"), Hold),
        get(
            "query and fragment",
            "/a/b.swf?x=1#f",
            whole("200 OK", "", "x"),
            Close,
        ),
        get(
            "too short",
            "/a",
            whole("200 OK", &length(50), "hello"),
            Close,
        ),
        get("too long", "/a", whole("200 OK", &length(3), "hello"), Hold),
        get("until the end", "/a", whole("200 OK", "", "hello"), Close),
        get("a date", "/a", whole("200 OK", dated, "hello"), Close),
        get(
            "two dates",
            "/a",
            whole("200 OK", &format!("last-modified: x\r\n{dated}"), "hello"),
            Close,
        ),
        get(
            "a long date",
            "/a",
            whole(
                "200 OK",
                &format!("Last-Modified: {}\r\n", "d".repeat(63)),
                "x",
            ),
            Close,
        ),
        get("no headers", "/a", "HTTP/1.0 200 OK\r\n\r\nbody", Close),
        get(
            "no space",
            "/a",
            whole("200 OK", "Content-Length:5\r\n", "hello"),
            Close,
        ),
        get(
            "not modified",
            "/a",
            whole("304 Not Modified", dated, ""),
            Hold,
        ),
        get(
            "redirected",
            "/a",
            whole("301 Moved", &length(4), "gone"),
            Close,
        ),
        get(
            "not found",
            "/a",
            whole("404 Not Found", &length(4), "gone"),
            Close,
        ),
        get("no HTTP", "/a", "ICY 200 OK\r\n\r\nbody", Close),
        get("no reply", "/a", "", Close),
        get(
            "no end of the head",
            "/a",
            "HTTP/1.1 200 OK\r\nServer: x\r\n",
            Close,
        ),
        get(
            "a long body",
            "/a",
            whole("200 OK", &length(40_000), &"0123456789".repeat(4000)),
            Hold,
        ),
    ];
    for status in [
        "000", "204", "206", "299", "302", "399", "400", "403", "500", "999",
    ] {
        table.push(get(status, "/a", whole(status, &length(4), "body"), Close));
    }
    table.push(
        scenario("HTTP_get: if modified", |lib, trace| {
            let server = Server::start(vec![(whole("200 OK", "", "x").into(), Close)]);
            trace.call(server.port.to_string(), "PORT");
            let url = format!("http://127.0.0.1:{}/a", server.port);
            fetch(lib, trace, &url, "Sat, 14 Nov 2009 15:12:01 GMT");
            server.finish(trace);
        })
        .level(ERROR),
    );
    for url in [
        "",
        "htt",
        "ftp://h/a",
        "http:/h/a",
        "http//h:1/a",
        "http://127.0.0.1:1/a",
    ] {
        table.push(scenario(format!("HTTP_get: {url:?}"), move |lib, trace| {
            fetch(lib, trace, url, "");
        }));
    }
    table.extend(http_deviations());
    table
}

fn shown(ret: u32, status: i32, size: i32, first: &str, body: &str) -> Vec<String> {
    let first = if first.is_empty() {
        String::new()
    } else {
        format!("{first} of 1 date 00555555")
    };
    vec![
        format!("HTTP_get = {ret}"),
        format!("status = {status}"),
        format!("size = {size}"),
        format!("first = {first}"),
        "date: ".into(),
        format!("body: {}", hex(body.as_bytes())),
    ]
}

fn http_deviations() -> Vec<Scenario> {
    let request = "request: GET /a HTTP/1.0\\r\\nUser-Agent: Mozilla/5.0\\r\\nHost: 127.0.0.1\\r\\n\
                   Referer: http://127.0.0.1:PORT/\\r\\n\\r\\n";
    let deviates = |scenario: Scenario, anchor, mut ours: Vec<String>| {
        ours.push(request.to_owned());
        let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
        scenario.deviates(anchor, &ours)
    };
    let head = |value: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\nhello");
    vec![
        long_date(request),
        deviates(
            get(
                "lines end by LF alone",
                "/a",
                "HTTP/1.1 200 OK\nX: y\n\nhello",
                Then::Close,
            ),
            anchors::HTTP_HEAD,
            shown(0, 200, 12, "status 200 size 7", "hello"),
        ),
        deviates(
            get(
                "an interim response",
                "/a",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody",
                Then::Close,
            ),
            anchors::HTTP_INTERIM,
            shown(0, 200, 11, "status 200 size 7", "body"),
        ),
        deviates(
            get("a negative length", "/a", head("-5"), Then::Close),
            anchors::HTTP_LENGTH,
            shown(3, 200, 7, "", ""),
        ),
        deviates(
            get("a huge length", "/a", head("99999999999"), Then::Close),
            anchors::HTTP_LENGTH,
            shown(3, 200, 7, "", ""),
        ),
    ]
}

/// The memory of the caller holds 63 bytes and a NUL.
fn long_date(request: &str) -> Scenario {
    let date = "d".repeat(70);
    let reply = whole("200 OK", &format!("Last-Modified: {date}\r\n"), "x");
    let cut = format!("date: {}", "64".repeat(63));
    let ours = [
        "HTTP_get = 0",
        "status = 200",
        "size = 8",
        "first = status 200 size 7 of 1 date 64646464",
        &cut,
        "body: 78",
        request,
    ];
    get("a date that is too long", "/a", reply, Then::Close).ours_only(anchors::HTTP_DATE, &ours)
}

/// Each takes the 5 seconds that the server may be silent.
pub(crate) fn silence() -> Vec<Scenario> {
    let rest = |headers: &str| whole("200 OK", headers, "abc");
    vec![
        get("silence without a length", "/a", rest(""), Then::Hold),
        get(
            "silence inside the body",
            "/a",
            rest("Content-Length: 9\r\n"),
            Then::Hold,
        ),
        get("silence from the beginning", "/a", "", Then::Hold),
    ]
}
