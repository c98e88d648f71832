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
use crate::session::state::State;

/// Receives that one look at the answers takes.
const MOST_RECEIVES: usize = 64;
/// Raw bytes find at least so much room.
const ROOM: usize = 4096;

/// Takes the answers that have arrived, and waits for none, nor for the rest of one. False when nothing more can come. What
/// a server says without end is left for the next time.
pub(in crate::session) fn hear(r: &RTMP, state: &State) -> bool {
    for _ in 0..MOST_RECEIVES {
        while top_up(r, state) {}
        if !state.tunnel().is_open() || !matches!(wait(r, Duration::ZERO), Ok(true)) {
            return true;
        }
        make_room(r);
        let Received::Bytes(count) = wire::fill(&r.m_sb, 0) else {
            return false;
        };
        if absorb(r, state, count).is_err() {
            return false;
        }
    }
    while top_up(r, state) {}
    true
}

/// Adds payload that has been received already, and that TLS holds. True when there was some.
pub(in crate::session) fn top_up(r: &RTMP, state: &State) -> bool {
    while !fetch_waiting(r, state) {
        make_room(r);
        let before = r.m_sb.len();
        if !state.tunnel().is_open() || !tls::drain(&r.m_sb) {
            return false;
        }
        if absorb(r, state, r.m_sb.len().saturating_sub(before)) != Ok(0) {
            return !state.tunnel().is_broken;
        }
    }
    true
}

/// Moves payload that waits into the receive buffer. True when there was some.
fn fetch_waiting(r: &RTMP, state: &State) -> bool {
    let mut tunnel = state.tunnel();
    if tunnel.waiting.is_empty() {
        return false;
    }
    make_room(r);
    let count = store(r, state, tunnel.waiting.as_slices().0);
    tunnel.waiting.drain(..count);
    count > 0
}

/// Puts payload into the receive buffer, decrypted. It leaves so much room that raw bytes fit behind it, also when nobody
/// reads.
fn store(r: &RTMP, state: &State, payload: &[u8]) -> usize {
    let count = room_for_payload(r).min(payload.len());
    let count = r.m_sb.put(payload.get(..count).unwrap_or_default());
    state.ciphers.decrypt(&r.m_sb, count);
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
pub(super) fn absorb(r: &RTMP, state: &State, count: usize) -> Result<usize, Malformed> {
    let raw = r.m_sb.take_last(count);
    let mut tunnel = state.tunnel();
    let result = take_apart(r, state, &mut tunnel, &raw);
    match result {
        Ok(1..) => tunnel.in_vain = 0,
        Ok(0) => {}
        Err(_) => tunnel.is_broken = true,
    }
    r.m_resplen
        .set(c_int::try_from(tunnel.responses.left()).unwrap_or(c_int::MAX));
    result
}

fn take_apart(
    r: &RTMP,
    state: &State,
    tunnel: &mut Tunnel,
    raw: &[u8],
) -> Result<usize, Malformed> {
    let (mut input, mut gained) = (raw, 0_usize);
    while let Some(event) = tunnel.responses.feed(&mut input)? {
        match event {
            Event::Answered => {
                r.m_unackd.set(r.m_unackd.get().saturating_sub(1).max(0));
                tunnel.is_mute = false;
            }
            Event::Id(id) => {
                let path = joined(&[b"/", &id]).and_then(|path| Block::copy(&path));
                let path = path.ok_or(Malformed::NoMemory)?;
                r.m_clientID.set_owned(path);
                return Ok(gained);
            }
            Event::Interval(interval) => r.m_polling.set(interval.cast_signed().into()),
            Event::Payload(bytes) => {
                gained = gained.saturating_add(bytes.len());
                let stored = if tunnel.waiting.is_empty() {
                    store(r, state, bytes)
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
