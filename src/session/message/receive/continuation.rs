//! The chunks that most are: whole ones in the buffer, with a header of one byte, that go on with a message.

use crate::abi::ChannelIn;
use crate::proto::chunk::EXTENDED;

use crate::session::message::receive::payload::{complete, count_all_in, in_chunk_size, is_quiet};
use crate::session::message::receive::receiver::Receiver;
use crate::session::state::Context;

/// First bytes from here on: type 3, and a chunk stream id of its own in the same byte.
const CONTINUATION: u8 = 0xc2;

/// Goes on with a message: all chunks of it that are there. It does what [`super::begin`] and [`super::receive_payload`] do for
/// each; false, and nothing done, where another chunk is next.
#[inline]
pub(in crate::session) fn go_on(cx: Context<'_>, packet: Receiver<'_>) -> bool {
    let Some(first) = cx.r.m_sb.first().filter(|&first| first >= CONTINUATION) else {
        return false;
    };
    let Some(stored) = cx.r.channel_in((first & 0x3f).into()) else {
        return false;
    };
    let is_extended = stored.packet.m_nTimeStamp.get() == EXTENDED;
    let is_any = !is_extended && take_all(cx, stored, first);
    if is_any {
        packet.copy_numbers(&stored.packet);
        packet.forget_body();
        complete(cx, packet, stored);
    }
    is_any
}

/// Goes on with the message that `packet` is in the middle of, if its next chunks are there.
#[inline]
pub(super) fn go_on_with(cx: Context<'_>, packet: Receiver<'_>) {
    let channel = packet.m_nChannel.get();
    let is_next = |first: u8| channel < 64 && i32::from(first & 0x3f) == channel;
    if !packet.is_ready() && cx.r.m_sb.first().is_some_and(is_next) {
        go_on(cx, packet);
    }
}

/// Takes all chunks with this header that are there and go on with the message of `stored`. False if there is none.
fn take_all(cx: Context<'_>, stored: &ChannelIn, first: u8) -> bool {
    let size = in_chunk_size(cx.r);
    let mut is_any = false;
    loop {
        // Where a report may become due the chunks are counted one by one: it tells the peer of the one that makes it due.
        let most = match is_quiet(cx, cx.r.m_sb.len()) {
            true => u32::MAX,
            false => 1,
        };
        let taken = stored.take_chunks(&cx.r.m_sb, first, size, most);
        if taken.chunks == 0 {
            return is_any;
        }
        is_any = true;
        count_all_in(cx, [taken.chunks, taken.bytes]);
    }
}
