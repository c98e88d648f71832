//! The buffered socket on its own (spec 02 §8.7).

use core::ffi::{c_char, c_int};
use core::slice;

use crate::abi::RTMPSockBuf;
use crate::ffi::{guard_surviving, guard_waiting};
use crate::session::link::{readiness, wire};
use crate::session::message::close;

/// Receives once into the buffer, behind what is there.
///
/// sb: a socket with its buffer. Whose it is is not known here: no other thread may close it meanwhile, by RTMP_Close either.
/// Returns the number of bytes added; 0 at the end of the stream, when the buffer is full, and after a receive timeout
/// (sb_timedout is 1 then); -1 on other failures, with errno set.
///
/// # Safety
/// `sb` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMPSockBuf_Fill(sb: *mut RTMPSockBuf) -> c_int {
    guard_waiting(-1, || {
        // SAFETY: the caller's contract.
        let sb = unsafe { sb.as_ref() };
        sb.map_or(-1, readiness::fill_once)
    })
}

/// Sends once.
///
/// sb: a socket with its buffer, as for RTMPSockBuf_Fill.
/// buf, len: the bytes.
/// Returns the number of bytes that the socket took, or -1 with errno set. No signal is raised.
///
/// # Safety
/// `sb` is NULL or valid; `buf` is NULL or has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMPSockBuf_Send(
    sb: *mut RTMPSockBuf,
    buf: *const c_char,
    len: c_int,
) -> c_int {
    guard_waiting(-1, || {
        // SAFETY: the caller's contract.
        let sb = unsafe { sb.as_ref() };
        let (Some(sb), Ok(len), false) = (sb, usize::try_from(len), buf.is_null()) else {
            return -1;
        };
        // SAFETY: not NULL, and valid for `len` bytes.
        wire::send_once(sb, unsafe { slice::from_raw_parts(buf.cast(), len) })
    })
}

/// Closes the socket. sb_socket keeps its value. What was sent and not taken by the peer has as much time as in RTMP_Close.
///
/// sb: a socket with its buffer.
/// Returns what close(2) returned; 0 when there is no socket.
///
/// # Safety
/// `sb` is NULL or valid; nobody uses its socket any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMPSockBuf_Close(sb: *mut RTMPSockBuf) -> c_int {
    guard_surviving(-1, || {
        // SAFETY: the caller's contract.
        let sb = unsafe { sb.as_ref() };
        sb.map_or(-1, close::close_socket)
    })
}
