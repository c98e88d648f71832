//! One receive or send on the bare socket: interruptions, time limits, and what the system says (spec 02 §8.7-§8.9).

use core::ffi::c_int;
use std::io::{self, IoSlice};
use std::time::{Duration, Instant};

use crate::abi::RTMPSockBuf;
use crate::net::deadline::Deadline;
use crate::net::patience::{STEP, look, patiently, wait_on};
use crate::net::traffic::Traffic;
use crate::session::link::{cancel, settings};
use crate::session::state::Context;
use crate::sys::log::log;
use crate::sys::socket::Readiness;
use crate::sys::thread::Moment;
use crate::sys::{self, errno, socket};

/// What one receive gave.
pub enum Received {
    /// So many bytes; none when TLS needs more before it can decrypt any.
    Bytes(usize),
    /// The end of the stream.
    End,
    /// Nothing within the receive timeout.
    TimedOut,
    /// A failure, which is logged; `errno` says which.
    Failed,
}

/// Receives once by `recv`; sorts out timeouts and interruptions. An interrupted call goes on for the rest of the
/// receive timeout, unless the program asked to stop.
pub fn receive(sb: &RTMPSockBuf, mut recv: impl FnMut() -> io::Result<usize>) -> Received {
    let begin = Instant::now();
    let fd = sb.sb_socket.observe();
    let mut has_looked_again = false;
    loop {
        let error = match recv() {
            Ok(0) => return Received::End,
            Ok(count) => return Received::Bytes(count),
            Err(error) => error,
        };
        let is_timeout = error.kind() == io::ErrorKind::WouldBlock;
        if is_timeout && !has_looked_again && matches!(look(fd, Readiness::Readable), Ok(true)) {
            // It came between the end of the waiting and now, which may have been long.
            has_looked_again = true;
            continue;
        }
        let number = errno::of(&error, 0);
        log!(
            Debug,
            "RTMPSockBuf_Fill, recv returned -1. GetSockError(): {number} ({})",
            errno::describe(number)
        );
        errno::set(number);
        match error.kind() {
            io::ErrorKind::Interrupted if !sys::interrupted() => {
                let limit = socket::receive_timeout(fd);
                if !wait_on(fd, Readiness::Readable, begin, limit) {
                    return timed_out(sb);
                }
            }
            io::ErrorKind::WouldBlock => return timed_out(sb),
            _ => return Received::Failed,
        }
    }
}

/// The receive timeout is over.
fn timed_out(sb: &RTMPSockBuf) -> Received {
    sb.sb_timedout.set(1);
    Received::TimedOut
}

/// Receives by `receive` when there is something, until one of the limits. Nothing is received any more when the time is over,
/// also when there would be something: a peer that never stops talking is out of time too. A socket that does not wait says
/// by itself that there is nothing, to a call that the program can repeat; one that `is_whole` waits all the same. A layer that
/// `has_ended` says so whatever the socket does. A program that wants to be asked is, again and again.
pub(in crate::session) fn in_times(
    cx: Context<'_>,
    [limit, silence]: [&mut Deadline; 2],
    is_whole: bool,
    has_ended: impl Fn() -> bool,
    receive: impl FnOnce() -> Received,
) -> Received {
    let sb = &cx.r.m_sb;
    let fd = sb.sb_socket.observe();
    let is_watched = cancel::is_watched(cx.r);
    let is_bounded = is_watched || limit.left().is_some() || silence.left().is_some();
    let longest = if is_watched { cancel::STEP } else { STEP };
    let is_waited_for = || match socket::is_blocking(fd) {
        true => is_bounded,
        false => is_whole,
    };
    while is_waited_for() && !has_ended() {
        let steps = [limit.step(longest), silence.step(longest)];
        let [Some(one), Some(other)] = steps else {
            return failed_by(sb, libc::EAGAIN);
        };
        let step = one.min(other);
        let wait = || socket::wait(fd, Readiness::Readable, Some(step));
        match limit.during(step, || silence.during(step, wait)) {
            Ok(false) => cancel::ask(cx.r),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                if sys::interrupted() {
                    return failed_by(sb, libc::EINTR);
                }
            }
            Ok(true) | Err(_) => break,
        }
    }
    receive()
}

/// The receive timeout of the socket, as a limit that begins now.
pub(in crate::session) fn silence(sb: &RTMPSockBuf) -> Deadline {
    Deadline::within(socket::receive_timeout(sb.sb_socket.observe()))
}

/// As if the socket had said so when nothing was received.
pub(in crate::session) fn failed_by(sb: &RTMPSockBuf, number: c_int) -> Received {
    receive(sb, || Err(io::Error::from_raw_os_error(number)))
}

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

/// Sends all of several pieces on a plain socket, counted in `traffic`; failures as for one piece.
pub(in crate::session) fn send_slices(
    sb: &RTMPSockBuf,
    traffic: &Traffic,
    slices: &mut [IoSlice<'_>],
) -> Result<(), SendError> {
    let mut rest = slices;
    let send = || socket::send_slices_now(sb.sb_socket.observe(), rest);
    let sent = once_at_once(sb, send, || length(rest))?;
    traffic.sent.add(sent);
    IoSlice::advance_slices(&mut rest, sent);
    while !rest.is_empty() {
        let send = || socket::send_slices(sb.sb_socket.observe(), rest);
        let sent = send_patiently(
            sb,
            traffic,
            || traffic.waiting_to_send(send),
            || length(rest),
        )?;
        IoSlice::advance_slices(&mut rest, sent);
    }
    Ok(())
}

fn length(slices: &[IoSlice<'_>]) -> usize {
    let lengths = slices.iter().map(|slice| slice.len());
    lengths.fold(0, usize::saturating_add)
}

/// Bytes sent by `send`; `left` tells how many there were to send. A program that has made its socket one that does not wait
/// has no other way to get the rest of a message out than that it is waited for here.
pub(in crate::session) fn send_patiently(
    sb: &RTMPSockBuf,
    traffic: &Traffic,
    mut send: impl FnMut() -> io::Result<usize>,
    left: impl FnOnce() -> usize,
) -> Result<usize, SendError> {
    let fd = sb.sb_socket.observe();
    loop {
        match patiently(fd, &mut send) {
            Ok(sent) => return Ok(sent),
            Err(error)
                if is_full(fd, &error) && traffic.blocked.during(|| becomes_writable(fd)) => {}
            Err(error) => return Err(failed(sb, &error, left())),
        }
    }
}

/// Sends by `send`, which does not wait, as soon as there is room. The program is asked again and again until then, and the limits
/// are those of [`send_patiently`].
pub(in crate::session) fn send_asking<T>(
    cx: Context<'_>,
    mut send: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    let fd = cx.r.m_sb.sb_socket.observe();
    let mut limit = Deadline::within(send_limit(fd));
    loop {
        let error = match send() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted && !sys::interrupted() => {
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => error,
            sent => return sent,
        };
        let step = limit.step(cancel::STEP).ok_or(error)?;
        let wait = || socket::wait(fd, Readiness::Writable, Some(step));
        let blocked = &cx.state.stats.traffic.blocked;
        if !matches!(blocked.during(|| limit.during(step, wait)), Ok(true)) {
            cancel::ask(cx.r);
        }
    }
}

/// How long a socket may take nothing. One whose program did not want to wait at all is not waited for without end.
fn send_limit(fd: c_int) -> Option<Duration> {
    let usual = || (!socket::is_blocking(fd)).then_some(settings::LEAST_TO_SEND);
    socket::send_timeout(fd).or_else(usual)
}

/// Whether a socket that does not wait has no room.
fn is_full(fd: c_int, error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock && !socket::is_blocking(fd)
}

/// Waits for room as long as the limit says.
fn becomes_writable(fd: c_int) -> bool {
    let mut limit = Deadline::within(send_limit(fd));
    while let Some(step) = limit.step(STEP) {
        match limit.during(step, || socket::wait(fd, Readiness::Writable, Some(step))) {
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                if sys::interrupted() {
                    return false;
                }
            }
            Ok(true) | Err(_) => return true,
        }
    }
    false
}

/// Sends what the socket takes at once, which may be nothing. It mostly is all, and no time need be taken for it.
#[inline]
pub(in crate::session) fn send_at_once(sb: &RTMPSockBuf, bytes: &[u8]) -> Result<usize, SendError> {
    // To a signal handler it is like any other send.
    let _sending = Moment::SystemCall.begin();
    let send = || socket::send_now(sb.sb_socket.observe(), bytes);
    once_at_once(sb, send, || bytes.len())
}

/// What `send` sends without waiting.
#[inline]
fn once_at_once(
    sb: &RTMPSockBuf,
    send: impl FnOnce() -> io::Result<usize>,
    left: impl FnOnce() -> usize,
) -> Result<usize, SendError> {
    match send() {
        Ok(sent) => Ok(sent),
        Err(error) => match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(0),
            _ => Err(failed(sb, &error, left())),
        },
    }
}

#[cold]
pub(in crate::session) fn failed(sb: &RTMPSockBuf, error: &io::Error, left: usize) -> SendError {
    let number = errno::of(error, 0);
    let error = SendError { number, left };
    if error.is_timeout() {
        sb.sb_timedout.set(1);
    }
    error
}
