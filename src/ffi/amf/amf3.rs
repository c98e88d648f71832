//! Decoders of AMF3.

use core::ffi::{c_char, c_int};
use core::{ptr, slice};

use super::memory::{emptied, input, length, writable};
use crate::abi::{AMF3ClassDef, AMFObject, AMFObjectProperty, AVal};
use crate::ffi::guard;
use crate::session::amf::decode;

/// Decodes an AMF3 object into obj. If bDecodeName is not 0 the data begins with the marker byte of an object. What
/// obj held is forgotten, not released; texts point into the buffer. An object that is broken keeps what came before
/// and uses all data. Returns the number of bytes used, or -1 if the data ends before the object begins.
///
/// # Safety
/// `obj` is NULL or writable; `pBuffer` is NULL or valid for reading `nSize` bytes as long as `obj` is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF3_Decode(
    obj: *mut AMFObject,
    pBuffer: *const c_char,
    nSize: c_int,
    bDecodeName: c_int,
) -> c_int {
    guard(-1, || {
        // SAFETY: the caller's contract.
        let object = unsafe { emptied(obj) };
        // SAFETY: the caller's contract.
        let data = unsafe { input(pBuffer, nSize) };
        length(object.and_then(|object| decode::object3(object, &data, bDecodeName != 0)))
    })
}

/// Decodes one AMF3 value into prop; bDecodeName tells that it has a name. An empty name ends a list of members: only
/// its bytes are used and prop keeps its type. What prop held is forgotten, not released; texts point into the buffer.
/// Returns the number of bytes used, or -1 if the data is broken or the type is not supported.
///
/// # Safety
/// `prop` is NULL or writable; `pBuffer` is NULL or valid for reading `nSize` bytes as long as `prop` is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF3Prop_Decode(
    prop: *mut AMFObjectProperty,
    pBuffer: *const c_char,
    nSize: c_int,
    bDecodeName: c_int,
) -> c_int {
    guard(-1, || {
        // SAFETY: the caller's contract.
        let property = unsafe { writable(prop) };
        // SAFETY: the caller's contract.
        let data = unsafe { input(pBuffer, nSize) };
        length(property.and_then(|property| decode::property3(property, &data, bDecodeName != 0)))
    })
}

/// Reads an AMF3 integer of 1 to 4 bytes. Returns the number of bytes used.
///
/// # Safety
/// `data` is NULL or valid for reading the integer, which the first byte below 0x80 or the fourth byte ends; `valp` is
/// NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF3ReadInteger(data: *const c_char, valp: *mut i32) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let bytes = unsafe { integer_bytes(data) };
        let Some(value) = decode::integer3(bytes).filter(|_| !valp.is_null()) else {
            return 0;
        };
        // SAFETY: not NULL, and the caller's contract.
        unsafe { valp.write(value) };
        length(Some(bytes.len()))
    })
}

/// Reads an AMF3 text and points str at it; it is not terminated. A reference to another text gives NULL. Returns the
/// number of bytes used, which the caller must compare with the size of the data.
///
/// # Safety
/// `data` is NULL or valid for reading an integer, see AMF3ReadInteger; `str` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF3ReadString(data: *const c_char, str: *mut AVal) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let head = unsafe { integer_bytes(data) };
        if str.is_null() || head.is_empty() {
            return 0;
        }
        let (text, used) = match decode::text_length3(head) {
            Some(size) => {
                let start = data.wrapping_add(head.len()).cast_mut();
                // SAFETY: the text is used only after its end was compared with the data.
                (unsafe { AVal::from_raw(start, size) }, size)
            }
            None => (AVal::empty(), 0),
        };
        // SAFETY: not NULL, and the caller's contract.
        unsafe { str.write(text) };
        length(Some(head.len())).saturating_add(used)
    })
}

/// Appends a member name to a class description; the bytes stay the caller's.
///
/// # Safety
/// `cd` is NULL or points to a valid class description; `prop` is NULL or points to a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF3CD_AddProp(cd: *mut AMF3ClassDef, prop: *mut AVal) {
    guard((), || {
        // SAFETY: the caller's contract.
        let class = unsafe { cd.as_ref() };
        // SAFETY: the caller's contract.
        let name = unsafe { prop.as_ref() };
        if let (Some(class), Some(name)) = (class, name) {
            class.push(name);
        }
    });
}

/// The member name at index idx of a class description; if there is none, a shared empty value that must not be
/// written. Never NULL.
///
/// # Safety
/// `cd` is NULL or points to a valid class description.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF3CD_GetProp(cd: *mut AMF3ClassDef, idx: c_int) -> *mut AVal {
    let nothing = AMF3ClassDef::no_member();
    let found = guard(nothing, || {
        // SAFETY: the caller's contract.
        let class = unsafe { cd.as_ref() };
        let index = usize::try_from(idx).ok();
        index
            .and_then(|index| class?.members().get(index))
            .unwrap_or(nothing)
    });
    ptr::from_ref(found).cast_mut()
}

/// The bytes of the integer at `data`.
///
/// # Safety
/// `data` is NULL or valid for reading the integer.
unsafe fn integer_bytes<'a>(data: *const c_char) -> &'a [u8] {
    if data.is_null() {
        return &[];
    }
    let mut count = 1;
    // SAFETY: the bytes before the last one say that another follows.
    while count < 4 && unsafe { data.wrapping_add(count - 1).cast::<u8>().read() } >= 0x80 {
        count += 1;
    }
    // SAFETY: not NULL, and all these bytes belong to the integer.
    unsafe { slice::from_raw_parts(data.cast(), count) }
}
