//! `http.h` (spec 03 §2.1).

use core::ffi::{c_char, c_uint};

use super::guard::guard;
use crate::abi::HTTP_ctx;
use crate::session::swf;

/// The outcome of a fetch as C sees it (`enum HTTPResult`).
pub type HTTPResult = c_uint;

/// A function of the program that takes the pieces of a body. Rust only passes its address on.
#[repr(C)]
pub struct HTTP_read_callback {
    _function: [u8; 0],
}

/// The connection failed or ended too early.
const LOST_CONNECTION: HTTPResult = 6;

/// Fetches a file by HTTP and hands its body to a callback. This release cannot: it logs an error and returns
/// HTTPRES_LOST_CONNECTION.
///
/// http: in and out; status is -1 afterwards.
/// url: what to fetch.
/// cb: called with each piece of the body.
///
/// # Safety
/// `http` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HTTP_get(
    http: *mut HTTP_ctx,
    url: *const c_char,
    cb: *mut HTTP_read_callback,
) -> HTTPResult {
    let _ = (url, cb);
    guard(LOST_CONNECTION, || {
        // SAFETY: the caller's contract.
        if let Some(http) = unsafe { http.as_ref() } {
            http.status.set(-1);
        }
        swf::no_http();
        LOST_CONNECTION
    })
}
