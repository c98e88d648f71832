//! Where the library calls a function of the program's, of those that `RTMP_Configure` names.

use core::ffi::c_int;

use crate::abi::RTMP;
use crate::sys::thread::Moment;
use crate::sys::{errno, lock};

/// Runs `call`, which may close, cancel, or ask anything: no lock is held, and `errno` stays.
pub(in crate::session) fn called<T>(call: impl FnOnce() -> T) -> T {
    lock::assert_none_held();
    during(Moment::Callback, call)
}

/// Whether the program lets a socket be used.
pub(in crate::session) fn may_use_socket(r: &RTMP, fd: c_int) -> bool {
    let config = r.config();
    config.is_none_or(|config| called(|| config.accepts_socket(fd)))
}

/// Runs `call` where something is waited for: to what it does it is as if a signal handler had interrupted that. The locks of a
/// direction may be held.
pub(in crate::session) fn called_while_waiting<T>(call: impl FnOnce() -> T) -> T {
    during(Moment::SystemCall, call)
}

fn during<T>(moment: Moment, call: impl FnOnce() -> T) -> T {
    let number = errno::last();
    let _moment = moment.begin();
    let result = call();
    errno::set(number);
    result
}
