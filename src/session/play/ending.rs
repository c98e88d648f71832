//! The end of what is read, as the program is told it (spec 06 §5, spec 10 P6).

use core::ffi::c_int;

use crate::sys::socket;

use crate::session::message::close;
use crate::session::state::Context;

/// The caller learns that there is no more. If it had media before, the connection stays until it asks once more:
/// programs exist that would otherwise connect again (spec 10 P6).
pub(in crate::session) fn tell(cx: Context<'_>, status: i8) {
    let is_over = {
        let mut receiving = cx.state.receiving();
        let first_time = receiving.has_delivered && !receiving.is_told;
        // A timeout is no end: the end that may follow is still to be told.
        receiving.is_told |= receiving.ended.is_some();
        receiving.ended.is_some() && !first_time
    };
    if is_over {
        close::close(cx.r);
    }
    if !has_only_nothing_now(cx) {
        cx.r.m_read.status.set(status);
    }
}

/// Whether a program has made its socket one that does not wait, and it had nothing: there may be something by the next call.
fn has_only_nothing_now(cx: Context<'_>) -> bool {
    let sb = &cx.r.m_sb;
    let is_timeout = sb.sb_timedout.get() != 0 && cx.state.receiving().ended.is_none();
    is_timeout && !cx.state.level.is_on() && !socket::is_blocking(sb.sb_socket.observe())
}

/// The caller, who knows it, asks once more.
pub(in crate::session) fn stay(cx: Context<'_>) -> c_int {
    let status = cx.r.m_read.status.get();
    let is_over = cx.state.receiving().ended.is_some();
    if is_over {
        close::close(cx.r);
        cx.r.m_read.status.set(status);
    }
    0
}
