//! All layers under RTMP together: what is received here is RTMP, and what is sent is (spec 02 §8.7-§8.9).

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::RTMP;
use crate::proto::bytes::joined;
use crate::session::link::plain::{Received, SendError};
use crate::session::link::{blame, cancel, queued, readiness, tls, tunnel, wire};
use crate::session::state::Context;
use crate::session::state::cause::Kind;
use crate::session::state::failure::Failure;
use crate::session::state::reason::Phase;
use crate::sys::{errno, socket};

/// Why a reader stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// More bytes would have to be waited for, and the caller does not wait.
    Again,
    /// The receive timeout is over; the connection stays open.
    TimedOut,
    /// The connection is gone.
    Closed,
    /// The connection has just been found broken, or at its end. Above the link that becomes [`Self::Closed`].
    Lost(Failure),
}

impl Stop {
    /// Leaves in `errno` that nothing failed where nothing did.
    pub fn tell(self) {
        if self == Self::Again {
            errno::set(libc::EAGAIN);
        }
    }
}

/// Whether a reader may wait for bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// As long as the receive timeout allows.
    Yes,
    /// Not at all: only what is in the buffer is looked at.
    No,
}

/// True while the handle has a socket.
pub(in crate::session) fn is_connected(r: &RTMP) -> bool {
    r.m_sb.sb_socket.observe() != -1
}

/// Makes the buffer longer by at least one byte.
pub(in crate::session) fn more(cx: Context<'_>, wait: Wait) -> Result<(), Stop> {
    let (mut limit, phase) = {
        let receiving = cx.state.receiving();
        if receiving.ended.is_some() {
            return Err(Stop::Closed);
        }
        (receiving.limit, receiving.phase)
    };
    make_room(cx.r);
    if top_up(cx) {
        return Ok(());
    }
    if wait == Wait::No {
        return Err(Stop::Again);
    }
    if cx.state.level.is_on() {
        return receive_now(cx, || refill(cx, None)).map(|_| ());
    }
    readiness::let_go(cx);
    acknowledge(cx);
    let receive = || refill(cx, None);
    // Waiting for a tunnel means asking meanwhile: it looks at the limit by itself.
    let is_endless = limit.left().is_none() && !cancel::is_watched(cx.r) && !wire::is_whole(phase);
    let received = if is_endless || tunnel::is_on(cx.r) {
        receive()
    } else {
        let received = wire::in_time(cx, &mut limit, receive);
        cx.state.receiving().limit = limit;
        received
    };
    if phase != Phase::Streaming && matches!(received, Received::Bytes(_)) {
        cx.state.flags.is_unanswered.store(true, Relaxed);
    }
    received_bytes(cx, received).map(|_| ())
}

/// The bytes of `receive` where no call waits.
#[cold]
pub(in crate::session) fn receive_now(
    cx: Context<'_>,
    receive: impl FnOnce() -> Received,
) -> Result<usize, Stop> {
    if cx.state.level.is_stuffed() {
        // What is in the buffer is of no use without more.
        cx.state.level.is_dry.store(true, Relaxed);
        return Err(Stop::Again);
    }
    readiness::let_go(cx);
    if !queued::is_readable(cx) {
        let silence = queued::nothing(cx).ok_or(Stop::Again)?;
        return received_bytes(cx, silence);
    }
    match receive() {
        Received::TimedOut => {
            // The system was mistaken.
            cx.r.m_sb.sb_timedout.set(0);
            Err(Stop::Again)
        }
        received => {
            queued::something(cx);
            received_bytes(cx, received)
        }
    }
}

/// Before the next word of a dialogue is waited for, here or by the program: the peer may hold it back until it knows that the
/// last one has come. What was sent since then has told it.
fn acknowledge(cx: Context<'_>) {
    let flags = &cx.state.flags;
    if flags.is_unanswered.load(Relaxed) {
        flags.is_unanswered.store(false, Relaxed);
        socket::acknowledge(cx.r.m_sb.sb_socket.observe());
    }
}

/// Ends a part of a session behind which a program may wait for the socket: `is_all` of what was received is used.
pub(in crate::session) fn hand_back(cx: Context<'_>, is_all: bool) {
    readiness::hand_back(cx, is_all);
    acknowledge(cx);
}

fn make_room(r: &RTMP) {
    if !r.m_sb.is_empty() && r.m_sb.room().is_empty() {
        r.m_sb.compact();
    }
}

/// One receive through all layers below RTMP: what is in the buffer afterwards is RTMP. `there`: see [`readiness::fill`].
fn refill(cx: Context<'_>, there: Option<usize>) -> Received {
    let (wanted, may_be_polled) = {
        let receiving = cx.state.receiving();
        (receiving.wanted, receiving.may_be_polled)
    };
    if tunnel::is_on(cx.r) {
        return tunnel::refill(cx, readiness::share(wanted));
    }
    let received = match wanted {
        0 if may_be_polled => readiness::fill_all(cx),
        0 => wire::fill(&cx.r.m_sb, 0),
        size => readiness::fill(cx, size, there),
    };
    if let Received::Bytes(count) = received {
        wire::count_received(cx, count);
        cx.state.ciphers.decrypt(&cx.r.m_sb, count);
    }
    received
}

/// Takes what has arrived, without waiting: true when the buffer has become longer. What else can be met there, such as
/// the end, stays for the next that waits.
pub(in crate::session) fn take_arrived(cx: Context<'_>) -> bool {
    make_room(cx.r);
    if cx.state.level.is_on() {
        return take_now(cx);
    }
    if tunnel::is_on(cx.r) {
        let before = cx.r.m_sb.len();
        return tunnel::take_answers(cx) && cx.r.m_sb.len() > before;
    }
    take_plain(cx)
}

/// [`take_arrived`] where no call waits: it is remembered that there was nothing.
#[cold]
fn take_now(cx: Context<'_>) -> bool {
    let is_longer = !cx.state.level.is_stuffed() && take_plain(cx);
    if is_longer {
        queued::something(cx);
    } else {
        // That the system had less than it was known to have is no time-out.
        cx.r.m_sb.sb_timedout.set(0);
        cx.state.level.is_dry.store(true, Relaxed);
    }
    is_longer
}

fn take_plain(cx: Context<'_>) -> bool {
    readiness::let_go(cx);
    let there = readiness::arrived(cx);
    let is_there = match there {
        Some(count) => count > 0,
        None => socket::has_arrived(cx.r.m_sb.sb_socket.observe()).unwrap_or(false),
    };
    is_there && matches!(refill(cx, there), Received::Bytes(1..))
}

/// Moves RTMP that a layer below holds ready into the buffer, without receiving. True when there was some.
fn top_up(cx: Context<'_>) -> bool {
    if tunnel::is_on(cx.r) {
        tunnel::top_up(cx)
    } else {
        tls::drain(&cx.r.m_sb)
    }
}

/// A reader that is about to return: callers look at `sb_size` before they `select`.
#[inline]
pub(in crate::session) fn show_rest(cx: Context<'_>) {
    if cx.r.m_sb.is_tls() || tunnel::is_on(cx.r) || cx.state.flags.is_byte_left.load(Relaxed) {
        show_rest_below(cx);
    }
}

#[cold]
fn show_rest_below(cx: Context<'_>) {
    let (is_over, is_delivering) = {
        let receiving = cx.state.receiving();
        (receiving.ended.is_some(), receiving.is_delivering)
    };
    if !cx.r.m_sb.is_empty() || is_over || top_up(cx) {
        return;
    }
    if !is_delivering {
        // A program that looks at the socket now would be told of what it has.
        readiness::let_go(cx);
    }
}

/// The bytes of a receive. A timeout and the end of the connection leave their reason in the state.
pub(in crate::session) fn received_bytes(
    cx: Context<'_>,
    received: Received,
) -> Result<usize, Stop> {
    let number = errno::last();
    match received {
        Received::Bytes(count) => Ok(count),
        Received::TimedOut => {
            cx.state.note_timeout();
            Err(Stop::TimedOut)
        }
        Received::End => Err(Stop::Lost(
            cx.break_off(Kind::Lost, "the peer has closed the connection"),
        )),
        Received::Failed => {
            let (cause, reason) = (blame::cause(cx, number), errno::describe(number));
            errno::set(number);
            Err(Stop::Lost(cx.break_off(cause, reason)))
        }
    }
}

/// Takes exactly `into.len()` bytes for the handshake; what is received beyond them stays in the buffer.
pub(in crate::session) fn exact(cx: Context<'_>, into: &mut [u8]) -> Result<(), Stop> {
    cx.r.m_sb.sb_timedout.set(0);
    let mut rest = into;
    while !rest.is_empty() {
        let taken = cx.r.m_sb.take(rest);
        cx.r.m_nBytesIn.set(
            cx.r.m_nBytesIn
                .get()
                .wrapping_add(c_int::try_from(taken).unwrap_or(0)),
        );
        cx.state.stats.bytes_in.add(taken);
        rest = rest.get_mut(taken..).unwrap_or_default();
        if taken == 0 {
            more(cx, Wait::Yes)?;
        }
    }
    show_rest(cx);
    Ok(())
}

/// Sends all of `bytes`, which belong to a handshake, through all layers below it.
pub(in crate::session) fn send_all(cx: Context<'_>, bytes: &[u8]) -> Result<(), SendError> {
    if !bytes.is_empty() {
        tunnel::listen(cx);
        cx.state.flags.is_unanswered.store(false, Relaxed);
    }
    send_under_lock(cx, bytes).inspect(|()| cx.state.stats.bytes_out.add(bytes.len()))
}

/// Sends all of `bytes`, which are RTMP, through all layers below it, for a caller that has the right to send and has listened.
pub(in crate::session) fn send_under_lock(cx: Context<'_>, bytes: &[u8]) -> Result<(), SendError> {
    if !cx.r.Link.is_encrypted() {
        return send_below(cx, bytes);
    }
    let copy = joined(&[bytes]);
    let mut copy = copy.ok_or_else(|| SendError::no_memory(bytes.len()))?;
    send_own(cx, &mut copy)
}

/// As [`send_under_lock`] for bytes that nobody needs afterwards: they may be encrypted where they are.
#[inline]
pub(in crate::session) fn send_own(cx: Context<'_>, bytes: &mut [u8]) -> Result<(), SendError> {
    if cx.r.Link.is_encrypted() {
        encrypt(cx, bytes);
    }
    send_below(cx, bytes)
}

#[inline(never)]
fn encrypt(cx: Context<'_>, bytes: &mut [u8]) {
    cx.state.ciphers.encrypt(bytes);
}

#[inline]
fn send_below(cx: Context<'_>, bytes: &[u8]) -> Result<(), SendError> {
    if tunnel::is_on(cx.r) {
        tunnel::post(cx, bytes)
    } else {
        wire::send_raw(cx, bytes)
    }
}

/// Whether what is sent is RTMP as it is.
pub(in crate::session) fn is_bare(r: &RTMP) -> bool {
    !r.m_sb.is_tls() && !r.Link.is_encrypted() && !tunnel::is_on(r)
}
