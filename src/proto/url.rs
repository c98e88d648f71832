//! The parts of `rtmp[t][e|s]://[user[:password]@]host[:port][/app[/playpath]]` (spec 02 §2).

use core::ops::Range;

use super::playpath::list;
use super::scan;
use super::userinfo::{self, Login};
use crate::syntax::{bracketed, is_ipv6};

/// Schemes by protocol number, which is a set of feature bits. Numbers without a scheme have an empty one.
pub const SCHEMES: [&str; 9] = [
    "rtmp", "rtmpt", "rtmpe", "rtmpte", "rtmps", "rtmpts", "", "", "rtmfp",
];

/// How play paths of files begin, whose names may have slashes.
const PLAY_PATH_PREFIXES: [&[u8]; 3] = [b"mp4:", b"flv:", b"mp3:"];
/// Names this long and longer are refused.
const HOST_LIMIT: usize = 256;

/// Where the parts of a URL are; ranges are offsets in the text that was parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Protocol number; `None` for an unknown scheme, which counts as `rtmp`.
    pub protocol: Option<u8>,
    /// User and password, if the URL names them.
    pub login: Option<Box<Login>>,
    /// Name or address, an IPv6 address without its brackets; may be empty. `None` when it is too long.
    pub host: Option<Range<usize>>,
    /// What is said about the port.
    pub port: Port,
    /// `None` when the URL ends with host and port.
    pub path: Option<Path>,
}

/// The port of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Not given, or given as 0: the protocol's own port.
    Default,
    /// Given.
    Number(u16),
    /// Given, and no port.
    OutOfRange,
}

/// What follows the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The application, which may be empty.
    pub app: Range<usize>,
    /// What the play path is derived from ([`super::playpath`]).
    pub playpath: Option<Range<usize>>,
}

/// Why a text is no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotUrl {
    /// It has no `://`.
    NoScheme,
    /// It ends behind `://`.
    NoHost {
        /// As in [`Url::protocol`].
        protocol: Option<u8>,
    },
}

impl Port {
    /// The given number; 0 when there is no usable one.
    pub fn number(self) -> u16 {
        match self {
            Self::Number(number) => number,
            Self::Default | Self::OutOfRange => 0,
        }
    }

    /// Understands a number as C's `atoi` does: what follows the digits is ignored.
    pub fn read(text: &[u8]) -> Self {
        match u16::try_from(scan::decimal(text)) {
            Ok(0) => Self::Default,
            Ok(number) => Self::Number(number),
            Err(_) => Self::OutOfRange,
        }
    }
}

/// Finds the parts of `text`, which may contain anything: a URL is what has a `://` with something behind it.
pub fn parse(text: &[u8]) -> Result<Url, NotUrl> {
    let mark = memchr::memchr_iter(b':', text)
        .find(|&colon| {
            text.get(colon..)
                .is_some_and(|rest| rest.starts_with(b"://"))
        })
        .ok_or(NotUrl::NoScheme)?;
    let protocol = protocol(text.get(..mark).unwrap_or(&[]));
    let start = mark.saturating_add(3);
    if start >= text.len() {
        return Err(NotUrl::NoHost { protocol });
    }
    let slash = scan::position(text, b'/', start);
    let end = slash.unwrap_or(text.len());
    let (login, place) = userinfo::split(text.get(start..end).unwrap_or(&[]));
    let authority = end.saturating_sub(place.len())..end;
    let (host, end) = ipv6_literal(text, &authority).unwrap_or_else(|| name(text, authority));
    let port = match text.get(end..) {
        Some([b':', number @ ..]) => Port::read(number),
        _ => Port::Default,
    };
    Ok(Url {
        protocol,
        login,
        host: (host.len() < HOST_LIMIT).then_some(host),
        port,
        path: slash.map(|slash| path(text, start, slash.saturating_add(1))),
    })
}

/// The port of a protocol, given as feature bits: that of its outermost layer.
pub fn default_port(protocol: i32) -> u16 {
    const HTTP: i32 = 1;
    const SSL: i32 = 4;
    if protocol & SSL != 0 {
        443
    } else if protocol & HTTP != 0 {
        80
    } else {
        1935
    }
}

/// The number of a scheme, in any case.
fn protocol(scheme: &[u8]) -> Option<u8> {
    let number = SCHEMES
        .iter()
        .position(|name| !name.is_empty() && scheme.eq_ignore_ascii_case(name.as_bytes()))?;
    u8::try_from(number).ok()
}

/// A host that ends at the first colon, and where it ends.
fn name(text: &[u8], authority: Range<usize>) -> (Range<usize>, usize) {
    let end = scan::position(text, b':', authority.start)
        .unwrap_or(authority.end)
        .min(authority.end);
    (authority.start..end, end)
}

/// An IPv6 address in brackets, perhaps with a zone, and where the brackets end. Everything else in brackets is a
/// name like any other.
fn ipv6_literal(text: &[u8], authority: &Range<usize>) -> Option<(Range<usize>, usize)> {
    let (address, rest) = bracketed(text.get(authority.clone())?)?;
    let ends_well = rest.is_empty() || rest.starts_with(b":");
    if !ends_well || !is_ipv6(address) {
        return None;
    }
    let start = authority.start.checked_add(1)?;
    let close = start.checked_add(address.len())?;
    Some((start..close, close.checked_add(1)?))
}

/// Divides what begins at `start`, just behind the first slash, into application and play path. `host` is where the
/// search for a query begins.
fn path(text: &[u8], host: usize, start: usize) -> Path {
    let query = scan::position(text, b'?', host).filter(|_| list(text, start).is_some());
    let rest = text.get(start..).unwrap_or(&[]);
    let (app, playpath) = if let Some(query) = query {
        (start..text.len(), query)
    } else if rest.starts_with(b"ondemand/") {
        let end = start.saturating_add(b"ondemand".len());
        (start..end, end)
    } else {
        let end = app_end(text, start).unwrap_or(text.len());
        (start..end, end)
    };
    let playpath = match text.get(playpath) {
        Some(b'/') => playpath.saturating_add(1),
        _ => playpath,
    };
    Path {
        app,
        playpath: (playpath < text.len()).then_some(playpath..text.len()),
    }
}

/// Where an application of one, two or three components ends: before a play path that says so, else at the third slash, or
/// the last before it.
fn app_end(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let slashes = memchr::memchr_iter(b'/', rest).take(3);
    let begins_play_path = |&slash: &usize| {
        let behind = rest.get(slash.saturating_add(1)..).unwrap_or(&[]);
        PLAY_PATH_PREFIXES
            .iter()
            .any(|prefix| behind.starts_with(prefix))
    };
    let distance = slashes
        .clone()
        .find(begins_play_path)
        .or_else(|| slashes.last())?;
    start.checked_add(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host_and_port(text: &str) -> (&str, Port) {
        let url = parse(text.as_bytes()).unwrap();
        (&text[url.host.unwrap()], url.port)
    }

    fn app_and_playpath(text: &str) -> (&str, Option<&str>) {
        let path = parse(text.as_bytes()).unwrap().path.unwrap();
        (&text[path.app], path.playpath.map(|range| &text[range]))
    }

    #[test]
    fn schemes_are_protocol_numbers_in_any_case() {
        let of = |text: &str| parse(text.as_bytes()).unwrap().protocol;
        assert_eq!(of("RTMPte://h"), Some(3));
        assert_eq!(of("rtmfp://h"), Some(8));
        assert_eq!(of("http://h"), None);
        assert_eq!(of("://h"), None);
        assert_eq!(parse(b"rtmp:/h"), Err(NotUrl::NoScheme));
        assert_eq!(
            parse(b"rtmps://"),
            Err(NotUrl::NoHost { protocol: Some(4) })
        );
    }

    #[test]
    fn the_port_follows_from_the_outermost_layer() {
        for (protocol, port) in [(2, 1935), (3, 80), (5, 443), (0x14, 443)] {
            assert_eq!(default_port(protocol), port, "{protocol}");
        }
    }

    #[test]
    fn the_host_ends_at_a_colon_or_slash() {
        assert_eq!(host_and_port("rtmp://h:19/a:b"), ("h", Port::Number(19)));
        assert_eq!(host_and_port("rtmp://h/a:19"), ("h", Port::Default));
        assert_eq!(host_and_port("rtmp://h?x=1/a"), ("h?x=1", Port::Default));
        assert_eq!(host_and_port("rtmp://:1"), ("", Port::Number(1)));
        assert_eq!(
            host_and_port("rtmp://h:4294967297/"),
            ("h", Port::OutOfRange)
        );
        assert_eq!(host_and_port("rtmp://h:-1/"), ("h", Port::OutOfRange));
    }

    #[test]
    fn an_ipv6_address_stands_in_brackets() {
        assert_eq!(
            host_and_port("rtmp://[::1]:1935/a/b"),
            ("::1", Port::Number(1935))
        );
        assert_eq!(host_and_port("rtmp://[::1]/a/b"), ("::1", Port::Default));
        assert_eq!(
            host_and_port("rtmp://[fe80::1%eth0]:2"),
            ("fe80::1%eth0", Port::Number(2))
        );
        assert_eq!(host_and_port("rtmp://[::1]x/a"), ("[", Port::Default));
        assert_eq!(
            host_and_port("rtmp://[name]:1935/a"),
            ("[name]", Port::Number(1935))
        );
    }

    #[test]
    fn a_login_is_no_part_of_the_host() {
        let text = "rtmp://joe:a%40b:c@h:19/a@b/p";
        assert_eq!(host_and_port(text), ("h", Port::Number(19)));
        assert_eq!(app_and_playpath(text), ("a@b", Some("p")));
        let login = parse(text.as_bytes()).unwrap().login.unwrap();
        assert_eq!(login.user, b"joe");
        assert_eq!(login.password.as_deref(), Some(&b"a@b:c"[..]));
        assert_eq!(
            host_and_port("rtmp://x@[::1]:2/a"),
            ("::1", Port::Number(2))
        );
        assert_eq!(parse(b"rtmp://h/a@b").unwrap().login, None);
    }

    #[test]
    fn the_application_takes_up_to_three_components() {
        assert_eq!(app_and_playpath("rtmp://h/"), ("", None));
        assert_eq!(app_and_playpath("rtmp://h/a"), ("a", None));
        assert_eq!(app_and_playpath("rtmp://h/a/p"), ("a", Some("p")));
        assert_eq!(app_and_playpath("rtmp://h/a/b/p"), ("a/b", Some("p")));
        assert_eq!(
            app_and_playpath("rtmp://h/a/b/c/p/q"),
            ("a/b/c", Some("p/q"))
        );
        assert_eq!(
            app_and_playpath("rtmp://h/vod/mp4:dir/x.mp4"),
            ("vod", Some("mp4:dir/x.mp4"))
        );
        assert_eq!(
            app_and_playpath("rtmp://h/ondemand/a/b"),
            ("ondemand", Some("a/b"))
        );
        assert_eq!(
            app_and_playpath("rtmp://h/a?slist=b"),
            ("a?slist=b", Some("?slist=b"))
        );
    }
}
