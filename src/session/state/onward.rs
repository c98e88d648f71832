//! What a handle keeps when one call ends its connection and goes on with another one.

use core::mem;
use core::ops::Deref;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::private::Private;
use crate::abi::{Address, Away, RTMP};
use crate::session::state::State;

use super::reconnect::Reconnect;

/// The rights to read from a handle and to send, until this is dropped: other threads wait.
pub(in crate::session) struct Alone(Private<State>);

impl Deref for Alone {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.0.sender.leave();
        self.0.reader.leave();
    }
}

/// What outlives a connection when the handle goes on to another one.
pub(in crate::session) struct Onward {
    reconnect: Reconnect,
    away: Option<Away>,
    is_read_by_program: bool,
}

impl State {
    /// Takes out what the next connection is to have. Without it `Link` is left as it is.
    pub(in crate::session) fn take_onward(&self) -> Onward {
        Onward {
            reconnect: mem::take(&mut *self.reconnect()),
            away: self.away.hold().take(),
            is_read_by_program: self.flags.is_read_by_program.load(Relaxed),
        }
    }

    /// Begins the next connection of a handle that no other thread is inside of, and keeps others out of it.
    pub(in crate::session) fn begin_alone(r: &RTMP, onward: Onward) -> Alone {
        let state = Self::of(r);
        state.reader.enter();
        state.sender.enter();
        *state.reconnect() = onward.reconnect;
        *state.away.hold() = onward.away;
        let is_read = onward.is_read_by_program;
        state.flags.is_read_by_program.store(is_read, Relaxed);
        Alone(state)
    }

    /// Shows another server in `Link` than the program has set. False without memory.
    pub(in crate::session) fn go_away(&self, r: &RTMP, address: &Address<'_>) -> bool {
        Away::go(&r.Link, address, &mut self.away.hold())
    }

    /// Whether another server is shown there.
    pub(in crate::session) fn is_away(&self) -> bool {
        self.away.hold().is_some()
    }

    /// Shows in `Link` what the program has set.
    pub(in crate::session) fn come_back(&self, r: &RTMP) {
        if let Some(away) = self.away.hold().take() {
            away.come_back(&r.Link);
        }
    }
}
