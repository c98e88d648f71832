//! `RTMP_SetupURL` (spec 02 §7).

use std::io::Read;
use std::net::TcpListener;
use std::{ptr, thread};

use rtmp::ffi::rtmp::access::RTMP_EnableWrite;
use rtmp::ffi::rtmp::connect::RTMP_Connect;
use rtmp::ffi::rtmp::setup::RTMP_SetupURL;

use super::{Session, argument, show};

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
        // Ours: the original uses no proxy for most of these.
        ("proxy:abc", "proxy", 1080),
        ("proxy:", "proxy", 1080),
        ("[::1]:1081", "::1", 1081),
        ("[::1]", "::1", 1080),
        ("::1", "::1", 1080),
        ("::1:1080", "::1:1080", 1080),
        ("joe:secret@proxy:1081", "joe", 1080),
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
        "rtmp://joe:secret@h/app/play",
        "rtmp://joe:secret@h",
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
        assert_eq!([&link.pubUser, &link.pubPasswd].map(show), ["-"; 2]);
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
fn proxies_with_a_scheme() {
    for (option, port) in [
        ("socks5://joe:a%40b@p.example:1081", 1081),
        ("socks4a://p.example", 1080),
        ("http://[::1]", 80),
        ("http://p:0", 80),
        ("SOCKS5://p:70000", 1080),
        ("socks5://p:abc", 1080),
        ("socks4://joe@[::1]:", 1080),
        ("http://joe:secret@[::1]:x", 80),
        ("socks4a://::1", 1080),
        // An unknown kind is a proxy nevertheless: connecting fails.
        ("ftp://p", 1080),
    ] {
        let (session, ret) = Session::with_url(&format!("rtmp://h/app/play socks={option}"));
        let link = &session.rtmp().Link;
        let shown = (ret, show(&link.sockshost), link.socksport.get());
        assert_eq!(shown, (1, option.to_owned(), port));
        // SAFETY: the copy of the option, which librtmp never frees.
        unsafe { libc::free(link.sockshost.start().cast()) };
    }
}

#[test]
fn logins() {
    let long = "x".repeat(256);
    for (url, host, user, password, tc_url) in [
        (
            "rtmp://joe:a%40b@h/app/play",
            "h",
            "joe",
            "a@b",
            "rtmp://h:1935/app",
        ),
        ("rtmp://joe:@h:19/app", "h", "joe", "", "rtmp://h:19/app"),
        (
            "rtmps://joe@[::1]/app/play",
            "::1",
            "joe",
            "-",
            "rtmps://[::1]:443/app",
        ),
        (
            "rtmp://joe:x@h/app/play pubUser=bob",
            "h",
            "bob",
            "x",
            "rtmp://h:1935/app",
        ),
        (
            "rtmp://joe@h pubPasswd=y",
            "h",
            "joe",
            "y",
            "rtmp://h:1935/",
        ),
        (
            &format!("rtmp://{long}@h/app"),
            "h",
            "-",
            "-",
            "rtmp://h:1935/app",
        ),
    ] {
        let (session, ret) = Session::with_url(url);
        let link = &session.rtmp().Link;
        assert_eq!((ret, show(&link.hostname)), (1, host.to_owned()), "{url}");
        let shown = [&link.pubUser, &link.pubPasswd, &link.tcUrl].map(show);
        assert_eq!(shown, [user, password, tc_url], "{url}");
    }
}

/// A proxy that hears one SOCKS4 request: its address and what it will have heard.
fn socks4_proxy() -> (u16, thread::JoinHandle<[u8; 9]>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = thread::spawn(move || {
        let mut request = [0; 9];
        listener
            .accept()
            .unwrap()
            .0
            .read_exact(&mut request)
            .unwrap();
        request
    });
    (port, proxy)
}

#[test]
fn a_proxy_is_asked_however_it_was_set() {
    for (option, is_late) in [
        ("127.0.0.1:PORT", true),
        ("[127.0.0.1]:PORT", false),
        ("[127.0.0.1]:PORT", true),
    ] {
        let (port, proxy) = socks4_proxy();
        let option = option.replace("PORT", &port.to_string());
        let mut session = Session::new();
        if !is_late {
            session.set(&argument("socks"), &argument(&option));
        }
        assert_eq!(
            session.set_up("rtmp://192.0.2.1:1936/app/play timeout=5"),
            1
        );
        if is_late {
            session.set(&argument("socks"), &argument(&option));
        }
        // SAFETY: the handle of the session.
        let connected = unsafe { RTMP_Connect(session.memory.as_mut_ptr(), ptr::null_mut()) };
        // The proxy ends the talk.
        assert_eq!(connected, 0);
        assert_eq!(
            proxy.join().unwrap(),
            *b"\x04\x01\x07\x90\xc0\0\x02\x01\0",
            "{option}"
        );
        // SAFETY: the copy of the host, which librtmp never frees.
        unsafe { libc::free(session.rtmp().Link.sockshost.start().cast()) };
    }
}
