//! The reason of a failure, for the program (`RTMP_LastError`).
//!
//! While a handle has private state the text is there. Close frees that, and not every program closes again after a failure,
//! so it leaves the text in the receive buffer, which then is nobody's.

use core::ffi::CStr;
use core::fmt::Display;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::RTMP;
use crate::session::state::State;
use crate::session::state::reason::{Reason, Weight};

impl State {
    /// The connection has failed, in the phase that it is in: by what the peer said, or by what we found out.
    pub(in crate::session) fn fail(&self, reason: impl Display) {
        self.note(&reason, Weight::Final);
    }

    /// The server has complained. If media goes on this was not the end: see [`Self::media_goes_on`].
    pub(in crate::session) fn suspect(&self, reason: impl Display) {
        self.note(&reason, Weight::Suspected);
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
        self.note(&"nothing was received in time", Weight::Passing);
    }

    fn note(&self, reason: &dyn Display, weight: Weight) {
        let phase = self.receiving().phase;
        self.reason().note(phase, reason, weight);
    }

    /// A new attempt: what was before is over.
    pub(in crate::session) fn forget_reason(&self, r: &RTMP) {
        self.renew_reason();
        r.m_sb.leave_note(c"");
    }

    /// The same on a socket, whose receive buffer is not touched.
    pub(in crate::session) fn renew_reason(&self) {
        *self.reason() = Reason::default();
    }

    /// Leaves the text in the handle, whose private state is about to go. What an ended connection has left stays: calls
    /// that find no connection fail because of it.
    pub(in crate::session) fn leave_reason(&self, r: &RTMP) {
        if let Some(text) = self.reason().text()
            && !r.m_sb.has_note()
        {
            r.m_sb.leave_note(text);
        }
    }
}

/// Shows the text to `look`: why the handle's last connection failed, empty when it did not.
pub fn last<T>(r: &RTMP, look: impl FnOnce(&CStr) -> T) -> T {
    if let Some(state) = r.private_if_any::<State>()
        && !r.m_sb.has_note()
        && let Some(text) = state.reason().text()
    {
        return look(text);
    }
    look(r.m_sb.note())
}
