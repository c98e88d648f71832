//! The chunks that begin most messages: whole ones in the buffer, with a header that is short to read. Most of audio, and what
//! peers tell each other, is no more than such a chunk.

use crate::abi::ChannelIn;
use crate::proto::chunk::{Header, MAX_HEADER};

use crate::session::link::stack::Stop;
use crate::session::message::receive::open::open;
use crate::session::message::receive::payload::{conclude, count_all_in, in_chunk_size, make_room};
use crate::session::message::receive::receiver::Receiver;
use crate::session::state::Context;

/// Reads such a chunk on a chunk stream that is in the middle of no message. It does what [`super::begin`] and
/// [`super::receive_payload`] do; false, and nothing is consumed, where something else is next.
#[inline]
pub(super) fn begin_whole(cx: Context<'_>, packet: Receiver<'_>) -> Result<bool, Stop> {
    let (bytes, have) = cx.r.m_sb.front::<MAX_HEADER>();
    // Shorter ones are rare; that the length is known here is what makes this short.
    if have < MAX_HEADER {
        return Ok(false);
    }
    let [first, ..] = bytes;
    let Some(stored) = cx.r.channel_in((first & 0x3f).into()) else {
        return Ok(false);
    };
    let header = Header::parse_short(&bytes, |_| stored.packet.m_nTimeStamp.get());
    header.map_or(Ok(false), |header| take(cx, packet, stored, &header))
}

fn take(
    cx: Context<'_>,
    packet: Receiver<'_>,
    stored: &ChannelIn,
    header: &Header,
) -> Result<bool, Stop> {
    let [basic, message, _] = header.lengths;
    let before = stored.packet.m_nBodySize.get();
    let length = header.message.map_or(before, |(length, _)| length);
    let size = length.min(in_chunk_size(cx.r));
    let head = basic.saturating_add(message);
    let has_come = head.saturating_add(size as usize) <= cx.r.m_sb.len();
    if size == 0 || !has_come || !stored.packet.is_bodiless() {
        return Ok(false);
    }
    let Some(stored) = open(cx, &packet, header) else {
        return Ok(false);
    };
    let is_all = size == length;
    if !is_all {
        stored.packet.copy_numbers(&packet);
        make_room(cx, packet, stored, size)?;
        cx.r.m_sb.consume(head);
        stored.take(&cx.r.m_sb, size);
    } else if take_body(cx, packet, head, size) {
        stored.packet.copy_numbers(&packet);
    } else {
        // Without memory: the long way says so, with the same header.
        return Ok(false);
    }
    packet.m_nBytesRead.set(size);
    count_all_in(cx, [basic, message, size as usize]);
    if is_all {
        conclude(cx, &packet, stored);
    }
    Ok(true)
}

fn take_body(cx: Context<'_>, packet: Receiver<'_>, head: usize, size: u32) -> bool {
    match packet.output_for(cx, &packet) {
        Some(output) => output.take_body(&cx.r.m_sb, head, size),
        None => cx.r.m_sb.take_body(head, size, &packet),
    }
}
