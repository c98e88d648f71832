//! Handles, and the functions that look at one field or set one (spec 02 §4).

use core::ffi::{CStr, c_char, c_int};
use core::ptr;

use super::tls;
use crate::abi::{RTMP, RTMP_ERROR, fill};
use crate::ffi::{guard, inside};
use crate::session::feature;
use crate::session::message::calls;
use crate::session::state::{door, last_error};
use crate::sys;

/// The version of the interface: RTMP_LIB_VERSION, 0x020300. It says nothing about the library's own version.
#[unsafe(no_mangle)]
pub extern "C" fn RTMP_LibVersion() -> c_int {
    0x02_03_00
}

/// Makes blocking calls give up when a signal interrupts them: sets RTMP_ctrlC to 1. May be called from a signal
/// handler. It stays so until the program sets RTMP_ctrlC to 0.
#[unsafe(no_mangle)]
pub extern "C" fn RTMP_UserInterrupt() {
    sys::interrupt();
}

/// Milliseconds since some moment in the past; wraps at 2^32. Only differences mean something.
#[unsafe(no_mangle)]
pub extern "C" fn RTMP_GetTime() -> u32 {
    guard(0, sys::ticks_ms)
}

/// Makes a handle. It must be initialised with RTMP_Init before anything else is done with it, and released with
/// RTMP_Free. NULL when there is no memory.
///
/// Programs may as well provide the memory themselves, anywhere, and only call RTMP_Init.
#[unsafe(no_mangle)]
pub extern "C" fn RTMP_Alloc() -> *mut RTMP {
    guard(ptr::null_mut(), || {
        let handle = RTMP::allocate();
        // SAFETY: NULL, or new memory whose zero bytes are a value of every field.
        if let Some(rtmp) = unsafe { RTMP::from_ptr(handle) } {
            // Closed before it is initialised, the handle must not close descriptor 0.
            rtmp.m_sb.sb_socket.set(-1);
        }
        handle
    })
}

/// Releases the memory of a handle from RTMP_Alloc, and nothing else: call RTMP_Close first. NULL is fine.
///
/// # Safety
/// `r` is NULL or from `RTMP_Alloc`, and nobody uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_Free(r: *mut RTMP) {
    // SAFETY: the caller's contract.
    guard((), || unsafe { RTMP::release(r) });
}

/// Why the handle's last connection failed, for people: the phase, and the reason of the system, of TLS, or of the server
/// (its code and description). What fails first counts; after RTMP_Cancel that is "PHASE: cancelled". A receive timeout,
/// behind which the connection goes on, counts until something worse happens.
///
/// r: a handle set up by RTMP_Init, closed or not.
/// Returns text that is valid until the next call with this handle; it survives RTMP_Close. Empty when nothing failed since
/// RTMP_Connect or RTMP_Connect0; NULL for NULL.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init, which no other thread uses just now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_LastError(r: *mut RTMP) -> *const c_char {
    guard(ptr::null(), || {
        // SAFETY: the caller's contract.
        let handle = unsafe { RTMP::from_ptr(r) };
        handle.map_or(ptr::null(), |r| last_error::last(r, CStr::as_ptr))
    })
}

/// Why the handle's last connection failed, for programs: the kind of failure, the phase that it came in, and what is known
/// besides. It is the reason that RTMP_LastError gives in words, and both change together: what fails first counts, a receive
/// timeout until something worse happens, and RTMP_Connect, RTMP_Connect0 and RTMP_Init forget it. It survives RTMP_Close, and
/// failing calls that close by themselves. A call that fails although the connection goes on (a message that there is no memory
/// for, or that cannot be said), or that the server has finished before it began, has a kind and no text. Going to another server
/// in vain (option reconnect=auto) has the kind of what failed there, and a text that begins with "reconnect: ".
///
/// r: a handle set up by RTMP_Init, connected or not.
/// error: filled; error->size says how long it is. What this library does not know of a longer one is zeroed.
/// Returns TRUE, also when nothing failed (RTMP_ERR_NONE); FALSE, and nothing is written, for NULL and for a size that is
/// shorter than the struct.
///
/// Any thread may call it at any moment, also while others connect, read, write or close; it waits for none of them. Signal
/// handlers may not.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init. `error` is NULL or has as many bytes as its size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_GetError(r: *mut RTMP, error: *mut RTMP_ERROR) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let Some(r) = (unsafe { RTMP::from_ptr(r) }) else {
            return 0;
        };
        // SAFETY: the caller's contract.
        unsafe { fill(error, Some(last_error::error(r))) }.into()
    })
}

/// Makes a fresh handle of any memory. What it held is neither read nor released: close a used handle first.
///
/// # Safety
/// `r` is NULL or points to writable memory for an `RTMP`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_Init(r: *mut RTMP) {
    guard((), || {
        tls::initialise();
        if !r.is_null() {
            // SAFETY: not NULL, and the caller's contract.
            door::forget(unsafe { RTMP::initialise(r) });
        }
    });
}

/// Prepares the handle for publishing. Call it between RTMP_SetupURL or RTMP_SetupStream, which undo it, and
/// RTMP_Connect.
///
/// # Safety
/// `r` is NULL or an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_EnableWrite(r: *mut RTMP) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(rtmp) = unsafe { RTMP::from_ptr(r) } {
            let protocol = rtmp.Link.protocol.get() | feature::WRITE;
            rtmp.Link.protocol.set(protocol);
        }
    });
}

/// Sets how many milliseconds of media the server may send ahead. On a connection that plays already, call
/// RTMP_UpdateBufferMS to tell the server.
///
/// # Safety
/// `r` is NULL or an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_SetBufferMS(r: *mut RTMP, size: c_int) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(rtmp) = unsafe { RTMP::from_ptr(r) } {
            rtmp.m_nBufferMS.set(size);
        }
    });
}

/// Not 0 while the handle has a socket.
///
/// # Safety
/// `r` is NULL or an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_IsConnected(r: *mut RTMP) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let rtmp = unsafe { RTMP::from_ptr(r) };
        rtmp.is_some_and(|rtmp| rtmp.m_sb.sb_socket.observe() != -1)
            .into()
    })
}

/// The socket, -1 when the handle has none. Programs may wait for it and set socket options; what was received ahead
/// is counted in m_sb.sb_size.
///
/// A program may make it non-blocking by itself (O_NONBLOCK). That nothing has come then is said as after a receive timeout, ends
/// nothing and loses nothing, also in the middle of a message, and the call is to be repeated when the socket is readable: RTMP_Read
/// gives 0 with m_read.status 0, RTMP_ReadPacket and RTMP_ConnectStream FALSE; RTMP_IsTimedout is TRUE. What cannot be
/// repeated waits as on any other socket, within its time limits: RTMP_Connect1, RTMP_Serve, RTMP_TLS_Accept, and all that sends,
/// answers to the server included. SO_RCVTIMEO and SO_SNDTIMEO of the program take the place of the library's limits: behind such a
/// timeout m_read.status is -1, and RTMP_Read goes on when the program has set it to 0. To never wait is what RTMP_SetNonBlocking
/// is for.
///
/// # Safety
/// `r` is NULL or an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_Socket(r: *mut RTMP) -> c_int {
    guard(-1, || {
        // SAFETY: the caller's contract.
        let rtmp = unsafe { RTMP::from_ptr(r) };
        rtmp.map_or(-1, |rtmp| rtmp.m_sb.sb_socket.observe())
    })
}

/// Not 0 when the last read ended because nothing came in time. RTMP_Close does not change it.
///
/// # Safety
/// `r` is NULL or an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_IsTimedout(r: *mut RTMP) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let rtmp = unsafe { RTMP::from_ptr(r) };
        rtmp.map_or(0, |rtmp| rtmp.m_sb.sb_timedout.get())
    })
}

/// The duration of the stream in seconds, 0 as long as no metadata said it.
///
/// # Safety
/// `r` is NULL or an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_GetDuration(r: *mut RTMP) -> f64 {
    guard(0.0, || {
        // SAFETY: the caller's contract.
        let rtmp = unsafe { RTMP::from_ptr(r) };
        rtmp.map_or(0.0, |rtmp| rtmp.m_fDuration.get())
    })
}

/// Forgets call i of those that wait for a reply; nothing happens when there is no such call. With freeit its name
/// is released, otherwise it becomes the caller's, who must have copied the pointer before and frees it with free().
///
/// # Safety
/// `r` is NULL or an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_DropRequest(r: *mut RTMP, i: c_int, freeit: c_int) {
    let Ok(index) = usize::try_from(i) else {
        return;
    };
    let drop_call = |r: &RTMP| calls::discard(r, index, freeit != 0);
    // SAFETY: the caller's contract.
    unsafe { inside(r, (), drop_call) };
}
