//! TLS (spec 02 §8.10).

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::abi::private::Private;
use crate::abi::{Cell, RTMP};
use crate::ffi::{guard, guard_waiting, inside};
use crate::session::connect::session;
use crate::session::link::tls;
use crate::session::nonblocking::mode::may_wait;
use crate::session::state::failure::told;

/// Not NULL once TLS has been initialised. Programs see that it is set and nothing else.
#[unsafe(no_mangle)]
pub static RTMP_TLS_ctx: Cell<*mut c_void> = Cell::new(ptr::null_mut());

/// What `RTMP_TLS_ctx` points to.
static INITIALISED: u8 = 1;

/// Initialises TLS. RTMP_Init does it on first need.
///
/// # Safety
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_TLS_Init() {
    guard((), initialise);
}

/// Makes `RTMP_TLS_ctx` say that TLS is initialised.
pub(super) fn initialise() {
    RTMP_TLS_ctx.set((&raw const INITIALISED).cast_mut().cast());
}

/// Loads certificate and key of a TLS server.
///
/// cert, key: names of PEM files: the certificate, then those between it and the CA's, if any; the private key.
/// Returns a context for any number of calls of RTMP_TLS_Accept, or NULL when a file cannot be used; an error line says
/// why.
///
/// # Safety
/// `cert` and `key` are NULL or end with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_TLS_AllocServerContext(
    cert: *const c_char,
    key: *const c_char,
) -> *mut c_void {
    guard_waiting(ptr::null_mut(), || {
        initialise();
        // SAFETY: the caller's contract.
        let (cert, key) = (unsafe { path(cert) }, unsafe { path(key) });
        cert.zip(key)
            .and_then(|(cert, key)| tls::server(cert, key))
            .map_or(ptr::null_mut(), |server| Private::new(server).into_raw())
    })
}

/// The file of that name; `None` for NULL.
///
/// # Safety
/// `name` is NULL or ends with a NUL.
unsafe fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: not NULL, and the caller's contract.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}

/// Frees what RTMP_TLS_AllocServerContext returned. Sessions that were accepted with it go on.
///
/// ctx: the context; NULL does nothing.
///
/// # Safety
/// `ctx` is NULL or from RTMP_TLS_AllocServerContext, and not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_TLS_FreeServerContext(ctx: *mut c_void) {
    // SAFETY: the caller's contract.
    guard((), || unsafe { Private::<tls::Server>::release(ctx) });
}

/// Runs the TLS handshake as server. Link.timeout (seconds) bounds it, a receive timeout of the socket each step.
/// RTMP_Cancel and RTMP_Close from another thread end it; RTMP_LastError says why there is no session.
///
/// r: a handle with an accepted socket in m_sb.sb_socket. One that the program has made non-blocking is waited for, too.
/// ctx: from RTMP_TLS_AllocServerContext.
/// Returns TRUE or FALSE. The socket is not closed: call RTMP_Close.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init; `ctx` is NULL or from RTMP_TLS_AllocServerContext.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_TLS_Accept(r: *mut RTMP, ctx: *mut c_void) -> c_int {
    let accept = |r: &RTMP| {
        // SAFETY: the caller's contract.
        let server = unsafe { Private::<tls::Server>::from_raw(ctx) };
        server.is_some_and(|server| told(session::accept_tls(r, &server)))
    };
    // SAFETY: the caller's contract.
    unsafe { inside(r, 0, |r| (told(may_wait(r)) && accept(r)).into()) }
}
