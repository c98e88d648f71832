//! Structs that a program makes, and that the library fills or looks at, and that may get more fields one day: their first field says how
//! many bytes there are in the program's.

use core::mem::size_of;

/// No struct of any version is longer: a size beyond was not set.
const LONGEST: usize = 4096;

/// A struct that may get longer.
///
/// # Safety
/// It is `repr(C)`, consists of numbers and of what may be NULL, and its first field is its size, a `u32`.
pub unsafe trait Extensible: Copy {}

/// Fills the struct of a program: all of it is zero without a `value`, and what this version does not know is in any case.
/// False without a value, and, with nothing written, for NULL and for a size that is no version's.
///
/// # Safety
/// `place` is NULL or points to a struct that has as many bytes as its first field says.
pub unsafe fn fill<T: Extensible>(place: *mut T, value: Option<T>) -> bool {
    // SAFETY: the caller's contract.
    let Some(size) = (unsafe { size_at(place) }) else {
        return false;
    };
    // SAFETY: the caller's contract: there are so many bytes.
    unsafe { put(place, size, value) };
    value.is_some()
}

/// The same for an array, whose first struct says the size of all. As many are written as there are values and room; their
/// number.
///
/// # Safety
/// `first` is NULL or points to `count` structs, each of as many bytes as the first field of the first says.
pub unsafe fn fill_all<T: Extensible>(
    first: *mut T,
    count: u32,
    values: impl Iterator<Item = T>,
) -> u32 {
    if count == 0 {
        return 0;
    }
    // SAFETY: the caller's contract.
    let Some(size) = (unsafe { size_at(first) }) else {
        return 0;
    };
    let mut written = 0;
    for (place, value) in (0..count).zip(values) {
        let place = first.wrapping_byte_add(place as usize * size as usize);
        // SAFETY: the caller's contract: there are `count` of them.
        unsafe { put(place, size, Some(value)) };
        written += 1;
    }
    written
}

/// What a program says in a struct. `None` for NULL and for a size that is no version's.
///
/// # Safety
/// As for [`fill`].
pub(super) unsafe fn take<T: Extensible>(place: *const T) -> Option<T> {
    // SAFETY: the caller's contract.
    unsafe { size_at(place) }?;
    // SAFETY: so many bytes are there: no size is shorter than this version's.
    Some(unsafe { place.read_unaligned() })
}

/// The size that a struct says; `None` for NULL and for a size that is no version's.
///
/// # Safety
/// As for [`fill`].
unsafe fn size_at<T: Extensible>(place: *const T) -> Option<u32> {
    if place.is_null() {
        return None;
    }
    // SAFETY: the size is the first field, by the trait's contract, and it is there by the caller's.
    let size = unsafe { place.cast::<u32>().read_unaligned() };
    // The first version is the shortest, and the only one so far.
    let is_known = (size_of::<T>()..=LONGEST).contains(&(size as usize));
    is_known.then_some(size)
}

/// # Safety
/// `place` has `size` bytes, which a `T` fits into.
unsafe fn put<T: Extensible>(place: *mut T, size: u32, value: Option<T>) {
    // SAFETY: the caller's contract.
    unsafe { place.cast::<u8>().write_bytes(0, size as usize) };
    if let Some(value) = value {
        // SAFETY: the caller's contract.
        unsafe { place.write_unaligned(value) };
    }
    // SAFETY: the first field, by the trait's contract.
    unsafe { place.cast::<u32>().write_unaligned(size) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Pair {
        size: u32,
        number: u32,
    }

    // SAFETY: two numbers, of which the first is the size.
    unsafe impl Extensible for Pair {}

    const PAIR: Pair = Pair { size: 0, number: 7 };
    const RUBBISH: u32 = 0xa5a5_a5a5;

    /// What becomes of memory in which the first number is the size.
    fn filled(size: u32, value: Option<Pair>) -> (bool, [u32; 5]) {
        let mut memory = [size, RUBBISH, RUBBISH, RUBBISH, RUBBISH];
        // SAFETY: no size here that is accepted is longer than the memory.
        let result = unsafe { fill(memory.as_mut_ptr().cast(), value) };
        (result, memory)
    }

    #[test]
    fn as_long_as_the_program_says() {
        let row = |result, size, [a, b, c]: [u32; 3]| (result, [size, a, b, c, RUBBISH]);
        assert_eq!(filled(8, Some(PAIR)), row(true, 8, [7, RUBBISH, RUBBISH]));
        assert_eq!(filled(12, Some(PAIR)), row(true, 12, [7, 0, RUBBISH]));
        assert_eq!(filled(16, Some(PAIR)), row(true, 16, [7, 0, 0]));
        assert_eq!(filled(16, None), row(false, 16, [0, 0, 0]));
        for size in [0, 4, 7, 4097, u32::MAX] {
            assert_eq!(filled(size, Some(PAIR)), row(false, size, [RUBBISH; 3]));
        }
        // SAFETY: NULL.
        assert!(!unsafe { fill(core::ptr::null_mut(), Some(PAIR)) });
    }

    #[test]
    fn no_more_than_there_is_room_for() {
        let all = |size, count, values: usize| {
            let mut memory = [RUBBISH; 7];
            memory[0] = size;
            let values = core::iter::repeat_n(PAIR, values);
            // SAFETY: no size here that is accepted makes them longer than the memory.
            let written = unsafe { fill_all(memory.as_mut_ptr().cast(), count, values) };
            (written, memory)
        };
        assert_eq!(all(12, 2, 3), (2, [12, 7, 0, 12, 7, 0, RUBBISH]));
        assert_eq!(all(8, 3, 2), (2, [8, 7, 8, 7, RUBBISH, RUBBISH, RUBBISH]));
        assert_eq!(all(8, 3, 0).0, 0);
        assert_eq!(all(4, 3, 3).0, 0);
        for count in [0, 3] {
            let values = core::iter::once(PAIR);
            // SAFETY: NULL.
            let written = unsafe { fill_all(core::ptr::null_mut(), count, values) };
            assert_eq!(written, 0);
        }
    }
}
