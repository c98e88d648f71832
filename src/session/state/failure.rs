//! The failure of a call, on its way up.

use core::ffi::c_int;
use core::fmt::Display;

use crate::session::state::Context;
use crate::sys::errno;

/// A call on a connection has failed. Why, in words, stands in the state since it was found out: there the phase is known, and
/// a close on the way up leaves it to the program (`RTMP_LastError`). What this carries is the system's number, which the
/// verb that the program has called leaves in `errno` ([`told`]): whatever is done on the way up, such as closing, may
/// change that.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failure {
    number: c_int,
}

impl Failure {
    /// One whose reason was said by other means, or is none of the connection's: `errno` tells what the system said.
    pub(in crate::session) fn here() -> Self {
        Self::of(errno::last())
    }

    /// The same with a number.
    pub(in crate::session) fn of(number: c_int) -> Self {
        Self { number }
    }

    /// The system's number.
    pub(in crate::session) fn number(self) -> c_int {
        self.number
    }

    /// Leaves the number in `errno`.
    pub(in crate::session) fn tell(self) {
        errno::set(self.number);
    }
}

/// Turns what has come up into what C gets: true for success, else `errno` tells.
pub fn told(result: Result<(), Failure>) -> bool {
    result.inspect_err(|failure| failure.tell()).is_ok()
}

impl Context<'_> {
    /// The connection has failed by what the peer said, or by what we found out.
    pub(in crate::session) fn fail(self, reason: impl Display) -> Failure {
        self.state.fail(reason);
        Failure::here()
    }

    /// The system has let us down, with this number. When the program has cancelled, or another thread closes, that is the
    /// reason, whatever the system says about a socket that was shut down meanwhile.
    pub(in crate::session) fn break_off(self, number: c_int, reason: impl Display) -> Failure {
        if self.r.is_stopped() {
            self.cancelled()
        } else {
            self.broken(number, &reason)
        }
    }

    /// The program has cancelled, or closes.
    pub(in crate::session) fn cancelled(self) -> Failure {
        self.broken(libc::ECANCELED, &"cancelled")
    }

    fn broken(self, number: c_int, reason: &dyn Display) -> Failure {
        // Calls that come behind the end of a connection fail because of it.
        if !self.r.m_sb.has_note() {
            self.state.fail(reason);
        }
        Failure::of(number)
    }
}
