//! `http.h` (spec 03 §2.1).

use core::ffi::{CStr, c_char, c_uint};

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

/// The URL is none of HTTP.
const BAD_REQUEST: HTTPResult = 3;
/// The connection failed or ended too early.
const LOST_CONNECTION: HTTPResult = 6;

/// Fetches a file by HTTP and hands its body to a callback. This release cannot: it logs an error and returns
/// HTTPRES_LOST_CONNECTION (HTTPRES_BAD_REQUEST for a URL of another scheme).
///
/// http: in and out; status is -1 afterwards.
/// url: what to fetch.
/// cb: called with each piece of the body.
///
/// # Safety
/// `http` is NULL or valid; `url` is NULL or a NUL-terminated text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HTTP_get(
    http: *mut HTTP_ctx,
    url: *const c_char,
    cb: *mut HTTP_read_callback,
) -> HTTPResult {
    let _ = cb;
    guard(LOST_CONNECTION, || {
        if url.is_null() {
            return BAD_REQUEST;
        }
        // SAFETY: the caller's contract.
        if let Some(http) = unsafe { http.as_ref() } {
            http.status.set(-1);
        }
        // SAFETY: not NULL, and the caller's contract.
        let scheme = unsafe { CStr::from_ptr(url) }.to_bytes().get(..4);
        if !scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"http")) {
            return BAD_REQUEST;
        }
        swf::no_http();
        LOST_CONNECTION
    })
}
