//! `RTMP_SetupStream`, the small accessors and the exported variables (spec 02 §4, §5).

use std::ffi::{CStr, c_char, c_int, c_long};
use std::ptr;

use rtmp::abi::{AVal, Calls, RTMP};
use rtmp::ffi::rtmp::access::{
    RTMP_Alloc, RTMP_DropRequest, RTMP_EnableWrite, RTMP_Free, RTMP_GetDuration, RTMP_IsConnected,
    RTMP_IsTimedout, RTMP_LibVersion, RTMP_SetBufferMS, RTMP_Socket, RTMP_UserInterrupt,
};
use rtmp::ffi::rtmp::data::{
    RTMP_DefaultFlashVer, RTMP_ctrlC, RTMPProtocolStrings, RTMPProtocolStringsLower,
};
use rtmp::ffi::rtmp::setup::RTMP_SetupStream;

use super::{Session, argument, show};

/// The arguments that tests vary; `texts` are tcUrl, swfUrl, pageUrl, app, auth, flashVer, subscribepath, usherToken.
struct Stream<'a> {
    protocol: c_int,
    port: u32,
    socks: &'a str,
    texts: [Option<&'a str>; 8],
    swf_size: u32,
    live: c_int,
    timeout: c_long,
}

const BARE: Stream<'_> = Stream {
    protocol: 0,
    port: 0,
    socks: "",
    texts: [None; 8],
    swf_size: 0,
    live: 0,
    timeout: 30,
};

fn set_up(session: &mut Session, stream: &Stream<'_>) {
    let [mut host, mut socks, mut playpath] = ["host", stream.socks, "play"].map(argument);
    let mut hash = argument(&"h".repeat(32));
    let mut texts = stream.texts.map(|text| text.map(argument));
    let [
        tc_url,
        swf_url,
        page_url,
        app,
        auth,
        flash_version,
        subscribe,
        usher,
    ] = texts
        .each_mut()
        .map(|text| text.as_mut().map_or(ptr::null_mut(), ptr::from_mut));
    // SAFETY: a handle and texts that are never freed.
    unsafe {
        RTMP_SetupStream(
            session.memory.as_mut_ptr(),
            stream.protocol,
            &raw mut host,
            stream.port,
            &raw mut socks,
            &raw mut playpath,
            tc_url,
            swf_url,
            page_url,
            app,
            auth,
            &raw mut hash,
            stream.swf_size,
            flash_version,
            subscribe,
            usher,
            1000,
            2000,
            stream.live,
            stream.timeout,
        );
    }
}

fn texts(rtmp: &RTMP) -> [String; 8] {
    let link = &rtmp.Link;
    [
        &link.tcUrl,
        &link.swfUrl,
        &link.pageUrl,
        &link.app,
        &link.auth,
        &link.flashVer,
        &link.subscribepath,
        &link.usherToken,
    ]
    .map(show)
}

/// As an `int`: 5.
#[cfg(target_pointer_width = "64")]
const LONG: c_long = 0x1_0000_0005;
/// A `long` is an `int` here.
#[cfg(target_pointer_width = "32")]
const LONG: c_long = 5;

#[test]
fn without_anything_optional() {
    let mut session = Session::new();
    set_up(
        &mut session,
        &Stream {
            protocol: 0x15,
            timeout: LONG,
            ..BARE
        },
    );
    let link = &session.rtmp().Link;
    assert_eq!((link.protocol.get(), link.port.get()), (0x15, 443));
    assert_eq!((link.timeout.get(), link.lFlags.get()), (5, 0));
    assert_eq!((link.seekTime.get(), link.stopTime.get()), (1000, 2000));
    assert_eq!(
        (show(&link.hostname), show(&link.playpath)),
        ("host".into(), "play".into())
    );
    assert_eq!(
        (show(&link.sockshost), link.socksport.get()),
        ("-".into(), 0)
    );
    assert_eq!(link.SWFSize.get(), 0);
    // Programs compare the pointers.
    assert_eq!(link.flashVer.start(), RTMP_DefaultFlashVer.value().start());
    let texts = texts(session.rtmp());
    assert_eq!(texts, ["-", "-", "-", "-", "-", "LNX 10,0,32,18", "-", "-"]);
}

#[test]
fn proxies() {
    // Ours: the original uses no proxy but for the first.
    for (socks, host, port) in [
        ("p.example", "p.example", 1080),
        ("[::1]:1081", "::1", 1081),
        ("::1", "::1", 1080),
        ("p.example:abc", "p.example", 1080),
        ("p.example:", "p.example", 1080),
        (
            "socks5://joe:pw@[::1]:1081",
            "socks5://joe:pw@[::1]:1081",
            1081,
        ),
        ("http://p.example:abc", "http://p.example:abc", 80),
    ] {
        let mut session = Session::new();
        set_up(&mut session, &Stream { socks, ..BARE });
        let link = &session.rtmp().Link;
        let shown = (show(&link.sockshost), link.socksport.get());
        assert_eq!(shown, (host.to_owned(), port), "{socks}");
        // SAFETY: the copy of the proxy's name, which librtmp never frees.
        unsafe { libc::free(link.sockshost.start().cast()) };
    }
}

#[test]
fn with_everything() {
    let names = ["tc", "swf", "page", "app", "auth", "WIN 1", "sub", "usher"];
    let full = Stream {
        protocol: 2,
        port: 1936,
        socks: "p.example:1081",
        texts: names.map(Some),
        swf_size: 999,
        live: 2,
        timeout: 7,
    };
    let mut session = Session::new();
    set_up(&mut session, &full);
    let link = &session.rtmp().Link;
    assert_eq!(texts(session.rtmp()), names);
    assert_eq!(
        (link.port.get(), link.lFlags.get(), link.SWFSize.get()),
        (1936, 0x3, 999)
    );
    assert!(link.SWFHash.iter().all(|byte| byte.get() == b'h'));
    assert_eq!(
        (show(&link.sockshost), link.socksport.get()),
        ("p.example".into(), 1081)
    );
    // SAFETY: the copy of the proxy's name, which librtmp never frees.
    unsafe { libc::free(link.sockshost.start().cast()) };

    // Missing and empty texts leave what is there, but for flashVer; flags stay, the hash goes.
    let mut empty = BARE;
    empty.texts = [
        Some(""),
        None,
        Some(""),
        None,
        Some(""),
        Some(""),
        None,
        Some(""),
    ];
    set_up(&mut session, &empty);
    let link = &session.rtmp().Link;
    let kept = [
        "tc",
        "swf",
        "page",
        "app",
        "auth",
        "LNX 10,0,32,18",
        "sub",
        "usher",
    ];
    assert_eq!(texts(session.rtmp()), kept);
    assert_eq!(
        (link.port.get(), link.lFlags.get(), link.SWFSize.get()),
        (1935, 0x3, 0)
    );
    assert_eq!(
        (show(&link.sockshost), link.socksport.get()),
        ("-".into(), 0)
    );
}

#[test]
fn a_port_that_is_none_is_the_default() {
    // Ours: the original takes the low 16 bits, 34463.
    let mut session = Session::new();
    set_up(
        &mut session,
        &Stream {
            port: 99_999,
            ..BARE
        },
    );
    assert_eq!(session.rtmp().Link.port.get(), 1935);
}

#[test]
fn accessors() {
    let mut session = Session::new();
    let handle = session.memory.as_mut_ptr();
    // SAFETY: an initialised handle, here and below.
    unsafe { RTMP_EnableWrite(handle) };
    // SAFETY: as above.
    unsafe { RTMP_SetBufferMS(handle, 5) };
    // SAFETY: as above.
    let connected = unsafe { RTMP_IsConnected(handle) };
    // SAFETY: as above.
    let socket = unsafe { RTMP_Socket(handle) };
    // SAFETY: as above.
    let timed_out = unsafe { RTMP_IsTimedout(handle) };
    // SAFETY: as above.
    let duration = unsafe { RTMP_GetDuration(handle) };
    assert_eq!((connected, socket, timed_out), (0, -1, 0));
    assert_eq!(duration.to_bits(), 0);
    assert_eq!(RTMP_LibVersion(), 0x02_03_00);
    assert_eq!(session.rtmp().Link.protocol.get(), 0x10);
    assert_eq!(session.rtmp().m_nBufferMS.get(), 5);

    session.rtmp().m_sb.sb_socket.set(0);
    session.rtmp().m_sb.sb_timedout.set(7);
    // SAFETY: as above.
    let connected = unsafe { RTMP_IsConnected(handle) };
    // SAFETY: as above.
    let timed_out = unsafe { RTMP_IsTimedout(handle) };
    assert_eq!((connected, timed_out), (1, 7));
}

#[test]
fn a_handle_that_was_only_allocated_has_no_socket() {
    // Ours: in the original it has descriptor 0.
    let handle = RTMP_Alloc();
    // SAFETY: all bytes of it are set.
    let connected = unsafe { RTMP_IsConnected(handle) };
    assert_eq!(connected, 0);
    // SAFETY: nobody uses it any more.
    unsafe { RTMP_Free(handle) };
}

#[test]
fn dropped_calls_close_the_gap() {
    let (mut session, mut right) = (Session::new(), Calls::default());
    for number in 0..18 {
        assert!(session.rtmp().queue_call(&mut right, b"call", number));
    }
    let handle = session.memory.as_mut_ptr();
    for index in [0, 16, 16, -1] {
        // SAFETY: an initialised handle. The last two indices are outside, which the original does not check.
        unsafe { RTMP_DropRequest(handle, index, 1) };
    }
    let numbers: Vec<_> = session
        .rtmp()
        .calls(&right)
        .iter()
        .map(|call| call.num.get())
        .collect();
    assert_eq!(numbers, Vec::from_iter(1..17));
    drop(session.rtmp().detach());
}

#[test]
fn exported_variables() {
    let row = |names: &[[c_char; 7]; 9], index: usize| -> String {
        let bytes = names[index].map(|char| char.to_ne_bytes()[0]);
        CStr::from_bytes_until_nul(&bytes)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    let lower = [
        "rtmp", "rtmpt", "rtmpe", "rtmpte", "rtmps", "rtmpts", "", "", "rtmfp",
    ];
    for (index, name) in lower.into_iter().enumerate() {
        assert_eq!(row(&RTMPProtocolStringsLower, index), name);
        assert_eq!(row(&RTMPProtocolStrings, index), name.to_ascii_uppercase());
    }
    let sizes = [
        size_of_val(&RTMPProtocolStrings),
        size_of_val(&RTMPProtocolStringsLower),
        size_of_val(&RTMP_DefaultFlashVer),
        size_of_val(&RTMP_ctrlC),
    ];
    assert_eq!(sizes, [63, 63, size_of::<AVal>(), 4]);
    let version = RTMP_DefaultFlashVer.value();
    // SAFETY: a literal with a NUL behind it.
    let version = unsafe { CStr::from_ptr(version.start()) };
    assert_eq!(version, c"LNX 10,0,32,18");
}

#[test]
fn an_interrupt_is_seen_by_all_layers() {
    assert!(!rtmp::sys::interrupted());
    RTMP_UserInterrupt();
    assert_eq!((RTMP_ctrlC.get(), rtmp::sys::interrupted()), (1, true));
    RTMP_ctrlC.set(0);
    assert!(!rtmp::sys::interrupted());
}
