//! `RTMP_READ`: the state of `RTMP_Read` (spec 06 §1).

use core::ffi::{c_char, c_uint};
use core::{ptr, slice};

use super::cell::Cell;
use super::heap;
use super::packet::{RTMP_MAX_HEADER_SIZE, RTMPPacket};

/// The FLV header phase is over.
pub const RTMP_READ_HEADER: u8 = 0x01;
/// Set by the caller: go on where an earlier download ended.
pub const RTMP_READ_RESUME: u8 = 0x02;
/// A first packet with a timestamp other than 0 was accepted.
pub const RTMP_READ_NO_IGNORE: u8 = 0x04;
/// Resume: the key frame was found.
pub const RTMP_READ_GOTKF: u8 = 0x08;
/// Resume: the key frame was found inside an aggregate.
pub const RTMP_READ_GOTFLVK: u8 = 0x10;
/// A seek was sent, its notification has not come yet.
pub const RTMP_READ_SEEKING: u8 = 0x20;
/// The server said that the stream is complete.
pub const RTMP_READ_COMPLETE: i8 = -3;
/// Reading cannot go on.
pub const RTMP_READ_ERROR: i8 = -2;
/// The connection ended or timed out.
pub const RTMP_READ_EOF: i8 = -1;
/// The packet was not for the output.
pub const RTMP_READ_IGNORE: i8 = 0;

/// What `RTMP_Read` remembers between calls; the resume fields are set by the caller after connecting.
#[repr(C)]
pub struct RTMP_READ {
    /// Bytes that did not fit the caller's buffer; NULL when there are none.
    pub(in crate::abi) buf: Cell<*mut c_char>,
    /// The next of them.
    pub(in crate::abi) bufpos: Cell<*mut c_char>,
    /// How many of them.
    pub(in crate::abi) buflen: Cell<c_uint>,
    /// Timestamp of the last packet delivered, ms.
    pub timestamp: Cell<u32>,
    /// Bit 0: video was seen. Bit 2: audio was seen.
    pub dataType: Cell<u8>,
    /// `RTMP_READ_HEADER` to `RTMP_READ_SEEKING`.
    pub flags: Cell<u8>,
    /// `RTMP_READ_COMPLETE` to `RTMP_READ_IGNORE`; sticky.
    pub status: Cell<i8>,
    /// Resume: tag type of the key frame, 8 or 9.
    pub initialFrameType: Cell<u8>,
    /// Added to every timestamp that is delivered, ms.
    pub nResumeTS: Cell<u32>,
    /// Resume: the metadata that the caller has, to be compared.
    pub(in crate::abi) metaHeader: Cell<*mut c_char>,
    /// Resume: the key frame that the caller has.
    pub(in crate::abi) initialFrame: Cell<*mut c_char>,
    /// Bytes of `metaHeader`; 0: do not compare.
    pub nMetaHeaderSize: Cell<u32>,
    /// Bytes of `initialFrame`.
    pub nInitialFrameSize: Cell<u32>,
    /// Packets ignored while looking for the key frame.
    pub nIgnoredFrameCounter: Cell<u32>,
    /// Aggregates ignored while looking for the key frame.
    pub nIgnoredFlvFrameCounter: Cell<u32>,
}

/// The bytes of an earlier call are copied in and out, never shown: the reader keeps and takes them, and a close, which is
/// alone, takes them away.
impl RTMP_READ {
    /// True when `flag` is set.
    pub fn has(&self, flag: u8) -> bool {
        self.flags.get() & flag != 0
    }

    /// Sets `flag`, in one atomic step: a thread that asks for another position does so beside the reader.
    pub fn raise(&self, flag: u8) {
        self.flags.raise(flag);
    }

    /// Clears `flag`.
    pub fn lower(&self, flag: u8) {
        self.flags.lower(flag);
    }

    /// Keeps `bytes` for the next call. False when there is no memory.
    pub fn keep(&self, bytes: &[u8]) -> bool {
        self.drop_leftover();
        let Some(block) = heap::bytes(bytes.len()) else {
            return false;
        };
        // SAFETY: the block is new and as long as the bytes.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), block.as_ptr(), bytes.len()) };
        self.buf.set(block.as_ptr().cast());
        self.bufpos.set(block.as_ptr().cast());
        self.buflen.set(c_uint::try_from(bytes.len()).unwrap_or(0));
        true
    }

    /// As [`Self::keep`] for a tag whose first `given` bytes are handed out: `front`, which is not longer than a chunk header, the
    /// body of `packet`, and `behind`. The body is not copied but taken from the packet, which the library owns alone.
    pub fn keep_tag(&self, front: &[u8], packet: &RTMPPacket, behind: &[u8], given: usize) -> bool {
        self.drop_leftover();
        let size = packet.m_nBodySize.get() as usize;
        let has_body = size == 0 || !packet.is_bodiless();
        let is_simple = has_body && front.len() <= RTMP_MAX_HEADER_SIZE;
        if !is_simple || !packet.reserve(size + behind.len()) {
            return false;
        }
        let body = packet.body_at(0);
        packet.forget_body();
        let begin = body.wrapping_sub(front.len());
        // SAFETY: in front of every body there are `RTMP_MAX_HEADER_SIZE` bytes.
        unsafe { ptr::copy_nonoverlapping(front.as_ptr(), begin.cast(), front.len()) };
        let end = body.wrapping_add(size);
        // SAFETY: `reserve` made room for it behind the body.
        unsafe { ptr::copy_nonoverlapping(behind.as_ptr(), end.cast(), behind.len()) };
        let length = front.len() + size + behind.len();
        let given = given.min(length);
        self.buf.set(body.wrapping_sub(RTMP_MAX_HEADER_SIZE));
        self.bufpos.set(begin.wrapping_add(given));
        self.buflen
            .set(c_uint::try_from(length - given).unwrap_or(0));
        true
    }

    /// Bytes of an earlier call that wait.
    pub fn leftover(&self) -> usize {
        match self.has_leftover() {
            true => self.buflen.get() as usize,
            false => 0,
        }
    }

    /// True when bytes of an earlier call wait.
    pub fn has_leftover(&self) -> bool {
        !self.buf.get().is_null()
    }

    /// Delivers waiting bytes, as many as fit; frees the block when it is empty.
    pub fn take_leftover(&self, into: &mut [u8]) -> usize {
        if self.buf.get().is_null() {
            return 0;
        }
        let left = self.buflen.get() as usize;
        let count = left.min(into.len());
        // SAFETY: `buflen` bytes from `bufpos` on lie inside the block that `keep` made.
        unsafe { ptr::copy_nonoverlapping(self.bufpos.get().cast(), into.as_mut_ptr(), count) };
        self.bufpos.set(self.bufpos.get().wrapping_add(count));
        self.buflen.set(c_uint::try_from(left - count).unwrap_or(0));
        if left == count {
            self.drop_leftover();
        }
        count
    }

    /// Frees waiting bytes.
    pub fn drop_leftover(&self) {
        let block = self.detach_leftover();
        // SAFETY: `buf` is NULL or a block of the C allocator that is ours (spec 06 §5.5).
        unsafe { heap::release(block) };
    }

    /// Takes the block of waiting bytes away; NULL when there are none.
    pub(in crate::abi) fn detach_leftover(&self) -> *mut c_char {
        self.bufpos.set(ptr::null_mut());
        self.buflen.set(0);
        self.buf.swap(ptr::null_mut())
    }

    /// The metadata to compare with when resuming.
    pub fn meta_header(&self) -> &[u8] {
        // SAFETY: the caller's buffer of that size, valid while it reads with RESUME set (spec 06 §1).
        unsafe { slice_or_empty(self.metaHeader.get(), self.nMetaHeaderSize.get()) }
    }

    /// The key frame to look for when resuming.
    pub fn initial_frame(&self) -> &[u8] {
        // SAFETY: as for `meta_header`.
        unsafe { slice_or_empty(self.initialFrame.get(), self.nInitialFrameSize.get()) }
    }
}

/// # Safety
/// `start` is NULL or valid for `size` bytes.
unsafe fn slice_or_empty<'a>(start: *mut c_char, size: u32) -> &'a [u8] {
    if start.is_null() || size == 0 {
        return &[];
    }
    // SAFETY: not NULL, and the caller's promise.
    unsafe { slice::from_raw_parts(start.cast(), size as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn flags_of_two_threads_do_not_undo_each_other() {
        // SAFETY: zero bytes are a valid value of every field.
        let read: RTMP_READ = unsafe { core::mem::zeroed() };
        let start = Barrier::new(2);
        thread::scope(|scope| {
            for flag in [RTMP_READ_SEEKING, RTMP_READ_HEADER] {
                let (read, start) = (&read, &start);
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..1_000_000 {
                        read.raise(flag);
                        assert!(read.has(flag));
                        read.lower(flag);
                        assert!(!read.has(flag));
                    }
                });
            }
        });
    }
}
