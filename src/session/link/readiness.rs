//! Receiving for `RTMP_Read`, whose callers may wait for the socket before each call (spec 10 P2): as long as something
//! that was received is not handed out, the socket has to be readable. So a receive takes what surely fits, or leaves a
//! byte behind.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{RTMP_BUFFER_CACHE_SIZE, RTMPSockBuf};
use crate::sys::socket;

use crate::session::link::plain::Received;
use crate::session::link::{plain, tls, wire};
use crate::session::state::Context;
use crate::session::state::receiving::Ahead;

/// A third of the caller's memory is filled at once: what it holds then fits, though tags are longer than chunks.
const SHARE: usize = 3;
/// But so many bytes at least.
const SMALLEST: usize = 2048;
/// So many bytes are worth a system call.
const ENOUGH: usize = 8 * 1024;

/// Bytes that a receive takes for a caller with memory for `size` bytes; 0: as many as fit.
pub(in crate::session) fn share(size: usize) -> usize {
    match size {
        0 => 0,
        size => (size / SHARE).clamp(SMALLEST, RTMP_BUFFER_CACHE_SIZE),
    }
}

/// Receives once into the buffer for a caller with memory for `size` bytes. How many are there need not be asked for if it
/// is known.
pub(in crate::session) fn fill(cx: Context<'_>, size: usize, there: Option<usize>) -> Received {
    // The byte that stays says enough, whatever fits.
    let most = size.max(SMALLEST);
    tls::fill_for_read(&cx.r.m_sb, most).unwrap_or_else(|| fill_plain(cx, size, there))
}

fn fill_plain(cx: Context<'_>, size: usize, there: Option<usize>) -> Received {
    let (sb, fd) = (&cx.r.m_sb, cx.r.m_sb.sb_socket.observe());
    if let Some(many) = there
        .or_else(|| surplus(cx))
        .filter(|&many| is_surplus(sb, many))
    {
        return fill_up(cx, many);
    }
    // A message that is complete by what comes now is handed out as well.
    let held = cx.state.flags.held() as usize;
    let safe = size.saturating_sub(held) / SHARE;
    if safe >= ENOUGH {
        return wire::fill(sb, safe);
    }
    let mut there = there.unwrap_or_else(|| socket::available(fd));
    if there == 0 && held > 0 {
        // Waits, and takes nothing yet.
        match plain::receive(sb, || socket::peek_bytes(fd, &mut [0])) {
            Received::Bytes(_) => there = socket::available(fd),
            other => return other,
        }
    }
    match there {
        0 => wire::fill(sb, share(size)),
        few if few <= safe => wire::fill(sb, few),
        many if is_surplus(sb, many) => fill_up(cx, many),
        all => leave_byte(cx, all),
    }
}

/// How many bytes can be received without waiting: so many at least, if they do not fit. `None` where the system does not tell.
pub(in crate::session) fn arrived(cx: Context<'_>) -> Option<usize> {
    surplus(cx).or_else(|| socket::arrived(cx.r.m_sb.sb_socket.observe()))
}

fn is_surplus(sb: &RTMPSockBuf, many: usize) -> bool {
    many > sb.room().len()
}

/// What must still be there, if it does not fit: the system need not be asked before each receive of many.
fn surplus(cx: Context<'_>) -> Option<usize> {
    let Ahead { count, behind } = cx.state.receiving().ahead;
    let is_known = behind == received_in_all(cx);
    (is_known && is_surplus(&cx.r.m_sb, count)).then_some(count)
}

/// Receives as much as fits of `many` bytes that are there: the others stay.
fn fill_up(cx: Context<'_>, many: usize) -> Received {
    let received = wire::fill(&cx.r.m_sb, 0);
    if let Received::Bytes(count) = received {
        cx.state.receiving().ahead = Ahead {
            count: many.saturating_sub(count),
            behind: received_in_all(cx),
        };
    }
    received
}

/// Changes with each byte that is received, whoever does that.
fn received_in_all(cx: Context<'_>) -> usize {
    let used = cx.r.m_nBytesIn.get().cast_unsigned() as usize;
    used.wrapping_add(cx.r.m_sb.len())
}

/// Receives the `count` bytes that are there. The last one also stays in the socket.
fn leave_byte(cx: Context<'_>, count: usize) -> Received {
    let (sb, fd) = (&cx.r.m_sb, cx.r.m_sb.sb_socket.observe());
    let mut gained = 0;
    if let others @ 1.. = count.saturating_sub(1) {
        match wire::fill(sb, others) {
            Received::Bytes(count) => gained = count,
            other => return other,
        }
    }
    let mut last = [0];
    if gained.saturating_add(1) == count && socket::peek_bytes(fd, &mut last).is_ok_and(|n| n > 0) {
        gained = gained.saturating_add(sb.put(&last));
        cx.state.flags.is_byte_left.store(true, Relaxed);
    }
    Received::Bytes(gained)
}

/// Receives once into the buffer for a caller that knows no size: all that is there, and the last byte also stays in the socket.
pub(in crate::session) fn fill_all(cx: Context<'_>) -> Received {
    tls::fill_for_read(&cx.r.m_sb, 0).unwrap_or_else(|| fill_all_plain(cx))
}

fn fill_all_plain(cx: Context<'_>) -> Received {
    let (sb, fd) = (&cx.r.m_sb, cx.r.m_sb.sb_socket.observe());
    let room = sb.room();
    let there = match plain::receive(sb, || socket::peek(fd, room)) {
        Received::Bytes(count) => count,
        other => return other,
    };
    // All but the last one come once more to the same place.
    let others = there.saturating_sub(1);
    if others > 0 {
        match wire::fill(sb, others) {
            Received::Bytes(count) if count == others => {}
            other => return other,
        }
    }
    sb.filled(1);
    cx.state.flags.is_byte_left.store(true, Relaxed);
    Received::Bytes(there)
}

/// Begins to hand out: what was left in the socket is a part of it.
pub(in crate::session) fn take_up(cx: Context<'_>) {
    if cx.r.m_sb.take_back() {
        cx.state.flags.is_byte_left.store(true, Relaxed);
    }
    if cx.state.flags.is_byte_given_back.load(Relaxed) {
        cx.state.flags.is_byte_given_back.store(false, Relaxed);
        let mut next = [0];
        let seen = socket::peek_now(cx.r.m_sb.sb_socket.observe(), &mut next);
        if seen.is_ok_and(|count| count > 0) && cx.r.m_sb.put(&next) > 0 {
            wire::count_received(cx, 1);
            cx.state.flags.is_byte_left.store(true, Relaxed);
        }
    }
}

/// Ends a part of a session behind which a program may wait for the socket: `is_all` of what was received is used.
pub(in crate::session) fn hand_back(cx: Context<'_>, is_all: bool) {
    cx.state.receiving().may_be_polled = false;
    if is_all {
        let_go(cx);
    } else {
        set_aside(cx);
    }
}

/// Ends handing out, with something left: the socket is readable until that has been fetched. Nobody else gets a byte
/// twice.
pub(in crate::session) fn set_aside(cx: Context<'_>) {
    if !cx.state.flags.is_byte_left.load(Relaxed) {
        return;
    }
    if cx.r.m_sb.is_empty() {
        cx.r.m_sb.lend();
    } else if cx.r.Link.is_encrypted() {
        // It has been decrypted, and cannot be once more.
        return;
    } else {
        cx.r.m_sb.drop_last(1);
        cx.state.stats.is_byte_returned.store(true, Relaxed);
        cx.state.flags.is_byte_given_back.store(true, Relaxed);
    }
    cx.state.flags.is_byte_left.store(false, Relaxed);
}

/// Removes the byte that was left in the socket: all has been handed out, or more is to be received.
pub(in crate::session) fn let_go(cx: Context<'_>) {
    tls::let_go(&cx.r.m_sb);
    let is_left = cx.r.m_sb.take_back() || cx.state.flags.is_byte_left.load(Relaxed);
    if is_left {
        cx.state.flags.is_byte_left.store(false, Relaxed);
        forget_byte(&cx.r.m_sb);
    }
}

/// Before a receive that knows of no state: as [`let_go`].
pub(in crate::session) fn let_go_bare(sb: &RTMPSockBuf) {
    if sb.take_back() {
        forget_byte(sb);
    }
}

fn forget_byte(sb: &RTMPSockBuf) {
    // It is there, unless somebody has ended the connection.
    let _ = socket::recv_now(sb.sb_socket.observe(), &mut [0]);
}

/// Receives once, with C's result (`RTMPSockBuf_Fill`): bytes added, 0 at the end, after a timeout and without room, -1 on failure.
pub fn fill_once(sb: &RTMPSockBuf) -> c_int {
    let_go_bare(sb);
    if sb.room().is_empty() {
        return 0;
    }
    loop {
        // What TLS has received beyond that, nobody would hear of.
        match wire::fill(sb, RTMP_BUFFER_CACHE_SIZE) {
            Received::Bytes(0) => {}
            Received::Bytes(count) => return c_int::try_from(count).unwrap_or(c_int::MAX),
            Received::End | Received::TimedOut => return 0,
            Received::Failed => return -1,
        }
    }
}
