//! A small HTTP client: one GET per connection, everything limited in time and size (spec 03 §2).

mod error;
mod head;
#[cfg(feature = "tls")]
mod secure;
#[cfg(not(feature = "tls"))]
#[path = "http/no_secure.rs"]
mod secure;
mod time;
mod transport;
mod url;

pub use error::HttpError;
pub use head::Head;
pub use url::HttpUrl;

use std::ops::ControlFlow;
use std::time::Duration;

use head::{Incoming, Length};
use time::TimeLimits;
use transport::{LONGEST_RECEIVE, Received, Transport};

use super::connect::Plan;
use super::deadline::{Deadline, Waiting};
use super::trust::Trust;
use crate::syntax::{Progress, host_parts, is_interim};

/// For resolving, connecting and the head of the response, together.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// As long the server may be silent, as in the original.
pub const SILENCE: Duration = Duration::from_secs(5);
/// Bytes per second that a body must reach in the long run.
const SLOWEST: u64 = 1000;

/// What one fetch may take.
pub struct Limits<'a> {
    /// The end of all time, and what may end it sooner.
    pub waiting: Waiting<'a>,
    /// For connecting and the head, together.
    pub head: Duration,
    /// How long the server may be silent.
    pub silence: Duration,
    /// How long a body may take; a second more for each 1000 bytes of it.
    pub body: Duration,
    /// Bytes of the body.
    pub bytes: usize,
}

impl<'a> Limits<'a> {
    /// For a body of at most so many bytes, while `waiting` lasts.
    pub fn for_bytes(bytes: usize, waiting: Waiting<'a>) -> Self {
        Self {
            waiting,
            head: HEAD_TIME,
            silence: SILENCE,
            body: Duration::from_secs(30),
            bytes,
        }
    }
}

/// Takes a response as it comes.
pub trait Receiver {
    /// The status, as soon as it is known.
    fn status(&mut self, status: u16);
    /// The whole head. Break: the body is not wanted.
    fn head(&mut self, head: &Head) -> ControlFlow<()>;
    /// A piece of the body, in memory that may be written to. Break: the rest is not wanted.
    fn body(&mut self, piece: &mut [u8]) -> ControlFlow<()>;
}

/// Fetches `url` unless it has not been modified since `date` (if that is not empty). The body of any status but 304
/// is handed to `receiver`; a body without an announced length may end by silence, but not inside TLS, where somebody
/// in the way could cut it. `trust` says which servers of https are believed.
pub fn get(
    url: &HttpUrl,
    trust: &Trust,
    date: &[u8],
    limits: &Limits<'_>,
    receiver: &mut dyn Receiver,
) -> Result<(), HttpError> {
    get_by(&Plan::default(), url, trust, date, limits, receiver)
}

/// The same by sockets that are made as `plan` says.
pub fn get_by(
    plan: &Plan<'_>,
    url: &HttpUrl,
    trust: &Trust,
    date: &[u8],
    limits: &Limits<'_>,
    receiver: &mut dyn Receiver,
) -> Result<(), HttpError> {
    let head_time = Deadline::within(Some(limits.head));
    let times = TimeLimits {
        whole: &limits.waiting,
        part: &limits.waiting.part(head_time),
        silence: limits.silence,
    };
    let mut fetch = Fetch {
        transport: Transport::open(url, trust, plan, times)?,
        limits,
        receiver,
    };
    // A server that has closed already may have said something.
    let _ = fetch.transport.send(&request(url, date), times);
    let Some((head, rest)) = fetch.head(times)? else {
        return Ok(());
    };
    if fetch.receiver.head(&head).is_break() {
        return Ok(());
    }
    fetch.body(head.length, rest)
}

/// The bytes of the request, in the original's words.
fn request(url: &HttpUrl, date: &[u8]) -> Vec<u8> {
    let host = host_parts(url.host.as_bytes()).concat();
    let mut request = [
        b"GET ",
        url.path.as_slice(),
        b" HTTP/1.0\r\nUser-Agent: Mozilla/5.0\r\nHost: ",
        &host,
        b"\r\nReferer: ",
        &url.root(),
        b"\r\n",
    ]
    .concat();
    if !date.is_empty() {
        request.extend([b"If-Modified-Since: ", date, b"\r\n"].concat());
    }
    request.extend_from_slice(b"\r\n");
    request
}

struct Fetch<'a> {
    transport: Transport,
    limits: &'a Limits<'a>,
    receiver: &'a mut dyn Receiver,
}

impl Fetch<'_> {
    /// The head, and what came behind it; `None` when there is nothing more to read.
    fn head(&mut self, times: TimeLimits<'_>) -> Result<Option<(Head, Vec<u8>)>, HttpError> {
        let mut incoming = Incoming::default();
        let mut known = None;
        let mut buffer = vec![0; LONGEST_RECEIVE];
        loop {
            let count = self.receive_head(&mut buffer, times)?;
            if !incoming.push(buffer.get(..count).unwrap_or_default()) {
                return Err(HttpError::NoMemory);
            }
            if incoming.is_too_long() {
                return Err(HttpError::Malformed);
            }
            if count > 0 && !incoming.is_worth_a_look() {
                continue;
            }
            let (status, complete) = match incoming.progress() {
                Progress::Malformed => return Err(HttpError::Malformed),
                Progress::Incomplete(status) => (status, None),
                Progress::Complete((status, head), end) => (Some(status), Some((head, end))),
            };
            self.announce(&mut known, status);
            if known == Some(304) {
                return Ok(None);
            }
            if let Some((head, end)) = complete {
                return Ok(Some((head, incoming.behind(end))));
            }
            if count == 0 {
                let is_broken = status.is_none() && !incoming.is_empty();
                return Err(if is_broken {
                    HttpError::Malformed
                } else {
                    HttpError::Lost
                });
            }
        }
    }

    /// Receives once inside the time for the head; 0 when there is nothing more.
    fn receive_head(
        &mut self,
        buffer: &mut [u8],
        times: TimeLimits<'_>,
    ) -> Result<usize, HttpError> {
        match self.transport.receive(buffer, times) {
            Ok(Received::Bytes(count)) => Ok(count),
            Err(HttpError::Stopped) => Err(HttpError::Stopped),
            _ => Ok(0),
        }
    }

    /// Tells the receiver the status that counts, once.
    fn announce(&mut self, known: &mut Option<u16>, status: Option<u16>) {
        let status = status.filter(|&status| !is_interim(status));
        if let (None, Some(status)) = (*known, status) {
            *known = Some(status);
            self.receiver.status(status);
        }
    }

    fn body(&mut self, length: Length, first: Vec<u8>) -> Result<(), HttpError> {
        let wanted = match length {
            Length::Unknown => None,
            Length::Bytes(count) => Some(count),
            Length::Impossible => return Err(HttpError::Malformed),
        };
        if wanted.is_some_and(|wanted| wanted > self.limits.bytes) {
            return Err(HttpError::TooLong);
        }
        let body_time = Deadline::within(Some(self.limits.body));
        let times = TimeLimits {
            whole: &self.limits.waiting,
            part: &self.limits.waiting.part(body_time),
            silence: self.limits.silence,
        };
        let mut buffer = vec![0; LONGEST_RECEIVE];
        let mut piece = first;
        let mut count = 0_usize;
        loop {
            count = count.saturating_add(piece.len());
            if count > self.limits.bytes {
                return Err(HttpError::TooLong);
            }
            if !piece.is_empty() && self.receiver.body(&mut piece).is_break() {
                return Ok(());
            }
            if wanted.is_some_and(|wanted| count >= wanted) {
                return Ok(());
            }
            times.part.prolong(time_for(piece.len()));
            match self.transport.receive(&mut buffer, times)? {
                Received::Bytes(received) => {
                    piece.clear();
                    piece.extend_from_slice(buffer.get(..received).unwrap_or_default());
                }
                // Without a length the end of the connection, or silence, is the end of the body.
                Received::End if wanted.is_none() => return Ok(()),
                Received::Broken | Received::Silence
                    if wanted.is_none() && !self.transport.is_secure() =>
                {
                    return Ok(());
                }
                _ => return Err(HttpError::Lost),
            }
        }
    }
}

/// What so many bytes of a body make its time longer.
fn time_for(bytes: usize) -> Duration {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    Duration::from_millis(bytes.saturating_mul(1000) / SLOWEST)
}

#[cfg(test)]
mod tests;
