//! `RTMPSockBuf`: the socket and the bytes received ahead (spec 02 §8.7).

use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::AtomicU8;

use super::cell::Cell;
use super::packet::RTMPPacket;
use super::private::{Private, Slot};

/// Size of the receive buffer. One byte of it is never filled: the original keeps it for a NUL.
pub const RTMP_BUFFER_CACHE_SIZE: usize = 16 * 1024;

/// A socket with its receive buffer. `sb_size` bytes from `sb_start` on are received and not yet consumed.
#[repr(C)]
pub struct RTMPSockBuf {
    /// The socket, -1 when there is none.
    pub sb_socket: Cell<c_int>,
    /// Unread bytes in `sb_buf`.
    pub(in crate::abi) sb_size: Cell<c_int>,
    /// The next unread byte, inside `sb_buf`.
    pub(in crate::abi) sb_start: Cell<*mut c_char>,
    /// What was received.
    pub(in crate::abi) sb_buf: [Cell<c_char>; RTMP_BUFFER_CACHE_SIZE],
    /// 1 after a receive timeout.
    pub sb_timedout: Cell<c_int>,
    /// The TLS session, NULL on a plain socket.
    pub(in crate::abi) sb_ssl: Cell<*mut c_void>,
}

/// What was moved out of the buffer.
#[derive(Clone, Copy, Default)]
pub struct Taken {
    /// So many chunks.
    pub chunks: usize,
    /// Bytes of their payload together.
    pub bytes: usize,
}

impl RTMPSockBuf {
    /// Received bytes that are not consumed yet. Whatever C wrote into the fields, the bytes lie inside the buffer.
    pub fn len(&self) -> usize {
        self.unread().1
    }

    /// Where the unread bytes are, and how many.
    #[inline]
    fn unread(&self) -> (usize, usize) {
        let (at, size) = (self.offset(), self.sb_size.get());
        let size = usize::try_from(size).unwrap_or(0);
        (at, size.min(RTMP_BUFFER_CACHE_SIZE - at))
    }

    /// Makes `size` bytes from `at` on, inside the buffer, the unread ones.
    #[inline]
    fn set_unread(&self, at: usize, size: usize) {
        self.sb_start.set(self.base().wrapping_add(at));
        self.sb_size.set(c_int::try_from(size).unwrap_or(0));
    }

    /// True when all received bytes are consumed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next unread byte.
    #[inline]
    pub fn first(&self) -> Option<u8> {
        let (at, len) = self.unread();
        let cell = self.sb_buf.get(at).filter(|_| len > 0)?;
        Some(cell.byte())
    }

    /// Throws away what was received.
    pub fn clear(&self) {
        self.take_back();
        self.sb_size.set(0);
    }

    /// Removes the last `count` unread bytes.
    pub fn drop_last(&self, count: usize) {
        let kept = self.len().saturating_sub(count);
        self.sb_size.set(c_int::try_from(kept).unwrap_or(0));
    }

    /// Notes of an empty buffer that the next byte in the socket has been received already. No unread byte can be where
    /// `sb_start` points then.
    pub fn lend(&self) {
        self.reuse();
        self.sb_start
            .set(self.base().wrapping_add(RTMP_BUFFER_CACHE_SIZE));
    }

    /// Forgets what [`Self::lend`] noted. True if there was a note.
    pub fn take_back(&self) -> bool {
        let mark = self.base().wrapping_add(RTMP_BUFFER_CACHE_SIZE);
        let is_lent = self.sb_size.get() == 0 && self.sb_start.get() == mark;
        if is_lent {
            self.sb_start.set(self.base());
        }
        is_lent
    }

    /// True while a TLS session wraps the socket.
    pub fn is_tls(&self) -> bool {
        !self.sb_ssl.get().is_null()
    }

    /// The TLS session, if the socket has one.
    pub fn tls<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        if self.is_tls() {
            Slot(&self.sb_ssl).get()
        } else {
            None
        }
    }

    /// Wraps the socket into a TLS session. The one before is dropped.
    pub fn set_tls<T: Send + Sync + 'static>(&self, session: Private<T>) {
        Slot(&self.sb_ssl).replace(session);
    }

    /// Unwraps the socket.
    pub fn take_tls<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        Slot(&self.sb_ssl).take()
    }

    /// Adds received bytes behind the unread ones, as many as fit. Their number.
    pub fn put(&self, bytes: &[u8]) -> usize {
        let room = self.room();
        let count = room.len().min(bytes.len());
        let into: *mut u8 = room.as_ptr().cast_mut().cast();
        // SAFETY: `count` bytes of the room lie inside `sb_buf`, whose cells may be written through a shared reference.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), into, count) };
        self.filled(count);
        count
    }

    /// Copies the next unread bytes, as many as there are and fit; nothing is consumed.
    pub fn peek(&self, into: &mut [u8]) -> usize {
        let (at, len) = self.unread();
        let count = len.min(into.len());
        let from = self.base().cast::<u8>().wrapping_add(at);
        // SAFETY: `count` bytes at `at` lie inside the initialised `sb_buf`; `into` is ours alone.
        unsafe { ptr::copy_nonoverlapping(from, into.as_mut_ptr(), count) };
        count
    }

    /// The next unread bytes, at most `N`, and how many there are; nothing is consumed.
    pub fn front<const N: usize>(&self) -> ([u8; N], usize) {
        let mut bytes = [0; N];
        let (at, len) = self.unread();
        if len < N {
            let count = self.peek(&mut bytes);
            return (bytes, count);
        }
        let from = self.base().cast::<u8>().wrapping_add(at);
        // SAFETY: `N` bytes at `at` lie inside the initialised `sb_buf`; a copy of fixed size is a few loads.
        unsafe { ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), N) };
        (bytes, N)
    }

    /// Copies up to `count` unread bytes to raw memory that has room for them, and consumes them.
    ///
    /// # Safety
    /// `into` is valid for writing `count` bytes and does not overlap the buffer.
    pub(in crate::abi) unsafe fn take_raw(&self, into: *mut u8, count: usize) -> usize {
        let (at, len) = self.unread();
        let count = count.min(len);
        let from = self.base().cast::<u8>().wrapping_add(at);
        // SAFETY: the source lies inside `sb_buf`, the target is the caller's promise.
        unsafe { ptr::copy_nonoverlapping(from, into, count) };
        self.set_unread(at + count, len - count);
        count
    }

    /// Moves the payload of whole chunks to raw memory. In front of each is a header of one byte, which has to be `first` and
    /// is dropped. All have `size` bytes but the one that ends the `left` bytes of their message; at most `most` are taken, and
    /// none that does not fit into `room` bytes.
    ///
    /// # Safety
    /// As [`Self::take_raw`], for `room` bytes.
    #[inline]
    pub(in crate::abi) unsafe fn take_chunks_raw(
        &self,
        first: u8,
        into: *mut u8,
        (room, left): (usize, usize),
        (size, most): (usize, usize),
    ) -> Taken {
        let (mut at, mut len) = self.unread();
        let mut taken = Taken::default();
        while taken.chunks < most && taken.bytes < left {
            let count = size.min(left - taken.bytes);
            let is_next = len > count && self.sb_buf[at].byte() == first;
            if !is_next || count > room - taken.bytes {
                break;
            }
            let from = self.base().cast::<u8>().wrapping_add(at + 1);
            let place = into.wrapping_add(taken.bytes);
            // SAFETY: `count` bytes behind the first of `len` lie inside `sb_buf`; they fit into the room of the caller's promise.
            unsafe { ptr::copy_nonoverlapping(from, place, count) };
            (at, len) = (at + 1 + count, len - 1 - count);
            taken.bytes += count;
            taken.chunks += 1;
        }
        if taken.chunks > 0 {
            self.set_unread(at, len);
        }
        taken
    }

    /// Drops `head` bytes, and moves the `size` behind them into a body for `packet`, which has none. False, and nothing done,
    /// if they have not come, and without memory.
    pub fn take_body(&self, head: usize, size: u32, packet: &RTMPPacket) -> bool {
        let count = size as usize;
        if self.len() < head.saturating_add(count) || !packet.reserve(count) {
            return false;
        }
        // SAFETY: the body just made has room for so many bytes.
        unsafe { self.take_behind_raw(head, count, packet.body_at(0).cast()) }
    }

    /// Drops `head` bytes, and moves the `count` behind them to raw memory. False, and nothing done, if they have not come.
    ///
    /// # Safety
    /// As [`Self::take_raw`].
    pub(in crate::abi) unsafe fn take_behind_raw(
        &self,
        head: usize,
        count: usize,
        into: *mut u8,
    ) -> bool {
        let (at, len) = self.unread();
        if len < head || len - head < count {
            return false;
        }
        let from = self.base().cast::<u8>().wrapping_add(at + head);
        // SAFETY: `count` bytes behind the first `head` of `len` lie inside `sb_buf`; the target is the caller's promise.
        unsafe { ptr::copy_nonoverlapping(from, into, count) };
        self.set_unread(at + head + count, len - head - count);
        true
    }

    /// Takes the next unread bytes, as many as there are and fit.
    pub fn take(&self, into: &mut [u8]) -> usize {
        let count = self.peek(into);
        self.consume(count);
        count
    }

    /// Drops the next `count` unread bytes.
    #[inline]
    pub fn consume(&self, count: usize) {
        let (at, len) = self.unread();
        let count = count.min(len);
        self.set_unread(at + count, len - count);
    }

    /// Moves the unread bytes to the front, so that all free room lies behind them.
    pub fn compact(&self) {
        self.reuse();
        let (from, count) = (self.base().wrapping_add(self.offset()), self.len());
        if from != self.base() {
            // SAFETY: both ranges lie inside `sb_buf`; `copy` allows them to overlap.
            unsafe { ptr::copy(from, self.base(), count) };
        }
        self.sb_start.set(self.base());
    }

    /// The free room behind the unread bytes. An empty buffer starts over at its beginning, unless a note is left in it:
    /// without a connection nothing is received.
    pub fn room(&self) -> &[AtomicU8] {
        if self.is_empty() && !self.is_marked() {
            self.reuse();
            self.sb_start.set(self.base());
            self.sb_size.set(0);
        }
        let used = self.offset() + self.len();
        let free = (RTMP_BUFFER_CACHE_SIZE - 1).saturating_sub(used);
        let start = self.base().wrapping_add(used).cast::<AtomicU8>();
        // SAFETY: `free` bytes at `used` lie inside `sb_buf`, whose cells all are accessed atomically.
        unsafe { core::slice::from_raw_parts(start, free) }
    }

    /// Removes and returns the last `count` unread bytes.
    pub fn take_last(&self, count: usize) -> Vec<u8> {
        let count = count.min(self.len());
        let kept = self.len() - count;
        let from = self.base().wrapping_add(self.offset() + kept);
        let mut bytes = vec![0_u8; count];
        // SAFETY: the source lies inside the initialised `sb_buf`; the target is ours and has that length.
        unsafe { ptr::copy_nonoverlapping(from.cast::<u8>(), bytes.as_mut_ptr(), count) };
        self.sb_size.set(c_int::try_from(kept).unwrap_or(0));
        bytes
    }

    /// Lets `change` have the last `count` of the unread bytes, piece by piece, and puts them back as it leaves them.
    pub fn rewrite_newest(&self, count: usize, mut change: impl FnMut(&mut [u8])) {
        let count = count.min(self.len());
        let mut at = self
            .base()
            .wrapping_add(self.offset() + self.len() - count)
            .cast::<u8>();
        let mut piece = [0; 1024];
        let mut left = count;
        while left > 0 {
            let bytes = &mut piece[..left.min(1024)];
            // SAFETY: the unread bytes lie inside the initialised `sb_buf`; the target is ours and has that length.
            unsafe { ptr::copy_nonoverlapping(at, bytes.as_mut_ptr(), bytes.len()) };
            change(bytes);
            // SAFETY: the same bytes of `sb_buf`, whose cells may be written through a shared reference.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
            at = at.wrapping_add(bytes.len());
            left -= bytes.len();
        }
    }

    /// Counts `count` bytes that were received into [`Self::room`].
    pub fn filled(&self, count: usize) {
        let size = (self.len() + count).min(RTMP_BUFFER_CACHE_SIZE - 1);
        self.sb_size.set(c_int::try_from(size).unwrap_or(0));
    }

    pub(in crate::abi) fn base(&self) -> *mut c_char {
        self.sb_buf.as_ptr().cast_mut().cast()
    }

    /// Where the unread bytes begin; the front for a pointer that does not lie inside the buffer.
    pub(in crate::abi) fn offset(&self) -> usize {
        let distance = (self.sb_start.get() as usize).wrapping_sub(self.base() as usize);
        if distance < RTMP_BUFFER_CACHE_SIZE {
            distance
        } else {
            0
        }
    }
}
