//! Why a connection failed, in words, for the program (`RTMP_LastError`).
//!
//! The first reason counts: what else goes wrong follows from it. While a handle has private state the text is there. Close
//! frees that, and not every program closes again after a failure, so it leaves the text in the receive buffer, which
//! then is nobody's.

use core::ffi::{CStr, c_int};
use core::fmt::{self, Display, Write};
use core::sync::atomic::Ordering::Relaxed;
use std::ffi::CString;

use crate::abi::RTMP;
use crate::sys::{errno, log};

use super::state::State;

/// What a connection was at when it failed.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// Fetching the player that is to be verified.
    Player,
    /// Name and socket.
    Connecting,
    /// The talk with a proxy.
    Proxy,
    /// The handshake of TLS.
    Tls,
    /// Opening an HTTP tunnel.
    Tunnel,
    /// The handshake of RTMP.
    Handshake,
    /// Waiting for play or publish.
    Dialogue,
    /// Media.
    #[default]
    Streaming,
}

impl Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Player => "SWF",
            Self::Connecting => "connecting",
            Self::Proxy => "proxy",
            Self::Tls => "TLS",
            Self::Tunnel => "HTTP tunnel",
            Self::Handshake => "handshake",
            Self::Dialogue => "waiting for the stream",
            Self::Streaming => "streaming",
        })
    }
}

/// The text for the program.
#[derive(Default)]
pub(super) struct Report {
    text: Option<CString>,
    weight: Weight,
}

/// What becomes of a text when something else goes wrong.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Weight {
    /// A timeout may be followed by something worse.
    Passing,
    /// It is the reason, unless media follows.
    Suspected,
    /// It is the reason.
    #[default]
    Final,
}

/// Words of a peer end here.
const LONGEST: usize = 1000;

/// The connection has failed, in the phase that it is in: by what the peer said, or by what we found out.
pub(super) fn failed(state: &State, reason: impl Display) {
    note(state, &reason, Weight::Final);
}

/// The server has complained. If media goes on this was not the end: see [`media_goes_on`].
pub(super) fn suspected(state: &State, reason: impl Display) {
    note(state, &reason, Weight::Suspected);
    state.quick.is_suspected.store(true, Relaxed);
}

/// Media has come: what was only suspected is forgotten.
pub(super) fn media_goes_on(state: &State) {
    if state.quick.is_suspected.load(Relaxed) {
        state.quick.is_suspected.store(false, Relaxed);
        let mut report = state.report();
        if report.weight == Weight::Suspected {
            *report = Report::default();
        }
    }
}

/// A call on the connection has failed, and `errno` is to say why. When the program has cancelled, or another thread
/// closes, that is the reason, whatever the system says about a socket that was shut down meanwhile.
pub(super) fn broken(r: &RTMP, state: &State, number: c_int, reason: impl Display) {
    let (reason, number): (&dyn Display, c_int) = if r.is_stopped() {
        (&"cancelled", libc::ECANCELED)
    } else {
        (&reason, number)
    };
    // Calls that come behind the end of a connection fail because of it.
    if !r.m_sb.has_note() {
        note(state, reason, Weight::Final);
    }
    errno::set(number);
}

/// Nothing came in time; the connection goes on.
pub(super) fn timed_out(state: &State) {
    note(state, &"nothing was received in time", Weight::Passing);
}

fn note(state: &State, reason: &dyn Display, weight: Weight) {
    let phase = state.receiving().phase;
    let mut report = state.report();
    if report.text.is_some() && report.weight != Weight::Passing {
        return;
    }
    let mut words = Words(Vec::new());
    if words
        .0
        .try_reserve_exact(LONGEST.saturating_add(1))
        .is_err()
    {
        return;
    }
    let is_cut = write!(words, "{phase}: {reason}").is_err();
    if is_cut && let Some(last) = words.0.utf8_chunks().last() {
        // Not in the middle of a character.
        let rest = last.invalid().len();
        words.0.truncate(LONGEST.saturating_sub(rest));
    }
    report.text = CString::new(words.0).ok();
    report.weight = weight;
}

/// Collects so many bytes at most, none of which is 0. What a peer makes long is not copied as a whole.
struct Words(Vec<u8>);

impl Write for Words {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        log::put_bytes(text, |bytes| {
            let words = bytes.iter().copied().filter(|&byte| byte != 0);
            let room = LONGEST.saturating_sub(self.0.len());
            self.0.extend(words.take(room));
            if self.0.len() < LONGEST {
                Ok(())
            } else {
                Err(fmt::Error)
            }
        })
    }
}

/// A new attempt: what was before is over.
pub(super) fn forget(r: &RTMP, state: &State) {
    renew(state);
    r.m_sb.leave_note(c"");
}

/// The same on a socket, whose receive buffer is not touched.
pub(super) fn renew(state: &State) {
    *state.report() = Report::default();
}

/// Leaves the text in the handle, whose private state is about to go. What an ended connection has left stays: calls
/// that find no connection fail because of it.
pub(super) fn leave(r: &RTMP, state: &State) {
    if let Some(text) = &state.report().text
        && !r.m_sb.has_note()
    {
        r.m_sb.leave_note(text);
    }
}

/// Shows the text to `look`: why the handle's last connection failed, empty when it did not (`RTMP_LastError`).
pub fn last<T>(r: &RTMP, look: impl FnOnce(&CStr) -> T) -> T {
    if let Some(state) = r.private_if_any::<State>()
        && !r.m_sb.has_note()
        && let Some(text) = &state.report().text
    {
        return look(text);
    }
    look(r.m_sb.note())
}
