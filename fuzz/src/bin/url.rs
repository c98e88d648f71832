//! URLs, play paths, proxies and the text behind a URL.
#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::quiet::log_everything;
use librtmp_fuzz::trees::text;
use rtmp::net::http::HttpUrl;
use rtmp::proto::options::value;
use rtmp::proto::{playpath, scan, url, userinfo};
use rtmp::session::setup;

fuzz_target!(init: log_everything(), |data: &[u8]| {
    let inside = |range: &Range<usize>| data.get(range.clone()).is_some();
    match url::parse(data) {
        Err(url::NotUrl::NoScheme) => assert!(!data.windows(3).any(|part| part == b"://")),
        Err(url::NotUrl::NoHost { .. }) => assert!(data.ends_with(b"://")),
        Ok(found) => {
            if let Some(host) = &found.host {
                assert!(host.len() < 256 && !data[host.clone()].contains(&b'/'));
            }
            if let Some(path) = &found.path {
                assert!(inside(&path.app) && path.playpath.as_ref().is_none_or(inside));
                assert_eq!(data[path.app.start - 1], b'/');
            }
        }
    }
    let parsed = setup::parse_url(&text(data));
    if !parsed.playpath.start().is_null() {
        // SAFETY: the play path is a block of the C allocator that belongs to the caller.
        unsafe { libc::free(parsed.playpath.start().cast()) };
    }
    let mut length = 0;
    playpath::derive(data, &mut |part| length += part.len());
    assert!(length <= data.len() + playpath::LONGEST_PREFIX);
    assert!(value::unescape(data).is_none_or(|plain| plain.len() <= data.len()));
    let (login, place) = userinfo::split(data);
    assert!(place.len() <= data.len());
    assert!(login.is_none_or(|login| login.user.len() <= data.len()));
    numbers(data);
    http(data);
});

fn numbers(data: &[u8]) {
    let _ = (
        scan::int(data),
        scan::int_of_any_base(data),
        scan::decimal(data),
    );
    let _ = (scan::hex_byte(data), scan::float(data));
}

fn http(data: &[u8]) {
    let line = data.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let (url, location) = data.split_at(line);
    for target in [HttpUrl::parse(data), HttpUrl::parse(url)]
        .into_iter()
        .flatten()
    {
        assert!(target.root().ends_with(b"/") && target.path.starts_with(b"/"));
        if let Some(next) = target.redirect(location) {
            assert!(!next.url.iter().any(u8::is_ascii_control));
        }
    }
}
