//! A resolver that never answers for some names.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::thread;

type Resolver =
    unsafe extern "C" fn(*const c_char, *const c_char, *const c_void, *mut *mut c_void) -> c_int;

/// Takes the place of the C library's, which it asks for all names but `never.example`.
#[unsafe(no_mangle)]
unsafe extern "C" fn getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const c_void,
    found: *mut *mut c_void,
) -> c_int {
    // SAFETY: a name with a NUL, or NULL.
    let is_never = !node.is_null() && unsafe { CStr::from_ptr(node) } == c"never.example";
    if is_never {
        loop {
            thread::park();
        }
    }
    // SAFETY: a name with a NUL.
    let next = unsafe { libc::dlsym(libc::RTLD_NEXT, c"getaddrinfo".as_ptr()) };
    assert!(!next.is_null());
    // SAFETY: the C library's function of that name.
    let next = unsafe { std::mem::transmute::<*mut c_void, Resolver>(next) };
    // SAFETY: the caller's contract.
    unsafe { next(node, service, hints, found) }
}
