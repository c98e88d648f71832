//! Small pieces of memory, sent with few system calls.

use std::io::IoSlice;

use crate::abi::RTMP;

use crate::session::link::plain::SendError;
use crate::session::link::{plain, stack, tunnel};

/// So many bytes are sent with one system call: a message of 64 KiB with all its chunk headers.
const WHOLE: usize = 68 * 1024;
/// Longer ones are sent in pieces of this many bytes, for which there is room between messages too.
const PIECE: usize = 48 * 1024;
/// Chunks from this size on are not copied.
const COARSE: usize = 4096;
/// Pieces of one system call that are not copied: those of a message of 64 KiB.
const MOST: usize = 2 * (64 * 1024 / COARSE);

/// Sends all pieces of a message whose chunks have `size` bytes of payload; with all headers it has `total` bytes.
/// `scratch` is room to put them together.
pub(in crate::session) fn send<'a>(
    r: &RTMP,
    scratch: &mut Vec<u8>,
    [size, total]: [usize; 2],
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Result<(), SendError> {
    if size >= COARSE && stack::is_bare(r) {
        return in_place(r, pieces);
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
    for piece in pieces {
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
fn in_place<'a>(r: &RTMP, mut pieces: impl Iterator<Item = &'a [u8]>) -> Result<(), SendError> {
    loop {
        let mut slices = [IoSlice::new(&[]); MOST];
        let mut count = 0_usize;
        for (slice, piece) in slices.iter_mut().zip(pieces.by_ref()) {
            *slice = IoSlice::new(piece);
            count = count.saturating_add(1);
        }
        if count == 0 {
            return Ok(());
        }
        plain::send_slices(&r.m_sb, slices.get_mut(..count).unwrap_or_default())?;
    }
}
