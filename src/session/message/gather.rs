//! Small pieces of memory, sent with few system calls.

use std::io::IoSlice;

use crate::session::link::plain::SendError;
use crate::session::link::{cancel, plain, stack, tunnel};
use crate::session::state::Context;

use super::chunks::Chunks;

/// So many bytes are sent with one system call: a message of 64 KiB with all its chunk headers.
const WHOLE: usize = 68 * 1024;
/// Longer ones are sent in pieces of this many bytes, for which there is room between messages too.
const PIECE: usize = 48 * 1024;
/// Chunks from this size on are not copied.
const COARSE: usize = 4096;
/// But whole messages of up to this size are: a system call with several pieces costs more than the copy and one with one.
const SMALL: usize = 8 * 1024;
/// Pieces of one system call that are not copied: those of a message of 64 KiB.
const MOST: usize = 2 * (64 * 1024 / COARSE);

/// Sends all chunks of a message, which count when all are sent. `scratch` is room to put them together.
#[inline]
pub(super) fn send(
    cx: Context<'_>,
    scratch: &mut Vec<u8>,
    chunks: Chunks<'_>,
) -> Result<(), SendError> {
    let total = chunks.total();
    if total > SMALL && chunks.size() >= COARSE && stack::is_bare(cx.r) && !cancel::is_watched(cx.r)
    {
        return in_place(cx, chunks).inspect(|()| count(cx, total));
    }
    scratch.clear();
    // In a tunnel a message is one request, however long it is.
    let is_whole = total <= WHOLE || tunnel::is_on(cx.r);
    if !is_whole || scratch.try_reserve_exact(total).is_err() {
        return in_pieces(cx, scratch, chunks).inspect(|()| count(cx, total));
    }
    chunks.append_to(scratch);
    let sent = stack::send_own(cx, scratch);
    if sent.is_ok() {
        count(cx, scratch.len());
    }
    if scratch.capacity() > PIECE {
        *scratch = Vec::new();
    }
    sent
}

/// So many bytes of messages are sent, or wait in the queue.
pub(super) fn count(cx: Context<'_>, bytes: usize) {
    cx.state.stats.bytes_out.add(bytes);
}

/// Sends a message that is longer than what is put together, or than there is memory for.
#[inline(never)]
fn in_pieces(
    cx: Context<'_>,
    scratch: &mut Vec<u8>,
    mut chunks: Chunks<'_>,
) -> Result<(), SendError> {
    if tunnel::is_on(cx.r) {
        return Err(SendError::no_memory(chunks.total()));
    }
    // Without memory they are sent one by one.
    let most = scratch.try_reserve_exact(PIECE).map_or(0, |()| PIECE);
    loop {
        chunks.append_full(scratch, most);
        let Some(piece) = chunks.next() else { break };
        if scratch.len().saturating_add(piece.len()) > most {
            stack::send_own(cx, scratch)?;
            scratch.clear();
        }
        if piece.len() > most {
            stack::send_under_lock(cx, piece)?;
        } else {
            scratch.extend_from_slice(piece);
        }
    }
    stack::send_own(cx, scratch)
}

/// Sends pieces from where they are.
#[inline(never)]
fn in_place(cx: Context<'_>, mut chunks: Chunks<'_>) -> Result<(), SendError> {
    loop {
        let mut slices = [IoSlice::new(&[]); MOST];
        let mut count = 0_usize;
        for (slice, piece) in slices.iter_mut().zip(chunks.by_ref()) {
            *slice = IoSlice::new(piece);
            count = count.saturating_add(1);
        }
        if count == 0 {
            return Ok(());
        }
        let slices = slices.get_mut(..count).unwrap_or_default();
        plain::send_slices(&cx.r.m_sb, &cx.state.stats.traffic, slices)?;
    }
}
