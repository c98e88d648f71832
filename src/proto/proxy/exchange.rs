//! What the kinds of proxies have in common: they are told a destination, they answer, they refuse.

use core::fmt;
use core::net::IpAddr;

/// Where the proxy is to connect to.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    /// Name or address, an IPv6 address without brackets.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
}

impl Destination<'_> {
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Nothing that would end a line or a field of a request.
    pub(super) fn is_clean(&self) -> bool {
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
    /// Name or password are wrong, says a SOCKS5 proxy with this number.
    Login(u8),
    /// A SOCKS5 proxy says so, with this number.
    Socks5(u8),
    /// An HTTP proxy says so, with this status.
    Http(u16),
    /// What came is no answer.
    Garbage,
    /// The host, the user or the password cannot be said to such a proxy.
    Unspeakable,
}

impl Refusal {
    /// The proxy's number for it, 0: none.
    pub fn status(&self) -> u16 {
        match self {
            Self::Socks4(code) | Self::Socks5(code) | Self::Login(code) => (*code).into(),
            // What such a proxy answers, or should have.
            Self::NoMethod => 0xff,
            Self::Http(status) => *status,
            Self::Garbage | Self::Unspeakable => 0,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socks4(code) => {
                write!(f, "SOCKS returned error code {}", code.cast_signed())
            }
            Self::NoMethod => f.write_str("the proxy wants another login"),
            Self::Login(_) => f.write_str("the proxy refused user and password"),
            Self::Socks5(code) => {
                let words = words(*code);
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

/// What the codes of RFC 1928 mean.
fn words(code: u8) -> &'static str {
    match code {
        1 => "general failure",
        2 => "not allowed",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unknown",
    }
}

/// Collects an answer of a length that is known, in any number of pieces.
#[derive(Default)]
pub(super) struct Reply(pub(super) Vec<u8>);

impl Reply {
    pub(super) fn missing(&self, length: usize) -> usize {
        length.saturating_sub(self.0.len())
    }
}
