//! Where the library calls a function of the program's, of those that `RTMP_Configure` names.

use crate::sys::thread::Moment;
use crate::sys::{errno, lock};

/// Runs `call`, which may close, cancel, or ask anything: no lock is held, and `errno` stays.
pub(in crate::session) fn called<T>(call: impl FnOnce() -> T) -> T {
    lock::assert_none_held();
    let number = errno::last();
    let _callback = Moment::Callback.begin();
    let result = call();
    errno::set(number);
    result
}
