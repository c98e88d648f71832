//! Pause, go on, toggle (spec 06 §7).

use core::ffi::c_int;
use std::time::{Duration, Instant};

use crate::abi::{RTMP, RTMP_READ_EOF};

use crate::sys::socket::{self, Readiness};

use super::state::State;
use super::{cancel, command};

/// The time of the last media on its chunk stream, ms; 0 before there is any.
pub(super) fn media_position(r: &RTMP) -> u32 {
    let state = State::of(r);
    let _moving = state.moving();
    r.channel_timestamp(r.m_mediaChannel.get()).unwrap_or(0)
}

/// Pauses at the current position, or goes on at the position of the last pause (`RTMP_Pause`).
pub fn pause(r: &RTMP, on: c_int) -> bool {
    if on != 0 {
        r.m_pauseStamp.set(media_position(r));
    }
    command::pause(r, on, r.m_pauseStamp.get().cast_signed())
}

/// Servers need a moment between pause and unpause to notice the first.
const GAP: Duration = Duration::from_secs(1);

/// Waits for [`GAP`], or until the connection is cut.
fn rest(r: &RTMP) {
    let end = Instant::now() + GAP;
    while !cancel::is_unwanted(r) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero()
            || socket::wait(r.m_sb.sb_socket.get(), Readiness::Gone, Some(left)).unwrap_or(false)
        {
            return;
        }
    }
}

/// Pauses and goes on, which makes some servers send again (`RTMP_ToggleStream`).
pub fn toggle(r: &RTMP) -> bool {
    let stamp = r.m_pauseStamp.get().cast_signed();
    if r.m_pausing.get() == 0 {
        if r.m_sb.sb_timedout.get() != 0 && r.m_read.status.get() == RTMP_READ_EOF {
            r.m_read.status.set(0);
        }
        if !command::pause(r, 1, stamp) {
            return false;
        }
        r.m_pausing.set(1);
        rest(r);
    }
    let sent = command::pause(r, 0, stamp);
    r.m_pausing.set(3);
    sent
}
