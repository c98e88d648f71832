//! Properties.

use core::ffi::c_int;

use super::memory::writable;
use crate::abi::{AMFDataType, AMFObject, AMFObjectProperty, AVal};
use crate::ffi::guard;
use crate::session::amf;

/// The type of a property.
///
/// # Safety
/// `prop` is NULL or points to a valid property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_GetType(prop: *mut AMFObjectProperty) -> AMFDataType {
    guard(AMFObjectProperty::INVALID, || {
        // SAFETY: the caller's contract.
        unsafe { prop.as_ref() }
            .map_or(AMFObjectProperty::INVALID, |property| property.p_type.get())
    })
}

/// Makes a property a number. The value before is forgotten, not released.
///
/// # Safety
/// `prop` is NULL or points to a property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_SetNumber(prop: *mut AMFObjectProperty, dval: f64) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(property) = unsafe { writable(prop) } {
            property.p_type.set(AMFObjectProperty::NUMBER);
            property.set_number(dval);
        }
    });
}

/// Makes a property a boolean, true unless bflag is 0. The value before is forgotten, not released.
///
/// # Safety
/// `prop` is NULL or points to a property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_SetBoolean(prop: *mut AMFObjectProperty, bflag: c_int) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(property) = unsafe { writable(prop) } {
            property.p_type.set(AMFObjectProperty::BOOLEAN);
            property.set_number(f64::from(bflag != 0));
        }
    });
}

/// Makes a property a string whose bytes stay the caller's. The value before is forgotten, not released.
///
/// # Safety
/// `prop` is NULL or points to a property; `str` is NULL or points to a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_SetString(prop: *mut AMFObjectProperty, str: *mut AVal) {
    guard((), || {
        // SAFETY: the caller's contract.
        let property = unsafe { writable(prop) };
        // SAFETY: the caller's contract.
        let text = unsafe { str.as_ref() };
        if let (Some(property), Some(text)) = (property, text) {
            property.p_type.set(AMFObjectProperty::STRING);
            property.set_text(text);
        }
    });
}

/// Makes a property an object: the properties of obj belong to prop from now on. The value before is forgotten, not
/// released.
///
/// # Safety
/// `prop` is NULL or points to a property; `obj` is NULL or points to a valid object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_SetObject(prop: *mut AMFObjectProperty, obj: *mut AMFObject) {
    guard((), || {
        // SAFETY: the caller's contract.
        let property = unsafe { writable(prop) };
        // SAFETY: the caller's contract.
        let object = unsafe { obj.as_ref() };
        if let (Some(property), Some(object)) = (property, object) {
            property.p_type.set(AMFObjectProperty::OBJECT);
            property.set_object(object);
        }
    });
}

/// Stores the name of a property; the bytes are shared.
///
/// # Safety
/// `prop` is NULL or points to a valid property; `name` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_GetName(prop: *mut AMFObjectProperty, name: *mut AVal) {
    guard((), || {
        // SAFETY: the caller's contract.
        let property = unsafe { prop.as_ref() };
        let value = property.map_or_else(AVal::empty, |property| property.p_name.clone());
        // SAFETY: the caller's contract.
        unsafe { store(name, value) };
    });
}

/// Names a property; the bytes stay the caller's.
///
/// # Safety
/// `prop` is NULL or points to a property; `name` is NULL or points to a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_SetName(prop: *mut AMFObjectProperty, name: *mut AVal) {
    guard((), || {
        // SAFETY: the caller's contract.
        let property = unsafe { writable(prop) };
        // SAFETY: the caller's contract.
        let name = unsafe { name.as_ref() };
        if let (Some(property), Some(name)) = (property, name) {
            property.p_name.set(name);
        }
    });
}

/// The number of a number, boolean or date. For other types the result means nothing; 0 if there is no value.
///
/// # Safety
/// `prop` is NULL or points to a valid property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_GetNumber(prop: *mut AMFObjectProperty) -> f64 {
    guard(0.0, || {
        // SAFETY: the caller's contract.
        unsafe { prop.as_ref() }.map_or(0.0, AMFObjectProperty::number)
    })
}

/// 1 if the number of a property is not 0; see AMFProp_GetNumber.
///
/// # Safety
/// `prop` is NULL or points to a valid property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_GetBoolean(prop: *mut AMFObjectProperty) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let property = unsafe { prop.as_ref() };
        property.map_or(0, |property| (property.number() != 0.0).into())
    })
}

/// Stores the text of a string, NULL for all other types; the bytes are shared.
///
/// # Safety
/// `prop` is NULL or points to a valid property; `str` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_GetString(prop: *mut AMFObjectProperty, str: *mut AVal) {
    guard((), || {
        // SAFETY: the caller's contract.
        let property = unsafe { prop.as_ref() };
        // SAFETY: the caller's contract.
        unsafe { store(str, property.map_or_else(AVal::empty, amf::text_of)) };
    });
}

/// Stores the members of an object, an empty object for all other types. They are shared: do not release them.
///
/// # Safety
/// `prop` is NULL or points to a valid property; `obj` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_GetObject(prop: *mut AMFObjectProperty, obj: *mut AMFObject) {
    guard((), || {
        // SAFETY: the caller's contract.
        let property = unsafe { prop.as_ref() };
        let object = property.map_or_else(AMFObject::empty, amf::object_of);
        // SAFETY: the caller's contract.
        unsafe { store(obj, object) };
    });
}

/// 1 if the property has a value, 0 if not.
///
/// # Safety
/// `prop` is NULL or points to a valid property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_IsValid(prop: *mut AMFObjectProperty) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let property = unsafe { prop.as_ref() };
        property.map_or(0, |property| {
            (property.p_type.get() != AMFObjectProperty::INVALID).into()
        })
    })
}

/// Logs a property and all it contains at level RTMP_LOGDEBUG.
///
/// # Safety
/// `prop` is NULL or points to a valid property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_Dump(prop: *mut AMFObjectProperty) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(property) = unsafe { prop.as_ref() } {
            amf::dump_property(property);
        }
    });
}

/// Releases what the value of a property owns. It has no value afterwards; its name stays.
///
/// # Safety
/// `prop` is NULL or points to a valid property, whose members, if it has any, came from malloc.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_Reset(prop: *mut AMFObjectProperty) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(property) = unsafe { writable(prop) } {
            // SAFETY: as for `AMF_Reset`.
            unsafe { property.reset() };
        }
    });
}

/// # Safety
/// `place` is NULL or writable.
unsafe fn store<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: not NULL, and the caller's contract.
        unsafe { place.write(value) };
    }
}
