//! Room in the queue, where no call waits.

use crate::abi::RTMP;
use crate::session::link::queued;
use crate::session::state::failure::Failure;
use crate::session::state::{Context, State};

use super::{chunks, send};

/// The longest header of a chunk that is not the first of its message: three bytes, and a time of four.
const NEXT_HEADER: usize = 7;
/// Of the first chunk.
const FIRST_HEADER: usize = 18;
/// Commands are no longer, but for the texts in them.
pub const COMMAND: usize = 512;

/// Before a program's message with a body of `length` bytes: fails with `EAGAIN` when the queue has no room for it.
#[inline(always)]
pub fn claim(r: &RTMP, length: usize) -> Result<(), Failure> {
    if r.is_nonblocking() {
        State::at_hand(r, |state| claim_on(state.on(r), length))
    } else {
        Ok(())
    }
}

/// The same with the handle's state.
#[cold]
pub(in crate::session) fn claim_on(cx: Context<'_>, length: usize) -> Result<(), Failure> {
    let headers = NEXT_HEADER.saturating_mul(length / chunks::chunk_size(cx.r));
    let count = length.saturating_add(headers).saturating_add(FIRST_HEADER);
    let Some(mut sending) = cx.state.sending() else {
        return Ok(());
    };
    let Some(queue) = sending.queue.as_mut() else {
        return Ok(());
    };
    if queue.has_room(count) {
        return Ok(());
    }
    let left = queued::leave(cx, queue);
    let has_room = queue.has_room(count);
    drop(sending);
    left.map_err(|error| send::give_up_on(cx, error))?;
    if has_room {
        Ok(())
    } else {
        Err(Failure::of(libc::EAGAIN))
    }
}

/// Sends what waits, as far as the socket takes it. Nothing is done while another thread sends: that one does it.
pub(in crate::session) fn flush(cx: Context<'_>) -> Result<(), Failure> {
    let Some(mut sending) = cx.state.sending_if_free() else {
        return Ok(());
    };
    let left = match sending.queue.as_mut() {
        Some(queue) => queued::leave(cx, queue),
        None => Ok(()),
    };
    drop(sending);
    left.map_err(|error| send::give_up_on(cx, error))
}

/// Lets a program say something short by `say`, if there is room for it.
pub fn saying(
    r: &RTMP,
    say: impl FnOnce(Context<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    claim(r, COMMAND)?;
    crate::session::state::with(r, say)
}
