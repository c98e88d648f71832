//! Structs that may grow: they begin with their size in the program, which may be older or newer than the library.

use core::ptr;

/// Bytes of the field with the size.
const FIELD: usize = size_of::<u32>();

/// Copies as much of `value`, but for its size, as the program knows; what it knows beyond that becomes 0. False, and nothing is
/// written, where it knows less than the `first` version of the struct.
///
/// # Safety
/// `place` begins with a `u32`, the number of bytes from there on that may be written; so does `T`.
pub unsafe fn give<T: Copy>(place: *mut T, value: &T, first: usize) -> bool {
    // SAFETY: the caller's promise. What somebody else has allocated need not be aligned.
    let room = unsafe { place.cast::<u32>().read_unaligned() } as usize;
    if room < first {
        return false;
    }
    let from = ptr::from_ref(value).cast::<u8>();
    let into = place.cast::<u8>();
    let known = room.min(size_of::<T>());
    let count = known.saturating_sub(FIELD);
    // SAFETY: so many bytes are behind the size in both.
    unsafe { ptr::copy_nonoverlapping(from.wrapping_add(FIELD), into.wrapping_add(FIELD), count) };
    // SAFETY: the rest of the program's room.
    unsafe { ptr::write_bytes(into.wrapping_add(known), 0, room - known) };
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A struct of 12 bytes whose first version had 8.
    #[derive(Clone, Copy)]
    #[repr(C)]
    struct Known {
        size: u32,
        old: u32,
        new: u32,
    }

    fn given(size: u32) -> (bool, [u32; 5]) {
        let value = Known {
            size: 0,
            old: 1,
            new: 2,
        };
        let mut program = [size, 9, 9, 9, 9];
        // SAFETY: no size below is longer than the array.
        let is_given = unsafe { give(program.as_mut_ptr().cast(), &value, 8) };
        (is_given, program)
    }

    #[test]
    fn a_program_gets_what_it_knows() {
        assert_eq!(given(0), (false, [0, 9, 9, 9, 9]));
        assert_eq!(given(7), (false, [7, 9, 9, 9, 9]));
        assert_eq!(given(8), (true, [8, 1, 9, 9, 9]));
        assert_eq!(given(12), (true, [12, 1, 2, 9, 9]));
        assert_eq!(given(16), (true, [16, 1, 2, 0, 9]));
        assert_eq!(given(20), (true, [20, 1, 2, 0, 0]));
    }
}
