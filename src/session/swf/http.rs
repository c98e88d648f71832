//! `HTTP_get` (spec 03 §2.4).

use core::ops::ControlFlow;

use crate::net::deadline::{Deadline, Waiting};
use crate::net::http::{self, HttpError, HttpUrl, Limits};
use crate::net::trust::Trust;
use crate::sys;
use crate::sys::log::{NO_MEMORY, log};

pub use http::{Head, Receiver};

/// Bytes of a body at most. The counter that C sees is an `int`; a program may want whatever can be counted.
const LONGEST: i32 = i32::MAX;

/// How a fetch ended, in the order of C's `HTTPResult`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The whole body has come.
    Ok,
    /// 304.
    NotModified,
    /// 404.
    NotFound,
    /// Another 4xx, a bad URL, or a response that makes no sense.
    BadRequest,
    /// 500 and more.
    ServerError,
    /// Another 3xx.
    Redirected,
    /// The connection failed or ended early.
    LostConnection,
}

impl Outcome {
    /// What a status means; 0 when there was none.
    pub(in crate::session) fn of_status(status: u16) -> Self {
        match status {
            304 => Self::NotModified,
            404 => Self::NotFound,
            0..300 => Self::Ok,
            300..400 => Self::Redirected,
            400..500 => Self::BadRequest,
            500.. => Self::ServerError,
        }
    }

    pub(in crate::session) fn of_failure(failure: &HttpError) -> Self {
        match failure {
            HttpError::Malformed => Self::BadRequest,
            HttpError::Lost
            | HttpError::Secure(_)
            | HttpError::TooLong
            | HttpError::NoMemory
            | HttpError::Stopped => Self::LostConnection,
        }
    }
}

/// Fetches `url` unless it has not been modified since `date`. Redirections are not followed.
pub fn get(url: &[u8], date: &[u8], receiver: &mut dyn Receiver) -> Outcome {
    let Some(target) = HttpUrl::parse(url) else {
        return Outcome::BadRequest;
    };
    let mut watch = Watch {
        receiver,
        status: 0,
    };
    let waiting = Waiting::new(Deadline::default(), &sys::interrupted);
    let limits = Limits::for_bytes(usize::try_from(LONGEST).unwrap_or(usize::MAX), waiting);
    match http::get(&target, &Trust::new(None, None), date, &limits, &mut watch) {
        Ok(()) => Outcome::of_status(watch.status),
        Err(failure) => {
            match &failure {
                HttpError::Secure(reason) => log!(Error, "HTTP_get: {reason}"),
                HttpError::NoMemory => log!(Error, "HTTP_get: {}", NO_MEMORY),
                _ => {}
            }
            Outcome::of_failure(&failure)
        }
    }
}

/// Remembers the status that passes by.
struct Watch<'a> {
    receiver: &'a mut dyn Receiver,
    status: u16,
}

impl Receiver for Watch<'_> {
    fn status(&mut self, status: u16) {
        self.status = status;
        self.receiver.status(status);
    }

    fn head(&mut self, head: &Head) -> ControlFlow<()> {
        self.receiver.head(head)
    }

    fn body(&mut self, piece: &mut [u8]) -> ControlFlow<()> {
        self.receiver.body(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_means_what_the_original_takes_it_for() {
        for (statuses, outcome) in [
            (&[0, 100, 200, 204, 206, 299][..], Outcome::Ok),
            (&[304], Outcome::NotModified),
            (&[300, 301, 303, 305, 399], Outcome::Redirected),
            (&[404], Outcome::NotFound),
            (&[400, 403, 405, 499], Outcome::BadRequest),
            (&[500, 503, 999], Outcome::ServerError),
        ] {
            for &status in statuses {
                assert_eq!(Outcome::of_status(status), outcome, "{status}");
            }
        }
    }
}
