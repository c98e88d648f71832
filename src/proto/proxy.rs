//! Connections through a proxy: what is said to it before it passes bytes on (spec 02 §8.5).
//!
//! A negotiation is fed with the bytes that it asks for, never more: what comes behind its end belongs to the server.

mod address;
mod connect;
mod exchange;
mod socks4;
mod socks5;

pub use address::{Bare, Kind, Proxy, SOCKS_PORT, parse, parse_bare};
pub use exchange::{Destination, Refusal};

use core::net::Ipv4Addr;

use super::userinfo::Login;

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

#[cfg(test)]
mod tests {
    use super::*;

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
