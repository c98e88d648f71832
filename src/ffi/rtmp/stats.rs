//! How a connection goes (`RTMP_GetStats`).

use core::ffi::c_int;

use crate::abi::{RTMP, RTMP_STATS, fill};
use crate::ffi::inside_anyhow;
use crate::session::link::stats;

/// How the connection goes, in numbers. Any thread may ask at any moment; it never waits for one that reads, sends, connects
/// or is cancelled, and changes nothing. Not for signal handlers.
///
/// All numbers begin with RTMP_Connect or RTMP_Connect0, which set them to 0. Where one call goes on on another connection, for
/// a login or with the option reconnect=auto, sums and times go on, those of all its connections together; what one server
/// has not reported before that is missing in confirmed. Without a connection they are those of the last one. What the
/// system tells is about the socket of this moment; where it does not, as of a socket that is not of TCP, and without a
/// socket, it is RTMP_UNKNOWN. Numbers that belong together may be some
/// instructions apart. What a program sends or receives by the socket's number, or by RTMPSockBuf_Send and
/// RTMPSockBuf_Fill, need not be counted.
///
/// A live publisher watches unsent: bytes that the network has not taken yet. Divided by the rate of the stream they are
/// the delay that viewers have, and they grow at once when the network cannot keep up, where blocked_ms grows only when the
/// system's buffer (send_buffer) is full.
///
/// r: a handle set up by RTMP_Init, connected or not.
/// stats: begins with its size in the program. No more is written; what this library does not know of it becomes 0.
/// Returns TRUE; FALSE, and writes nothing, for NULL, for a size that is shorter than the first version of the struct,
/// and, with errno ENOTCONN, while another thread closes the handle, or a connection that it goes on without.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`, `stats` NULL or a struct whose first field says how long it is.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_GetStats(r: *mut RTMP, stats: *mut RTMP_STATS) -> c_int {
    let get = |r: &RTMP| {
        // SAFETY: the caller's contract.
        unsafe { fill(stats, Some(stats::now(r))) }
    };
    // SAFETY: the caller's contract.
    unsafe { inside_anyhow(r, 0, |r| get(r).into()) }
}
