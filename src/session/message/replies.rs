//! Replies that the server waits for: reports of received bytes, pongs, bandwidth replies.
//!
//! A reader never waits for a writer: the peer may be one that takes nothing before it has got rid of what it has to say.
//! While another thread is sending, replies wait, and that thread sends them behind its message.

use core::ffi::c_int;

use crate::proto::message::ACKNOWLEDGEMENT;
use crate::session::link::{settings, tunnel};
use crate::session::state::Context;
use crate::session::state::sending::PendingReply;

use super::outgoing::{Message, Reply};
use super::transmit::{NotSent, transmit};

/// So many replies wait for a writer; with more of them the reader waits too.
const MOST: usize = 256;

fn pending(message: &Message<'_>) -> PendingReply {
    PendingReply {
        header: message.header,
        kind: message.kind,
        channel: message.channel,
        timestamp: message.timestamp,
        stream_id: message.stream_id,
        body: message.body.concat(),
    }
}

fn as_message(reply: &PendingReply) -> Message<'_> {
    Message {
        header: reply.header,
        kind: reply.kind,
        channel: reply.channel,
        timestamp: reply.timestamp,
        stream_id: reply.stream_id,
        body: [&reply.body, &[]],
    }
}

/// Sends a reply, or leaves it to the thread that is sending.
pub(in crate::session) fn send(cx: Context<'_>, reply: &Message<'_>) {
    if cx.state.replies().push(pending(reply)) > MOST {
        drop(cx.state.sending());
    }
    flush(cx);
}

/// Reports that `total` bytes have been received.
pub(in crate::session) fn acknowledge(cx: Context<'_>, total: c_int) {
    let body = total.to_be_bytes();
    send(cx, &Message::control(1, ACKNOWLEDGEMENT, &body));
}

/// Sends the replies that wait, unless another thread is sending. Each sender calls it behind its message: a reply that came
/// too late for one sender is seen by the next look. A failure does not close the connection: what the server has sent
/// before it went is still delivered (spec 10 P14). Nothing is written after it.
#[inline]
pub(in crate::session) fn flush(cx: Context<'_>) {
    if !cx.state.replies().is_empty() {
        flush_all(cx);
    }
}

#[cold]
fn flush_all(cx: Context<'_>) {
    while !cx.state.is_over() && !cx.state.replies().is_empty() {
        tunnel::listen(cx);
        let Some(sending) = cx.state.sending_if_free() else {
            return;
        };
        let Some(reply) = cx.state.replies().pop() else {
            // Another one may have been left to this thread, which had the right to send.
            continue;
        };
        if sending.is_mute {
            continue;
        }
        let sent = transmit(cx, Some(sending), &as_message(&reply), Reply::None);
        if let Err(NotSent::Lost(error)) = sent {
            cx.state.mute();
            error.report();
            settings::on_failed_send(cx.r);
        }
    }
}
