//! The last commands of a connection.

use core::ffi::c_int;

use crate::abi::RTMP;
use crate::proto::amf0::Body;
use crate::session::state::State;

use super::calls;
use super::outgoing::Message;
use super::transmit;

/// Takes the publishing point back. True when that was said.
pub(super) fn fc_unpublish(r: &RTMP, state: &State) -> bool {
    say(r, state, b"FCUnpublish", |body| {
        body.null().string(r.Link.playpath.bytes());
    })
}

/// Deletes `stream`. True when that was said.
pub(super) fn delete_stream(r: &RTMP, state: &State, stream: c_int) -> bool {
    say(r, state, b"deleteStream", |body| {
        body.null().number(stream.into());
    })
}

fn say(r: &RTMP, state: &State, name: &[u8], arguments: impl FnOnce(&mut Body)) -> bool {
    let Some(sending) = state.last_words() else {
        return false;
    };
    let mut body = Body::default();
    body.string(name).number(calls::next_id(r));
    arguments(&mut body);
    body.finish().is_some_and(|body| {
        transmit::farewell(r, state, sending, &Message::about_connection(&body))
    })
}
