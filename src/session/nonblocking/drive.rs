//! Going on as far as can be without waiting (`RTMP_Drive`).

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use core::time::Duration;

use crate::abi::{RTMP, RTMP_AGAIN, RTMP_READ_COMPLETE};
use crate::session::feature;
use crate::session::link::queued;
use crate::session::link::stack::{self, Wait, is_connected};
use crate::session::message::{claim, close};
use crate::session::publish::listen;
use crate::session::state::attempt::{self, Attempt};
use crate::session::state::failure::Failure;
use crate::session::state::{Context, State};

use super::finish;

/// There is no more to do: in order.
const OVER: c_int = 0;
/// Media may flow.
const READY: c_int = 1;

/// Sends what is queued, serves what has come where nobody else reads, and looks at the time.
pub fn drive(r: &RTMP) -> c_int {
    match step(r) {
        Ok(outcome) => outcome,
        Err(failure) => {
            failure.tell();
            -1
        }
    }
}

/// The same for a thread that may not look at the handle of this address, as another one is ending its connection. That may be the
/// library's own, which is not done yet then.
pub fn kept_out(handle: usize) -> c_int {
    match attempt::under_way(handle) {
        Some(_) => RTMP_AGAIN,
        None => -1,
    }
}

fn step(r: &RTMP) -> Result<c_int, Failure> {
    if let Some(attempt) = Attempt::of(r) {
        if !attempt.is_over() {
            return Ok(RTMP_AGAIN);
        }
        r.end_start();
        if let Some(number) = attempt.failure() {
            return Err(Failure::of(number));
        }
        attempt::forget(r);
    }
    if !is_connected(r) {
        return match r.m_read.status.get() {
            RTMP_READ_COMPLETE => Ok(OVER),
            _ => Err(Failure::of(libc::ENOTCONN)),
        };
    }
    let state = State::of(r);
    if !state.level.is_on() {
        return Err(Failure::of(libc::EINVAL));
    }
    let cx = state.on(r);
    if !state.level.is_finishing.load(Relaxed) {
        go_on(cx)?;
    } else if finish_on(cx)? {
        return Ok(OVER);
    }
    Ok(match r.m_bPlaying.get() {
        0 => RTMP_AGAIN,
        _ => READY,
    })
}

fn go_on(cx: Context<'_>) -> Result<(), Failure> {
    if cx.r.is_stopped() {
        return Err(cx.cancelled());
    }
    claim::flush(cx)?;
    let is_left_to_program =
        cx.state.flags.is_read_by_program.load(Relaxed) || cx.state.level.is_server.load(Relaxed);
    if !is_left_to_program {
        hear(cx)?;
    }
    if cx.state.flags.is_refused.load(Relaxed) {
        return Err(Failure::of(libc::ECONNABORTED));
    }
    if queued::silence_left(cx, false) == Some(Duration::ZERO) && !queued::is_readable(cx) {
        // The connection stays, as behind a read that has waited in vain.
        queued::nothing(cx);
        cx.state.note_timeout();
        return Err(Failure::of(libc::EAGAIN));
    }
    Ok(())
}

/// Serves what has come for a program that does not read, or not yet. One that has nothing to write would not hear of the end
/// either. A player's is kept for its reading, as is the first media.
fn hear(cx: Context<'_>) -> Result<(), Failure> {
    let plays = !feature::publishes(cx.r);
    {
        let mut receiving = cx.state.receiving();
        if !receiving.kept.is_empty() || receiving.ended.is_some() {
            return Ok(());
        }
        receiving.is_delivering = plays;
    }
    listen::look(cx);
    look_for_end(cx);
    cx.state.receiving().is_delivering = false;
    if cx.state.is_over() {
        return Err(Failure::of(libc::ECONNRESET));
    }
    Ok(())
}

/// Behind all that has come, the end may have.
fn look_for_end(cx: Context<'_>) {
    let Some(reader) = State::try_enter(cx.r) else {
        return;
    };
    let is_same = core::ptr::eq(&raw const *reader, cx.state);
    let is_heard = !cx.state.flags.is_read_by_program.load(Relaxed);
    if is_same && is_heard && queued::is_readable(cx) {
        // Nothing else is wanted of it.
        let _ = close::if_lost(cx, stack::more(cx, Wait::Yes));
    }
}

/// Whether all has been said. A peer that goes when it has heard all is no failure.
fn finish_on(cx: Context<'_>) -> Result<bool, Failure> {
    let was_all_sent = cx.state.level.queued() == 0;
    match go_on(cx) {
        Err(_) if was_all_sent && cx.state.is_over() => Ok(true),
        outcome => outcome.map(|()| finish::is_done(cx)),
    }
}
