//! What programs are told that want to hear of what happens (`RTMP_Configure`, `onEvent`).

use core::ffi::c_int;

use crate::abi::{AMFObject, AVal, RTMP_EVENT, RTMP_EVENT_PHASE, RTMP_EVENT_STATUS, RTMPPacket};

use crate::session::link::program;
use crate::session::state::Context;
use crate::session::state::reason::Phase;

/// A message has come.
pub(in crate::session) fn message(
    cx: Context<'_>,
    kind: c_int,
    object: Option<&AMFObject>,
    packet: &RTMPPacket,
) {
    tell(cx, || {
        RTMP_EVENT::new(kind, phase_of(cx), object, Some(packet))
    });
}

/// The server has said how things are.
pub(in crate::session) fn status(
    cx: Context<'_>,
    [code, description]: [AVal; 2],
    object: &AMFObject,
    packet: &RTMPPacket,
) {
    tell(cx, || RTMP_EVENT {
        code,
        description,
        ..RTMP_EVENT::new(RTMP_EVENT_STATUS, phase_of(cx), Some(object), Some(packet))
    });
}

/// Another phase has begun.
pub(in crate::session) fn phase(cx: Context<'_>, phase: Phase) {
    tell(cx, || {
        RTMP_EVENT::new(RTMP_EVENT_PHASE, phase.number(), None, None)
    });
}

fn phase_of(cx: Context<'_>) -> c_int {
    cx.state.stats.phase(cx.r)
}

fn tell(cx: Context<'_>, event: impl FnOnce() -> RTMP_EVENT) {
    if let Some(config) = cx.r.config().filter(|config| config.onEvent.is_some()) {
        let event = event();
        program::called(|| config.tell(&event));
    }
}
