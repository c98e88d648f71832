//! How long something may be waited for, and what may end the waiting sooner.
//!
//! Time in which the process does not run (SIGSTOP, a debugger, a paused container) is nobody's silence. So code that
//! waits says how long at most it does ([`Deadline::during`]): what goes by beyond that does not count. And a time that is
//! over is believed only after one more look ([`Deadline::step`]). One: a peer that always has a little to say is out of
//! time too.

use core::cell::Cell;
use std::io;
use std::time::{Duration, Instant};

/// The end of an attempt's time; without an end it lasts as long as the system says.
#[derive(Clone, Copy, Default)]
pub struct Deadline {
    end: Option<Instant>,
    /// The look behind the end has been taken.
    is_looked_at: bool,
}

impl Deadline {
    /// So long from now; `None`: no end.
    pub fn within(limit: Option<Duration>) -> Self {
        limit.map_or_else(Self::default, |limit| Self::since(Instant::now(), limit))
    }

    /// So many seconds from now; 0 or less: no end.
    pub fn after(seconds: i32) -> Self {
        let limit = u64::try_from(seconds).ok().filter(|&seconds| seconds > 0);
        Self::within(limit.map(Duration::from_secs))
    }

    /// Such a time after `begin`.
    pub fn since(begin: Instant, limit: Duration) -> Self {
        Self {
            end: begin.checked_add(limit),
            is_looked_at: false,
        }
    }

    /// The nearer of two ends.
    pub fn or_sooner(self, other: Self) -> Self {
        match (self.end, other.end) {
            (Some(end), Some(others)) if others < end => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// The time left; `None` when there is no end, zero when it is over.
    pub fn left(&self) -> Option<Duration> {
        self.end
            .map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// How long to wait before looking again: `most`, or less; zero is the last look. `None`: that was taken.
    pub fn step(&mut self, most: Duration) -> Option<Duration> {
        let left = self.left().unwrap_or(Duration::MAX);
        let was_last = self.is_looked_at;
        self.is_looked_at = left.is_zero();
        (!(was_last && left.is_zero())).then_some(left.min(most))
    }

    /// Calls `wait`, which waits for `most` at most: if it took longer, the process did not run meanwhile.
    pub fn during<T>(&mut self, most: Duration, wait: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let result = wait();
        self.prolong(begin.elapsed().saturating_sub(most));
        result
    }

    /// Makes the time longer.
    pub fn prolong(&mut self, more: Duration) {
        self.end = self.end.and_then(|end| end.checked_add(more));
    }
}

/// Waiting that ends with its time, or when somebody says so.
#[derive(Clone)]
pub struct Waiting<'a> {
    deadline: Cell<Deadline>,
    stop: &'a dyn Fn() -> bool,
}

/// The longest time without asking whether to stop.
pub const STEP: Duration = Duration::from_millis(50);

impl<'a> Waiting<'a> {
    /// Until `deadline`, or until `stop` gives true.
    pub fn new(deadline: Deadline, stop: &'a dyn Fn() -> bool) -> Self {
        Self {
            deadline: Cell::new(deadline),
            stop,
        }
    }

    /// When its time is over.
    pub fn deadline(&self) -> Deadline {
        self.deadline.get()
    }

    /// The same, until another deadline if that is sooner.
    pub fn until(&self, deadline: Deadline) -> Self {
        Self::new(self.deadline().or_sooner(deadline), self.stop)
    }

    /// The same with another deadline alone: a part of what is waited for.
    pub fn part(&self, deadline: Deadline) -> Self {
        Self::new(deadline, self.stop)
    }

    /// Makes the time longer.
    pub fn prolong(&self, more: Duration) {
        let mut deadline = self.deadline();
        deadline.prolong(more);
        self.deadline.set(deadline);
    }

    /// Whether somebody says stop.
    pub fn is_stopped(&self) -> bool {
        (self.stop)()
    }

    /// The time left, as [`Deadline::left`].
    pub fn left(&self) -> Option<Duration> {
        self.deadline().left()
    }

    /// Lets `act` do what takes a [`STEP`] at most by itself. The errors are those of [`Self::wait`].
    pub fn act<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let mut deadline = self.next(STEP)?.0;
        let done = deadline.during(STEP, act);
        self.deadline.set(deadline);
        done
    }

    /// The deadline after another look, and how long that may take.
    fn next(&self, most: Duration) -> io::Result<(Deadline, Duration)> {
        if self.is_stopped() {
            return Err(io::Error::from_raw_os_error(libc::EINTR));
        }
        let mut deadline = self.deadline();
        let step = deadline.step(most.min(STEP));
        let step = step.ok_or_else(|| io::Error::from_raw_os_error(libc::ETIMEDOUT))?;
        Ok((deadline, step))
    }

    /// Lets `look` wait for `most` or less; `None` when that brought nothing, to be called again. The errors are those of a
    /// system call: `EINTR` when somebody says stop, `ETIMEDOUT` when the time is over.
    pub fn wait<T>(
        &self,
        most: Duration,
        look: impl FnOnce(Duration) -> io::Result<Option<T>>,
    ) -> io::Result<Option<T>> {
        let (mut deadline, step) = self.next(most)?;
        let found = deadline.during(step, || look(step));
        self.deadline.set(deadline);
        match found {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
            found => found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn number<T>(result: io::Result<T>) -> Option<i32> {
        result.err().and_then(|error| error.raw_os_error())
    }

    fn over() -> Deadline {
        Deadline::within(Some(Duration::ZERO))
    }

    /// What `wait` lets a look wait for, and its result when that brings nothing.
    fn asked(waiting: &Waiting<'_>, most: Duration) -> (Option<Duration>, Option<i32>) {
        let mut asked = None;
        let result = waiting.wait::<()>(most, |step| {
            asked = Some(step);
            Ok(None)
        });
        (asked, number(result))
    }

    #[test]
    fn waiting_ends_with_its_time_or_sooner() {
        let endless = Waiting::new(Deadline::after(0), &|| false);
        assert_eq!(asked(&endless, Duration::MAX), (Some(STEP), None));
        assert_eq!(
            asked(&endless, Duration::ZERO),
            (Some(Duration::ZERO), None)
        );
        let stopped = Waiting::new(Deadline::after(1000), &|| true);
        assert_eq!(asked(&stopped, STEP), (None, Some(libc::EINTR)));
    }

    #[test]
    fn a_time_that_is_over_gets_one_look() {
        let waiting = Waiting::new(over(), &|| false);
        let found = waiting.wait(STEP, |step| Ok(step.is_zero().then_some(7)));
        assert_eq!(found.unwrap(), Some(7));
        assert_eq!(asked(&waiting, STEP), (None, Some(libc::ETIMEDOUT)));
        assert_eq!(asked(&waiting, STEP), (None, Some(libc::ETIMEDOUT)));
    }

    #[test]
    fn a_part_of_the_waiting_ends_sooner() {
        let whole = Waiting::new(Deadline::after(1000), &|| false);
        let begin = Instant::now().checked_sub(STEP).unwrap();
        let part = whole.until(Deadline::since(begin, STEP));
        assert_eq!(asked(&part, STEP), (Some(Duration::ZERO), None));
        assert_eq!(asked(&part, STEP), (None, Some(libc::ETIMEDOUT)));
        assert_eq!(asked(&whole, STEP), (Some(STEP), None));
        let longer = part.until(Deadline::after(1000));
        assert_eq!(longer.left(), Some(Duration::ZERO));
        assert!(!longer.is_stopped());
    }

    #[test]
    fn an_interruption_is_nothing() {
        let waiting = Waiting::new(Deadline::after(1000), &|| false);
        let interrupted = || io::Error::from_raw_os_error(libc::EINTR);
        let result = waiting.wait::<()>(STEP, |_| Err(interrupted()));
        assert!(matches!(result, Ok(None)));
    }

    #[test]
    fn time_beyond_what_was_asked_for_does_not_count() {
        let nap = Duration::from_millis(20);
        let mut deadline = Deadline::after(1000);
        let before = deadline.end.unwrap();
        deadline.during(Duration::ZERO, || thread::sleep(nap));
        let after = deadline.end.unwrap();
        assert!(after - before >= nap);
        deadline.during(Duration::MAX, || thread::sleep(nap));
        assert_eq!(deadline.end, Some(after));
    }

    #[test]
    fn an_end_that_moves_away_is_looked_at_again() {
        let mut deadline = over();
        assert_eq!(deadline.step(STEP), Some(Duration::ZERO));
        deadline.end = Instant::now().checked_add(Duration::from_secs(1000));
        assert_eq!(deadline.step(STEP), Some(STEP));
        deadline.end = Some(Instant::now());
        assert_eq!(deadline.step(STEP), Some(Duration::ZERO));
        assert_eq!(deadline.step(STEP), None);
    }

    #[test]
    fn the_nearer_end_counts() {
        let far = Deadline::after(1000);
        for (one, other) in [(far, over()), (over(), far), (Deadline::default(), over())] {
            assert_eq!(one.or_sooner(other).left(), Some(Duration::ZERO));
        }
        assert_eq!(
            Deadline::default().or_sooner(Deadline::default()).left(),
            None
        );
    }
}
