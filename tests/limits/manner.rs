//! Servers that have lost their manners.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// What tells the end of a call that hangs from one that is slow on a busy machine. Closing takes a second at most.
const SOON: Duration = Duration::from_secs(12);
/// Far less than any limit.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// Calls what has to end by itself.
pub(crate) fn assert_soon(work: impl FnOnce()) {
    let begin = Instant::now();
    work();
    let took = begin.elapsed();
    assert!(took < SOON, "{took:?}");
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    TakesNothing,
    Trickles,
    Floods,
}

impl Manner {
    pub(crate) const ALL: [Self; 3] = [Self::TakesNothing, Self::Trickles, Self::Floods];

    /// Goes on until the other end of `end` is dropped: says `begin`, and then `endless` without end, one byte at a time or
    /// as much as the client takes.
    pub(crate) fn go_on(
        self,
        stream: &mut (impl Read + Write),
        begin: &[u8],
        endless: &[u8],
        end: &Receiver<()>,
    ) {
        let flood = endless.repeat(1000);
        let mut trickle = begin.iter().chain(endless.iter().cycle());
        let pause = match self {
            Self::TakesNothing => {
                end.recv().unwrap_err();
                return;
            }
            Self::Trickles => PAUSE,
            Self::Floods => Duration::ZERO,
        };
        while end.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            let said = match trickle.next() {
                Some(&byte) if self == Self::Trickles => {
                    let _ = stream.read(&mut [0]);
                    stream.write_all(&[byte])
                }
                _ => stream.write_all(&flood),
            };
            if said.and_then(|()| stream.flush()).is_err() {
                return;
            }
        }
    }
}

/// How such a server begins to trickle, and what it says without end.
pub(crate) fn words(is_tunnel: bool) -> (&'static [u8], &'static [u8]) {
    if is_tunnel {
        let answer: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        (b"HTTP/1.1 200 OK\r\nX: ", answer)
    } else {
        (b"", &[2, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0, 0, 0, 0, 16, 0])
    }
}
