//! Going on with an earlier download, and times behind a start position (spec 06 §6, spec 10 P12).

use crate::abi::{
    RTMP, RTMP_READ_GOTFLVK, RTMP_READ_GOTKF, RTMP_READ_NO_IGNORE, RTMP_READ_RESUME, RTMPPacket,
};
use crate::proto::flv::{self, SIZE_FIELD, TAG_HEADER};
use crate::proto::message::{AGGREGATE, AUDIO, DATA, DATA_AMF3, VIDEO};
use crate::proto::payload::Payload;
use crate::sys::log::log;

use crate::session::amf;
use crate::session::dialogue::metadata;
use crate::session::state::receiving::Clock;
use crate::session::state::{Context, State};

/// What the filter makes of a packet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Verdict {
    /// It is for the output, from this byte of its body on.
    From(usize),
    /// It is not.
    Ignore,
    /// The server's stream is not the one that was begun.
    Fail,
}

/// So many packets are ignored in search of the key frame before reading fails.
const PATIENCE: u32 = 50;

/// Decides about a packet. Without RESUME everything passes.
pub(in crate::session) fn filter(cx: Context<'_>, packet: &RTMPPacket) -> Verdict {
    learn_clock(cx, packet);
    let read = &cx.r.m_read;
    if !read.has(RTMP_READ_RESUME) {
        return Verdict::From(0);
    }
    let is_aggregate = packet.m_packetType.get() == AGGREGATE;
    let stamp = packet.m_nTimeStamp.get();
    let position = if is_absolute(cx.state) {
        read.nResumeTS.get()
    } else {
        0
    };
    let mut begin = 0;
    if stamp == 0 || stamp == position {
        match at_start(cx.r, packet) {
            Verdict::From(cut) => begin = cut,
            verdict => return verdict,
        }
    } else if read.has(RTMP_READ_GOTKF | RTMP_READ_GOTFLVK) {
        read.raise(RTMP_READ_GOTKF | RTMP_READ_GOTFLVK);
    }
    if is_aggregate && !read.has(RTMP_READ_GOTFLVK) {
        log!(
            Warning,
            "Stream does not start with requested FLV frame, ignoring data... "
        );
        return impatience(&read.nIgnoredFlvFrameCounter);
    }
    if !is_aggregate && !read.has(RTMP_READ_GOTKF) {
        log!(
            Warning,
            "Stream does not start with requested frame, ignoring data... "
        );
        return impatience(&read.nIgnoredFrameCounter);
    }
    if !is_aggregate && !read.has(RTMP_READ_NO_IGNORE) {
        if stamp <= position && is_known(packet) {
            return Verdict::Ignore;
        }
        read.raise(RTMP_READ_NO_IGNORE);
    }
    Verdict::From(begin)
}

/// Until media newer than the key frame comes: what the earlier download has stored already. Only audio with the key
/// frame's own time is not among it (the original drops that too).
fn is_known(packet: &RTMPPacket) -> bool {
    let kind = packet.m_packetType.get();
    kind != AUDIO || Payload::of(kind, packet.body()).is_some_and(|it| it.is_configuration())
}

/// The first media behind a start position tells whether the server counts from there, or goes on counting from the
/// beginning of the recording.
fn learn_clock(cx: Context<'_>, packet: &RTMPPacket) {
    let position = cx.r.m_read.nResumeTS.get();
    let is_media = matches!(packet.m_packetType.get(), AUDIO | VIDEO | AGGREGATE);
    if position == 0 || !is_media {
        return;
    }
    let mut receiving = cx.state.receiving();
    if receiving.clock == Clock::Unknown {
        // Servers start at a key frame before the position; a clock that was restarted is near 0.
        let is_far = packet.m_nTimeStamp.get() >= position.div_ceil(2);
        receiving.clock = if is_far {
            Clock::Absolute
        } else {
            Clock::Relative
        };
    }
}

fn is_absolute(state: &State) -> bool {
    state.receiving().clock == Clock::Absolute
}

fn impatience(counter: &crate::abi::Cell<u32>) -> Verdict {
    let ignored = counter.get().saturating_add(1);
    counter.set(ignored);
    if ignored > PATIENCE {
        Verdict::Fail
    } else {
        Verdict::Ignore
    }
}

/// A packet at the position: metadata and key frame must be those of the earlier download.
fn at_start(r: &RTMP, packet: &RTMPPacket) -> Verdict {
    let read = &r.m_read;
    let kind = packet.m_packetType.get();
    let is_data = matches!(kind, DATA | DATA_AMF3);
    if is_data && !read.meta_header().is_empty() && !is_same_metadata(r, packet) {
        return Verdict::Fail;
    }
    let wanted = read.initial_frame();
    if wanted.is_empty() {
        return Verdict::From(0);
    }
    if kind == read.initialFrameType.get() && packet.body() == wanted {
        log!(Debug, "Checked keyframe successfully!");
        read.raise(RTMP_READ_GOTKF);
        return Verdict::Ignore;
    }
    if kind != AGGREGATE {
        return Verdict::From(0);
    }
    let cut = find_in_aggregate(r, packet.body());
    if read.has(RTMP_READ_GOTFLVK) {
        return Verdict::From(cut);
    }
    log!(Error, "Couldn't find the seeked keyframe in this chunk!");
    Verdict::Ignore
}

fn is_same_metadata(r: &RTMP, packet: &RTMPPacket) -> bool {
    let values = metadata::values(packet.m_packetType.get(), &packet.body_text());
    let decoded = amf::decode::message(&values);
    let is_metadata = decoded.is_some_and(|object| metadata::is_on_meta_data(&object));
    // The program may have kept either kind.
    let kept = r.m_read.meta_header();
    !is_metadata || [packet.body(), values.bytes()].contains(&kept)
}

/// Looks for the key frame among the tags; the byte behind it, 0 when it is not there or nothing can be cut.
fn find_in_aggregate(r: &RTMP, body: &[u8]) -> usize {
    let read = &r.m_read;
    let (position, wanted) = (read.nResumeTS.get(), read.initial_frame());
    let mut last = None;
    for inner in flv::tags(body) {
        last = Some(inner.tag.timestamp);
        if inner.tag.kind == read.initialFrameType.get() && inner.tag.timestamp == position {
            let is_it = inner.data == wanted;
            log!(Debug, "Found keyframe with resume-keyframe timestamp!");
            if !is_it {
                log!(Error, "FLV Stream: Keyframe doesn't match!");
                return 0;
            }
            read.raise(RTMP_READ_GOTFLVK);
            if !inner.has_size_field() {
                log!(
                    Warning,
                    "Non skipable packet since it doesn't end with chunk, stream corrupt!"
                );
                return 0;
            }
            let data = inner
                .at
                .saturating_add(TAG_HEADER)
                .saturating_add(inner.data.len());
            return data.saturating_add(SIZE_FIELD);
        }
        if inner.tag.timestamp > position {
            return 0;
        }
    }
    if last.is_some_and(|last| last < position) {
        log!(
            Error,
            "First packet does not contain keyframe, all timestamps are smaller than the keyframe timestamp; \
             probably the resume seek failed?"
        );
    }
    0
}

/// What is to be added to the server's time, ms. Nothing when it is absolute already.
pub(in crate::session) fn offset(cx: Context<'_>) -> u32 {
    match cx.r.m_read.nResumeTS.get() {
        position if position > 0 && is_absolute(cx.state) => 0,
        position => position,
    }
}
