//! The panic boundary.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::sys::log::log;

/// Runs the body of an exported function. A panic, which only a bug of this library can cause, is logged and ends
/// as the function's failure value: we live inside other people's processes.
#[inline]
pub(crate) fn guard<T>(failure: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        log!(Crit, "librtmp: internal error, please report it");
        failure
    })
}
