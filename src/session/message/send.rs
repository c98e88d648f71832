//! Messages out, for all that send: a failure closes the connection.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{RTMP, RTMPChunk, RTMPPacket};
use crate::session::link::plain::SendError;
use crate::session::link::{blame, settings};
use crate::session::state::cause::Kind;
use crate::session::state::failure::Failure;
use crate::session::state::reason::Phase;
use crate::session::state::sending::Sender;
use crate::session::state::{Context, State};
use crate::sys::errno;
use crate::sys::log::{self, Level, NO_MEMORY, log};

use super::outgoing::{Message, Reply};
use super::transmit::{NotSent, right_to_send, transmit, write_raw};
use super::{close, replies};

/// Sends a program's packet (`RTMP_SendPacket`). `m_headerType` becomes the type used. A failed write closes the
/// connection.
pub fn packet(r: &RTMP, packet: &RTMPPacket, reply: Reply) -> Result<(), Failure> {
    let body = packet.body();
    if body.len() != packet.m_nBodySize.get() as usize {
        log!(Error, "RTMP_SendPacket: packet without a body");
        let failure = Failure::here();
        if let Some(state) = r.private_if_any::<State>() {
            state.note_failed_call(Kind::Protocol);
        }
        return Err(failure);
    }
    let whole = Message {
        header: packet.m_headerType.get(),
        kind: packet.m_packetType.get(),
        channel: packet.m_nChannel.get(),
        timestamp: packet.m_nTimeStamp.get(),
        stream_id: packet.m_nInfoField2.get(),
        body: [body, &[]],
    };
    let header = State::at_hand(r, |state| {
        let cx = state.on(r);
        send(cx, right_to_send(cx), &whole, reply)
    })?;
    packet.m_headerType.set(header);
    Ok(())
}

/// Sends a message of the library. A failed write closes the connection.
pub(in crate::session) fn message(
    cx: Context<'_>,
    message: &Message<'_>,
    reply: Reply,
) -> Result<(), Failure> {
    send(cx, right_to_send(cx), message, reply).map(drop)
}

/// Sends `announcement`, which is shorter than any chunk, and uses chunks of `size` bytes from there on. As [`message`].
pub(in crate::session) fn announce_chunk_size(
    cx: Context<'_>,
    announcement: &Message<'_>,
    size: c_int,
) -> Result<(), Failure> {
    let sending = right_to_send(cx);
    // Under the lock: no other message comes in between.
    cx.r.m_outChunkSize.set(size);
    send(cx, sending, announcement, Reply::None).map(drop)
}

/// Sends a message with the right to do so, if it was to be had. The type of header that it got.
#[inline]
fn send(
    cx: Context<'_>,
    sending: Option<Sender<'_>>,
    message: &Message<'_>,
    reply: Reply,
) -> Result<u8, Failure> {
    let sent = transmit(cx, sending, message, reply);
    replies::flush(cx);
    sent.map_err(|failure| give_up(cx, &failure))
}

#[cold]
fn give_up(cx: Context<'_>, failure: &NotSent) -> Failure {
    match failure {
        NotSent::Lost(error) if cx.state.flags.is_ahead.load(Relaxed) => Failure::of(error.number),
        NotSent::Lost(error) => give_up_on(cx, *error),
        NotSent::NoMemory => {
            log!(Error, "{NO_MEMORY}");
            if cx.state.receiving().phase == Phase::Dialogue {
                // The answer to what was not said need not be waited for.
                cx.state.fail(Kind::Memory, NO_MEMORY);
                cx.state.flags.is_refused.store(true, Relaxed);
            }
            cx.state.note_failed_call(Kind::Memory);
            Failure::of(libc::ENOMEM)
        }
        NotSent::Refused => {
            let failure = Failure::here();
            cx.state.note_failed_call(Kind::Protocol);
            failure
        }
    }
}

/// Reports a failed write and closes the connection.
pub(in crate::session) fn give_up_on(cx: Context<'_>, error: SendError) -> Failure {
    error.report();
    let (cause, reason) = (
        blame::cause(cx, error.number),
        errno::describe(error.number),
    );
    errno::set(error.number);
    let failure = cx.break_off(cause, format_args!("sending: {reason}"));
    settings::on_failed_send(cx.r);
    if error.is_timeout() {
        // A peer that takes nothing would not take a goodbye either.
        cx.state.mute();
    }
    close::close_session(cx);
    failure
}

/// Sends a raw chunk as it was received (`RTMP_SendChunk`): no state is read or changed. A failed write closes the
/// connection.
pub fn raw_chunk(r: &RTMP, chunk: &RTMPChunk) -> Result<(), Failure> {
    // From here on a log callback that closes does not free the payload, which may be a part of a message of this handle.
    let state = State::of(r);
    let cx = state.on(r);
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
    let sent = write_raw(cx, header, payload);
    replies::flush(cx);
    sent.map_err(|error| give_up_on(cx, error))
}
