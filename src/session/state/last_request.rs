//! The last request to reconnect, for the program (`RTMP_GetReconnectRequest`).
//!
//! While a handle has private state it is there. Close frees that, but who has lost the connection wants to know where to go: so
//! it leaves the request where it leaves the reason of a failure.

use crate::abi::RTMP;
use crate::session::state::State;
use crate::session::state::reconnect::Report;

impl State {
    /// Leaves the last request in the handle, whose private state is about to go.
    pub(in crate::session) fn leave_request(&self, r: &RTMP) {
        let report = self.reconnect().report();
        if let Some(report) = report {
            r.m_sb.leave_request(&report.bytes());
        }
    }
}

/// The last request of the server of the handle's last connection, whether that is closed or not.
pub fn last(r: &RTMP) -> Option<Report> {
    let state = r.private_if_any::<State>();
    let known = state.as_ref().and_then(|state| state.reconnect().report());
    // Half closed, the buffer may still be in use.
    let is_cut = state.is_some_and(|state| state.is_cut());
    known.or_else(|| Report::of(&r.m_sb.request().filter(|_| !is_cut)?))
}
