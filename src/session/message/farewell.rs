//! The last commands of a connection.

use core::ffi::c_int;

use crate::abi::RTMP;
use crate::proto::command;
use crate::session::state::State;

use super::calls;
use super::outgoing::Message;
use super::transmit;

/// Takes the publishing point back. True when that was said.
pub(super) fn fc_unpublish(r: &RTMP, state: &State) -> bool {
    say(r, state, |id| {
        command::fc_unpublish(id, r.Link.playpath.bytes())
    })
}

/// Deletes `stream`. True when that was said.
pub(super) fn delete_stream(r: &RTMP, state: &State, stream: c_int) -> bool {
    say(r, state, |id| command::delete_stream(id, stream))
}

fn say(r: &RTMP, state: &State, write: impl FnOnce(f64) -> Option<Vec<u8>>) -> bool {
    state.last_words().is_some_and(|sending| {
        write(calls::next_id(r)).is_some_and(|body| {
            let message = Message::about_connection(&body);
            transmit::farewell(r, state, sending, &message)
        })
    })
}
