//! Servers that announce a window (type 5) and wait for an acknowledgement. The original reports a tenth of what type 6
//! says and knows no window (spec 04 §9).

use crate::handle::{Packet, Wire, tight};
use crate::messages::message;
use rtmp::ffi::rtmp::stream::RTMP_GetNextMediaPacket;

const WINDOW: u8 = 5;
const AUDIO: u8 = 8;

/// What is sent while two messages of 14 bytes are read behind the announcement, which has 16.
fn reports(window: i32, counts: u8) -> String {
    let wire = Wire::new();
    wire.r().m_bSendCounter.set(counts);
    wire.push_bytes(&message(2, 0, WINDOW, &window.to_be_bytes()));
    for time in [10, 20] {
        wire.push_bytes(&message(4, time, AUDIO, &[0xaf, 1]));
        let mut packet = Packet::new();
        // SAFETY: a handle and a packet.
        let result = unsafe { RTMP_GetNextMediaPacket(wire.raw(), packet.raw()) };
        assert_eq!((result, packet.time), (1, time));
        packet.free();
    }
    assert_eq!(wire.r().m_nServerBW.get(), window);
    wire.sent()
}

#[test]
fn half_of_it_is_acknowledged() {
    // Behind the first byte of the first message: the announcement itself counts. And 14 bytes later.
    let both = tight("42 000000 000004 03 00000011 c2 0000001f");
    assert_eq!(reports(28, 1), both);
    assert_eq!(reports(27, 1), both);
    // Only the second reaches it.
    assert_eq!(reports(62, 1), tight("42 000000 000004 03 0000001f"));
}

#[test]
fn others_change_nothing() {
    for window in [2_500_000, 100, i32::MAX, 0, -1, i32::MIN] {
        assert_eq!(reports(window, 1), "", "{window}");
    }
    // Who connects without RTMP_Connect reports nothing, as ever.
    assert_eq!(reports(28, 0), "");
}
