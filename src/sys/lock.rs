//! A lock that is held for moments, never while the program's code runs.

use core::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;

/// So often the others are let to work before the system is asked to wait: who holds a lock mostly is done by then, and calls
/// that do not wait do not wait here either.
const YIELDS: u32 = 10_000;

/// A value that one thread uses at a time. Debug builds count what a thread holds, and [`super::log`] refuses to call the
/// program meanwhile: a callback may call any function of the library.
#[derive(Default)]
pub struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    /// A lock around `value`.
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// The value, when no other thread uses it.
    #[inline]
    pub fn hold(&self) -> Held<'_, T> {
        match self.hold_if_free() {
            Some(held) => held,
            None => self.wait(),
        }
    }

    #[cold]
    fn wait(&self) -> Held<'_, T> {
        for _ in 0..YIELDS {
            thread::yield_now();
            if let Some(held) = self.hold_if_free() {
                return held;
            }
        }
        Held::new(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The value, unless it is in use.
    pub fn hold_if_free(&self) -> Option<Held<'_, T>> {
        match self.0.try_lock() {
            Ok(guard) => Some(Held::new(guard)),
            Err(TryLockError::Poisoned(poisoned)) => Some(Held::new(poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// The value of a [`Lock`] until this is dropped.
pub struct Held<'a, T> {
    value: MutexGuard<'a, T>,
    _count: Count,
}

impl<'a, T> Held<'a, T> {
    fn new(value: MutexGuard<'a, T>) -> Self {
        let _count = Count::one_more();
        Self { value, _count }
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

#[cfg(debug_assertions)]
thread_local! {
    static HELD: core::cell::Cell<u32> = const { core::cell::Cell::new(0) };
}

/// One of the locks that this thread holds.
struct Count;

impl Count {
    #[inline]
    fn one_more() -> Self {
        #[cfg(debug_assertions)]
        HELD.set(HELD.get() + 1);
        Self
    }
}

#[cfg(debug_assertions)]
impl Drop for Count {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
    }
}

/// The program is about to be called: nothing may be held.
#[inline]
pub fn assert_none_held() {
    #[cfg(debug_assertions)]
    assert_eq!(HELD.get(), 0, "the program is called under a lock");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_it_has_it_alone() {
        let lock = Lock::new(1);
        let mut held = lock.hold();
        *held += 1;
        assert!(lock.hold_if_free().is_none());
        drop(held);
        assert_eq!(lock.hold_if_free().as_deref(), Some(&2));
    }

    #[cfg(debug_assertions)]
    #[test]
    #[should_panic = "under a lock"]
    fn calling_the_program_meanwhile_is_a_bug() {
        let lock = Lock::new(());
        let _held = lock.hold();
        assert_none_held();
    }
}
