//! RTMP through HTTP requests (RTMPT, spec 02 §9).
//!
//! Every write is a request of its own. Its answer may bring RTMP, and nothing else does: so one request is kept
//! unanswered while a reader waits. Raw bytes pass through the end of the receive buffer, where their payload replaces
//! them: what is there between two calls is RTMP.

use core::ffi::c_int;
use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use crate::abi::{Block, RTMP};
use crate::proto::tunnel::request::{NOTHING, Target, Verb};
use crate::proto::tunnel::response::Malformed;
use crate::proto::tunnel::{Event, Responses};
use crate::sys;
use crate::sys::log::log;
use crate::sys::socket::{self, Readiness};

use super::feature;
use super::state::State;
use super::transport::{self, Received, SendError};

/// The pause before the second idle request in a row; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// The longest pause that we make unasked.
const LONG_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// What a server means by an interval of 1.
const INTERVAL: Duration = Duration::from_millis(15);
/// So long a mute server is waited for where no caller waits for it.
const SILENCE: Duration = Duration::from_secs(1);
/// Requests that may be unanswered before a sender waits: their answers fit the smallest socket buffers, so that client
/// and server never block each other.
const MAX_UNANSWERED: c_int = 256;
/// Payload that is kept for a program that sends but does not read; after that the answers stay in the socket.
const MAX_WAITING: usize = 4 * 1024 * 1024;
/// Raw bytes find at least so much room.
const ROOM: usize = 4096;

/// The private part of a tunnel.
#[derive(Default)]
pub(super) struct Tunnel {
    responses: Responses,
    /// Payload behind that in the receive buffer.
    waiting: VecDeque<u8>,
    /// Idle requests since the last payload and the last message.
    in_vain: u32,
    /// The server does not speak HTTP, or not for a tunnel.
    is_broken: bool,
    /// The server does not answer. A sender has waited for it once.
    is_mute: bool,
}

/// True while all bytes go through HTTP.
pub(super) fn is_on(r: &RTMP) -> bool {
    r.Link.protocol.get() & feature::HTTP != 0
}

/// Asks for a session and waits for its identification. False when there is none.
pub(super) fn open(r: &RTMP) -> bool {
    let state = State::of(r);
    let _turn = state.reading.enter();
    r.free_client_id();
    r.m_msgCounter.set(1);
    r.m_unackd.set(0);
    *state.tunnel() = Tunnel {
        responses: Responses::to_open(),
        ..Tunnel::default()
    };
    let is_open = request(r, &state, Verb::Open, NOTHING).is_ok() && is_accepted(r, &state);
    r.m_msgCounter.set(0);
    is_open
}

fn is_accepted(r: &RTMP, state: &State) -> bool {
    let mut round = Round::begin();
    while r.m_clientID.start().is_null() {
        let Received::Bytes(count) = round.receive(r, 0) else {
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

/// Sends one request. It counts as unanswered before it is written: the answer may be faster than we are.
fn request(r: &RTMP, state: &State, verb: Verb, body: &[u8]) -> Result<(), SendError> {
    let bytes = {
        let _tunnel = state.tunnel();
        let number = r.m_msgCounter.get();
        r.m_msgCounter.set(number.wrapping_add(1));
        r.m_unackd.set(r.m_unackd.get().saturating_add(1));
        Target {
            host: r.Link.hostname.bytes(),
            port: r.Link.port.get(),
            session: r.m_clientID.bytes(),
            number,
        }
        .request(verb, body)
    };
    transport::send_raw(&r.m_sb, &bytes)
}

/// Sends `bytes`, which are one message, as one request. Answers that have come are read first, never waited for,
/// except when too many are missing.
pub(super) fn post(r: &RTMP, bytes: &[u8]) -> Result<(), SendError> {
    if bytes.is_empty() {
        return Ok(());
    }
    let state = State::of(r);
    listen(r, &state);
    if state.tunnel().is_broken {
        return Err(SendError {
            number: libc::EPROTO,
            left: bytes.len(),
        });
    }
    state.tunnel().in_vain = 0;
    request(r, &state, Verb::Send, bytes).map_err(|error| SendError {
        left: error.left.min(bytes.len()),
        ..error
    })
}

/// Reads answers for a sender, unless another thread reads.
fn listen(r: &RTMP, state: &State) {
    let Some(_turn) = state.reading.try_enter() else {
        return;
    };
    if r.m_clientID.start().is_null() {
        return;
    }
    hear(r, state);
    while r.m_unackd.get() >= MAX_UNANSWERED && has_patience(state) {
        let is_mute = !matches!(wait(r, SILENCE), Ok(true));
        state.tunnel().is_mute = is_mute;
        if is_mute || !hear(r, state) {
            break;
        }
    }
}

/// Whether waiting for answers can help a sender.
fn has_patience(state: &State) -> bool {
    let tunnel = state.tunnel();
    !tunnel.is_mute && !tunnel.is_broken && tunnel.waiting.len() < MAX_WAITING
}

/// Takes all answers that have arrived. False when nothing more can come.
fn hear(r: &RTMP, state: &State) -> bool {
    while !state.tunnel().is_broken
        && state.tunnel().waiting.len() < MAX_WAITING
        && matches!(wait(r, Duration::ZERO), Ok(true))
    {
        make_room(r);
        let Received::Bytes(count) = transport::fill(&r.m_sb, 0) else {
            return false;
        };
        if absorb(r, state, count).is_err() {
            return false;
        }
    }
    true
}

/// Moves payload that waits into the receive buffer. True when there was some.
pub(super) fn fetch_waiting(r: &RTMP, state: &State) -> bool {
    let mut tunnel = state.tunnel();
    if tunnel.waiting.is_empty() {
        return false;
    }
    make_room(r);
    let count = store(r, tunnel.waiting.as_slices().0);
    tunnel.waiting.drain(..count);
    count > 0
}

/// Payload leaves so much of the receive buffer free that raw bytes fit behind it, also when nobody reads.
fn store(r: &RTMP, payload: &[u8]) -> usize {
    let count = room_for_payload(r).min(payload.len());
    r.m_sb.append(payload.get(..count).unwrap_or_default())
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
    let result = take_apart(r, &mut tunnel, &raw);
    match result {
        Ok(1..) => tunnel.in_vain = 0,
        Ok(0) => {}
        Err(_) => tunnel.is_broken = true,
    }
    r.m_resplen
        .set(c_int::try_from(tunnel.responses.left()).unwrap_or(c_int::MAX));
    result
}

fn take_apart(r: &RTMP, tunnel: &mut Tunnel, raw: &[u8]) -> Result<usize, Malformed> {
    let (mut input, mut gained) = (raw, 0_usize);
    while let Some(event) = tunnel.responses.feed(&mut input)? {
        match event {
            Event::Answered => {
                r.m_unackd.set(r.m_unackd.get().saturating_sub(1).max(0));
                tunnel.is_mute = false;
            }
            Event::Id(id) => {
                let path = Block::copy(&[b"/", &id[..]].concat()).ok_or(Malformed::Id)?;
                r.m_clientID.set_owned(path);
                return Ok(gained);
            }
            Event::Interval(interval) => r.m_polling.set(interval.cast_signed().into()),
            Event::Payload(bytes) => {
                gained = gained.saturating_add(bytes.len());
                let stored = if tunnel.waiting.is_empty() {
                    store(r, bytes)
                } else {
                    0
                };
                tunnel
                    .waiting
                    .extend(bytes.get(stored..).unwrap_or_default());
            }
            Event::End => {}
        }
    }
    Ok(gained)
}

/// Adds payload to the receive buffer, asking for it as long as there is none. The receive timeout bounds all of that.
pub(super) fn refill(r: &RTMP, state: &State, limit: usize) -> Received {
    let mut round = Round::begin();
    loop {
        if fetch_waiting(r, state) {
            return Received::Bytes(1);
        }
        if round.is_interrupted() {
            return Received::Failed;
        }
        if state.tunnel().is_broken {
            return refused();
        }
        make_room(r);
        if !ask(r, state) {
            if round.is_over(r) {
                return transport::timed_out(&r.m_sb);
            }
            continue;
        }
        // What is received fits as payload: nothing waits for those who read.
        let most = room_for_payload(r).max(1);
        let limit = if limit == 0 { most } else { most.min(limit) };
        match round.receive(r, limit) {
            Received::Bytes(count) => match absorb(r, state, count) {
                Ok(0) => {}
                Ok(gained) => return Received::Bytes(gained),
                Err(_) => return refused(),
            },
            other => return other,
        }
    }
}

fn refused() -> Received {
    log!(Debug, "ReadN, No valid HTTP response found");
    Received::Failed
}

/// Sees to it that a request is unanswered, after a pause if the last ones brought nothing. False when the time for it
/// has not come: another thread is sending, or a pause was interrupted.
fn ask(r: &RTMP, state: &State) -> bool {
    if r.m_unackd.get() > 0 {
        return true;
    }
    let pause = pause(state.tunnel().in_vain, r.m_polling.get());
    if !pause.is_zero() {
        match wait(r, pause) {
            Ok(true) => return true,
            Ok(false) => {}
            Err(_) => return false,
        }
    }
    idle(r, state) || matches!(wait(r, FIRST_PAUSE), Ok(true))
}

/// Sends an idle request. False while another thread is sending.
fn idle(r: &RTMP, state: &State) -> bool {
    let Some(_sending) = state.sending_if_free() else {
        return false;
    };
    if r.m_unackd.get() <= 0 {
        {
            let mut tunnel = state.tunnel();
            tunnel.in_vain = tunnel.in_vain.saturating_add(1);
        }
        // A connection that is not written any more shows when it is read.
        let _ = request(r, state, Verb::Idle, NOTHING);
    }
    true
}

/// The pause before an idle request, after so many that brought nothing.
fn pause(in_vain: u32, interval: c_int) -> Duration {
    let Some(doublings) = in_vain.checked_sub(1) else {
        return Duration::ZERO;
    };
    let wished = INTERVAL.saturating_mul(u32::from(interval.to_le_bytes()[0]));
    let most = wished.clamp(LONG_PAUSE, LONGEST_PAUSE);
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(most)
}

/// Keeps a request unanswered for callers that wait for the socket before they read (spec 10 P3).
pub(super) fn keep_asking(r: &RTMP, state: &State) {
    let has_ended = state.receiving().ended.is_some() || state.tunnel().is_broken;
    if is_on(r) && !r.m_clientID.is_empty() && !has_ended && r.m_unackd.get() <= 0 {
        idle(r, state);
    }
}

/// Tells the server that the session is over, unless a message is just being sent.
pub(super) fn say_goodbye(r: &RTMP, state: &State) {
    if r.m_clientID.start().is_null() {
        return;
    }
    if let Some(_sending) = state.sending_if_free() {
        // Who has gone need not be told.
        let _ = request(r, state, Verb::Close, NOTHING);
    }
}

/// Before the socket is closed: reads the missing answers. Closing with answers unread would make the system throw away
/// what the server has not taken yet (spec 10 P4).
pub(super) fn drain(r: &RTMP, state: &State) {
    if r.m_clientID.start().is_null() || state.tunnel().is_broken {
        return;
    }
    let begin = Instant::now();
    let limit = socket::receive_timeout(r.m_sb.sb_socket.get()).unwrap_or(Duration::MAX);
    while r.m_unackd.get() > 0 && begin.elapsed() < limit && !sys::interrupted() {
        r.m_sb.clear();
        state.tunnel().waiting.clear();
        if !matches!(wait(r, SILENCE), Ok(true)) || !hear(r, state) {
            break;
        }
    }
}

/// Waits for something to read.
fn wait(r: &RTMP, limit: Duration) -> io::Result<bool> {
    socket::wait(r.m_sb.sb_socket.get(), Readiness::Readable, Some(limit))
}

/// Several receives that share one receive timeout.
struct Round {
    begin: Instant,
    is_first: bool,
}

impl Round {
    fn begin() -> Self {
        Self {
            begin: Instant::now(),
            is_first: true,
        }
    }

    /// The first receive waits by itself, later ones for the rest of the time.
    fn receive(&mut self, r: &RTMP, limit: usize) -> Received {
        let is_in_time = self.is_first
            || r.m_sb.is_tls()
            || transport::wait_on(r.m_sb.sb_socket.get(), self.begin);
        if !is_in_time {
            return transport::timed_out(&r.m_sb);
        }
        if self.is_interrupted() {
            return Received::Failed;
        }
        self.is_first = false;
        transport::fill(&r.m_sb, limit)
    }

    /// The program asked to stop while we were waiting. Before that, it may read what is there.
    fn is_interrupted(&self) -> bool {
        !self.is_first && sys::interrupted()
    }

    fn is_over(&self, r: &RTMP) -> bool {
        socket::receive_timeout(r.m_sb.sb_socket.get())
            .is_some_and(|limit| self.begin.elapsed() >= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_what_the_server_wishes() {
        let millis = |in_vain, interval| pause(in_vain, interval).as_millis();
        let growing: Vec<u128> = (0..8).map(|in_vain| millis(in_vain, 1)).collect();
        assert_eq!(growing, [0, 5, 10, 20, 40, 80, 100, 100]);
        assert_eq!((millis(9, 0x11), millis(99, -1)), (255, 500));
    }
}
