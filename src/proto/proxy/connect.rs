//! HTTP CONNECT (RFC 9110 §9.3.6) with Basic authentication.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::exchange::{Destination, Refusal};
use crate::proto::userinfo::Login;
use crate::syntax::{Leniency, Progress, ResponseHead, host_parts, response_head};

/// No proxy says more than that before the connection stands.
const LONGEST: usize = 8192;
const HEADERS: usize = 64;
/// Shorter heads have no whole status line: garbage is told from it at each byte.
const STATUS_LINE: usize = 16;

/// The request, with the login if there is one.
pub(super) fn request(destination: Destination<'_>, login: Option<&Login>) -> Vec<u8> {
    let Destination { host, port } = destination;
    let port = format!(":{port}");
    let authority = [&host_parts(host.as_bytes()).concat(), port.as_bytes()].concat();
    let token = login.map(token);
    let [name, token, end]: [&[u8]; 3] = match &token {
        Some(token) => [
            b"Proxy-Authorization: Basic ",
            token.as_bytes(),
            b"\r\n\r\n",
        ],
        None => [b"", b"", b"\r\n"],
    };
    // Made at once: no copy of the token stays behind.
    let parts: [&[u8]; 8] = [
        b"CONNECT ",
        &authority,
        b" HTTP/1.1\r\nHost: ",
        &authority,
        b"\r\n",
        name,
        token,
        end,
    ];
    parts.concat()
}

/// User and password, as good as in the clear.
fn token(login: &Login) -> Zeroizing<String> {
    let password = login.password.as_deref().unwrap_or_default();
    let plain = Zeroizing::new([&login.user, &b":"[..], password].concat());
    Zeroizing::new(BASE64_STANDARD.encode(&*plain))
}

/// Waits for the head of the answer, byte by byte: what follows it is the server's.
#[derive(Default)]
pub struct HttpConnect {
    head: Vec<u8>,
    /// All bytes, those of interim answers too: a proxy may not send these for ever.
    received: usize,
    is_done: bool,
}

impl HttpConnect {
    pub(super) fn missing(&self) -> usize {
        usize::from(!self.is_done)
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.head.extend_from_slice(bytes);
        self.received = self.received.saturating_add(bytes.len());
        if self.received > LONGEST {
            return Err(Refusal::Garbage);
        }
        // Only a line feed ends a head.
        if self.head.len() > STATUS_LINE && self.head.last() != Some(&b'\n') {
            return Ok(());
        }
        let status = |head: &ResponseHead<'_, '_>| head.status;
        match response_head::<HEADERS, _>(&self.head, Leniency::None, status) {
            Progress::Incomplete(_) => {}
            Progress::Complete(200..=299, _) => self.is_done = true,
            Progress::Complete(100..=199, _) => self.head.clear(),
            Progress::Complete(status, _) => return Err(Refusal::Http(status)),
            Progress::Malformed => return Err(Refusal::Garbage),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::super::{Kind, Negotiation};
    use super::*;

    fn begin(host: &str, login: Option<&Login>) -> (Negotiation, Vec<u8>) {
        let destination = Destination { host, port: 1935 };
        Negotiation::with_name(Kind::Http, destination, login).unwrap()
    }

    #[test]
    fn the_request_names_the_server_twice() {
        let login = Login {
            user: b"Aladdin".to_vec(),
            password: Some(b"open sesame".to_vec()),
        };
        assert_eq!(
            begin("ex.org", Some(&login)).1,
            b"CONNECT ex.org:1935 HTTP/1.1\r\nHost: ex.org:1935\r\n\
              Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
        );
        for host in ["::1", "[::1]"] {
            assert_eq!(
                begin(host, None).1,
                b"CONNECT [::1]:1935 HTTP/1.1\r\nHost: [::1]:1935\r\n\r\n",
                "{host}"
            );
        }
    }

    #[test]
    fn the_head_ends_at_its_empty_line() {
        for head in [
            "HTTP/1.0 200 Connection established\r\n\r\n",
            "HTTP/1.1 204\nVia: x\n\n",
            "HTTP/1.1 100 Wait\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        ] {
            let said = [head.as_bytes(), b"rest"].concat();
            assert_eq!(run(begin("h", None), &said, 9).unwrap().1, 0, "{head}");
            for end in 0..head.len() {
                let missing = run(begin("h", None), &said[..end], 9).unwrap().1;
                assert_eq!(missing, 1, "{head} cut at {end}");
            }
        }
    }

    #[test]
    fn refusals() {
        let refusal = |said: &[u8]| run(begin("h", None), said, 1).unwrap_err();
        let status = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
        assert_eq!(refusal(status), Refusal::Http(407));
        assert_eq!(refusal(b"HTTP/1.1 x"), Refusal::Garbage);
        assert_eq!(refusal(b"\x05\0"), Refusal::Garbage);
        let endless = [&b"HTTP/1.1 200 OK\r\nX: "[..], &[b'x'; LONGEST]].concat();
        assert_eq!(refusal(&endless), Refusal::Garbage);
        let interim = "HTTP/1.1 100 Wait\r\n\r\n".repeat(LONGEST / 20);
        assert_eq!(refusal(interim.as_bytes()), Refusal::Garbage);
        let many = "A: b\r\n".repeat(HEADERS + 1);
        assert_eq!(
            refusal(format!("HTTP/1.1 200 OK\r\n{many}\r\n").as_bytes()),
            Refusal::Garbage
        );
    }
}
