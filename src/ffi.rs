//! The exported symbols: pointers become references, results become C codes. No decisions are taken here.
//!
//! Every function follows one pattern: [`guard`] with the failure value of its return convention, one
//! conversion of its pointers, one call. NULL gives the failure value.
#![expect(
    rustdoc::broken_intra_doc_links,
    reason = "the comments are the C manual, in which brackets hold what can be left out"
)]

pub mod amf;
pub mod http;
pub mod log;
pub mod rtmp;

use core::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::abi::RTMP;
use crate::session::nonblocking::mode::may_wait;
use crate::session::state::door::{self, Entry};
use crate::session::state::failure::{Failure, told};
use crate::sys::errno;
use crate::sys::log::log;
use crate::sys::thread::Uncancelled;

/// Runs the body of an exported function. A panic, which only a bug of this library can cause, is logged and ends
/// as the function's failure value: we live inside other people's processes.
#[inline]
pub(crate) fn guard<T>(failure: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        log!(Crit, "librtmp: internal error, please report it");
        failure
    })
}

/// As [`guard`], for a function that waits: a thread that is cancelled meanwhile ends when it returns. Nothing that would
/// have to be dropped is left on the stack by then, and the functions have an ABI that lets the end of a thread pass.
#[inline]
pub(crate) fn guard_waiting<T: Copy>(failure: T, body: impl FnOnce() -> T) -> T {
    let uncancelled = Uncancelled::begin();
    let result = guard(failure, body);
    uncancelled.end_or_die();
    result
}

/// As [`guard_waiting`], for what programs do to clean up: a thread that is cancelled does not end here.
#[inline]
pub(crate) fn guard_surviving<T: Copy>(failure: T, body: impl FnOnce() -> T) -> T {
    let uncancelled = Uncancelled::begin();
    let result = guard(failure, body);
    uncancelled.end();
    result
}

/// Runs the body of an exported function that works with what a close of the handle would free, and that waits. NULL gives the
/// failure value, and so does a handle that another thread is closing.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`.
#[inline]
pub(crate) unsafe fn inside<T: Copy>(r: *mut RTMP, failure: T, body: impl FnOnce(&RTMP) -> T) -> T {
    // The handle is the library's own thread's: waiting for that one is not what programs want here.
    let at_start = |_: &RTMP| {
        errno::set(libc::EAGAIN);
        failure
    };
    let body = |r: &RTMP| {
        if r.is_starting() {
            return at_start(r);
        }
        body(r)
    };
    // SAFETY: the caller's contract.
    unsafe { inside_at_start(r, failure, at_start, body) }
}

/// As [`inside`], also while a thread of the library's own connects.
///
/// # Safety
/// As for [`inside`].
#[inline]
pub(crate) unsafe fn inside_anyhow<T: Copy>(
    r: *mut RTMP,
    failure: T,
    body: impl FnOnce(&RTMP) -> T,
) -> T {
    guard_waiting(failure, || {
        // SAFETY: the caller's contract.
        let Some(r) = (unsafe { RTMP::from_ptr(r) }) else {
            return failure;
        };
        let Some(_call) = door::enter(r) else {
            errno::set(libc::ENOTCONN);
            return failure;
        };
        body(r)
    })
}

/// As [`inside_anyhow`], for what goes on with a connection: `at_start` is done while a thread of the library's own ends one,
/// perhaps to make another, and has what the handle points to.
///
/// # Safety
/// As for [`inside`].
#[inline]
pub(crate) unsafe fn inside_at_start<T: Copy>(
    r: *mut RTMP,
    failure: T,
    at_start: impl FnOnce(&RTMP) -> T,
    body: impl FnOnce(&RTMP) -> T,
) -> T {
    guard_waiting(failure, || {
        // SAFETY: the caller's contract.
        let Some(r) = (unsafe { RTMP::from_ptr(r) }) else {
            return failure;
        };
        match door::enter_at_start(r) {
            Entry::Inside(_call) => body(r),
            Entry::AtStart(_inside) => at_start(r),
            Entry::No => {
                errno::set(libc::ENOTCONN);
                failure
            }
        }
    })
}

/// [`inside`] for a verb that succeeds or fails: TRUE, or FALSE and `errno`.
///
/// # Safety
/// As for [`inside`].
#[inline]
pub(crate) unsafe fn verb(r: *mut RTMP, body: impl FnOnce(&RTMP) -> Result<(), Failure>) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { inside(r, 0, |r| told(body(r)).into()) }
}

/// [`verb`] for one that waits: refused, with `EBUSY`, where no call does.
///
/// # Safety
/// As for [`inside`].
pub(crate) unsafe fn waiting_verb(
    r: *mut RTMP,
    body: impl FnOnce(&RTMP) -> Result<(), Failure>,
) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { verb(r, |r| may_wait(r).and_then(|()| body(r))) }
}
