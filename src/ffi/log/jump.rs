//! The variadic functions. Only C can write them, but a shared library of Rust code exports Rust symbols only: each is a jump
//! to the C function, which finds the arguments where the caller left them.
//!
//! Where Rust has no assembler `words` stands in for this (`build.rs`).

use core::arch::naked_asm;
use core::ffi::{c_char, c_int};

unsafe extern "C" {
    fn librtmp_rs_log(level: c_int, format: *const c_char, ...);
    fn librtmp_rs_log_printf(format: *const c_char, ...);
    fn librtmp_rs_log_status(format: *const c_char, ...);
}

/// The whole body of a variadic function: jumps to the C function that takes the same arguments.
macro_rules! jump_to {
    ($target:path) => {{
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        naked_asm!("jmp {target}", target = sym $target);
        #[cfg(any(target_arch = "arm", target_arch = "aarch64"))]
        naked_asm!("b {target}", target = sym $target);
        #[cfg(any(target_arch = "riscv32", target_arch = "riscv64"))]
        naked_asm!("tail {target}", target = sym $target);
        #[cfg(target_arch = "loongarch64")]
        naked_asm!("b %plt({target})", target = sym $target);
        #[cfg(target_arch = "s390x")]
        naked_asm!("jg {target}@PLT", target = sym $target);
    }};
}

/// Writes formatted text of the program to the output file, whatever callback is set, unless the level is
/// RTMP_LOGCRIT. Ends a status line first. At most 2046 characters; nothing is added.
///
/// # Safety
/// `format` is NULL or a printf format that fits the arguments.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub unsafe extern "C" fn RTMP_LogPrintf(format: *const c_char) {
    jump_to!(librtmp_rs_log_printf)
}

/// Like RTMP_LogPrintf, for a line that is written over and over, such as a progress counter: written at once, and
/// ended with a newline by the next message or RTMP_LogPrintf.
///
/// # Safety
/// `format` is NULL or a printf format that fits the arguments.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub unsafe extern "C" fn RTMP_LogStatus(format: *const c_char) {
    jump_to!(librtmp_rs_log_status)
}

/// Logs a message of the program: hands format and arguments to the callback, if the level is not above
/// RTMP_debuglevel.
///
/// # Safety
/// `format` is NULL or a printf format that fits the arguments.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub unsafe extern "C" fn RTMP_Log(level: c_int, format: *const c_char) {
    jump_to!(librtmp_rs_log)
}
