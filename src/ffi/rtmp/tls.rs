//! TLS (spec 02 §8.10). This release has none: the functions exist and fail cleanly.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use crate::abi::{Cell, RTMP};
use crate::ffi::guard::guard;
use crate::session::tls;

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

/// Loads certificate and key of a TLS server. This release has no TLS: it logs an error and returns NULL.
///
/// cert, key: names of PEM files.
/// Returns a context for RTMP_TLS_Accept, or NULL.
///
/// # Safety
/// Nothing is read in this release.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_TLS_AllocServerContext(
    cert: *const c_char,
    key: *const c_char,
) -> *mut c_void {
    let _ = (cert, key);
    guard(ptr::null_mut(), || {
        initialise();
        tls::unavailable("RTMP_TLS_AllocServerContext");
        ptr::null_mut()
    })
}

/// Frees what RTMP_TLS_AllocServerContext returned.
///
/// ctx: the context; NULL does nothing.
///
/// # Safety
/// `ctx` is NULL or from RTMP_TLS_AllocServerContext, which returns nothing else in this release.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_TLS_FreeServerContext(ctx: *mut c_void) {
    let _ = ctx;
}

/// Runs the TLS handshake as server. This release has no TLS: it logs an error and returns FALSE.
///
/// r: a handle with an accepted socket in m_sb.sb_socket.
/// ctx: from RTMP_TLS_AllocServerContext.
/// Returns TRUE or FALSE. The socket is not closed.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_TLS_Accept(r: *mut RTMP, ctx: *mut c_void) -> c_int {
    let _ = ctx;
    guard(0, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { RTMP::from_ptr(r) };
        handle.is_some_and(tls::accept).into()
    })
}
