//! How long something may be waited for, and who may end the waiting sooner.

use std::io;
use std::time::{Duration, Instant};

/// The end of an attempt's time; `None` waits as long as the system does.
#[derive(Clone, Copy, Default)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// So many seconds from now; 0 or less: no end.
    pub fn after(seconds: i32) -> Self {
        let limit = u64::try_from(seconds).ok().filter(|&seconds| seconds > 0);
        Self(limit.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds))))
    }

    /// Such a time after `begin`.
    pub fn since(begin: Instant, limit: Duration) -> Self {
        Self(begin.checked_add(limit))
    }

    /// The nearer of two ends.
    pub fn or_sooner(self, other: Self) -> Self {
        Self(self.0.into_iter().chain(other.0).min())
    }

    /// The time left; `None` when there is no end, zero when it is over.
    pub fn left(&self) -> Option<Duration> {
        self.0
            .map(|end| end.saturating_duration_since(Instant::now()))
    }
}

/// Waiting that ends with its time, or when somebody says so.
///
/// Whoever waits does so in steps of [`Waiting::step`], and asks [`Waiting::go_on`] after each that brought nothing.
#[derive(Clone, Copy)]
pub struct Waiting<'a> {
    deadline: Deadline,
    stop: &'a dyn Fn() -> bool,
}

/// The longest time without asking whether to stop.
pub const STEP: Duration = Duration::from_millis(50);

impl<'a> Waiting<'a> {
    /// Until `deadline`, or until `stop` gives true.
    pub fn new(deadline: Deadline, stop: &'a dyn Fn() -> bool) -> Self {
        Self { deadline, stop }
    }

    /// The same, until another deadline if that is sooner.
    pub fn until(self, deadline: Deadline) -> Self {
        let deadline = self.deadline.or_sooner(deadline);
        Self { deadline, ..self }
    }

    /// Whether somebody says stop.
    pub fn is_stopped(&self) -> bool {
        (self.stop)()
    }

    /// How long to wait before asking again: `limit`, or less.
    pub fn step(&self, limit: Duration) -> Duration {
        let limit = limit.min(STEP);
        self.deadline.left().map_or(limit, |left| left.min(limit))
    }

    /// Whether to go on waiting. The errors are those of a system call: `EINTR` when somebody says stop, `ETIMEDOUT` when
    /// the time is over.
    pub fn go_on(&self) -> io::Result<()> {
        if self.is_stopped() {
            Err(io::Error::from_raw_os_error(libc::EINTR))
        } else if self.deadline.left() == Some(Duration::ZERO) {
            Err(io::Error::from_raw_os_error(libc::ETIMEDOUT))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(result: io::Result<()>) -> Option<i32> {
        result.err().and_then(|error| error.raw_os_error())
    }

    #[test]
    fn waiting_ends_with_its_time_or_sooner() {
        let endless = Waiting::new(Deadline::after(0), &|| false);
        assert_eq!(number(endless.go_on()), None);
        assert_eq!(endless.step(Duration::MAX), STEP);
        assert_eq!(endless.step(Duration::ZERO), Duration::ZERO);
        let over = Waiting::new(Deadline(Some(Instant::now())), &|| false);
        assert_eq!(number(over.go_on()), Some(libc::ETIMEDOUT));
        assert_eq!(over.step(Duration::MAX), Duration::ZERO);
        let stopped = Waiting::new(Deadline::after(1000), &|| true);
        assert_eq!(number(stopped.go_on()), Some(libc::EINTR));
    }
}
