//! Making and ending connections (spec 02 §4.1, §8).

use core::ffi::c_int;
use core::mem::size_of;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use libc::sockaddr;

use crate::abi::{RTMP, RTMPPacket};
use crate::ffi::{guard, guard_surviving, inside, waiting_verb};
use crate::session::connect::{session, socket};
use crate::session::link::cancel;
use crate::session::message::close;
use crate::session::nonblocking::mode::may_wait;
use crate::session::state::failure::told;

/// Connects to the server that the set-up functions named: resolves the name, connects to the first of its addresses
/// (IPv4 or IPv6) that answers, shakes hands and sends the command connect. The server's reply is not waited for:
/// RTMP_ConnectStream or the reading functions process it.
///
/// r: a handle set up by RTMP_SetupURL or RTMP_SetupStream. A connection that it still has is ended first.
/// cp: sent instead of the connect command; usually NULL. Stays the caller's.
/// Returns TRUE; FALSE when there is no connection, which is logged. Looking up the name, connecting and the talk with a
/// proxy are over, together, within Link.timeout (seconds), but 10 seconds at least, or within option connectTimeout. Then
/// the handshakes of TLS and of RTMP have Link.timeout each, or option receiveTimeout. RTMP_IsTimedout tells that a time
/// ran out. With Link.timeout 0 nothing is limited. RTMP_LastError says why there is no connection.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init whose strings are valid; `cp` is NULL or a valid packet.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Connect(r: *mut RTMP, cp: *mut RTMPPacket) -> c_int {
    // SAFETY: the caller's contract.
    let connect = |r: &RTMP| session::connect(r, unsafe { cp.as_ref() });
    // SAFETY: the caller's contract.
    unsafe { waiting_verb(r, connect) }
}

/// Connects the socket only, as the first part of RTMP_Connect.
///
/// r: a handle set up by RTMP_Init.
/// svc: a struct sockaddr_in or struct sockaddr_in6, told apart by its family. When the set-up functions named a proxy
/// it is the proxy's address: the proxy is then asked for the server.
/// Returns TRUE, with the socket in m_sb.sb_socket and Link.timeout (seconds) as its receive timeout; else FALSE. As for
/// RTMP_Connect, connecting has 10 seconds at least.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init; `svc` is NULL or an address of its family's size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Connect0(r: *mut RTMP, svc: *mut sockaddr) -> c_int {
    // SAFETY: the caller's contract.
    let address = || unsafe { address(svc) };
    let connect = |r: &RTMP, address| told(socket::connect_to(r, &[address]));
    let connect = |r: &RTMP| address().is_some_and(|address| connect(r, address));
    // SAFETY: the caller's contract.
    unsafe { inside(r, 0, |r| (told(may_wait(r)) && connect(r)).into()) }
}

/// Shakes hands on a connected socket and sends the command connect: the second part of RTMP_Connect, for programs that
/// connect the socket themselves.
///
/// r: a handle with a connected socket in m_sb.sb_socket. One that the program has made non-blocking is waited for, too.
/// cp: sent instead of the connect command; usually NULL. Stays the caller's.
/// Returns TRUE; else FALSE, and the socket is closed. Timeouts that the program has given to the socket stay.
///
/// # Safety
/// As for RTMP_Connect.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Connect1(r: *mut RTMP, cp: *mut RTMPPacket) -> c_int {
    // SAFETY: the caller's contract.
    let connect = |r: &RTMP| session::connect_session(r, unsafe { cp.as_ref() });
    // SAFETY: the caller's contract.
    unsafe { waiting_verb(r, connect) }
}

/// Runs the handshake as server.
///
/// r: a handle with an accepted socket in m_sb.sb_socket. Its receive timeout, if any, is the caller's choice. One that the program
/// has made non-blocking is waited for, too.
/// Returns TRUE; FALSE when the client wants something unknown or the connection failed. The caller closes.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Serve(r: *mut RTMP) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { waiting_verb(r, session::serve) }
}

/// Ends the connection: tells the server, closes the socket, frees everything that the library has attached to the
/// handle. The handle itself stays and can be used again, or be freed. Other threads that are inside calls on this handle are
/// woken, their calls fail, and RTMP_Close returns when all of them have left it. When two threads close at once, both return
/// when it is done, and only the first touches the handle: either may free it then.
///
/// Inside a call, that is, from a callback, it closes the connection and does not wait for other threads' closes; what the
/// call still uses is freed when it ends. The handle may not be freed before.
/// A signal handler may call it, also when it has interrupted a call on the same handle, which then fails. Where the call
/// was not waiting for the network just then, only the socket is closed, without a goodbye, and the rest is freed by the
/// next RTMP_Close, which is due anyway. A handler that jumps out of the call (siglongjmp) loses what the call had
/// allocated, and the handle may from then on be closed by that thread only.
/// In a child made by fork, the connections of the parent are the parent's: only the descriptor is closed, nothing is sent,
/// nobody is waited for. A connection on which another thread was at work during the fork fails every other call.
///
/// A peer that has not taken everything yet is given time: a second at most, less when it takes nothing or when the socket
/// has a shorter send timeout. A program that has set SO_LINGER on the socket chooses the time by it; 0 is none.
///
/// r: a handle set up by RTMP_Init, connected or not; NULL does nothing.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init; the strings given to the set-up functions are still valid.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Close(r: *mut RTMP) {
    guard_surviving((), || {
        // SAFETY: the caller's contract.
        if let Some(r) = unsafe { RTMP::from_ptr(r) } {
            close::by_program(r);
        }
    });
}

/// Makes every call on the handle fail: those that other threads are blocked in, in whatever phase, at once, and later
/// ones until RTMP_Close, with errno ECANCELED. RTMP_LastError says "cancelled" then, unless something else came first.
/// Frees, locks and allocates nothing: threads and signal handlers may call it at any moment.
/// RTMP_Close from another thread does the same and then waits for those calls to end.
///
/// This also wakes a thread that pthread_cancel is to end: a call on a handle is not interrupted by that, and its thread ends
/// when the call returns. RTMP_Close is the exception: programs clean up by it, and no thread ends in it.
///
/// r: a handle set up by RTMP_Init, connected or not; NULL does nothing.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init, whose memory is not being freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_Cancel(r: *mut RTMP) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(r) = unsafe { RTMP::from_ptr(r) } {
            cancel::cancel(r);
        }
    });
}

/// # Safety
/// `svc` is NULL or points to an address of its family's size.
unsafe fn address(svc: *const sockaddr) -> Option<SocketAddr> {
    // SAFETY: the caller's contract.
    let family = unsafe { svc.as_ref() }?.sa_family;
    if c_int::from(family) == libc::AF_INET6 {
        // SAFETY: the family says so; the address need not be aligned for its type.
        let v6 = unsafe { svc.cast::<libc::sockaddr_in6>().read_unaligned() };
        let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
        let port = u16::from_be(v6.sin6_port);
        return Some(SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into());
    }
    if c_int::from(family) != libc::AF_INET {
        return None;
    }
    const { assert!(size_of::<libc::sockaddr_in>() == size_of::<sockaddr>()) };
    // SAFETY: as above; both are 16 bytes.
    let v4 = unsafe { svc.cast::<libc::sockaddr_in>().read_unaligned() };
    let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
    Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
}
