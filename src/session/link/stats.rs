//! How a connection goes, for any thread (`RTMP_GetStats`): nobody is waited for, nothing is locked.

use core::ffi::c_int;

use crate::abi::{RTMP, RTMP_STATS, RTMP_UNKNOWN};
use crate::session::state::State;
use crate::sys::{errno, socket};

use super::cancel;
use super::stack::is_connected;

/// The numbers of the connection. Where there is none, and none is being made, the sums of the last one.
pub fn now(r: &RTMP) -> RTMP_STATS {
    let number = errno::last();
    let state = r.private_if_any::<State>();
    let current = state.filter(|state| state.stats.is_begun() || is_connected(r));
    let mut stats = match current {
        Some(state) => RTMP_STATS {
            phase: state.stats.phase(r),
            queued: known(Some(state.level.queued())),
            queued_ms: known(Some(state.level.age())),
            ..state.stats.totals().stats()
        },
        None => r.m_sb.totals().unwrap_or_default().stats(),
    };
    cancel::visit(r, |fd| ask(fd, &mut stats));
    errno::set(number);
    stats
}

/// What the system knows.
fn ask(fd: c_int, stats: &mut RTMP_STATS) {
    let path = socket::path(fd);
    stats.unsent = known(socket::unacknowledged(fd));
    stats.send_buffer = known(socket::send_buffer(fd));
    stats.rtt_us = known(path.round_trip);
    stats.rtt_var_us = known(path.variation);
    stats.retransmits = known(path.sent_again);
    stats.delivery_rate = known(path.rate);
}

/// What is more than there are numbers for is the largest.
fn known<T: TryInto<u32>>(number: Option<T>) -> u32 {
    let most = RTMP_UNKNOWN.saturating_sub(1);
    number.map_or(RTMP_UNKNOWN, |number| {
        number.try_into().unwrap_or(most).min(most)
    })
}
