//! Lines that are logged later than they are made, for what is done sooner than it is told.

use core::cell::{Cell, RefCell};
use core::ffi::{CStr, c_int};
use core::ptr;
use std::ffi::CString;

/// Lines, with their levels, in the order in which they were made.
#[derive(Default)]
pub struct Lines(RefCell<Vec<(c_int, CString)>>);

thread_local! {
    /// Where the lines of this thread go; NULL: to the program. No destructor: threads of C programs would run it.
    static PLACE: Cell<*const Lines> = const { Cell::new(ptr::null()) };
}

/// The place before, when this is dropped.
struct Before(*const Lines);

impl Drop for Before {
    fn drop(&mut self) {
        PLACE.set(self.0);
    }
}

impl Lines {
    /// Calls `work`, and keeps the lines that it logs.
    pub fn of<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let lines = Self::default();
        let before = Before(PLACE.replace(&raw const lines));
        let result = work();
        drop(before);
        (result, lines)
    }

    pub(super) fn into_inner(self) -> Vec<(c_int, CString)> {
        self.0.into_inner()
    }
}

/// Keeps a line for later, if this thread is to. False without memory, too: then it comes too soon.
pub(super) fn keep(level: c_int, line: &CStr) -> bool {
    // SAFETY: NULL, or set by `Lines::of` further out on this thread, whose lines live until it has taken that back.
    let Some(lines) = (unsafe { PLACE.get().as_ref() }) else {
        return false;
    };
    // A signal handler may have interrupted this very function.
    let Ok(mut lines) = lines.0.try_borrow_mut() else {
        return false;
    };
    let has_room = lines.try_reserve(1).is_ok();
    if has_room {
        lines.push((level, line.to_owned()));
    }
    has_room
}
