//! A client that waits: for the session, for RTMP, for answers that are missing.

use core::ffi::c_int;
use std::io;
use std::time::{Duration, Instant};

use crate::abi::RTMP;
use crate::net::deadline::Deadline;
use crate::proto::tunnel::request::{NOTHING, Verb};
use crate::proto::tunnel::response::Malformed;
use crate::session::link::plain::{self, Received};
use crate::session::link::{blame, wire};
use crate::session::state::cause::{Cause, Kind};
use crate::session::state::tunnel::Tunnel;
use crate::session::state::{Context, State};
use crate::sys;
use crate::sys::errno;
use crate::sys::log::{NO_MEMORY, log};
use crate::sys::socket;

use super::requests::{LONGEST_PAUSE, ask, idle, is_on, request, wait};
use super::responses::{absorb, make_room, room_for_payload, take_answers, top_up};

/// So long the missing answers are waited for where no caller waits for them.
const SILENCE: Duration = Duration::from_secs(1);
/// And so long between two answers when the connection is closed.
const LAST_SILENCE: Duration = Duration::from_millis(500);
/// Requests that may be unanswered before a sender waits: their answers fit the smallest socket buffers, so that client
/// and server never block each other, and a close, which waits for them, is over within its second.
const MAX_UNANSWERED: c_int = 64;

/// Asks for a session and waits for its identification. Fails when there is none.
pub(in crate::session) fn open(r: &RTMP) -> Result<(), Cause<'static>> {
    let state = State::enter(r);
    r.m_msgCounter.set(1);
    r.m_unackd.set(0);
    {
        // Requests look at it under this lock.
        let mut tunnel = state.tunnel();
        r.free_client_id();
        *tunnel = Tunnel::to_be_opened();
    }
    let asked = request(state.on(r), Verb::Open, NOTHING);
    let opened = asked
        .map_err(|error| blame::cause(state.on(r), error.number))
        .and_then(|()| await_id(state.on(r)));
    r.m_msgCounter.set(0);
    opened
}

/// Waits for the identification of the session. Fails when there is none.
fn await_id(cx: Context<'_>) -> Result<(), Cause<'static>> {
    let mut waiting = SharedTimeout::begin(cx.r);
    while cx.r.m_clientID.start().is_null() {
        let count = match waiting.receive(cx, 0) {
            Received::Bytes(count) => count,
            Received::End => return Err(Kind::Lost.into()),
            Received::TimedOut => return Err(Kind::Timeout.by(libc::EAGAIN)),
            Received::Failed => return Err(blame::cause(cx, errno::last())),
        };
        absorb(cx, count).map_err(|reason| match reason {
            Malformed::NoMemory => Kind::Memory,
            _ => Kind::Tunnel,
        })?;
    }
    // What comes with the identification belongs to no request.
    cx.r.m_sb.clear();
    *cx.state.tunnel() = Tunnel::default();
    Ok(())
}

/// Adds payload to the receive buffer, asking for it as long as there is none. The receive timeout bounds all of that.
pub(in crate::session) fn refill(cx: Context<'_>, limit: usize) -> Received {
    let mut waiting = SharedTimeout::begin(cx.r);
    loop {
        if top_up(cx) {
            return Received::Bytes(1);
        }
        if waiting.is_interrupted() {
            return Received::Failed;
        }
        if cx.state.tunnel().is_broken {
            return refused(Malformed::Head);
        }
        make_room(cx.r);
        match waiting.ask(cx) {
            Err(_) if sys::interrupted() => return Received::Failed,
            Ok(false) | Err(_) if !waiting.is_over(cx.state) => continue,
            // When the time is over, it is looked once more.
            _ => {}
        }
        // What is received fits as payload: no reader has to wait.
        let most = room_for_payload(cx.r).max(1);
        let limit = if limit == 0 { most } else { most.min(limit) };
        match waiting.receive(cx, limit) {
            Received::Bytes(count) => match absorb(cx, count) {
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

/// Reads answers for a sender, unless another thread reads: those that have come. None is waited for, except when too many
/// are missing.
#[inline]
pub(in crate::session) fn listen(cx: Context<'_>) {
    if is_on(cx.r) {
        take_or_await_answers(cx);
    }
}

fn take_or_await_answers(cx: Context<'_>) {
    let Some(_reader) = State::try_enter(cx.r) else {
        return;
    };
    if cx.r.m_clientID.start().is_null() {
        return;
    }
    take_answers(cx);
    let begin = Instant::now();
    let own = socket::send_timeout(cx.r.m_sb.sb_socket.observe());
    let limit = own.map_or(SILENCE, |own| own.min(SILENCE));
    let waiting = &cx.state.stats.traffic.unanswered;
    while cx.r.m_unackd.get() >= MAX_UNANSWERED && cx.state.tunnel().is_worth_waiting() {
        let left = limit.saturating_sub(begin.elapsed());
        if left.is_zero() {
            // A little of an answer is none.
            cx.state.tunnel().is_mute = true;
        } else if !waiting.during(|| listen_once(cx, left)) {
            break;
        }
    }
}

/// Keeps a request unanswered for callers that wait for the socket before they read (spec 10 P3).
pub(in crate::session) fn keep_asking(cx: Context<'_>) {
    if !is_on(cx.r) || cx.r.m_clientID.is_empty() || cx.state.receiving().ended.is_some() {
        return;
    }
    // An answer that TLS holds already wakes nobody.
    while top_up(cx) {}
    if cx.r.m_unackd.get() <= 0 && !cx.state.tunnel().is_broken {
        idle(cx);
    }
}

/// Before the goodbye and before the socket is closed: reads the missing answers, unless another thread reads. A goodbye
/// that finds the socket full would not be waited for; closing with answers unread would make the system throw away
/// what the server has not taken yet (spec 10 P4). A server that keeps answering is given the time of `limit`, a mute one
/// is not.
pub(in crate::session) fn drain(cx: Context<'_>, limit: Duration) {
    let Some(_reader) = State::try_enter(cx.r) else {
        return;
    };
    if cx.r.m_clientID.start().is_null() || !cx.state.tunnel().is_worth_waiting() {
        return;
    }
    let begin = Instant::now();
    while cx.r.m_unackd.get() > 0 && !cx.r.is_cancelled() {
        cx.r.m_sb.clear();
        cx.state.tunnel().forget_payload();
        let left = limit.saturating_sub(begin.elapsed());
        if left.is_zero() || !listen_once(cx, left.min(LAST_SILENCE)) {
            return;
        }
    }
}

/// Waits for something to read and reads it. False when nothing more is to be waited for.
fn listen_once(cx: Context<'_>, limit: Duration) -> bool {
    if !matches!(wait(cx.r, limit), Ok(true)) || !take_answers(cx) {
        cx.state.tunnel().is_mute = true;
    }
    cx.state.tunnel().is_worth_waiting()
}

/// Several receives that share one receive timeout, inside the limit of a phase.
struct SharedTimeout {
    silence: Deadline,
    is_first: bool,
}

impl SharedTimeout {
    fn begin(r: &RTMP) -> Self {
        Self {
            silence: plain::silence(&r.m_sb),
            is_first: true,
        }
    }

    /// [`ask`], which may pause.
    fn ask(&mut self, cx: Context<'_>) -> io::Result<bool> {
        let mut limit = cx.state.receiving().limit;
        let ask = || ask(cx);
        let asked = limit.during(LONGEST_PAUSE, || self.silence.during(LONGEST_PAUSE, ask));
        cx.state.receiving().limit = limit;
        asked
    }

    /// Receives once, at most `count` bytes (0: as many as fit).
    fn receive(&mut self, cx: Context<'_>, count: usize) -> Received {
        if self.is_interrupted() {
            return Received::Failed;
        }
        self.is_first = false;
        let mut limit = cx.state.receiving().limit;
        let fill = || wire::fill_counted(cx, count);
        let received = wire::in_times(cx, [&mut limit, &mut self.silence], fill);
        cx.state.receiving().limit = limit;
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
