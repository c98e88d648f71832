//! The C allocator. Every block that crosses the interface comes from here and goes back here (spec 01 §5): programs
//! free such blocks themselves, or hand in their own.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

/// Zero-filled memory for `count` elements, or `None` when there is none.
pub(crate) fn zeroed<T>(count: usize) -> Option<NonNull<T>> {
    // SAFETY: `calloc` accepts any sizes and checks their product.
    let block = unsafe { libc::calloc(count.max(1), size_of::<T>().max(1)) };
    NonNull::new(block.cast())
}

/// Uninitialised memory for `count` bytes.
pub(crate) fn bytes(count: usize) -> Option<NonNull<u8>> {
    // SAFETY: `malloc` accepts any size.
    let block = unsafe { libc::malloc(count.max(1)) };
    NonNull::new(block.cast())
}

/// Makes `block` hold `count` elements; what fits of its contents is kept. On failure the old block stays valid.
///
/// # Safety
/// `block` is NULL or came from the C allocator and is not used any more after a success.
pub(crate) unsafe fn resized<T>(block: *mut T, count: usize) -> Option<NonNull<T>> {
    let size = count.checked_mul(size_of::<T>())?;
    // SAFETY: the caller's contract is `realloc`'s.
    let moved = unsafe { libc::realloc(block.cast::<c_void>(), size.max(1)) };
    NonNull::new(moved.cast())
}

/// Gives a block back. NULL is fine.
///
/// # Safety
/// `block` is NULL or came from the C allocator, and is not used any more.
pub(crate) unsafe fn release<T>(block: *mut T) {
    // SAFETY: the caller's contract is `free`'s.
    unsafe { libc::free(block.cast::<c_void>()) };
}

/// A NUL-terminated text, owned until it is turned into the raw pointer that C takes over.
pub struct Block {
    start: NonNull<u8>,
    length: usize,
    room: usize,
}

impl Block {
    /// An empty text with room for `room` bytes. `None` when there is no memory.
    pub fn with_room(room: usize) -> Option<Self> {
        let start = bytes(room.checked_add(1)?)?;
        // SAFETY: the block has room for the NUL at least.
        unsafe { start.write(0) };
        Some(Self {
            start,
            length: 0,
            room,
        })
    }

    /// A copy of `text`. `None` when there is no memory.
    pub fn copy(text: &[u8]) -> Option<Self> {
        let mut block = Self::with_room(text.len())?;
        block.append(text);
        Some(block)
    }

    /// Adds `text`, as much as there is room for.
    pub fn append(&mut self, text: &[u8]) {
        let count = text.len().min(self.room - self.length);
        // SAFETY: `length` is at most `room`, which is inside the block.
        let end = unsafe { self.start.add(self.length) };
        // SAFETY: the block has room for `count` bytes more; nothing else knows it, so it overlaps nothing.
        unsafe { ptr::copy_nonoverlapping(text.as_ptr(), end.as_ptr(), count) };
        self.length += count;
        // SAFETY: the block is one byte longer than its room.
        let end = unsafe { end.add(count) };
        // SAFETY: as above.
        unsafe { end.write(0) };
    }

    /// Bytes without the NUL.
    pub fn len(&self) -> usize {
        self.length
    }

    /// True for the copy of an empty text.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Hands the block to C, which frees it with `free`.
    pub fn into_raw(self) -> *mut u8 {
        let start = self.start.as_ptr();
        let _kept = core::mem::ManuallyDrop::new(self);
        start
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block is ours from `with_room` until `into_raw`, which prevents this drop.
        unsafe { release(self.start.as_ptr()) };
    }
}
