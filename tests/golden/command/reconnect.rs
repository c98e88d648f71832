//! The server asks to connect anew (spec 09 §10): what the program is told, and what the log says. Ours.

use std::ffi::{CStr, c_char};
use std::ptr;

use rtmp::abi::{
    RTMP_RECONNECT, RTMP_RECONNECT_NONE, RTMP_RECONNECT_REFUSED, RTMP_RECONNECT_REQUESTED,
};
use rtmp::ffi::rtmp::access::RTMP_EnableWrite;
use rtmp::ffi::rtmp::connect::RTMP_Close;
use rtmp::ffi::rtmp::reconnect::RTMP_GetReconnectRequest;

use super::call;
use crate::handle::{Wire, hex};
use crate::logged::logged;
use crate::messages::{COMMAND, NULL, command, ecma_array, message, number, object, tag, text};

const CODE: &str = "NetConnection.Connect.ReconnectRequest";
const COMMAND_AMF3: u8 = 0x11;

fn words(field: &[c_char]) -> String {
    let bytes: Vec<u8> = field
        .iter()
        .map(|&byte| u8::from_ne_bytes(byte.to_ne_bytes()))
        .collect();
    let text = CStr::from_bytes_until_nul(&bytes).unwrap();
    text.to_str().unwrap().to_owned()
}

/// What the program is told: URL, application and description; or why the request is not followed, and the description.
/// `None` when nothing was asked.
fn told(wire: &Wire) -> Option<Result<[String; 3], [String; 2]>> {
    let fields = [[0xa5_u8; 2048].as_slice(), &[0xa5; 1024], &[0xa5; 64]].concat();
    assert_eq!(size_of::<RTMP_RECONNECT>(), 16 + fields.len());
    let mut request = RTMP_RECONNECT::new([7, 7, 7], [&[b'x'; 99]; 3]);
    request.size = u32::try_from(size_of::<RTMP_RECONNECT>()).unwrap();
    // SAFETY: a handle and a struct of its size.
    let result = unsafe { RTMP_GetReconnectRequest(wire.raw(), &raw mut request) };
    let [url, description, reason] =
        [&request.url[..], &request.description, &request.reason].map(words);
    match request.state {
        RTMP_RECONNECT_REQUESTED => {
            assert_eq!((result, &reason[..]), (1, ""));
            let app = url[request.app as usize..].to_owned();
            Some(Ok([url, app, description]))
        }
        RTMP_RECONNECT_REFUSED => {
            assert_eq!((result, request.app, &url[..]), (1, 0, ""));
            Some(Err([reason, description]))
        }
        state => {
            assert_eq!((result, state), (0, RTMP_RECONNECT_NONE));
            assert_eq!([url, description, reason], [const { String::new() }; 3]);
            None
        }
    }
}

fn count(wire: &Wire) -> u32 {
    let mut request = RTMP_RECONNECT::new([0; 3], [b""; 3]);
    request.size = u32::try_from(size_of::<RTMP_RECONNECT>()).unwrap();
    // SAFETY: as above.
    unsafe { RTMP_GetReconnectRequest(wire.raw(), &raw mut request) };
    request.count
}

/// Playing from `url`, with options behind it.
fn playing(url: &str) -> Wire {
    let mut wire = Wire::playing();
    wire.set_up(url);
    wire
}

fn reporting() -> Wire {
    playing("rtmp://127.0.0.1:1936/live/x reconnect=report")
}

fn info(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let known = [("level", text("status")), ("code", text(CODE))];
    object(&[&known, members].concat())
}

fn ask(wire: &Wire, info: &[u8]) -> Vec<String> {
    let (result, lines) = logged(|| call(wire, "onStatus", 0.0, &[NULL, info]));
    assert_eq!((result, wire.is_connected()), ((0, String::new()), true));
    lines
        .into_iter()
        .filter(|line| line.contains("reconnect") && !line.starts_with('4'))
        .collect()
}

fn to(url: &str, app: &str, description: &str) -> Option<Result<[String; 3], [String; 2]>> {
    Some(Ok([url, app, description].map(String::from)))
}

fn refused(reason: &str) -> Option<Result<[String; 3], [String; 2]>> {
    Some(Err([reason.to_owned(), String::new()]))
}

#[test]
fn addresses_of_all_forms() {
    for (tc_url, url, app) in [
        ("rtmp://h:19/a/b?c", "rtmp://h:19/a/b?c", "a/b?c"),
        ("rtmps://h/a", "rtmps://h/a", "a"),
        ("//h/a", "rtmp://h/a", "a"),
        ("//joe:pw@[::1]/a", "rtmp://joe:pw@[::1]/a", "a"),
        ("/a", "rtmp://127.0.0.1:1936/a", "a"),
        ("a", "rtmp://127.0.0.1:1936/a", "a"),
        ("?x", "rtmp://127.0.0.1:1936/live?x", "live?x"),
        ("", "rtmp://127.0.0.1:1936/live", "live"),
    ] {
        let wire = reporting();
        assert_eq!(told(&wire), None);
        let lines = ask(&wire, &info(&[("tcUrl", text(tc_url))]));
        assert_eq!(told(&wire), to(url, app, ""), "{tc_url}");
        let shown = url.replace("joe:pw@", "");
        let shown = shown.split('?').next().unwrap();
        assert_eq!(lines, [format!("3 server asks to reconnect to {shown}")]);
    }
    for none in [
        &info(&[])[..],
        &info(&[("tcUrl", vec![5])]),
        &info(&[("tcUrl", vec![6])]),
    ] {
        let wire = reporting();
        ask(&wire, none);
        assert_eq!(told(&wire), to("rtmp://127.0.0.1:1936/live", "live", ""));
    }
}

#[test]
fn what_is_not_followed() {
    let long = format!("/{}", "x".repeat(2040));
    for (from, tc_url, reason) in [
        ("rtmps", text("rtmp://h/a"), "from rtmps to rtmp"),
        ("rtmpte", text("rtmpt://h/a"), "from rtmpte to rtmpt"),
        ("rtmps", text("rtmpe://h/a"), "from rtmps to rtmpe"),
        ("rtmp", text("rtmp://h/a b"), "tcUrl is no URL"),
        ("rtmp", text("rtmp://h/a\r\n"), "tcUrl is no URL"),
        ("rtmp", text("rtmp://h\0/a"), "tcUrl is no URL"),
        ("rtmp", text("http://h/a"), "tcUrl has an unknown scheme"),
        ("rtmp", text("///a"), "tcUrl names no host"),
        ("rtmp", text(&long), "tcUrl has more than 2047 bytes"),
        ("rtmp", number(1.0), "tcUrl is no text"),
        ("rtmp", object(&[]), "tcUrl is no text"),
        ("rtmp", vec![1, 0], "tcUrl is no text"),
    ] {
        let wire = playing(&format!("{from}://127.0.0.1:1936/live/x reconnect=report"));
        let lines = ask(&wire, &info(&[("tcUrl", tc_url)]));
        assert_eq!(told(&wire), refused(reason));
        assert_eq!(
            lines,
            [format!("2 server asks to reconnect, refused: {reason}")]
        );
    }
}

#[test]
fn the_servers_words_are_made_readable() {
    let wire = reporting();
    let said = [
        ("tcUrl", text("//h/a")),
        ("description", text("going\r\n\0d\u{e9}wn")),
    ];
    let lines = ask(&wire, &info(&said));
    // As in the log.
    let shown = r"going\x0d\x0a";
    assert_eq!(told(&wire), to("rtmp://h/a", "a", shown));
    assert_eq!(
        lines,
        [format!("3 server asks to reconnect to rtmp://h/a: {shown}")]
    );
    // Not in the middle of a character.
    let long = format!("{}{}", "x".repeat(999), "\u{e9}".repeat(100));
    ask(&wire, &info(&[("description", text(&long))]));
    let kept = "x".repeat(999);
    assert_eq!(told(&wire), to("rtmp://127.0.0.1:1936/live", "live", &kept));
    ask(&wire, &info(&[("description", number(1.0))]));
    assert_eq!(told(&wire), to("rtmp://127.0.0.1:1936/live", "live", ""));
}

#[test]
fn only_what_is_a_request_is_one() {
    let coded = |level: Vec<u8>| object(&[("level", level), ("code", text(CODE))]);
    for (info, lines) in [
        (
            coded(text("error")),
            &["2 reconnect request of level \"error\" ignored"][..],
        ),
        (
            coded(text("warning")),
            &["2 reconnect request of level \"warning\" ignored"],
        ),
        (
            coded(number(0.0)),
            &["2 reconnect request of level \"\" ignored"],
        ),
        (
            object(&[("code", text(CODE))]),
            &["2 reconnect request of level \"\" ignored"],
        ),
        (object(&[("level", text("status"))]), &[]),
        (
            object(&[("level", text("status")), ("code", number(1.0))]),
            &[],
        ),
        (
            object(&[
                ("level", text("status")),
                ("code", text("NetConnection.Connect.reconnectrequest")),
            ]),
            &[],
        ),
        (NULL.to_vec(), &[]),
        (text(CODE), &[]),
    ] {
        let wire = reporting();
        assert_eq!(ask(&wire, &info), lines);
        assert_eq!(told(&wire), None);
    }
    // No information at all.
    let wire = reporting();
    assert_eq!(call(&wire, "onStatus", 0.0, &[NULL]).0, 0);
    assert_eq!(call(&wire, "onStatus", 0.0, &[]).0, 0);
    assert_eq!(told(&wire), None);
    // Levels are compared as the one of errors is; maps may be ECMA arrays.
    let members = [
        ("level", text("Status")),
        ("code", text(CODE)),
        ("tcUrl", text("/a")),
    ];
    ask(&wire, &ecma_array(&members));
    assert_eq!(told(&wire), to("rtmp://127.0.0.1:1936/a", "a", ""));
}

#[test]
fn any_stream_and_both_types_of_command() {
    for (kind, front) in [(COMMAND, &b""[..]), (COMMAND_AMF3, b"\0")] {
        for stream in [0_u8, 1, 7] {
            let wire = reporting();
            let body = command("onStatus", 0.0, &[NULL, &info(&[("tcUrl", text("/a"))])]);
            let mut bytes = message(3, 0, kind, &[front, &body].concat());
            bytes[8] = stream;
            wire.push_bytes(&bytes);
            wire.finish();
            wire.read(4096);
            let wanted = to("rtmp://127.0.0.1:1936/a", "a", "");
            assert_eq!(told(&wire), wanted, "type {kind}, stream {stream}");
        }
    }
}

#[test]
fn without_the_option_nothing_is_different() {
    for options in ["", " reconnect=no", " capsEx=1"] {
        for level in ["status", "error"] {
            let said = object(&[
                ("level", text(level)),
                ("code", text(CODE)),
                ("tcUrl", text("/a")),
            ]);
            let another = CODE.replace("ReconnectRequest", "SixteenLetters--");
            let other = object(&[
                ("level", text(level)),
                ("code", text(&another)),
                ("tcUrl", text("/a")),
            ]);
            let told_of = |info: &[u8]| {
                let wire = playing(&format!("rtmp://127.0.0.1:1936/live/x{options}"));
                wire.r().m_bPlaying.set(1);
                let (result, lines) = logged(|| call(&wire, "onStatus", 0.0, &[NULL, info]));
                assert_eq!(told(&wire), None, "{options}");
                (result, lines.join("\n").replace(CODE, &another))
            };
            // A code that nobody knows.
            assert_eq!(told_of(&said), told_of(&other), "{options} {level}");
        }
    }
}

#[test]
fn the_last_request_counts() {
    let wire = reporting();
    for (index, tc_url) in (1..).zip(["/a", "/b", "http://h/x", "/c"]) {
        ask(&wire, &info(&[("tcUrl", text(tc_url))]));
        assert_eq!(count(&wire), index);
    }
    assert_eq!(told(&wire), to("rtmp://127.0.0.1:1936/c", "c", ""));
    ask(&wire, &info(&[("tcUrl", text("http://h/x"))]));
    assert_eq!(told(&wire), refused("tcUrl has an unknown scheme"));
    assert_eq!(count(&wire), 5);
}

fn request(tc_url: &str) -> Vec<u8> {
    let body = command("onStatus", 0.0, &[NULL, &info(&[("tcUrl", text(tc_url))])]);
    message(3, 0, COMMAND, &body)
}

#[test]
fn who_plays_is_told_while_media_goes_on() {
    let wire = reporting();
    let frame = [0x17, 1, 0, 0, 0, 9];
    wire.push_bytes(&message(6, 0, 9, &frame));
    wire.push_bytes(&request("//h/a"));
    wire.push_bytes(&message(6, 40, 9, &frame));
    wire.finish();
    let flv = wire.read_all(4096);
    assert!(flv.ends_with(&hex(&tag(9, 40, &frame))), "{flv}");
    assert_eq!(told(&wire), to("rtmp://h/a", "a", ""));
    // The end of the stream changes nothing.
    assert_eq!(wire.read(4096).0, 0);
    assert!(!wire.is_connected());
    assert_eq!(told(&wire), to("rtmp://h/a", "a", ""));
}

#[test]
fn who_only_writes_is_told() {
    let mut wire = reporting();
    // SAFETY: a handle.
    unsafe { RTMP_EnableWrite(wire.raw()) };
    let frame = tag(9, 0, &[0x17, 1, 0, 0, 0, 9]);
    wire.push_bytes(&request("//h/a"));
    assert!(wire.write(&frame) > 0);
    assert_eq!(told(&wire), to("rtmp://h/a", "a", ""));
    // The server goes away: the write fails, and the program still knows where to go.
    wire.hang_up();
    while wire.write(&frame) > 0 {}
    assert!(!wire.is_connected());
    assert_eq!(told(&wire), to("rtmp://h/a", "a", ""));
}

#[test]
fn a_request_stays_until_the_next_connection() {
    let mut wire = reporting();
    ask(
        &wire,
        &info(&[("tcUrl", text("//h/a")), ("description", text("bye"))]),
    );
    let wanted = to("rtmp://h/a", "a", "bye");
    for _ in 0..2 {
        // SAFETY: a handle.
        unsafe { RTMP_Close(wire.raw()) };
        assert_eq!((told(&wire), count(&wire)), (wanted.clone(), 1));
    }
    // Calls that fail without a connection.
    assert_eq!(wire.write(&tag(9, 0, &[0x17; 20])), -1);
    wire.read(4096);
    assert_eq!((told(&wire), count(&wire)), (wanted.clone(), 1));
    wire.set_up("rtmp://127.0.0.1:1/live/x reconnect=report");
    assert_eq!(told(&wire), wanted);
    // Nobody listens there.
    // SAFETY: a handle.
    let result = unsafe { rtmp::ffi::rtmp::connect::RTMP_Connect(wire.raw(), ptr::null_mut()) };
    assert_eq!((result, told(&wire), count(&wire)), (0, None, 0));
}

#[test]
fn a_struct_of_another_size() {
    let wire = reporting();
    ask(&wire, &info(&[("tcUrl", text("/a"))]));
    let whole = size_of::<RTMP_RECONNECT>();
    let mut memory = vec![0xa5_u8; whole + 64];
    let mut get = |size: usize| {
        memory.fill(0xa5);
        memory[..4].copy_from_slice(&u32::try_from(size).unwrap().to_ne_bytes());
        // SAFETY: the memory is longer than all sizes here that are accepted.
        let result = unsafe { RTMP_GetReconnectRequest(wire.raw(), memory.as_mut_ptr().cast()) };
        let state = u32::from_ne_bytes(memory[4..8].try_into().unwrap());
        (result, state, memory[whole], memory[whole + 16])
    };
    assert_eq!(get(whole), (1, 1, 0xa5, 0xa5));
    assert_eq!(get(whole + 16), (1, 1, 0, 0xa5));
    for size in [0, 4, 16, whole - 1, usize::from(u16::MAX)] {
        assert_eq!(get(size), (0, 0xa5a5_a5a5, 0xa5, 0xa5), "{size}");
    }
    // SAFETY: NULL is fine.
    let nowhere = unsafe { RTMP_GetReconnectRequest(wire.raw(), ptr::null_mut()) };
    assert_eq!(nowhere, 0);
    let mut request = RTMP_RECONNECT::new([0; 3], [b""; 3]);
    request.size = u32::try_from(whole).unwrap();
    // SAFETY: NULL is fine.
    let of_nobody = unsafe { RTMP_GetReconnectRequest(ptr::null_mut(), &raw mut request) };
    assert_eq!(of_nobody, 0);
}

#[test]
fn no_login_is_logged() {
    for tc_url in [
        "rtmp://joe:secret@h/a",
        "//joe:secret@h/a",
        "rtmp://joe:secret@h/a b",
        "http://joe:secret@h",
    ] {
        let wire = reporting();
        let info = info(&[("tcUrl", text(tc_url))]);
        let (_, lines) = logged(|| call(&wire, "onStatus", 0.0, &[NULL, &info]));
        assert!(told(&wire).is_some());
        let lines = lines.join("\n");
        assert!(lines.contains("server asks to reconnect"), "{lines}");
        assert!(
            !lines.contains("secret") && !lines.contains("joe"),
            "{lines}"
        );
    }
}

#[test]
fn logging_in_does_not_show_what_it_has_appended() {
    let mut wire = reporting();
    let addition = "?authmod=adobe&user=joe&challenge=c&response=secret";
    let (app, tc_url) = (
        format!("live{addition}"),
        format!("rtmp://127.0.0.1:1936/live{addition}"),
    );
    wire.set(|r| &r.Link.app, &app);
    wire.set(|r| &r.Link.tcUrl, &tc_url);
    wire.r().Link.lFlags.set(0x40);
    ask(&wire, &info(&[]));
    wire.r().Link.lFlags.set(0);
    assert_eq!(told(&wire), to("rtmp://127.0.0.1:1936/live", "live", ""));
}
