//! Messages out: one message, one system call where the socket takes it (spec 04 §4, §5). A failure is reported, and closes
//! nothing.

use core::sync::atomic::Ordering::Relaxed;

use crate::proto::chunk::Headers;
use crate::session::link::plain::SendError;
use crate::session::link::tunnel;
use crate::session::state::Context;
use crate::session::state::sending::{Sender, Sending};
use crate::sys::log::{self, log, printed};

use super::chunks::{self, Chunks};
use super::outgoing::{Message, Reply};
use super::{calls, queue};

/// Why a message was not sent.
pub(in crate::session) enum NotSent {
    /// It cannot be said on the wire. Nothing was written.
    Refused,
    /// There is no memory to write it. Nothing was written.
    NoMemory,
    /// The connection failed.
    Lost(SendError),
}

/// The right to send, see [`State::sending`]. In a tunnel what has come is heard before: hearing may log, and nothing is held
/// while the program's callback runs.
pub(super) fn right_to_send<'a>(cx: Context<'a>) -> Option<Sender<'a>> {
    tunnel::listen(cx);
    cx.state.sending()
}

/// Sends a message, whose type of header is given back, unless the connection is being closed, or this thread is in the middle of another message.
#[inline]
pub(in crate::session) fn transmit(
    cx: Context<'_>,
    sending: Option<Sender<'_>>,
    message: &Message<'_>,
    reply: Reply,
) -> Result<u8, NotSent> {
    match sending {
        Some(sending) if !cx.r.is_stopped() => say(cx, sending, message, reply),
        _ => Err(NotSent::Lost(not_connected(message.length() as usize))),
    }
}

#[cold]
fn not_connected(left: usize) -> SendError {
    let number = libc::ENOTCONN;
    SendError { number, left }
}

/// Chooses the headers, queues the call, writes the message, and remembers what the chunk stream looks like now.
fn say(
    cx: Context<'_>,
    mut sending: Sender<'_>,
    message: &Message<'_>,
    reply: Reply,
) -> Result<u8, NotSent> {
    if cx.state.is_over() {
        return Err(NotSent::Lost(not_connected(message.length() as usize)));
    }
    let headers = match chunks::headers(cx.r, message) {
        Ok(headers) => headers,
        Err(refusal) => {
            drop(sending);
            refusal.report(message);
            return Err(NotSent::Refused);
        }
    };
    let call = message.command();
    // Before it is written: another thread may have read the reply by then.
    if let (Some((name, number)), Reply::Expected) = (call, reply)
        && !calls::remember(cx, name, number)
    {
        return Err(NotSent::NoMemory);
    }
    // It is logged when the body may have gone.
    let name = call.map(|(name, _)| log::start_of(name));
    cx.state.flags.is_unanswered.store(false, Relaxed);
    write(cx, &mut sending, message, &headers)?;
    chunks::remember(cx.r, message, &headers);
    drop(sending);
    chunks::dump(cx.r, message, &headers);
    if let Some(name) = name {
        log!(Debug, "Invoking {}", printed(&name));
    }
    Ok(headers.kind)
}

#[inline]
fn write(
    cx: Context<'_>,
    sending: &mut Sending,
    message: &Message<'_>,
    headers: &Headers,
) -> Result<(), NotSent> {
    let chunks = Chunks::of(message, headers, chunks::chunk_size(cx.r));
    let sent = queue::send(cx, sending, chunks);
    if sent.is_ok() {
        cx.state.stats.messages_out.add(1);
    }
    sent.map_err(|error| {
        if error.number == libc::ENOMEM && error.left == chunks.total() {
            NotSent::NoMemory
        } else {
            NotSent::Lost(error)
        }
    })
}

/// Writes a raw chunk, of which nothing is remembered.
pub(super) fn write_raw(cx: Context<'_>, header: &[u8], payload: &[u8]) -> Result<(), SendError> {
    let sending = right_to_send(cx).filter(|_| !cx.state.is_over() && !cx.r.is_stopped());
    let Some(mut sending) = sending else {
        return Err(not_connected(header.len().saturating_add(payload.len())));
    };
    queue::send(cx, &mut sending, Chunks::raw(header, payload))
}

/// Sends one of the last messages of a connection, see [`State::last_words`]. True when it was written.
pub(in crate::session) fn farewell(
    cx: Context<'_>,
    sending: Sender<'_>,
    message: &Message<'_>,
) -> bool {
    match say(cx, sending, message, Reply::None) {
        Err(NotSent::Lost(error)) => {
            error.report();
            if let Some(mut sending) = cx.state.sending_if_free() {
                sending.is_mute = true;
            }
            false
        }
        result => result.is_ok(),
    }
}
