//! URLs, play paths, options and set-up.

use std::ffi::CString;
use std::mem::MaybeUninit;
use std::ops::Range;

use proptest::prelude::*;
use rtmp::abi::{CText, RTMP};
use rtmp::proto::options::conn::{self, Step, Value};
use rtmp::proto::options::value;
use rtmp::proto::{playpath, scan, url};
use rtmp::session::setup;

/// Bytes of any kind, more often those that mean something.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => any::<u8>().prop_map(|byte| vec![byte]),
        6 => proptest::sample::select(b"/:?&=%\\+-0189afx.[] \t".as_slice()).prop_map(|byte| vec![byte]),
        2 => proptest::sample::select(vec![
            "rtmp://", "rtmpte://", "slist=", "ondemand/", "mp4:", ".mp4", ".flv", " conn=", " app=", "O:1", "NS:",
            " live=1", " tcUrl=", " socks=", "socks5://", "joe:a%40b@", "::1", "99999999999",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn inside(range: &Range<usize>, text: &[u8]) -> bool {
    text.get(range.clone()).is_some()
}

fn play_path(text: &[u8]) -> Vec<u8> {
    let mut path = Vec::new();
    playpath::derive(text, &mut |part: &[u8]| path.extend_from_slice(part));
    path
}

proptest! {
    #[test]
    fn every_text_is_a_url_or_none(text in noise()) {
        let has_mark = text.windows(3).any(|window| window == b"://");
        match url::parse(&text) {
            Err(url::NotUrl::NoScheme) => prop_assert!(!has_mark),
            Err(url::NotUrl::NoHost { .. }) => prop_assert!(text.ends_with(b"://")),
            Ok(found) => {
                if let Some(host) = &found.host {
                    prop_assert!(host.len() < 256);
                    prop_assert!(!text[host.clone()].contains(&b'/'));
                }
                if let Some(path) = &found.path {
                    prop_assert!(inside(&path.app, &text));
                    prop_assert_eq!(text[path.app.start - 1], b'/');
                    prop_assert!(path.playpath.as_ref().is_none_or(|path| inside(path, &text)));
                }
            }
        }
    }

    #[test]
    fn the_parts_of_a_url_are_found_again(
        scheme in 0..6_u8,
        host in "[a-z0-9.-]{1,30}",
        port in 1..=u16::MAX,
        app in "[a-z]{1,7}(/[a-z]{1,7})?",
        path in "[a-z0-9_]{1,30}",
    ) {
        prop_assume!(!app.starts_with("ondemand"));
        let name = url::SCHEMES[usize::from(scheme)];
        let text = format!("{name}://{host}:{port}/{app}/{path}");
        let found = url::parse(text.as_bytes()).unwrap();
        let parts = found.path.unwrap();
        prop_assert_eq!(found.protocol, Some(scheme));
        prop_assert_eq!(&text[found.host.unwrap()], host);
        prop_assert_eq!(found.port, url::Port::Number(port));
        prop_assert_eq!(&text[parts.app], app);
        prop_assert_eq!(&text[parts.playpath.unwrap()], path);
    }

    #[test]
    fn play_paths_grow_by_a_prefix_at_most(text in noise()) {
        prop_assert!(play_path(&text).len() <= text.len() + 4);
    }

    #[test]
    fn escaped_bytes_are_found_again(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
        let percent: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
        prop_assert_eq!(&play_path(percent.as_bytes()), &bytes);
        let backslash: String = bytes.iter().map(|byte| format!("\\{byte:02X}")).collect();
        let plain = value::unescape(backslash.as_bytes());
        prop_assert_eq!(plain.as_deref(), Some(&bytes[..]));
    }

    #[test]
    fn unescaped_values_do_not_grow(text in noise()) {
        prop_assert!(value::unescape(&text).is_none_or(|plain| plain.len() <= text.len()));
    }

    #[test]
    fn numbers_are_read_as_rust_prints_them(float in any::<f64>(), int in any::<i32>()) {
        prop_assume!(!float.is_nan());
        for text in [format!("{float:e}"), format!("{float}"), format!("{float}x")] {
            prop_assert_eq!(scan::float(text.as_bytes()).to_bits(), float.to_bits(), "{}", text);
        }
        prop_assert_eq!(scan::int(int.to_string().as_bytes()), int);
        prop_assert_eq!(scan::int_of_any_base(int.to_string().as_bytes()), int);
        let hex = format!("0x{:X}", int.unsigned_abs());
        prop_assert_eq!(scan::int_of_any_base(hex.as_bytes()), int.wrapping_abs());
    }

    #[test]
    fn every_text_has_some_number(text in noise()) {
        let _ = (scan::int(&text), scan::int_of_any_base(&text), scan::hex_byte(&text));
        let _ = scan::float(&text);
    }

    #[test]
    fn arguments_of_connect_lie_in_their_text(kind in "N?[BNSOZX]:", rest in noise()) {
        let text = [kind.as_bytes(), &rest].concat();
        if let Some(Step::Append { name, value }) = conn::parse(&text) {
            prop_assert_eq!(name.is_some(), kind.len() == 3);
            prop_assert!(name.is_none_or(|name| inside(&name, &text)));
            if let Value::Text(range) = value {
                prop_assert_eq!(range.end, text.len());
            }
        }
    }

    #[test]
    fn set_up_accepts_every_text(first in noise(), second in noise()) {
        let mut memory = MaybeUninit::uninit();
        // SAFETY: memory for a handle.
        let rtmp = unsafe { RTMP::initialise(memory.as_mut_ptr()) };
        let mut texts = [&first, &second].map(|noise| {
            let text = noise.iter().copied().filter(|byte| *byte != 0).collect::<Vec<u8>>();
            let text = [b"rtmp://h/app/play", text.as_slice()].concat();
            CString::new(text).unwrap().into_bytes_with_nul()
        });
        for text in &mut texts {
            let length = text.len();
            // SAFETY: a writable string that lives longer than the handle is used.
            let url = unsafe { CText::from_ptr(text.as_mut_ptr().cast()) }.unwrap();
            prop_assert_eq!(url.len(), length - 1);
            if setup::set_up_url(rtmp, url) {
                prop_assert_ne!(rtmp.Link.port.get(), 0);
                prop_assert!(!rtmp.Link.tcUrl.is_empty());
            }
        }
        rtmp.Link.free_strings();
        // SAFETY: nothing refers to what it has.
        unsafe { rtmp.Link.extras.reset() };
    }
}
