//! `RTMP_SetupURL`, `RTMP_SetupStream` and what a handle looks like before it connects
//! (spec 02 sections 4, 5 and 7).

use crate::handle::Handle;
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::structs::AVal;
use crate::trace::{Trace, unhex};

const LINK: &str = "protocol hostname port playpath0 playpath tcUrl app swfUrl pageUrl auth \
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

fn set_up(lib: &'static Library, trace: &mut Trace, text: &str) -> (Handle, Vec<u8>) {
    let handle = Handle::new(lib);
    let mut buffer = format!("{text}\0").into_bytes();
    trace.note(
        "RTMP_SetupURL",
        lib.RTMP_SetupURL(handle.raw, buffer.as_mut_ptr()),
    );
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
            "port 0",
            &[
                "RTMP_SetupURL = 1",
                "tcUrl = \"rtmp://h:1935/other\"",
                "lFlags = 0x20",
                "port = 1935",
            ],
        ),
        deviation("rtmps://h/app/play app=other", "tcUrl port").deviates(
            "port 0",
            &[
                "RTMP_SetupURL = 1",
                "tcUrl = \"rtmps://h:443/other\"",
                "port = 443",
            ],
        ),
        deviation(r"rtmp://h/app/play live=\31 start=\31", "lFlags seekTime").deviates(
            "escaped value is terminated",
            &["RTMP_SetupURL = 1", "lFlags = 0x2", "seekTime = 1"],
        ),
        deviation("rtmp://h/app/play  live=1", "lFlags")
            .deviates("two blanks", &["RTMP_SetupURL = 1", "lFlags = 0x2"]),
        scenario("a second RTMP_SetupURL after a close", |lib, trace| {
            let (handle, _first) = set_up(lib, trace, "rtmp://h/app/play");
            lib.RTMP_Close(handle.raw);
            let mut second = b"rtmp://other/app2/play2\0".to_vec();
            trace.note("second", lib.RTMP_SetupURL(handle.raw, second.as_mut_ptr()));
            trace.fields(&handle, "hostname app playpath tcUrl");
        })
        .level(crate::trace::NO_LOG)
        .deviates(
            "second RTMP_SetupURL",
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

/// Optional arguments of `RTMP_SetupStream`.
#[derive(Default, Clone)]
struct Stream {
    protocol: i32,
    port: u32,
    socks: &'static [u8],
    texts: Option<[&'static [u8]; 8]>,
    swf: Option<u32>,
    times: [i32; 2],
    live: i32,
    timeout: i64,
}

fn setup_stream(lib: &Library, handle: &Handle, s: &Stream) {
    let [mut host, mut socks, mut playpath] =
        [AVal::of(b"host"), AVal::of(s.socks), AVal::of(b"play\0")];
    playpath.av_len = 4;
    if s.socks.is_empty() {
        socks = crate::structs::EMPTY;
    } else {
        socks.av_len -= 1;
    }
    let mut values = s.texts.map(|texts| {
        texts.map(|text| AVal::cut(text, i32::try_from(text.len()).expect("short") - 1))
    });
    let mut text = |index: usize| {
        values
            .as_mut()
            .map_or(std::ptr::null_mut(), |values| &raw mut values[index])
    };
    let bytes = unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    let mut hash = AVal::of(&bytes);
    let hash = if s.swf.is_some() {
        &raw mut hash
    } else {
        std::ptr::null_mut()
    };
    lib.RTMP_SetupStream(
        handle.raw,
        s.protocol,
        &mut host,
        s.port,
        &mut socks,
        &mut playpath,
        text(0),
        text(1),
        text(2),
        text(3),
        text(4),
        hash,
        s.swf.unwrap_or(0),
        text(5),
        text(6),
        text(7),
        s.times[0],
        s.times[1],
        s.live,
        s.timeout,
    );
}

pub(crate) fn streams() -> Vec<Scenario> {
    let full: [&'static [u8]; 8] = [
        b"rtmp://host/app\0",
        b"http://swf\0",
        b"http://page\0",
        b"app\0",
        b"auth\0",
        b"FV\0",
        b"sub\0",
        b"usher\0",
    ];
    let empty: [&'static [u8]; 8] = [b"\0"; 8];
    let base = Stream {
        timeout: 30,
        ..Stream::default()
    };
    let rows = [
        (
            "nothing optional",
            Stream {
                protocol: 0x15,
                ..base.clone()
            },
        ),
        (
            "everything",
            Stream {
                texts: Some(full),
                times: [1000, 2000],
                live: 1,
                port: 1936,
                ..base.clone()
            },
        ),
        (
            "empty values",
            Stream {
                texts: Some(empty),
                ..base.clone()
            },
        ),
        (
            "tunnelled",
            Stream {
                protocol: 1,
                ..base.clone()
            },
        ),
        (
            "encrypted",
            Stream {
                protocol: 2,
                ..base.clone()
            },
        ),
        (
            "a port too large",
            Stream {
                port: 65_537,
                ..base.clone()
            },
        ),
        (
            "proxy with port",
            Stream {
                socks: b"p.example:1081\0",
                ..base.clone()
            },
        ),
        (
            "proxy without port",
            Stream {
                socks: b"10.0.0.1\0",
                ..base.clone()
            },
        ),
        (
            "proxy with port 0",
            Stream {
                socks: b"h:0\0",
                ..base.clone()
            },
        ),
        (
            "player hash",
            Stream {
                swf: Some(999),
                ..base.clone()
            },
        ),
        (
            "player hash of size 0",
            Stream {
                swf: Some(0),
                ..base.clone()
            },
        ),
        (
            "a timeout beyond an int",
            Stream {
                timeout: 0x1_0000_0005,
                ..base
            },
        ),
    ];
    let mut table = Vec::new();
    for (name, stream) in rows {
        table.push(scenario(
            format!("RTMP_SetupStream: {name}"),
            move |lib, trace| {
                let handle = Handle::new(lib);
                setup_stream(lib, &handle, &stream);
                trace.fields(&handle, LINK);
                trace.fields(&handle, "SWFHash");
                // SAFETY: a data symbol that the library never writes.
                let default = unsafe { lib.default_flash_ver.read() };
                trace.note(
                    "default version by pointer",
                    handle.get().Link.flashVer.av_val == default.av_val,
                );
            },
        ));
    }
    table
}

pub(crate) fn life_cycle() -> Vec<Scenario> {
    let all = "m_inChunkSize m_outChunkSize m_nBWCheckCounter m_nBytesIn m_nBytesInSent \
        m_nBufferMS m_stream_id m_mediaChannel m_mediaStamp m_pauseStamp m_pausing m_nServerBW \
        m_nClientBW m_nClientBW2 m_bPlaying m_bSendEncoding m_bSendCounter m_numInvokes m_numCalls \
        m_methodCalls m_channelsAllocatedIn m_channelsAllocatedOut m_vecChannelsIn \
        m_vecChannelsOut m_channelTimestamp m_fAudioCodecs m_fVideoCodecs m_fEncoding m_fDuration \
        m_msgCounter m_polling m_resplen m_unackd m_clientID m_read.buf m_read.buflen \
        m_read.timestamp m_read.dataType m_read.flags m_read.status m_read.nResumeTS \
        m_write.m_nBytesRead connected sb_size sb_timedout sb_ssl";
    vec![
        scenario("the image after RTMP_Init", |lib, trace| {
            let handle = Handle::new(lib);
            // SAFETY: `raw` is a whole initialised struct without padding of interest.
            let image = unsafe { std::slice::from_raw_parts(handle.raw.cast::<u8>(), 17088) };
            let set = image.iter().enumerate().filter(|(_, byte)| **byte != 0);
            let shown: Vec<_> = set.map(|(at, byte)| format!("{at}:{byte:02x}")).collect();
            trace.text(shown.join(" "));
        }),
        scenario("close right after init, and twice", move |lib, trace| {
            let handle = Handle::new(lib);
            for _ in 0..2 {
                lib.RTMP_Close(handle.raw);
                trace.fields(&handle, all);
            }
        }),
        scenario(
            "update of the buffer time without connection",
            move |lib, trace| {
                let handle = Handle::new(lib);
                lib.RTMP_SetBufferMS(handle.raw, 1234);
                lib.RTMP_UpdateBufferMS(handle.raw);
                trace.fields(&handle, all);
            },
        ),
        scenario("chunk sizes after close", |lib, trace| {
            let handle = Handle::new(lib);
            handle.edit(|r| (r.m_inChunkSize, r.m_outChunkSize) = (4096, 4096));
            lib.RTMP_Close(handle.raw);
            trace.fields(&handle, "m_inChunkSize m_outChunkSize");
        })
        .deviates(
            "chunk sizes survive",
            &["m_inChunkSize = 128", "m_outChunkSize = 128"],
        ),
        scenario("small accessors", |lib, trace| {
            let handle = Handle::new(lib);
            trace.note("version", lib.RTMP_LibVersion());
            lib.RTMP_EnableWrite(handle.raw);
            trace.fields(&handle, "protocol");
            handle.edit(|r| {
                r.m_sb.sb_timedout = 7;
                r.m_fDuration = 1.5;
            });
            trace.note("timed out", lib.RTMP_IsTimedout(handle.raw));
            trace.note("duration", lib.RTMP_GetDuration(handle.raw));
            trace.note("connected", lib.RTMP_IsConnected(handle.raw));
            trace.note("socket", lib.RTMP_Socket(handle.raw));
        }),
        scenario("close after set-up with an own tcUrl", |lib, trace| {
            let (handle, _buffer) = set_up(lib, trace, "rtmp://h:99/app/play app=other");
            lib.RTMP_Close(handle.raw);
            trace.hush();
            trace.fields(&handle, "tcUrl playpath0 playpath lFlags");
        })
        .level(crate::trace::NO_LOG)
        .ours_only(
            "freed strings",
            &[
                "RTMP_SetupURL = 1",
                "tcUrl = -",
                "playpath0 = -",
                "playpath = -",
                "lFlags = 0x0",
            ],
        ),
    ]
}
