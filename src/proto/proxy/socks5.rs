//! SOCKS5 (RFC 1928) with user and password (RFC 1929).

use core::net::IpAddr;

use zeroize::Zeroizing;

use super::exchange::{Destination, Refusal, Reply};
use crate::proto::userinfo::Login;

const VERSION: u8 = 5;
const CONNECT: u8 = 1;
const NO_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;
/// Version of the exchange of user and password.
const PASSWORD_VERSION: u8 = 1;
/// Bytes of that exchange at most: the version, and two fields with their lengths.
const LONGEST_LOGIN: usize = 1 + 2 * (1 + 255);
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;
/// So much of the last answer tells how long it is: version, code, zero, kind of address, its first byte.
const ANSWER_HEAD: usize = 5;

enum Phase {
    /// The proxy chooses how we log in.
    Method,
    /// The proxy looks at user and password.
    Login,
    /// The proxy connects.
    Connect,
    Done,
}

/// Method, login, request, one after the other.
pub struct Socks5 {
    phase: Phase,
    answer: Reply,
    /// The exchange of user and password, if there are any.
    login: Option<Zeroizing<Vec<u8>>>,
    request: Vec<u8>,
}

impl Socks5 {
    /// Gives the greeting as well.
    pub(super) fn begin(
        destination: Destination<'_>,
        login: Option<&Login>,
    ) -> Result<(Self, Vec<u8>), Refusal> {
        let login = login.map(login_message).transpose()?;
        let greeting = if login.is_some() {
            vec![VERSION, 2, NO_LOGIN, PASSWORD]
        } else {
            vec![VERSION, 1, NO_LOGIN]
        };
        let negotiation = Self {
            phase: Phase::Method,
            answer: Reply::default(),
            login,
            request: request(destination)?,
        };
        Ok((negotiation, greeting))
    }

    pub(super) fn missing(&self) -> usize {
        match self.phase {
            Phase::Method | Phase::Login => self.answer.missing(2),
            Phase::Connect => self.answer.missing(self.last_length()),
            Phase::Done => 0,
        }
    }

    /// Length of the last answer, as far as it is known.
    fn last_length(&self) -> usize {
        let address = match *self.answer.0 {
            [_, _, _, IPV6, ..] => 16,
            [_, _, _, NAME, length, ..] => usize::from(length).saturating_add(1),
            [_, _, _, IPV4, ..] => 4,
            _ => return ANSWER_HEAD,
        };
        // Behind four bytes, in front of two of the port.
        address.saturating_add(6)
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        self.answer.0.extend_from_slice(bytes);
        self.check_version()?;
        if self.missing() > 0 {
            return Ok(Vec::new());
        }
        let answer = core::mem::take(&mut self.answer.0);
        let code = answer.get(1).copied().unwrap_or(u8::MAX);
        match self.phase {
            Phase::Method => self.choose(code),
            Phase::Login if code == 0 => Ok(self.ask()),
            Phase::Login => Err(Refusal::Login(code)),
            Phase::Connect | Phase::Done => {
                self.phase = Phase::Done;
                Ok(Vec::new())
            }
        }
    }

    /// A peer that speaks something else is not waited for, and neither is the rest of a refusal. In front of the
    /// verdict on user and password proxies exist that repeat the version of SOCKS, so anything may stand there.
    fn check_version(&self) -> Result<(), Refusal> {
        match (&self.phase, &*self.answer.0) {
            (Phase::Method | Phase::Connect, [version, ..]) if *version != VERSION => {
                Err(Refusal::Garbage)
            }
            (Phase::Connect, [_, code, ..]) if *code != 0 => Err(Refusal::Socks5(*code)),
            (Phase::Connect, [_, _, _, kind, ..]) if ![IPV4, NAME, IPV6].contains(kind) => {
                Err(Refusal::Garbage)
            }
            _ => Ok(()),
        }
    }

    fn choose(&mut self, method: u8) -> Result<Vec<u8>, Refusal> {
        match method {
            NO_LOGIN => Ok(self.ask()),
            PASSWORD => {
                self.phase = Phase::Login;
                let mut login = self.login.take().ok_or(Refusal::NoMethod)?;
                Ok(core::mem::take(&mut *login))
            }
            _ => Err(Refusal::NoMethod),
        }
    }

    fn ask(&mut self) -> Vec<u8> {
        self.phase = Phase::Connect;
        core::mem::take(&mut self.request)
    }
}

fn login_message(login: &Login) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    // Growing would leave copies behind.
    let mut message = Zeroizing::new(Vec::with_capacity(LONGEST_LOGIN));
    message.push(PASSWORD_VERSION);
    put(&mut message, &login.user)?;
    put(&mut message, login.password.as_deref().unwrap_or_default())?;
    Ok(message)
}

/// Length byte and bytes.
fn put(message: &mut Vec<u8>, field: &[u8]) -> Result<(), Refusal> {
    let length = u8::try_from(field.len()).map_err(|_| Refusal::Unspeakable)?;
    message.push(length);
    message.extend_from_slice(field);
    Ok(())
}

fn request(destination: Destination<'_>) -> Result<Vec<u8>, Refusal> {
    let mut request = vec![VERSION, CONNECT, 0];
    match destination.address() {
        Some(IpAddr::V4(address)) => {
            request.push(IPV4);
            request.extend_from_slice(&address.octets());
        }
        Some(IpAddr::V6(address)) => {
            request.push(IPV6);
            request.extend_from_slice(&address.octets());
        }
        None => {
            request.push(NAME);
            put(&mut request, destination.host.as_bytes())?;
        }
    }
    request.extend_from_slice(&destination.port.to_be_bytes());
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::super::{Kind, Negotiation};
    use super::*;

    fn begin(host: &str, password: Option<&str>) -> (Negotiation, Vec<u8>) {
        let login = password.map(|password| Login {
            user: b"joe".to_vec(),
            password: Some(password.into()),
        });
        let destination = Destination { host, port: 1935 };
        Negotiation::with_name(Kind::Socks5, destination, login.as_ref()).unwrap()
    }

    #[test]
    fn each_kind_of_address_and_each_answer() {
        let v4 = [5, 0, 0, 1, 9, 9, 9, 9, 1, 2];
        let v6 = [&[5, 0, 0, 4][..], &[7; 18]].concat();
        let name = [&[5, 0, 0, 3, 2][..], b"ab\x01\x02"].concat();
        let cases: [(&str, &[u8], &[u8]); 3] = [
            ("ex.org", b"\x03\x06ex.org", &v4),
            ("10.0.0.1", b"\x01\x0a\0\0\x01", &v6),
            ("::1", b"\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", &name),
        ];
        for (host, address, answer) in cases {
            for piece in [1, 4, 99] {
                let said = [&[5, 0], answer].concat();
                let (sent, missing) = run(begin(host, None), &said, piece).unwrap();
                let expected = [&[5, 1, 0, 5, 1, 0], address, &[7, 0x8f]].concat();
                assert_eq!((sent, missing), (expected, 0), "{host} {piece}");
            }
        }
    }

    #[test]
    fn user_and_password_are_said_when_asked_for() {
        let said = [5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        let (sent, missing) = run(begin("h", Some("pw")), &said, 99).unwrap();
        assert_eq!(
            sent,
            b"\x05\x02\0\x02\x01\x03joe\x02pw\x05\x01\0\x03\x01h\x07\x8f"
        );
        assert_eq!(missing, 0);
        let (sent, _) = run(begin("h", Some("pw")), &[5, 0], 99).unwrap();
        assert_eq!(sent, b"\x05\x02\0\x02\x05\x01\0\x03\x01h\x07\x8f");
    }

    #[test]
    fn refusals() {
        let refusal = |password, said: &[u8]| run(begin("h", password), said, 1).unwrap_err();
        assert_eq!(refusal(None, &[5, 0xff]), Refusal::NoMethod);
        assert_eq!(refusal(None, &[5, 2]), Refusal::NoMethod);
        assert_eq!(refusal(Some("x"), &[5, 2, 1, 1]), Refusal::Login(1));
        assert_eq!(refusal(None, &[5, 0, 5, 5]), Refusal::Socks5(5));
        assert_eq!(refusal(None, &[5, 0, 5, 0, 0, 2]), Refusal::Garbage);
        assert_eq!(refusal(None, b"HTTP/1.1"), Refusal::Garbage);
        assert_eq!(run(begin("h", None), &[5, 0, 5], 1).unwrap().1, 4);
        let long = "x".repeat(256);
        let destination = Destination {
            host: &long,
            port: 1,
        };
        assert_eq!(
            Negotiation::with_name(Kind::Socks5, destination, None).err(),
            Some(Refusal::Unspeakable)
        );
    }
}
