//! The environment, as far as it may be believed.

use std::env;
use std::ffi::OsString;

/// The value of a variable, in a program that runs with other rights than whoever started it (setuid and the like) none:
/// there the environment is a stranger's (`secure_getenv`).
pub fn variable(name: &str) -> Option<OsString> {
    if is_of_a_stranger() {
        None
    } else {
        env::var_os(name)
    }
}

/// Whether the program has rights that whoever made the environment has not.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn is_of_a_stranger() -> bool {
    // SAFETY: any type of entry may be asked for.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Whether the program has rights that whoever made the environment has not.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn is_of_a_stranger() -> bool {
    // SAFETY: nothing is needed.
    unsafe { libc::issetugid() != 0 }
}
