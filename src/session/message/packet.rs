//! Looking at packets.

use crate::abi::RTMPPacket;
use crate::sys::log::log;

/// Logs the header fields and the first byte of the body (`RTMPPacket_Dump`).
pub fn dump(packet: &RTMPPacket) {
    let first = packet.body().first().copied().unwrap_or(0);
    log!(
        Debug,
        "RTMP PACKET: packet type: 0x{:02x}. channel: 0x{:02x}. info 1: {} info 2: {}. Body size: {}. body: 0x{:02x}",
        packet.m_packetType.get(),
        packet.m_nChannel.get(),
        packet.m_nTimeStamp.get().cast_signed(),
        packet.m_nInfoField2.get(),
        packet.m_nBodySize.get(),
        first
    );
}
