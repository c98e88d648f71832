//! Properties that an option adds to the object of `connect`.

use std::mem::MaybeUninit;
use std::ptr;

use rtmp::abi::{AMFObject, AMFObjectProperty, AVal, RTMP, RTMP_CONFIG};
use rtmp::ffi::rtmp::setup::RTMP_SetOpt;
use rtmp::sys::errno;

use super::{WAYS, Way, client, say, say_both, set};
use crate::client::{Client, rest, server, shake_hands};
use crate::logged::logged;
use crate::nothing;

/// Connects and closes; the body of `connect`, if there is one.
fn body(client: &mut Client, way: Way, options: &str, config: RTMP_CONFIG) -> Option<Vec<u8>> {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        rest(&mut stream)
    });
    // Without the port, which has one length or another.
    let options = format!("tcUrl=rtmp://host/app {options}");
    say_both(client, way, &format!("127.0.0.1:{port}"), &options, config);
    client.handle().m_outChunkSize.set(65_536);
    let is_connected = client.connect();
    let number = errno::last();
    client.close();
    let heard = thread.join().unwrap();
    if !is_connected {
        assert_eq!(number, libc::EINVAL);
        return None;
    }
    let name = b"\x02\0\x07connect";
    let start = heard.windows(name.len()).position(|window| window == name);
    Some(heard[start.unwrap()..].to_vec())
}

fn body_of(way: Way, options: &str, config: RTMP_CONFIG) -> Option<Vec<u8>> {
    body(&mut Client::new(), way, options, config)
}

/// What a player's properties stand behind.
const FRONT: &[u8] = b"\x02\0\x07connect\0\x3f\xf0\0\0\0\0\0\0\x03\0\x03app\x02\0\x03app";

/// The properties among those of a client that says only `others`.
fn added(body: &[u8], others: &str) -> Vec<u8> {
    let plain = body_of(Way::Url, others, nothing()).unwrap();
    let rest = plain.strip_prefix(FRONT).unwrap();
    let body = body.strip_prefix(FRONT).unwrap();
    body.strip_suffix(rest).unwrap().to_vec()
}

const OPTION: &str = "connectProperties=NB:goAway:1,NS:id:a:b,NO:more:1,NN:n:1,O:0";
const BYTES: &[u8] = b"\0\x06goAway\x01\x01\0\x02id\x02\0\x03a:b\
    \0\x04more\x03\0\x01n\0\x3f\xf0\0\0\0\0\0\0\0\0\x09";

#[test]
fn properties_stand_behind_the_application_in_any_way() {
    for way in WAYS {
        for others in ["", "ertmp=1"] {
            let body = body_of(way, &format!("{others} {OPTION}"), nothing());
            assert_eq!(added(&body.unwrap(), others), BYTES, "{way:?}: {others}");
        }
    }
}

/// A block with one property, which lives as long as the tests.
fn with_text(length: usize) -> RTMP_CONFIG {
    let (name, value) = (
        AVal::literal(b"n"),
        AVal::literal(vec![b'x'; length].leak()),
    );
    let object = Box::leak(Box::new(AMFObject::empty()));
    let property = AMFObjectProperty::with_text(name, AMFObjectProperty::STRING, &value);
    assert!(object.push(&property));
    RTMP_CONFIG {
        connectProperties: object,
        ..nothing()
    }
}

#[test]
fn those_of_the_block_stand_behind_those_of_the_option() {
    for way in WAYS {
        let body = body_of(way, OPTION, with_text(2)).unwrap();
        assert_eq!(
            added(&body, ""),
            [BYTES, b"\0\x01n\x02\0\x02xx"].concat(),
            "{way:?}"
        );
    }
}

#[test]
fn both_have_16_kib_together() {
    let option = |length| format!("connectProperties=NS:n:{}", "x".repeat(length));
    let whole = 16_384 - 6;
    assert!(body_of(Way::Url, &option(whole), nothing()).is_some());
    assert!(body_of(Way::Url, &option(whole - 100), with_text(94)).is_some());
    assert!(body_of(Way::Url, &option(whole - 100), with_text(95)).is_none());
    assert!(body_of(Way::Url, &option(whole), with_text(0)).is_none());
}

#[test]
fn the_last_word_counts_and_an_empty_one_takes_it_back() {
    for way in WAYS {
        let again = format!("connectProperties=NS:a:b {OPTION}");
        let body = body_of(way, &again, nothing()).unwrap();
        assert_eq!(added(&body, ""), BYTES, "{way:?}");
        let none = format!("{OPTION} connectProperties=");
        let body = body_of(way, &none, nothing()).unwrap();
        assert_eq!(added(&body, ""), b"", "{way:?}");
    }
}

#[test]
fn a_comma_is_written_as_its_number() {
    let bytes = b"\0\x01a\x02\0\x05x,y z";
    // The escapes of URLs come first.
    for (way, value) in [
        (Way::Url, r"NS:a:x\5c2cy\20z"),
        (Way::Url, r"NS:a:x\5c2cy\5c20z"),
        (Way::SetOpt, r"NS:a:x\2cy\20z"),
        (Way::Block, r"NS:a:x\2cy\20z"),
    ] {
        let body = body_of(way, &format!("connectProperties={value}"), nothing());
        assert_eq!(added(&body.unwrap(), ""), bytes, "{way:?}: {value}");
    }
}

#[test]
fn what_names_no_properties_is_refused_and_changes_nothing() {
    let long = format!("NS:n:{}", "x".repeat(16_384 - 5));
    let line = "1 Option connectProperties is no list of NB:, NN:, NS: and NO: with names and values, or takes more than 16384 bytes";
    for value in [
        "x", "NS:a", "NS::b", "S:a", "NB:a:2", "NN:a:x", "NO:a:1", "O:0", "NS:a:b,", &long,
    ] {
        for way in WAYS {
            let mut client = client(Way::SetOpt, "h", "connectProperties=NS:a:b");
            let pair = format!("connectProperties={value}");
            let (taken, lines) = logged(|| say(&mut client, way, "h", &pair));
            assert!(
                !taken && lines.iter().any(|logged| logged == line),
                "{way:?}: {value}: {lines:?}"
            );
            assert_eq!(
                client.handle().connect_properties().bytes(),
                b"NS:a:b",
                "{way:?}: {value}"
            );
        }
    }
}

#[test]
fn properties_of_a_url_go_with_it_and_those_of_the_program_stay() {
    for (way, expected) in [
        (Way::Url, &b""[..]),
        (Way::SetOpt, b"NS:a:b"),
        (Way::Block, b"NS:a:b"),
    ] {
        let mut client = client(way, "h", "connectProperties=NS:a:b");
        assert_eq!(
            client.handle().connect_properties().bytes(),
            b"NS:a:b",
            "{way:?}"
        );
        client.set_up_url("rtmp://other/app/name");
        assert_eq!(
            client.handle().connect_properties().bytes(),
            expected,
            "{way:?}"
        );
    }
}

#[test]
fn properties_are_sent_with_each_connection() {
    let mut client = Client::new();
    for _ in 0..2 {
        let body = body(&mut client, Way::SetOpt, OPTION, nothing());
        assert_eq!(added(&body.unwrap(), ""), BYTES);
    }
    // Nothing is said anew.
    let body = body(&mut client, Way::Url, "", nothing());
    assert_eq!(added(&body.unwrap(), ""), BYTES);
}

#[test]
fn publishing_leaves_the_properties_alone() {
    let (place, thread) = super::server();
    let mut client = client(Way::Url, &place, OPTION);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    let media = crate::messages::tag(9, 0, &[0x17; 5000]);
    for part in [&media[..2000], &media[2000..]] {
        assert_eq!(client.write(part), i32::try_from(part.len()).unwrap());
    }
    let kept = OPTION.split_once('=').unwrap().1;
    assert_eq!(
        client.handle().connect_properties().bytes(),
        kept.as_bytes()
    );
    client.close();
    thread.join().unwrap();
    assert_eq!(
        client.handle().connect_properties().bytes(),
        kept.as_bytes()
    );
    client.set_up_url("rtmp://h/app/name");
    assert!(client.handle().connect_properties().is_empty());
}

#[test]
fn a_copy_of_the_handle_has_the_properties_and_changes_its_own() {
    for way in WAYS {
        let original = client(way, "h", "connectProperties=NS:a:b");
        let mut copy = MaybeUninit::<RTMP>::uninit();
        // SAFETY: a handle that is not connected, and room for one.
        unsafe { ptr::copy_nonoverlapping(original.handle(), copy.as_mut_ptr(), 1) };
        // SAFETY: copied.
        let copy = unsafe { copy.assume_init_ref() };
        assert!(set(&original, "connectProperties", "NS:other:long text"));
        assert_eq!(copy.connect_properties().bytes(), b"NS:a:b", "{way:?}");
        assert!(set(&original, "connectProperties", ""));
        assert_eq!(copy.connect_properties().bytes(), b"NS:a:b", "{way:?}");
        assert!(original.handle().connect_properties().is_empty());
    }
}

#[test]
fn only_the_counted_bytes_are_the_value() {
    let (name, client) = (AVal::literal(b"connectProperties"), Client::new());
    let value = AVal::literal(&b"NS:a:bc"[..6]);
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a valid handle, and texts that live for ever.
    let set = unsafe { RTMP_SetOpt(handle, &raw const name, (&raw const value).cast_mut()) };
    assert_eq!(set, 1);
    assert_eq!(client.handle().connect_properties().bytes(), b"NS:a:b");
}
