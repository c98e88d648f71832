//! What goes over a socket, counted while it goes, for whoever asks meanwhile.

use core::mem;
use core::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::io;
use std::time::{Duration, Instant};

/// A number that one thread at a time makes larger, mostly one that holds the lock of a direction, and that any thread reads.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts `more`. Two steps are enough, and cost less than one that locks the memory.
    #[inline]
    pub fn add(&self, more: usize) {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        self.set(self.get().wrapping_add(more));
    }

    /// Replaces what was counted.
    #[inline]
    pub fn set(&self, count: u64) {
        self.0.store(count, Relaxed);
    }

    /// What was counted.
    #[inline]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// The time of many waits together, the one that goes on included. One thread at a time waits.
pub struct Stopwatch {
    made: Instant,
    /// Microseconds, when nobody waits. Else their number less that of those since `made`, and [`RUNS`].
    word: AtomicU64,
}

/// The bit that says that somebody waits.
const RUNS: u64 = 1 << 63;

impl Default for Stopwatch {
    fn default() -> Self {
        Self {
            made: Instant::now(),
            word: AtomicU64::new(0),
        }
    }
}

impl Stopwatch {
    /// Counts the time that `wait` takes.
    pub fn during<T>(&self, wait: impl FnOnce() -> T) -> T {
        let total = self.word.load(Relaxed);
        if total & RUNS != 0 {
            // A signal handler sends inside a send: that one is counted.
            return wait();
        }
        let begun = total.wrapping_sub(self.now()) | RUNS;
        self.word.store(begun, SeqCst);
        let result = wait();
        self.word.store(self.total(), SeqCst);
        result
    }

    /// Microseconds up to now. Both are in one word: whoever asks at the end of a wait counts it once, and whoever was stopped
    /// while asking looks again, so that it never becomes less.
    pub fn total(&self) -> u64 {
        let mut word = self.word.load(SeqCst);
        while word & RUNS != 0 {
            let total = word.wrapping_add(self.now()) & !RUNS;
            let seen = mem::replace(&mut word, self.word.load(SeqCst));
            if seen == word {
                return total;
            }
        }
        word
    }

    fn now(&self) -> u64 {
        u64::try_from(self.made.elapsed().as_micros()).unwrap_or(0)
    }
}

/// What goes over the socket of one connection, whatever it is inside TLS or a tunnel.
#[derive(Default)]
pub struct Traffic {
    /// Bytes received, the last of which may lie in the socket still.
    pub received: Counter,
    /// Bytes that the system has taken.
    pub sent: Counter,
    /// While sends wait for the peer to take something.
    pub blocked: Stopwatch,
    /// While a sender waits for answers of a tunnel.
    pub unanswered: Stopwatch,
}

impl Traffic {
    /// Counts what `send` sends, and the time in which it waits to do so.
    pub fn waiting_to_send(&self, send: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
        let sent = self.blocked.during(send);
        if let Ok(count) = sent {
            self.sent.add(count);
        }
        sent
    }

    /// How long senders have waited, together.
    pub fn waited(&self) -> Duration {
        let micros = self.blocked.total().saturating_add(self.unanswered.total());
        Duration::from_micros(micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_counts_once_while_it_lasts_and_behind_it() {
        let watch = Stopwatch::default();
        let mut inside = [0; 2];
        for seen in &mut inside {
            *seen = watch.during(|| {
                let begin = watch.now();
                while watch.now() < begin + 500 {}
                watch.total()
            });
            assert!(watch.total() >= *seen);
        }
        let [first, second] = inside;
        assert!(first >= 500 && second >= first + 500, "{inside:?}");
        let rest = watch.total();
        let begin = watch.now();
        while watch.now() < begin + 500 {}
        assert_eq!(watch.total(), rest);
    }

    #[test]
    fn a_wait_inside_a_wait_is_the_same_wait() {
        let watch = Stopwatch::default();
        watch.during(|| watch.during(|| assert_ne!(watch.word.load(Relaxed) & RUNS, 0)));
        let total = watch.total();
        assert!(total <= watch.now() && total & RUNS == 0);
    }
}
