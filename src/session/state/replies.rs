//! Replies that wait for a sender.

use core::ffi::c_int;
use std::collections::VecDeque;

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
pub(in crate::session) type Replies = VecDeque<PendingReply>;
