//! Whether the calls on a handle wait (`RTMP_SetNonBlocking`).

use core::sync::atomic::Ordering::Relaxed;

use crate::abi::RTMP;
use crate::session::feature;
use crate::session::link::stack::is_connected;
use crate::session::state::failure::Failure;
use crate::session::state::queue::Queue;
use crate::session::state::{Context, State};
use crate::sys::socket;

/// Bytes that a queue holds if the program does not say how many.
const USUAL: u32 = 4 << 20;

/// Makes the calls on `r` wait no more, with a queue for `limit` bytes, or makes them wait again.
pub fn set(r: &RTMP, is_on: bool, limit: u32) -> Result<(), Failure> {
    if r.is_starting() {
        return Err(Failure::of(libc::EBUSY));
    }
    let limit = if limit == 0 { USUAL } else { limit };
    if !is_on {
        return leave(r);
    }
    is_possible(r)?;
    if !r.set_nonblocking(Some(limit)) {
        return Err(Failure::of(libc::ENOMEM));
    }
    if is_connected(r) {
        enter(State::of(r).on(r))?;
    }
    Ok(())
}

/// Through a tunnel everything is asked for, and answers are waited for.
pub(super) fn is_possible(r: &RTMP) -> Result<(), Failure> {
    match r.Link.protocol.get() & feature::HTTP {
        0 => Ok(()),
        _ => Err(Failure::of(libc::EOPNOTSUPP)),
    }
}

/// From here on no call on the connection waits.
pub(super) fn enter(cx: Context<'_>) -> Result<(), Failure> {
    let fd = cx.r.m_sb.sb_socket.observe();
    if socket::set_blocking(fd, false).is_err() {
        return Err(Failure::here());
    }
    let limit = cx.r.queue_limit() as usize;
    let mut sending = cx.state.sending().ok_or_else(|| Failure::of(libc::EBUSY))?;
    match sending.queue.as_mut() {
        Some(queue) => queue.set_limit(limit),
        None => sending.queue = Some(Queue::new(limit)),
    }
    cx.state.level.turn(Some(limit));
    Ok(())
}

/// From here on calls wait again. What is queued has to be sent before.
fn leave(r: &RTMP) -> Result<(), Failure> {
    if let Some(state) = r.private_if_any::<State>().filter(|_| is_connected(r)) {
        let mut sending = state.sending().ok_or_else(|| Failure::of(libc::EBUSY))?;
        if state.level.queued() > 0 {
            return Err(Failure::of(libc::EAGAIN));
        }
        if sending.queue.take().is_some() {
            state.level.turn(None);
            state.level.is_dry.store(false, Relaxed);
            // What is no socket any more fails when it is used.
            let _ = socket::set_blocking(r.m_sb.sb_socket.observe(), true);
        }
    }
    match r.set_nonblocking(None) {
        true => Ok(()),
        false => Err(Failure::of(libc::ENOMEM)),
    }
}

/// For calls that have to wait: they are refused where none does.
pub fn may_wait(r: &RTMP) -> Result<(), Failure> {
    match r.is_nonblocking() {
        true => Err(Failure::of(libc::EBUSY)),
        false => Ok(()),
    }
}
