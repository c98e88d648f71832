//! SWF hashes (spec 03 §2.5).

use core::ffi::{c_char, c_int, c_uchar, c_uint};

use crate::abi::{CText, Place, RTMP_SWF_HASHLEN};
use crate::ffi::guard_waiting;
use crate::session::swf;

/// Fetches a SWF file and computes size and hash for SWF verification, of the decompressed file. What is known about it is
/// kept in $HOME/.swfinfo. Up to 5 redirections are followed, to other hosts too, but not from https to http; a URL with a
/// login is refused. Certificates are checked as HTTP_get does. Files of more than 64 MiB, or 256 MiB decompressed, are
/// refused. All together takes 300 seconds at most, connecting and the head of each response 30, and the server may be
/// silent for 5. There is no handle that could be cancelled: RTMP_ctrlC ends the call.
///
/// url: where the file is: http://host[:port]/path or https://.
/// size: out: its size, decompressed.
/// hash: out: 32 bytes.
/// age: days to trust what is known without asking the server; 0: always ask.
/// Returns 0 when size and hash are usable, -1 when not; they may hold what is known from before even then.
///
/// # Safety
/// `url` is NULL or NUL-terminated; `size` and `hash` are NULL or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_HashSWF(
    url: *const c_char,
    size: *mut c_uint,
    hash: *mut c_uchar,
    age: c_int,
) -> c_int {
    guard_waiting(-1, || {
        // SAFETY: the caller's contract; the text is only read.
        let url = unsafe { CText::from_ptr(url.cast_mut()) };
        // SAFETY: the caller's contract.
        let size = unsafe { Place::new(size) };
        // SAFETY: the caller's contract: 32 bytes.
        let hash = unsafe { Place::new(hash.cast::<[u8; RTMP_SWF_HASHLEN]>()) };
        let (Some(url), Some(size), Some(hash)) = (url, size, hash) else {
            return -1;
        };
        let report = swf::hash(url.bytes(), age);
        if let Some(known) = report.size {
            size.put(known);
        }
        if let Some(known) = report.hash {
            hash.put(known);
        }
        if report.is_usable { 0 } else { -1 }
    })
}
