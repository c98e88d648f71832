//! Where encoders write to, and what they read from.

use core::ffi::c_char;
use core::ops::Range;
use core::ptr;

use crate::abi::{AMFObject, AMFObjectProperty, AVal};
use crate::ffi::guard;
use crate::proto::amf0::Rewind;
use crate::proto::bytes::Out;

/// A buffer of the caller. Bytes go through its pointer: C may look at them at any time.
pub(super) struct OutBuf {
    start: *mut c_char,
    /// Where the next byte goes.
    at: *mut c_char,
    room: usize,
}

impl OutBuf {
    /// Runs `write` over the buffer: the position after the last byte, or NULL.
    ///
    /// # Safety
    /// `start` is NULL, or valid for writing up to `end`; `write` reads nothing there.
    pub(super) unsafe fn run(
        start: *mut c_char,
        end: *mut c_char,
        write: impl FnOnce(&mut Self) -> Option<()>,
    ) -> *mut c_char {
        guard(ptr::null_mut(), || {
            let room = room(start, end);
            let at = start;
            let mut out = Self { start, at, room };
            match write(&mut out) {
                Some(()) => out.at,
                None => ptr::null_mut(),
            }
        })
    }

    /// [`Self::run`] where `write` reads `source`. What lies inside the buffer is read before anything is written there:
    /// programs encode what they have decoded to where it was.
    ///
    /// # Safety
    /// `start` is NULL, or valid for writing up to `end`.
    pub(super) unsafe fn run_from(
        start: *mut c_char,
        end: *mut c_char,
        source: &impl Source,
        write: impl FnOnce(&mut Self) -> Option<()>,
    ) -> *mut c_char {
        let room = room(start, end);
        let buffer = start.addr()..start.addr().saturating_add(room);
        if !source.meets(&buffer) {
            // SAFETY: the caller's contract; the source lies elsewhere.
            return unsafe { Self::run(start, end, write) };
        }
        let mut apart: Vec<c_char> = Vec::new();
        if apart.try_reserve_exact(room).is_err() {
            return ptr::null_mut();
        }
        let first = apart.as_mut_ptr();
        // SAFETY: so much was reserved.
        let last = unsafe { Self::run(first, first.wrapping_add(room), write) };
        if last.is_null() {
            return last;
        }
        let written = last.addr().wrapping_sub(first.addr());
        // SAFETY: not more than the room, in both places.
        unsafe { ptr::copy_nonoverlapping(first, start, written) };
        start.wrapping_add(written)
    }
}

/// Bytes between the two, none for NULL.
fn room(start: *mut c_char, end: *mut c_char) -> usize {
    if start.is_null() {
        0
    } else {
        end.addr().saturating_sub(start.addr())
    }
}

/// What is encoded.
pub(super) trait Source {
    /// True when bytes of it lie in `buffer`.
    fn meets(&self, buffer: &Range<usize>) -> bool;
}

impl Source for AVal {
    fn meets(&self, buffer: &Range<usize>) -> bool {
        let start = self.start().addr();
        start < buffer.end && buffer.start < start.saturating_add(self.len())
    }
}

impl Source for [&AVal; 2] {
    fn meets(&self, buffer: &Range<usize>) -> bool {
        self.iter().any(|text| text.meets(buffer))
    }
}

impl Source for AMFObjectProperty {
    fn meets(&self, buffer: &Range<usize>) -> bool {
        let is_text = self.p_type.get() == Self::STRING;
        self.p_name.meets(buffer)
            || (is_text && self.text().meets(buffer))
            || self.object().is_some_and(|members| members.meets(buffer))
    }
}

impl Source for AMFObject {
    fn meets(&self, buffer: &Range<usize>) -> bool {
        self.properties().iter().any(|member| member.meets(buffer))
    }
}

impl Out for OutBuf {
    fn room(&self) -> usize {
        self.room
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let left = self.room.checked_sub(bytes.len())?;
        // SAFETY: there is room, and `run` was promised that it may be written and that `bytes` lie elsewhere.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.at.cast(), bytes.len()) };
        self.at = self.at.wrapping_add(bytes.len());
        self.room = left;
        Some(())
    }
}

impl Rewind for OutBuf {
    fn written(&self) -> usize {
        self.at.addr().wrapping_sub(self.start.addr())
    }

    fn rewind(&mut self, written: usize) {
        let back = self.written().saturating_sub(written);
        self.at = self.at.wrapping_sub(back);
        self.room = self.room.saturating_add(back);
    }
}
