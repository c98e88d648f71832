//! Encoders: into a buffer of the caller that ends at `outend`.

use core::ffi::{c_char, c_int, c_short};
use core::ptr;

use crate::abi::{AMFObject, AMFObjectProperty, AVal};
use crate::ffi::guard::guard;
use crate::proto::amf0::{self, Rewind};
use crate::proto::bytes::{Out, be24};
use crate::session::amf::encode;

/// A buffer of the caller. Bytes go through its pointer: C may look at them at any time.
struct OutBuf {
    start: *mut c_char,
    /// Where the next byte goes.
    at: *mut c_char,
    room: usize,
}

impl OutBuf {
    /// Runs `write` over the buffer: the position after the last byte, or NULL.
    ///
    /// # Safety
    /// `start` is NULL, or valid for writing up to `end`.
    unsafe fn run(
        start: *mut c_char,
        end: *mut c_char,
        write: impl FnOnce(&mut Self) -> Option<()>,
    ) -> *mut c_char {
        guard(ptr::null_mut(), || {
            let room = if start.is_null() {
                0
            } else {
                end.addr().saturating_sub(start.addr())
            };
            let at = start;
            let mut out = Self { start, at, room };
            match write(&mut out) {
                Some(()) => out.at,
                None => ptr::null_mut(),
            }
        })
    }
}

impl Out for OutBuf {
    fn room(&self) -> usize {
        self.room
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let left = self.room.checked_sub(bytes.len())?;
        // SAFETY: there is room, and `run` was promised that it may be written; an overlap is fine for `copy`.
        unsafe { ptr::copy(bytes.as_ptr(), self.at.cast(), bytes.len()) };
        self.at = self.at.wrapping_add(bytes.len());
        self.room = left;
        Some(())
    }
}

impl Rewind for OutBuf {
    fn written(&self) -> usize {
        self.at.addr().wrapping_sub(self.start.addr())
    }

    fn rewind(&mut self, written: usize) {
        let back = self.written().saturating_sub(written);
        self.at = self.at.wrapping_sub(back);
        self.room = self.room.saturating_add(back);
    }
}

/// Writes a string; one of more than 65535 bytes becomes a long string. Needs room for the length of the text plus 5
/// bytes. Returns the position after the last byte written, or NULL if there is not enough room; then nothing is
/// written.
///
/// # Safety
/// `output` is NULL or writable up to `outend`; `str` is NULL or points to a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeString(
    output: *mut c_char,
    outend: *mut c_char,
    str: *const AVal,
) -> *mut c_char {
    let encode = |out: &mut OutBuf| {
        // SAFETY: the caller's contract.
        let text = unsafe { str.as_ref() }?;
        amf0::put_string(out, text.bytes())
    };
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(output, outend, encode) }
}

/// Writes a number: 9 bytes. Returns the position after the last byte written, or NULL if there is not enough room;
/// then nothing is written.
///
/// # Safety
/// `output` is NULL or writable up to `outend`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeNumber(
    output: *mut c_char,
    outend: *mut c_char,
    dVal: f64,
) -> *mut c_char {
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(output, outend, |out| amf0::put_number(out, dVal)) }
}

/// Writes an integer of 2 bytes, without a type marker. Returns the position after it, or NULL if there is not enough
/// room.
///
/// # Safety
/// `output` is NULL or writable up to `outend`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeInt16(
    output: *mut c_char,
    outend: *mut c_char,
    nVal: c_short,
) -> *mut c_char {
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(output, outend, |out| out.put(&nVal.to_be_bytes())) }
}

/// Writes the low 24 bits of an integer, without a type marker. Returns the position after them, or NULL if there is
/// not enough room.
///
/// # Safety
/// `output` is NULL or writable up to `outend`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeInt24(
    output: *mut c_char,
    outend: *mut c_char,
    nVal: c_int,
) -> *mut c_char {
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(output, outend, |out| out.put(&be24(nVal.cast_unsigned()))) }
}

/// Writes an integer of 4 bytes, without a type marker. Returns the position after it, or NULL if there is not enough
/// room.
///
/// # Safety
/// `output` is NULL or writable up to `outend`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeInt32(
    output: *mut c_char,
    outend: *mut c_char,
    nVal: c_int,
) -> *mut c_char {
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(output, outend, |out| out.put(&nVal.to_be_bytes())) }
}

/// Writes a boolean, true unless bVal is 0: 2 bytes. Returns the position after the last byte written, or NULL if
/// there is not enough room; then nothing is written.
///
/// # Safety
/// `output` is NULL or writable up to `outend`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeBoolean(
    output: *mut c_char,
    outend: *mut c_char,
    bVal: c_int,
) -> *mut c_char {
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(output, outend, |out| amf0::put_boolean(out, bVal != 0)) }
}

/// Writes a name of at most 65535 bytes and a string, as inside an object. Returns the position after the last byte
/// written, or NULL if there is not enough room; then the name may have been written.
///
/// # Safety
/// `output` is NULL or writable up to `outend`; `name` and `value` are NULL or point to valid values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeNamedString(
    output: *mut c_char,
    outend: *mut c_char,
    name: *const AVal,
    value: *const AVal,
) -> *mut c_char {
    let encode = |out: &mut OutBuf| {
        // SAFETY: the caller's contract.
        let name = unsafe { name.as_ref() }?;
        // SAFETY: as above.
        let text = unsafe { value.as_ref() }?;
        amf0::put_named_string(out, name.bytes(), text.bytes())
    };
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(output, outend, encode) }
}

/// Writes a name and a number; see AMF_EncodeNamedString.
///
/// # Safety
/// `output` is NULL or writable up to `outend`; `name` is NULL or points to a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeNamedNumber(
    output: *mut c_char,
    outend: *mut c_char,
    name: *const AVal,
    dVal: f64,
) -> *mut c_char {
    let encode = |out: &mut OutBuf| {
        // SAFETY: the caller's contract.
        let name = unsafe { name.as_ref() }?;
        amf0::put_named_number(out, name.bytes(), dVal)
    };
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(output, outend, encode) }
}

/// Writes a name and a boolean; see AMF_EncodeNamedString.
///
/// # Safety
/// `output` is NULL or writable up to `outend`; `name` is NULL or points to a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeNamedBoolean(
    output: *mut c_char,
    outend: *mut c_char,
    name: *const AVal,
    bVal: c_int,
) -> *mut c_char {
    let encode = |out: &mut OutBuf| {
        // SAFETY: the caller's contract.
        let name = unsafe { name.as_ref() }?;
        amf0::put_named_boolean(out, name.bytes(), bVal != 0)
    };
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(output, outend, encode) }
}

/// Writes an object. A member that cannot be encoded ends it early. Returns the position after the last byte written,
/// or NULL if there is not enough room for the object's head and end.
///
/// # Safety
/// `obj` is NULL or points to a valid object; `pBuffer` is NULL or writable up to `pBufEnd`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_Encode(
    obj: *mut AMFObject,
    pBuffer: *mut c_char,
    pBufEnd: *mut c_char,
) -> *mut c_char {
    // SAFETY: the caller's contract.
    let encode = |out: &mut OutBuf| encode::object(out, unsafe { obj.as_ref() }?);
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(pBuffer, pBufEnd, encode) }
}

/// Writes an ECMA array; see AMF_Encode.
///
/// # Safety
/// `obj` is NULL or points to a valid object; `pBuffer` is NULL or writable up to `pBufEnd`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeEcmaArray(
    obj: *mut AMFObject,
    pBuffer: *mut c_char,
    pBufEnd: *mut c_char,
) -> *mut c_char {
    // SAFETY: the caller's contract.
    let encode = |out: &mut OutBuf| encode::ecma_array(out, unsafe { obj.as_ref() }?);
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(pBuffer, pBufEnd, encode) }
}

/// Writes a strict array; names of its elements are left out. See AMF_Encode.
///
/// # Safety
/// `obj` is NULL or points to a valid object; `pBuffer` is NULL or writable up to `pBufEnd`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMF_EncodeArray(
    obj: *mut AMFObject,
    pBuffer: *mut c_char,
    pBufEnd: *mut c_char,
) -> *mut c_char {
    // SAFETY: the caller's contract.
    let encode = |out: &mut OutBuf| encode::strict_array(out, unsafe { obj.as_ref() }?);
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(pBuffer, pBufEnd, encode) }
}

/// Writes a property: its name, unless that is empty, and its value. Numbers, booleans, strings, nulls, objects and
/// arrays can be written. Returns the position after the last byte written, or NULL if the type cannot be written or
/// there is not enough room; then the name may have been written.
///
/// # Safety
/// `prop` is NULL or points to a valid property; `pBuffer` is NULL or writable up to `pBufEnd`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AMFProp_Encode(
    prop: *mut AMFObjectProperty,
    pBuffer: *mut c_char,
    pBufEnd: *mut c_char,
) -> *mut c_char {
    // SAFETY: the caller's contract.
    let encode = |out: &mut OutBuf| encode::value(out, unsafe { prop.as_ref() }?);
    // SAFETY: the caller's contract.
    unsafe { OutBuf::run(pBuffer, pBufEnd, encode) }
}
