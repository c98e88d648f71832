//! What the reader owes the server: reports of received bytes, pongs, bandwidth replies.
//!
//! A reader never waits for a writer: the peer may be one that takes nothing before it has got rid of what it has to say.
//! While another thread is sending, replies wait, and that thread sends them behind its message.

use core::ffi::c_int;
use std::collections::VecDeque;

use crate::abi::RTMP;

use super::send::{self, Failure, Message, Reply, transmit};
use super::state::State;
use super::tunnel;

/// So many replies wait for a writer; with more of them the reader waits too.
const MOST: usize = 256;

/// A reply that waits.
pub(super) struct Owed {
    header: u8,
    kind: u8,
    channel: c_int,
    timestamp: u32,
    stream_id: c_int,
    body: Vec<u8>,
}

/// Replies that wait, oldest first.
pub(super) type Queue = VecDeque<Owed>;

impl Owed {
    fn new(message: &Message<'_>) -> Self {
        Self {
            header: message.header,
            kind: message.kind,
            channel: message.channel,
            timestamp: message.timestamp,
            stream_id: message.stream_id,
            body: message.body.concat(),
        }
    }

    fn message(&self) -> Message<'_> {
        Message {
            header: self.header,
            kind: self.kind,
            channel: self.channel,
            timestamp: self.timestamp,
            stream_id: self.stream_id,
            body: [&self.body, &[]],
        }
    }
}

/// Sends a reply, or leaves it to the thread that is sending.
pub(super) fn send(r: &RTMP, message: &Message<'_>) {
    let state = State::of(r);
    let is_full = {
        let mut queue = state.owed();
        queue.push_back(Owed::new(message));
        queue.len() > MOST
    };
    if is_full {
        drop(state.sending());
    }
    settle(r, &state);
}

/// Sends the replies that wait, unless another thread is sending. Whoever has sent something calls it: a reply that came
/// too late for one sender is seen by the next look. A failure does not close the connection: what the server has sent
/// before it went is still delivered (spec 10 P14). Nothing is written after it.
pub(super) fn settle(r: &RTMP, state: &State) {
    while !state.is_over() && !state.owed().is_empty() {
        tunnel::listen(r, state);
        let Some(sending) = state.sending_if_free() else {
            return;
        };
        let Some(reply) = state.owed().pop_front() else {
            return;
        };
        if sending.is_mute {
            continue;
        }
        if let Err(Failure::Lost(error)) =
            transmit(r, state, Some(sending), &reply.message(), Reply::None)
        {
            send::mute(state);
            error.report();
        }
    }
}
