//! The requests of a tunnel, byte for byte as Flash players send them.

use crate::proto::bytes::joined;
use crate::syntax::host_parts;

/// What a request is for; its word in the request line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// Begins a session.
    Open,
    /// Carries RTMP.
    Send,
    /// Asks whether the server has something to say.
    Idle,
    /// Ends the session.
    Close,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Send => "send",
            Self::Idle => "idle",
            Self::Close => "close",
        }
    }
}

/// The body of requests that carry no RTMP.
pub const NOTHING: &[u8] = &[0];

/// A request without its body: where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Name or number of the server.
    pub host: &'a [u8],
    /// Its port, which is always written.
    pub port: u16,
    /// Empty, or `/` and the identification of the session.
    pub session: &'a [u8],
    /// Number of the request.
    pub number: i32,
}

impl Request<'_> {
    /// Head and body of a request; `None` without memory.
    pub fn encode(&self, verb: Verb, body: &[u8]) -> Option<Vec<u8>> {
        let number = format!("/{} HTTP/1.1\r\nHost: ", self.number);
        let [open, host, close] = host_parts(self.host);
        let rest = format!(
            ":{}\r\n\
             Accept: */*\r\n\
             User-Agent: Shockwave Flash\r\n\
             Connection: Keep-Alive\r\n\
             Cache-Control: no-cache\r\n\
             Content-type: application/x-fcs\r\n\
             Content-length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        joined(&[
            b"POST /",
            verb.word().as_bytes(),
            self.session,
            number.as_bytes(),
            open,
            host,
            close,
            rest.as_bytes(),
            body,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(request: Request<'_>, verb: Verb, body: &[u8]) -> String {
        String::from_utf8(request.encode(verb, body).unwrap()).unwrap()
    }

    #[test]
    fn an_open_request_names_no_session() {
        let request = Request {
            host: b"example.org",
            port: 80,
            session: b"",
            number: 1,
        };
        assert_eq!(
            text(request, Verb::Open, NOTHING),
            "POST /open/1 HTTP/1.1\r\nHost: example.org:80\r\nAccept: */*\r\n\
             User-Agent: Shockwave Flash\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\n\
             Content-type: application/x-fcs\r\nContent-length: 1\r\n\r\n\0"
        );
    }

    #[test]
    fn later_requests_name_session_number_and_length() {
        let request = Request {
            host: b"::1",
            port: 8080,
            session: b"/SESSION1",
            number: 12,
        };
        for (verb, line) in [
            (Verb::Send, "POST /send/SESSION1/12 HTTP/1.1\r\n"),
            (Verb::Idle, "POST /idle/SESSION1/12 HTTP/1.1\r\n"),
            (Verb::Close, "POST /close/SESSION1/12 HTTP/1.1\r\n"),
        ] {
            let request = text(request, verb, b"eleven more");
            assert!(request.starts_with(line));
            assert!(request.contains("\r\nHost: [::1]:8080\r\n"));
            assert!(request.ends_with("\r\nContent-length: 11\r\n\r\neleven more"));
        }
    }
}
