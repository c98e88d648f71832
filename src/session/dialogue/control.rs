//! Protocol and user control messages out (spec 04 §8, §9). All go on chunk stream 2 with time 0.

use core::ffi::c_int;

use crate::abi::RTMP;
use crate::proto::message::{self, SWF_RESPONSE, event};
use crate::sys::log::{self, Level, log};

use crate::session::message::outgoing::{Message, Reply};
use crate::session::message::{replies, send};
use crate::session::state::Context;
use crate::session::state::failure::Failure;

/// Announces chunks of `size` bytes, and sends such from here on.
pub(in crate::session) fn chunk_size(cx: Context<'_>, size: c_int) -> Result<(), Failure> {
    let body = size.to_be_bytes();
    send::announce_chunk_size(
        cx,
        &Message::control(0, message::SET_CHUNK_SIZE, &body),
        size,
    )
}

/// Announces the window acknowledgement size (`RTMP_SendServerBW`).
pub fn window_ack_size(cx: Context<'_>) -> Result<(), Failure> {
    let body = cx.r.m_nServerBW.get().to_be_bytes();
    send::message(
        cx,
        &Message::control(0, message::WINDOW_ACK_SIZE, &body),
        Reply::None,
    )
}

/// Sets the peer bandwidth (`RTMP_SendClientBW`).
pub fn peer_bandwidth(cx: Context<'_>) -> Result<(), Failure> {
    let body = message::peer_bandwidth(cx.r.m_nClientBW.get(), cx.r.m_nClientBW2.get());
    send::message(
        cx,
        &Message::control(0, message::SET_PEER_BANDWIDTH, &body),
        Reply::None,
    )
}

/// Sends a user control message (`RTMP_SendCtrl`).
pub fn user_control(cx: Context<'_>, kind: i16, object: u32, time: u32) -> Result<(), Failure> {
    let body = user_control_body(cx.r, kind, object, time);
    send::message(
        cx,
        &Message::control(1, message::USER_CONTROL, &body),
        Reply::None,
    )
}

/// Answers a ping. The connection survives a failure until what it delivered is read.
pub(in crate::session) fn pong(cx: Context<'_>, value: u32) {
    let body = user_control_body(cx.r, event::PING_RESPONSE, value, 0);
    replies::send(cx, &Message::control(1, message::USER_CONTROL, &body));
    cx.state.stats.pings.add(1);
}

fn user_control_body(r: &RTMP, kind: i16, object: u32, time: u32) -> Vec<u8> {
    log!(Debug, "sending ctrl. type: 0x{:04x}", kind.cast_unsigned());
    let mut swf = [0; SWF_RESPONSE];
    for (byte, cell) in swf.iter_mut().zip(&r.Link.SWFVerificationResponse) {
        *byte = cell.byte();
    }
    let body = message::user_control(kind, object, time, &swf);
    if kind == event::SWF_VERIFY_RESPONSE {
        log!(Debug, "Sending SWFVerification response: ");
        log::hex(Level::Debug, &body);
    }
    body
}

/// Tells the server the buffer time, ms (`RTMP_UpdateBufferMS`).
pub fn buffer_length(cx: Context<'_>) -> Result<(), Failure> {
    buffer_length_of(cx, cx.r.m_stream_id.get())
}

/// The same for a stream.
pub(in crate::session) fn buffer_length_of(cx: Context<'_>, stream: c_int) -> Result<(), Failure> {
    let time = cx.r.m_nBufferMS.get().cast_unsigned();
    let stream = stream.cast_unsigned();
    user_control(cx, event::SET_BUFFER_LENGTH, stream, time)
}
