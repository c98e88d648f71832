//! Connections through a proxy: what is said to it before it passes bytes on (spec 02 §8.5).
//!
//! A negotiation is fed with the bytes that it asks for, never more: what comes behind its end belongs to the server.

mod connect;
mod socks4;
mod socks5;

use core::fmt;
use core::net::{IpAddr, Ipv4Addr};

use super::url::Port;
use super::userinfo::{self, Login};
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
    const SCHEMES: [(&'static str, Self); 4] = [
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
    /// Who asks.
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

/// Where the proxy is to connect to.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    /// Name or address, an IPv6 address without brackets.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
}

impl Destination<'_> {
    fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Nothing that would end a line or a field of a request.
    fn is_clean(&self) -> bool {
        !self.host.is_empty() && self.host.bytes().all(|byte| byte > b' ' && byte != 0x7f)
    }
}

/// Why the proxy does not connect us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The answer of a SOCKS4 proxy is another than "granted".
    Socks4(u8),
    /// A SOCKS5 proxy accepts none of the ways in which we could log in.
    NoMethod,
    /// Name or password are wrong.
    Login,
    /// A SOCKS5 proxy says so, with this number.
    Socks5(u8),
    /// An HTTP proxy says so, with this status.
    Http(u16),
    /// What came is no answer.
    Garbage,
    /// The host, the user or the password cannot be said to such a proxy.
    Unspeakable,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socks4(code) => {
                write!(f, "SOCKS returned error code {}", code.cast_signed())
            }
            Self::NoMethod => f.write_str("the proxy wants another login"),
            Self::Login => f.write_str("the proxy refused user and password"),
            Self::Socks5(code) => {
                let words = socks5::words(*code);
                write!(f, "the proxy refused with code {code} ({words})")
            }
            Self::Http(status) => write!(f, "the proxy refused with status {status}"),
            Self::Garbage => f.write_str("the proxy's answer is not understood"),
            Self::Unspeakable => {
                f.write_str("host, user or password do not fit the proxy's protocol")
            }
        }
    }
}

/// The negotiation with a proxy.
pub enum Negotiation {
    /// SOCKS4 and SOCKS4a.
    Socks4(socks4::Socks4),
    /// SOCKS5.
    Socks5(socks5::Socks5),
    /// HTTP.
    Http(connect::HttpConnect),
}

impl Negotiation {
    /// Begins a negotiation by which an address is asked for: SOCKS4. Gives the first bytes to send.
    pub fn with_address(address: Ipv4Addr, port: u16) -> (Self, Vec<u8>) {
        let request = socks4::request(address, port);
        (Self::Socks4(socks4::Socks4::default()), request)
    }

    /// Begins a negotiation in which the proxy resolves the name; SOCKS4 is spoken as SOCKS4a. Gives the first bytes to send.
    pub fn with_name(
        kind: Kind,
        destination: Destination<'_>,
        login: Option<&Login>,
    ) -> Result<(Self, Vec<u8>), Refusal> {
        if !destination.is_clean() {
            return Err(Refusal::Unspeakable);
        }
        Ok(match kind {
            Kind::Socks4 | Kind::Socks4a => {
                let request = socks4::named_request(destination, login)?;
                (Self::Socks4(socks4::Socks4::default()), request)
            }
            Kind::Socks5 => {
                let (negotiation, greeting) = socks5::Socks5::begin(destination, login)?;
                (Self::Socks5(negotiation), greeting)
            }
            Kind::Http => {
                let request = connect::request(destination, login);
                (Self::Http(connect::HttpConnect::default()), request)
            }
        })
    }

    /// Bytes that are to be received next, at most; 0 when the proxy passes everything on.
    pub fn missing(&self) -> usize {
        match self {
            Self::Socks4(negotiation) => negotiation.missing(),
            Self::Socks5(negotiation) => negotiation.missing(),
            Self::Http(negotiation) => negotiation.missing(),
        }
    }

    /// Takes received bytes, not more than [`Self::missing`]. Gives what is to be sent now, usually nothing.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        match self {
            Self::Socks4(negotiation) => negotiation.feed(bytes).map(|()| Vec::new()),
            Self::Socks5(negotiation) => negotiation.feed(bytes),
            Self::Http(negotiation) => negotiation.feed(bytes).map(|()| Vec::new()),
        }
    }
}

/// Collects an answer of a length that is known, in any number of pieces.
#[derive(Default)]
struct Reply(Vec<u8>);

impl Reply {
    fn missing(&self, length: usize) -> usize {
        length.saturating_sub(self.0.len())
    }
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

    /// Feeds `answers` as the negotiation asks for them, in pieces of at most `piece` bytes; gives all that is sent.
    pub(super) fn run(
        (mut negotiation, first): (Negotiation, Vec<u8>),
        answers: &[u8],
        piece: usize,
    ) -> Result<(Vec<u8>, usize), Refusal> {
        let (mut sent, mut rest) = (first, answers);
        while negotiation.missing() > 0 && !rest.is_empty() {
            let count = negotiation.missing().min(piece).min(rest.len());
            sent.extend(negotiation.feed(&rest[..count])?);
            rest = &rest[count..];
        }
        Ok((sent, negotiation.missing()))
    }

    #[test]
    fn hosts_that_would_break_a_request_are_refused() {
        for host in ["", "a b", "a\r\nX: y", "a\0b"] {
            for (_, kind) in Kind::SCHEMES {
                let begun = Negotiation::with_name(kind, Destination { host, port: 1 }, None);
                assert_eq!(begun.err(), Some(Refusal::Unspeakable), "{host:?}");
            }
        }
    }

    #[test]
    fn any_bytes_end_in_a_value() {
        let destination = Destination {
            host: "example.org",
            port: 1935,
        };
        for (_, kind) in Kind::SCHEMES {
            for seed in 0..=255_u8 {
                let bytes: Vec<u8> = (0..600_u32)
                    .map(|at| seed.wrapping_mul(at.to_le_bytes()[0]).wrapping_add(seed))
                    .collect();
                // No result is the wrong one; a panic would be.
                let _ = run(
                    Negotiation::with_name(kind, destination, None).unwrap(),
                    &bytes,
                    7,
                );
            }
        }
    }
}
