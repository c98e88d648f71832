//! Objects.

use core::ffi::c_int;
use core::ptr;

use crate::abi::{AMFObject, AMFObjectProperty, AVal};
use crate::ffi::guard;
use crate::session::amf;

/// Logs an object and all it contains at level RTMP_LOGDEBUG.
///
/// # Safety
/// `obj` is NULL or points to a valid object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_Dump(obj: *mut AMFObject) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(object) = unsafe { obj.as_ref() } {
            amf::dump(object);
        }
    });
}

/// Releases all properties of an object and the objects in them. The object is empty afterwards. The bytes of names
/// and texts are not touched.
///
/// # Safety
/// `obj` is NULL or points to a valid object, whose block of properties came from malloc.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_Reset(obj: *mut AMFObject) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(object) = unsafe { obj.as_ref() } {
            // SAFETY: pointers to its properties become invalid, as the C contract of a release says.
            unsafe { object.reset() };
        }
    });
}

/// Appends a copy of prop to obj: an object in it belongs to obj from now on, names and texts stay the caller's.
/// Pointers to properties of obj become invalid. Without memory obj stays as it is.
///
/// # Safety
/// `obj` is NULL or points to a valid object, whose block of properties came from malloc; `prop` is NULL or points to
/// a valid property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_AddProp(obj: *mut AMFObject, prop: *const AMFObjectProperty) {
    guard((), || {
        // SAFETY: the caller's contract.
        let object = unsafe { obj.as_ref() };
        // SAFETY: the caller's contract.
        let property = unsafe { prop.as_ref() };
        if let (Some(object), Some(property)) = (object, property) {
            object.push(property);
        }
    });
}

/// The number of properties of an object.
///
/// # Safety
/// `obj` is NULL or points to a valid object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_CountProp(obj: *mut AMFObject) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        unsafe { obj.as_ref() }.map_or(0, AMFObject::raw_len)
    })
}

/// The property at nIndex or, if that is negative, the first one with this name. If there is none, a shared property
/// without a value (see AMFProp_IsValid) that must not be written. Never NULL. The property stays the object's, and
/// stays where it is until the next AMF_AddProp or AMF_Reset.
///
/// # Safety
/// `obj` is NULL or points to a valid object; `name` is NULL or points to a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_GetProp(
    obj: *mut AMFObject,
    name: *const AVal,
    nIndex: c_int,
) -> *mut AMFObjectProperty {
    let nothing = AMFObjectProperty::not_found();
    let found = guard(nothing, || {
        // SAFETY: the caller's contract.
        let object = unsafe { obj.as_ref() };
        // SAFETY: the caller's contract.
        let name = unsafe { name.as_ref() };
        let found = object.and_then(|object| match usize::try_from(nIndex) {
            Ok(index) => object.properties().get(index),
            Err(_) => amf::by_name(object, name?.bytes()),
        });
        found.unwrap_or(nothing)
    });
    ptr::from_ref(found).cast_mut()
}
