//! Who may work with one direction of a connection.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A thread, by the address of a byte that each has. `std::thread::current` would allocate on threads of C programs.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Thread(usize);

impl Thread {
    fn current() -> Self {
        thread_local! {
            static BYTE: u8 = const { 0 };
        }
        BYTE.with(|byte| Self(core::ptr::from_ref(byte).addr()))
    }
}

/// A lock that its owner may take again: message handlers run inside a read and may themselves read or close.
#[derive(Default)]
pub(super) struct Turn {
    owner: Mutex<Option<(Thread, usize)>>,
    free: Condvar,
}

impl Turn {
    /// Waits until no other thread has the turn, and takes it.
    pub(super) fn enter(&self) -> TurnGuard<'_> {
        self.enter_waking(|| {})
    }

    /// Takes the turn; while another thread has it, `wake` is called to make that thread come to an end.
    pub(super) fn enter_waking(&self, wake: impl Fn()) -> TurnGuard<'_> {
        let me = Thread::current();
        let mut owner = self.lock();
        loop {
            let depth = match *owner {
                None => 1,
                Some((thread, depth)) if thread == me => depth + 1,
                Some(_) => {
                    wake();
                    owner = self
                        .free
                        .wait(owner)
                        .unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
            };
            *owner = Some((me, depth));
            return TurnGuard(self);
        }
    }

    /// Takes the turn unless another thread has it.
    pub(super) fn try_enter(&self) -> Option<TurnGuard<'_>> {
        let me = Thread::current();
        let mut owner = self.lock();
        let depth = match *owner {
            None => 1,
            Some((thread, depth)) if thread == me => depth + 1,
            Some(_) => return None,
        };
        *owner = Some((me, depth));
        Some(TurnGuard(self))
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Thread, usize)>> {
        self.owner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the turn back when dropped.
pub(super) struct TurnGuard<'a>(&'a Turn);

impl Drop for TurnGuard<'_> {
    fn drop(&mut self) {
        let mut owner = self.0.lock();
        *owner = owner.and_then(|(thread, depth)| (depth > 1).then(|| (thread, depth - 1)));
        if owner.is_none() {
            self.0.free.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, mpsc};
    use std::thread;

    #[test]
    fn the_owner_enters_again_and_others_wait() {
        let turn = Arc::new(Turn::default());
        let outer = turn.enter();
        let inner = turn.try_enter().unwrap();
        let (woken, waker) = mpsc::channel();
        let other = Arc::clone(&turn);
        let waiting = thread::spawn(move || drop(other.enter_waking(|| woken.send(()).unwrap())));
        waker.recv().unwrap();
        thread::scope(|scope| scope.spawn(|| assert!(turn.try_enter().is_none())).join()).unwrap();
        drop(inner);
        assert!(turn.owner.lock().unwrap().is_some());
        drop(outer);
        waiting.join().unwrap();
        assert!(turn.owner.lock().unwrap().is_none());
    }
}
