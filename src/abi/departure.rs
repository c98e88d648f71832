//! What is to be done when a thread ends.
//!
//! A `thread_local!` with something to drop costs an allocation for each thread, and where there is no memory for that the C
//! library ends the program. A key of POSIX threads costs none while there are few of them, or says that it cannot be had.

use core::cell::Cell;
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// One more than the number of the key, 0 before it is made.
static KEY: AtomicUsize = AtomicUsize::new(0);

/// What a thread may have to do, in this order.
#[derive(Clone, Copy)]
pub(in crate::abi) enum Duty {
    /// Give back the private block that it remembers.
    ForgetBlock,
    /// Leave its record to others.
    LeaveRecord,
}

/// What is to be called, if anything.
type Action = Cell<Option<fn()>>;

thread_local! {
    static DUTIES: [Action; 2] = const { [const { Cell::new(None) }; 2] };
}

/// Whether this thread will do its duty, which is to call `action`, when it ends. What it could not give back must not be
/// entrusted to it otherwise.
#[inline]
pub(in crate::abi) fn entrust(duty: Duty, action: fn()) -> bool {
    DUTIES.with(|duties| duties[duty as usize].get().is_some() || arrange(duties, duty, action))
}

#[cold]
fn arrange(duties: &[Action], duty: Duty, action: fn()) -> bool {
    let Some(key) = key() else {
        return false;
    };
    let something = ptr::dangling::<c_void>();
    // SAFETY: a key that exists. Whatever is not NULL makes the thread call `depart`.
    let is_arranged = unsafe { libc::pthread_setspecific(key, something) } == 0;
    if is_arranged {
        duties[duty as usize].set(Some(action));
    }
    is_arranged
}

/// The key, made on first need. Two threads may come at once, and a signal handler in between.
fn key() -> Option<libc::pthread_key_t> {
    if let Some(known) = KEY.load(Relaxed).checked_sub(1) {
        return known.try_into().ok();
    }
    let mut key = 0;
    // SAFETY: room for a key, and a function that is there as long as the library is, which is never unmapped.
    if unsafe { libc::pthread_key_create(&raw mut key, Some(depart)) } != 0 {
        return None;
    }
    let number = usize::try_from(key).ok()?.checked_add(1)?;
    match KEY.compare_exchange(0, number, Relaxed, Relaxed) {
        Ok(_) => Some(key),
        Err(other) => {
            // SAFETY: the key just made, which was not stored.
            unsafe { libc::pthread_key_delete(key) };
            other.checked_sub(1)?.try_into().ok()
        }
    }
}

/// Called on a thread that ends. If other destructors come back to us afterwards, it is called again.
unsafe extern "C" fn depart(_: *mut c_void) {
    DUTIES.with(|duties| duties.iter().filter_map(Cell::take).for_each(|act| act()));
}
