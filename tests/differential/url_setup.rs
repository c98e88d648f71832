//! `RTMP_SetupURL`, `RTMP_SetupStream` and what a handle looks like before it connects
//! (spec 02 sections 4, 5 and 7).

use crate::anchors;
use crate::handle::Handle;
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::structs::AVal;
use crate::trace::Trace;

pub(crate) const LINK: &str = "protocol hostname port playpath0 playpath tcUrl app swfUrl pageUrl auth \
    flashVer subscribepath usherToken token pubUser pubPasswd sockshost socksport seekTime \
    stopTime lFlags swfAge timeout m_nBufferMS edepth extras.o_num SWFSize";

/// Spec 02 section 7.1, and each option once.
const SETUPS: &[&str] = &[
    "rtmp://h/app/play",
    "rtmpt://h/app/play",
    "rtmpte://h/app/play",
    "rtmps://h/app/play",
    "rtmpts://h/app/play",
    "rtmpe://h/app/play",
    "rtmfp://h/app/play",
    "rtmp://h:1936/app/play",
    "RTMP://H/App/inst/foo.mp4?x=1",
    "rtmp://h",
    "rtmp://h/",
    "rtmp://h:99/app/play app=other",
    "rtmpte://h:99/app/play app=o/i?x=1 playpath=mp4:foo.mp4",
    "rtmp://h:1 app=other playpath=p",
    "rtmp://h/app/play app=",
    "rtmp://h/app/play live=1",
    "rtmp://h/app/play LIVE=TRUE",
    "rtmp://h/app/play live=on playlist=yes",
    "rtmp://h/app/play live=0",
    "rtmp://h/app/play live=2",
    "rtmp://h/app/play live=1 live=0",
    r"rtmp://h/app/play flashver=WIN\2010,0,1,1",
    r"rtmp://h/app/play playpath=a\20b\5cc",
    r"rtmp://h/app/play playpath=ab\2",
    r"rtmp://h/app/play playpath=ab\20",
    "rtmp://h/app/play live=1   start=5  stop=0x10",
    "rtmp://h/app/play live=1  ",
    "rtmp://h/app/play live",
    "rtmp://h/app/play live start=5",
    "rtmp://h/app/play bogus=1",
    "rtmp://h/app/play auth=x",
    "rtmp://h/app/play start=5 =7",
    "rtmp://h/app/play start=-5 stop=010 buffer=1000 timeout=7 swfAge=0",
    "rtmp://h/app/play start=abc stop=99999999999",
    "rtmp://h/app/play timeout=",
    "rtmp://h/app/play subscribe=a=b=c",
    "rtmp://h/app/play jtv={\"a\":1}",
    "rtmp://h/app/play conn=NS:a:b",
    "rtmp://h/app/play conn=O:1 conn=NZ:a:1",
    "rtmp://h/app/play conn=X:1",
    "rtmp://h/app/play conn=",
    "rtmp://h/app/play conn=O:1 conn=NN:code",
    " rtmp://h/app/play",
    "nourl live=1",
    "rtmp:// live=1",
    "rtmp://h/app/play live=1 start=5",
    "rtmp://h/app/play socks=p.example:1081",
    "rtmp://h/app/play socks=10.0.0.1",
    "rtmp://h/app/play socks=h:0",
    "rtmp://h/app/play tcUrl=rtmp://x/y pageUrl=http://p swfUrl=http://s token=t",
    "rtmp://h/app/play pubUser=u pubPasswd=p",
    "http://h/app/play",
    "rtmp://h/app/play conn=B:1 conn=S:authMe conn=O:1 conn=NN:code:1.23 conn=NS:flag:ok conn=O:0",
];

pub(crate) fn set_up(lib: &'static Library, trace: &mut Trace, text: &str) -> (Handle, Vec<u8>) {
    let handle = Handle::new(lib);
    let mut buffer = format!("{text}\0").into_bytes();
    let ret = lib.RTMP_SetupURL(handle.raw, buffer.as_mut_ptr());
    crate::url_options::drop_help(trace);
    trace.note("RTMP_SetupURL", ret);
    (handle, buffer)
}

pub(crate) fn urls() -> Vec<Scenario> {
    let mut table = Vec::new();
    for text in SETUPS {
        table.push(scenario(
            format!("RTMP_SetupURL {text}"),
            move |lib, trace| {
                let (handle, buffer) = set_up(lib, trace, text);
                trace.fields(&handle, LINK);
                // An escape shortens the value in place; what lies behind it is of no interest.
                if !text.contains('\\') {
                    trace.text(buffer.escape_ascii().to_string());
                }
            },
        ));
    }
    table.push(scenario(
        "a string without blanks is never written",
        |lib, trace| {
            static CONSTANT: &[u8] = b"rtmp://h/app/foo.mp4\0";
            let handle = Handle::new(lib);
            trace.note(
                "ret",
                lib.RTMP_SetupURL(handle.raw, CONSTANT.as_ptr().cast_mut()),
            );
            trace.fields(&handle, "playpath tcUrl");
        },
    ));
    table.push(scenario("fields set before the call stay", |lib, trace| {
        let handle = Handle::new(lib);
        handle.edit(|r| {
            r.Link.timeout = 3;
            r.Link.lFlags = 0x10;
            r.Link.token = AVal::of(b"tok");
            r.m_nBufferMS = 5;
            r.m_outChunkSize = 4096;
            r.Link.SWFSize = 7;
        });
        let mut url = b"rtmp://h/app/play live=1\0".to_vec();
        trace.note("ret", lib.RTMP_SetupURL(handle.raw, url.as_mut_ptr()));
        trace.fields(&handle, LINK);
        trace.fields(&handle, "m_outChunkSize");
    }));
    table.extend(deviations());
    table
}

fn deviation(text: &'static str, fields: &'static str) -> Scenario {
    scenario(
        format!("RTMP_SetupURL {text:?}: {fields}"),
        move |lib, trace| {
            let (handle, _buffer) = set_up(lib, trace, text);
            trace.hush();
            trace.fields(&handle, fields);
        },
    )
    .level(crate::trace::NO_LOG)
}

fn deviations() -> Vec<Scenario> {
    vec![
        deviation("rtmp://h/app/play app=other", "tcUrl lFlags port").deviates(
            anchors::PORT_ZERO,
            &[
                "RTMP_SetupURL = 1",
                "tcUrl = \"rtmp://h:1935/other\"",
                "lFlags = 0x20",
                "port = 1935",
            ],
        ),
        deviation("rtmps://h/app/play app=other", "tcUrl port").deviates(
            anchors::PORT_ZERO,
            &[
                "RTMP_SetupURL = 1",
                "tcUrl = \"rtmps://h:443/other\"",
                "port = 443",
            ],
        ),
        deviation(r"rtmp://h/app/play live=\31 start=\31", "lFlags seekTime").deviates(
            anchors::ESCAPES,
            &["RTMP_SetupURL = 1", "lFlags = 0x2", "seekTime = 1"],
        ),
        deviation("rtmp://h/app/play  live=1", "lFlags")
            .deviates(anchors::TWO_BLANKS, &["RTMP_SetupURL = 1", "lFlags = 0x2"]),
        scenario("a second RTMP_SetupURL after a close", |lib, trace| {
            let (handle, _first) = set_up(lib, trace, "rtmp://h/app/play");
            lib.RTMP_Close(handle.raw);
            let mut second = b"rtmp://other/app2/play2\0".to_vec();
            trace.note("second", lib.RTMP_SetupURL(handle.raw, second.as_mut_ptr()));
            trace.fields(&handle, "hostname app playpath tcUrl");
        })
        .level(crate::trace::NO_LOG)
        .deviates(
            anchors::SECOND_URL,
            &[
                "RTMP_SetupURL = 1",
                "second = 1",
                "hostname = \"other\"",
                "app = \"app2\"",
                "playpath = \"play2\"",
                "tcUrl = \"rtmp://other/app2\"",
            ],
        ),
    ]
}
