//! A message cut into chunks, and what the chunk stream remembers of it (spec 04 §4).

use core::cmp::min;
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

/// Bytes of payload in the chunks of most publishers, which announce no other size.
const USUAL: usize = DEFAULT_CHUNK_SIZE.cast_unsigned() as usize;

/// The chunk size used for sending.
pub(super) fn chunk_size(r: &RTMP) -> usize {
    usable(r.m_outChunkSize.get()) as usize
}

/// A chunk size as programs and peers set it; what cannot be one counts as the default.
pub(super) fn usable(size: c_int) -> u32 {
    let size = if size < 1 { DEFAULT_CHUNK_SIZE } else { size };
    size.cast_unsigned()
}

/// A message on the wire: headers and payloads in turn.
#[derive(Clone, Copy)]
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

    /// One chunk with a header that is there already.
    pub(super) fn raw(header: &'a [u8], payload: &'a [u8]) -> Self {
        Self {
            header,
            next_header: &[],
            body: [payload, &[]],
            size: payload.len(),
            room: payload.len(),
        }
    }

    /// Bytes of payload in a full chunk.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Bytes of all that is left.
    #[inline]
    pub(super) fn total(&self) -> usize {
        let length = self.length();
        let bytes = self.header.len().saturating_add(length);
        let behind = length.saturating_sub(self.room);
        if behind == 0 {
            return bytes;
        }
        let more = behind.div_ceil(self.size.max(1));
        bytes.saturating_add(more.saturating_mul(self.next_header.len()))
    }

    fn length(&self) -> usize {
        let [first, second] = self.body;
        first.len().saturating_add(second.len())
    }

    /// Appends all that is left to `scratch`.
    #[inline(always)]
    pub(super) fn append_to(mut self, scratch: &mut Vec<u8>) {
        append_header(scratch, self.header);
        let [first, second] = self.body;
        self.append_part(scratch, first);
        if !second.is_empty() {
            self.append_part(scratch, second);
        }
    }

    #[inline]
    fn append_part(&mut self, scratch: &mut Vec<u8>, part: &[u8]) {
        let (begun, rest) = part.split_at(part.len().min(self.room));
        scratch.extend_from_slice(begun);
        self.room = self.room.saturating_sub(begun.len());
        if let Some(behind) = rest.len().checked_sub(1) {
            self.append_each(scratch, rest);
            let last = behind.checked_rem(self.size).unwrap_or(0);
            self.room = self.size.saturating_sub(last).saturating_sub(1);
        }
    }

    /// Appends `payload`, which begins with a chunk, with a header in front of each: the loop in which small chunks spend their
    /// time.
    #[inline]
    fn append_each(&self, scratch: &mut Vec<u8>, payload: &[u8]) {
        let mut rest = payload;
        if let ([header], USUAL) = (self.next_header, self.size) {
            // Of almost all messages. A copy of a fixed size is no call.
            let (full, short) = payload.as_chunks::<USUAL>();
            for chunk in full {
                scratch.push(*header);
                scratch.extend_from_slice(chunk);
            }
            rest = short;
        }
        for chunk in rest.chunks(self.size.max(1)) {
            append_header(scratch, self.next_header);
            scratch.extend_from_slice(chunk);
        }
    }

    /// Appends full chunks to `scratch` until one would end behind `most`, or is not all in one part of the body. What it
    /// leaves is for [`Self::next`].
    pub(super) fn append_full(&mut self, scratch: &mut Vec<u8>, most: usize) {
        let is_between = self.header.is_empty() && self.room == 0;
        let part = self.body.iter_mut().find(|part| !part.is_empty());
        let Some(part) = part.filter(|_| is_between) else {
            return;
        };
        let each = self.next_header.len().saturating_add(self.size);
        let room = most.saturating_sub(scratch.len());
        let count = min(
            part.len().checked_div(self.size).unwrap_or(0),
            room.checked_div(each).unwrap_or(0),
        );
        let (full, rest) = part.split_at(count.saturating_mul(self.size).min(part.len()));
        *part = rest;
        self.append_each(scratch, full);
    }
}

/// A copy of one byte is no call either.
#[inline]
fn append_header(scratch: &mut Vec<u8>, header: &[u8]) {
    match *header {
        [only] => scratch.push(only),
        ref longer => scratch.extend_from_slice(longer),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: u8, channel: u32, timestamp: u32) -> Headers {
        let outgoing = Outgoing {
            kind,
            channel,
            timestamp,
            length: 0,
            message_type: 9,
            stream_id: 1,
        };
        outgoing.headers(None).unwrap()
    }

    /// All bytes of a message, put together by a caller whose memory takes `most` bytes at once.
    fn gathered(mut chunks: Chunks<'_>, most: usize) -> Vec<u8> {
        let (mut all, mut scratch) = (Vec::new(), Vec::new());
        loop {
            chunks.append_full(&mut scratch, most);
            assert!(scratch.len() <= most);
            let Some(piece) = chunks.next() else { break };
            all.append(&mut scratch);
            all.extend_from_slice(piece);
        }
        all.append(&mut scratch);
        all
    }

    #[test]
    fn the_loop_cuts_as_the_iterator_does() {
        let bytes: Vec<u8> = (0..2000_u32).map(|i| i.to_le_bytes()[0]).collect();
        for (channel, timestamp) in [(4, 0), (70, 0), (400, 0x0102_0304)] {
            let headers = headers(0, channel, timestamp);
            for size in [1, 127, 128, 129, 700] {
                for [front, end] in [
                    [0, 0],
                    [0, 128],
                    [0, 129],
                    [16, 256],
                    [300, 1999],
                    [0, 2000],
                ] {
                    let message = Message {
                        header: 0,
                        kind: 9,
                        channel: 4,
                        timestamp,
                        stream_id: 1,
                        body: [&bytes[..front], &bytes[front..end]],
                    };
                    let chunks = Chunks::of(&message, &headers, size);
                    let expected: Vec<u8> = chunks.flatten().copied().collect();
                    assert_eq!(chunks.total(), expected.len(), "{size} {front} {end}");
                    for most in [0, 1, 128, 129, 1000, expected.len()] {
                        assert_eq!(
                            gathered(chunks, most),
                            expected,
                            "{size} {front} {end} {most}"
                        );
                    }
                    let mut whole = Vec::new();
                    chunks.append_to(&mut whole);
                    assert_eq!(whole, expected, "{size} {front} {end}");
                }
            }
        }
    }

    #[test]
    fn a_raw_chunk_is_one() {
        for payload in [&b""[..], b"payload"] {
            let chunks = Chunks::raw(b"head", payload);
            let mut whole = Vec::new();
            chunks.append_to(&mut whole);
            assert_eq!(whole, [b"head", payload].concat());
            assert_eq!(gathered(chunks, 3), whole);
        }
    }
}
