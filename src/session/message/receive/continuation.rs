//! The chunks that most are: whole ones in the buffer, with a header of one byte, that go on with a message.

use crate::abi::RTMPPacket;
use crate::proto::chunk::EXTENDED;
use crate::sys::log::{self, Level};

use crate::session::message::receive::payload::{complete, count_all_in, in_chunk_size};
use crate::session::state::Context;

/// First bytes from here on: type 3, and a chunk stream id of its own in the same byte.
const CONTINUATION: u8 = 0xc2;

/// What a caller wants to have at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// One chunk.
    Chunk,
    /// All that is there of a message.
    Message,
}

/// Reads such chunks, one or all that are there of the message. It does what [`super::begin`] and
/// [`super::receive_payload`] do; false, and nothing done, for every other chunk and for callers that look at each.
#[inline]
pub(in crate::session) fn go_on(cx: Context<'_>, packet: &RTMPPacket, until: Until) -> bool {
    let Some(first) = cx.r.m_sb.first().filter(|&first| first >= CONTINUATION) else {
        return false;
    };
    let Some(stored) = cx.r.channel_in((first & 0x3f).into()) else {
        return false;
    };
    let is_extended = stored.packet.m_nTimeStamp.get() == EXTENDED;
    if is_extended || packet.chunk().is_some() || log::enabled(Level::Debug2) {
        return false;
    }
    let most = in_chunk_size(cx.r);
    let mut is_any = false;
    while let Some(left) = stored.missing() {
        let size = left.min(most);
        if !stored.take_chunk(&cx.r.m_sb, first, size) {
            break;
        }
        count_all_in(cx, [1, size as usize]);
        is_any = true;
        if until == Until::Chunk {
            break;
        }
    }
    if is_any {
        packet.copy_numbers(&stored.packet);
        packet.forget_body();
        complete(cx, packet, stored);
    }
    is_any
}
