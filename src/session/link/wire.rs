//! Bytes on the socket of a handle, inside TLS or not (spec 02 §8.7-§8.9).

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use std::io;

use crate::abi::RTMPSockBuf;
use crate::net::deadline::Deadline;
use crate::net::traffic::Traffic;
use crate::session::link::plain::{self, Received, SendError};
use crate::session::link::{cancel, tls};
use crate::session::state::Context;
use crate::session::state::reason::Phase;
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

/// Counts `count` bytes that were received. Those inside TLS are none of the socket's, whose bytes are counted below.
#[inline]
pub(in crate::session) fn count_received(cx: Context<'_>, count: usize) {
    let stats = &cx.state.stats;
    if cx.r.m_sb.is_tls() {
        return;
    }
    let is_known = stats.is_byte_returned.load(Relaxed) && count > 0;
    if is_known {
        stats.is_byte_returned.store(false, Relaxed);
    }
    let fresh = count.saturating_sub(is_known.into());
    stats.traffic.received.add(fresh);
}

/// [`fill`] for the connection, whose bytes are counted.
pub(in crate::session) fn fill_counted(cx: Context<'_>, limit: usize) -> Received {
    let received = fill(&cx.r.m_sb, limit);
    if let Received::Bytes(count) = received {
        count_received(cx, count);
    }
    received
}

/// Receives by `receive` when there is something, until `limit` or until the receive timeout of the socket.
pub(in crate::session) fn in_time(
    cx: Context<'_>,
    limit: &mut Deadline,
    receive: impl FnOnce() -> Received,
) -> Received {
    in_times(cx, [limit, &mut plain::silence(&cx.r.m_sb)], receive)
}

/// As [`in_time`] for one of several receives that share the receive timeout: what is left of that is the second limit.
pub(in crate::session) fn in_times(
    cx: Context<'_>,
    limits: [&mut Deadline; 2],
    receive: impl FnOnce() -> Received,
) -> Received {
    let is_whole = is_whole(cx.state.receiving().phase);
    let has_ended = || tls::has_ended(&cx.r.m_sb);
    plain::in_times(cx, limits, is_whole, has_ended, receive)
}

/// Whether a call cannot stop in the middle of this phase and be repeated.
pub(in crate::session) fn is_whole(phase: Phase) -> bool {
    !matches!(phase, Phase::Dialogue | Phase::Streaming)
}

/// Sends all of `bytes` as they are. A peer that takes nothing for as long as the socket's limit says is a failure.
/// Interruptions are ignored unless the program asked to stop.
#[inline]
pub(in crate::session) fn send_raw(cx: Context<'_>, bytes: &[u8]) -> Result<(), SendError> {
    if bytes.is_empty() || cx.r.m_sb.is_tls() {
        return send_rest(cx, bytes);
    }
    let sent = plain::send_at_once(&cx.r.m_sb, bytes)?;
    cx.state.stats.traffic.sent.add(sent);
    match bytes.get(sent..) {
        Some(rest) if !rest.is_empty() => send_rest(cx, rest),
        _ => Ok(()),
    }
}

#[inline(never)]
fn send_rest(cx: Context<'_>, bytes: &[u8]) -> Result<(), SendError> {
    if cancel::is_watched(cx.r) {
        return send_watched(cx, bytes);
    }
    let (sb, traffic) = (&cx.r.m_sb, &cx.state.stats.traffic);
    let mut rest = bytes;
    while !rest.is_empty() {
        let sent =
            plain::send_patiently(sb, traffic, || send_some(sb, traffic, rest), || rest.len())?;
        rest = rest.get(sent..).unwrap_or_default();
    }
    Ok(())
}

/// Sends all of `bytes`; the program is asked while there is no room.
fn send_watched(cx: Context<'_>, bytes: &[u8]) -> Result<(), SendError> {
    let sb = &cx.r.m_sb;
    let mut rest = bytes;
    // What TLS has taken is not sent yet.
    while !rest.is_empty() || tls::unsent(sb) > 0 {
        let send = || send_now(cx, rest);
        let sent = plain::send_asking(cx, send);
        let sent = sent.map_err(|error| plain::failed(sb, &error, rest.len()))?;
        rest = rest.get(sent..).unwrap_or_default();
    }
    Ok(())
}

/// TLS counts what it sends, and how long it waits, by itself.
fn send_some(sb: &RTMPSockBuf, traffic: &Traffic, bytes: &[u8]) -> io::Result<usize> {
    tls::send(sb, bytes)
        .unwrap_or_else(|| traffic.waiting_to_send(|| socket::send(sb.sb_socket.observe(), bytes)))
}

/// Sends once what the socket takes without waiting.
pub(in crate::session) fn send_now(cx: Context<'_>, bytes: &[u8]) -> io::Result<usize> {
    let sb = &cx.r.m_sb;
    tls::send_at_once(sb, bytes).unwrap_or_else(|| {
        let sent = socket::send_now(sb.sb_socket.observe(), bytes)?;
        cx.state.stats.traffic.sent.add(sent);
        Ok(sent)
    })
}

/// Sends once: bytes taken by the socket, or -1 (`RTMPSockBuf_Send`). There need be no connection of which they could count.
pub fn send_once(sb: &RTMPSockBuf, bytes: &[u8]) -> c_int {
    let send = || socket::send(sb.sb_socket.observe(), bytes);
    match tls::send(sb, bytes).unwrap_or_else(send) {
        Ok(count) => c_int::try_from(count).unwrap_or(c_int::MAX),
        Err(_) => -1,
    }
}
