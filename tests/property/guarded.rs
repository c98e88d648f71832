//! Bytes that end where readable memory ends.

use std::ptr::{self, NonNull};
use std::slice;

/// A copy of some bytes, directly in front of a page that faults.
pub(crate) struct Guarded {
    map: NonNull<u8>,
    mapped: usize,
    start: usize,
    length: usize,
}

impl Guarded {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        // SAFETY: a plain question.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap();
        let readable = bytes.len().div_ceil(page) * page;
        let mapped = readable + page;
        let (access, flags) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
        );
        // SAFETY: new memory at an address that the system chooses.
        let map = unsafe { libc::mmap(ptr::null_mut(), mapped, access, flags, -1, 0) };
        assert_ne!(map, libc::MAP_FAILED);
        let guard = map.wrapping_byte_add(readable);
        // SAFETY: the last page of the map, which nobody uses yet.
        assert_eq!(unsafe { libc::mprotect(guard, page, libc::PROT_NONE) }, 0);
        let start = readable - bytes.len();
        let target = map.wrapping_byte_add(start).cast();
        // SAFETY: so many bytes are left in front of the guard page.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len()) };
        Self {
            map: NonNull::new(map.cast()).unwrap(),
            mapped,
            start,
            length: bytes.len(),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let start = self.map.as_ptr().wrapping_add(self.start);
        // SAFETY: `new` filled these bytes; the map lives as long as `self`.
        unsafe { slice::from_raw_parts(start, self.length) }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the map is ours and not used any more.
        unsafe { libc::munmap(self.map.as_ptr().cast(), self.mapped) };
    }
}
