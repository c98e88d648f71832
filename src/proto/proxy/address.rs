//! Which proxy: what programs give as a proxy, understood.

use crate::proto::url::Port;
use crate::proto::userinfo::{self, Login};
use crate::syntax::{bracketed, is_ipv6};

/// Port of a SOCKS proxy that is named without one.
pub const SOCKS_PORT: u16 = 1080;

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SOCKS4: wants an address.
    Socks4,
    /// SOCKS4a: takes names.
    Socks4a,
    /// SOCKS5 (RFC 1928, RFC 1929).
    Socks5,
    /// HTTP CONNECT (RFC 9110 §9.3.6).
    Http,
}

impl Kind {
    pub(super) const SCHEMES: [(&'static str, Self); 4] = [
        ("socks4", Self::Socks4),
        ("socks4a", Self::Socks4a),
        ("socks5", Self::Socks5),
        ("http", Self::Http),
    ];

    fn find(scheme: &[u8]) -> Option<Self> {
        let found = Self::SCHEMES
            .iter()
            .find(|(name, _)| scheme.eq_ignore_ascii_case(name.as_bytes()))?;
        Some(found.1)
    }

    /// The port of a proxy that is named without one.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Socks4 | Self::Socks4a | Self::Socks5 => SOCKS_PORT,
        }
    }
}

/// A proxy that was given as a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy<'a> {
    /// How it is spoken to; `None` for an unknown scheme.
    pub kind: Option<Kind>,
    /// Name or address, an IPv6 address without its brackets.
    pub host: &'a [u8],
    /// What is said about the port.
    pub port: Port,
    /// The user, if the URL names one.
    pub login: Option<Box<Login>>,
}

/// Understands `scheme://[user[:password]@]host[:port]`; what follows a slash is ignored. `None` when it is no URL.
pub fn parse(text: &[u8]) -> Option<Proxy<'_>> {
    let mark = text.windows(3).position(|part| part == b"://")?;
    let (scheme, rest) = text.split_at_checked(mark)?;
    let rest = rest.get(3..)?;
    let authority = rest.split(|&byte| byte == b'/').next().unwrap_or(rest);
    let (login, place) = userinfo::split(authority);
    let (host, number) = host_and_port(place);
    Some(Proxy {
        kind: Kind::find(scheme),
        host,
        port: port(number),
        login,
    })
}

/// A SOCKS4 proxy, given as `host[:port]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bare<'a> {
    /// Name or address, an IPv6 address without its brackets.
    pub host: &'a [u8],
    /// What is said about the port.
    pub port: Port,
    /// Port 0 means no proxy, as it always did. Nothing else does.
    pub is_off: bool,
}

/// Understands `host[:port]`.
pub fn parse_bare(text: &[u8]) -> Bare<'_> {
    let (host, number) = host_and_port(text);
    Bare {
        host,
        port: port(number),
        is_off: is_zero(number),
    }
}

/// Divides `host[:port]`. An IPv6 address may stand in brackets, or alone.
fn host_and_port(text: &[u8]) -> (&[u8], &[u8]) {
    let (host, rest) = bracketed(text)
        .or_else(|| is_ipv6(text).then_some((text, [].as_slice())))
        .unwrap_or_else(|| {
            let end = text.iter().position(|&byte| byte == b':');
            text.split_at_checked(end.unwrap_or(text.len()))
                .unwrap_or((text, &[]))
        });
    (host, rest.strip_prefix(b":").unwrap_or(rest))
}

/// What has no number is no port: C's `atoi` would make it 0.
fn port(number: &[u8]) -> Port {
    match Port::read(number) {
        Port::Default if !number.is_empty() && !is_zero(number) => Port::OutOfRange,
        port => port,
    }
}

fn is_zero(number: &[u8]) -> bool {
    !number.is_empty() && number.iter().all(|&byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_urls() {
        assert_eq!(parse(b"host:1080"), None);
        let proxy = parse(b"SOCKS5://joe:a%40b@[::1]:1081/x").unwrap();
        assert_eq!((proxy.kind, proxy.host), (Some(Kind::Socks5), &b"::1"[..]));
        assert_eq!(proxy.port, Port::Number(1081));
        assert_eq!(proxy.login.unwrap().password.as_deref(), Some(&b"a@b"[..]));
        let proxy = parse(b"http://h").unwrap();
        assert_eq!((proxy.kind, proxy.host), (Some(Kind::Http), &b"h"[..]));
        assert_eq!((proxy.port, proxy.login), (Port::Default, None));
        assert_eq!(parse(b"ftp://h:x").unwrap().kind, None);
        assert_eq!(parse(b"socks5://").unwrap().host, b"");
    }

    #[test]
    fn bare_proxies_have_a_port_or_none_that_is_usable() {
        let bare = |text: &'static str| {
            let Bare { host, port, is_off } = parse_bare(text.as_bytes());
            (str::from_utf8(host).unwrap(), port, is_off)
        };
        for (text, host, port) in [
            ("p:1081", "p", Port::Number(1081)),
            ("p", "p", Port::Default),
            ("p:", "p", Port::Default),
            ("p:abc", "p", Port::OutOfRange),
            ("p:0x438", "p", Port::OutOfRange),
            ("p:-1", "p", Port::OutOfRange),
            ("p:65536", "p", Port::OutOfRange),
            ("p:1081x", "p", Port::Number(1081)),
            ("[::1]:1081", "::1", Port::Number(1081)),
            ("[::1]", "::1", Port::Default),
            ("[::1]x", "::1", Port::OutOfRange),
            ("[fe80::1%eth0]:1081", "fe80::1%eth0", Port::Number(1081)),
            ("::1", "::1", Port::Default),
            ("::1:1080", "::1:1080", Port::Default),
            ("fe80::1%eth0", "fe80::1%eth0", Port::Default),
            ("[::1", "[", Port::OutOfRange),
            ("joe:pw@p:1080", "joe", Port::OutOfRange),
            (":1081", "", Port::Number(1081)),
            (":", "", Port::Default),
        ] {
            assert_eq!(bare(text), (host, port, false), "{text}");
        }
        assert_eq!(bare("p:0"), ("p", Port::Default, true));
        assert_eq!(bare("[::1]:00"), ("::1", Port::Default, true));
    }

    #[test]
    fn ports_of_urls_are_read_the_same_way() {
        for (text, host, port) in [
            ("socks5://p:abc", "p", Port::OutOfRange),
            ("socks5://p:", "p", Port::Default),
            ("socks5://p:0", "p", Port::Default),
            ("http://::1", "::1", Port::Default),
            ("socks4a://joe:x@[::1]:abc", "::1", Port::OutOfRange),
        ] {
            let proxy = parse(text.as_bytes()).unwrap();
            assert_eq!((proxy.host, proxy.port), (host.as_bytes(), port), "{text}");
        }
    }
}
