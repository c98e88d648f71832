//! HTTP responses, cut anywhere: the three ways to say where a body ends.

use crate::proto::bytes::Out;
use crate::syntax::{Leniency, MAX_INTERIM, Progress, ResponseHead, is_interim, response_head};

/// Bytes of a head, or of the lines behind a chunked body.
pub const MAX_HEAD: usize = 16 * 1024;
/// Header lines of a head.
const MAX_HEADERS: usize = 100;
/// Bytes of a line that says how long a chunk is.
const MAX_LINE: usize = 256;
/// What every response begins with.
const BEGINNING: &[u8] = b"HTTP/1.";

/// A part of a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// The head of a response with status 200 is complete.
    Head,
    /// Bytes of the body, at least one.
    Body(&'a [u8]),
    /// The response is complete.
    End,
}

/// Why bytes are no response that a tunnel can use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Malformed {
    /// This is not HTTP, or its head is too long.
    Head,
    /// The status is not 200.
    Status(u16),
    /// A length that is no number, or two that differ.
    Length,
    /// The body is encoded in a way other than chunked.
    Encoding,
    /// Chunks are not told apart.
    Chunk,
    /// No identification of a session, or one that cannot be.
    Id,
    /// There is no memory for it.
    NoMemory,
}

/// Where the decoder stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Step {
    #[default]
    Head,
    /// In a body whose length was told.
    Sized,
    /// The line with the size of a chunk.
    ChunkSize,
    /// In a chunk.
    Chunk,
    /// The end of line behind a chunk.
    ChunkEnd,
    /// Header lines behind the last chunk.
    Trailer,
    /// The body ends with the connection.
    UntilClose,
}

/// Takes responses apart, one after the other. It keeps heads and lines only: its memory is bounded.
#[derive(Default)]
pub struct Decoder {
    step: Step,
    /// Bytes of the body, or of its chunk, that have not come.
    left: u64,
    /// The head, or the line, as far as it has come.
    gathered: Vec<u8>,
    /// Bytes of trailer lines so far.
    trailer: usize,
    interim: u8,
}

impl Decoder {
    /// Takes bytes from the front of `input`, at most `most` of a body. `None` when all are taken and more are needed.
    pub fn feed<'a>(
        &mut self,
        input: &mut &'a [u8],
        most: u64,
    ) -> Result<Option<Piece<'a>>, Malformed> {
        loop {
            match self.step {
                Step::Head => {
                    if !self.gather_head(input)? {
                        return Ok(None);
                    }
                    if self.head()? {
                        return Ok(Some(Piece::Head));
                    }
                }
                Step::Sized if self.left == 0 => {
                    self.step = Step::Head;
                    return Ok(Some(Piece::End));
                }
                Step::Chunk if self.left == 0 => self.step = Step::ChunkEnd,
                Step::Sized | Step::Chunk => {
                    let taken = take(input, self.left.min(most));
                    self.left = self.left.saturating_sub(length(taken));
                    return Ok((!taken.is_empty()).then_some(Piece::Body(taken)));
                }
                Step::UntilClose => {
                    let taken = take(input, most);
                    return Ok((!taken.is_empty()).then_some(Piece::Body(taken)));
                }
                Step::ChunkSize | Step::ChunkEnd | Step::Trailer => {
                    let Some(line) = self.line(input)? else {
                        return Ok(None);
                    };
                    if self.between_chunks(&line)? {
                        return Ok(Some(Piece::End));
                    }
                }
            }
        }
    }

    /// Bytes of the body, or of its chunk, that have not come, as far as they are known.
    pub fn left(&self) -> u64 {
        match self.step {
            Step::Sized | Step::Chunk => self.left,
            _ => 0,
        }
    }

    /// Gathers the head up to its empty line. Empty lines in front of it are skipped, as HTTP asks for.
    fn gather_head(&mut self, input: &mut &[u8]) -> Result<bool, Malformed> {
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            let place = self.gathered.len();
            if place == 0 && matches!(byte, b'\r' | b'\n') {
                continue;
            }
            let is_wrong = BEGINNING.get(place).is_some_and(|&wanted| wanted != byte);
            if is_wrong || place >= MAX_HEAD {
                return Err(Malformed::Head);
            }
            self.gather(byte)?;
            if self.gathered.ends_with(b"\n\r\n") || self.gathered.ends_with(b"\n\n") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the gathered head. False for a response that another one follows.
    fn head(&mut self) -> Result<bool, Malformed> {
        let bytes = core::mem::take(&mut self.gathered);
        let read = |head: &ResponseHead<'_, '_>| match head.status {
            200 => framing(head).map(Some),
            status if is_interim(status) && self.interim < MAX_INTERIM => Ok(None),
            status => Err(Malformed::Status(status)),
        };
        let parsed = response_head::<MAX_HEADERS, _>(&bytes, Leniency::Lines, read);
        let Progress::Complete(body, _) = parsed else {
            return Err(Malformed::Head);
        };
        match body? {
            Some((step, left)) => {
                self.interim = 0;
                (self.step, self.left) = (step, left);
                Ok(true)
            }
            None => {
                self.interim = self.interim.saturating_add(1);
                Ok(false)
            }
        }
    }

    /// A line without its end, once it is complete.
    fn line(&mut self, input: &mut &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            if byte == b'\n' {
                let mut line = core::mem::take(&mut self.gathered);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Some(line));
            }
            let limit = if self.step == Step::Trailer {
                MAX_HEAD
            } else {
                MAX_LINE
            };
            if self.gathered.len() >= limit {
                return Err(Malformed::Chunk);
            }
            self.gather(byte)?;
        }
        Ok(None)
    }

    fn gather(&mut self, byte: u8) -> Result<(), Malformed> {
        self.gathered.put(&[byte]).ok_or(Malformed::NoMemory)
    }

    /// Understands a line that is not data. True at the end of the response.
    fn between_chunks(&mut self, line: &[u8]) -> Result<bool, Malformed> {
        match self.step {
            Step::ChunkSize => {
                let size = line.split(|&byte| byte == b';').next().unwrap_or(line);
                self.step = match number(size.trim_ascii(), 16) {
                    Some(0) => {
                        self.trailer = 0;
                        Step::Trailer
                    }
                    Some(size) => {
                        self.left = size;
                        Step::Chunk
                    }
                    None => return Err(Malformed::Chunk),
                };
            }
            Step::Trailer if !line.is_empty() => {
                self.trailer = self.trailer.saturating_add(line.len()).saturating_add(1);
                if self.trailer > MAX_HEAD {
                    return Err(Malformed::Head);
                }
            }
            Step::Trailer => {
                self.step = Step::Head;
                return Ok(true);
            }
            _ if line.is_empty() => self.step = Step::ChunkSize,
            _ => return Err(Malformed::Chunk),
        }
        Ok(false)
    }
}

/// How the end of the body is told, and its length, if that is how. Chunks go before a length.
fn framing(head: &ResponseHead<'_, '_>) -> Result<(Step, u64), Malformed> {
    let mut encodings = head.values("transfer-encoding");
    match (encodings.next(), encodings.next()) {
        (None, _) => {}
        (Some(only), None) if only.eq_ignore_ascii_case(b"chunked") => {
            return Ok((Step::ChunkSize, 0));
        }
        (Some(only), None) if only.eq_ignore_ascii_case(b"identity") => {}
        _ => return Err(Malformed::Encoding),
    }
    let mut known = None;
    for value in head.values("content-length") {
        let length = number(value, 10).ok_or(Malformed::Length)?;
        if known.is_some_and(|known| known != length) {
            return Err(Malformed::Length);
        }
        known = Some(length);
    }
    Ok(known.map_or((Step::UntilClose, 0), |length| (Step::Sized, length)))
}

/// A number of digits only; no sign, no blanks.
fn number(text: &[u8], radix: u32) -> Option<u64> {
    let is_number = !text.is_empty() && text.iter().all(|&byte| char::from(byte).is_digit(radix));
    let digits = str::from_utf8(text).ok().filter(|_| is_number)?;
    u64::from_str_radix(digits, radix).ok()
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn take<'a>(input: &mut &'a [u8], most: u64) -> &'a [u8] {
    let count = usize::try_from(most).unwrap_or(usize::MAX);
    let (taken, rest) = input.split_at(input.len().min(count));
    *input = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bodies of all complete responses, with the input in pieces of `size` bytes.
    fn bodies(bytes: &[u8], size: usize) -> Result<Vec<Vec<u8>>, Malformed> {
        let (mut decoder, mut all, mut body) = (Decoder::default(), Vec::new(), Vec::new());
        for mut part in bytes.chunks(size) {
            while let Some(piece) = decoder.feed(&mut part, u64::MAX)? {
                match piece {
                    Piece::Head => body.clear(),
                    Piece::Body(bytes) => body.extend_from_slice(bytes),
                    Piece::End => all.push(body.clone()),
                }
            }
            assert!(part.is_empty());
        }
        if decoder.step == Step::UntilClose {
            all.push(body);
        }
        Ok(all)
    }

    #[test]
    fn each_way_to_end_a_body_is_understood_at_any_split() {
        let rows: &[(&str, &[&str])] = &[
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", &["abc"]),
            ("HTTP/1.0 200 OK\r\ncontent-length:3\r\n\r\nabc", &["abc"]),
            (
                "HTTP/1.1 200\r\nX-Content-Length: 9\r\nCONTENT-LENGTH:  3 \r\n\r\nabc",
                &["abc"],
            ),
            ("HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", &["abc"]),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &[""]),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb",
                &["a", "b"],
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nA;x=y\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
                &["a0123456789"],
            ),
            (
                "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nto the end",
                &["to the end"],
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
                &["a"],
            ),
        ];
        for (bytes, expected) in rows {
            for size in [1, 2, 7, bytes.len()] {
                let found = bodies(bytes.as_bytes(), size).unwrap();
                let expected: Vec<&[u8]> = expected.iter().map(|body| body.as_bytes()).collect();
                assert_eq!(found, expected, "{bytes:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn what_is_no_response_is_refused() {
        let rows = [
            ("RTSP/1.0 200 OK\r\n\r\n", Malformed::Head),
            ("HTTP/1.1 2x0 OK\r\n\r\n", Malformed::Head),
            (
                "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
                Malformed::Status(404),
            ),
            ("HTTP/1.1 101 Other\r\n\r\n", Malformed::Status(101)),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                Malformed::Length,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
                Malformed::Length,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
                Malformed::Length,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                Malformed::Length,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                Malformed::Length,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                Malformed::Encoding,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
                Malformed::Chunk,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
                Malformed::Chunk,
            ),
        ];
        for (bytes, expected) in rows {
            for size in [1, bytes.len()] {
                assert_eq!(bodies(bytes.as_bytes(), size), Err(expected), "{bytes:?}");
            }
        }
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let rows = [
            (
                "HTTP/1.1 200 OK\r\n".to_owned(),
                "X: y\r\n",
                Malformed::Head,
            ),
            ("HTTP/1.1 200 OK\r\nX: ".to_owned(), "y", Malformed::Head),
            (
                String::new(),
                "HTTP/1.1 100 Continue\r\n\r\n",
                Malformed::Status(100),
            ),
            (format!("{chunked}1;"), "x", Malformed::Chunk),
            (format!("{chunked}0\r\n"), "X: y\r\n", Malformed::Head),
            (format!("{chunked}0\r\n"), "x", Malformed::Chunk),
        ];
        for (begin, again, expected) in rows {
            let mut decoder = Decoder::default();
            let mut bytes = begin.into_bytes();
            bytes.extend(again.bytes().cycle().take(2 * MAX_HEAD + 100));
            let mut failure = None;
            for byte in bytes {
                let mut input = &[byte][..];
                if let Err(malformed) = decoder.feed(&mut input, u64::MAX) {
                    failure = Some(malformed);
                    break;
                }
                assert!(decoder.gathered.capacity() <= 2 * MAX_HEAD);
            }
            assert_eq!(failure, Some(expected), "{again:?}");
        }
    }
}
