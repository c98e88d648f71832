//! SOCKS4 and SOCKS4a.

use core::net::{IpAddr, Ipv4Addr};

use super::exchange::{Destination, Refusal, Reply};
use crate::proto::userinfo::Login;

const VERSION: u8 = 4;
const CONNECT: u8 = 1;
const GRANTED: u8 = 90;
/// An address that no host has: the name behind the user counts.
const NAMED: Ipv4Addr = Ipv4Addr::new(0, 0, 0, 1);
/// Bytes of an answer.
const ANSWER: usize = 8;

/// The request for an address, with an empty user.
pub(super) fn request(address: Ipv4Addr, port: u16) -> Vec<u8> {
    head(address, port, &[])
}

/// The request of SOCKS4a for a name; an IPv4 address needs no name.
pub(super) fn named_request(
    destination: Destination<'_>,
    login: Option<&Login>,
) -> Result<Vec<u8>, Refusal> {
    let user = login.map_or(&[][..], |login| &login.user);
    if user.contains(&0) {
        return Err(Refusal::Unspeakable);
    }
    if let Some(IpAddr::V4(address)) = destination.address() {
        return Ok(head(address, destination.port, user));
    }
    let mut request = head(NAMED, destination.port, user);
    request.extend_from_slice(destination.host.as_bytes());
    request.push(0);
    Ok(request)
}

fn head(address: Ipv4Addr, port: u16, user: &[u8]) -> Vec<u8> {
    let mut request = vec![VERSION, CONNECT];
    request.extend_from_slice(&port.to_be_bytes());
    request.extend_from_slice(&address.octets());
    request.extend_from_slice(user);
    request.push(0);
    request
}

/// Waits for the answer.
#[derive(Default)]
pub struct Socks4(Reply);

impl Socks4 {
    pub(super) fn missing(&self) -> usize {
        self.0.missing(ANSWER)
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.0.0.extend_from_slice(bytes);
        match &self.0.0[..] {
            answer if answer.len() < ANSWER => Ok(()),
            [0, GRANTED, ..] => Ok(()),
            [_, code, ..] => Err(Refusal::Socks4(*code)),
            _ => Err(Refusal::Garbage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::super::{Kind, Negotiation};
    use super::*;

    #[test]
    fn the_request_of_the_original() {
        let (_, request) = Negotiation::with_address(Ipv4Addr::new(1, 2, 3, 4), 1936);
        assert_eq!(request, [4, 1, 7, 0x90, 1, 2, 3, 4, 0]);
    }

    #[test]
    fn names_come_behind_the_user() {
        let login = Login {
            user: b"joe".to_vec(),
            password: None,
        };
        let named = |host, login| {
            let destination = Destination { host, port: 1935 };
            Negotiation::with_name(Kind::Socks4a, destination, login)
                .unwrap()
                .1
        };
        assert_eq!(
            named("ex.org", Some(&login)),
            b"\x04\x01\x07\x8f\0\0\0\x01joe\0ex.org\0"
        );
        assert_eq!(named("10.0.0.1", None), b"\x04\x01\x07\x8f\x0a\0\0\x01\0");
    }

    #[test]
    fn only_0_90_is_granted() {
        let begin = || Negotiation::with_address(Ipv4Addr::LOCALHOST, 1);
        let last = |answer: &[u8]| run(begin(), answer, 3).map(|(_, missing)| missing);
        assert_eq!(last(&[0, 90, 1, 2, 3, 4, 5, 6]), Ok(0));
        assert_eq!(last(&[0, 90, 1]), Ok(5));
        assert_eq!(last(&[0, 91, 0, 0, 0, 0, 0, 0]), Err(Refusal::Socks4(91)));
        assert_eq!(last(&[4, 90, 0, 0, 0, 0, 0, 0]), Err(Refusal::Socks4(90)));
        assert_eq!(
            Refusal::Socks4(200).to_string(),
            "SOCKS returned error code -56"
        );
    }
}
