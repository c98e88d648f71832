//! What comes through a tunnel: raw bytes in, RTMP in the receive buffer.

use core::ffi::c_int;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use crate::abi::{Block, RTMP};
use crate::net::deadline::Deadline;
use crate::proto::bytes::joined;
use crate::proto::tunnel::response::Malformed;
use crate::proto::tunnel::{Event, Responses};
use crate::sys;
use crate::sys::errno;
use crate::sys::log::log;
use crate::sys::socket;

use super::super::NO_MEMORY;
use super::super::cipher;
use super::super::state::State;
use super::super::tls;
use super::super::transport::{self, Received};
use super::{LONGEST_PAUSE, ask, wait};

/// Payload that is kept for a program that sends but does not read; after that the answers stay in the socket.
const MAX_WAITING: usize = 4 * 1024 * 1024;
/// Receives that one look at the answers takes.
const MOST_RECEIVES: usize = 64;
/// Raw bytes find at least so much room.
const ROOM: usize = 4096;

/// The private part of a tunnel.
#[derive(Default)]
pub(in crate::session) struct Tunnel {
    responses: Responses,
    /// Payload behind that in the receive buffer, as it came.
    waiting: VecDeque<u8>,
    /// Idle requests since the last payload and the last message.
    pub(super) in_vain: u32,
    /// The server does not speak HTTP, or not for a tunnel.
    pub(super) is_broken: bool,
    /// The server does not answer. A sender has waited for it once.
    pub(super) is_mute: bool,
}

impl Tunnel {
    /// One whose first response answers `open`.
    pub(super) fn to_be_opened() -> Self {
        Self {
            responses: Responses::to_open(),
            ..Self::default()
        }
    }

    /// Whether answers can be read.
    fn is_open(&self) -> bool {
        !self.is_broken && self.waiting.len() < MAX_WAITING
    }

    /// Whether a sender should wait for answers.
    pub(super) fn is_worth_waiting(&self) -> bool {
        self.is_open() && !self.is_mute
    }

    /// Throws away payload that nobody will read.
    pub(super) fn forget_payload(&mut self) {
        self.waiting.clear();
    }
}

/// Waits for the identification of the session. False when there is none.
pub(super) fn await_id(r: &RTMP, state: &State) -> bool {
    let mut round = Round::begin(r);
    while r.m_clientID.start().is_null() {
        let Received::Bytes(count) = round.receive(r, state, 0) else {
            return false;
        };
        if absorb(r, state, count).is_err() {
            return false;
        }
    }
    // What comes with the identification belongs to no request.
    r.m_sb.clear();
    *state.tunnel() = Tunnel::default();
    true
}

/// Adds payload to the receive buffer, asking for it as long as there is none. The receive timeout bounds all of that.
pub(in crate::session) fn refill(r: &RTMP, state: &State, limit: usize) -> Received {
    let mut round = Round::begin(r);
    loop {
        if top_up(r, state) {
            return Received::Bytes(1);
        }
        if round.is_interrupted() {
            return Received::Failed;
        }
        if state.tunnel().is_broken {
            return refused(Malformed::Head);
        }
        make_room(r);
        match round.ask(r, state) {
            Err(_) if sys::interrupted() => return Received::Failed,
            Ok(false) | Err(_) if !round.is_over(state) => continue,
            // When the time is over, it is looked once more.
            _ => {}
        }
        // What is received fits as payload: nothing waits for those who read.
        let most = room_for_payload(r).max(1);
        let limit = if limit == 0 { most } else { most.min(limit) };
        match round.receive(r, state, limit) {
            Received::Bytes(count) => match absorb(r, state, count) {
                Ok(0) => {}
                Ok(gained) => return Received::Bytes(gained),
                Err(reason) => return refused(reason),
            },
            other => return other,
        }
    }
}

fn refused(reason: Malformed) -> Received {
    if reason == Malformed::NoMemory {
        log!(Error, "{NO_MEMORY}");
        errno::set(libc::ENOMEM);
    } else {
        log!(Debug, "ReadN, No valid HTTP response found");
    }
    Received::Failed
}

/// Takes the answers that have arrived, and waits for none, nor for the rest of one. False when nothing more can come. What
/// a server says without end is left for the next time.
pub(in crate::session) fn hear(r: &RTMP, state: &State) -> bool {
    for _ in 0..MOST_RECEIVES {
        while top_up(r, state) {}
        if !state.tunnel().is_open() || !matches!(wait(r, Duration::ZERO), Ok(true)) {
            return true;
        }
        make_room(r);
        let Received::Bytes(count) = transport::fill(&r.m_sb, 0) else {
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
    cipher::received(r, state, count);
    count
}

fn room_for_payload(r: &RTMP) -> usize {
    r.m_sb.room().len().saturating_sub(ROOM)
}

fn make_room(r: &RTMP) {
    if room_for_payload(r) < ROOM {
        r.m_sb.compact();
    }
}

/// The last `count` bytes of the receive buffer are raw: puts their payload there. Returns the payload bytes.
fn absorb(r: &RTMP, state: &State, count: usize) -> Result<usize, Malformed> {
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

/// Several receives that share one receive timeout, inside the limit of a phase.
struct Round {
    silence: Deadline,
    is_first: bool,
}

impl Round {
    fn begin(r: &RTMP) -> Self {
        let own = socket::receive_timeout(r.m_sb.sb_socket.observe());
        Self {
            silence: Deadline::within(own),
            is_first: true,
        }
    }

    /// [`ask`], which may pause.
    fn ask(&mut self, r: &RTMP, state: &State) -> io::Result<bool> {
        let mut limit = state.receiving().limit;
        let ask = || ask(r, state);
        let asked = limit.during(LONGEST_PAUSE, || self.silence.during(LONGEST_PAUSE, ask));
        state.receiving().limit = limit;
        asked
    }

    /// Receives once, at most `count` bytes (0: as many as fit).
    fn receive(&mut self, r: &RTMP, state: &State, count: usize) -> Received {
        if self.is_interrupted() {
            return Received::Failed;
        }
        self.is_first = false;
        let mut limit = state.receiving().limit;
        let fill = || transport::fill(&r.m_sb, count);
        let received = transport::in_both_times(r, &mut limit, &mut self.silence, fill);
        state.receiving().limit = limit;
        received
    }

    /// The program asked to stop while we were waiting. Before that, it may read what is there.
    fn is_interrupted(&self) -> bool {
        !self.is_first && sys::interrupted()
    }

    fn is_over(&self, state: &State) -> bool {
        let limits = [self.silence, state.receiving().limit];
        limits
            .iter()
            .any(|limit| limit.left() == Some(Duration::ZERO))
    }
}
