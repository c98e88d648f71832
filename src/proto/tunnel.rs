//! RTMP inside HTTP requests and their responses (RTMPT, spec 02 §9).

pub mod request;
pub mod response;

use super::bytes::{Out, joined};
use response::{Decoder, Malformed, Piece};

/// Bytes that the response to `open` may have: an identification that is longer is none.
const MAX_ID: usize = 1024;

/// What the server's bytes mean, one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event<'a> {
    /// The head of a response is complete: one request less is unanswered.
    Answered,
    /// The response to `open`: the identification of the session.
    Id(Vec<u8>),
    /// The polling interval that the server wants, the first byte of each later response.
    Interval(u8),
    /// Bytes of RTMP, at least one.
    Payload(&'a [u8]),
    /// The response is complete.
    End,
}

/// What the next body byte is.
enum Expected {
    Id(Vec<u8>),
    Interval,
    Payload,
}

/// The responses of one tunnel that is open.
pub struct Responses {
    decoder: Decoder,
    expected: Expected,
}

impl Default for Responses {
    fn default() -> Self {
        Self {
            decoder: Decoder::default(),
            expected: Expected::Interval,
        }
    }
}

impl Responses {
    /// The response to `open`.
    pub fn to_open() -> Self {
        Self {
            expected: Expected::Id(Vec::new()),
            ..Self::default()
        }
    }

    /// Takes bytes from the front of `input`. `None` when all are taken and more are needed.
    pub fn feed<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Event<'a>>, Malformed> {
        loop {
            let most = match self.expected {
                Expected::Interval => 1,
                _ => u64::MAX,
            };
            let Some(piece) = self.decoder.feed(input, most)? else {
                return Ok(None);
            };
            match piece {
                Piece::Head => return Ok(Some(Event::Answered)),
                Piece::End => return self.end().map(Some),
                Piece::Body(bytes) => {
                    if let Some(event) = self.body(bytes)? {
                        return Ok(Some(event));
                    }
                }
            }
        }
    }

    /// Body bytes of the current response that have not come, as far as they are known.
    pub fn left(&self) -> u64 {
        self.decoder.left()
    }

    fn body<'a>(&mut self, bytes: &'a [u8]) -> Result<Option<Event<'a>>, Malformed> {
        match &mut self.expected {
            Expected::Id(id) if id.len().saturating_add(bytes.len()) > MAX_ID => Err(Malformed::Id),
            Expected::Id(id) => {
                id.put(bytes).ok_or(Malformed::NoMemory)?;
                Ok(None)
            }
            Expected::Interval => {
                self.expected = Expected::Payload;
                Ok(bytes.first().map(|&interval| Event::Interval(interval)))
            }
            Expected::Payload => Ok(Some(Event::Payload(bytes))),
        }
    }

    fn end(&mut self) -> Result<Event<'static>, Malformed> {
        match core::mem::replace(&mut self.expected, Expected::Interval) {
            Expected::Id(body) => identification(&body).map(Event::Id),
            _ => Ok(Event::End),
        }
    }
}

/// The identification ends with its line. It becomes part of request lines, so it must be a word.
fn identification(body: &[u8]) -> Result<Vec<u8>, Malformed> {
    let line = body.strip_suffix(b"\n").unwrap_or(body);
    let id = line.strip_suffix(b"\r").unwrap_or(line);
    if body.is_empty() || !id.iter().all(u8::is_ascii_graphic) {
        return Err(Malformed::Id);
    }
    joined(&[id]).ok_or(Malformed::NoMemory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(body: &str) -> Vec<u8> {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    #[test]
    fn the_first_response_names_the_session_and_later_ones_carry_payload() {
        let bytes = [
            response("SESSION1\n"),
            response("\u{3}"),
            response("\u{1}abc"),
        ]
        .concat();
        for size in [1, 5, bytes.len()] {
            let (mut responses, mut seen, mut payload) =
                (Responses::to_open(), Vec::new(), Vec::new());
            for mut part in bytes.chunks(size) {
                while let Some(event) = responses.feed(&mut part).unwrap() {
                    match event {
                        Event::Payload(bytes) => payload.extend_from_slice(bytes),
                        Event::Id(id) => seen.push(Event::Id(id)),
                        Event::Interval(interval) => seen.push(Event::Interval(interval)),
                        Event::Answered => seen.push(Event::Answered),
                        Event::End => seen.push(Event::End),
                    }
                }
            }
            let expected = [
                Event::Answered,
                Event::Id(b"SESSION1".to_vec()),
                Event::Answered,
                Event::Interval(3),
                Event::End,
                Event::Answered,
                Event::Interval(1),
                Event::End,
            ];
            assert_eq!((&seen[..], &payload[..]), (&expected[..], &b"abc"[..]));
        }
    }

    #[test]
    fn an_identification_is_one_word() {
        let rows: [(&str, Option<&str>); 8] = [
            ("ABC\n", Some("ABC")),
            ("ABC\r\n", Some("ABC")),
            ("ABC", Some("ABC")),
            ("\n", Some("")),
            ("", None),
            ("A B\n", None),
            ("A\r\nB\n", None),
            ("A\n\n", None),
        ];
        for (body, expected) in rows {
            let bytes = response(body);
            let (mut responses, mut input) = (Responses::to_open(), &bytes[..]);
            assert_eq!(responses.feed(&mut input), Ok(Some(Event::Answered)));
            let expected = expected.map(|id| Some(Event::Id(id.as_bytes().to_vec())));
            assert_eq!(
                responses.feed(&mut input),
                expected.ok_or(Malformed::Id),
                "{body:?}"
            );
        }
        let long = response(&"x".repeat(MAX_ID + 1));
        let (mut responses, mut input) = (Responses::to_open(), &long[..]);
        assert_eq!(responses.feed(&mut input), Ok(Some(Event::Answered)));
        assert_eq!(responses.feed(&mut input), Err(Malformed::Id));
    }
}
