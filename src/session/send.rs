//! Messages out: one message, one system call where the socket takes it (spec 04 §4, §5).

mod gather;

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{ChannelOut, RTMP, RTMPChunk, RTMPPacket};
use crate::proto::chunk::{Headers, Outgoing, Previous};
use crate::proto::message::{COMMAND, command_head};
use crate::sys::errno;
use crate::sys::log::{self, Level, log, printed};

use super::report::Phase;
use super::state::{Sender, Sending, State};
use super::transport::SendError;
use super::{NO_MEMORY, close, owed, report, tunnel};

/// A message to send. Its bytes are only read, never changed.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The header type wanted, 0 to 3.
    pub header: u8,
    /// Message type.
    pub kind: u8,
    /// Chunk stream id.
    pub channel: c_int,
    /// Absolute timestamp, ms.
    pub timestamp: u32,
    /// Message stream id.
    pub stream_id: c_int,
    /// The body, in two parts that follow each other.
    pub body: [&'a [u8]; 2],
}

/// Whether a command waits for a reply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// It is remembered in `m_methodCalls`.
    Expected,
    /// It is not.
    None,
}

/// Why a message was not sent.
pub(super) enum Failure {
    /// It cannot be said on the wire. Nothing was written.
    Refused,
    /// There is no memory to write it. Nothing was written.
    NoMemory,
    /// The connection failed.
    Lost(SendError),
}

/// Calls that wait for a reply at most. A server need not answer, and can make us call: of more the oldest is forgotten.
const MOST_CALLS: usize = 1024;

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
    let sent = transmit(r, &state, right_to_send(r, &state), &whole, reply);
    owed::settle(r, &state);
    match sent {
        Ok(headers) => {
            packet.m_headerType.set(headers.kind);
            true
        }
        Err(failure) => give_up(r, &state, &failure),
    }
}

/// Sends a message of the library. A failed write closes the connection. True when all of it was written.
pub(super) fn message(r: &RTMP, message: &Message<'_>, reply: Reply) -> bool {
    message_on(r, &State::of(r), message, reply)
}

/// [`message`] for who has the state.
pub(super) fn message_on(r: &RTMP, state: &State, message: &Message<'_>, reply: Reply) -> bool {
    message_under(r, state, right_to_send(r, state), message, reply)
}

/// [`message`] for who has the right to send too, if it was to be had.
fn message_under(
    r: &RTMP,
    state: &State,
    sending: Option<Sender<'_>>,
    message: &Message<'_>,
    reply: Reply,
) -> bool {
    let sent = transmit(r, state, sending, message, reply);
    owed::settle(r, state);
    match sent {
        Ok(_) => true,
        Err(failure) => give_up(r, state, &failure),
    }
}

/// The right to send, see [`State::sending`]. In a tunnel what has come is heard before: hearing may log, and nothing is held
/// while the program's callback runs.
fn right_to_send<'a>(r: &RTMP, state: &'a State) -> Option<Sender<'a>> {
    tunnel::listen(r, state);
    state.sending()
}

/// The right to send one of the last messages of a connection that is being closed, unless another thread is in the
/// middle of one. Who has it can rely on what the message is made of: nobody ends the connection meanwhile.
pub(super) fn last_words(state: &State) -> Option<Sender<'_>> {
    let sending = state.sending_if_free()?;
    (!sending.is_mute && !state.is_over()).then_some(sending)
}

/// Sends such a message. True when it was written.
pub(super) fn farewell(
    r: &RTMP,
    state: &State,
    sending: Sender<'_>,
    message: &Message<'_>,
) -> bool {
    match say(r, state, sending, message, Reply::None) {
        Err(Failure::Lost(error)) => {
            error.report();
            if let Some(mut sending) = state.sending_if_free() {
                sending.is_mute = true;
            }
            false
        }
        result => result.is_ok(),
    }
}

/// Sends `announcement`, which is shorter than any chunk, and uses chunks of `size` bytes from there on. As [`message`].
pub(super) fn announce_chunk_size(r: &RTMP, announcement: &Message<'_>, size: c_int) -> bool {
    let state = State::of(r);
    let sending = right_to_send(r, &state);
    // Under the lock: no other message comes in between.
    r.m_outChunkSize.set(size);
    message_under(r, &state, sending, announcement, Reply::None)
}

fn give_up(r: &RTMP, state: &State, failure: &Failure) -> bool {
    match failure {
        Failure::Lost(error) => give_up_on(r, state, *error),
        Failure::NoMemory => {
            log!(Error, "{NO_MEMORY}");
            if state.receiving().phase == Phase::Dialogue {
                // The answer to what was not said need not be waited for.
                report::failed(state, NO_MEMORY);
                state.quick.is_refused.store(true, Relaxed);
            }
            errno::set(libc::ENOMEM);
        }
        Failure::Refused => {}
    }
    false
}

/// Reports a failed write and closes the connection; `errno` stays that of the write.
pub(super) fn give_up_on(r: &RTMP, state: &State, error: SendError) {
    error.report();
    let reason = format_args!("sending: {}", errno::describe(error.number));
    report::broken(r, state, error.number, reason);
    let number = errno::last();
    if error.is_timeout() {
        // A peer that takes nothing would not take a goodbye either.
        mute(state);
    }
    close::close_session(r, state);
    errno::set(number);
}

/// Nothing is sent any more.
pub(super) fn mute(state: &State) {
    if let Some(mut sending) = state.sending() {
        sending.is_mute = true;
    }
}

/// Sends a message, unless the connection is being closed, or this thread is in the middle of another message.
pub(super) fn transmit(
    r: &RTMP,
    state: &State,
    sending: Option<Sender<'_>>,
    message: &Message<'_>,
    reply: Reply,
) -> Result<Headers, Failure> {
    match sending {
        Some(sending) if !r.is_stopped() => say(r, state, sending, message, reply),
        _ => Err(Failure::Lost(not_connected(length(message) as usize))),
    }
}

fn not_connected(left: usize) -> SendError {
    let number = libc::ENOTCONN;
    SendError { number, left }
}

/// Chooses the headers, queues the call, writes the message, and remembers what the chunk stream looks like now.
fn say(
    r: &RTMP,
    state: &State,
    mut sending: Sender<'_>,
    message: &Message<'_>,
    reply: Reply,
) -> Result<Headers, Failure> {
    if state.is_over() {
        return Err(Failure::Lost(not_connected(length(message) as usize)));
    }
    let headers = match headers(r, message) {
        Ok(headers) => headers,
        Err(refusal) => {
            drop(sending);
            refusal.report(message);
            return Err(Failure::Refused);
        }
    };
    let call = if message.kind == COMMAND {
        command(message)
    } else {
        None
    };
    if let (Some((name, number)), Reply::Expected) = (call, reply) {
        // Before it is written: another thread may have read the reply by then.
        let _calls = state.calls();
        if r.calls().len() >= MOST_CALLS {
            r.drop_call(0, true);
        }
        if !r.queue_call(name, number) {
            return Err(Failure::NoMemory);
        }
    }
    // It is logged when the body may have gone.
    let name = call.map(|(name, _)| log::start_of(name));
    write(r, &mut sending, message, &headers)?;
    remember(r, message, &headers);
    drop(sending);
    dump(r, message, &headers);
    if let Some(name) = name {
        log!(Debug, "Invoking {}", printed(&name));
    }
    Ok(headers)
}

/// Why a message cannot be said on the wire.
enum Refusal {
    /// No chunk stream has this number, or there is no memory for it.
    Channel,
    /// There is no such header type.
    HeaderType,
}

impl Refusal {
    fn report(self, message: &Message<'_>) {
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

fn headers(r: &RTMP, message: &Message<'_>) -> Result<Headers, Refusal> {
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
        length: length(message),
        message_type: message.kind,
        stream_id: stream_id(known, message).cast_unsigned(),
    };
    outgoing.headers(previous).ok_or(Refusal::HeaderType)
}

/// The message stream id for a full header. Who asks for a shorter one need not have set it: then it is the one that the
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

fn length(message: &Message<'_>) -> u32 {
    let [first, second] = message.body;
    u32::try_from(first.len().saturating_add(second.len())).unwrap_or(u32::MAX)
}

/// The chunk size used for sending; what cannot be one counts as the default.
fn chunk_size(r: &RTMP) -> usize {
    let size = r.m_outChunkSize.get();
    usize::try_from(if size < 1 {
        crate::abi::DEFAULT_CHUNK_SIZE
    } else {
        size
    })
    .unwrap_or(1)
}

fn write(
    r: &RTMP,
    sending: &mut Sending,
    message: &Message<'_>,
    headers: &Headers,
) -> Result<(), Failure> {
    let size = chunk_size(r);
    let chunks = Chunks {
        header: &headers.first,
        next_header: &headers.next,
        body: message.body,
        size,
        room: size,
    };
    let total = wire_length(message, headers, size);
    let sent = gather::send(r, &mut sending.scratch, [size, total], chunks);
    sent.map_err(|error| {
        if error.number == libc::ENOMEM && error.left == total {
            Failure::NoMemory
        } else {
            Failure::Lost(error)
        }
    })
}

/// Bytes of a message with all its chunk headers.
fn wire_length(message: &Message<'_>, headers: &Headers, chunk_size: usize) -> usize {
    let length = length(message) as usize;
    let more = length.div_ceil(chunk_size).saturating_sub(1);
    headers
        .first
        .len()
        .saturating_add(length)
        .saturating_add(more.saturating_mul(headers.next.len()))
}

/// A message on the wire: headers and payloads in turn.
struct Chunks<'a> {
    /// Is next, unless it is empty.
    header: &'a [u8],
    next_header: &'a [u8],
    /// The payload that is left.
    body: [&'a [u8]; 2],
    size: usize,
    /// Bytes of payload that the current chunk still takes.
    room: usize,
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

fn remember(r: &RTMP, message: &Message<'_>, headers: &Headers) {
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
    state.packet.m_nBodySize.set(length(message));
    state.stamp_field.set(headers.field);
}

/// Name and transaction id of a command.
fn command<'a>(message: &Message<'a>) -> Option<(&'a [u8], c_int)> {
    let [body, rest] = message.body;
    // Commands are built in one part.
    if !rest.is_empty() {
        return None;
    }
    command_head(body)
}

fn dump(r: &RTMP, message: &Message<'_>, headers: &Headers) {
    if !log::enabled(Level::Debug2) {
        return;
    }
    log!(
        Debug2,
        "RTMP_SendPacket: fd={}, size={}",
        r.m_sb.sb_socket.observe(),
        length(message)
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
    let sent = write_raw(r, &state, header, payload);
    owed::settle(r, &state);
    if let Err(error) = sent {
        give_up_on(r, &state, error);
    }
    sent.is_ok()
}

fn write_raw(r: &RTMP, state: &State, header: &[u8], payload: &[u8]) -> Result<(), SendError> {
    let sending = right_to_send(r, state).filter(|_| !state.is_over() && !r.is_stopped());
    let Some(mut sending) = sending else {
        return Err(not_connected(header.len().saturating_add(payload.len())));
    };
    let sizes = [payload.len(), header.len().saturating_add(payload.len())];
    let pieces = [header, payload].into_iter();
    gather::send(r, &mut sending.scratch, sizes, pieces)
}
