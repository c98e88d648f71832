//! Options in the block.

use std::ffi::c_int;
use std::ptr;

use rtmp::abi::{AVal, OptionName, RTMP_CONFIG, RTMP_OPTION};
use rtmp::ffi::rtmp::setup::RTMP_SetupStream;
use rtmp::proto::options::OptionKind;
use rtmp::proto::options::list::OPTIONS;
use rtmp::sys::errno;

use super::{ALL, Way, all, block, client, kept, text};
use crate::client::Client;
use crate::logged::logged;
use crate::{configure, configure_at, nothing};

/// A value that each option takes.
fn value_of(kind: OptionKind, name: &str) -> &'static str {
    match (kind, name) {
        (OptionKind::Connect, _) => "S:x",
        (OptionKind::Reconnect, _) => "report",
        (OptionKind::Family, _) => "4",
        (OptionKind::ConnectProperties, _) => "NS:a:b",
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
