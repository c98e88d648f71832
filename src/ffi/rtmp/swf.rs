//! SWF hashes (spec 03 §2.5).

use core::ffi::{c_char, c_int, c_uchar, c_uint};

use crate::ffi::guard::guard;
use crate::session::swf;

/// Computes the hash of a SWF file for SWF verification. This release cannot: it logs an error and fails.
///
/// url: where the file is.
/// size: out: its size, decompressed.
/// hash: out: 32 bytes.
/// age: days to trust the cached hash.
/// Returns 0 when size and hash are usable, -1 when not.
///
/// # Safety
/// Nothing is read or written in this release.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_HashSWF(
    url: *const c_char,
    size: *mut c_uint,
    hash: *mut c_uchar,
    age: c_int,
) -> c_int {
    let _ = (url, size, hash, age);
    guard(-1, || {
        swf::unavailable();
        -1
    })
}
