//! Why a connection failed, in words, for the program (`RTMP_LastError`).
//!
//! The first reason counts: what else goes wrong follows from it. While a handle has private state the text is there. Close
//! frees that, and not every program closes again after a failure, so it leaves the text in the receive buffer, which
//! then is nobody's.

use core::ffi::{CStr, c_int};
use core::fmt::{self, Display};
use std::ffi::CString;

use crate::abi::RTMP;
use crate::sys::errno;

use super::state::State;

/// What a connection was at when it failed.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) enum Phase {
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
    /// A timeout may be followed by something worse.
    is_passing: bool,
}

/// Words of a peer end here.
const LONGEST: usize = 1000;

/// The connection has failed, in the phase that it is in: by what the peer said, or by what we found out.
pub(super) fn failed(state: &State, reason: impl Display) {
    note(state, &reason, false);
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
    if r.m_sb.note().is_empty() {
        note(state, reason, false);
    }
    errno::set(number);
}

/// Nothing came in time; the connection goes on.
pub(super) fn timed_out(state: &State) {
    note(state, &"nothing was received in time", true);
}

fn note(state: &State, reason: &dyn Display, is_passing: bool) {
    let phase = state.receiving().phase;
    let mut report = state.report();
    if report.text.is_some() && !report.is_passing {
        return;
    }
    let mut text = format!("{phase}: {reason}").into_bytes();
    text.retain(|&byte| byte != 0);
    text.truncate(LONGEST);
    report.text = CString::new(text).ok();
    report.is_passing = is_passing;
}

/// A new attempt: what was before is over.
pub(super) fn forget(r: &RTMP, state: &State) {
    *state.report() = Report::default();
    r.m_sb.leave_note(c"");
}

/// Leaves the text in the handle, whose private state is about to go.
pub(super) fn leave(r: &RTMP, state: &State) {
    if let Some(text) = &state.report().text {
        r.m_sb.leave_note(text);
    }
}

/// Shows the text to `look`: why the handle's last connection failed, empty when it did not (`RTMP_LastError`).
pub fn last<T>(r: &RTMP, look: impl FnOnce(&CStr) -> T) -> T {
    if let Some(state) = r.private_if_any::<State>()
        && let Some(text) = &state.report().text
    {
        return look(text);
    }
    look(r.m_sb.note())
}
