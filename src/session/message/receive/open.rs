//! What a chunk header begins, on top of what its chunk stream remembers (spec 04 §3).

use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{ChannelIn, RTMPPacket};
use crate::proto::chunk::Header;

use crate::session::state::Context;

/// Brings the chunk stream's history into `packet`, then what the header says. `None` without memory.
pub(super) fn open<'a>(
    cx: Context<'a>,
    packet: &RTMPPacket,
    header: &Header,
) -> Option<&'a ChannelIn> {
    let channel = header.channel.cast_signed();
    let stored = cx.r.channel_in(channel);
    packet.m_headerType.set(header.kind);
    packet.m_nChannel.set(channel);
    match stored {
        _ if header.kind == 0 => {
            // A caller that did not free the message before loses it here, not with the next allocation. Any other body
            // is memory of his own.
            if packet.body_address() == cx.state.flags.handed_out.load(Relaxed) {
                packet.free_body();
            }
            packet.m_hasAbsTimestamp.set(1);
        }
        Some(stored) => {
            packet.copy_numbers(&stored.packet);
            if header.kind < 3 && stored.packet.is_bodiless() {
                // A message with an absolute time was aborted; this one has a delta.
                packet.m_hasAbsTimestamp.set(0);
            }
        }
        None => {}
    }
    packet.forget_body();
    if let Some(stamp) = header.stamp {
        packet.m_nTimeStamp.set(stamp);
    }
    if let Some((length, kind)) = header.message {
        packet.m_nBodySize.set(length);
        packet.m_nBytesRead.set(0);
        packet.m_packetType.set(kind);
        // Whatever the stream was in the middle of is over: its room was made for another length.
        if let Some(stored) = stored {
            cx.state.flags.let_go(stored.discard_body());
        }
    }
    if let Some(stream_id) = header.stream_id {
        packet.m_nInfoField2.set(stream_id.cast_signed());
    }
    let stored = match stored {
        Some(stored) => stored,
        None => {
            let _moving = cx.state.moving();
            cx.r.open_channel_in(channel)?
        }
    };
    if stored.packet.is_bodiless() {
        packet.m_nBytesRead.set(0);
        if packet.m_nBodySize.get() > 0 {
            packet.m_headerType.set(header.kind);
        }
    }
    Some(stored)
}
