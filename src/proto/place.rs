//! Where to connect to in place of the host of a URL: `host[:port]`.

use crate::syntax::{bracketed, is_ipv6};

/// A name has no more bytes, in a URL neither.
const LONGEST_HOST: usize = 255;

/// A host, and its port if one is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Name or address, an IPv6 address without its brackets.
    pub host: &'a [u8],
    /// The port, unless it is that of the URL.
    pub port: Option<u16>,
}

/// Understands `host[:port]`. An IPv6 address may stand in brackets, and alone. `None` when it is anything else: what was
/// meant cannot be guessed.
pub fn parse(text: &[u8]) -> Option<Place<'_>> {
    let (host, rest) = divided(text)?;
    let port = match rest.strip_prefix(b":") {
        None if !rest.is_empty() => return None,
        None | Some([]) => None,
        Some(digits) => Some(port(digits)?),
    };
    Some(Place { host, port })
}

/// The host, and what follows it.
fn divided(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some((address, rest)) = bracketed(text) {
        return is_ipv6(address).then_some((address, rest));
    }
    if is_ipv6(text) {
        return Some((text, &[]));
    }
    let end = text.iter().position(|&byte| byte == b':');
    let (name, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    is_name(name).then_some((name, rest))
}

/// What may be a name or an address of IPv4. Bytes beyond ASCII are left to those who look names up.
fn is_name(text: &[u8]) -> bool {
    let fits =
        |byte: &u8| !byte.is_ascii() || byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    (1..=LONGEST_HOST).contains(&text.len()) && text.iter().all(fits)
}

fn port(digits: &[u8]) -> Option<u16> {
    let text = str::from_utf8(digits).ok()?;
    let is_plain = digits.iter().all(u8::is_ascii_digit);
    text.parse().ok().filter(|&port| is_plain && port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_may_follow() {
        for (text, host, port) in [
            ("h", "h", None),
            ("h:", "h", None),
            (
                "ingest-1.example_2.org:1935",
                "ingest-1.example_2.org",
                Some(1935),
            ),
            ("192.0.2.1:65535", "192.0.2.1", Some(65_535)),
            ("h:01", "h", Some(1)),
            ("::1", "::1", None),
            ("[::1]", "::1", None),
            ("[::1]:", "::1", None),
            ("[fe80::1%eth0]:1", "fe80::1%eth0", Some(1)),
            ("b\u{fc}cher.example:1", "b\u{fc}cher.example", Some(1)),
        ] {
            let host = host.as_bytes();
            assert_eq!(parse(text.as_bytes()), Some(Place { host, port }), "{text}");
        }
        let long = "h".repeat(LONGEST_HOST);
        let port = Some(1);
        let place = Place {
            host: long.as_bytes(),
            port,
        };
        assert_eq!(parse(format!("{long}:1").as_bytes()), Some(place));
        assert_eq!(parse(format!("{long}h:1").as_bytes()), None);
    }

    #[test]
    fn everything_else_is_no_place() {
        for text in [
            "",
            ":",
            ":1",
            "h:0",
            "h:00",
            "h:65536",
            "h:99999999999",
            "h:-1",
            "h:+1",
            "h: 1",
            "h:1 ",
            "h:1x",
            "h:rtmp",
            "h:0x50",
            "h:1:2",
            "::1:1935x",
            "[::1",
            "[]",
            "[]:1",
            "[h]:1",
            "[::1]x",
            "[::1]1",
            "[[::1]]",
            "a b",
            "a\0b",
            "a\nb",
            "user@h",
            "user:pw@h:1",
            "rtmp://h",
            "rtmp://h:1/app",
            "h/app",
            "h:1/app",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
