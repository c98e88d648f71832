//! The memory of the caller: what is decoded from, and where results go.

use core::ffi::{c_char, c_int};

use crate::abi::{AMFObject, AMFObjectProperty, AVal};

/// Bytes used as C wants them.
pub(super) fn length(used: Option<usize>) -> c_int {
    used.and_then(|used| c_int::try_from(used).ok())
        .unwrap_or(-1)
}

/// Data to decode. NULL and negative sizes are no data.
///
/// # Safety
/// `start` is NULL, or valid for reading `size` bytes for as long as what is decoded from them is used.
pub(super) unsafe fn input(start: *const c_char, size: c_int) -> AVal {
    // SAFETY: the caller's contract.
    unsafe { AVal::from_raw(start.cast_mut(), size.max(0)) }
}

/// An object of the caller that may be uninitialised, made empty.
///
/// # Safety
/// `object` is NULL or valid for writing.
pub(super) unsafe fn emptied<'a>(object: *mut AMFObject) -> Option<&'a AMFObject> {
    if object.is_null() {
        return None;
    }
    // SAFETY: not NULL, and the caller's contract.
    unsafe { object.write(AMFObject::empty()) };
    // SAFETY: just initialised.
    unsafe { object.as_ref() }
}

/// A property to write to; not the shared one that stands for "not found".
///
/// # Safety
/// `property` is NULL or points to a property.
pub(super) unsafe fn writable<'a>(
    property: *mut AMFObjectProperty,
) -> Option<&'a AMFObjectProperty> {
    // SAFETY: the caller's contract.
    unsafe { property.as_ref() }.filter(|property| !property.is_not_found())
}
