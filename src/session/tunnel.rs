//! RTMP through HTTP requests (RTMPT, spec 02 §9).
//!
//! Every write is a request of its own. Its answer may bring RTMP, and nothing else does: so one request is kept
//! unanswered while a reader waits. Raw bytes pass through the end of the receive buffer, where their payload replaces
//! them: what is there between two calls is RTMP.

mod receive;

pub(super) use receive::{Tunnel, hear, refill, top_up};

use core::ffi::c_int;
use std::io;
use std::time::{Duration, Instant};

use crate::abi::RTMP;
use crate::proto::tunnel::request::{NOTHING, Request, Verb};
use crate::sys::socket::{self, Readiness};

use super::feature;
use super::send;
use super::state::State;
use super::transport::{self, SendError};
use receive::await_id;

/// The pause before the second idle request in a row; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// The longest pause that we make unasked.
const LONG_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// What a server means by an interval of 1.
const INTERVAL: Duration = Duration::from_millis(15);
/// So long the missing answers are waited for where no caller waits for them.
const SILENCE: Duration = Duration::from_secs(1);
/// And so long between two answers when the connection is closed.
const LAST_SILENCE: Duration = Duration::from_millis(500);
/// Requests that may be unanswered before a sender waits: their answers fit the smallest socket buffers, so that client
/// and server never block each other, and a close, which waits for them, is over within its second.
const MAX_UNANSWERED: c_int = 64;

/// True while all bytes go through HTTP.
pub(super) fn is_on(r: &RTMP) -> bool {
    r.Link.protocol.get() & feature::HTTP != 0
}

/// Asks for a session and waits for its identification. False when there is none.
pub(super) fn open(r: &RTMP) -> bool {
    let state = State::enter(r);
    r.free_client_id();
    r.m_msgCounter.set(1);
    r.m_unackd.set(0);
    *state.tunnel() = Tunnel::to_be_opened();
    let is_open = request(r, &state, Verb::Open, NOTHING).is_ok() && await_id(r, &state);
    r.m_msgCounter.set(0);
    is_open
}

/// Sends one request. It counts as unanswered before it is written: the answer may be faster than we are.
fn request(r: &RTMP, state: &State, verb: Verb, body: &[u8]) -> Result<(), SendError> {
    let bytes = {
        let _tunnel = state.tunnel();
        let number = r.m_msgCounter.get();
        let head = Request {
            host: r.Link.hostname.bytes(),
            port: r.Link.port.get(),
            session: r.m_clientID.bytes(),
            number,
        };
        let request = head.encode(verb, body);
        let request = request.ok_or_else(|| SendError::no_memory(body.len()))?;
        r.m_msgCounter.set(number.wrapping_add(1));
        r.m_unackd.set(r.m_unackd.get().saturating_add(1));
        request
    };
    transport::send_raw(&r.m_sb, &bytes)
}

/// Sends `bytes`, which are one message, as one request. Who sends has listened before ([`listen`]).
pub(super) fn post(r: &RTMP, bytes: &[u8]) -> Result<(), SendError> {
    if bytes.is_empty() {
        return Ok(());
    }
    let state = State::of(r);
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

/// Reads answers for a sender, unless another thread reads: those that have come. None is waited for, except when too many
/// are missing.
pub(super) fn listen(r: &RTMP, state: &State) {
    if !is_on(r) {
        return;
    }
    let Some(_reader) = State::try_enter(r) else {
        return;
    };
    if r.m_clientID.start().is_null() {
        return;
    }
    hear(r, state);
    let begin = Instant::now();
    let own = socket::send_timeout(r.m_sb.sb_socket.observe());
    let limit = own.map_or(SILENCE, |own| own.min(SILENCE));
    while r.m_unackd.get() >= MAX_UNANSWERED && state.tunnel().is_worth_waiting() {
        let left = limit.saturating_sub(begin.elapsed());
        if left.is_zero() {
            // A little of an answer is none.
            state.tunnel().is_mute = true;
        } else if !listen_once(r, state, left) {
            break;
        }
    }
}

/// Sees to it that a request is unanswered, after a pause if the last ones brought nothing. False when
/// there is none yet, because another thread is sending.
fn ask(r: &RTMP, state: &State) -> io::Result<bool> {
    if r.m_unackd.get() > 0 {
        return Ok(true);
    }
    let pause = pause(state.tunnel().in_vain, r.m_polling.get());
    if !pause.is_zero() && wait(r, pause)? {
        return Ok(true);
    }
    if idle(r, state) {
        Ok(true)
    } else {
        wait(r, FIRST_PAUSE)
    }
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
    if !is_on(r) || r.m_clientID.is_empty() || state.receiving().ended.is_some() {
        return;
    }
    // An answer that TLS holds already wakes nobody.
    while top_up(r, state) {}
    if r.m_unackd.get() <= 0 && !state.tunnel().is_broken {
        idle(r, state);
    }
}

/// Tells the server that the session is over, unless a message is just being sent.
pub(super) fn say_goodbye(r: &RTMP, state: &State) {
    if let Some(_sending) = send::last_words(state)
        && !r.m_clientID.start().is_null()
    {
        // Who has gone need not be told.
        let _ = request(r, state, Verb::Close, NOTHING);
    }
}

/// Before the goodbye and before the socket is closed: reads the missing answers, unless another thread reads. A goodbye
/// that finds the socket full would not be waited for; closing with answers unread would make the system throw away
/// what the server has not taken yet (spec 10 P4). A server that keeps answering is given the time of `limit`, a mute one
/// is not.
pub(super) fn drain(r: &RTMP, state: &State, limit: Duration) {
    let Some(_reader) = State::try_enter(r) else {
        return;
    };
    if r.m_clientID.start().is_null() || !state.tunnel().is_worth_waiting() {
        return;
    }
    let begin = Instant::now();
    while r.m_unackd.get() > 0 && !r.is_cancelled() {
        r.m_sb.clear();
        state.tunnel().forget_payload();
        let left = limit.saturating_sub(begin.elapsed());
        if left.is_zero() || !listen_once(r, state, left.min(LAST_SILENCE)) {
            return;
        }
    }
}

/// Waits for something to read and reads it. False when nothing more is to be waited for.
fn listen_once(r: &RTMP, state: &State, limit: Duration) -> bool {
    if !matches!(wait(r, limit), Ok(true)) || !hear(r, state) {
        state.tunnel().is_mute = true;
    }
    state.tunnel().is_worth_waiting()
}

/// Waits for something to read.
fn wait(r: &RTMP, limit: Duration) -> io::Result<bool> {
    socket::wait(r.m_sb.sb_socket.observe(), Readiness::Readable, Some(limit))
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
