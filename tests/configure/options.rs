//! What options say behind a URL, by `RTMP_SetOpt` and in the block: the same, and less than the fields of the block.

use std::ffi::{CString, c_char, c_int};
use std::io::{ErrorKind, Read};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::BorrowedFd;
use std::ptr;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};

use rtmp::abi::{
    AVal, OptionName, RTMP, RTMP_CONFIG, RTMP_CONFIG_NAGLE, RTMP_CONFIG_QUIET, RTMP_CONFIG_RESET,
    RTMP_ERR_BIND, RTMP_ERR_RESOLVE, RTMP_ERR_TIMEOUT, RTMP_OPTION,
};
use rtmp::ffi::rtmp::setup::{RTMP_SetOpt, RTMP_SetupStream};
use rtmp::proto::options::OptionKind;
use rtmp::proto::options::list::OPTIONS;
use rtmp::sys::errno;
use socket2::SockRef;

use crate::client::{Client, PATIENCE, acceptance, narrow_server, rest, shake_hands, write};
use crate::logged::logged;
use crate::{configure, configure_at, kind_and_number, nothing};

/// How a program sets options.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Url,
    SetOpt,
    Block,
}

const WAYS: [Way; 3] = [Way::Url, Way::SetOpt, Way::Block];

/// Pairs of the form that stands behind a URL.
fn pairs(options: &str) -> impl Iterator<Item = (&str, &str)> {
    options
        .split_whitespace()
        .map(|pair| pair.split_once('=').unwrap())
}

/// A text of C that lives as long as the tests.
fn text(text: &str) -> *const c_char {
    Box::leak(CString::new(text).unwrap().into_boxed_c_str()).as_ptr()
}

fn set(client: &Client, name: &str, value: &str) -> bool {
    let [name, value] =
        [name, value].map(|text| AVal::literal(String::leak(text.to_owned()).as_bytes()));
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a valid handle, and texts that live for ever.
    unsafe { RTMP_SetOpt(handle, &raw const name, (&raw const value).cast_mut()) == 1 }
}

/// A block with these options, and with what `config` says.
fn block(options: &str, config: RTMP_CONFIG) -> RTMP_CONFIG {
    let mut list: Vec<RTMP_OPTION> = pairs(options)
        .map(|(name, value)| RTMP_OPTION {
            name: text(name),
            value: text(value),
        })
        .collect();
    list.push(RTMP_OPTION {
        name: ptr::null(),
        value: ptr::null(),
    });
    RTMP_CONFIG {
        options: Vec::leak(list).as_ptr(),
        ..config
    }
}

/// Sets up `client` for a place with options; whether they were taken.
fn say(client: &mut Client, way: Way, place: &str, options: &str) -> bool {
    let url = format!("rtmp://{place}/app/name timeout=50");
    if way == Way::Url {
        client.write_down(&format!("{url} {options}"));
        return client.set_up_again();
    }
    client.set_up_url(&url);
    match way {
        Way::SetOpt => pairs(options).all(|(name, value)| set(client, name, value)),
        _ => configure(client, block(options, nothing())),
    }
}

fn client(way: Way, place: &str, options: &str) -> Client {
    let mut client = Client::new();
    assert!(say(&mut client, way, place, options), "{way:?}: {options}");
    client
}

/// Sets up `client` with options, and says `config` too.
fn say_both(client: &mut Client, way: Way, place: &str, options: &str, config: RTMP_CONFIG) {
    if way == Way::Block {
        assert!(say(client, Way::Url, place, ""));
        assert!(configure(client, block(options, config)));
    } else {
        assert!(say(client, way, place, options));
        assert!(configure(client, config));
    }
}

/// A client that has connected, as it is told.
fn connected(way: Way, place: &str, options: &str, config: RTMP_CONFIG) -> Client {
    let mut client = Client::new();
    say_both(&mut client, way, place, options, config);
    assert!(
        client.connect(),
        "{way:?}: {options}: {}",
        client.last_error()
    );
    client
}

/// A server for one client; where it is, and what it hears.
fn server_at(address: &str) -> (SocketAddr, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind(address).unwrap();
    let place = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        rest(&mut stream)
    });
    (place, thread)
}

fn server() -> (String, JoinHandle<Vec<u8>>) {
    let (place, thread) = server_at("127.0.0.1:0");
    (place.to_string(), thread)
}

/// The buffer for sends of a socket, and whether Nagle's algorithm is on.
fn socket(way: Way, options: &str, config: RTMP_CONFIG) -> (usize, bool) {
    let (place, thread) = server();
    let client = connected(way, &place, options, config);
    // SAFETY: the client is connected.
    let fd = unsafe { BorrowedFd::borrow_raw(client.handle().m_sb.sb_socket.get()) };
    let socket = SockRef::from(&fd);
    let found = (
        socket.send_buffer_size().unwrap(),
        !socket.tcp_nodelay().unwrap(),
    );
    client.close();
    thread.join().unwrap();
    found
}

/// Linux doubles what it is told.
fn is_buffer_of(bytes: usize, buffer: usize) -> bool {
    [bytes, 2 * bytes].contains(&buffer)
}

#[test]
fn buffer_and_nagle_are_as_said_in_any_way() {
    let (usual, _) = socket(Way::Url, "", nothing());
    assert!(!is_buffer_of(10_000, usual));
    for way in WAYS {
        let (buffer, has_nagle) = socket(way, "sendBuffer=10000 nagle=on", nothing());
        assert!(is_buffer_of(10_000, buffer) && has_nagle, "{way:?}");
        let undone = "sendBuffer=10000 sendBuffer=0 nagle=1 nagle=no";
        assert_eq!(socket(way, undone, nothing()), (usual, false), "{way:?}");
    }
}

#[test]
fn fields_count_before_options_and_flags_beside_them() {
    let fields = RTMP_CONFIG {
        sendBuffer: 20_000,
        ..nothing()
    };
    let flags = RTMP_CONFIG {
        flags: RTMP_CONFIG_NAGLE,
        ..nothing()
    };
    for way in WAYS {
        let (buffer, has_nagle) = socket(way, "sendBuffer=10000 nagle=1", fields);
        assert!(
            is_buffer_of(20_000, buffer) && has_nagle,
            "{way:?}: {buffer}"
        );
        let (buffer, has_nagle) = socket(way, "sendBuffer=10000 nagle=0", flags);
        assert!(
            is_buffer_of(10_000, buffer) && has_nagle,
            "{way:?}: {buffer}"
        );
    }
}

#[test]
fn a_family_is_the_only_one_in_any_way() {
    for way in WAYS {
        for (options, family) in [
            ("family=4", 0),
            ("family=6 family=0", 0),
            ("family=6", 4),
            ("", 4),
        ] {
            let (place, thread) = server();
            let client = connected(
                way,
                &place,
                options,
                RTMP_CONFIG {
                    family,
                    ..nothing()
                },
            );
            client.close();
            thread.join().unwrap();
        }
        for (options, family) in [("family=6", 0), ("family=4", 6), ("family=0", 6)] {
            // Nobody is asked.
            let mut client = Client::new();
            let config = RTMP_CONFIG {
                family,
                ..nothing()
            };
            say_both(&mut client, way, "127.0.0.1:1", options, config);
            assert!(!client.connect(), "{way:?}: {options}");
            let expected = (RTMP_ERR_BIND, libc::EAFNOSUPPORT);
            assert_eq!(
                kind_and_number(&client.error()),
                expected,
                "{way:?}: {options}"
            );
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn a_server_that_is_connected_to_is_told_the_url_in_any_way() {
    for way in WAYS {
        let (place, thread) = server();
        let options = format!("connectTo={place}");
        let client = connected(way, "name.invalid:1", &options, nothing());
        assert_eq!(client.handle().Link.hostname.bytes(), b"name.invalid");
        client.close();
        assert!(
            holds(&thread.join().unwrap(), "rtmp://name.invalid:1/app"),
            "{way:?}"
        );
    }
}

#[test]
fn the_port_is_that_of_the_url_where_none_is_said() {
    for host in ["127.0.0.1", "127.0.0.1:", "localhost"] {
        for way in WAYS {
            let (place, thread) = server_at("127.0.0.1:0");
            let url = format!("name.invalid:{}", place.port());
            connected(way, &url, &format!("connectTo={host} family=4"), nothing()).close();
            thread.join().unwrap();
        }
    }
}

#[test]
fn addresses_of_ipv6_may_be_connected_to() {
    if let Err(error) = TcpListener::bind("[::1]:0") {
        println!("skipped: this machine has no IPv6: {error}");
        return;
    }
    for way in WAYS {
        for has_port in [true, false] {
            let (place, thread) = server_at("[::1]:0");
            let (port, options) = match has_port {
                true => (1, format!("connectTo={place}")),
                false => (place.port(), "connectTo=::1".to_owned()),
            };
            connected(way, &format!("127.0.0.1:{port}"), &options, nothing()).close();
            thread.join().unwrap();
        }
    }
}

#[test]
fn where_the_block_says_to_connect_to_counts_before_the_option() {
    for way in WAYS {
        let (place, thread) = server();
        let config = RTMP_CONFIG {
            connectTo: text(&place),
            ..nothing()
        };
        connected(way, "name.invalid:1", "connectTo=other.invalid", config).close();
        thread.join().unwrap();
        // An empty text is no place, but something that was said.
        let mut client = Client::new();
        let config = RTMP_CONFIG {
            connectTo: text(""),
            ..nothing()
        };
        say_both(
            &mut client,
            way,
            "127.0.0.1:1",
            "connectTo=127.0.0.1:1",
            config,
        );
        assert!(!client.connect());
        assert_eq!(client.error().kind, RTMP_ERR_RESOLVE, "{way:?}");
    }
}

#[test]
fn an_empty_text_takes_back_where_to_connect_to() {
    let (place, thread) = server();
    let client = client(Way::Url, &place, "connectTo=name.invalid connectTo=");
    assert!(client.connect());
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_quiet_end_says_nothing_in_any_way() {
    let says_goodbye = |way, options, flags| {
        let (place, thread) = server();
        let mut client = Client::new();
        say_both(
            &mut client,
            way,
            &place,
            options,
            RTMP_CONFIG { flags, ..nothing() },
        );
        client.publishes();
        assert!(client.connect() && client.connect_stream());
        client.close();
        let heard = thread.join().unwrap();
        ["FCUnpublish", "deleteStream"].map(|word| holds(&heard, word))
    };
    for way in WAYS {
        assert_eq!(says_goodbye(way, "quiet=yes", 0), [false; 2], "{way:?}");
        assert_eq!(
            says_goodbye(way, "quiet=1 quiet=off", 0),
            [true; 2],
            "{way:?}"
        );
        assert_eq!(
            says_goodbye(way, "quiet=0", RTMP_CONFIG_QUIET),
            [false; 2],
            "{way:?}"
        );
    }
}

/// How the connection ends for a server that has taken nothing until the client has given it up.
fn end_of_stuck(way: Way, options: &str, flags: u32) -> Result<(), ErrorKind> {
    let (go, ready) = channel::<()>();
    let (port, thread) = narrow_server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        ready.recv().unwrap();
        let end = stream.read_to_end(&mut Vec::new());
        end.map(drop).map_err(|error| error.kind())
    });
    let (mut client, place) = (Client::new(), format!("127.0.0.1:{port}"));
    let options = format!("sendTimeout=200 {options}");
    say_both(
        &mut client,
        way,
        &place,
        &options,
        RTMP_CONFIG { flags, ..nothing() },
    );
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    let body = vec![7; 1 << 20];
    while client.send(&body) {}
    assert_eq!(client.error().kind, RTMP_ERR_TIMEOUT);
    go.send(()).unwrap();
    thread.join().unwrap()
}

#[test]
fn a_connection_that_takes_nothing_is_reset_in_any_way() {
    let reset = Err(ErrorKind::ConnectionReset);
    for way in WAYS {
        assert_eq!(end_of_stuck(way, "reset=true", 0), reset, "{way:?}");
    }
    assert_eq!(end_of_stuck(Way::Url, "reset=1 reset=0", 0), Ok(()));
    assert_eq!(end_of_stuck(Way::Url, "reset=0", RTMP_CONFIG_RESET), reset);
}

/// What is kept of the options of this file.
fn kept(client: &Client) -> (Vec<Option<c_int>>, Option<&'static [u8]>) {
    let numbers = [
        OptionName::Family,
        OptionName::SendBuffer,
        OptionName::Nagle,
        OptionName::Quiet,
        OptionName::Reset,
    ];
    let numbers = numbers.map(|name| client.handle().number_option(name));
    (
        numbers.to_vec(),
        client.handle().text_option(OptionName::ConnectTo),
    )
}

const ALL: &str = "family=6 sendBuffer=0x2000 nagle=1 quiet=0 reset=on connectTo=[::1]:1935";

fn all() -> (Vec<Option<c_int>>, Option<&'static [u8]>) {
    let numbers = [6, 8192, 1, 0, 1].map(Some).to_vec();
    (numbers, Some(b"[::1]:1935"))
}

#[test]
fn what_cannot_be_meant_is_refused_with_a_line_and_changes_nothing() {
    let long = "h".repeat(256);
    let places = [
        "h:0",
        "h:65536",
        "h:rtmp",
        "h:-1",
        ":1",
        "::1:1935x",
        "[::1",
        "u:p@h:1",
        "rtmp://h",
        &long,
    ];
    let family = ["", "5", "46", "-4", "ipv4", "4x", "10"];
    let buffer = ["", "-1", "64k", "1.5", "2147483648"];
    let cases = [
        ("family", &family[..], "1 Option family is not 4, 6 or 0"),
        (
            "sendBuffer",
            &buffer,
            "1 Option sendBuffer is not a number from 0 to 2147483647",
        ),
        (
            "connectTo",
            &places,
            "1 Option connectTo is not host[:port]",
        ),
    ];
    for (way, (name, values, line)) in WAYS
        .into_iter()
        .flat_map(|way| cases.map(|case| (way, case)))
    {
        for value in values {
            let mut client = client(Way::SetOpt, "h", ALL);
            let pair = format!("{name}={value}");
            let (taken, lines) = logged(|| say(&mut client, way, "h", &pair));
            assert!(
                !taken && lines.iter().any(|logged| logged == line),
                "{way:?}: {pair}: {lines:?}"
            );
            assert_eq!(kept(&client), all(), "{way:?}: {pair}");
        }
    }
}

#[test]
fn names_of_255_letters_are_kept_and_longer_ones_refused() {
    for length in [63, 255] {
        let name = "h".repeat(length);
        for value in [name.clone(), format!("{name}:65535")] {
            for way in WAYS {
                let client = client(way, "h", &format!("connectTo={value}"));
                assert_eq!(kept(&client).1, Some(value.as_bytes()));
            }
        }
    }
    assert!(!set(
        &Client::new(),
        "connectTo",
        &format!("{}:1", "h".repeat(256))
    ));
}

#[test]
fn options_of_a_url_go_with_it_and_those_of_the_program_stay() {
    let none = (vec![None; 5], None);
    for (way, expected) in [(Way::Url, none), (Way::SetOpt, all()), (Way::Block, all())] {
        let mut client = client(way, "h", ALL);
        assert_eq!(kept(&client), all(), "{way:?}");
        client.close();
        assert_eq!(kept(&client), all(), "{way:?}");
        client.set_up_url("rtmp://other/app/name");
        assert_eq!(kept(&client), expected, "{way:?}");
        client.set_up_url("rtmp://other/app/name connectTo=h family=4");
        assert_eq!(client.handle().number_option(OptionName::Family), Some(4));
        assert_eq!(kept(&client).1, Some(&b"h"[..]));
    }
}

#[test]
fn a_copy_of_the_handle_has_the_options_and_changes_its_own() {
    for way in WAYS {
        let original = client(way, "h", ALL);
        let mut copy = MaybeUninit::<RTMP>::uninit();
        // SAFETY: a handle that is not connected, and room for one.
        unsafe { ptr::copy_nonoverlapping(original.handle(), copy.as_mut_ptr(), 1) };
        // SAFETY: copied.
        let copy = unsafe { copy.assume_init_ref() };
        assert_eq!(copy.text_option(OptionName::ConnectTo), all().1);
        assert!(set(&original, "connectTo", "h") && set(&original, "family", "4"));
        assert_eq!(copy.text_option(OptionName::ConnectTo), all().1);
        assert_eq!(copy.number_option(OptionName::Family), Some(6));
        assert_eq!(kept(&original).1, Some(&b"h"[..]));
    }
}

/// A value that each option takes.
fn value_of(kind: OptionKind, name: &str) -> &'static str {
    match (kind, name) {
        (OptionKind::Connect, _) => "S:x",
        (OptionKind::Reconnect, _) => "report",
        (OptionKind::Family, _) => "4",
        (OptionKind::Exact(_), _) => "4096",
        (OptionKind::Codecs(_), "fourCcList") => "hvc1",
        (OptionKind::Codecs(_), _) => "hvc1:3",
        _ => "1",
    }
}

/// All that options change in a handle.
fn said(client: &Client) -> (Vec<Vec<u8>>, Vec<c_int>) {
    let (r, link) = (client.handle(), &client.handle().Link);
    let texts = [
        &link.sockshost,
        &link.app,
        &link.tcUrl,
        &link.pageUrl,
        &link.swfUrl,
        &link.flashVer,
        &link.playpath,
        &link.subscribepath,
        &link.usherToken,
        &link.token,
        &link.pubUser,
        &link.pubPasswd,
    ];
    let numbers = [
        &link.lFlags,
        &link.swfAge,
        &link.seekTime,
        &link.stopTime,
        &link.timeout,
        &link.pFlags,
        &r.m_nBufferMS,
    ];
    let texts = texts.map(|text| text.bytes().to_vec());
    let mut numbers = numbers.map(|number| number.get()).to_vec();
    numbers.push(link.extras.raw_len());
    (texts.to_vec(), numbers)
}

#[test]
fn a_block_can_say_whatever_options_can() {
    let nothing = said(&client(Way::Block, "h", ""));
    for option in &OPTIONS {
        let pair = format!("{}={}", option.name, value_of(option.kind, option.name));
        let [by_block, by_call] =
            [Way::Block, Way::SetOpt].map(|way| said(&client(way, "h", &pair)));
        assert_eq!(by_block, by_call, "{pair}");
        assert_ne!(by_block, nothing, "{pair}");
    }
}

#[test]
fn the_first_bad_option_of_a_block_ends_the_call() {
    let none = RTMP_OPTION {
        name: text("live"),
        value: ptr::null(),
    };
    let bad = |name, value| RTMP_OPTION {
        name: text(name),
        value: text(value),
    };
    for (bad, line) in [
        (none, "1 Option live has no value"),
        (bad("bogus", "1"), "1 Unknown option bogus"),
        (bad("", "1"), "1 Unknown option "),
        (bad("family", "5"), "1 Option family is not 4, 6 or 0"),
        (
            bad("reconnect", "2"),
            "1 Option reconnect is not report, auto or no",
        ),
    ] {
        let client = client(Way::SetOpt, "h", "");
        let earlier = Box::leak(Box::new(nothing()));
        assert!(configure_at(&client, earlier));
        let place = client.handle().m_write.body_address();
        let good = |name, value| RTMP_OPTION {
            name: text(name),
            value: text(value),
        };
        let end = RTMP_OPTION {
            name: ptr::null(),
            value: text("x"),
        };
        let list = vec![good("start", "7"), bad, good("stop", "8"), end];
        let config = RTMP_CONFIG {
            options: list.leak().as_ptr(),
            ..nothing()
        };
        errno::set(0);
        let (taken, lines) = logged(|| configure(&client, config));
        assert_eq!((taken, errno::last()), (false, libc::EINVAL), "{line}");
        assert_eq!(lines.first().map(String::as_str), Some(line));
        let link = &client.handle().Link;
        assert_eq!((link.seekTime.get(), link.stopTime.get()), (7, 0), "{line}");
        assert_eq!(client.handle().m_write.body_address(), place, "{line}");
    }
}

#[test]
fn a_block_that_is_refused_for_itself_sets_no_option() {
    for config in [
        RTMP_CONFIG {
            family: 5,
            ..nothing()
        },
        RTMP_CONFIG {
            sendBuffer: -1,
            ..nothing()
        },
        RTMP_CONFIG {
            size: nothing().size - 1,
            ..nothing()
        },
    ] {
        let client = client(Way::SetOpt, "h", "");
        assert!(!configure(&client, block("start=7", config)));
        assert_eq!(client.handle().Link.seekTime.get(), 0);
    }
}

#[test]
fn options_stay_when_the_block_is_forgotten() {
    let client = client(Way::Block, "h", ALL);
    assert!(configure_at(&client, ptr::null()));
    assert_eq!(kept(&client), all());
    assert!(configure(&client, block("family=4", nothing())));
    assert_eq!(client.handle().number_option(OptionName::Family), Some(4));
    assert_eq!(kept(&client).1, all().1);
}

#[test]
fn set_up_replaces_what_it_sets_itself() {
    let options =
        "app=a playpath=p start=7 stop=8 timeout=9 socks=h:1 flashver=f swfUrl=s family=6";
    let said = |client: &Client| {
        let link = &client.handle().Link;
        let texts = [
            &link.app,
            &link.playpath,
            &link.flashVer,
            &link.swfUrl,
            &link.sockshost,
        ];
        let texts = texts.map(|text| text.bytes().escape_ascii().to_string());
        let numbers = [&link.seekTime, &link.stopTime, &link.timeout].map(|number| number.get());
        (
            texts,
            numbers,
            client.handle().number_option(OptionName::Family),
        )
    };
    let texts = |texts: [&str; 5]| texts.map(str::to_owned);
    let mut client = client(Way::Block, "h", options);
    client.set_up_url("rtmp://h/app/name");
    assert_eq!(
        said(&client),
        (texts(["app", "name", "f", "s", "h"]), [7, 8, 9], Some(6))
    );
    // Without texts, and with numbers that are 0.
    assert!(configure(&client, block(options, nothing())));
    let (empty, none) = (AVal::empty(), ptr::null_mut());
    let empty = (&raw const empty).cast_mut();
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a valid handle, and texts that are NULL or valid.
    unsafe {
        RTMP_SetupStream(
            handle, 0, empty, 0, empty, empty, none, none, none, none, none, none, 0, none, none,
            none, 0, 0, 0, 0,
        );
    }
    let expected = (texts(["a", "", "LNX 10,0,32,18", "s", ""]), [0; 3], Some(6));
    assert_eq!(said(&client), expected);
}
