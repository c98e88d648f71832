//! Who may work with one direction of a connection.

use core::sync::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Who waits looks again after so long. An owner that leaves just as a waiter is counted may miss it: seeing it for certain
/// would cost each leaving a barrier, and leaving is done for every chunk.
const PAUSE: Duration = Duration::from_millis(5);

/// The current thread, by the address of a byte that each has: never 0. `std::thread::current` would allocate on threads
/// of C programs.
fn me() -> usize {
    thread_local! {
        static BYTE: u8 = const { 0 };
    }
    BYTE.with(|byte| core::ptr::from_ref(byte).addr())
}

/// A lock that its owner may take again: message handlers run inside a read and may themselves read or close. Taking it
/// costs one compare-exchange, for it is taken for every chunk.
#[derive(Default)]
pub(super) struct Turn {
    /// The thread that has the turn, 0: none.
    owner: AtomicUsize,
    /// How often it has taken it. Touched by the owner only.
    depth: AtomicU32,
    /// Threads that wait.
    waiting: AtomicUsize,
    gate: Mutex<()>,
    free: Condvar,
}

impl Turn {
    /// Takes the turn until the result is dropped.
    pub(super) fn taken(&self) -> Taken<'_> {
        self.enter(|| {});
        Taken(self)
    }

    /// Takes the turn; while another thread has it, `wake` is called to make that thread come to an end. [`Self::leave`]
    /// gives it back.
    pub(super) fn enter(&self, wake: impl Fn()) {
        if !self.try_enter() {
            self.wait(wake);
        }
    }

    /// Takes the turn unless another thread has it.
    pub(super) fn try_enter(&self) -> bool {
        let me = me();
        let is_mine = self.owner.load(Relaxed) == me
            || self.owner.compare_exchange(0, me, Acquire, Relaxed).is_ok();
        if is_mine {
            let depth = self.depth.load(Relaxed);
            self.depth.store(depth.saturating_add(1), Relaxed);
        }
        is_mine
    }

    #[cold]
    fn wait(&self, wake: impl Fn()) {
        let mut gate = self.gate();
        self.waiting.fetch_add(1, Relaxed);
        while !self.try_enter() {
            wake();
            let woken = self.free.wait_timeout(gate, PAUSE);
            gate = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        self.waiting.fetch_sub(1, Relaxed);
    }

    /// Gives back what was taken once.
    #[inline]
    pub(super) fn leave(&self) {
        let depth = self.depth.load(Relaxed).saturating_sub(1);
        self.depth.store(depth, Relaxed);
        if depth > 0 {
            return;
        }
        self.owner.store(0, Release);
        // Who is not counted yet finds the turn free, at the latest when it looks again.
        if self.waiting.load(Relaxed) > 0 {
            self.wake_one();
        }
    }

    #[cold]
    fn wake_one(&self) {
        drop(self.gate());
        self.free.notify_one();
    }

    fn gate(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn, had until this is dropped.
pub(super) struct Taken<'a>(&'a Turn);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn the_owner_enters_again_and_others_wait() {
        let turn = Turn::default();
        turn.enter(|| panic!("nobody has it"));
        assert!(turn.try_enter());
        let (woken, waker) = mpsc::channel();
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                turn.enter(|| woken.send(()).unwrap());
                turn.leave();
            });
            waker.recv().unwrap();
            scope.spawn(|| assert!(!turn.try_enter())).join().unwrap();
            turn.leave();
            assert!(!other.is_finished() && turn.try_enter());
            turn.leave();
            turn.leave();
            other.join().unwrap();
        });
        assert_eq!(turn.owner.load(Relaxed), 0);
    }

    #[test]
    fn no_waiter_is_forgotten() {
        let (turn, counter) = (Turn::default(), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2000 {
                        turn.enter(|| {});
                        // Not one atomic step: two owners at once would lose counts.
                        let before = counter.load(Relaxed);
                        thread::yield_now();
                        counter.store(before + 1, Relaxed);
                        turn.leave();
                    }
                });
            }
        });
        assert_eq!(counter.load(Relaxed), 8000);
    }
}
