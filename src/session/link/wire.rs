//! Bytes on the socket of a handle, inside TLS or not (spec 02 §8.7-§8.9).

use core::ffi::c_int;
use std::io;

use crate::abi::RTMPSockBuf;
use crate::net::deadline::Deadline;
use crate::session::link::plain::{self, Received, SendError};
use crate::session::link::tls;
use crate::sys::socket;

/// Receives once into the buffer, at most `limit` bytes (0: as many as fit) (`RTMPSockBuf_Fill`).
pub fn fill(sb: &RTMPSockBuf, limit: usize) -> Received {
    if let Some(received) = tls::fill(sb, limit) {
        return received;
    }
    let room = sb.room();
    let count = if limit == 0 {
        room.len()
    } else {
        room.len().min(limit)
    };
    let received = plain::receive(sb, || {
        socket::recv(sb.sb_socket.observe(), room.get(..count).unwrap_or(room))
    });
    if let Received::Bytes(count) = received {
        sb.filled(count);
    }
    received
}

/// Receives by `receive` when there is something, until `limit` or until the receive timeout of the socket.
pub(in crate::session) fn in_time(
    sb: &RTMPSockBuf,
    limit: &mut Deadline,
    receive: impl FnOnce() -> Received,
) -> Received {
    in_times(sb, [limit, &mut plain::silence(sb)], receive)
}

/// As [`in_time`] for one of several receives that share the receive timeout: what is left of that is the second limit.
pub(in crate::session) fn in_times(
    sb: &RTMPSockBuf,
    limits: [&mut Deadline; 2],
    receive: impl FnOnce() -> Received,
) -> Received {
    plain::in_times(sb, limits, || tls::has_ended(sb), receive)
}

/// Sends all of `bytes` as they are. A peer that takes nothing for as long as the socket's limit says is a failure.
/// Interruptions are ignored unless the program asked to stop.
#[inline]
pub(in crate::session) fn send_raw(sb: &RTMPSockBuf, bytes: &[u8]) -> Result<(), SendError> {
    if bytes.is_empty() || sb.is_tls() {
        return send_rest(sb, bytes);
    }
    match bytes.get(plain::send_at_once(sb, bytes)?..) {
        Some(rest) if !rest.is_empty() => send_rest(sb, rest),
        _ => Ok(()),
    }
}

#[inline(never)]
fn send_rest(sb: &RTMPSockBuf, bytes: &[u8]) -> Result<(), SendError> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let sent = plain::send_patiently(sb, || send_some(sb, rest), || rest.len())?;
        rest = rest.get(sent..).unwrap_or_default();
    }
    Ok(())
}

fn send_some(sb: &RTMPSockBuf, bytes: &[u8]) -> io::Result<usize> {
    tls::send(sb, bytes).unwrap_or_else(|| socket::send(sb.sb_socket.observe(), bytes))
}

/// Sends once what the socket takes without waiting.
pub(in crate::session) fn send_now(sb: &RTMPSockBuf, bytes: &[u8]) -> io::Result<usize> {
    tls::send(sb, bytes).unwrap_or_else(|| socket::send_now(sb.sb_socket.observe(), bytes))
}

/// Sends once: bytes taken by the socket, or -1 (`RTMPSockBuf_Send`).
pub fn send_once(sb: &RTMPSockBuf, bytes: &[u8]) -> c_int {
    match send_some(sb, bytes) {
        Ok(count) => c_int::try_from(count).unwrap_or(c_int::MAX),
        Err(_) => -1,
    }
}
