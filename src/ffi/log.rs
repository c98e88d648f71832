//! `log.h` (spec 03 part 3). What needs `va_list` or stdio is in `log.c`.

#[cfg(not(librtmp_words))]
mod jump;
#[cfg(librtmp_words)]
mod words;

use core::ffi::{c_int, c_uint, c_ulong};
use core::slice;

use libc::FILE;

use super::guard;
use crate::abi::Cell;
use crate::sys::log::{self, Level};

#[cfg(not(librtmp_words))]
pub use jump::*;
#[cfg(librtmp_words)]
pub use words::*;

/// Importance of a message as C stores it (`enum RTMP_LogLevel`); any number may come.
#[expect(non_camel_case_types, reason = "the name is librtmp's")]
pub type RTMP_LogLevel = c_uint;

/// A function of the program that takes log messages. Rust only passes its address on: a `va_list` is C's own.
#[repr(C)]
pub struct RTMP_LogCallback {
    _function: [u8; 0],
}

/// Messages up to this level are logged; RTMP_LOGERROR at the start. Programs may assign it at any time.
#[unsafe(no_mangle)]
pub static RTMP_debuglevel: Cell<RTMP_LogLevel> = Cell::new(Level::Error as RTMP_LogLevel);

unsafe extern "C" {
    fn librtmp_rs_log_set_callback(callback: *mut RTMP_LogCallback);
    fn librtmp_rs_log_set_output(file: *mut FILE);
}

/// Sets the function that receives log messages, in place of the one that writes them to the output file. It runs
/// on the thread that logs, perhaps inside any function of this library, and may call any function, also on the handle that
/// is being worked with; it may not free that one. The thread cannot be cancelled meanwhile.
/// NULL restores the default.
///
/// An exception of C++ ends where the library called the function, as if it had returned (on x86-64 with ELF; elsewhere it
/// ends the program). In RTMP_Log, called by the program, it reaches the caller. The function may not end its thread by
/// pthread_exit, nor leave by longjmp.
///
/// # Safety
/// `cb` is NULL or a function that may be called from any thread until it is replaced.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_LogSetCallback(cb: *mut RTMP_LogCallback) {
    guard((), || {
        // SAFETY: the caller's contract is that of the C function.
        unsafe { librtmp_rs_log_set_callback(cb) };
    });
}

/// Sets the file for messages, RTMP_LogPrintf and RTMP_LogStatus; NULL is stderr, the default. The file stays the
/// caller's, who closes it after having set another one.
///
/// # Safety
/// `file` is NULL or open until it is replaced.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_LogSetOutput(file: *mut FILE) {
    guard((), || {
        // SAFETY: the caller's contract is that of the C function.
        unsafe { librtmp_rs_log_set_output(file) };
    });
}

/// Logs bytes in hexadecimal, 16 in a message.
///
/// # Safety
/// `data` is NULL or valid for reading `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_LogHex(level: c_int, data: *const u8, len: c_ulong) {
    guard((), || {
        // SAFETY: the caller's contract.
        let bytes = unsafe { slice_or_none(data, len) };
        if let (Some(level), Some(bytes)) = (wanted(level), bytes) {
            log::hex(level, bytes);
        }
    });
}

/// Logs bytes in hexadecimal and as text, 16 in a message, with their offset.
///
/// # Safety
/// `data` is NULL or valid for reading `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_LogHexString(level: c_int, data: *const u8, len: c_ulong) {
    guard((), || {
        // SAFETY: the caller's contract.
        let bytes = unsafe { slice_or_none(data, len) };
        if let (Some(level), Some(bytes)) = (wanted(level), bytes) {
            log::hex_string(level, bytes);
        }
    });
}

/// Sets RTMP_debuglevel.
#[unsafe(no_mangle)]
pub extern "C" fn RTMP_LogSetLevel(lvl: RTMP_LogLevel) {
    RTMP_debuglevel.set(lvl);
}

/// Returns RTMP_debuglevel.
#[unsafe(no_mangle)]
pub extern "C" fn RTMP_LogGetLevel() -> RTMP_LogLevel {
    RTMP_debuglevel.get()
}

/// The level of a dump that is to be logged. Levels without a name count as the last one.
fn wanted(level: c_int) -> Option<Level> {
    let level = level.cast_unsigned();
    let named = match level {
        0 => Level::Crit,
        1 => Level::Error,
        2 => Level::Warning,
        3 => Level::Info,
        4 => Level::Debug,
        5 => Level::Debug2,
        _ => Level::All,
    };
    (level <= RTMP_debuglevel.get()).then_some(named)
}

/// # Safety
/// `data` is NULL or valid for reading `len` bytes for `'a`.
unsafe fn slice_or_none<'a>(data: *const u8, len: c_ulong) -> Option<&'a [u8]> {
    let len = usize::try_from(len).ok()?;
    // SAFETY: not NULL, and the caller's promise.
    (!data.is_null()).then(|| unsafe { slice::from_raw_parts(data, len) })
}
