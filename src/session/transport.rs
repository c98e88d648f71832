//! Bytes to and from the socket of a handle (spec 02 §8.7-§8.9).

mod sending;

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use std::io;
use std::time::Instant;

use crate::abi::{RTMP, RTMPSockBuf};
use crate::net::deadline::Deadline;
use crate::net::patience::{STEP, look, wait_on};
use crate::sys::log::log;
use crate::sys::socket::Readiness;
use crate::sys::{self, errno, socket};

pub use sending::{SendError, send_once};
pub(super) use sending::{is_bare, send_all, send_raw, send_slices, send_under_lock};

use super::state::State;
use super::{cipher, close, polled, report, tls, tunnel};

/// Why a reader stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// More bytes would have to be waited for, and the caller does not wait.
    Again,
    /// The receive timeout is over; the connection stays open.
    TimedOut,
    /// The connection is gone.
    Closed,
}

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

/// Receives once into the buffer, at most `limit` bytes (0: as many as fit) (`RTMPSockBuf_Fill`).
pub fn fill(sb: &RTMPSockBuf, limit: usize) -> Received {
    if let Some(received) = tls::fill(sb, limit) {
        return received;
    }
    let room = sb.room();
    let count = if limit == 0 {
        room.len()
    } else {
        room.len().min(limit)
    };
    let received = receive(sb, || {
        socket::recv(sb.sb_socket.observe(), room.get(..count).unwrap_or(room))
    });
    if let Received::Bytes(count) = received {
        sb.filled(count);
    }
    received
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

/// Whether a reader may wait for bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// As long as the receive timeout allows.
    Yes,
    /// Not at all: only what is in the buffer is looked at.
    No,
}

/// Makes the buffer longer by at least one byte. A connection that is gone is closed.
pub(super) fn more(r: &RTMP, state: &State, wait: Wait) -> Result<(), Stop> {
    let mut limit = {
        let receiving = state.receiving();
        if receiving.ended.is_some() {
            return Err(Stop::Closed);
        }
        receiving.limit
    };
    make_room(r);
    if top_up(r, state) {
        return Ok(());
    }
    if wait == Wait::No {
        return Err(Stop::Again);
    }
    polled::let_go(r, state);
    let receive = || refill(r, state);
    // Who waits for a tunnel has to ask meanwhile, and looks at the limit himself.
    let received = if limit.left().is_none() || tunnel::is_on(r) {
        receive()
    } else {
        let received = in_time(r, &mut limit, receive);
        state.receiving().limit = limit;
        received
    };
    settle(r, state, received).map(|_| ())
}

fn make_room(r: &RTMP) {
    if !r.m_sb.is_empty() && r.m_sb.room().is_empty() {
        r.m_sb.compact();
    }
}

/// Receives by `receive` when there is something, until `limit` or until the receive timeout of the socket. Nothing is
/// received any more when the time is over, also when there would be something: a peer that never stops talking is out of
/// time too.
pub(super) fn in_time(
    r: &RTMP,
    limit: &mut Deadline,
    receive: impl FnOnce() -> Received,
) -> Received {
    let own = socket::receive_timeout(r.m_sb.sb_socket.observe());
    in_both_times(r, limit, &mut Deadline::within(own), receive)
}

/// As [`in_time`] for one of several receives that share the receive timeout: what is left of that is `silence`.
pub(super) fn in_both_times(
    r: &RTMP,
    limit: &mut Deadline,
    silence: &mut Deadline,
    receive: impl FnOnce() -> Received,
) -> Received {
    let fd = r.m_sb.sb_socket.observe();
    let is_bounded = limit.left().is_some() || silence.left().is_some();
    // A socket that does not wait says by itself that there is nothing, and TLS that it has ended, whatever the socket does.
    while is_bounded && socket::is_blocking(fd) && !tls::has_ended(&r.m_sb) {
        let steps = [limit.step(STEP), silence.step(STEP)];
        let [Some(one), Some(other)] = steps else {
            return failed_by(&r.m_sb, libc::EAGAIN);
        };
        let step = one.min(other);
        let wait = || socket::wait(fd, Readiness::Readable, Some(step));
        match limit.during(step, || silence.during(step, wait)) {
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                if sys::interrupted() {
                    return failed_by(&r.m_sb, libc::EINTR);
                }
            }
            Ok(true) | Err(_) => break,
        }
    }
    receive()
}

/// As if the socket had said so when nothing was received.
fn failed_by(sb: &RTMPSockBuf, number: c_int) -> Received {
    receive(sb, || Err(io::Error::from_raw_os_error(number)))
}

/// One receive through all layers below RTMP: what is in the buffer afterwards is RTMP.
fn refill(r: &RTMP, state: &State) -> Received {
    let (wanted, is_polled) = {
        let receiving = state.receiving();
        (receiving.wanted, receiving.is_polled)
    };
    if tunnel::is_on(r) {
        return tunnel::refill(r, state, polled::share(wanted));
    }
    let received = match wanted {
        0 if is_polled => polled::fill_all(r, state),
        0 => fill(&r.m_sb, 0),
        size => polled::fill(r, state, size),
    };
    if let Received::Bytes(count) = received {
        cipher::received(r, state, count);
    }
    received
}

/// Takes what has arrived, without waiting: true when the buffer has become longer. What else can be met there, such as
/// the end, stays for those who wait.
pub(super) fn take_arrived(r: &RTMP, state: &State) -> bool {
    make_room(r);
    if tunnel::is_on(r) {
        let before = r.m_sb.len();
        return tunnel::hear(r, state) && r.m_sb.len() > before;
    }
    let is_there = || {
        polled::let_go(r, state);
        let fd = r.m_sb.sb_socket.observe();
        socket::has_arrived(fd).unwrap_or(false)
    };
    is_there() && matches!(refill(r, state), Received::Bytes(1..))
}

/// Moves RTMP that a layer below holds ready into the buffer, without receiving. True when there was some.
fn top_up(r: &RTMP, state: &State) -> bool {
    if tunnel::is_on(r) {
        tunnel::top_up(r, state)
    } else {
        tls::drain(&r.m_sb)
    }
}

/// A reader that is about to return: callers look at `sb_size` before they `select`.
#[inline]
pub(super) fn show_rest(r: &RTMP, state: &State) {
    if r.m_sb.is_tls() || tunnel::is_on(r) || state.quick.is_byte_left.load(Relaxed) {
        show_rest_below(r, state);
    }
}

#[cold]
fn show_rest_below(r: &RTMP, state: &State) {
    let (is_over, is_delivering) = {
        let receiving = state.receiving();
        (receiving.ended.is_some(), receiving.is_delivering)
    };
    if !r.m_sb.is_empty() || is_over || top_up(r, state) {
        return;
    }
    if !is_delivering {
        // Who looks at the socket now would be told of what he has.
        polled::let_go(r, state);
    }
}

/// Turns the outcome of a receive into progress, a timeout, or the end of the connection.
pub(super) fn settle(r: &RTMP, state: &State, received: Received) -> Result<usize, Stop> {
    match received {
        Received::Bytes(count) => Ok(count),
        Received::TimedOut => {
            report::timed_out(state);
            Err(Stop::TimedOut)
        }
        Received::End | Received::Failed => {
            let number = errno::last();
            match received {
                Received::End => {
                    report::broken(r, state, number, "the peer has closed the connection");
                }
                _ => report::broken(r, state, number, errno::describe(number)),
            }
            let number = errno::last();
            close::lost(r, state);
            errno::set(number);
            Err(Stop::Closed)
        }
    }
}

/// Takes exactly `into.len()` bytes for the handshake; what is received beyond them stays in the buffer.
pub(super) fn exact(r: &RTMP, state: &State, into: &mut [u8]) -> Result<(), Stop> {
    r.m_sb.sb_timedout.set(0);
    let mut rest = into;
    while !rest.is_empty() {
        let taken = r.m_sb.take(rest);
        r.m_nBytesIn.set(
            r.m_nBytesIn
                .get()
                .wrapping_add(c_int::try_from(taken).unwrap_or(0)),
        );
        rest = rest.get_mut(taken..).unwrap_or_default();
        if taken == 0 {
            more(r, state, Wait::Yes)?;
        }
    }
    show_rest(r, state);
    Ok(())
}

/// [`fill`] with C's result: bytes added, 0 at the end, after a timeout and without room, -1 on failure.
pub fn fill_once(sb: &RTMPSockBuf) -> c_int {
    polled::let_go_bare(sb);
    if sb.room().is_empty() {
        return 0;
    }
    loop {
        match fill(sb, 0) {
            Received::Bytes(0) => {}
            Received::Bytes(count) => return c_int::try_from(count).unwrap_or(c_int::MAX),
            Received::End | Received::TimedOut => return 0,
            Received::Failed => return -1,
        }
    }
}
