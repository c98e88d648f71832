//! Small pieces of memory, sent with few system calls.

use std::io::IoSlice;

use crate::abi::RTMP;

use crate::session::link::plain::SendError;
use crate::session::link::{plain, stack, tunnel};

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

/// Sends all chunks of a message. `scratch` is room to put them together.
pub(super) fn send(r: &RTMP, scratch: &mut Vec<u8>, chunks: Chunks<'_>) -> Result<(), SendError> {
    match chunks.alone() {
        Some(pieces) => send_one(r, scratch, chunks, pieces),
        None => send_all(r, scratch, chunks),
    }
}

/// Sends a message of one chunk, the short way if it is small.
fn send_one(
    r: &RTMP,
    scratch: &mut Vec<u8>,
    chunks: Chunks<'_>,
    pieces: [&[u8]; 3],
) -> Result<(), SendError> {
    let total = pieces
        .iter()
        .map(|piece| piece.len())
        .fold(0, usize::saturating_add);
    scratch.clear();
    if total > SMALL || scratch.try_reserve_exact(total).is_err() {
        return send_all(r, scratch, chunks);
    }
    for piece in pieces {
        scratch.extend_from_slice(piece);
    }
    stack::send_under_lock(r, scratch)
}

fn send_all(r: &RTMP, scratch: &mut Vec<u8>, mut chunks: Chunks<'_>) -> Result<(), SendError> {
    let total = chunks.total();
    if chunks.size() >= COARSE && total > SMALL && stack::is_bare(r) {
        return in_place(r, chunks);
    }
    // In a tunnel a message is one request, however long it is.
    let most = match total {
        _ if tunnel::is_on(r) => total,
        0..=WHOLE => total,
        _ => PIECE,
    };
    scratch.clear();
    let most = match scratch.try_reserve_exact(most) {
        Ok(()) => most,
        Err(_) if tunnel::is_on(r) => return Err(SendError::no_memory(total)),
        // Without memory they are sent one by one.
        Err(_) => 0,
    };
    loop {
        chunks.append_full(scratch, most);
        let Some(piece) = chunks.next() else { break };
        if scratch.len().saturating_add(piece.len()) > most {
            stack::send_under_lock(r, scratch)?;
            scratch.clear();
        }
        if piece.len() > most {
            stack::send_under_lock(r, piece)?;
        } else {
            scratch.extend_from_slice(piece);
        }
    }
    stack::send_under_lock(r, scratch)?;
    if scratch.capacity() > PIECE {
        *scratch = Vec::new();
    }
    Ok(())
}

/// Sends pieces from where they are.
fn in_place(r: &RTMP, mut chunks: Chunks<'_>) -> Result<(), SendError> {
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
        plain::send_slices(&r.m_sb, slices.get_mut(..count).unwrap_or_default())?;
    }
}
