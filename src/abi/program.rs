//! Calling functions of the program.

use core::ffi::c_void;

/// A function of the program that takes four words.
pub(super) type Function = unsafe extern "C" fn(*mut c_void, usize, usize, *mut c_void) -> usize;

unsafe extern "C" {
    /// Calls such a function. An exception that leaves it ends there (src/ffi/callback.c).
    pub(super) fn librtmp_rs_call(
        function: Function,
        a: *mut c_void,
        b: usize,
        c: usize,
        d: *mut c_void,
    ) -> usize;
}
