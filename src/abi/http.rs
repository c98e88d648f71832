//! `struct HTTP_ctx` (spec 03 §2.1).

use core::ffi::{c_char, c_int, c_void};

use super::Cell;

/// What goes into and comes out of `HTTP_get`.
#[repr(C)]
pub struct HTTP_ctx {
    /// At least 64 bytes of the caller: `If-Modified-Since` in, `Last-Modified` out.
    pub(crate) date: Cell<*mut c_char>,
    /// Body bytes are added to it.
    pub size: Cell<c_int>,
    /// The HTTP status, -1 before there is one.
    pub status: Cell<c_int>,
    /// Handed to the callback.
    pub(crate) data: Cell<*mut c_void>,
}
