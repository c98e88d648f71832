//! `RTMP_Read` goes on at another server (spec 09 §10): with the next tag, without another file header, and with times that go on.
//!
//! It goes at once: until the server has asked it was the better one. What was received in front of the request has been
//! handed out by then.

use core::ffi::c_int;

use crate::abi::{
    RTMP_LF_LIVE, RTMP_READ_GOTFLVK, RTMP_READ_HEADER, RTMP_READ_NO_IGNORE, RTMP_READ_RESUME,
    RTMP_READ_SEEKING, RTMPPacket,
};
use crate::proto::message::{AUDIO, DATA, DATA_AMF3, VIDEO};
use crate::proto::payload::{Content, Payload};
use crate::proto::timeline::Timed;

use crate::session::connect::relocation;
use crate::session::state::failure::Failure;
use crate::session::state::{Context, State};

/// Whether reading is to go on elsewhere. Not while the program and the server still agree about where the stream is.
pub(in crate::session) fn is_due(cx: Context<'_>) -> bool {
    let read = &cx.r.m_read;
    let is_found = || read.has(RTMP_READ_NO_IGNORE | RTMP_READ_GOTFLVK);
    relocation::is_wished(cx)
        && cx.state.receiving().is_delivering
        && !read.has(RTMP_READ_SEEKING)
        && cx.r.m_pausing.get() == 0
        && (!read.has(RTMP_READ_RESUME) || is_found())
        && relocation::is_due(cx)
}

/// Whether the content of messages has to be known, which then are not gathered in the memory of the program.
pub(in crate::session) fn is_joining(cx: Context<'_>) -> bool {
    relocation::is_wished(cx) && cx.state.receiving().timeline.is_joining()
}

/// Whether the stream has gone on here.
pub(in crate::session) fn is_continued(cx: Context<'_>) -> bool {
    relocation::is_wished(cx) && cx.state.receiving().timeline.is_continued()
}

/// The time to give a message out with, which would be `time`; `None` for one that was given out before.
pub(in crate::session) fn place(cx: Context<'_>, packet: &RTMPPacket, time: u32) -> Option<u32> {
    if !relocation::is_wished(cx) {
        return Some(time);
    }
    let kind = packet.m_packetType.get();
    let is_frame = match kind {
        DATA | DATA_AMF3 => false,
        AUDIO | VIDEO if is_joining(cx) => is_frame(kind, packet.body()),
        _ => true,
    };
    let message = Timed {
        kind,
        said: packet.m_nTimeStamp.get(),
        time,
        is_frame,
    };
    cx.state.receiving().timeline.place(message)
}

/// What is not understood is taken for media.
fn is_frame(kind: u8, body: &[u8]) -> bool {
    Payload::of(kind, body).is_none_or(|payload| payload.content == Content::Frames)
}

/// The last message had several tags, up to this time.
pub(in crate::session) fn ended(cx: Context<'_>, time: u32) {
    if relocation::is_wished(cx) {
        cx.state.receiving().timeline.ended(time);
    }
}

/// Plays at the other server. What the program sees of its reading stays.
pub(in crate::session) fn go_over(cx: Context<'_>) -> Result<(), Failure> {
    let read = &cx.r.m_read;
    let (tracks, time) = (read.dataType.get(), read.timestamp.get());
    let has_header = read.has(RTMP_READ_HEADER);
    let (timeline, has_delivered) = {
        let receiving = cx.state.receiving();
        (receiving.timeline, receiving.has_delivered)
    };
    let is_recording = !cx.r.Link.has(RTMP_LF_LIVE) && cx.r.m_fDuration.get() > 0.0;
    let position = c_int::try_from(timeline.position()).unwrap_or(c_int::MAX);
    let position = is_recording.then_some(position);
    relocation::follow(cx, position.unwrap_or(0))?;
    read.dataType.set(tracks);
    read.timestamp.set(time);
    if has_header {
        read.raise(RTMP_READ_HEADER);
    }
    let state = State::of(cx.r);
    let mut receiving = state.receiving();
    receiving.timeline = timeline.next(position);
    receiving.has_delivered = has_delivered;
    Ok(())
}
