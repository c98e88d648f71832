//! Messages of one chunk that have come whole: most of audio, and what peers tell each other.

use crate::abi::RTMPPacket;
use crate::proto::chunk::{Header, MAX_HEADER};

use crate::session::message::receive::open::open;
use crate::session::message::receive::payload::{conclude, count_all_in, in_chunk_size};
use crate::session::state::Context;

/// Reads such a message on a chunk stream that is in the middle of none. It does what [`super::begin`] and
/// [`super::receive_payload`] do; false, and nothing is consumed, where something else is next.
#[inline]
pub(super) fn whole(cx: Context<'_>, packet: &RTMPPacket) -> bool {
    let (bytes, have) = cx.r.m_sb.front::<MAX_HEADER>();
    // Those that are shorter are rare; that the length is known here is what makes this short.
    have == MAX_HEADER && message(cx, packet, &bytes).is_some()
}

fn message(cx: Context<'_>, packet: &RTMPPacket, bytes: &[u8; MAX_HEADER]) -> Option<()> {
    let stored = cx.r.channel_in((bytes.first()? & 0x3f).into())?;
    let header = Header::parse_short(bytes, |_| stored.packet.m_nTimeStamp.get())?;
    let [basic, message, _] = header.lengths;
    let size = header
        .message
        .map_or(stored.packet.m_nBodySize.get(), |(length, _)| length);
    let is_whole = (1..=in_chunk_size(cx.r)).contains(&size);
    let head = basic.saturating_add(message);
    let has_come = head.saturating_add(size as usize) <= cx.r.m_sb.len();
    if !is_whole || !has_come || !stored.packet.is_bodiless() {
        return None;
    }
    let stored = open(cx, packet, &header)?;
    if !cx.r.m_sb.take_body(head, size, packet) {
        // Without memory: the long way says so, with the same header.
        return None;
    }
    stored.packet.copy_numbers(packet);
    packet.m_nBytesRead.set(size);
    count_all_in(cx, [basic, message, size as usize]);
    conclude(cx, packet, stored);
    Some(())
}
