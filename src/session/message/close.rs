//! Ending a connection (spec 02 §4.1).
//!
//! | way | called | what is kept | what is said |
//! |---|---|---|---|
//! | [`by_program`] | `RTMP_Close` | the handle | goodbye, where the peer takes it |
//! | [`close`] | a call that failed, or that found the end | the handle, and what the server can do | goodbye |
//! | [`close_session`] | the same, unless the call has another connection by now | the handle | goodbye |
//! | [`lost`] | the link found the connection broken or ended | the handle; inside `RTMP_Read` the status, until it is told | goodbye |
//! | [`stop`] | the server's word that the stream is over | as [`lost`], and the socket, at its end | goodbye |
//! | [`for_reconnect`] | the program connects anew | `Link` with all its texts | goodbye |
//! | [`for_next`] | the call goes on, on another connection | the same, and what was asked for | goodbye |
//! | [`close_socket`] | `RTMPSockBuf_Close` | `sb_socket`, all but TLS | the end of TLS |
//! | `cut_off` | a signal handler closed inside a call | all; the next close does the rest | nothing |
//! | `forsake` | a child of `fork` closes its parent's connection | the memory that threads of the parent may have been at | nothing |
//!
//! Beside them, [`State::release`] forgets a handle that was never connected, and `link::cancel` makes calls fail and ends
//! nothing. None logs but what its goodbye does.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::abi::private::Private;
use crate::abi::{DEFAULT_CHUNK_SIZE, RTMP, RTMP_READ_EOF, RTMPSockBuf, Remains};
use crate::sys::socket::{self, Direction, Readiness};
use crate::sys::thread::Moment;

use crate::session::feature;
use crate::session::link::stack::Stop;
use crate::session::link::{cancel, settings, tls, tunnel};
use crate::session::state::answer;
use crate::session::state::door::{self, Closing};
use crate::session::state::onward::Alone;
use crate::session::state::parting::Parting;
use crate::session::state::{Context, State, attempt};

use super::{calls, linger};

/// The last words of a connection wait so long for a peer that takes nothing.
const GOODBYE: Duration = Duration::from_millis(150);

/// Closes because the program wants it (`RTMP_Close`). A cancel ends here.
///
/// Another thread that is blocked in any call is woken first, and waited for: the memory it uses is freed here. When another
/// close has been quicker that one is waited for, and the handle is not touched any more.
pub fn by_program(r: &RTMP) {
    if let Some(closing) = door::close(r) {
        attempt::abandon(r);
        end(r, &closing, Strings::Free);
        attempt::forget(r);
    }
}

/// Closes the connection and releases everything but the handle. Fine on a handle without connection. For calls, which
/// are inside the handle.
pub(in crate::session) fn close(r: &RTMP) {
    if let Some(closing) = door::close_within(r) {
        let answer = answer::take(r);
        end(r, &closing, Strings::Free);
        answer::keep(r, answer);
    }
}

/// Closes the connection that `state` belongs to, after a failure on it. The call may have closed it already, and perhaps
/// made a new one, which is left alone.
pub(in crate::session) fn close_session(cx: Context<'_>) {
    let now = cx.r.private_if_any::<State>();
    if now.is_some_and(|now| core::ptr::eq(&raw const *now, cx.state)) {
        close(cx.r);
    }
}

/// What becomes of the texts in `Link` that the library has made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strings {
    Free,
    Keep,
}

/// Ends a connection that another one will follow: the parameters in `Link` stay. Nothing happens without one.
pub(in crate::session) fn for_reconnect(r: &RTMP) {
    let is_cut = r
        .private_if_any::<State>()
        .is_some_and(|state| state.is_cut());
    if (is_cut || r.m_sb.sb_socket.observe() != -1)
        && let Some(mut closing) = door::close_within(r)
    {
        end(r, &closing, Strings::Keep);
        if is_cut {
            closing.complete();
        }
    }
}

/// Ends a connection that the same call goes on without, on another one. Other threads that read or send wait until the
/// result is dropped; whose call was under way, that one fails. `None`, and nothing is done, when the handle is being closed.
pub(in crate::session) fn for_next(r: &RTMP) -> Option<Alone> {
    let state = State::of(r);
    if state.is_cut() || state.is_inherited() {
        return None;
    }
    let closing = door::close_within(r)?;
    let onward = state.take_onward();
    drop(state);
    end(r, &closing, Strings::Keep);
    let alone = State::begin_alone(r, onward);
    // The goodbye counts, too.
    r.m_sb.totals().inspect(|&totals| alone.stats.go_on(totals));
    Some(alone)
}

/// Ends the connection. From the beginning of `closing` on no other thread begins to send: the goodbye is the last.
fn end(r: &RTMP, closing: &Closing<'_>, strings: Strings) {
    let state = r.private_if_any::<State>();
    if let Some(state) = state.filter(Private::is_inherited) {
        return forsake(r, state);
    }
    if closing.interrupted() == Some(Moment::Work) {
        closing.leave_half_done();
        return cut_off(r);
    }
    if r.m_sb.sb_socket.observe() != -1 {
        let state = State::of(r);
        let parting = state.parting(r);
        drain(state.on(r), closing, parting.left() / 2);
        parting.make_room(state.on(r));
        say_goodbye(state.on(r));
        if !settings::is_quiet(r) {
            // For a server that is the end of the stream, too.
            tunnel::say_goodbye(state.on(r));
        }
    }
    let state = r.private_if_any::<State>();
    // Threads that wait for a lock have to get it, and find that all is over: a writer that hears the end closes as the reader, a
    // signal handler may close inside a send.
    let lent = state.as_ref().map(|state| state.lend_locks());
    closing.wait_until_alone(|| match &state {
        Some(state) => state.parting(r).wake_reader(state.on(r)),
        None => cancel::cut(r),
    });
    drop(lent);
    let state = r.private_if_any::<State>();
    if let Some(state) = state.as_ref().filter(|_| r.m_sb.sb_socket.observe() != -1) {
        let parting = state.parting(r);
        drain(state.on(r), closing, parting.left());
        // Behind half a message, which a signal handler has interrupted, nothing is of use.
        let is_whole = state.sending().is_some_and(|sending| !sending.is_mute);
        parting.finish(&r.m_sb, is_whole && !r.is_cancelled(), || r.is_cancelled());
    }
    tear_down(r, state.as_deref());
    if strings == Strings::Free {
        r.Link.free_strings();
    }
    if let Some(state) = state.filter(|_| closing.interrupted().is_none()) {
        state.empty();
    }
}

/// In a tunnel: see [`tunnel::drain`]. A receive that a signal has interrupted has its locks.
fn drain(cx: Context<'_>, closing: &Closing<'_>, limit: Duration) {
    if closing.interrupted() != Some(Moment::SystemCall) {
        tunnel::drain(cx, limit);
    }
}

/// A signal handler closes while the call that it has interrupted may hold any lock, and the allocator's too: only the
/// socket is closed, if there is one yet. That call fails, and it, or the next close or connect, does the rest.
fn cut_off(r: &RTMP) {
    r.look_at_private(State::set_cut);
    cancel::cut(r);
    match cancel::take_socket(r) {
        -1 => {}
        fd => drop(socket::close(fd)),
    }
}

/// The connection is that of another process, whose child this one is: only the descriptor is closed. What threads were at
/// that this process does not have cannot be relied on, nor freed.
fn forsake(r: &RTMP, state: Private<State>) {
    let is_left_behind = door::is_left_behind(r);
    if let fd @ 0.. = r.m_sb.sb_socket.replace(-1) {
        socket::close(fd);
    }
    let remains = reset(r);
    r.drop_private::<State>();
    tls::forget(&r.m_sb, is_left_behind);
    if is_left_behind {
        remains.abandon();
        state.abandon();
    } else {
        state.come_back(r);
        r.Link.free_strings();
        state.keep(remains);
    }
    door::forget(r);
}

/// Takes all that the connection has; what code further out may know is freed with the state.
fn tear_down(r: &RTMP, state: Option<&State>) {
    tls::close(&r.m_sb);
    match cancel::take_socket(r) {
        -1 => {}
        fd => {
            socket::close(fd);
            // What stands in the buffer is no reason.
            r.m_sb.leave_note(None);
            // The program may have made the connection.
            state.inspect(|state| state.stats.begin());
        }
    }
    let Some(state) = state else {
        drop(reset(r));
        return;
    };
    state.ciphers.stop(r);
    state.keep(reset(r));
    state.release(r);
}

/// Ends TLS, if any, and closes the socket (`RTMPSockBuf_Close`). `sb_socket` keeps its value. What `close` returned, 0
/// without a socket.
pub fn close_socket(sb: &RTMPSockBuf) -> c_int {
    match sb.sb_socket.observe() {
        -1 => 0,
        fd => {
            let parting = Parting::begin(sb);
            parting.finish(sb, !is_stuck(sb), || false);
            tls::close(sb);
            socket::close(fd)
        }
    }
}

/// Whether the last thing that ran out of time was a send.
fn is_stuck(sb: &RTMPSockBuf) -> bool {
    let fd = sb.sb_socket.observe();
    let has_room = socket::wait(fd, Readiness::Writable, Some(Duration::ZERO));
    sb.sb_timedout.get() != 0 && matches!(has_room, Ok(false))
}

/// The stream has ended, by the server's word or by its silence: closes, or, while `RTMP_Read` is at work, notes it so
/// that the caller first gets what was received. Then the socket stays readable, at its end, until the caller has been
/// told: callers wait with `poll` before they read.
pub(in crate::session) fn stop(cx: Context<'_>, status: i8) {
    if !cx.state.receiving().is_delivering {
        return close(cx.r);
    }
    let parting = Parting::begin(&cx.r.m_sb);
    say_goodbye(cx);
    tunnel::drain(cx, parting.left());
    if !cx.r.is_inherited::<State>() {
        socket::shutdown(cx.r.m_sb.sb_socket.observe(), Direction::Receiving);
    }
    note(cx, status);
}

/// What the link gave. A connection that it has found broken is gone: see [`lost`]. `errno` stays.
pub(in crate::session) fn if_lost<T>(cx: Context<'_>, outcome: Result<T, Stop>) -> Result<T, Stop> {
    outcome.map_err(|stop| match stop {
        Stop::Lost(failure) => {
            lost(cx);
            failure.tell();
            Stop::Closed
        }
        stop => stop,
    })
}

/// The connection is gone: closes, or notes it as [`stop`] does.
pub(in crate::session) fn lost(cx: Context<'_>) {
    if cx.state.receiving().is_delivering && cx.r.m_sb.sb_socket.observe() != -1 {
        say_goodbye(cx);
        note(cx, RTMP_READ_EOF);
    } else {
        close_session(cx);
    }
}

fn note(cx: Context<'_>, status: i8) {
    cx.r.m_sb.clear();
    let mut receiving = cx.state.receiving();
    receiving.partial = None;
    receiving.ended.get_or_insert(status);
}

/// Tells the server that the stream is over, unless another process has made the connection. Nothing more is sent once that
/// fails, and from here on no send waits long.
fn say_goodbye(cx: Context<'_>) {
    if cx.r.is_inherited::<State>() {
        return;
    }
    cancel::visit(cx.r, |fd| {
        // What is no socket any more fails when it is used.
        let _ = socket::set_send_timeout(fd, GOODBYE);
    });
    say_last_words(cx);
}

/// The commands of the goodbye.
pub(in crate::session) fn say_last_words(cx: Context<'_>) {
    let stream = cx.r.m_stream_id.get();
    if stream <= 0 || cx.r.is_cancelled() {
        return;
    }
    cx.r.m_stream_id.set(0);
    if settings::is_quiet(cx.r) {
        return;
    }
    if !has_publication(cx) || linger::fc_unpublish(cx) {
        linger::delete_stream(cx, stream);
    }
}

/// Whether there is a publication that may be taken back. What goes by that name on the server is somebody else's when ours
/// was refused, or never accepted.
fn has_publication(cx: Context<'_>) -> bool {
    let is_refused = cx.state.flags.is_refused.load(Relaxed);
    feature::publishes(cx.r) && !is_refused && !calls::is_pending(cx, b"publish")
}

/// Everything that does not survive a connection. The chunk sizes are the connection's too: the original keeps them and
/// misreads the next one (spec 02 D6). The memory is handed out.
fn reset(r: &RTMP) -> Remains {
    let remains = r.detach();
    r.m_stream_id.set(-1);
    r.m_inChunkSize.set(DEFAULT_CHUNK_SIZE);
    r.m_outChunkSize.set(DEFAULT_CHUNK_SIZE);
    r.m_nBWCheckCounter.set(0);
    r.m_nBytesIn.set(0);
    r.m_nBytesInSent.set(0);
    let read = &r.m_read;
    read.dataType.set(0);
    read.flags.set(0);
    read.status.set(0);
    read.nResumeTS.set(0);
    read.nIgnoredFrameCounter.set(0);
    read.nIgnoredFlvFrameCounter.set(0);
    r.m_write.m_nBytesRead.set(0);
    r.m_numInvokes.set(0);
    r.m_bPlaying.set(0);
    r.m_sb.clear();
    r.m_msgCounter.set(0);
    r.m_resplen.set(0);
    r.m_unackd.set(0);
    r.Link.set_encrypted(false);
    remains
}
