//! Control messages and createStream (spec 04 §8, 05 §2).

use core::ffi::{c_int, c_short, c_uint};

use crate::abi::RTMP;
use crate::ffi::guard::guard;
use crate::session::{command, control};

/// Sends a user control message.
///
/// r: a connected handle.
/// nType: the event: 3 buffer length (nObject: stream id, nTime: ms), 7 pong (nObject: the ping's value), 0x1a SWF
/// verification request (nObject: version), 0x1b SWF verification response; any other carries nObject.
/// nObject, nTime: as above.
/// Returns TRUE when it was sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_SendCtrl(
    r: *mut RTMP,
    nType: c_short,
    nObject: c_uint,
    nTime: c_uint,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { RTMP::from_ptr(r) };
        handle
            .is_some_and(|r| control::user_control(r, nType, nObject, nTime))
            .into()
    })
}

/// Sends the window acknowledgement size m_nServerBW, bytes.
///
/// r: a connected handle.
/// Returns TRUE when it was sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_SendServerBW(r: *mut RTMP) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { RTMP::from_ptr(r) };
        handle.is_some_and(control::window_ack_size).into()
    })
}

/// Sends the peer bandwidth m_nClientBW, bytes, with the limit type m_nClientBW2.
///
/// r: a connected handle.
/// Returns TRUE when it was sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_SendClientBW(r: *mut RTMP) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { RTMP::from_ptr(r) };
        handle.is_some_and(control::peer_bandwidth).into()
    })
}

/// Tells the server the buffer time that RTMP_SetBufferMS stored.
///
/// r: a connected handle; NULL does nothing.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_UpdateBufferMS(r: *mut RTMP) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(r) = unsafe { RTMP::from_ptr(r) } {
            control::buffer_length(r);
        }
    });
}

/// Asks the server for a message stream. The reply is processed by the reading functions.
///
/// r: a connected handle.
/// Returns TRUE when the command was sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_SendCreateStream(r: *mut RTMP) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { RTMP::from_ptr(r) };
        handle.is_some_and(command::create_stream).into()
    })
}
