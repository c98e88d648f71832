//! `struct HTTP_ctx` (spec 03 §2.1).

use core::ffi::{CStr, c_char, c_int, c_void};

use super::cell::Cell;
use super::program;

/// Bytes of a date at most; the caller's memory has room for these and the NUL.
const LONGEST_DATE: usize = 63;

/// A function of the program that takes the pieces of a body. Rust only passes its address on.
#[repr(C)]
pub struct HTTP_read_callback {
    _function: [u8; 0],
}

/// The callback of one `HTTP_get`, with the memory that it is given.
pub struct Sink<'a> {
    http: &'a HTTP_ctx,
    callback: Option<program::Function>,
}

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

impl<'a> Sink<'a> {
    /// The callback `function` for `http`; NULL takes nothing.
    ///
    /// # Safety
    /// `function` is NULL or a function of the type `HTTP_read_callback` of the C header. `http.date` is NULL or names at
    /// least 64 writable bytes that begin with a NUL-terminated text.
    pub unsafe fn new(http: &'a HTTP_ctx, function: *mut HTTP_read_callback) -> Self {
        // SAFETY: by the caller's contract a function of this type or NULL, which is `None`.
        let callback = unsafe {
            core::mem::transmute::<*mut HTTP_read_callback, Option<program::Function>>(function)
        };
        Self { http, callback }
    }

    /// The context of the program.
    pub fn http(&self) -> &HTTP_ctx {
        self.http
    }

    /// The date that the program has given, empty without one.
    pub fn date(&self) -> Vec<u8> {
        let date = self.http.date.get();
        if date.is_null() {
            return Vec::new();
        }
        // SAFETY: the promise given to `new`.
        unsafe { CStr::from_ptr(date) }.to_bytes().to_vec()
    }

    /// Gives the program a date, cut to what its memory holds.
    pub fn set_date(&self, text: &[u8]) {
        let date = self.http.date.get().cast::<u8>();
        if date.is_null() {
            return;
        }
        let text = text.get(..LONGEST_DATE).unwrap_or(text);
        let mut whole = [0; LONGEST_DATE + 1];
        for (place, byte) in whole.iter_mut().zip(text) {
            *place = *byte;
        }
        // SAFETY: 64 writable bytes by the promise given to `new`; the text and its NUL are no more.
        unsafe { date.copy_from_nonoverlapping(whole.as_ptr(), text.len() + 1) };
    }

    /// Hands a piece of the body to the program.
    pub fn deliver(&self, piece: &mut [u8]) {
        if let Some(callback) = self.callback {
            let start = piece.as_mut_ptr().cast();
            let data = self.http.data.get();
            // SAFETY: a function of that type by the promise given to `new`, and the piece as it wants it.
            unsafe { program::librtmp_rs_call(callback, start, 1, piece.len(), data) };
        }
    }
}
