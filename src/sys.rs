//! The few system calls that std and socket2 lack.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::env;
use std::ffi::OsString;

pub mod errno;
pub mod lock;
pub mod log;
pub mod names;
pub mod noise;
mod reserve;
pub mod socket;
pub mod thread;

unsafe extern "C" {
    /// Programs set it from signal handlers: it is read through its symbol, so that the copy in the program counts.
    safe static RTMP_ctrlC: AtomicI32;
}

/// True when the program or its user wants blocking calls to end (spec 02 §8.7).
pub fn interrupted() -> bool {
    RTMP_ctrlC.load(Relaxed) != 0
}

/// Makes blocking calls end that a signal interrupts.
pub fn interrupt() {
    RTMP_ctrlC.store(1, Relaxed);
}

/// Milliseconds since some moment in the past, in steps of one clock tick; wraps at 2^32 (spec 02 §4).
pub fn ticks_ms() -> u32 {
    let mut usage = MaybeUninit::<libc::tms>::uninit();
    // SAFETY: `times` fills the struct, which is not read.
    let ticks = i128::from(unsafe { libc::times(usage.as_mut_ptr()) });
    // SAFETY: any name may be asked for.
    let per_second = i128::from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).max(1);
    let [a, b, c, d, ..] = (ticks * 1000 / per_second).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// The value of a variable, in a program that runs with other rights than the user that started it (setuid and the like)
/// none: there the environment is a stranger's (`secure_getenv`).
pub fn env_var(name: &str) -> Option<OsString> {
    if is_privileged() {
        None
    } else {
        env::var_os(name)
    }
}

/// Whether the program has rights that the maker of the environment has not.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn is_privileged() -> bool {
    // SAFETY: any type of entry may be asked for.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Whether the program has rights that the maker of the environment has not.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn is_privileged() -> bool {
    unsafe extern "C" {
        /// The crate has it for some of the systems only.
        safe fn issetugid() -> core::ffi::c_int;
    }
    issetugid() != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks of a hundredth of a second, which all current systems have.
    fn ticks() -> u32 {
        let mut usage = MaybeUninit::<libc::tms>::uninit();
        // SAFETY: `times` fills the struct.
        let ticks = unsafe { libc::times(usage.as_mut_ptr()) };
        let [a, b, c, d, ..] = ticks.to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    #[test]
    fn a_tick_is_ten_milliseconds() {
        let before = ticks().wrapping_mul(10);
        let now = ticks_ms();
        let after = ticks().wrapping_mul(10);
        assert!(now.wrapping_sub(before) <= after.wrapping_sub(before));
    }
}
