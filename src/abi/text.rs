//! Text of the caller that ends with a NUL, and places of the caller that receive results.

use core::ffi::{CStr, c_char, c_int};
use core::ops::Range;
use core::ptr::NonNull;
use core::slice;

use super::aval::AVal;
use super::cell::Cell;

/// A NUL-terminated string of the caller that may be written to, as `RTMP_SetupURL` does.
pub struct CText {
    start: NonNull<c_char>,
    length: usize,
}

impl CText {
    /// The string at `start`, `None` for NULL.
    ///
    /// # Safety
    /// `start` is NULL or a NUL-terminated string that stays valid as long as librtmp's contract for it says; it is
    /// writable if anything is written.
    pub unsafe fn from_ptr(start: *mut c_char) -> Option<Self> {
        let start = NonNull::new(start)?;
        // SAFETY: the caller's contract.
        let length = unsafe { CStr::from_ptr(start.as_ptr()) }.count_bytes();
        Some(Self { start, length })
    }

    /// Bytes before the NUL that was met first.
    pub fn len(&self) -> usize {
        self.length
    }

    /// True for the empty string.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bytes; those that were overwritten since may be NUL.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `from_ptr` counted these bytes; they are only written through `set`, which is not called meanwhile.
        unsafe { slice::from_raw_parts(self.start.as_ptr().cast(), self.length) }
    }

    /// Overwrites one byte. Nothing happens when it has that value already, or lies outside.
    pub fn set(&mut self, index: usize, byte: u8) {
        if self.bytes().get(index).is_none_or(|&old| old == byte) {
            return;
        }
        // SAFETY: `index` lies inside the string.
        let place = unsafe { self.start.add(index) };
        // SAFETY: as above, and the caller of `from_ptr` said that the string is writable.
        unsafe { place.cast::<u8>().write(byte) };
    }

    /// A part of the string, borrowed from the caller; the end of the string, and empty, when the range lies outside.
    pub fn slice(&self, range: Range<usize>) -> AVal {
        let end = range.end.min(self.length);
        let start = range.start.min(end);
        AVal {
            av_val: Cell::new(self.start.as_ptr().wrapping_add(start)),
            av_len: Cell::new(c_int::try_from(end - start).unwrap_or(c_int::MAX)),
        }
    }

    /// Puts a NUL behind a part of the string and gives that part.
    pub fn cut(&mut self, range: Range<usize>) -> AVal {
        self.set(range.end, 0);
        self.slice(range)
    }

    /// The offset of `value`, if it begins inside the string.
    pub fn offset_of(&self, value: &AVal) -> Option<usize> {
        let distance = value
            .start()
            .addr()
            .checked_sub(self.start.as_ptr().addr())?;
        (distance < self.length).then_some(distance)
    }
}

/// A place of the caller that receives a result; nothing is known of what it holds.
pub struct Place<T>(NonNull<T>);

impl<T> Place<T> {
    /// The place at `target`, `None` for NULL.
    ///
    /// # Safety
    /// `target` is NULL or valid for writing for as long as the value is used.
    pub unsafe fn new(target: *mut T) -> Option<Self> {
        NonNull::new(target).map(Self)
    }

    /// Stores `value`.
    pub fn put(&self, value: T) {
        // SAFETY: the promise given to `new`; nothing is read or dropped.
        unsafe { self.0.write(value) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &mut [u8]) -> CText {
        assert_eq!(bytes.last(), Some(&0));
        // SAFETY: a writable string that lives longer than the value, in each test.
        unsafe { CText::from_ptr(bytes.as_mut_ptr().cast()) }.unwrap()
    }

    #[test]
    fn a_string_is_cut_where_a_part_ends() {
        let mut bytes = *b"name=value\0";
        let mut text = text(&mut bytes);
        assert_eq!(text.cut(0..4).bytes(), b"name");
        assert_eq!(text.bytes(), b"name\0value");
        assert_eq!(text.cut(5..10).bytes(), b"value");
        assert_eq!(text.offset_of(&text.slice(5..10)), Some(5));
    }

    #[test]
    fn nothing_outside_the_string_is_touched() {
        let mut bytes = *b"ab\0c\0";
        let mut text = text(&mut bytes);
        text.set(2, b'x');
        text.set(3, b'x');
        assert_eq!(text.slice(1..9).bytes(), b"b");
        assert_eq!(text.slice(7..9).bytes(), b"");
        assert_eq!(text.offset_of(&AVal::literal(b"ab")), None);
        assert_eq!(bytes, *b"ab\0c\0");
    }
}
