//! The server's answer to `connect`, for the program (`RTMP_GetCapabilities`).
//!
//! It is there until the program closes, or connects anew: a server that refuses has said what it can do, too, and then the
//! connection is closed by the call that hears it.

use crate::abi::RTMP;
use crate::proto::capabilities::answer::Answer;
use crate::session::state::State;

impl State {
    /// The server has answered. What it says last counts.
    pub(in crate::session) fn note_answer(&self, answer: Answer) {
        *self.answer.hold() = Some(answer);
    }

    /// A new attempt: no server has answered yet.
    pub(in crate::session) fn forget_answer(&self) {
        *self.answer.hold() = None;
    }
}

/// Shows to `look` what the server of the handle's last connection has answered. `None` when it has not.
pub fn look<T>(r: &RTMP, look: impl FnOnce(&Answer) -> T) -> Option<T> {
    let state = r.private_if_any::<State>()?;
    let answer = state.answer.hold();
    answer.as_ref().map(look)
}

/// Takes the answer out of a connection that is to be closed. What a connection of another process holds is not touched.
pub(in crate::session) fn take(r: &RTMP) -> Option<Answer> {
    let state = r.private_if_any::<State>()?;
    if state.is_inherited() {
        return None;
    }
    state.answer.hold().take()
}

/// Keeps the answer of a connection that has been closed by a call: the program's close is still to come.
pub(in crate::session) fn keep(r: &RTMP, answer: Option<Answer>) {
    if let Some(answer) = answer {
        State::of(r).note_answer(answer);
    }
}
