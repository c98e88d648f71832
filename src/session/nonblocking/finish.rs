//! The end of a connection where no call waits (`RTMP_Finish`): the goodbye takes its place behind all that is queued.

use core::sync::atomic::Ordering::Relaxed;
use core::time::Duration;
use std::time::Instant;

use crate::abi::RTMP;
use crate::session::link::stack::is_connected;
use crate::session::link::tls;
use crate::session::message::{claim, close};
use crate::session::state::failure::Failure;
use crate::session::state::{Context, State};
use crate::sys::socket;

/// The peer has so long to take what the system has been given, as in a close that waits.
const MOST: Duration = Duration::from_secs(1);
/// Between two looks at that, of which the system does not tell.
pub(super) const STEP: Duration = Duration::from_millis(5);

/// Queues the goodbye.
pub fn finish(r: &RTMP) -> Result<(), Failure> {
    if !r.is_nonblocking() {
        return Err(Failure::of(libc::EINVAL));
    }
    if !is_connected(r) {
        return Err(Failure::of(libc::ENOTCONN));
    }
    let state = State::of(r);
    if !state.level.is_finishing.swap(true, Relaxed) {
        close::say_last_words(state.on(r));
    }
    claim::flush(state.on(r))
}

/// Whether a connection that ends has given everything to its peer, as far as that takes it in time.
pub(super) fn is_done(cx: Context<'_>) -> bool {
    if cx.state.level.queued() > 0 || !tls::say_goodbye(&cx.r.m_sb) {
        return false;
    }
    let since = *cx.state.receiving().given.get_or_insert_with(Instant::now);
    socket::unsent(cx.r.m_sb.sb_socket.observe()) == 0 || since.elapsed() >= MOST
}
