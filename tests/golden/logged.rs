//! Log lines of the current thread.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Once;

use rtmp::ffi::log::{RTMP_LogCallback, RTMP_LogSetCallback, RTMP_LogSetLevel};

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

unsafe extern "C" {
    fn vsnprintf(into: *mut c_char, size: usize, format: *const c_char, args: *mut c_void)
    -> c_int;
}

/// Runs `work`: its result, and the lines that it logged, such as `4 (object begin)`.
pub(crate) fn logged<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        RTMP_LogSetLevel(6);
        let callback: extern "C" fn(c_int, *const c_char, *mut c_void) = keep;
        let callback = callback as *mut RTMP_LogCallback;
        // SAFETY: a function of the type that log.h declares; `va_list` is passed as one pointer on every target.
        unsafe { RTMP_LogSetCallback(callback) };
    });
    LINES.take();
    let result = work();
    (result, LINES.take())
}

extern "C" fn keep(level: c_int, format: *const c_char, args: *mut c_void) {
    let mut line = [0_u8; 2048];
    // SAFETY: format and arguments are those of the library's call; the size is that of the array.
    unsafe { vsnprintf(line.as_mut_ptr().cast(), line.len(), format, args) };
    let text = CStr::from_bytes_until_nul(&line).unwrap();
    let text = text.to_string_lossy();
    // Systems interrupt calls for reasons of their own.
    if text.starts_with("RTMPSockBuf_Fill, recv returned -1. GetSockError(): 4 ") {
        return;
    }
    // Addresses differ from run to run.
    let text = text.split("@0x").next().unwrap_or_default();
    LINES.with_borrow_mut(|lines| lines.push(format!("{level} {text}")));
}
