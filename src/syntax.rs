//! The syntax that RTMP shares with the rest of the web: hosts and ports of URLs (RFC 3986 §3.2), heads of HTTP responses
//! (RFC 9112). Bytes in, values out; [`crate::proto`] and [`crate::net`], which do not know each other, both use it.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

use core::net::Ipv6Addr;

use httparse::{EMPTY_HEADER, Header, ParserConfig, Response, Status};

/// What is in the brackets that `text` begins with, and what follows them.
pub fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = text.strip_prefix(b"[")?;
    let close = inside.iter().position(|&byte| byte == b']')?;
    let (host, rest) = inside.split_at_checked(close)?;
    Some((host, rest.get(1..)?))
}

/// An IPv6 address, perhaps with a zone.
pub fn is_ipv6(text: &[u8]) -> bool {
    let number = |text: &str| text.split('%').next().map(str::parse::<Ipv6Addr>);
    str::from_utf8(text).is_ok_and(|text| matches!(number(text), Some(Ok(_))))
}

/// A host as it stands in front of a port, in parts: an address with colons gets its brackets back.
pub fn host_parts(host: &[u8]) -> [&[u8]; 3] {
    if host.contains(&b':') && !host.starts_with(b"[") {
        [b"[", host, b"]"]
    } else {
        [b"", host, b""]
    }
}

/// Responses that another one follows, in front of the final one, at most.
pub const MAX_INTERIM: u8 = 8;

/// Another response follows this one (RFC 9110, 15.2). What follows 101 is no HTTP.
pub fn is_interim(status: u16) -> bool {
    matches!(status, 100 | 102..=199)
}

/// What is passed over in a head that is not as it should be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Leniency {
    /// Nothing.
    None,
    /// In header lines: blanks in front of the colon, lines that go on, lines that are none.
    Lines,
    /// More than one blank between the parts of the status line, too.
    All,
}

/// How far a head has come.
#[derive(PartialEq, Eq, Debug)]
pub enum Progress<T> {
    /// More is needed; the status, if its line is complete.
    Incomplete(Option<u16>),
    /// What was made of the head, and its length in bytes.
    Complete(T, usize),
    /// This is no HTTP, or has too many lines.
    Malformed,
}

/// The complete head of a response.
pub struct ResponseHead<'h, 'b> {
    /// Its status.
    pub status: u16,
    headers: &'h [Header<'b>],
}

impl<'b> ResponseHead<'_, 'b> {
    /// The values of all lines with that name, without the blanks around them.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &'b [u8]> {
        self.headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.trim_ascii())
    }
}

/// Looks at a head of at most `LINES` header lines, which `bytes` begins with; `read` takes from it what is wanted once it is
/// complete.
pub fn response_head<'b, const LINES: usize, T>(
    bytes: &'b [u8],
    leniency: Leniency,
    read: impl FnOnce(&ResponseHead<'_, 'b>) -> T,
) -> Progress<T> {
    let mut headers = [EMPTY_HEADER; LINES];
    let mut response = Response::new(&mut headers);
    let mut config = ParserConfig::default();
    let in_lines = leniency >= Leniency::Lines;
    config
        .ignore_invalid_headers_in_responses(in_lines)
        .allow_spaces_after_header_name_in_responses(in_lines)
        .allow_obsolete_multiline_headers_in_responses(in_lines)
        .allow_multiple_spaces_in_response_status_delimiters(leniency == Leniency::All);
    match config.parse_response(&mut response, bytes) {
        Ok(Status::Partial) => Progress::Incomplete(response.code),
        Ok(Status::Complete(end)) => {
            let Some(status) = response.code else {
                return Progress::Malformed;
            };
            let headers = &*response.headers;
            Progress::Complete(read(&ResponseHead { status, headers }), end)
        }
        Err(_) => Progress::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_come_and_go() {
        assert_eq!(bracketed(b"[::1]:80"), Some((&b"::1"[..], &b":80"[..])));
        assert_eq!(bracketed(b"[]"), Some((&b""[..], &b""[..])));
        for text in ["::1", "[::1", "h", ""] {
            assert_eq!(bracketed(text.as_bytes()), None, "{text}");
        }
        for (host, written) in [
            ("h", "h"),
            ("::1", "[::1]"),
            ("fe80::1%eth0", "[fe80::1%eth0]"),
            ("[::1]", "[::1]"),
            ("", ""),
        ] {
            let parts = host_parts(host.as_bytes()).concat();
            assert_eq!(parts, written.as_bytes(), "{host}");
        }
    }

    #[test]
    fn addresses_may_have_a_zone() {
        for text in ["::1", "fe80::1%eth0", "::1%"] {
            assert!(is_ipv6(text.as_bytes()), "{text}");
        }
        for text in ["", "%eth0", "1.2.3.4", "::1:1080x", "[::1]"] {
            assert!(!is_ipv6(text.as_bytes()), "{text}");
        }
        assert!(!is_ipv6(b"fe80::1%\xff"));
    }

    #[test]
    fn each_leniency_forgives_more() {
        let parsed = |text: &str, leniency| {
            response_head::<2, _>(text.as_bytes(), leniency, |head| {
                (head.status, head.values("a").count())
            })
        };
        let levels = [Leniency::None, Leniency::Lines, Leniency::All];
        for (text, forgiven_from) in [
            ("HTTP/1.1 200 OK\r\nA: b\r\na:c\r\n\r\n", 0),
            ("HTTP/1.1 200 OK\r\nA : b\r\nA: c\r\n\r\n", 1),
            ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\nA:\r\n\r\n", 1),
            ("HTTP/1.1 200 OK\r\nA: b\r\nno header\r\nA: c\r\n\r\n", 1),
            ("HTTP/1.1   200 OK\r\nA: b\r\nA: c\r\n\r\n", 2),
            ("HTTP/1.1 200 OK\r\nA: b\r\nA: c\r\nA: d\r\n\r\n", 3),
        ] {
            for (number, level) in levels.into_iter().enumerate() {
                let expected = if number >= forgiven_from {
                    Progress::Complete((200, 2), text.len())
                } else {
                    Progress::Malformed
                };
                assert_eq!(parsed(text, level), expected, "{text} {level:?}");
            }
        }
    }

    #[test]
    fn values_have_no_blanks_around_them() {
        let text = b"HTTP/1.1 404 \r\nName:  a b \r\n\r\nbody";
        let read = |head: &ResponseHead<'_, '_>| {
            let values: Vec<_> = head.values("name").map(<[u8]>::to_vec).collect();
            (head.status, values)
        };
        assert_eq!(
            response_head::<1, _>(text, Leniency::None, read),
            Progress::Complete((404, vec![b"a b".to_vec()]), text.len() - 4)
        );
        let folded = b"HTTP/1.1 200 OK\r\nName:\r\n\ta b\r\n \r\n\r\n";
        assert_eq!(
            response_head::<1, _>(folded, Leniency::Lines, read),
            Progress::Complete((200, vec![b"a b".to_vec()]), folded.len())
        );
        let cut = &text[..20];
        assert_eq!(
            response_head::<1, _>(cut, Leniency::None, read),
            Progress::Incomplete(Some(404))
        );
    }
}
