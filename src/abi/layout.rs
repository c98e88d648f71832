//! The layout of what C sees, asserted field by field at compile time (spec 01 §3).
//!
//! `capi-tests/abi/layout.c` prints the same tables through the C headers.

/// Asserts size, alignment and the offset of every field.
macro_rules! layout {
    ($name:ident, $size:literal, $align:literal, { $($field:ident: $offset:literal),* $(,)? }) => {
        const _: () = {
            assert!(size_of::<$name>() == $size);
            assert!(align_of::<$name>() == $align);
            $(assert!(core::mem::offset_of!($name, $field) == $offset);)*
        };
    };
}

/// Machines with pointers of 64 bits: they agree.
#[cfg(target_pointer_width = "64")]
mod wide;

/// Those with pointers of 32 bits differ in where a `double` may begin. The 68000 family aligns nothing to more than 2 bytes.
#[cfg(all(target_pointer_width = "32", not(target_arch = "m68k")))]
mod narrow;
