//! Memory for when the system has none.
//!
//! Whatever a peer or a program makes long is allocated in a way that may fail, and then is a failure of the call. The
//! small rest (boxes and counted blocks of fixed size, what std keeps for a thread, the records of TLS) is allocated by code
//! that cannot be told of a failure: Rust would abort the program. So small blocks that the system refuses are taken from
//! memory that is part of the library. It costs nothing before that: pages that were never written do not exist.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// The system's allocator, and the reserve behind it.
struct Allocator;

/// Blocks of four sizes: texts and boxes; the state of a handle; records of TLS; what decompresses.
static SMALL: Pool<128, 32, 1024> = Pool::new();
static MIDDLE: Pool<2048, 4, 128> = Pool::new();
static LARGE: Pool<20_480, 1, 16> = Pool::new();
static LARGEST: Pool<65_536, 1, 4> = Pool::new();

// SAFETY: blocks are the system's, or from a pool, which deals each to one owner; they never move and have the size and
// alignment that was asked for. Nothing here unwinds.
unsafe impl GlobalAlloc for Allocator {
    // Not copied into all callers.
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract.
        let block = unsafe { System.alloc(layout) };
        if block.is_null() { take(layout) } else { block }
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            return block;
        }
        let block = take(layout);
        if !block.is_null() {
            // SAFETY: a block of at least that size, which is ours.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !give_back(block) {
            // SAFETY: the caller's contract, and the block is not from the reserve.
            unsafe { System.dealloc(block, layout) };
        }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_ours(block) {
            // SAFETY: the caller's contract, and the block is not from the reserve.
            let longer = unsafe { System.realloc(block, layout, size) };
            if !longer.is_null() {
                return longer;
            }
        }
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return ptr::null_mut();
        };
        // SAFETY: the caller's contract: the size is not 0.
        let fresh = unsafe { self.alloc(wanted) };
        if !fresh.is_null() {
            // SAFETY: two blocks, each at least that long.
            unsafe { ptr::copy_nonoverlapping(block, fresh, layout.size().min(size)) };
            // SAFETY: the caller's contract.
            unsafe { self.dealloc(block, layout) };
        }
        fresh
    }
}

#[cold]
fn take(layout: Layout) -> *mut u8 {
    if layout.align() > ALIGNMENT {
        return ptr::null_mut();
    }
    let size = layout.size();
    let mut block = SMALL.take(size);
    for next in [
        |size| MIDDLE.take(size),
        |size| LARGE.take(size),
        |size| LARGEST.take(size),
    ] {
        if block.is_null() {
            block = next(size);
        }
    }
    block
}

fn is_ours(block: *mut u8) -> bool {
    SMALL.number(block).is_some()
        || MIDDLE.number(block).is_some()
        || LARGE.number(block).is_some()
        || LARGEST.number(block).is_some()
}

/// False for a block that is not from the reserve.
fn give_back(block: *mut u8) -> bool {
    SMALL.give_back(block)
        || MIDDLE.give_back(block)
        || LARGE.give_back(block)
        || LARGEST.give_back(block)
}

/// Of all blocks.
const ALIGNMENT: usize = 64;

/// `COUNT` blocks of `SIZE` bytes, 32 for each word.
#[repr(C, align(64))]
struct Pool<const SIZE: usize, const WORDS: usize, const COUNT: usize> {
    blocks: UnsafeCell<[[u8; SIZE]; COUNT]>,
    /// A bit for each block that is in use.
    taken: [AtomicU32; WORDS],
}

// SAFETY: `taken` says which blocks are in use; the pool itself never looks into one.
unsafe impl<const SIZE: usize, const WORDS: usize, const COUNT: usize> Sync
    for Pool<SIZE, WORDS, COUNT>
{
}

impl<const SIZE: usize, const WORDS: usize, const COUNT: usize> Pool<SIZE, WORDS, COUNT> {
    const fn new() -> Self {
        assert!(SIZE.is_multiple_of(ALIGNMENT) && COUNT <= WORDS * 32);
        Self {
            blocks: UnsafeCell::new([[0; SIZE]; COUNT]),
            taken: [const { AtomicU32::new(0) }; WORDS],
        }
    }

    /// A block for `size` bytes, or NULL. No lock, no system call: signal handlers and children of `fork` may need one.
    fn take(&self, size: usize) -> *mut u8 {
        if size > SIZE {
            return ptr::null_mut();
        }
        for (index, word) in self.taken.iter().enumerate() {
            let mut bits = word.load(Relaxed);
            loop {
                let bit = (!bits).trailing_zeros() as usize;
                let number = index * 32 + bit;
                if bit == 32 || number >= COUNT {
                    break;
                }
                match word.compare_exchange_weak(bits, bits | 1 << bit, Acquire, Relaxed) {
                    Ok(_) => return self.start().wrapping_add(number * SIZE),
                    Err(now) => bits = now,
                }
            }
        }
        ptr::null_mut()
    }

    /// Which block of this pool it is.
    fn number(&self, block: *mut u8) -> Option<usize> {
        let distance = (block as usize).wrapping_sub(self.start() as usize);
        (distance < SIZE * COUNT).then_some(distance / SIZE)
    }

    fn give_back(&self, block: *mut u8) -> bool {
        let Some(number) = self.number(block) else {
            return false;
        };
        self.taken[number / 32].fetch_and(!(1 << (number % 32)), AcqRel);
        true
    }

    fn start(&self) -> *mut u8 {
        self.blocks.get().cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_dealt_to_one_owner_each() {
        static POOL: Pool<64, 3, 70> = Pool::new();
        let mut blocks: Vec<_> = (0..70).map(|_| POOL.take(64)).collect();
        assert!(POOL.take(64).is_null());
        for (number, &block) in blocks.iter().enumerate() {
            assert_eq!(POOL.number(block), Some(number));
            assert!(block.addr().is_multiple_of(ALIGNMENT));
        }
        assert!(POOL.give_back(blocks[65]));
        assert_eq!(POOL.take(64), blocks[65]);
        assert!(!POOL.give_back(ptr::from_mut(&mut blocks).cast()));
    }

    #[test]
    fn a_block_of_the_reserve_grows_and_shrinks_with_its_bytes() {
        let small = Layout::from_size_align(100, 8).unwrap();
        let large = Layout::from_size_align(5000, 8).unwrap();
        let block = take(small);
        assert!(SMALL.number(block).is_some());
        // SAFETY: a block of 100 bytes, which is ours.
        unsafe { block.write_bytes(7, 100) };
        // SAFETY: it was allocated with that layout.
        let longer = unsafe { ALLOCATOR.realloc(block, small, 5000) };
        assert!(!is_ours(longer));
        for at in [0, 99] {
            // SAFETY: 100 bytes were copied.
            assert_eq!(unsafe { longer.wrapping_add(at).read() }, 7);
        }
        // SAFETY: it was allocated with that layout.
        unsafe { ALLOCATOR.dealloc(longer, large) };
    }

    #[test]
    fn what_is_too_long_or_too_particular_is_refused() {
        let layout = |size, align| Layout::from_size_align(size, align).unwrap();
        assert!(take(layout(65_537, 1)).is_null());
        assert!(take(layout(64, 128)).is_null());
        let block = take(layout(65_536, 64));
        assert!(LARGEST.number(block).is_some());
        assert!(give_back(block));
    }
}
