//! `AVal`: counted bytes in C memory.

use core::ffi::{CStr, c_char, c_int};
use core::ops::Range;
use core::{ptr, slice};

use super::cell::Cell;
use super::heap::Block;

/// Counted bytes, not NUL-terminated unless stated.
///
/// An `AVal` never owns by itself: where it is stored it is said what frees the bytes (spec 01 §5). Code that makes one
/// out of a pointer promises that the bytes stay valid and unchanged for as long as librtmp's contract says; all safe
/// methods rest on that promise.
#[repr(C)]
#[derive(Clone)]
pub struct AVal {
    /// First byte; NULL is allowed when the length is 0.
    pub(in crate::abi) av_val: Cell<*mut c_char>,
    /// Number of bytes.
    pub(in crate::abi) av_len: Cell<c_int>,
}

impl AVal {
    /// No bytes at all: NULL and 0.
    pub const fn empty() -> Self {
        Self {
            av_val: Cell::new(ptr::null_mut()),
            av_len: Cell::new(0),
        }
    }

    /// Text that lives as long as the library.
    pub const fn literal(text: &'static [u8]) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "literals of this library are short"
        )]
        let length = text.len() as c_int;
        Self {
            av_val: Cell::new(text.as_ptr().cast_mut().cast()),
            av_len: Cell::new(length),
        }
    }

    /// Bytes of the caller.
    ///
    /// # Safety
    /// `start` points to `length` bytes that stay valid and unchanged as long as the place where this value is
    /// stored promises to C, or `length` is 0.
    pub unsafe fn from_raw(start: *mut c_char, length: c_int) -> Self {
        Self {
            av_val: Cell::new(start),
            av_len: Cell::new(length),
        }
    }

    /// The first byte's address, NULL when nothing was ever stored.
    pub fn start(&self) -> *mut c_char {
        self.av_val.get()
    }

    /// The stored length, which C may have set to anything.
    pub fn raw_len(&self) -> c_int {
        self.av_len.get()
    }

    /// Number of bytes; nothing for NULL and for negative lengths.
    pub fn len(&self) -> usize {
        if self.start().is_null() {
            0
        } else {
            usize::try_from(self.raw_len()).unwrap_or(0)
        }
    }

    /// True when there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes. Do not hold the slice over a callback or a system call: C may replace or free what it shows.
    pub fn bytes(&self) -> &[u8] {
        let (start, length) = (self.start(), self.len());
        if length == 0 {
            return &[];
        }
        // SAFETY: not NULL, and valid for `length` bytes by the promise with which the value was made.
        unsafe { slice::from_raw_parts(start.cast(), length) }
    }

    /// A part of these bytes, under the same promise; an empty part keeps its place. Empty (but not NULL) when the range
    /// lies outside.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let whole = self.bytes();
        let (start, length) = match whole.get(range) {
            Some(part) if !whole.is_empty() => (part.as_ptr().cast_mut().cast(), part.len()),
            _ => (self.start(), 0),
        };
        // The part of an `int` length fits an `int`.
        Self {
            av_val: Cell::new(start),
            av_len: Cell::new(c_int::try_from(length).unwrap_or(0)),
        }
    }

    /// Takes over pointer and length of `other`; the bytes are shared.
    pub fn set(&self, other: &Self) {
        self.av_val.set(other.av_val.get());
        self.av_len.set(other.av_len.get());
    }

    /// Becomes NULL and 0. Frees nothing.
    pub fn clear(&self) {
        self.set(&Self::empty());
    }

    /// Stores a copy that the C allocator owns; the field's contract says what frees it.
    pub(crate) fn set_owned(&self, block: Block) {
        self.av_len
            .set(c_int::try_from(block.len()).unwrap_or(c_int::MAX));
        self.av_val.set(block.into_raw().cast());
    }
}

impl Default for AVal {
    fn default() -> Self {
        Self::empty()
    }
}

/// The bytes of a value, parts of which C gets to see under the value's promise.
pub struct Whole<'a>(&'a [u8]);

impl<'a> Whole<'a> {
    /// All of `value`.
    pub fn of(value: &'a AVal) -> Self {
        Self(value.bytes())
    }

    /// The bytes, from which parts are taken.
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }

    /// A part of [`Self::bytes`] as C sees it. Empty when it is not one.
    #[inline]
    pub fn part(&self, part: &[u8]) -> AVal {
        let (whole, inside) = (self.0.as_ptr_range(), part.as_ptr_range());
        if inside.start < whole.start || whole.end < inside.end {
            return AVal::empty();
        }
        AVal {
            av_val: Cell::new(inside.start.cast_mut().cast()),
            // The part of an `int` length fits an `int`.
            av_len: Cell::new(c_int::try_from(part.len()).unwrap_or(0)),
        }
    }
}

/// Text in memory that must not be written to (`const AVal` in C).
#[repr(C)]
pub struct ConstAVal {
    av_val: *const c_char,
    av_len: c_int,
}

// SAFETY: the value never changes, and its bytes live and stay as long as the library.
unsafe impl Sync for ConstAVal {}

impl ConstAVal {
    /// Names `text`; its NUL is not counted.
    pub const fn new(text: &'static CStr) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "literals of this library are short"
        )]
        let av_len = text.count_bytes() as c_int;
        Self {
            av_val: text.as_ptr(),
            av_len,
        }
    }

    /// The text as any other.
    pub fn value(&self) -> AVal {
        AVal {
            av_val: Cell::new(self.av_val.cast_mut()),
            av_len: Cell::new(self.av_len),
        }
    }
}

unsafe extern "C" {
    /// Read through its symbol: programs compare with the address in it, which may be their copy's.
    safe static RTMP_DefaultFlashVer: ConstAVal;
}

/// The `flashVer` that librtmp sends when the program names none.
pub fn default_flash_version() -> AVal {
    RTMP_DefaultFlashVer.value()
}
