//! `RTMP_ParseURL` and `RTMP_ParsePlaypath` (spec 02 §2, §3).

use std::ffi::{CString, c_int};
use std::ptr;

use rtmp::abi::AVal;
use rtmp::ffi::rtmp::setup::{RTMP_ParsePlaypath, RTMP_ParseURL, RTMP_SetOpt, RTMP_SetupURL};

use super::{counted, show, show_and_free};

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
        // Ours: the original takes the beginning of these play paths for a part of the application.
        ("rtmp://host/vod/mp4:dir/x.mp4", "vod", "mp4:dir/x.mp4"),
        (
            "rtmp://host/vod/_definst_/mp4:a/b/c.mp4",
            "vod/_definst_",
            "mp4:a/b/c.mp4",
        ),
        ("rtmp://host/vod//mp4:a/b.mp4", "vod/", "mp4:a/b.mp4"),
        ("rtmp://host/vod/flv:a/b/c", "vod", "flv:a/b/c"),
        ("rtmp://host/vod/mp3:a/b.mp3", "vod", "mp3:a/b.mp3"),
        (
            "rtmp://host/vod/mp4:a/b.mp4?x=1/2",
            "vod",
            "mp4:a/b.mp4?x=1/2",
        ),
        ("rtmp://host/vod?x=1/mp4:a/b.mp4", "vod?x=1", "mp4:a/b.mp4"),
        ("rtmp://host/vod/mp4:a/mp3:b", "vod", "mp4:a/mp3:b"),
        // These are as in the original.
        ("rtmp://host/mp4:dir/x.mp4", "mp4:dir", "mp4:x"),
        ("rtmp://host/vod/a/b/mp4:x.mp4", "vod/a/b", "mp4:x.mp4"),
        ("rtmp://host/vod/a/b/c/mp4:x.mp4", "vod/a/b", "mp4:c/mp4:x"),
        ("rtmp://host/vod/MP4:a/b.mp4", "vod/MP4:a", "mp4:b"),
        ("rtmp://host/vod/xmp4:a/b", "vod/xmp4:a", "b"),
        ("rtmp://host/vod/raw:a/b", "vod/raw:a", "b"),
        ("rtmp://host/vod/mp4:", "vod", "mp4:"),
        (
            "rtmp://host/vod?slist=mp4:a/b.mp4",
            "vod?slist=mp4:a/b.mp4",
            "mp4:a/b.mp4",
        ),
        (
            "rtmp://host/ondemand/i/mp4:a/b.mp4",
            "ondemand",
            "mp4:i/mp4:a/b",
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
        // Ours: the original takes `user` for the host.
        ("rtmp://user:pw@host/app/play", "host", 0, "app", "play"),
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
        // Ours: the original looks behind the counted bytes.
        ("foo.mp4?x", 5, "foo.m"),
        ("foo.mp4?x", 3, "foo"),
        ("?slist=foo.mp4&z", 3, "?sl"),
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
