//! What is kept of options, and what is refused.

use std::mem::MaybeUninit;
use std::ptr;

use rtmp::abi::{OptionName, RTMP};

use super::{ALL, WAYS, Way, all, client, kept, say, set};
use crate::client::Client;
use crate::logged::logged;

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
