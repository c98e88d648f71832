//! The searches at any depth, which `rtmp.h` declares.

use core::ffi::c_int;

use crate::abi::{AMFObject, AMFObjectProperty, AVal};
use crate::ffi::guard;
use crate::session::amf;

/// How `session` searches.
type Search = for<'a> fn(&'a AMFObject, &[u8]) -> Option<&'a AMFObjectProperty>;

/// Looks for a property by name: depth first, in objects and ECMA arrays, not in strict arrays. If there is one,
/// copies it to p and returns 1; the copy shares everything with obj: do not release it. Otherwise returns 0.
///
/// # Safety
/// `obj` is NULL or points to a valid object, `name` is NULL or points to a valid value, `p` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_FindFirstMatchingProperty(
    obj: *mut AMFObject,
    name: *const AVal,
    p: *mut AMFObjectProperty,
) -> c_int {
    // SAFETY: the caller's contract.
    guard(0, || unsafe { find(amf::find_first, obj, name, p) })
}

/// Looks for a property whose name begins with this one and is longer: depth first, in objects only. Otherwise as
/// RTMP_FindFirstMatchingProperty.
///
/// # Safety
/// As for RTMP_FindFirstMatchingProperty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_FindPrefixProperty(
    obj: *mut AMFObject,
    name: *const AVal,
    p: *mut AMFObjectProperty,
) -> c_int {
    // SAFETY: the caller's contract.
    guard(0, || unsafe { find(amf::find_prefix, obj, name, p) })
}

/// # Safety
/// The contract of the two functions above.
unsafe fn find(
    search: Search,
    obj: *mut AMFObject,
    name: *const AVal,
    into: *mut AMFObjectProperty,
) -> c_int {
    // SAFETY: the caller's contract.
    let object = unsafe { obj.as_ref() };
    // SAFETY: the caller's contract.
    let name = unsafe { name.as_ref() };
    let (Some(object), Some(name), false) = (object, name, into.is_null()) else {
        return 0;
    };
    let Some(found) = search(object, name.bytes()) else {
        return 0;
    };
    // SAFETY: not NULL, and the caller's contract.
    unsafe { into.write(found.clone()) };
    1
}
