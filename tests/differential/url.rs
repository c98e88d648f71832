//! `RTMP_ParseURL` and `RTMP_ParsePlaypath` (spec 02 sections 2, 3 and 13).

use crate::anchors;
use crate::scenario::{Scenario, scenario};
use crate::structs::{AVal, EMPTY};

/// Every row of the tables in spec 02 section 3.1.
const URLS: &[&str] = &[
    "rtmp://host",
    "rtmp://host/",
    "rtmp://host/app",
    "rtmp://host/app/",
    "rtmp://host/app/play",
    "rtmp://host/app/inst/play",
    "rtmp://host/app/inst/",
    "rtmp://host/a/b/c/",
    "rtmp://host/a/b/c//",
    "rtmp://host/a/b/c/d/e/f",
    "rtmp://host/app//play",
    "rtmp://host//app/play",
    "rtmp://host/app/a.mp4/",
    "rtmp://host/app?x=1/play",
    "rtmp://host/app?auth=a/b/play",
    "rtmp://host/?foo",
    "rtmp://host/app/?foo",
    "rtmp://host/app?slist=foo",
    "rtmp://host/app/?slist=foo.flv",
    "rtmp://host/app/?slist=",
    "rtmp://host/app/inst?auth=1&slist=foo.mp4",
    "rtmp://host/app/inst?slist=foo.mp4&auth=1",
    "rtmp://host/app/inst?auth=1&slist=mp4:foo.mp4",
    "rtmp://host/app/x?a=b?slist=foo",
    "rtmp://host/app/?slist=abcdef&x.mp4?y",
    "rtmp://host/app/slist=foo",
    "rtmp://host/app/slist=foo?x",
    "rtmp://host:1935/slist=a?b/c",
    "rtmp://host?x/app/slist=foo",
    "rtmp://host?x=1/app/play",
    "rtmp://host/ondemand/foo/bar.mp4",
    "rtmp://host/ondemand",
    "rtmp://host/ondemand/",
    "rtmp://host/ondemandx/foo/bar",
    "rtmp://host/Ondemand/foo/bar",
    "rtmp://host/ondemand?slist=x/y",
    "rtmp://host/app/foo.mp4",
    "rtmp://host/app/foo.f4v",
    "rtmp://host/app/mp4:foo.mp4",
    "rtmp://host/app/foo.MP4",
    "rtmp://host/app/foo.flv",
    "rtmp://host/app/flv:foo.flv",
    "rtmp://host/app/foo.mp3",
    "rtmp://host/app/mp3:foo.mp3",
    "rtmp://host/app/mp4:foo.mp3",
    "rtmp://host/app/raw:foo.mp4",
    "rtmp://host/app/foo.mp4?tok=1",
    "rtmp://host/app/foo.flv?tok=1&x=2",
    "rtmp://host/app/mp4:foo?tok=1.mp4",
    "rtmp://host/app/foo?a=b.mp4",
    "rtmp://host/app/foo.mp4&x=1",
    "rtmp://host/app/.mp4",
    "rtmp://host/app/a%20b",
    "rtmp://host/app/a%2fb",
    "rtmp://host/app/a+b",
    "rtmp://host/app/a%00b",
    "rtmp://host/app/%41%42.mp4",
    "rtmp://host/app/foo%2emp4",
    "rtmp://host/app/mp4%3Afoo.mp4",
    "rtmp://host/app/a%4.mp4",
    "rtmp://host/app/a%4",
    "rtmp://host/a%20b/c",
    "rtmp://host/app/play#frag",
    "foo",
    "rtmp:/h/a/b",
    "rtmp://",
    "://h/a/b",
    " rtmp://host/app/play",
    "http://h/a/b",
    "rtmpx://h/a/b",
    "rtmpfp://h/a/b",
    "rtmp:///app/play",
    "rtmp://:1936/app/play",
    "rtmp://host:/a/b",
    "rtmp://host:0/a/b",
    "rtmp://host:abc/a/b",
    "rtmp://host:65535/a/b",
    "rtmp://host:65536/a/b",
    "rtmp://host:-1/a/b",
    "rtmp://host:99999999999/a/b",
    "rtmp://host:80abc/a/b",
    "rtmp://host:+80/a/b",
    "rtmp://host: 80/a/b",
    "rtmp://host:1935",
    "rtmp://host:1935?x",
    "rtmp://a://b/c/d",
    // Each scheme, each case.
    "rtmp://h/a/b",
    "rtmpt://h/a/b",
    "rtmpe://h/a/b",
    "rtmpte://h/a/b",
    "rtmps://h/a/b",
    "rtmpts://h/a/b",
    "rtmfp://h/a/b",
    "RTMPTE://h/a/b",
    "RtMp://h/a/b",
    "rtmp://h/app/%7",
    "rtmp://h/app/%41%6",
    "rtmp://h/app/foo.mp4.flv",
    "rtmp://h/a/b/c/d.mp4?x/y",
    "rtmp://h/a?slist=x&y&z",
    "rtmp://h/app/a%-1b",
    "rtmp://h/app/a%+5b",
    // A name of a file with slashes begins where the original says, too.
    "rtmp://h/mp4:dir/x.mp4",
    "rtmp://h/vod/a/b/mp4:x.mp4",
    "rtmp://h/vod/a/b/c/mp4:x.mp4",
    "rtmp://h/vod/MP4:a/b.mp4",
    "rtmp://h/vod/xmp4:a/b",
    "rtmp://h/vod/mp4:",
    "rtmp://h/vod/mp4:x.mp4?a=b",
    "rtmp://h/vod?slist=mp4:a/b.mp4",
    "rtmp://h/vod/i/?slist=mp4:a/b.mp4",
    "rtmp://h/ondemand/i/mp4:a/b.mp4",
];

fn parse(url: &'static str) -> Scenario {
    scenario(format!("RTMP_ParseURL {url}"), move |lib, trace| {
        let text = format!("{url}\0").into_bytes();
        parse_bytes(lib, trace, &text);
        trace.note("URL unchanged", text == format!("{url}\0").into_bytes());
    })
}

fn parse_bytes(lib: &crate::library::Library, trace: &mut crate::trace::Trace, text: &[u8]) {
    let untouched = AVal::of(b"untouched");
    let (mut protocol, mut host, mut port) = (99, untouched, 99);
    let (mut playpath, mut app) = (untouched, untouched);
    let ret = lib.RTMP_ParseURL(
        text.as_ptr(),
        &mut protocol,
        &mut host,
        &mut port,
        &mut playpath,
        &mut app,
    );
    trace.note("RTMP_ParseURL", ret);
    trace.note("protocol", protocol);
    trace.note("port", port);
    trace.note("host", host.show());
    trace.note("app", app.show());
    trace.note("playpath", playpath.show());
    if ret == 1 && !playpath.av_val.is_null() {
        let end = playpath.bytes().len();
        trace.note(
            "terminated",
            crate::structs::copy(playpath.av_val, end + 1)[end] == 0,
        );
        // SAFETY: the play path comes from the C allocator and belongs to the caller.
        unsafe { libc::free(playpath.av_val.cast()) };
    }
}

pub(crate) fn urls() -> Vec<Scenario> {
    let mut table: Vec<_> = URLS.iter().map(|url| parse(url)).collect();
    table.push(scenario("host of 255 bytes", |lib, trace| {
        let url = format!("rtmp://{}:80/app/play\0", "h".repeat(255));
        parse_bytes(lib, trace, url.as_bytes());
    }));
    table.push(
        scenario("a percent sign at the end", |lib, trace| {
            parse_bytes(lib, trace, b"rtmp://h/a/b%\0");
        })
        .level(crate::trace::NO_LOG)
        // What the original reads there is chance.
        .ours_only(
            anchors::PERCENT,
            &[
                "RTMP_ParseURL = 1",
                "protocol = 0",
                "port = 0",
                "host = \"h\"",
                "app = \"a\"",
                "playpath = \"b%\"",
                "terminated = true",
            ],
        ),
    );
    table.push(
        scenario(
            "a play path of slashes that begins with mp4:",
            |lib, trace| {
                parse_bytes(lib, trace, b"rtmp://h/vod/mp4:dir/x.mp4\0");
            },
        )
        .level(crate::trace::NO_LOG)
        .deviates(
            anchors::MP4_PATH,
            &[
                "RTMP_ParseURL = 1",
                "protocol = 0",
                "port = 0",
                "host = \"h\"",
                "app = \"vod\"",
                "playpath = \"mp4:dir/x.mp4\"",
                "terminated = true",
            ],
        ),
    );
    table.push(
        scenario("host of 256 bytes", |lib, trace| {
            let url = format!("rtmp://{}:80/app/play\0", "h".repeat(256));
            parse_bytes(lib, trace, url.as_bytes());
        })
        .deviates(
            anchors::LONG_HOST,
            &[
                "DEBUG: Parsing...",
                "DEBUG: Parsed protocol: 0",
                "WARNING: Hostname exceeds 255 characters!",
                "DEBUG: Parsed app     : app",
                "RTMP_ParseURL = 1",
                "protocol = 0",
                "port = 80",
                "host = -",
                "app = \"app\"",
                "playpath = \"play\"",
                "terminated = true",
            ],
        ),
    );
    table
}

pub(crate) fn playpaths() -> Vec<Scenario> {
    let rows: &[(&str, Option<i32>)] = &[
        ("", None),
        ("?slist=a.flv&x", None),
        ("?slist=a.mp4", None),
        ("xx?x.mp4", None),
        ("mp4:", None),
        ("foo.mp4?x", Some(7)),
        ("foo.mp4?x", Some(3)),
        ("foo", None),
        ("foo.mp4", None),
        ("foo.f4v", None),
        ("foo.flv", None),
        ("foo.mp3", None),
        ("mp3:foo.mp3", None),
        ("mp4:foo.mp4", None),
        ("a%20b.mp4", None),
        ("?slist=a%20b&x=1", None),
        ("/x/y.mp4?z=1&slist=q", None),
        ("abcd?", None),
        (".mp4", None),
        ("%41.mp4", None),
    ];
    let mut table: Vec<_> = rows
        .iter()
        .map(|(text, len)| playpath(text, *len))
        .collect();
    for (text, len, out) in [
        ("foo.mp4?x", 5, "out = \"foo.m\""),
        ("?slist=foo.mp4&z", 3, "out = \"?sl\""),
    ] {
        table.push(playpath(text, Some(len)).deviates(anchors::COUNTED, &[out]));
    }
    table
}

/// The first `len` bytes of `text`, or all.
fn playpath(text: &'static str, len: Option<i32>) -> Scenario {
    scenario(
        format!("RTMP_ParsePlaypath {text:?} {len:?}"),
        move |lib, trace| {
            // Zero bytes in front as well: the original looks behind the start of short strings.
            let memory = format!("\0\0\0\0{text}\0\0\0\0").into_bytes();
            let whole = i32::try_from(text.len()).expect("short");
            let mut input = AVal::cut(&memory[4..], len.unwrap_or(whole));
            let mut out = EMPTY;
            lib.RTMP_ParsePlaypath(&mut input, &mut out);
            trace.note("out", out.show());
            // SAFETY: the play path comes from the C allocator and belongs to the caller.
            unsafe { libc::free(out.av_val.cast()) };
        },
    )
}
