//! A message cut into chunks, and what the chunk stream remembers of it (spec 04 §4).

use core::ffi::c_int;

use crate::abi::{ChannelOut, DEFAULT_CHUNK_SIZE, RTMP};
use crate::proto::chunk::{Headers, Outgoing, Previous};
use crate::sys::log::{self, Level, log};

use super::outgoing::Message;

/// Why a message cannot be said on the wire.
pub(super) enum Refusal {
    /// No chunk stream has this number, or there is no memory for it.
    Channel,
    /// There is no such header type.
    HeaderType,
}

impl Refusal {
    pub(super) fn report(self, message: &Message<'_>) {
        match self {
            Self::Channel => log!(
                Error,
                "RTMP_SendPacket: chunk stream {} is out of range",
                message.channel
            ),
            Self::HeaderType => log!(
                Error,
                "sanity failed!! trying to send header of type: 0x{:02x}.",
                message.header
            ),
        }
    }
}

pub(super) fn headers(r: &RTMP, message: &Message<'_>) -> Result<Headers, Refusal> {
    if !r.reserve_channel_out(message.channel) {
        return Err(Refusal::Channel);
    }
    let known = r.channel_out(message.channel);
    let previous = known.map(|state| Previous {
        timestamp: state.packet.m_nTimeStamp.get(),
        field: state.stamp_field.get(),
        length: state.packet.m_nBodySize.get(),
        message_type: state.packet.m_packetType.get(),
    });
    let outgoing = Outgoing {
        kind: message.header,
        channel: message.channel.cast_unsigned(),
        timestamp: message.timestamp,
        length: message.length(),
        message_type: message.kind,
        stream_id: stream_id(known, message).cast_unsigned(),
    };
    outgoing.headers(previous).ok_or(Refusal::HeaderType)
}

/// The message stream id for a full header. A caller that asks for a shorter one need not have set it: then it is the one that the
/// peer would have taken the message for.
fn stream_id(known: Option<&ChannelOut>, message: &Message<'_>) -> c_int {
    match (known, message) {
        (
            Some(state),
            Message {
                header: 1..,
                stream_id: 0,
                ..
            },
        ) => state.stream_id.get(),
        _ => message.stream_id,
    }
}

/// The chunk size used for sending.
pub(super) fn chunk_size(r: &RTMP) -> usize {
    usable(r.m_outChunkSize.get()) as usize
}

/// A chunk size as programs and peers set it; what cannot be one counts as the default.
pub(super) fn usable(size: c_int) -> u32 {
    let size = if size < 1 { DEFAULT_CHUNK_SIZE } else { size };
    size.cast_unsigned()
}

/// Bytes of a message with all its chunk headers.
pub(super) fn wire_length(message: &Message<'_>, headers: &Headers, chunk_size: usize) -> usize {
    let length = message.length() as usize;
    let more = length.div_ceil(chunk_size).saturating_sub(1);
    headers
        .first
        .len()
        .saturating_add(length)
        .saturating_add(more.saturating_mul(headers.next.len()))
}

/// A message on the wire: headers and payloads in turn.
pub(super) struct Chunks<'a> {
    /// Is next, unless it is empty.
    header: &'a [u8],
    next_header: &'a [u8],
    /// The payload that is left.
    body: [&'a [u8]; 2],
    size: usize,
    /// Bytes of payload that the current chunk still takes.
    room: usize,
}

impl<'a> Chunks<'a> {
    /// The chunks of a message, with `size` bytes of payload each.
    pub(super) fn of(message: &Message<'a>, headers: &'a Headers, size: usize) -> Self {
        Self {
            header: &headers.first,
            next_header: &headers.next,
            body: message.body,
            size,
            room: size,
        }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if !self.header.is_empty() {
            return Some(core::mem::take(&mut self.header));
        }
        let part = self.body.iter_mut().find(|part| !part.is_empty())?;
        if self.room == 0 {
            self.room = self.size;
            return Some(self.next_header);
        }
        let (payload, rest) = part.split_at(part.len().min(self.room));
        self.room = self.room.saturating_sub(payload.len());
        *part = rest;
        Some(payload)
    }
}

pub(super) fn remember(r: &RTMP, message: &Message<'_>, headers: &Headers) {
    let Some(state) = r.open_channel_out(message.channel) else {
        return;
    };
    if headers.kind == 0 {
        state.stream_id.set(stream_id(Some(state), message));
    }
    state.packet.m_headerType.set(headers.kind);
    state.packet.m_packetType.set(message.kind);
    state.packet.m_nChannel.set(message.channel);
    state.packet.m_nTimeStamp.set(message.timestamp);
    state.packet.m_nInfoField2.set(message.stream_id);
    state.packet.m_nBodySize.set(message.length());
    state.stamp_field.set(headers.field);
}

pub(super) fn dump(r: &RTMP, message: &Message<'_>, headers: &Headers) {
    if !log::enabled(Level::Debug2) {
        return;
    }
    log!(
        Debug2,
        "RTMP_SendPacket: fd={}, size={}",
        r.m_sb.sb_socket.observe(),
        message.length()
    );
    let [first, second] = message.body;
    let mut header: &[u8] = &headers.first;
    if first.is_empty() && second.is_empty() {
        log::hex_string(Level::Debug2, header);
    }
    let size = chunk_size(r);
    let end = first.len().saturating_add(second.len());
    for begin in (0..end).step_by(size) {
        log::hex_string(Level::Debug2, header);
        let payload = [begin, begin.saturating_add(size)];
        let behind = payload.map(|place| place.saturating_sub(first.len()));
        log::hex_string_of(
            Level::Debug2,
            [between(first, payload), between(second, behind)],
        );
        header = &headers.next;
    }
}

/// What of `bytes` lies between two places.
fn between(bytes: &[u8], places: [usize; 2]) -> &[u8] {
    let [begin, end] = places.map(|place| place.min(bytes.len()));
    bytes.get(begin..end).unwrap_or_default()
}
