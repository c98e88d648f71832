//! Calls that do not wait, as C sees them, and what a handle knows of it before it has anything of its own.

use core::ffi::c_int;

use super::extensible::Extensible;
use super::options::{OptionName, Origin, Setting};
use super::rtmp::RTMP;

/// Nothing failed: there is nothing to do now (RTMP_SetNonBlocking). Beside the values of m_read.status.
pub const RTMP_AGAIN: c_int = -4;

/// What a program waits for before it calls again.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RTMP_WANT {
    /// In: sizeof(RTMP_WANT) in the program.
    pub size: u32,
    /// What to poll, -1: nothing.
    pub fd: c_int,
    /// POLLIN and POLLOUT.
    pub events: c_int,
    /// The longest wait, ms; -1: for ever.
    pub timeout: c_int,
}

// SAFETY: numbers, of which the first is the size.
unsafe impl Extensible for RTMP_WANT {}

/// Bits of `Link.pFlags`: no call on the handle waits.
const NONBLOCKING: c_int = 1 << 26;
/// A thread of the library's own connects, and has the handle.
const STARTING: c_int = 1 << 27;
/// There has been one since the last close.
const STARTED: c_int = 1 << 28;

impl RTMP {
    /// Whether no call on the handle waits.
    #[inline]
    pub fn is_nonblocking(&self) -> bool {
        self.Link.pFlags.get() & NONBLOCKING != 0
    }

    /// Says so, with the bytes that its queue holds, or takes it back. False when that could not be noted.
    pub fn set_nonblocking(&self, limit: Option<u32>) -> bool {
        let setting = limit.map(|limit| Setting::Number(limit.cast_signed()));
        let is_on = setting.is_some();
        let is_noted = self.set_option(OptionName::QueueLimit, setting, Origin::Program);
        match is_noted && is_on {
            true => drop(self.Link.pFlags.raise(NONBLOCKING)),
            false => self.Link.pFlags.lower(NONBLOCKING),
        }
        is_noted
    }

    /// Bytes that the queue holds.
    pub fn queue_limit(&self) -> u32 {
        let limit = self.number_option(OptionName::QueueLimit);
        limit.map_or(0, c_int::cast_unsigned)
    }

    /// Whether a thread of the library's own has the handle.
    #[inline]
    pub fn is_starting(&self) -> bool {
        self.Link.pFlags.observe() & STARTING != 0
    }

    /// Gives the handle to such a thread. False when there is one.
    pub fn begin_start(&self) -> bool {
        self.Link.pFlags.raise(STARTING | STARTED) & STARTING == 0
    }

    /// That thread is done with it.
    pub fn end_start(&self) {
        self.Link.pFlags.lower(STARTING);
    }

    /// Whether one has had it since the last close.
    pub fn was_started(&self) -> bool {
        self.Link.pFlags.get() & STARTED != 0
    }

    /// A close has ended what it did.
    pub fn forget_start(&self) {
        self.Link.pFlags.lower(STARTING | STARTED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::MaybeUninit;

    fn with_handle(test: impl FnOnce(&RTMP)) {
        let mut memory = MaybeUninit::<RTMP>::uninit();
        // SAFETY: writable memory of its size, which outlives the reference.
        test(unsafe { RTMP::initialise(memory.as_mut_ptr()) });
    }

    #[test]
    fn what_is_said_of_a_handle_is_said_until_it_is_taken_back() {
        with_handle(|r| {
            assert!(!r.is_nonblocking());
            for limit in [1, 4 << 20, u32::MAX] {
                assert!(r.set_nonblocking(Some(limit)));
                assert_eq!((r.is_nonblocking(), r.queue_limit()), (true, limit));
            }
            assert!(r.set_nonblocking(None));
            assert_eq!(r.Link.pFlags.get(), 0);
        });
    }

    #[test]
    fn one_thread_starts_at_a_time() {
        with_handle(|r| {
            assert!(!r.was_started() && r.begin_start() && !r.begin_start());
            assert!(r.is_starting() && r.was_started());
            r.end_start();
            assert!(!r.is_starting() && r.was_started() && r.begin_start());
            r.forget_start();
            assert_eq!(r.Link.pFlags.get(), 0);
        });
    }
}
