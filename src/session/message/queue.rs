//! Messages on their way out where no call waits: a message is taken as a whole, or not at all.
//!
//! What a program sends has to have room ([`super::claim`]) before anything is decided about it. What the library says by itself
//! has always room: before there is too much of it, nothing more is read that could be answered.

use crate::session::link::plain::SendError;
use crate::session::link::queued;
use crate::session::state::Context;
use crate::session::state::sending::Sending;

use super::chunks::Chunks;
use super::gather;

/// Sends a message at once, or takes it into the queue where there is one.
#[inline]
pub(super) fn send(
    cx: Context<'_>,
    sending: &mut Sending,
    chunks: Chunks<'_>,
) -> Result<(), SendError> {
    match sending.queue {
        None => gather::send(cx, &mut sending.scratch, chunks),
        Some(_) => put(cx, sending, chunks),
    }
}

#[cold]
fn put(cx: Context<'_>, sending: &mut Sending, chunks: Chunks<'_>) -> Result<(), SendError> {
    let total = chunks.total();
    let Some(queue) = sending.queue.as_mut() else {
        return Ok(());
    };
    if !queue.put(total, |bytes| chunks.append_to(bytes)) {
        return Err(SendError::no_memory(total));
    }
    gather::count(cx, total);
    queued::leave(cx, queue)
}
