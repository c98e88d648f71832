//! Calls that do not wait.

use core::ffi::{c_int, c_uint};

use crate::abi::{RTMP, RTMP_AGAIN, RTMP_WANT, RTMPPacket, fill};
use crate::ffi::{inside_anyhow, inside_at_start};
use crate::session::nonblocking::{drive, finish, mode, start, want};
use crate::session::state::failure::told;

/// Makes the calls on a handle never wait, or makes them wait again. For programs with one loop for many connections: RTMP_Want
/// says what to poll, RTMP_Drive goes on.
///
/// Then RTMP_Read, RTMP_ReadPacket and RTMP_GetNextMediaPacket give what has come, and else RTMP_AGAIN, or FALSE with errno
/// EAGAIN. RTMP_Write, RTMP_SendPacket and all others that send take a message as a whole into a queue, or, when that is full,
/// nothing of it: RTMP_AGAIN, or FALSE with errno EAGAIN. What was taken is copied, and is sent as soon as the socket takes it, by
/// these calls and by RTMP_Drive. What the server gets is what it gets from calls that wait, byte by byte. RTMP_Connect,
/// RTMP_Connect0, RTMP_Connect1, RTMP_ConnectStream, RTMP_ReconnectStream, RTMP_ToggleStream, RTMP_Serve and RTMP_TLS_Accept
/// fail with errno EBUSY: RTMP_Start connects. RTMP_Close says goodbye as far as the socket takes it, and throws away what is
/// queued; see RTMP_Finish. The time limits of the handle hold too, see RTMP_Drive. A server that asks to reconnect is not
/// followed, also with reconnect=auto: RTMP_GetReconnectRequest tells the program.
///
/// One thread drives and reads; another may write; RTMP_Cancel may come from anywhere.
///
/// r: a handle set up by RTMP_Init, before it connects or with a connection. What is said holds for later connections too, until
/// RTMP_Init.
/// on: 0: calls wait, as those of a handle of which nothing was said.
/// limit: bytes that the queue holds, 0: 4 MiB. A message that is longer is taken when the queue is empty. What the library
/// itself has to say, such as answers to pings, may go beyond it by 64 KiB, and by what is owed for what has been read by then;
/// nothing more is read until there is room.
/// Returns TRUE. FALSE for RTMPT, whose calls always wait (errno EOPNOTSUPP), while RTMP_Start is at work (EBUSY), and when calls
/// are to wait again while something is queued (EAGAIN).
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_SetNonBlocking(
    r: *mut RTMP,
    on: c_int,
    limit: c_uint,
) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { inside_anyhow(r, 0, |r| told(mode::set(r, on != 0, limit)).into()) }
}

/// RTMP_Connect and RTMP_ConnectStream, without waiting for them. A thread of the library's own runs them, in which the log
/// callback may be called; RTMP_Drive tells when it is done. Until then every other call on the handle says that there is
/// nothing to do now (RTMP_AGAIN, or failure with errno EAGAIN), except RTMP_Cancel, RTMP_GetError, RTMP_GetStats and
/// RTMP_GetReconnectRequest, and RTMP_Close, which waits for the thread.
/// A program that must not wait there either cancels, and drives until that says -1.
///
/// A child of fork does not have the thread: there RTMP_Drive says -1 (ENOTCONN), and RTMP_Close closes descriptors, without
/// waiting. The parent's connection goes on.
///
/// r: a handle set up by RTMP_SetupURL or RTMP_SetupStream, whose strings stay valid until RTMP_Drive says that it is done. If
/// RTMP_SetNonBlocking was not called, this does so, with the usual limit.
/// cp: sent instead of the connect command; usually NULL. Copied.
/// seekTime: as for RTMP_ConnectStream.
/// Returns TRUE when that is under way, FALSE when it cannot be: without a host (errno EINVAL), for RTMPT (EOPNOTSUPP), while an
/// earlier one is at work (EBUSY), and without memory or a thread. RTMP_Close has to follow before the handle may be freed.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init` that lives until `RTMP_Close` has returned; `cp` is NULL or a valid packet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Start(
    r: *mut RTMP,
    cp: *mut RTMPPacket,
    seekTime: c_int,
) -> c_int {
    let begin = |_: &RTMP| {
        // SAFETY: the handle lives until its close, which waits for the thread that gets this.
        let handle: Option<&'static RTMP> = unsafe { RTMP::from_ptr(r) };
        // SAFETY: the caller's contract.
        let packet = unsafe { cp.as_ref() };
        handle.is_some_and(|handle| told(start::start(handle, packet, seekTime)))
    };
    // SAFETY: the caller's contract.
    unsafe { inside_anyhow(r, 0, |r| begin(r).into()) }
}

/// Goes on with a connection whose calls do not wait, as far as it can: sends what is queued and, as long as the program does not
/// read by itself, serves what the server says. Where something is played that ends with the first media: from there on
/// RTMP_Read serves it too. Behind RTMP_Serve everything is left to the program.
///
/// Time limits are met here: connectTimeout and receiveTimeout until the stream is accepted, then sendTimeout for a server that
/// takes nothing of what is queued, which ends the connection, and receiveTimeout for one that is silent while it is read from,
/// which does not. RTMP_IsTimedout tells that it was one of these.
///
/// r: a handle with which RTMP_Start was called, or a connection for which RTMP_SetNonBlocking was.
/// Returns 1 when media may flow (m_bPlaying), RTMP_AGAIN when not yet, 0 when the stream has ended in order or when all of
/// RTMP_Finish has been sent, and -1 when the connection has failed: errno, RTMP_LastError and RTMP_GetError say why. RTMP_Close follows.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Drive(r: *mut RTMP) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { inside_at_start(r, -1, |_| RTMP_AGAIN, drive::drive) }
}

/// What to poll before the next RTMP_Drive, RTMP_Read or RTMP_Write, and how long.
///
/// fd: the socket. Until RTMP_Drive has told the end of RTMP_Start it is a pipe of the library's, which is only to be
/// polled; -1 without either. It may change with each call.
/// events: POLLIN, and POLLOUT while something is queued. 0, with a timeout of 0, when there is something to do at once.
/// timeout: ms, rounded up; -1: for ever. When it is over RTMP_Drive is to be called.
///
/// r: as for RTMP_Drive, in the thread that drives.
/// Returns TRUE; FALSE, and writes nothing, for NULL, for a struct that is shorter than this one, and, with errno ENOTCONN, while
/// another thread of the program ends the connection.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`; `want` is NULL or a struct whose first field says how long it is.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Want(r: *mut RTMP, want: *mut RTMP_WANT) -> c_int {
    // SAFETY: the caller's contract.
    let put = |value| unsafe { fill(want, Some(value)) };
    let tell = |r: &RTMP| put(want::want(r)).into();
    // SAFETY: the caller's contract.
    unsafe { inside_at_start(r, 0, tell, tell) }
}

/// How many bytes have been received that the program has not read: above 0, it need not poll before it reads. What is only the
/// beginning of something does not count once that is known.
///
/// r: a handle, whose calls wait or not.
/// Returns the number; 0 for NULL.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Pending(r: *mut RTMP) -> c_int {
    let count = |r: &RTMP| c_int::try_from(want::pending(r)).unwrap_or(c_int::MAX);
    // SAFETY: the caller's contract.
    unsafe { inside_anyhow(r, 0, count) }
}

/// Queues the goodbye of RTMP_Close behind all that was sent: to be followed by RTMP_Drive until that says 0, and then by
/// RTMP_Close. RTMP_Write fails from here on.
///
/// r: a connection whose calls do not wait.
/// Returns TRUE when that is under way; FALSE without such a connection, and when it has failed.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Finish(r: *mut RTMP) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { inside_anyhow(r, 0, |r| told(finish::finish(r)).into()) }
}
