//! The lock of one direction of a connection: one thread reads, one sends.

use core::sync::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use crate::abi::inside::me;

/// A waiter looks again after so long. An owner that leaves just as a waiter is counted may miss it: seeing it for certain
/// would cost each leaving a barrier, and leaving is done for every chunk.
const PAUSE: Duration = Duration::from_millis(5);
/// So often the others are let to work before.
const YIELDS: u32 = 100;
/// And so long where the gate is not free.
const SHORT_PAUSE: Duration = Duration::from_micros(50);

/// A lock that its owner may take again: message handlers run inside a read and may themselves read or close. Taking it
/// costs one compare-exchange, for it is taken for every chunk. A signal handler may come in between at any instruction and
/// close: nothing here waits for what its own thread holds.
pub(in crate::session) struct Reentrant {
    /// The thread that holds the lock, 0: none.
    owner: AtomicUsize,
    /// How often it has taken it; 1 when nobody has it. Touched by the owner only.
    depth: AtomicU32,
    /// Threads that wait.
    waiting: AtomicUsize,
    /// Only waiters hold it, so that none is forgotten; nobody waits for it.
    gate: Mutex<()>,
    free: Condvar,
}

impl Default for Reentrant {
    fn default() -> Self {
        Self {
            owner: AtomicUsize::new(0),
            depth: AtomicU32::new(1),
            waiting: AtomicUsize::new(0),
            gate: Mutex::default(),
            free: Condvar::default(),
        }
    }
}

impl Reentrant {
    /// Takes the lock until the result is dropped.
    pub(in crate::session) fn taken(&self) -> Owned<'_> {
        self.enter();
        Owned(self)
    }

    /// Takes the lock unless another thread holds it.
    pub(in crate::session) fn taken_if_free(&self) -> Option<Owned<'_>> {
        // Made only where it is held: what is dropped gives the lock back.
        self.try_enter().then(|| Owned(self))
    }

    /// Takes the lock when no other thread holds it. [`Self::leave`] gives it back.
    pub(in crate::session) fn enter(&self) {
        if !self.try_enter() {
            self.wait();
        }
    }

    /// Takes the lock unless another thread holds it.
    pub(in crate::session) fn try_enter(&self) -> bool {
        let me = me();
        if self.owner.load(Relaxed) == me {
            let depth = self.depth.load(Relaxed);
            self.depth.store(depth.saturating_add(1), Relaxed);
            return true;
        }
        self.owner.compare_exchange(0, me, Acquire, Relaxed).is_ok()
    }

    #[cold]
    fn wait(&self) {
        // Where no call waits nobody has the lock for long, and this is no waiting either.
        for _ in 0..YIELDS {
            thread::yield_now();
            if self.try_enter() {
                return;
            }
        }
        self.waiting.fetch_add(1, Relaxed);
        loop {
            let gate = self.gate_if_free();
            if self.try_enter() {
                break;
            }
            match gate {
                // Poisoned or not, there is nothing in it.
                Some(gate) => drop(self.free.wait_timeout(gate, PAUSE)),
                None => thread::sleep(SHORT_PAUSE),
            }
        }
        self.waiting.fetch_sub(1, Relaxed);
    }

    /// Gives back what was taken once.
    #[inline]
    pub(in crate::session) fn leave(&self) {
        let depth = self.depth.load(Relaxed);
        if depth > 1 {
            return self.depth.store(depth.saturating_sub(1), Relaxed);
        }
        self.owner.store(0, Release);
        // A waiter that is not counted yet finds the lock free, at the latest when it looks again.
        if self.waiting.load(Relaxed) > 0 {
            self.wake_one();
        }
    }

    /// Gives all of it back until the result is dropped, if this thread has it: others that wait for it come to their end.
    pub(in crate::session) fn lent(&self) -> Option<Lent<'_>> {
        if self.owner.load(Relaxed) != me() {
            return None;
        }
        let depth = self.depth.load(Relaxed);
        self.depth.store(1, Relaxed);
        self.leave();
        Some(Lent { lock: self, depth })
    }

    #[cold]
    fn wake_one(&self) {
        drop(self.gate_if_free());
        self.free.notify_one();
    }

    fn gate_if_free(&self) -> Option<MutexGuard<'_, ()>> {
        match self.gate.try_lock() {
            Ok(gate) => Some(gate),
            Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// The lock, held until this is dropped.
pub(in crate::session) struct Owned<'a>(&'a Reentrant);

impl Drop for Owned<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// A lock that others may take meanwhile. Dropping this waits for it.
pub(in crate::session) struct Lent<'a> {
    lock: &'a Reentrant,
    depth: u32,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.lock.enter();
        self.lock.depth.store(self.depth, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn the_owner_enters_again_and_others_wait() {
        let lock = Reentrant::default();
        lock.enter();
        assert!(lock.try_enter());
        let (begun, beginning) = mpsc::channel();
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                begun.send(()).unwrap();
                lock.enter();
                lock.leave();
            });
            beginning.recv().unwrap();
            scope.spawn(|| assert!(!lock.try_enter())).join().unwrap();
            lock.leave();
            assert!(!other.is_finished() && lock.try_enter());
            lock.leave();
            lock.leave();
            other.join().unwrap();
        });
        assert_eq!(lock.owner.load(Relaxed), 0);
    }

    #[test]
    fn who_does_not_get_it_leaves_it_alone() {
        let lock = Reentrant::default();
        let taken = lock.taken_if_free();
        thread::scope(|scope| {
            let other = scope.spawn(|| lock.taken_if_free().is_none());
            assert!(other.join().unwrap());
            assert_eq!(lock.owner.load(Relaxed), me());
        });
        drop(taken);
        assert_eq!(lock.owner.load(Relaxed), 0);
    }

    #[test]
    fn who_waits_gets_what_is_lent() {
        let lock = Reentrant::default();
        assert!(lock.lent().is_none());
        lock.enter();
        lock.enter();
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                let _taken = lock.taken();
                assert!(lock.lent().is_some());
            });
            let lent = lock.lent();
            assert!(lent.is_some());
            other.join().unwrap();
            drop(lent);
            lock.leave();
            scope.spawn(|| assert!(!lock.try_enter())).join().unwrap();
            lock.leave();
        });
        assert_eq!(lock.owner.load(Relaxed), 0);
    }

    #[test]
    fn no_waiter_is_forgotten() {
        let (lock, counter) = (Reentrant::default(), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2000 {
                        lock.enter();
                        // Not one atomic step: two owners at once would lose counts.
                        let before = counter.load(Relaxed);
                        thread::yield_now();
                        counter.store(before + 1, Relaxed);
                        lock.leave();
                    }
                });
            }
        });
        assert_eq!(counter.load(Relaxed), 8000);
    }
}
