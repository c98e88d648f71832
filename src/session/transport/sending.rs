//! Bytes out (spec 02 §8.9).

use core::ffi::c_int;
use std::io::{self, IoSlice};
use std::time::Duration;

use crate::abi::{RTMP, RTMPSockBuf};
use crate::sys::log::log;
use crate::sys::{self, errno, socket};

use super::super::{cipher, tls, tunnel};

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

/// Sends all of `bytes`, which are RTMP, through all layers below it.
pub(in crate::session) fn send_all(r: &RTMP, bytes: &[u8]) -> Result<(), SendError> {
    let sealed = cipher::sealed(r, bytes).ok_or_else(|| SendError::no_memory(bytes.len()))?;
    if tunnel::is_on(r) {
        tunnel::post(r, &sealed)
    } else {
        send_raw(&r.m_sb, &sealed)
    }
}

/// Bounds sends by `Link.timeout`, unless the program has given the socket a limit of its own.
pub(in crate::session) fn limit_sends(r: &RTMP) {
    let fd = r.m_sb.sb_socket.get();
    if socket::send_timeout(fd).is_none() {
        set_send_limit(fd, r.Link.timeout.get());
    }
}

/// Bounds sends by so many seconds; 0 or less: not at all.
pub(in crate::session) fn set_send_limit(fd: c_int, seconds: c_int) {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    if seconds > 0 {
        // What is no socket fails when it is used.
        let _ = socket::set_send_timeout(fd, Duration::from_secs(seconds));
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
        let sent = settle_send(sb, send_some(sb, rest), || rest.len())?;
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
        let sent = socket::send_slices(sb.sb_socket.get(), rest);
        let left = || {
            rest.iter()
                .map(|slice| slice.len())
                .fold(0, usize::saturating_add)
        };
        let sent = settle_send(sb, sent, left)?;
        IoSlice::advance_slices(&mut rest, sent);
    }
    Ok(())
}

/// Bytes sent, none by a call that was interrupted; `left` tells how many there were to send.
fn settle_send(
    sb: &RTMPSockBuf,
    sent: io::Result<usize>,
    left: impl FnOnce() -> usize,
) -> Result<usize, SendError> {
    match sent {
        Ok(count) => Ok(count),
        Err(error) if error.kind() == io::ErrorKind::Interrupted && !sys::interrupted() => Ok(0),
        Err(error) => {
            let error = SendError {
                number: errno::of(&error, 0),
                left: left(),
            };
            if error.is_timeout() {
                sb.sb_timedout.set(1);
            }
            Err(error)
        }
    }
}

fn send_some(sb: &RTMPSockBuf, bytes: &[u8]) -> io::Result<usize> {
    tls::send(sb, bytes).unwrap_or_else(|| socket::send(sb.sb_socket.get(), bytes))
}

/// Sends once: bytes taken by the socket, or -1 (`RTMPSockBuf_Send`).
pub fn send_once(sb: &RTMPSockBuf, bytes: &[u8]) -> c_int {
    match send_some(sb, bytes) {
        Ok(count) => c_int::try_from(count).unwrap_or(c_int::MAX),
        Err(_) => -1,
    }
}
