//! The reason of a failure, for the program (`RTMP_LastError`, `RTMP_GetError`).
//!
//! While a handle has private state the reason is there. Close frees that, and not every program closes again after a failure,
//! so it leaves the reason in the receive buffer, which then is nobody's.

use core::ffi::CStr;
use core::fmt::Display;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{RTMP, RTMP_ERROR};
use crate::session::state::State;
use crate::session::state::cause::{Cause, Kind};
use crate::session::state::reason::{Reason, Weight};

impl State {
    /// The connection has failed, in the phase that it is in: by what the peer said, or by what we found out.
    pub(in crate::session) fn fail<'a>(&self, cause: impl Into<Cause<'a>>, reason: impl Display) {
        self.note(cause.into(), Some(&reason), Weight::Final);
    }

    /// The server has complained. If media goes on this was not the end: see [`Self::media_goes_on`].
    pub(in crate::session) fn suspect(&self, code: &[u8], reason: impl Display) {
        self.note(Kind::Refused(code).into(), Some(&reason), Weight::Suspected);
        self.flags.is_suspected.store(true, Relaxed);
    }

    /// Media has come: what was only suspected is forgotten.
    pub(in crate::session) fn media_goes_on(&self) {
        if self.flags.is_suspected.load(Relaxed) {
            self.flags.is_suspected.store(false, Relaxed);
            self.reason().drop_suspicion();
        }
    }

    /// Nothing came in time; the connection goes on.
    pub(in crate::session) fn note_timeout(&self) {
        let cause = Kind::Timeout.by(libc::EAGAIN);
        self.note(
            cause,
            Some(&"nothing was received in time"),
            Weight::Passing,
        );
    }

    /// A call has failed that there are no words about, because the connection goes on, or ends as it should.
    pub(in crate::session) fn note_failed_call(&self, kind: Kind<'_>) {
        self.note(kind.into(), None, Weight::Passing);
    }

    fn note(&self, cause: Cause<'_>, reason: Option<&dyn Display>, weight: Weight) {
        let phase = self.receiving().phase;
        self.reason().note(phase, cause, reason, weight);
    }

    /// A new attempt: what was before is over.
    pub(in crate::session) fn forget_reason(&self, r: &RTMP) {
        self.renew_reason();
        r.m_sb.leave_note(None);
    }

    /// The same on a socket, whose receive buffer is not touched.
    pub(in crate::session) fn renew_reason(&self) {
        *self.reason() = Reason::default();
    }

    /// Leaves the reason in the handle, whose private state is about to go. What an ended connection has left stays: calls
    /// that find no connection fail because of it.
    pub(in crate::session) fn leave_reason(&self, r: &RTMP) {
        if let Some(error) = self.reason().error()
            && !r.m_sb.has_note()
        {
            r.m_sb.leave_note(Some(error));
        }
    }
}

/// Shows the words to `look`: why the handle's last connection failed, empty when it did not.
pub fn last<T>(r: &RTMP, look: impl FnOnce(&CStr) -> T) -> T {
    let state = r.private_if_any::<State>();
    if let Some(state) = state.filter(|state| !state.is_inherited())
        && !r.m_sb.has_note()
        && let Some(error) = state.reason().error()
    {
        return look(error.text());
    }
    look(r.m_sb.note_text())
}

/// Why the handle's last connection failed, for any thread: nothing is waited for but other looks.
pub fn error(r: &RTMP) -> RTMP_ERROR {
    // First the state: what goes leaves its reason before. That of another process may be locked for ever.
    let state = r.private_if_any::<State>();
    let state = state.filter(|state| !state.is_inherited());
    let own = state.and_then(|state| state.reason().error().copied());
    let left = r.m_sb.note();
    let in_words = left.filter(|left| !left.text().is_empty());
    in_words.or(own).or(left).unwrap_or(RTMP_ERROR::NONE)
}
