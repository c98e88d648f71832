//! Messages out, for all that send: a failure closes the connection.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{RTMP, RTMPChunk, RTMPPacket};
use crate::session::link::plain::SendError;
use crate::session::state::reason::Phase;
use crate::session::state::sending::Sender;
use crate::session::state::{Context, State};
use crate::sys::errno;
use crate::sys::log::{self, Level, NO_MEMORY, log};

use super::outgoing::{Message, Reply};
use super::transmit::{NotSent, right_to_send, transmit, write_raw};
use super::{close, replies};

/// Sends a program's packet (`RTMP_SendPacket`). `m_headerType` becomes the type used. A failed write closes the
/// connection. True when all of it was written.
pub fn packet(r: &RTMP, packet: &RTMPPacket, reply: Reply) -> bool {
    let body = packet.body();
    if body.len() != packet.m_nBodySize.get() as usize {
        log!(Error, "RTMP_SendPacket: packet without a body");
        return false;
    }
    let whole = Message {
        header: packet.m_headerType.get(),
        kind: packet.m_packetType.get(),
        channel: packet.m_nChannel.get(),
        timestamp: packet.m_nTimeStamp.get(),
        stream_id: packet.m_nInfoField2.get(),
        body: [body, &[]],
    };
    let state = State::of(r);
    let sent = transmit(state.on(r), right_to_send(state.on(r)), &whole, reply);
    replies::flush(state.on(r));
    match sent {
        Ok(headers) => {
            packet.m_headerType.set(headers.kind);
            true
        }
        Err(failure) => give_up(state.on(r), &failure),
    }
}

/// Sends a message of the library. A failed write closes the connection. True when all of it was written.
pub(in crate::session) fn message(r: &RTMP, message: &Message<'_>, reply: Reply) -> bool {
    message_on(State::of(r).on(r), message, reply)
}

/// [`message`] for a caller that has the state.
pub(in crate::session) fn message_on(cx: Context<'_>, message: &Message<'_>, reply: Reply) -> bool {
    message_under(cx, right_to_send(cx), message, reply)
}

/// [`message`] for a caller that has the right to send too, if it was to be had.
fn message_under(
    cx: Context<'_>,
    sending: Option<Sender<'_>>,
    message: &Message<'_>,
    reply: Reply,
) -> bool {
    let sent = transmit(cx, sending, message, reply);
    replies::flush(cx);
    match sent {
        Ok(_) => true,
        Err(failure) => give_up(cx, &failure),
    }
}

/// Sends `announcement`, which is shorter than any chunk, and uses chunks of `size` bytes from there on. As [`message`].
pub(in crate::session) fn announce_chunk_size(
    r: &RTMP,
    announcement: &Message<'_>,
    size: c_int,
) -> bool {
    let state = State::of(r);
    let sending = right_to_send(state.on(r));
    // Under the lock: no other message comes in between.
    r.m_outChunkSize.set(size);
    message_under(state.on(r), sending, announcement, Reply::None)
}

fn give_up(cx: Context<'_>, failure: &NotSent) -> bool {
    match failure {
        NotSent::Lost(error) => give_up_on(cx, *error),
        NotSent::NoMemory => {
            log!(Error, "{NO_MEMORY}");
            if cx.state.receiving().phase == Phase::Dialogue {
                // The answer to what was not said need not be waited for.
                cx.state.fail(NO_MEMORY);
                cx.state.flags.is_refused.store(true, Relaxed);
            }
            errno::set(libc::ENOMEM);
        }
        NotSent::Refused => {}
    }
    false
}

/// Reports a failed write and closes the connection; `errno` stays that of the write.
pub(in crate::session) fn give_up_on(cx: Context<'_>, error: SendError) {
    error.report();
    let reason = format_args!("sending: {}", errno::describe(error.number));
    cx.state.break_off(cx.r, error.number, reason);
    let number = errno::last();
    if error.is_timeout() {
        // A peer that takes nothing would not take a goodbye either.
        cx.state.mute();
    }
    close::close_session(cx);
    errno::set(number);
}

/// Sends a raw chunk as it was received (`RTMP_SendChunk`): no state is read or changed. A failed write closes the
/// connection.
pub fn raw_chunk(r: &RTMP, chunk: &RTMPChunk) -> bool {
    let (bytes, count) = chunk.header();
    let header = bytes.get(..count).unwrap_or_default();
    let payload = chunk.payload();
    log!(
        Debug2,
        "RTMP_SendChunk: fd={}, size={}",
        r.m_sb.sb_socket.observe(),
        payload.len()
    );
    log::hex_string(Level::Debug2, header);
    if !payload.is_empty() {
        log::hex_string(Level::Debug2, payload);
    }
    let state = State::of(r);
    let sent = write_raw(state.on(r), header, payload);
    replies::flush(state.on(r));
    if let Err(error) = sent {
        give_up_on(state.on(r), error);
    }
    sent.is_ok()
}
