//! The log of the library.

use rtmp::ffi::log::{RTMP_LogCallback, RTMP_LogSetCallback, RTMP_LogSetLevel};

/// Has all lines formatted, and shows none.
pub fn log_everything() {
    log_up_to(6);
}

/// The same without the dumps of all that goes over the wire, which take most of the time.
pub fn log_words() {
    log_up_to(4);
}

fn log_up_to(level: u32) {
    extern "C" fn ignore() {}
    RTMP_LogSetLevel(level);
    let callback: extern "C" fn() = ignore;
    // SAFETY: a function that looks at none of its arguments may be called with any.
    unsafe { RTMP_LogSetCallback(callback as *mut RTMP_LogCallback) };
}
