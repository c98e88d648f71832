//! Decoders of AMF0.

use core::ffi::{c_char, c_int, c_uint, c_ushort};
use core::ptr;

use super::memory::{emptied, input, length, writable};
use crate::abi::{AMFObject, AMFObjectProperty, AVal};
use crate::ffi::guard;
use crate::session::amf::decode;

/// Reads an unsigned integer of 2 bytes.
///
/// # Safety
/// `data` is NULL or valid for reading 2 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_DecodeInt16(data: *const c_char) -> c_ushort {
    guard(0, || {
        // SAFETY: the caller's contract.
        unsafe { array(data) }.map_or(0, u16::from_be_bytes)
    })
}

/// Reads an unsigned integer of 3 bytes.
///
/// # Safety
/// `data` is NULL or valid for reading 3 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_DecodeInt24(data: *const c_char) -> c_uint {
    guard(0, || {
        // SAFETY: the caller's contract.
        unsafe { array(data) }.map_or(0, |[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    })
}

/// Reads an unsigned integer of 4 bytes.
///
/// # Safety
/// `data` is NULL or valid for reading 4 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_DecodeInt32(data: *const c_char) -> c_uint {
    guard(0, || {
        // SAFETY: the caller's contract.
        unsafe { array(data) }.map_or(0, u32::from_be_bytes)
    })
}

/// Reads a length of 2 bytes and points str at the text behind it, which is not terminated. An empty text is NULL.
///
/// # Safety
/// `data` is NULL or valid for reading the length and the text; `str` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_DecodeString(data: *const c_char, str: *mut AVal) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(bytes) = unsafe { array(data) } {
            // SAFETY: the caller's contract.
            unsafe { point(str, data.wrapping_add(2), u16::from_be_bytes(bytes).into()) };
        }
    });
}

/// Reads a length of 4 bytes and points str at the text behind it, which is not terminated. An empty text is NULL;
/// so is one of 2 GiB and more, whose length becomes negative.
///
/// # Safety
/// `data` is NULL or valid for reading the length and the text; `str` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_DecodeLongString(data: *const c_char, str: *mut AVal) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(bytes) = unsafe { array(data) } {
            // SAFETY: the caller's contract.
            unsafe { point(str, data.wrapping_add(4), i32::from_be_bytes(bytes)) };
        }
    });
}

/// Reads a byte: 1 unless it is 0.
///
/// # Safety
/// `data` is NULL or valid for reading a byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_DecodeBoolean(data: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        unsafe { array(data) }.map_or(0, |[byte]| (byte != 0).into())
    })
}

/// Reads a number of 8 bytes.
///
/// # Safety
/// `data` is NULL or valid for reading 8 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_DecodeNumber(data: *const c_char) -> f64 {
    guard(0.0, || {
        // SAFETY: the caller's contract.
        unsafe { array(data) }.map_or(0.0, f64::from_be_bytes)
    })
}

/// Decodes values into obj up to an object end or the end of the data; bDecodeName tells that they have names. What
/// obj held is forgotten, not released. Names and texts point into the buffer and are not terminated. Containers may
/// be nested 256 levels deep. Returns the number of bytes used, or -1 if the data is broken; then obj holds what came
/// before. Release obj with AMF_Reset in both cases.
///
/// # Safety
/// `obj` is NULL or writable; `pBuffer` is NULL or valid for reading `nSize` bytes as long as `obj` is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_Decode(
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
        let missing = pBuffer.is_null() && nSize > 0;
        length(
            object
                .filter(|_| !missing)
                .and_then(|object| decode::sequence(object, &data, bDecodeName != 0)),
        )
    })
}

/// Decodes nArrayLen values into obj, which is treated as by AMF_Decode. Returns the number of bytes used, or -1 if
/// the data is broken or ends before.
///
/// # Safety
/// As for AMF_Decode.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_DecodeArray(
    obj: *mut AMFObject,
    pBuffer: *const c_char,
    nSize: c_int,
    nArrayLen: c_int,
    bDecodeName: c_int,
) -> c_int {
    guard(-1, || {
        // SAFETY: the caller's contract.
        let object = unsafe { emptied(obj) };
        // SAFETY: the caller's contract.
        let data = unsafe { input(pBuffer, nSize) };
        length(object.and_then(|object| decode::array(object, &data, nArrayLen, bDecodeName != 0)))
    })
}

/// Decodes one value into prop; bDecodeName tells that it has a name. What prop held is forgotten, not released. Texts
/// point into the buffer. Returns the number of bytes used, or -1 if the data is broken; then prop owns nothing.
///
/// # Safety
/// `prop` is NULL or writable; `pBuffer` is NULL or valid for reading `nSize` bytes as long as `prop` is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_Decode(
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
        length(property.and_then(|property| decode::property(property, &data, bDecodeName != 0)))
    })
}

/// The first `N` bytes.
///
/// # Safety
/// `data` is NULL or valid for reading `N` bytes.
unsafe fn array<const N: usize>(data: *const c_char) -> Option<[u8; N]> {
    // SAFETY: not NULL, and the caller's contract; bytes have no alignment.
    (!data.is_null()).then(|| unsafe { data.cast::<[u8; N]>().read() })
}

/// Stores a text in `into`, NULL unless the length is positive.
///
/// # Safety
/// `into` is NULL or writable; `start` is valid for reading `length` bytes.
unsafe fn point(into: *mut AVal, start: *const c_char, length: c_int) {
    if into.is_null() {
        return;
    }
    let start = if length > 0 {
        start.cast_mut()
    } else {
        ptr::null_mut()
    };
    // SAFETY: the caller's contract; nothing is read from NULL.
    let text = unsafe { AVal::from_raw(start, length) };
    // SAFETY: not NULL, and the caller's contract.
    unsafe { into.write(text) };
}
