//! Where no call waits: what is queued leaves as the socket takes it (`RTMP_SetNonBlocking`), and what has come is taken.

use core::sync::atomic::Ordering::Relaxed;
use std::io;
use std::time::{Duration, Instant};

use crate::net::patience::look;
use crate::session::link::plain::{self, Received, SendError};
use crate::session::link::{tls, wire};
use crate::session::state::Context;
use crate::session::state::queue::Queue;
use crate::sys::errno;
use crate::sys::socket::{self, Readiness};

/// So many bytes are offered to the socket at once: a record of TLS, of which the socket takes a part now and then.
const PIECE: usize = 16 * 1024;

/// Sends what the socket takes now. A failure when it has taken nothing for as long as its limit says, and whatever else ends
/// a connection.
pub(in crate::session) fn leave(cx: Context<'_>, queue: &mut Queue) -> Result<(), SendError> {
    let result = leave_some(cx, queue);
    show(cx, queue);
    result
}

/// Lets other threads see how much waits.
fn show(cx: Context<'_>, queue: &Queue) {
    let in_tls = tls::unsent(&cx.r.m_sb);
    cx.state
        .level
        .show(queue.len().saturating_add(in_tls), queue.oldest());
}

fn leave_some(cx: Context<'_>, queue: &mut Queue) -> Result<(), SendError> {
    let sb = &cx.r.m_sb;
    loop {
        let before = tls::unsent(sb);
        let piece = queue.front(PIECE, |bytes| cx.state.ciphers.encrypt(bytes));
        if piece.is_empty() && before == 0 {
            queue.go_on();
            return Ok(());
        }
        let error = match wire::send_now(cx, piece) {
            Ok(count) => {
                queue.took(count);
                continue;
            }
            Err(error) => error,
        };
        if !is_pause(&error) {
            return Err(failed(&error, queue));
        }
        if tls::unsent(sb) < before {
            queue.go_on();
        }
        if queue.stall(socket::send_timeout(sb.sb_socket.observe())) {
            sb.sb_timedout.set(1);
            return Err(failed(&io::Error::from_raw_os_error(libc::EAGAIN), queue));
        }
        return Ok(());
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

fn failed(error: &io::Error, queue: &Queue) -> SendError {
    SendError {
        number: errno::of(error, 0),
        left: queue.len(),
    }
}

/// When the socket has to have taken something; `None`: there is no limit, or nothing waits.
pub(in crate::session) fn stalled_for(cx: Context<'_>, queue: &Queue) -> Option<Duration> {
    let limit = socket::send_timeout(cx.r.m_sb.sb_socket.observe())?;
    Some(limit.saturating_sub(queue.stalled()?.elapsed()))
}

/// Whether the socket has something, or its end.
pub(in crate::session) fn is_readable(cx: Context<'_>) -> bool {
    let sb = &cx.r.m_sb;
    // What is no socket any more says so when it is used.
    tls::has_ended(sb) || look(sb.sb_socket.observe(), Readiness::Readable).unwrap_or(true)
}

/// What a receive is told when nothing has come: the receive timeout counts from the first time on that a reader found nothing.
pub(in crate::session) fn nothing(cx: Context<'_>) -> Option<Received> {
    cx.state.level.is_dry.store(true, Relaxed);
    if silence_left(cx, true)? > Duration::ZERO {
        return None;
    }
    cx.state.receiving().silent_since = None;
    Some(plain::failed_by(&cx.r.m_sb, libc::EAGAIN))
}

/// The time that is left of the receive timeout; `None`: nobody waits, or for ever. A reader `begins` to wait.
pub(in crate::session) fn silence_left(cx: Context<'_>, begins: bool) -> Option<Duration> {
    let limit = socket::receive_timeout(cx.r.m_sb.sb_socket.observe())?;
    let mut receiving = cx.state.receiving();
    if begins {
        receiving.silent_since.get_or_insert_with(Instant::now);
    }
    Some(limit.saturating_sub(receiving.silent_since?.elapsed()))
}

/// Something has come.
pub(in crate::session) fn something(cx: Context<'_>) {
    cx.state.level.is_dry.store(false, Relaxed);
    cx.state.receiving().silent_since = None;
}
