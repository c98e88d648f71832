//! Bytes out (spec 02 §8.9).

use core::ffi::c_int;
use std::io::{self, IoSlice};

use crate::abi::{RTMP, RTMPSockBuf};
use crate::sys::log::log;
use crate::sys::{errno, socket};

use super::super::state::State;
use super::super::{cipher, tls, tunnel};
use crate::net::patience::patiently;

/// A send that failed.
#[derive(Clone, Copy, Debug)]
pub struct SendError {
    /// The system's error number.
    pub number: c_int,
    /// Bytes that were not sent.
    pub left: usize,
}

impl SendError {
    /// There was no memory to send `left` bytes, nor was any of them sent.
    pub(in crate::session) fn no_memory(left: usize) -> Self {
        let number = libc::ENOMEM;
        Self { number, left }
    }

    /// The peer has taken nothing for as long as is waited for it.
    pub(in crate::session) fn is_timeout(self) -> bool {
        self.number == libc::EAGAIN || self.number == libc::EWOULDBLOCK
    }

    /// Logs the failure in the original's words and leaves its number in `errno`.
    pub fn report(self) {
        log!(
            Error,
            "WriteN, RTMP send error {} ({} bytes)",
            self.number,
            self.left
        );
        errno::set(self.number);
    }
}

/// Sends all of `bytes`, which belong to a handshake, through all layers below it.
pub(in crate::session) fn send_all(r: &RTMP, bytes: &[u8]) -> Result<(), SendError> {
    if !bytes.is_empty() {
        tunnel::listen(r, &State::of(r));
    }
    send_under_lock(r, bytes)
}

/// Sends all of `bytes`, which are RTMP, through all layers below it, for who has the right to send and has listened.
pub(in crate::session) fn send_under_lock(r: &RTMP, bytes: &[u8]) -> Result<(), SendError> {
    let sealed = cipher::sealed(r, bytes).ok_or_else(|| SendError::no_memory(bytes.len()))?;
    if tunnel::is_on(r) {
        tunnel::post(r, &sealed)
    } else {
        send_raw(&r.m_sb, &sealed)
    }
}

/// Whether what is sent is RTMP as it is.
pub(in crate::session) fn is_bare(r: &RTMP) -> bool {
    !r.m_sb.is_tls() && !r.Link.is_encrypted() && !tunnel::is_on(r)
}

/// Sends all of `bytes` as they are. A peer that takes nothing for as long as the socket's limit says is a failure.
/// Interruptions are ignored unless the program asked to stop.
pub(in crate::session) fn send_raw(sb: &RTMPSockBuf, bytes: &[u8]) -> Result<(), SendError> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let sent = settle_send(sb, || send_some(sb, rest), || rest.len())?;
        rest = rest.get(sent..).unwrap_or_default();
    }
    Ok(())
}

/// As [`send_raw`], for several pieces on a plain socket.
pub(in crate::session) fn send_slices(
    sb: &RTMPSockBuf,
    slices: &mut [IoSlice<'_>],
) -> Result<(), SendError> {
    let mut rest = slices;
    while !rest.is_empty() {
        let send = || socket::send_slices(sb.sb_socket.observe(), rest);
        let left = || {
            rest.iter()
                .map(|slice| slice.len())
                .fold(0, usize::saturating_add)
        };
        let sent = settle_send(sb, send, left)?;
        IoSlice::advance_slices(&mut rest, sent);
    }
    Ok(())
}

/// Bytes sent by `send`; `left` tells how many there were to send.
fn settle_send(
    sb: &RTMPSockBuf,
    send: impl FnMut() -> io::Result<usize>,
    left: impl FnOnce() -> usize,
) -> Result<usize, SendError> {
    patiently(sb.sb_socket.observe(), send).map_err(|error| {
        let error = SendError {
            number: errno::of(&error, 0),
            left: left(),
        };
        if error.is_timeout() {
            sb.sb_timedout.set(1);
        }
        error
    })
}

fn send_some(sb: &RTMPSockBuf, bytes: &[u8]) -> io::Result<usize> {
    tls::send(sb, bytes).unwrap_or_else(|| socket::send(sb.sb_socket.observe(), bytes))
}

/// Sends once: bytes taken by the socket, or -1 (`RTMPSockBuf_Send`).
pub fn send_once(sb: &RTMPSockBuf, bytes: &[u8]) -> c_int {
    match send_some(sb, bytes) {
        Ok(count) => c_int::try_from(count).unwrap_or(c_int::MAX),
        Err(_) => -1,
    }
}
