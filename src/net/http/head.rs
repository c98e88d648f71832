//! The head of a response (spec 03 §2.4).

use crate::syntax::{Leniency, MAX_INTERIM, Progress, ResponseHead, is_interim, response_head};

use super::transport::LONGEST_RECEIVE;

/// Bytes of a head at most.
pub(super) const LONGEST: usize = 64 << 10;
/// Lines of a head at most.
const MOST: usize = 128;

/// What a complete head says.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Head {
    /// The last `Last-Modified`.
    pub last_modified: Option<Vec<u8>>,
    /// Where a redirection leads.
    pub location: Option<Vec<u8>>,
    /// The announced length of the body.
    pub(super) length: Length,
}

/// The announced length of a body.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) enum Length {
    /// Until the end of the connection.
    #[default]
    Unknown,
    /// So many bytes.
    Bytes(usize),
    /// A number that cannot be.
    Impossible,
}

/// A head that is not longer is looked at after each receive.
const SHORT: usize = 1024;

/// Responses that are being received, up to the end of the head that counts.
///
/// A head may come in tiny pieces: it is looked at when it is short, when it may be complete, and when it has become twice
/// as long, so that the work grows with its length and no faster.
#[derive(Default)]
pub(super) struct Incoming {
    bytes: Vec<u8>,
    /// Bytes that were passed over.
    passed: usize,
    /// The first byte behind which the end of a head may stand.
    searched: usize,
    /// The length at which it is time for another look.
    next_look: usize,
    interim: u8,
    /// Bytes that were looked at, again and again.
    #[cfg(test)]
    work: usize,
}

impl Incoming {
    /// Adds what came. Blank lines in front of a head are passed over. False without memory.
    pub(super) fn push(&mut self, piece: &[u8]) -> bool {
        let blank = if self.bytes.is_empty() {
            piece
                .iter()
                .take_while(|byte| b"\r\n".contains(byte))
                .count()
        } else {
            0
        };
        self.passed = self.passed.saturating_add(blank);
        let rest = piece.get(blank..).unwrap_or_default();
        let has_room = self.bytes.try_reserve(rest.len()).is_ok();
        if has_room {
            self.bytes.extend_from_slice(rest);
        }
        has_room
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn is_too_long(&self) -> bool {
        self.passed.saturating_add(self.bytes.len()) > LONGEST + LONGEST_RECEIVE
    }

    /// Whether a look may tell more than the last one did.
    pub(super) fn is_worth_a_look(&mut self) -> bool {
        let from = self.searched.saturating_sub(2);
        let fresh = self.bytes.get(from..).unwrap_or_default();
        let may_be_complete = fresh.windows(2).any(|two| two == b"\n\n")
            || fresh.windows(3).any(|three| three == b"\n\r\n");
        self.searched = self.bytes.len();
        may_be_complete || self.bytes.len() <= SHORT || self.bytes.len() >= self.next_look
    }

    /// What stands behind a head that ends at `end`.
    pub(super) fn behind(mut self, end: usize) -> Vec<u8> {
        self.bytes.split_off(end.min(self.bytes.len()))
    }

    /// Looks at what has been received so far. Interim responses are removed.
    pub(super) fn progress(&mut self) -> Progress<(u16, Head)> {
        loop {
            self.next_look = self.bytes.len().saturating_mul(2);
            #[cfg(test)]
            {
                self.work += self.bytes.len();
            }
            match parse(&self.bytes) {
                Progress::Complete((status, _), end) if is_interim(status) => {
                    if self.interim >= MAX_INTERIM {
                        return Progress::Malformed;
                    }
                    self.interim = self.interim.saturating_add(1);
                    self.bytes.drain(..end.min(self.bytes.len()));
                    self.searched = 0;
                }
                other => return other,
            }
        }
    }
}

/// Looks at the first of the responses received.
fn parse(bytes: &[u8]) -> Progress<(u16, Head)> {
    response_head::<MOST, _>(bytes, Leniency::All, |head| (head.status, Head::of(head)))
}

impl Head {
    fn of(head: &ResponseHead<'_, '_>) -> Self {
        let last = |name| head.values(name).last();
        Self {
            last_modified: last("Last-Modified").map(<[u8]>::to_vec),
            location: last("Location").map(<[u8]>::to_vec),
            length: last("Content-Length").map_or(Length::Unknown, Length::read),
        }
    }
}

impl Length {
    /// The counter that C sees is an `int`.
    fn read(text: &[u8]) -> Self {
        str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse::<i32>().ok())
            .and_then(|length| usize::try_from(length).ok())
            .map_or(Self::Impossible, Self::Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(value: &str) -> Length {
        let text = format!("HTTP/1.1 200 OK\r\nX: y\r\ncontent-length:{value}\r\n\r\nbody");
        match parse(text.as_bytes()) {
            Progress::Complete((200, head), end) if end == text.len() - 4 => head.length,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lengths_are_what_an_int_holds() {
        assert_eq!(length(" 5"), Length::Bytes(5));
        assert_eq!(length("5"), Length::Bytes(5));
        assert_eq!(length("  0 "), Length::Bytes(0));
        assert_eq!(length(" 2147483647"), Length::Bytes(i32::MAX as usize));
        for value in ["-1", "2147483648", "99999999999999999999", "x", ""] {
            assert_eq!(length(value), Length::Impossible, "{value:?}");
        }
    }

    #[test]
    fn the_status_is_known_before_the_head_is_complete() {
        let text =
            b"HTTP/1.1 404 Not Found\r\nServer: x\r\nLast-Modified: a\r\nLAST-MODIFIED: b\r\n\r\n";
        for end in 0..text.len() {
            let expected = (end > 23).then_some(404);
            let Progress::Incomplete(status) = parse(&text[..end]) else {
                panic!("{end}")
            };
            assert!(status.is_none() || status == Some(404));
            assert!(expected.is_none() || status == expected, "{end}");
        }
        let Progress::Complete((404, head), _) = parse(text) else {
            panic!()
        };
        assert_eq!(head.last_modified.as_deref(), Some(&b"b"[..]));
    }

    #[test]
    fn line_feeds_alone_end_lines_too() {
        let text = b"HTTP/1.0 302 \nlocation : /x\n\nbody";
        let Progress::Complete((302, head), end) = parse(text) else {
            panic!()
        };
        assert_eq!((head.location.as_deref(), end), (Some(&b"/x"[..]), 29));
    }

    /// Takes the text in pieces of that size; the bytes left behind the head, or `None` when it is no good.
    fn behind(text: &str, size: usize) -> Option<String> {
        let mut incoming = Incoming::default();
        for (number, piece) in text.as_bytes().chunks(size).enumerate() {
            incoming.push(piece);
            match incoming.progress() {
                Progress::Incomplete(_) => {}
                Progress::Malformed => return None,
                Progress::Complete((200, head), end) => {
                    assert_eq!(head.last_modified, None);
                    let came = (number + 1) * size;
                    let rest = text.get(came..).unwrap_or_default();
                    let mut behind = incoming.behind(end);
                    behind.extend_from_slice(rest.as_bytes());
                    return String::from_utf8(behind).ok();
                }
                other => panic!("{other:?}"),
            }
        }
        panic!("no end of {text:?}")
    }

    #[test]
    fn interim_responses_are_skipped_but_not_for_ever() {
        let interim =
            "HTTP/1.1 100 Continue\r\nLast-Modified: x\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n";
        let last = "HTTP/1.1 200 OK\r\n\r\nbody";
        for (count, expected) in [
            (0, Some("body")),
            (1, Some("body")),
            (4, Some("body")),
            (5, None),
        ] {
            let text = interim.repeat(count) + last;
            for size in [1, 2, 7, 1000] {
                assert_eq!(behind(&text, size).as_deref(), expected, "{count} {size}");
            }
        }
    }

    /// Takes a whole text in pieces of that size, as a fetch does. How often each byte was looked at, and whether there is
    /// a head at last.
    fn looked_at(text: &str, size: usize) -> (usize, bool) {
        let mut incoming = Incoming::default();
        let mut last = Progress::Incomplete(None);
        for piece in text.as_bytes().chunks(size) {
            incoming.push(piece);
            if incoming.is_worth_a_look() {
                last = incoming.progress();
                if !matches!(last, Progress::Incomplete(_)) {
                    break;
                }
            }
        }
        let is_head = matches!(last, Progress::Complete(..));
        (incoming.work.div_ceil(text.len()), is_head)
    }

    #[test]
    fn the_work_grows_with_the_length() {
        // The first kilobyte may be looked at for each of its bytes.
        let most = |text: &str, size| SHORT * SHORT / size / text.len() + 4;
        let status = "HTTP/1.1 200 OK\r\n";
        for (text, is_complete) in [
            (format!("{status}{}\r\n", "X: y\n".repeat(120)), true),
            (format!("{status}X: {}\r\n\r\n", "y".repeat(60_000)), true),
            (
                format!(
                    "{status}{}\r\n\r\n",
                    "X: y\n".to_owned() + &" z\n".repeat(20_000)
                ),
                true,
            ),
            (format!("{status}{}", "\0\n".repeat(30_000)), false),
            (
                format!("{}{status}X: y\r\n\r\n", "\r\n".repeat(30_000)),
                true,
            ),
            (format!("{}X", "\n".repeat(60_000)), false),
            ("H".repeat(60_000), false),
        ] {
            for size in [1, 2, 3, 16_383] {
                let (looks, is_head) = looked_at(&text, size);
                assert!(looks <= most(&text, size), "{looks} {size} {text:.40}");
                assert_eq!(is_head, is_complete, "{size} {text:.40}");
            }
        }
    }

    #[test]
    fn nothing_follows_a_change_of_protocol() {
        let mut incoming = Incoming::default();
        incoming.push(b"HTTP/1.1 101 Switching\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
        assert!(matches!(
            incoming.progress(),
            Progress::Complete((101, _), 26)
        ));
    }

    #[test]
    fn what_is_no_http_is_malformed() {
        for text in [
            "ICY 200 OK\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
            "\x16\x03\x01",
            "HTTP/1.1 abc",
        ] {
            assert_eq!(parse(text.as_bytes()), Progress::Malformed, "{text:?}");
        }
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(MOST + 1));
        assert_eq!(parse(many.as_bytes()), Progress::Malformed);
    }
}
