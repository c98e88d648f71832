//! Pause, go on, toggle, seek (spec 06 §7).
//!
//! Behind a pause and while a seek is under way media is dropped. A server that refuses, or does not answer within the
//! receive timeout, must not make all of it vanish.

use core::ffi::c_int;
use std::time::{Duration, Instant};

use crate::abi::{RTMP, RTMP_READ_EOF, RTMP_READ_SEEKING, RTMPPacket};
use crate::net::deadline::Deadline;
use crate::sys::log::log;
use crate::sys::socket::{self, Readiness};

use crate::session::dialogue::command;
use crate::session::dialogue::position;
use crate::session::link::cancel;
use crate::session::state::Context;
use crate::session::state::failure::Failure;

/// Pauses at the current position, or goes on at the position of the last pause (`RTMP_Pause`).
pub fn pause(cx: Context<'_>, on: c_int) -> Result<(), Failure> {
    if on != 0 {
        cx.r.m_pauseStamp.set(position::media_position(cx));
    }
    command::pause(cx, on, cx.r.m_pauseStamp.get().cast_signed())
}

/// Servers need a moment between pause and unpause to notice the first.
const GAP: Duration = Duration::from_secs(1);

/// Waits for [`GAP`], or until the connection is cut.
fn rest(r: &RTMP) {
    let end = Instant::now() + GAP;
    while !cancel::is_unwanted_any_more(r) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero()
            || socket::wait(
                r.m_sb.sb_socket.observe(),
                Readiness::Gone,
                Some(left.min(cancel::STEP)),
            )
            .unwrap_or(false)
        {
            return;
        }
    }
}

/// Pauses and goes on, which makes some servers send again (`RTMP_ToggleStream`).
pub fn toggle(cx: Context<'_>) -> Result<(), Failure> {
    let stamp = cx.r.m_pauseStamp.get().cast_signed();
    if cx.r.m_pausing.get() == 0 {
        if cx.r.m_sb.sb_timedout.get() != 0 && cx.r.m_read.status.get() == RTMP_READ_EOF {
            cx.r.m_read.status.set(0);
        }
        command::pause(cx, 1, stamp)?;
        cx.r.m_pausing.set(1);
        rest(cx.r);
    }
    let sent = command::pause(cx, 0, stamp);
    cx.r.m_pausing.set(3);
    sent
}

/// Whether media is that from before a seek, which the server has not confirmed yet.
pub(in crate::session) fn is_seeking(cx: Context<'_>) -> bool {
    if !cx.r.m_read.has(RTMP_READ_SEEKING) {
        return false;
    }
    let is_over = {
        let mut receiving = cx.state.receiving();
        is_out_of_time(cx.r, &mut receiving.seeking)
    };
    if is_over {
        log!(Warning, "RTMP_Read, the server has not confirmed the seek");
        position::end_seek(cx);
    }
    !is_over
}

/// After a pause the server repeats media that was delivered before; the first newer packet ends that.
pub(in crate::session) fn is_repeated(cx: Context<'_>, packet: &RTMPPacket) -> bool {
    if cx.r.m_pausing.get() != 3 {
        return false;
    }
    let is_old = packet.m_nTimeStamp.get() <= cx.r.m_mediaStamp.get();
    let is_repeated = is_old && {
        let mut receiving = cx.state.receiving();
        !is_out_of_time(cx.r, &mut receiving.repeating)
    };
    if !is_repeated {
        position::end_pause(cx);
    }
    is_repeated
}

/// Whether media has been dropped for longer than the receive timeout.
fn is_out_of_time(r: &RTMP, limit: &mut Option<Deadline>) -> bool {
    let limit = limit.get_or_insert_with(|| Deadline::after(r.Link.timeout.get()));
    limit.left() == Some(Duration::ZERO)
}
