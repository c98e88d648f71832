//! Ending a connection (spec 02 §4.1).

use std::time::Duration;

use crate::abi::private::Private;
use crate::abi::{DEFAULT_CHUNK_SIZE, RTMP, RTMP_READ_EOF, RTMP_READ_HEADER, RTMPSockBuf, Stop};
use crate::sys::socket::{self, Direction, Readiness};

use super::linger::Parting;
use super::state::{Sending, State};
use super::{cancel, cipher, command, feature, report, tls, tunnel};

/// The last words of a connection wait so long for a peer that takes nothing.
const GOODBYE: Duration = Duration::from_millis(150);

/// Closes because the program wants it (`RTMP_Close`). A cancel ends here.
pub fn by_program(r: &RTMP) {
    close(r);
    // Most often there is none, and an atomic step is not for nothing.
    if r.is_cancelled() {
        r.lower_stop(Stop::Cancel);
    }
}

/// Closes the connection and releases everything but the handle. Fine on a handle without connection.
///
/// Another thread that is blocked in any call is woken first, and waited for: the memory it uses is freed here.
pub(super) fn close(r: &RTMP) {
    let is_untouched = r.m_sb.sb_socket.get() == -1 && r.private_if_any::<State>().is_none();
    if is_untouched {
        // No other thread can be using it.
        r.Link.free_strings();
        reset(r);
        return;
    }
    while !end(r, State::of(r), Strings::Free) {}
}

/// Closes the connection that `state` belongs to, after a failure on it. Another thread may have closed it meanwhile, and
/// perhaps made a new one, which is left alone.
pub(super) fn close_session(r: &RTMP, state: &State) {
    let now = r.private_if_any::<State>();
    let is_this = |now: &Private<State>| core::ptr::eq(&raw const **now, state);
    if let Some(now) = now.filter(is_this) {
        end(r, now, Strings::Free);
    }
}

/// What becomes of the texts in `Link` that the library has made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strings {
    Free,
    Keep,
}

/// Ends a connection that another one will follow: the parameters in `Link` stay. Nothing happens without one.
pub(super) fn for_reconnect(r: &RTMP) {
    while r.m_sb.sb_socket.get() != -1 && !end(r, State::of(r), Strings::Keep) {}
}

/// Ends the connection that `state` belongs to. False when another thread has done it.
fn end(r: &RTMP, state: Private<State>, strings: Strings) -> bool {
    // From here on no other thread begins to send: the goodbye is the last.
    r.raise_stop(Stop::Close);
    let parting = state.parting.get_or_init(|| Parting::begin(&r.m_sb));
    if r.m_sb.sb_socket.get() != -1 {
        tunnel::drain(r, &state, parting.left() / 2);
        parting.make_room(r, &state);
        say_goodbye(r, &state);
        tunnel::say_goodbye(r, &state);
    }
    let reader = State::enter_this(state.clone(), || {
        // Another thread that was closing may have taken its wish back.
        r.raise_stop(Stop::Close);
        parting.wake_reader(r, &state);
    });
    let mut sending = reader.sending_if_free().unwrap_or_else(|| {
        parting.cut(r);
        reader.sending()
    });
    r.lower_stop(Stop::Close);
    if reader.is_over() {
        return false;
    }
    if r.m_sb.sb_socket.get() != -1 {
        tunnel::drain(r, &reader, parting.left());
        let may_take = !sending.is_mute && !r.is_cancelled();
        parting.finish(&r.m_sb, may_take, || r.is_cancelled());
    }
    if strings == Strings::Free {
        r.Link.free_strings();
    }
    tear_down(r, &reader);
    // A thread that read last with this state may keep it for long.
    *sending = Sending::default();
    drop(sending);
    true
}

/// Frees all that the connection has; its locks are held.
fn tear_down(r: &RTMP, state: &State) {
    tls::close(&r.m_sb);
    match cancel::take_socket(r) {
        -1 => {}
        fd => drop(socket::close(fd)),
    }
    cipher::stop(r, state);
    let calls = state.calls();
    reset(r);
    drop(calls);
    release(r, state);
}

/// Frees the private state, whose reader this thread is; the reason of a failure is left behind. Alone where nothing else
/// was made yet: programs need not close what never was connected.
pub(super) fn release(r: &RTMP, state: &State) {
    report::leave(r, state);
    state.set_over();
    r.drop_private::<State>();
}

/// Ends TLS, if any, and closes the socket (`RTMPSockBuf_Close`). `sb_socket` keeps its value. What `close` returned, 0
/// without a socket.
pub fn close_socket(sb: &RTMPSockBuf) -> core::ffi::c_int {
    match sb.sb_socket.get() {
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
    let fd = sb.sb_socket.get();
    let has_room = socket::wait(fd, Readiness::Writable, Some(Duration::ZERO));
    sb.sb_timedout.get() != 0 && matches!(has_room, Ok(false))
}

/// The stream has ended, by the server's word or by its silence: closes, or, while `RTMP_Read` is at work, notes it so
/// that the caller first gets what was received. Then the socket stays readable, at its end, until the caller has been
/// told: callers wait with `poll` before they read.
pub(super) fn stop(r: &RTMP, state: &State, status: i8) {
    if !state.receiving().is_delivering {
        return close(r);
    }
    let parting = Parting::begin(&r.m_sb);
    say_goodbye(r, state);
    tunnel::drain(r, state, parting.left());
    socket::shutdown(r.m_sb.sb_socket.get(), Direction::Receiving);
    note(r, state, status);
}

/// The connection is gone: closes, or notes it as [`stop`] does.
pub(super) fn lost(r: &RTMP, state: &State) {
    if state.receiving().is_delivering && r.m_sb.sb_socket.get() != -1 {
        say_goodbye(r, state);
        note(r, state, RTMP_READ_EOF);
    } else {
        close_session(r, state);
    }
}

fn note(r: &RTMP, state: &State, status: i8) {
    r.m_sb.clear();
    let mut receiving = state.receiving();
    receiving.partial = None;
    receiving.ended.get_or_insert(status);
}

/// Tells the server that the stream is over. Nothing more is sent once that fails, and from here on no send waits long.
fn say_goodbye(r: &RTMP, state: &State) {
    cancel::visit(r, |fd| {
        // What is no socket any more fails when it is used.
        let _ = socket::set_send_timeout(fd, GOODBYE);
    });
    let stream = r.m_stream_id.get();
    if stream <= 0 || r.is_cancelled() {
        return;
    }
    r.m_stream_id.set(0);
    let publishes = r.Link.protocol.get() & feature::WRITE != 0;
    if !publishes || command::fc_unpublish(r, state) {
        command::delete_stream_at_close(r, state, stream);
    }
}

/// Everything that does not survive a connection. The chunk sizes are the connection's too: the original keeps them and
/// misreads the next one (spec 02 D6).
fn reset(r: &RTMP) {
    r.free_client_id();
    r.m_stream_id.set(-1);
    r.m_inChunkSize.set(DEFAULT_CHUNK_SIZE);
    r.m_outChunkSize.set(DEFAULT_CHUNK_SIZE);
    r.m_nBWCheckCounter.set(0);
    r.m_nBytesIn.set(0);
    r.m_nBytesInSent.set(0);
    let read = &r.m_read;
    if read.has(RTMP_READ_HEADER) {
        read.drop_leftover();
    }
    read.dataType.set(0);
    read.flags.set(0);
    read.status.set(0);
    read.nResumeTS.set(0);
    read.nIgnoredFrameCounter.set(0);
    read.nIgnoredFlvFrameCounter.set(0);
    r.m_write.m_nBytesRead.set(0);
    r.free_channels();
    r.clear_calls();
    r.m_numInvokes.set(0);
    r.m_bPlaying.set(0);
    r.m_sb.clear();
    r.m_msgCounter.set(0);
    r.m_resplen.set(0);
    r.m_unackd.set(0);
    r.Link.set_encrypted(false);
}
