//! The last moments of a connection: the last commands, and the time in which the peer still takes what was sent (spec 10 P4).
//!
//! A socket that is closed with something unread in it, or that gets something afterwards, resets the connection: the
//! system throws away what it has not sent yet, and the peer may never look at what it has not read yet. Servers do say
//! something while they are published to. So what comes is thrown away, as long as the peer takes, and then until it has
//! closed too.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use crate::abi::{RTMP, RTMPSockBuf};
use crate::proto::command;
use crate::sys::socket::{self, Direction, Readiness};

use crate::session::link::{cancel, tls, tunnel};
use crate::session::state::parting::Parting;
use crate::session::state::{Context, State};

use super::outgoing::Message;
use super::{calls, transmit};

/// Between two looks at what has not been taken.
const STEP: Duration = Duration::from_millis(2);
/// Receives at one look: a peer that talks without end must not keep us.
const ROUNDS: usize = 64;

impl Parting {
    /// Makes another thread's receive return. The direction to the peer stays as it is where nobody is sending: what is
    /// on its way would be lost by the next word of the peer. The thread that is woken may be the one that lingers then.
    pub(in crate::session) fn wake_reader(&self, cx: Context<'_>) {
        let is_gentle = self.is_gentle.load(Relaxed) || cx.state.sending_if_free().is_some();
        if self.is_behind && is_gentle && !self.left().is_zero() {
            self.is_gentle.store(true, Relaxed);
            cancel::visit(cx.r, |fd| socket::shutdown(fd, Direction::Receiving));
        } else {
            self.cut(cx.r);
        }
    }

    /// Makes whatever other threads do return, also a send: there is nothing to wait for any more.
    pub(in crate::session) fn cut(&self, r: &RTMP) {
        self.is_in_vain.store(true, Relaxed);
        cancel::cut(r);
    }

    /// Before the goodbye: gives a peer that is behind the time to make room for it.
    pub(in crate::session) fn make_room(&self, cx: Context<'_>) {
        if !self.is_behind || cx.r.is_cancelled() || cx.state.last_words().is_none() {
            return;
        }
        // What comes through a tunnel is read when that is drained.
        let reader = State::try_enter(cx.r).filter(|_| !tunnel::is_on(cx.r));
        let fd = cx.r.m_sb.sb_socket.observe();
        let mut pace = Pace::of(fd);
        while !self.left().is_zero() && pace.is_kept(fd, self.stall) {
            if !matches!(socket::wait(fd, Readiness::Writable, Some(STEP)), Ok(false)) {
                return;
            }
            if reader.is_some() {
                discard(fd);
            }
        }
        self.is_in_vain.store(true, Relaxed);
    }

    /// Behind the goodbye: ends TLS, throws away what has come, and waits for a peer that is behind if it `may_take` more.
    /// `is_unwanted` ends the waiting.
    pub(in crate::session) fn finish(
        &self,
        sb: &RTMPSockBuf,
        may_take: bool,
        is_unwanted: impl Fn() -> bool,
    ) {
        let fd = sb.sb_socket.observe();
        if socket::linger(fd).is_some_and(|limit| !limit.is_zero()) {
            // The system would begin to wait anew.
            socket::set_no_linger(fd);
        }
        let mut is_all_said = tls::say_goodbye(sb);
        let mut heard = discard(fd);
        if !self.is_behind || !may_take || self.is_in_vain.load(Relaxed) {
            return;
        }
        let (mut pace, mut is_taken) = (Pace::of(fd), false);
        while heard != Heard::Failure && !self.left().is_zero() && !is_unwanted() {
            if !is_taken && is_all_said && socket::unsent(fd) == 0 {
                socket::shutdown(fd, Direction::Sending);
                is_taken = true;
            }
            if is_taken && heard == Heard::End {
                return;
            }
            if is_taken && heard == Heard::Something {
                pace = Pace::of(fd);
            }
            if !pace.is_kept(fd, self.stall) {
                return;
            }
            // At its end a socket is always readable.
            let ready = match heard {
                Heard::End => Readiness::Gone,
                _ => Readiness::Readable,
            };
            let _ = socket::wait(fd, ready, Some(STEP));
            is_all_said = is_all_said || tls::say_goodbye(sb);
            heard = discard(fd);
        }
    }
}

/// Whether the peer takes what was sent.
struct Pace {
    unsent: usize,
    since: Instant,
}

impl Pace {
    fn of(fd: c_int) -> Self {
        Self {
            unsent: socket::unsent(fd),
            since: Instant::now(),
        }
    }

    /// False when it has taken nothing for as long as `stall`.
    fn is_kept(&mut self, fd: c_int, stall: Duration) -> bool {
        let now = Self::of(fd);
        if now.unsent < self.unsent {
            *self = now;
        }
        self.since.elapsed() < stall
    }
}

/// What a look at the socket found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    Nothing,
    Something,
    /// Nothing more will come.
    End,
    /// The connection is gone.
    Failure,
}

/// Throws away what has come.
fn discard(fd: c_int) -> Heard {
    let mut heard = Heard::Nothing;
    for _ in 0..ROUNDS {
        match socket::discard_now(fd) {
            Ok(0) => return Heard::End,
            Ok(_) => heard = Heard::Something,
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::Interrupted => break,
                _ => return Heard::Failure,
            },
        }
    }
    heard
}

/// Takes the publishing point back. True when that was said.
pub(super) fn fc_unpublish(cx: Context<'_>) -> bool {
    say(cx, |id| {
        command::fc_unpublish(id, cx.r.Link.playpath.bytes())
    })
}

/// Deletes `stream`. True when that was said.
pub(super) fn delete_stream(cx: Context<'_>, stream: c_int) -> bool {
    say(cx, |id| command::delete_stream(id, stream))
}

fn say(cx: Context<'_>, write: impl FnOnce(f64) -> Option<Vec<u8>>) -> bool {
    cx.state.last_words().is_some_and(|sending| {
        write(calls::next_id(cx)).is_some_and(|body| {
            let message = Message::about_connection(&body);
            transmit::farewell(cx, sending, &message)
        })
    })
}
