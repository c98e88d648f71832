//! The memory of one sender, the right to use it, and the replies that wait for it.

use core::ffi::c_int;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, SeqCst},
    fence,
};
use std::collections::VecDeque;

use crate::proto::flv::Splitter;
use crate::proto::handover::Handover;
use crate::sys::lock::{Held, Lock};

use super::queue::Queue;
use super::reentrant::Owned;

/// The sender's memory.
#[derive(Default)]
pub(in crate::session) struct Sending {
    /// Headers and payload of one message, on their way to the socket.
    pub(in crate::session) scratch: Vec<u8>,
    /// An automatic reply could not be sent: the connection is not written any more, but what was received is read.
    pub(in crate::session) is_mute: bool,
    /// Where no call waits: what waits for the socket.
    pub(in crate::session) queue: Option<Queue>,
}

/// The right to send, with the sender's memory, until this is dropped.
pub(in crate::session) struct Sender<'a> {
    memory: Held<'a, Sending>,
    _owned: Owned<'a>,
}

impl<'a> Sender<'a> {
    /// The right that comes with both locks.
    pub(in crate::session) fn new(memory: Held<'a, Sending>, owned: Owned<'a>) -> Self {
        Self {
            memory,
            _owned: owned,
        }
    }
}

impl Deref for Sender<'_> {
    type Target = Sending;

    fn deref(&self) -> &Sending {
        &self.memory
    }
}

impl DerefMut for Sender<'_> {
    fn deref_mut(&mut self) -> &mut Sending {
        &mut self.memory
    }
}

/// The memory of `RTMP_Write`.
#[derive(Default)]
pub(in crate::session) struct Writing {
    /// Where the FLV bytes were cut.
    pub(in crate::session) splitter: Splitter,
    /// What has come of a tag that was cut.
    pub(in crate::session) body: Vec<u8>,
    /// There was no memory for that tag: it is passed over.
    pub(in crate::session) is_left_out: bool,
    /// What another server would have to be told. Only where the stream may go to one.
    pub(in crate::session) handover: Handover,
}

/// A reply that waits: a message of its own memory.
pub(in crate::session) struct PendingReply {
    pub(in crate::session) header: u8,
    pub(in crate::session) kind: u8,
    pub(in crate::session) channel: c_int,
    pub(in crate::session) timestamp: u32,
    pub(in crate::session) stream_id: c_int,
    pub(in crate::session) body: Vec<u8>,
}

/// They, oldest first.
#[derive(Default)]
pub(in crate::session) struct Replies {
    queue: Lock<VecDeque<PendingReply>>,
    /// There may be some. Each message that is sent asks that.
    are_there: AtomicBool,
}

impl Replies {
    /// Adds one: how many there are now.
    pub(in crate::session) fn push(&self, reply: PendingReply) -> usize {
        let mut queue = self.queue.hold();
        queue.push_back(reply);
        self.are_there.store(true, Relaxed);
        queue.len()
    }

    /// The oldest one.
    pub(in crate::session) fn pop(&self) -> Option<PendingReply> {
        let mut queue = self.queue.hold();
        let oldest = queue.pop_front();
        self.are_there.store(!queue.is_empty(), Relaxed);
        oldest
    }

    /// Whether there are none. Of two threads, one that has added a reply and then finds that it may not send, and one that has given back
    /// the right to send and then asks this, one sees what the other has done.
    #[inline]
    pub(in crate::session) fn is_empty(&self) -> bool {
        fence(SeqCst);
        !self.are_there.load(Relaxed)
    }
}
