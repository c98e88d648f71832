//! What comes through a tunnel: raw bytes in, RTMP in the receive buffer.

use core::ffi::c_int;
use std::time::Duration;

use crate::abi::{Block, RTMP};
use crate::proto::bytes::joined;
use crate::proto::tunnel::Event;
use crate::proto::tunnel::response::Malformed;

use crate::session::link::plain::Received;
use crate::session::link::{tls, wire};
use crate::session::state::tunnel::Tunnel;

use super::requests::wait;
use crate::session::state::Context;

/// Receives that one look at the answers takes.
const MOST_RECEIVES: usize = 64;
/// Raw bytes find at least so much room.
const ROOM: usize = 4096;

/// Takes the answers that have arrived, and waits for none, nor for the rest of one. False when nothing more can come. What
/// a server says without end is left for the next time.
pub(in crate::session) fn take_answers(cx: Context<'_>) -> bool {
    for _ in 0..MOST_RECEIVES {
        while top_up(cx) {}
        if !cx.state.tunnel().is_open() || !matches!(wait(cx.r, Duration::ZERO), Ok(true)) {
            return true;
        }
        make_room(cx.r);
        let Received::Bytes(count) = wire::fill_counted(cx, 0) else {
            return false;
        };
        if absorb(cx, count).is_err() {
            return false;
        }
    }
    while top_up(cx) {}
    true
}

/// Adds payload that has been received already, and that TLS holds. True when there was some.
pub(in crate::session) fn top_up(cx: Context<'_>) -> bool {
    while !fetch_waiting(cx) {
        make_room(cx.r);
        let before = cx.r.m_sb.len();
        if !cx.state.tunnel().is_open() || !tls::drain(&cx.r.m_sb) {
            return false;
        }
        if absorb(cx, cx.r.m_sb.len().saturating_sub(before)) != Ok(0) {
            return !cx.state.tunnel().is_broken;
        }
    }
    true
}

/// Moves payload that waits into the receive buffer. True when there was some.
fn fetch_waiting(cx: Context<'_>) -> bool {
    let mut tunnel = cx.state.tunnel();
    if tunnel.waiting.is_empty() {
        return false;
    }
    make_room(cx.r);
    let count = store(cx, tunnel.waiting.as_slices().0);
    tunnel.waiting.drain(..count);
    count > 0
}

/// Puts payload into the receive buffer, decrypted. It leaves so much room that raw bytes fit behind it, also when nobody
/// reads.
fn store(cx: Context<'_>, payload: &[u8]) -> usize {
    let count = room_for_payload(cx.r).min(payload.len());
    let count = cx.r.m_sb.put(payload.get(..count).unwrap_or_default());
    cx.state.ciphers.decrypt(&cx.r.m_sb, count);
    count
}

pub(super) fn room_for_payload(r: &RTMP) -> usize {
    r.m_sb.room().len().saturating_sub(ROOM)
}

pub(super) fn make_room(r: &RTMP) {
    if room_for_payload(r) < ROOM {
        r.m_sb.compact();
    }
}

/// The last `count` bytes of the receive buffer are raw: puts their payload there. Returns the payload bytes.
pub(super) fn absorb(cx: Context<'_>, count: usize) -> Result<usize, Malformed> {
    let raw = cx.r.m_sb.take_last(count);
    let mut tunnel = cx.state.tunnel();
    let result = take_apart(cx, &mut tunnel, &raw);
    match result {
        Ok(1..) => tunnel.in_vain = 0,
        Ok(0) => {}
        Err(_) => tunnel.is_broken = true,
    }
    cx.r.m_resplen
        .set(c_int::try_from(tunnel.responses.left()).unwrap_or(c_int::MAX));
    result
}

fn take_apart(cx: Context<'_>, tunnel: &mut Tunnel, raw: &[u8]) -> Result<usize, Malformed> {
    let (mut input, mut gained) = (raw, 0_usize);
    while let Some(event) = tunnel.responses.feed(&mut input)? {
        match event {
            Event::Answered => {
                cx.r.m_unackd
                    .set(cx.r.m_unackd.get().saturating_sub(1).max(0));
                tunnel.is_mute = false;
            }
            Event::Id(id) => {
                let path = joined(&[b"/", &id]).and_then(|path| Block::copy(&path));
                let path = path.ok_or(Malformed::NoMemory)?;
                cx.r.m_clientID.set_owned(path);
                return Ok(gained);
            }
            Event::Interval(interval) => cx.r.m_polling.set(interval.cast_signed().into()),
            Event::Payload(bytes) => {
                gained = gained.saturating_add(bytes.len());
                let stored = if tunnel.waiting.is_empty() {
                    store(cx, bytes)
                } else {
                    0
                };
                let left = bytes.get(stored..).unwrap_or_default();
                if tunnel.waiting.try_reserve(left.len()).is_err() {
                    return Err(Malformed::NoMemory);
                }
                tunnel.waiting.extend(left);
            }
            Event::End => {}
        }
    }
    Ok(gained)
}
