//! Control messages and createStream (spec 04 §8, 05 §2).

use core::ffi::{c_int, c_short, c_uint};

use crate::abi::RTMP;
use crate::ffi::verb;
use crate::session::dialogue::{command, control};
use crate::session::message::claim;

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
pub unsafe extern "C-unwind" fn RTMP_SendCtrl(
    r: *mut RTMP,
    nType: c_short,
    nObject: c_uint,
    nTime: c_uint,
) -> c_int {
    // SAFETY: the caller's contract.
    unsafe {
        verb(r, |r| {
            claim::saying(r, |cx| control::user_control(cx, nType, nObject, nTime))
        })
    }
}

/// Sends the window acknowledgement size m_nServerBW, bytes.
///
/// r: a connected handle.
/// Returns TRUE when it was sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_SendServerBW(r: *mut RTMP) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { verb(r, |r| claim::saying(r, control::window_ack_size)) }
}

/// Sends the peer bandwidth m_nClientBW, bytes, with the limit type m_nClientBW2.
///
/// r: a connected handle.
/// Returns TRUE when it was sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_SendClientBW(r: *mut RTMP) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { verb(r, |r| claim::saying(r, control::peer_bandwidth)) }
}

/// Tells the server the buffer time that RTMP_SetBufferMS stored.
///
/// r: a connected handle; NULL does nothing.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_UpdateBufferMS(r: *mut RTMP) {
    // SAFETY: the caller's contract.
    unsafe { verb(r, |r| claim::saying(r, control::buffer_length)) };
}

/// Asks the server for a message stream. The reply is processed by the reading functions.
///
/// r: a connected handle.
/// Returns TRUE when the command was sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_SendCreateStream(r: *mut RTMP) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { verb(r, |r| claim::saying(r, command::create_stream)) }
}
