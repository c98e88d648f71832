//! Where the media is, and the end of what moves it: a pause, a seek (spec 06 §7).

use crate::abi::RTMP_READ_SEEKING;
use crate::session::state::Context;

/// The time of the last media on its chunk stream, ms; 0 before there is any.
pub(in crate::session) fn media_position(cx: Context<'_>) -> u32 {
    let _moving = cx.state.moving();
    cx.r.channel_timestamp(cx.r.m_mediaChannel.get())
        .unwrap_or(0)
}

/// What comes from here on counts: the server has done the seek, or refused it, or the stream is another one.
pub(in crate::session) fn end_seek(cx: Context<'_>) {
    cx.r.m_read.lower(RTMP_READ_SEEKING);
    cx.state.receiving().seeking = None;
}

/// No pause is under way any more.
pub(in crate::session) fn end_pause(cx: Context<'_>) {
    cx.r.m_pausing.set(0);
    cx.state.receiving().repeating = None;
}
