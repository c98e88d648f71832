//! `RTMP_SetupStream` and the life of a handle without connection (spec 02 sections 4 and 5).

use crate::anchors;
use crate::handle::Handle;
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::structs::AVal;
use crate::trace::unhex;
use crate::url_setup::{LINK, set_up};

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
    table.push(port_too_large());
    table
}

fn port_too_large() -> Scenario {
    scenario("RTMP_SetupStream: a port too large", |lib, trace| {
        let handle = Handle::new(lib);
        setup_stream(
            lib,
            &handle,
            &Stream {
                port: 65_537,
                ..Stream::default()
            },
        );
        trace.fields(&handle, "port");
    })
    .level(crate::trace::ERROR + 1)
    .deviates(
        anchors::STREAM_PORT,
        &["WARNING: Invalid port number!", "port = 1935"],
    )
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
            anchors::CHUNK_SIZES,
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
            anchors::FREED_STRINGS,
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
