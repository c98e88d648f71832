//! `HTTP_get`, `RTMP_HashSWF` and `.swfinfo` (spec 03 section 2), against a scripted HTTP server.

use std::ffi::{c_char, c_int, c_void};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::anchors;
use crate::handle::Handle;
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::server::accept;
use crate::structs::AVal;
use crate::trace::{ERROR, Trace, hex};

/// What the server does behind its reply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Close,
    /// Nothing until the client leaves.
    Hold,
}

/// One connection for each reply; what was asked for.
struct Server {
    port: u16,
    thread: JoinHandle<Vec<String>>,
}

impl Server {
    fn start(replies: Vec<(Vec<u8>, Then)>) -> Self {
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

    fn finish(self, trace: &mut Trace) {
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

fn fetch(lib: &'static Library, trace: &mut Trace, url: &str, date: &str) {
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

fn whole(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}\r\n{body}")
}

/// The samples of section 2.4.
pub(crate) fn http() -> Vec<Scenario> {
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
            "a continuation",
            "/a",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody",
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

/// `HOME` is the process's: one scenario at a time has it, with nothing in it but what the scenario puts there.
struct Home {
    info: PathBuf,
    _only: MutexGuard<'static, ()>,
}

impl Home {
    fn with(info_text: Option<&str>) -> Self {
        static ONLY: Mutex<()> = Mutex::new(());
        static PLACE: OnceLock<PathBuf> = OnceLock::new();
        let only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
        let place = PLACE.get_or_init(|| {
            let place = std::env::temp_dir().join(format!("swfinfo-{}", std::process::id()));
            std::fs::create_dir_all(&place).expect("a directory of our own");
            // SAFETY: once, and nobody else in this process asks for HOME or changes the environment.
            unsafe { std::env::set_var("HOME", &place) };
            place
        });
        std::fs::create_dir_all(place).expect("the same directory");
        let info = place.join(".swfinfo");
        match info_text {
            Some(text) => std::fs::write(&info, text).expect("a file of our own"),
            None => drop(std::fs::remove_file(&info)),
        }
        Self { info, _only: only }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.info);
        let _ = std::fs::remove_dir(self.info.parent().expect("a directory"));
    }
}

/// So many days ago, at a time of day that the original reads right.
fn days_ago(days: i64) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock");
    let day = i64::try_from(now.as_secs()).expect("seconds") / 86_400 - days;
    let output = std::process::Command::new("date")
        .env("LC_ALL", "C")
        .args(["-u", "+%a, %d %b %Y %H:%M:%S GMT", "-d"])
        .arg(format!("@{}", day * 86_400 + 40_271))
        .output()
        .expect("date");
    let text = String::from_utf8(output.stdout).expect("text");
    text.trim_end().to_owned()
}

fn hash(lib: &'static Library, trace: &mut Trace, url: &str, age: i32) {
    let mut size = 7_u32;
    let mut hash = [0x55_u8; 32];
    let url = format!("{url}\0");
    let ret = lib.RTMP_HashSWF(url.as_ptr(), &raw mut size, hash.as_mut_ptr(), age);
    trace.note("RTMP_HashSWF", ret);
    trace.note("size", size);
    trace.note("hash", hex(&hash));
}

/// The file line by line; times that were not there before read as NOW.
fn info(trace: &mut Trace, home: &Home, before: &str) {
    let text = std::fs::read(&home.info);
    let Ok(text) = text else {
        trace.text("no .swfinfo");
        return;
    };
    let text = String::from_utf8_lossy(&text).into_owned();
    for line in text.split_inclusive('\n') {
        let is_new = line.starts_with("ctim: ") && line.len() == 36 && !before.contains(line);
        let line = if is_new { "ctim: NOW\n" } else { line };
        trace.text(format!("info: {}", line.escape_default()));
    }
}

/// What one call of `RTMP_HashSWF` meets. `PORT` in the file and the URL is the server's, `AGO:n` a date n days ago.
#[derive(Clone)]
struct Case {
    info: Option<String>,
    url: &'static str,
    age: i32,
    replies: Vec<(Vec<u8>, Then)>,
}

fn case(name: impl Into<String>, case: Case) -> Scenario {
    scenario(
        format!("RTMP_HashSWF: {}", name.into()),
        move |lib, trace| {
            let server = Server::start(case.replies.clone());
            let port = server.port.to_string();
            trace.call(port.clone(), "PORT");
            let fill = |text: &str| {
                let text = text.replace("PORT", &port);
                [-100, -1, 1, 100].iter().fold(text, |text, &days| {
                    text.replace(&format!("AGO:{days};"), &days_ago(days))
                })
            };
            let before = case.info.as_deref().map(fill);
            let home = Home::with(before.as_deref());
            let place = home.info.display().to_string();
            trace.call(place, "INFO");
            hash(lib, trace, &fill(case.url), case.age);
            info(trace, &home, before.as_deref().unwrap_or_default());
            server.finish(trace);
        },
    )
    .level(ERROR)
}

fn stored() -> Vec<u8> {
    let mut file = b"CWS\x0a\x6c\0\0\0\x78\x01\x01\x64\0\x9b\xff".to_vec();
    file.extend(0..100);
    file.extend([0x8b, 0x7c, 0x13, 0x57]);
    file
}

fn ok(headers: &str, body: &[u8]) -> (Vec<u8>, Then) {
    let length = body.len();
    let mut reply = whole(
        "200 OK",
        &format!("{headers}Content-Length: {length}\r\n"),
        "",
    )
    .into_bytes();
    reply.extend_from_slice(body);
    (reply, Then::Close)
}

/// The original's hasher wants at least 8 bytes.
fn status(status: &str) -> (Vec<u8>, Then) {
    let reply = whole(status, "Content-Length: 12\r\n", "an odd state");
    (reply.into(), Then::Close)
}

const URL: &str = "http://127.0.0.1:PORT/d/p.swf";
const DATE: &str = "Sat, 14 Nov 2009 15:12:01 GMT";

fn record(ago: i64) -> String {
    format!(
        "url: http://127.0.0.1:PORT/d/p.swf\nctim: AGO:{ago};\ndate: {DATE}\nsize: 00000100\nhash: {}\n",
        "ab".repeat(32)
    )
}

fn with(info: Option<String>, url: &'static str, age: i32, replies: Vec<(Vec<u8>, Then)>) -> Case {
    Case {
        info,
        url,
        age,
        replies,
    }
}

pub(crate) fn hashes() -> Vec<Scenario> {
    let dated = format!("Last-Modified: {DATE}\r\n");
    let new = "Last-Modified: Sun, 15 Nov 2009 15:12:01 GMT\r\n";
    let other = "url: http://x/a.swf\nctim: AGO:1;\n".to_owned();
    let mut table = files();
    for (ago, age) in [(1, 30), (100, 150), (-100, -1), (-100, 30)] {
        table.push(case(
            format!("{ago} days old, trusted for {age}"),
            with(Some(record(ago)), URL, age, vec![]),
        ));
    }
    for (ago, age) in [(100, 50), (100, 0), (100, -1), (-1, 0)] {
        table.push(case(
            format!("{ago} days old, not trusted for {age}"),
            with(
                Some(record(ago)),
                URL,
                age,
                vec![status("304 Not Modified")],
            ),
        ));
    }
    for url in [
        "http://127.0.0.1:PORT/other/p.swf",
        "http://127.0.0.1:PORT/d/p.swf?a=b",
        "http://127.0.0.1:PORT/d/p.swfZZ",
    ] {
        table.push(case(
            format!("known as {url}"),
            with(Some(record(1)), url, 30, vec![]),
        ));
    }
    for url in [
        "http://127.0.0.1:PORT/d/p.swf?a=b/c",
        "http://127.0.0.1:PORT/d/p.sw",
        "http://127.0.0.1:PORT/q.swf",
    ] {
        let replies = vec![ok("", &stored())];
        table.push(case(
            format!("not known as {url}"),
            with(Some(record(1)), url, 30, replies),
        ));
    }
    let with_replies = |info: &Option<String>, reply| with(info.clone(), URL, 30, vec![reply]);
    let old = Some(record(100) + &other);
    for (name, reply) in [
        ("the same", status("304 Not Modified")),
        ("a new one", ok(new, &stored())),
        ("a new one without a date", ok("", &stored())),
        ("nothing", ok(&dated, b"")),
        ("not found", status("404 Not Found")),
        ("refused", status("403 Forbidden")),
        ("broken", status("500 Oops")),
        ("no HTTP", (b"ICY 200 OK\r\n\r\n".to_vec(), Then::Close)),
        ("no reply", (Vec::new(), Then::Close)),
        (
            "half",
            (
                whole("200 OK", "Content-Length: 90\r\n", "FWS\n12345678").into(),
                Then::Close,
            ),
        ),
    ] {
        table.push(case(
            format!("known and expired: {name}"),
            with_replies(&old, reply.clone()),
        ));
        table.push(case(
            format!("unknown: {name}"),
            with_replies(&None, reply.clone()),
        ));
        table.push(case(
            format!("unknown, others known: {name}"),
            with_replies(&Some(other.clone()), reply),
        ));
    }
    let reordered = format!(
        "url: {URL}\nhash: {}\nsize: 0000001A\ndate: {DATE}\nctim: AGO:1;\n",
        "Cd".repeat(32)
    );
    table.push(case(
        "fields in another order",
        with(Some(reordered), URL, 30, vec![]),
    ));
    let bare = format!("url: {URL}\nctim: AGO:1;\n");
    table.push(case("a time alone", with(Some(bare), URL, 30, vec![])));
    let host = format!(
        "url: http://127.0.0.1:PORT/\n{}",
        record(1).split_once('\n').expect("lines").1
    );
    table.push(case("a host alone", with(Some(host), URL, 30, vec![])));
    for url in ["", "p.swf", "ftp://h/p.swf", "http:/p.swf"] {
        table.push(case(format!("{url:?}"), with(None, url, 30, vec![])));
    }
    table.extend(set_up());
    table.extend(damaged());
    table
}

/// Section 2.6 and broken files.
fn files() -> Vec<Scenario> {
    let mut plain = b"FWS\x0a\x6c\0\0\0".to_vec();
    plain.extend(0..100);
    let mut lzma = b"ZWS\x0d".to_vec();
    lzma.extend([0; 20]);
    let mut not_zlib = b"CWS\x0a\0\0\0\0".to_vec();
    not_zlib.extend([0xff; 30]);
    let packed = packed();
    let flipped = |at: usize| {
        let mut file = packed.clone();
        file[at] ^= 0x55;
        file
    };
    let mut table = Vec::new();
    let files = [
        ("8 bytes", plain[..8].to_vec()),
        ("plain", plain),
        ("stored", stored()),
        ("lzma", lzma),
        ("no zlib", not_zlib),
        ("half of stored", stored()[..60].to_vec()),
        ("stored and more", [stored(), vec![1; 50]].concat()),
        ("deflated", packed.clone()),
        ("half of deflated", packed[..packed.len() / 2].to_vec()),
        ("deflated, wrong sum", flipped(packed.len() - 1)),
        ("deflated, broken", flipped(packed.len() / 2)),
    ];
    for (name, file) in files {
        let replies = vec![ok("", &file)];
        table.push(case(format!("file {name}"), with(None, URL, 30, replies)));
    }
    table
}

/// A file of some 200 KiB that compresses to a few: text that does not repeat itself exactly.
fn packed() -> Vec<u8> {
    let mut state = 1_u32;
    let mut text = Vec::new();
    while text.len() < 200_000 {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        text.extend(format!("{} frames of clip {state}; ", state >> 24).bytes());
    }
    let mut encoder = flate2::write::ZlibEncoder::new(
        b"CWS\x0a\0\0\0\0".to_vec(),
        flate2::Compression::default(),
    );
    encoder.write_all(&text).expect("memory");
    encoder.finish().expect("memory")
}

fn link(lib: &'static Library, trace: &mut Trace, swf: &str) {
    let handle = Handle::new(lib);
    let mut url = format!("rtmp://h/app/play {swf}\0").into_bytes();
    trace.note(
        "RTMP_SetupURL",
        lib.RTMP_SetupURL(handle.raw, url.as_mut_ptr()),
    );
    trace.fields(&handle, "SWFSize SWFHash swfAge lFlags");
}

fn set_up() -> Vec<Scenario> {
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
fn damaged() -> Vec<Scenario> {
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
