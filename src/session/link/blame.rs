//! What a failed receive or send means: it may have been a layer below RTMP that has failed, not the system.

use core::ffi::c_int;

use crate::session::link::tls;
use crate::session::state::Context;
use crate::session::state::cause::{Cause, Kind};

/// What has failed that has left this number.
pub(in crate::session) fn cause(cx: Context<'_>, number: c_int) -> Cause<'static> {
    let kind = match tls::blamed(&cx.r.m_sb) {
        None if cx.state.tunnel().is_broken => Some(Kind::Tunnel),
        kind => kind,
    };
    match kind {
        Some(kind) if number != libc::ENOMEM => kind.into(),
        _ => Kind::Lost.by(number),
    }
}
