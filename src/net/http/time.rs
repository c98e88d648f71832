//! How long a fetch may take, as a whole and in its parts.

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::error::HttpError;
use crate::net::deadline::{Deadline, STEP, Waiting};

/// How long something may take: in all, as a part of that, and without a byte from the server.
#[derive(Clone, Copy)]
pub(super) struct TimeLimits<'a> {
    pub(super) whole: &'a Waiting<'a>,
    pub(super) part: &'a Waiting<'a>,
    pub(super) silence: Duration,
}

impl<'a> TimeLimits<'a> {
    /// What ends when the first of both does.
    pub(super) fn sooner(&self) -> Waiting<'a> {
        self.whole.until(self.part.deadline())
    }

    /// Why there is no connection: it is lost, or nobody wants it any more.
    pub(super) fn lost(&self) -> HttpError {
        if self.whole.is_stopped() {
            HttpError::Stopped
        } else {
            HttpError::Lost
        }
    }
}

/// How long nothing has happened.
pub(super) struct Quiet<'a> {
    times: TimeLimits<'a>,
    limit: Deadline,
}

/// What a system call that takes a [`STEP`] at most has brought.
pub(super) enum Look<T> {
    /// Something.
    Done(T),
    /// Nothing yet.
    Nothing,
    /// The connection is broken, or TLS is.
    Failed,
    /// It has been quiet for too long.
    Silence,
}

impl<'a> Quiet<'a> {
    pub(super) fn new(times: TimeLimits<'a>) -> Self {
        let limit = Deadline::within(Some(times.silence));
        Self { times, limit }
    }

    /// Something has happened.
    pub(super) fn end(&mut self) {
        self.limit = Deadline::within(Some(self.times.silence));
    }

    /// Makes a system call. An error when the time is over, also for a server that never stops talking, or when somebody
    /// says stop.
    pub(super) fn look<T>(
        &mut self,
        act: impl FnOnce() -> io::Result<T>,
    ) -> Result<Look<T>, HttpError> {
        let TimeLimits { whole, part, .. } = self.times;
        if self.limit.step(STEP).is_none() {
            return Ok(Look::Silence);
        }
        let in_part = || part.act(|| Ok(act()));
        let looked = self.limit.during(STEP, || whole.act(in_part));
        match looked.map_err(|_| self.times.lost())? {
            Ok(brought) => Ok(Look::Done(brought)),
            Err(error) if is_pause(&error) => Ok(Look::Nothing),
            Err(_) => Ok(Look::Failed),
        }
    }
}

/// The system call has waited long enough, or was interrupted: whether to stop is asked elsewhere.
fn is_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
