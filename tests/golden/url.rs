//! URLs, play paths, options and set-up: results of librtmp 2.4+20151223 (spec 02 §3.1, §6.1, §7.1, §13.1-4), and ours
//! where docs/differences.md says so.

use std::ffi::{CString, c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr;

use rtmp::abi::{AMFObject, AMFObjectProperty, AVal, RTMP};
use rtmp::ffi::rtmp::access::{RTMP_EnableWrite, RTMP_Init};
use rtmp::ffi::rtmp::setup::{RTMP_ParsePlaypath, RTMP_ParseURL, RTMP_SetOpt, RTMP_SetupURL};

mod stream;

/// Text as these tests show it: `-` for NULL.
fn show(text: &AVal) -> String {
    if text.start().is_null() {
        "-".to_owned()
    } else {
        text.bytes().escape_ascii().to_string()
    }
}

/// Shows a block of the C allocator and frees it.
fn show_and_free(text: &AVal) -> String {
    let shown = show(text);
    // SAFETY: NULL, or a copy that belongs to the caller.
    unsafe { libc::free(text.start().cast()) };
    shown
}

/// Text that ends with a NUL behind its counted bytes; leaked, so that it lives as long as any handle.
fn argument(text: &str) -> AVal {
    counted(text, text.len())
}

fn counted(text: &str, length: usize) -> AVal {
    let start = CString::new(text).unwrap().into_raw();
    // SAFETY: the bytes are never freed.
    unsafe { AVal::from_raw(start, c_int::try_from(length).unwrap()) }
}

/// What `RTMP_ParseURL` returns and stores.
#[derive(Debug, PartialEq, Eq)]
struct Parsed {
    ret: c_int,
    protocol: c_int,
    host: String,
    port: u32,
    app: String,
    playpath: String,
}

fn parse(url: &str) -> Parsed {
    let url = CString::new(url).unwrap();
    let (mut protocol, mut port) = (-7, 7);
    let mut host = AVal::literal(b"untouched");
    let (mut playpath, mut app) = (host.clone(), host.clone());
    // SAFETY: a string and five results, all alive.
    let ret = unsafe {
        RTMP_ParseURL(
            url.as_ptr(),
            &raw mut protocol,
            &raw mut host,
            &raw mut port,
            &raw mut playpath,
            &raw mut app,
        )
    };
    Parsed {
        ret,
        protocol,
        host: show(&host),
        port,
        app: show(&app),
        playpath: show_and_free(&playpath),
    }
}

fn parsed(ret: c_int, protocol: c_int, host: &str, port: u32, app: &str, path: &str) -> Parsed {
    Parsed {
        ret,
        protocol,
        host: host.to_owned(),
        port,
        app: app.to_owned(),
        playpath: path.to_owned(),
    }
}

#[test]
fn paths_of_urls() {
    for (url, app, playpath) in [
        ("rtmp://host", "-", "-"),
        ("rtmp://host/", "", "-"),
        ("rtmp://host/app", "app", "-"),
        ("rtmp://host/app/", "app", "-"),
        ("rtmp://host/app/play", "app", "play"),
        ("rtmp://host/app/inst/play", "app/inst", "play"),
        ("rtmp://host/app/inst/", "app/inst", "-"),
        ("rtmp://host/a/b/c/", "a/b/c", "-"),
        ("rtmp://host/a/b/c//", "a/b/c", "/"),
        ("rtmp://host/a/b/c/d/e/f", "a/b/c", "d/e/f"),
        ("rtmp://host/app//play", "app/", "play"),
        ("rtmp://host//app/play", "/app", "play"),
        ("rtmp://host/app/a.mp4/", "app/a.mp4", "-"),
        ("rtmp://host/app?x=1/play", "app?x=1", "play"),
        ("rtmp://host/app?auth=a/b/play", "app?auth=a/b", "play"),
        ("rtmp://host/?foo", "?foo", "-"),
        ("rtmp://host/app/?foo", "app", "?foo"),
        ("rtmp://host/app?slist=foo", "app?slist=foo", "foo"),
        (
            "rtmp://host/app/?slist=foo.flv",
            "app/?slist=foo.flv",
            "foo.flv",
        ),
        ("rtmp://host/app/?slist=", "app/?slist=", ""),
        (
            "rtmp://host/app/inst?auth=1&slist=foo.mp4",
            "app/inst?auth=1&slist=foo.mp4",
            "mp4:foo",
        ),
        (
            "rtmp://host/app/inst?slist=foo.mp4&auth=1",
            "app/inst?slist=foo.mp4&auth=1",
            "mp4:foo",
        ),
        (
            "rtmp://host/app/inst?auth=1&slist=mp4:foo.mp4",
            "app/inst?auth=1&slist=mp4:foo.mp4",
            "mp4:foo.mp4",
        ),
        (
            "rtmp://host/app/x?a=b?slist=foo",
            "app/x?a=b?slist=foo",
            "foo",
        ),
        (
            "rtmp://host/app/?slist=abcdef&x.mp4?y",
            "app/?slist=abcdef&x.mp4?y",
            "mp4:abcdef",
        ),
        ("rtmp://host/app/slist=foo", "app", "slist=foo"),
        ("rtmp://host/app/slist=foo?x", "app/slist=foo?x", "?x"),
        (
            "rtmp://host/ondemand/foo/bar.mp4",
            "ondemand",
            "mp4:foo/bar",
        ),
        ("rtmp://host/ondemand", "ondemand", "-"),
        ("rtmp://host/ondemand/", "ondemand", "-"),
        ("rtmp://host/ondemandx/foo/bar", "ondemandx/foo", "bar"),
        ("rtmp://host/Ondemand/foo/bar", "Ondemand/foo", "bar"),
        (
            "rtmp://host/ondemand?slist=x/y",
            "ondemand?slist=x/y",
            "x/y",
        ),
        ("rtmp://host/app/foo.mp4", "app", "mp4:foo"),
        ("rtmp://host/app/foo.f4v", "app", "mp4:foo"),
        ("rtmp://host/app/mp4:foo.mp4", "app", "mp4:foo.mp4"),
        ("rtmp://host/app/foo.MP4", "app", "foo.MP4"),
        ("rtmp://host/app/foo.flv", "app", "foo"),
        ("rtmp://host/app/flv:foo.flv", "app", "flv:foo"),
        ("rtmp://host/app/foo.mp3", "app", "mp3:foo"),
        ("rtmp://host/app/mp3:foo.mp3", "app", "mp3:foo.mp3"),
        ("rtmp://host/app/mp4:foo.mp3", "app", "mp3:mp4:foo"),
        ("rtmp://host/app/raw:foo.mp4", "app", "mp4:raw:foo"),
        ("rtmp://host/app/foo.mp4?tok=1", "app", "mp4:foo?tok=1"),
        ("rtmp://host/app/foo.flv?tok=1&x=2", "app", "foo?tok=1&x=2"),
        (
            "rtmp://host/app/mp4:foo?tok=1.mp4",
            "app",
            "mp4:foo?tok=1.mp4",
        ),
        ("rtmp://host/app/foo?a=b.mp4", "app", "foo?a=b.mp4"),
        ("rtmp://host/app/foo.mp4&x=1", "app", "foo.mp4&x=1"),
        ("rtmp://host/app/.mp4", "app", "mp4:"),
        ("rtmp://host/app/a%20b", "app", "a b"),
        ("rtmp://host/app/a%2fb", "app", "a/b"),
        ("rtmp://host/app/a+b", "app", "a+b"),
        ("rtmp://host/app/a%00b", "app", r"a\x00b"),
        ("rtmp://host/app/%41%42.mp4", "app", "mp4:AB"),
        ("rtmp://host/app/foo%2emp4", "app", "foo.mp4"),
        ("rtmp://host/app/mp4%3Afoo.mp4", "app", "mp4:mp4:foo"),
        ("rtmp://host/app/a%4.mp4", "app", r"mp4:a\x04mp4"),
        ("rtmp://host/app/a%4", "app", r"a\x04"),
        ("rtmp://host/app/a%-1b", "app", r"a\xffb"),
        ("rtmp://host/app/play#frag", "app", "play#frag"),
    ] {
        assert_eq!(parse(url), parsed(1, 0, "host", 0, app, playpath), "{url}");
    }
}

#[test]
fn hosts_and_ports_of_urls() {
    for (url, host, port, app, playpath) in [
        (
            "rtmp://host:1935/slist=a?b/c",
            "host",
            1935,
            "slist=a?b/c",
            "?b/c",
        ),
        (
            "rtmp://host?x/app/slist=foo",
            "host?x",
            0,
            "app/slist=foo",
            "foo",
        ),
        ("rtmp://host?x=1/app/play", "host?x=1", 0, "app", "play"),
        ("rtmp://host/a%20b/c", "host", 0, "a%20b", "c"),
        ("://h/a/b", "h", 0, "a", "b"),
        (" rtmp://host/app/play", "host", 0, "app", "play"),
        ("http://h/a/b", "h", 0, "a", "b"),
        ("rtmpx://h/a/b", "h", 0, "a", "b"),
        ("rtmpfp://h/a/b", "h", 0, "a", "b"),
        ("rtmp:///app/play", "", 0, "app", "play"),
        ("rtmp://:1936/app/play", "", 1936, "app", "play"),
        ("rtmp://host:/a/b", "host", 0, "a", "b"),
        ("rtmp://host:0/a/b", "host", 0, "a", "b"),
        ("rtmp://host:abc/a/b", "host", 0, "a", "b"),
        ("rtmp://host:65535/a/b", "host", 65535, "a", "b"),
        ("rtmp://host:65536/a/b", "host", 0, "a", "b"),
        ("rtmp://host:-1/a/b", "host", 0, "a", "b"),
        ("rtmp://host:99999999999/a/b", "host", 0, "a", "b"),
        ("rtmp://a://b/c/d", "a", 0, "/b/c", "d"),
        ("rtmp://user:pw@host/app/play", "user", 0, "app", "play"),
    ] {
        assert_eq!(parse(url), parsed(1, 0, host, port, app, playpath), "{url}");
    }
}

#[test]
fn schemes_of_urls() {
    for (url, protocol) in [
        ("rtmp://h", 0),
        ("rtmpt://h", 1),
        ("rtmpe://h", 2),
        ("rtmpte://h", 3),
        ("rtmps://h", 4),
        ("RTMPTS://h", 5),
        ("rtmfp://h", 8),
    ] {
        assert_eq!(parse(url), parsed(1, protocol, "h", 0, "-", "-"), "{url}");
    }
}

#[test]
fn texts_that_are_no_url_leave_the_host_alone() {
    for (url, protocol) in [
        ("foo", 0),
        ("rtmp:/h/a/b", 0),
        ("rtmp://", 0),
        ("rtmps://", 4),
    ] {
        assert_eq!(
            parse(url),
            parsed(0, protocol, "untouched", 0, "-", "-"),
            "{url}"
        );
    }
}

#[test]
fn long_hosts() {
    let host = "h".repeat(255);
    let url = format!("rtmp://{host}:80/app/play");
    assert_eq!(parse(&url), parsed(1, 0, &host, 80, "app", "play"));
    // Ours: the original does not touch the host.
    let url = format!("rtmp://{host}h:80/app/play");
    assert_eq!(parse(&url), parsed(1, 0, "-", 80, "app", "play"));
}

#[test]
fn ipv6_addresses() {
    // Ours: the original finds the host `[`.
    let url = "rtmp://[::1]:1935/app/play";
    assert_eq!(parse(url), parsed(1, 0, "::1", 1935, "app", "play"));
    let url = "rtmp://[2001:db8::7]/app/play";
    assert_eq!(parse(url), parsed(1, 0, "2001:db8::7", 0, "app", "play"));
}

#[test]
fn ports_beyond_an_int_are_refused() {
    // Ours: the original takes the low 32 bits.
    let url = "rtmp://host:4294967297/a/b";
    assert_eq!(parse(url), parsed(1, 0, "host", 0, "a", "b"));
}

#[test]
fn null_is_the_failure_value() {
    let mut number = 0;
    let mut text = AVal::empty();
    let (number, text) = (&raw mut number, &raw mut text);
    // SAFETY: NULL and valid pointers only.
    let ret = unsafe { RTMP_ParseURL(ptr::null(), number, text, ptr::null_mut(), text, text) };
    assert_eq!(ret, 0);
    // SAFETY: as above.
    let ret = unsafe { RTMP_SetupURL(ptr::null_mut(), ptr::null_mut()) };
    assert_eq!(ret, 0);
    // SAFETY: as above.
    let ret = unsafe { RTMP_SetOpt(ptr::null_mut(), text, text) };
    assert_eq!(ret, 0);
}

#[test]
fn playpaths() {
    for (text, length, expected) in [
        ("", 0, ""),
        ("?slist=a.flv&x", 14, "a.flv"),
        ("?slist=a.mp4", 12, "mp4:a"),
        ("?x.mp4", 6, "?x.mp4"),
        ("mp4:", 4, "mp4:"),
        ("foo.mp4?x", 7, "mp4:foo"),
        ("foo.mp4?x", 5, "mp4:foo"),
        ("foo.mp4?x", 3, "foo"),
        ("?slist=foo.mp4&z", 3, "mp4:foo"),
        // Ours: the original puts some byte there.
        ("100%", 4, "100%"),
        ("%zz.mp4", 7, "mp4:%zz"),
        // Ours: the original reads before the text.
        ("mp4?x", 5, "mp4?x"),
    ] {
        let (mut path, mut derived) = (counted(text, length), AVal::empty());
        // SAFETY: a NUL-terminated text and a result.
        unsafe { RTMP_ParsePlaypath(&raw mut path, &raw mut derived) };
        assert_eq!(show_and_free(&derived), expected, "{text:?}, {length}");
    }
}

/// A handle with the text that was given to `RTMP_SetupURL`.
struct Session {
    memory: Box<MaybeUninit<RTMP>>,
    url: Vec<u8>,
}

impl Session {
    fn new() -> Self {
        let mut memory = Box::new(MaybeUninit::uninit());
        // SAFETY: memory for a handle.
        unsafe { RTMP_Init(memory.as_mut_ptr()) };
        let url = Vec::new();
        Self { memory, url }
    }

    fn with_url(url: &str) -> (Self, c_int) {
        let mut session = Self::new();
        let ret = session.set_up(url);
        (session, ret)
    }

    fn set_up(&mut self, url: &str) -> c_int {
        self.url = CString::new(url).unwrap().into_bytes_with_nul();
        let start: *mut c_char = self.url.as_mut_ptr().cast();
        // SAFETY: a handle, and a writable string that lives as long as it.
        unsafe { RTMP_SetupURL(self.memory.as_mut_ptr(), start) }
    }

    fn set(&mut self, name: &AVal, value: &AVal) -> c_int {
        let mut value = value.clone();
        // SAFETY: a handle and two NUL-terminated texts that are never freed.
        unsafe { RTMP_SetOpt(self.memory.as_mut_ptr(), name, &raw mut value) }
    }

    fn rtmp(&self) -> &RTMP {
        // SAFETY: `new` initialised it.
        unsafe { self.memory.assume_init_ref() }
    }

    fn text(&self) -> String {
        self.url.escape_ascii().to_string()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.rtmp().Link.free_strings();
        self.rtmp().Link.extras.reset();
    }
}

#[test]
fn set_up_derives_ports_and_tc_urls() {
    for (url, port, tc_url, playpath, flags) in [
        ("rtmp://h/app/play", 1935, "rtmp://h/app", "play", 0),
        ("rtmpt://h/app/play", 80, "rtmpt://h/app", "play", 0),
        ("rtmpte://h/app/play", 80, "rtmpte://h/app", "play", 0),
        ("rtmps://h/app/play", 443, "rtmps://h/app", "play", 0),
        ("rtmpts://h/app/play", 443, "rtmpts://h/app", "play", 0),
        ("rtmpe://h/app/play", 1935, "rtmpe://h/app", "play", 0),
        ("rtmfp://h/app/play", 1935, "rtmfp://h/app", "play", 0),
        (
            "rtmp://h:1936/app/play",
            1936,
            "rtmp://h:1936/app",
            "play",
            0,
        ),
        (
            "RTMP://H/App/inst/foo.mp4?x=1",
            1935,
            "RTMP://H/App/inst",
            "mp4:foo?x=1",
            0,
        ),
        ("rtmp://h", 1935, "rtmp://h", "-", 0),
        ("rtmp://h/", 1935, "rtmp://h/", "-", 0),
        (
            "rtmp://h:99/app/play app=other",
            99,
            "rtmp://h:99/other",
            "play",
            0x20,
        ),
        (
            "rtmp://h/app/play app=",
            1935,
            "rtmp://h/app/play",
            "play",
            0,
        ),
        (
            "rtmpte://h:99/app/play app=o/i?x=1 playpath=mp4:foo.mp4",
            99,
            "rtmpte://h:99/o/i?x=1",
            "mp4:foo.mp4",
            0x20,
        ),
        // Ours: the original writes port 0 into tcUrl.
        (
            "rtmp://h/app/play app=other",
            1935,
            "rtmp://h:1935/other",
            "play",
            0x20,
        ),
        (
            "rtmp://h app=other playpath=p",
            1935,
            "rtmp://h:1935/other",
            "p",
            0x20,
        ),
        (
            "rtmps://h/app/play app=other",
            443,
            "rtmps://h:443/other",
            "play",
            0x20,
        ),
        // Ours: the original finds the host `[`.
        (
            "rtmp://[::1]:99/app/play",
            99,
            "rtmp://[::1]:99/app",
            "play",
            0,
        ),
        (
            "rtmp://[::1]:99/app/play app=x",
            99,
            "rtmp://[::1]:99/x",
            "play",
            0x20,
        ),
    ] {
        let (session, ret) = Session::with_url(url);
        let link = &session.rtmp().Link;
        assert_eq!((ret, link.port.get()), (1, port), "{url}");
        let shown = (show(&link.tcUrl), show(&link.playpath));
        assert_eq!(shown, (tc_url.to_owned(), playpath.to_owned()), "{url}");
        assert_eq!(link.lFlags.get(), flags, "{url}");
        assert_eq!(show(&link.flashVer), "-", "{url}");
    }
}

#[test]
fn options_behind_the_url() {
    /// Appends `options` to a URL and shows what they changed.
    fn with(options: &str) -> (c_int, c_int, c_int, c_int) {
        let (session, ret) = Session::with_url(&format!("rtmp://h/app/play{options}"));
        let link = &session.rtmp().Link;
        (
            ret,
            link.lFlags.get(),
            link.seekTime.get(),
            link.stopTime.get(),
        )
    }
    assert_eq!(with(" live=1"), (1, 0x2, 0, 0));
    assert_eq!(with(" LIVE=TRUE"), (1, 0x2, 0, 0));
    assert_eq!(with(" live=on playlist=yes swfVfy=true"), (1, 0xe, 0, 0));
    assert_eq!(with(" live=0"), (1, 0, 0, 0));
    assert_eq!(with(" live=2"), (1, 0, 0, 0));
    assert_eq!(with(" live=1 live=0"), (1, 0x2, 0, 0));
    assert_eq!(with(" live=1   start=5  stop=0x10"), (1, 0x2, 5, 16));
    assert_eq!(with(" live=1  "), (1, 0x2, 0, 0));
    assert_eq!(with(" live"), (1, 0, 0, 0));
    assert_eq!(with(" live start=5"), (0, 0, 0, 0));
    assert_eq!(with(" bogus=1"), (0, 0, 0, 0));
    assert_eq!(with(" auth=x"), (0, 0, 0, 0));
    assert_eq!(with(" start=5 =7"), (0, 0, 5, 0));
    assert_eq!(with(" start=-5 stop=010"), (1, 0, -5, 8));
    assert_eq!(
        with(" start=abc stop=99999999999"),
        (1, 0, 0, 1_215_752_191)
    );
    // Ours: the original reads the bytes behind the shortened values too.
    assert_eq!(with(r" live=\31 start=\31"), (1, 0x2, 1, 0));
    // Ours: the original refuses the second blank.
    assert_eq!(with("  live=1"), (1, 0x2, 0, 0));
}

#[test]
fn numbers_behind_the_url() {
    let (session, ret) = Session::with_url("rtmp://h/app/play buffer=1000 timeout=7 swfAge=0");
    let rtmp = session.rtmp();
    let numbers = (
        rtmp.m_nBufferMS.get(),
        rtmp.Link.timeout.get(),
        rtmp.Link.swfAge.get(),
    );
    assert_eq!((ret, numbers), (1, (1000, 7, 0)));
    let (session, ret) = Session::with_url("rtmp://h/app/play timeout=");
    assert_eq!((ret, session.rtmp().Link.timeout.get()), (1, 0));
}

#[test]
fn texts_behind_the_url() {
    let (session, ret) = Session::with_url(
        r#"rtmp://h/app/play flashver=WIN\2010,0,1,1 playpath=a\20b\5cc subscribe=a=b=c jtv={"a":1}"#,
    );
    let link = &session.rtmp().Link;
    assert_eq!(ret, 1);
    assert_eq!(show(&link.flashVer), "WIN 10,0,1,1");
    assert_eq!(link.playpath.bytes(), br"a b\c");
    assert_eq!(link.subscribepath.bytes(), b"a=b=c");
    assert_eq!(link.usherToken.bytes(), br#"{"a":1}"#);
    let (session, ret) = Session::with_url(r"rtmp://h/app/play playpath=ab\20");
    assert_eq!(
        (ret, show(&session.rtmp().Link.playpath)),
        (1, "ab ".to_owned())
    );
    assert_eq!(Session::with_url(r"rtmp://h/app/play playpath=ab\2").1, 0);
    // Ours: the original puts some byte there.
    let (session, ret) = Session::with_url(r"rtmp://h/app/play playpath=C:\zz");
    assert_eq!(ret, 1);
    assert_eq!(session.rtmp().Link.playpath.bytes(), br"C:\zz");
}

#[test]
fn texts_without_a_url_are_refused() {
    for text in [" rtmp://h/app/play", "nourl live=1", "rtmp:// live=1"] {
        assert_eq!(Session::with_url(text).1, 0, "{text}");
    }
}

#[test]
fn the_text_is_cut_at_its_blanks() {
    let (session, _) = Session::with_url("rtmp://h/app/play live=1 start=5");
    assert_eq!(
        session.text(),
        r"rtmp://h/app/play\x00live\x001\x00start\x005\x00"
    );
    // A value that an escape shortened gets its own NUL.
    let (session, _) = Session::with_url(r"rtmp://h/app/play start=\31");
    assert_eq!(session.text(), r"rtmp://h/app/play\x00start\x001\x001\x00");
}

#[test]
fn a_text_without_blanks_is_not_written_to() {
    let mut session = Session::new();
    // SAFETY: a handle, and a string that is only read: this one lies in read-only memory.
    let ret = unsafe {
        RTMP_SetupURL(
            session.memory.as_mut_ptr(),
            c"rtmp://h/app/play".as_ptr().cast_mut(),
        )
    };
    assert_eq!((ret, show(&session.rtmp().Link.app)), (1, "app".to_owned()));
}

#[test]
fn proxies() {
    for (option, host, port) in [
        ("p.example:1081", "p.example", 1081),
        ("10.0.0.1", "10.0.0.1", 1080),
        ("h:0", "h", 0),
        ("", "-", 0),
        // Ours: the original takes the low 16 bits, 4464.
        ("proxy:70000", "proxy", 1080),
    ] {
        let (session, ret) = Session::with_url(&format!("rtmp://h/app/play socks={option}"));
        let link = &session.rtmp().Link;
        let shown = (ret, show(&link.sockshost), link.socksport.get());
        assert_eq!(shown, (1, host.to_owned(), port), "{option}");
        // SAFETY: the copy of the host, which librtmp never frees.
        unsafe { libc::free(link.sockshost.start().cast()) };
    }
}

#[test]
fn a_second_url_replaces_what_the_first_left() {
    for first in [
        "rtmp://h:5/app/play",
        "rtmp://h",
        "rtmp://h:5/app/play app=other",
        "rtmp://h/app/play app=other",
        "rtmp://h/app/play app=",
        "rtmp://[::1]/app/play app=other",
    ] {
        let (mut session, _) = Session::with_url(first);
        // The first text stays, as it must until the handle is closed.
        let first_text = std::mem::take(&mut session.url);
        // SAFETY: the handle of the session.
        unsafe { RTMP_EnableWrite(session.memory.as_mut_ptr()) };
        assert_eq!(session.set_up("rtmp://h2/app2/play2"), 1, "{first}");
        let link = &session.rtmp().Link;
        let shown = (show(&link.tcUrl), show(&link.playpath), link.lFlags.get());
        let expected = ("rtmp://h2/app2".to_owned(), "play2".to_owned(), 0);
        assert_eq!(shown, expected, "{first}");
        drop(first_text);
    }
}

#[test]
fn a_tc_url_of_the_program_stays() {
    let mut session = Session::new();
    session.set(&argument("tcUrl"), &argument("rtmp://x/y"));
    for url in ["rtmp://h:5/app/play", "rtmp://h2/app2/play2"] {
        session.set_up(url);
        assert_eq!(show(&session.rtmp().Link.tcUrl), "rtmp://x/y");
    }
}

#[test]
fn options_one_by_one() {
    let mut session = Session::new();
    assert_eq!(session.set(&counted("liveX", 4), &argument("1")), 0);
    assert_eq!(session.set(&argument("live"), &counted("yesterday", 3)), 1);
    assert_eq!(session.rtmp().Link.lFlags.get(), 0);
    assert_eq!(session.set(&argument("start"), &counted("123456", 3)), 1);
    assert_eq!(session.rtmp().Link.seekTime.get(), 123_456);
    assert_eq!(session.set(&argument("conn"), &counted("S:abcdef", 4)), 1);
    assert_eq!(arguments(&session.rtmp().Link.extras), r#"["ab"]"#);
    assert_eq!(session.set(&argument("playpath"), &argument("foo.mp4")), 1);
    assert_eq!(show(&session.rtmp().Link.playpath), "foo.mp4");
}

/// The values in the notation of JSON, but for names, which are bare; unnamed members of objects have none.
fn arguments(object: &AMFObject) -> String {
    let values: Vec<_> = object.properties().iter().map(value).collect();
    format!("[{}]", values.join(", "))
}

fn value(property: &AMFObjectProperty) -> String {
    match property.p_type.get() {
        AMFObjectProperty::BOOLEAN => format!("{}", property.number() != 0.0),
        AMFObjectProperty::NUMBER => format!("{}", property.number()),
        AMFObjectProperty::STRING => format!("\"{}\"", property.text().bytes().escape_ascii()),
        AMFObjectProperty::NULL => "null".to_owned(),
        AMFObjectProperty::OBJECT => {
            let members = property
                .object()
                .unwrap()
                .properties()
                .iter()
                .map(|member| {
                    let name = member.p_name.bytes().escape_ascii().to_string();
                    [name, value(member)].join(":")
                });
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        kind => panic!("type {kind}"),
    }
}

#[test]
fn arguments_of_connect() {
    for (options, expected) in [
        (
            "conn=B:1 conn=S:authMe conn=O:1 conn=NN:code:1.23 conn=NS:flag:ok conn=O:0 conn=Z: \
             conn=O:1 conn=S:un conn=Z: conn=N:7 conn=O:0",
            r#"[true, "authMe", {code:1.23, flag:"ok"}, null, {:"un", :null, :7}]"#,
        ),
        (
            "conn=O:1 conn=NO:in:1 conn=NB:b:0 conn=O:0 conn=O:0",
            "[{in:{b:false}}]",
        ),
        ("conn=B:true conn=B:-1", "[false, true]"),
        (
            "conn=O:1 conn=NS:x:y:z conn=NO:e: conn=NN::5",
            r#"[{x:"y:z", e:{:5}}]"#,
        ),
        (
            "conn=N:0x10 conn=N:1e3 conn=N:abc conn=N:.5 conn=N:1e",
            "[16, 1000, 0, 0.5, 1]",
        ),
        // Ours: in the original the object closes itself.
        ("conn=O:0 conn=N:1 conn=O:1 conn=S:x", r#"[1, {:"x"}]"#),
    ] {
        let (session, ret) = Session::with_url(&format!("rtmp://h/app/play {options}"));
        assert_eq!(ret, 1, "{options}");
        assert_eq!(
            arguments(&session.rtmp().Link.extras),
            expected,
            "{options}"
        );
    }
    for (options, kept) in [
        ("conn=NS:a:b", "[]"),
        ("conn=O:1 conn=NZ:a:1", "[{}]"),
        ("conn=X:1", "[]"),
        ("conn=B", "[]"),
        ("conn=", "[]"),
        ("conn=O:1 conn=NN:code", "[{}]"),
    ] {
        let (session, ret) = Session::with_url(&format!("rtmp://h/app/play {options}"));
        assert_eq!(ret, 0, "{options}");
        assert_eq!(arguments(&session.rtmp().Link.extras), kept, "{options}");
    }
}
