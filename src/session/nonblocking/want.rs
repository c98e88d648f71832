//! What a program waits for between two calls (`RTMP_Want`, `RTMP_Pending`).

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use core::time::Duration;

use crate::abi::{RTMP, RTMP_WANT};
use crate::session::feature;
use crate::session::link::stack::{self, is_connected};
use crate::session::link::{queued, tls};
use crate::session::state::attempt::{self, Attempt};
use crate::session::state::{Context, State};

use super::finish;

/// Another thread is sending: soon it is known whether it could.
const SOON: Duration = Duration::from_millis(50);

/// What to poll, and how long.
pub fn want(r: &RTMP) -> RTMP_WANT {
    let attempt = Attempt::of(r);
    if r.is_starting() {
        let fd = attempt.map_or(-1, |attempt| attempt.fd());
        return wish(fd, libc::POLLIN.into(), None);
    }
    let at_once = Some(Duration::ZERO);
    if attempt.is_some() || !is_connected(r) {
        return wish(-1, 0, at_once);
    }
    let state = State::of(r);
    let cx = state.on(r);
    let fd = r.m_sb.sb_socket.observe();
    if pending_on(cx) > 0 && !is_deaf(cx) {
        return wish(fd, 0, at_once);
    }
    wish(fd, events(cx), timeout(cx))
}

/// The same for a thread that may not look at the handle of this address: see [`super::drive::kept_out`].
pub fn kept_out(handle: usize) -> Option<RTMP_WANT> {
    let attempt = attempt::under_way(handle)?;
    Some(wish(attempt.fd(), libc::POLLIN.into(), None))
}

fn wish(fd: c_int, events: c_int, limit: Option<Duration>) -> RTMP_WANT {
    RTMP_WANT {
        size: 0,
        fd,
        events,
        timeout: limit.map_or(-1, millis),
    }
}

/// Rounded up: waking early would make a loop spin.
fn millis(limit: Duration) -> c_int {
    c_int::try_from(limit.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX)
}

fn events(cx: Context<'_>) -> c_int {
    let level = &cx.state.level;
    let mut events = 0;
    if !level.is_stuffed() && !is_deaf(cx) {
        events |= libc::POLLIN;
    }
    // TLS has words of its own, too.
    if level.queued() > 0 || tls::unsent(&cx.r.m_sb) > 0 {
        events |= libc::POLLOUT;
    }
    events.into()
}

/// Whether a publisher has got media: nobody reads on until its program does.
fn is_deaf(cx: Context<'_>) -> bool {
    let flags = &cx.state.flags;
    feature::publishes(cx.r)
        && flags.is_read_by_program.load(Relaxed)
        && !cx.state.receiving().kept.is_empty()
}

/// The nearest of the times at which something is over.
fn timeout(cx: Context<'_>) -> Option<Duration> {
    let stall = match cx.state.sending_if_free() {
        Some(sending) => sending
            .queue
            .as_ref()
            .and_then(|queue| queued::stalled_for(cx, queue)),
        None => Some(SOON),
    };
    let is_finishing = cx.state.level.is_finishing.load(Relaxed);
    let is_given = is_finishing && cx.state.level.queued() == 0;
    let limits = [
        stall,
        queued::silence_left(cx, false),
        is_given.then_some(finish::STEP),
    ];
    limits.into_iter().flatten().min()
}

/// Bytes that were received, and that the program has not read. None where the last look has shown that they are of no use
/// without more.
pub fn pending(r: &RTMP) -> usize {
    if r.is_starting() {
        return 0;
    }
    if !is_connected(r) {
        return r.m_read.leftover();
    }
    pending_on(State::of(r).on(r))
}

fn pending_on(cx: Context<'_>) -> usize {
    let kept = cx.state.receiving().kept.bytes();
    let handed = cx.r.m_read.leftover().saturating_add(kept);
    if cx.state.level.is_dry.load(Relaxed) {
        return handed;
    }
    if let Some(_reader) = State::try_enter(cx.r) {
        stack::show_rest(cx);
    }
    handed.saturating_add(cx.r.m_sb.len())
}
