//! The C error number, which callers look at after a failure.

use core::ffi::c_int;
use std::io;

unsafe extern "C" {
    /// Each system has a name of its own for what C calls `errno`.
    safe fn librtmp_rs_errno() -> *mut c_int;
}

/// The number of the last failed system call on this thread.
pub fn last() -> c_int {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Makes `number` what the caller sees.
pub fn set(number: c_int) {
    // SAFETY: the address of this thread's `errno`, always valid.
    unsafe { librtmp_rs_errno().write(number) };
}

/// The number of an error, `fallback` for errors that did not come from the system.
pub fn of(error: &io::Error, fallback: c_int) -> c_int {
    error.raw_os_error().unwrap_or(fallback)
}

/// The system's words for an error number, without the number that Rust appends.
pub fn describe(number: c_int) -> String {
    let text = io::Error::from_raw_os_error(number).to_string();
    match text.rfind(" (os error") {
        Some(end) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}
