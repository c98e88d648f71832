//! `RTMP_Read`: media as FLV bytes (spec 06 §5).
//!
//! A call waits for the first packet only. Then it adds the whole packets that have already been received, as far as
//! they fit, and returns: a caller that waits with `poll` before each read must find nothing left behind in our
//! buffer (spec 10 P2). At the end of the stream the caller is told 0 once while the handle still is connected (P6).

use core::ffi::c_int;
use std::io::Write;

use crate::abi::{
    OwnedPacket, RTMP, RTMP_LF_LIVE, RTMP_READ_COMPLETE, RTMP_READ_EOF, RTMP_READ_ERROR,
    RTMP_READ_HEADER, RTMP_READ_RESUME, RTMP_READ_SEEKING, RTMPPacket,
};
use crate::proto::bytes::Out;
use crate::proto::flv::{self, FILE_HEADER, HAS_AUDIO, HAS_VIDEO, TRACKS_AT, Tag};
use crate::proto::message::{AGGREGATE, AUDIO, VIDEO};
use crate::sys::errno;
use crate::sys::log::{NO_MEMORY, log};

use crate::session::link::stack::{Stop, Wait};
use crate::session::link::{readiness, stack, tunnel};
use crate::session::message::close;
use crate::session::play::media::Media;
use crate::session::play::resume::Verdict;
use crate::session::play::{aggregate, media, playback, resume};
use crate::session::state::{Context, State};

/// The header phase collects so many bytes at most while it waits for the second track.
const HEADER_PHASE: usize = 128 * 1024;
/// A call looks so often for more: a peer that talks without end must not keep it.
const LOOKS: usize = 64;

/// Fills `out` with FLV bytes. Returns their number; 0 at the end of the stream and after a timeout; -1 when reading
/// cannot go on.
pub fn read(r: &RTMP, out: &mut [u8]) -> c_int {
    let status = r.m_read.status.get();
    if status == RTMP_READ_ERROR {
        errno::set(libc::EINVAL);
        return -1;
    }
    if !stack::is_connected(r) && !r.m_read.has_leftover() {
        r.m_read
            .status
            .set(if status == 0 { RTMP_READ_EOF } else { status });
        return 0;
    }
    let state = State::enter(r);
    if matches!(status, RTMP_READ_EOF | RTMP_READ_COMPLETE) {
        return stay_ended(state.on(r));
    }
    begin(&state, out.len());
    readiness::take_up(state.on(r));
    let (total, end) = deliver(state.on(r), out);
    finish(&state, total);
    let is_all = r.m_sb.is_empty() && !r.m_read.has_leftover() && state.receiving().kept.is_empty();
    if is_all || total < out.len() {
        readiness::let_go(state.on(r));
    } else {
        readiness::set_aside(state.on(r));
    }
    let has_begun = r.m_read.has(RTMP_READ_HEADER);
    if let (0, Some(status)) = (total, end) {
        tell_end(state.on(r), status);
    }
    if end == Some(RTMP_READ_ERROR) && !has_begun {
        errno::set(libc::EINVAL);
        return -1;
    }
    tunnel::keep_asking(state.on(r));
    c_int::try_from(total).unwrap_or(c_int::MAX)
}

fn begin(state: &State, size: usize) {
    let mut receiving = state.receiving();
    receiving.is_delivering = true;
    receiving.wanted = size;
}

/// What [`begin`] set holds for this call only: other readers take as much as fits, and close at once.
fn finish(state: &State, total: usize) {
    let mut receiving = state.receiving();
    receiving.is_delivering = false;
    receiving.wanted = 0;
    receiving.has_delivered |= total > 0;
}

/// The caller learns that there is no more. If it had media before, the connection stays until it asks once more:
/// programs exist that would otherwise connect again (spec 10 P6).
fn tell_end(cx: Context<'_>, status: i8) {
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
    cx.r.m_read.status.set(status);
}

fn stay_ended(cx: Context<'_>) -> c_int {
    let status = cx.r.m_read.status.get();
    let is_over = cx.state.receiving().ended.is_some();
    if is_over {
        close::close(cx.r);
        cx.r.m_read.status.set(status);
    }
    0
}

/// Bytes stored, and why there are no more of them.
fn deliver(cx: Context<'_>, out: &mut [u8]) -> (usize, Option<i8>) {
    if !cx.r.m_read.has(RTMP_READ_HEADER)
        && let Err(status) = header_phase(cx)
    {
        return (0, Some(status));
    }
    if cx.r.m_read.has(RTMP_READ_SEEKING) && cx.r.m_read.has_leftover() {
        cx.r.m_read.drop_leftover();
    }
    let mut total = cx.r.m_read.take_leftover(out);
    let mut looks = 0..LOOKS;
    while let Some(space) = out.get_mut(total..).filter(|space| !space.is_empty()) {
        let wait = if total == 0 { Wait::Yes } else { Wait::No };
        let mut store = |parts: [&[u8]; 3]| store(cx.r, parts, space);
        match fetch(cx, wait, &mut store) {
            Fetched::Bytes(count) => total = total.saturating_add(count),
            Fetched::Ignored => {}
            Fetched::NoneYet if looks.next().is_some() && has_more(cx, space.len()) => {}
            Fetched::NoneYet => break,
            Fetched::End(status) => {
                if total > 0 && status == RTMP_READ_ERROR {
                    cx.r.m_read.status.set(status);
                }
                return (total, Some(status));
            }
        }
    }
    (total, None)
}

/// Takes what has arrived meanwhile, as far as `size` bytes of memory hold it: a program that waits for edges is told of it only once.
/// The answers of a tunnel are asked for, and tell themselves.
fn has_more(cx: Context<'_>, size: usize) -> bool {
    cx.state.receiving().wanted = size;
    !tunnel::is_on(cx.r) && stack::take_arrived(cx)
}

/// Waits until both tracks, or a timestamp other than 0, have been seen, so that the file header can name the tracks.
/// What the stream held until then is kept for delivery, also when it ends here.
fn header_phase(cx: Context<'_>) -> Result<(), i8> {
    if cx.r.m_read.has(RTMP_READ_RESUME) {
        cx.r.m_read.raise(RTMP_READ_HEADER);
        return Ok(());
    }
    let mut collected = FILE_HEADER.to_vec();
    while cx.r.m_read.timestamp.get() == 0 && collected.len() <= HEADER_PHASE {
        let mut store = |parts: [&[u8]; 3]| {
            parts
                .iter()
                .try_for_each(|part| collected.put(part))
                .map(|()| parts.iter().map(|part| part.len()).sum())
        };
        let fetched = fetch(cx, Wait::Yes, &mut store);
        match fetched {
            // Behind a message that is lost nothing is whole.
            Fetched::End(RTMP_READ_ERROR) => return Err(RTMP_READ_ERROR),
            Fetched::End(status) if collected.len() == FILE_HEADER.len() => return Err(status),
            Fetched::End(_) | Fetched::NoneYet => break,
            Fetched::Bytes(_) | Fetched::Ignored => {}
        }
        if cx.r.m_read.dataType.get() == HAS_AUDIO | HAS_VIDEO {
            break;
        }
    }
    if let Some(tracks) = collected.get_mut(TRACKS_AT) {
        *tracks = cx.r.m_read.dataType.get();
    }
    if !cx.r.m_read.keep([&collected]) {
        cx.state.fail(NO_MEMORY);
        log!(Error, "{NO_MEMORY}");
        return Err(RTMP_READ_ERROR);
    }
    cx.r.m_read.raise(RTMP_READ_HEADER);
    Ok(())
}

/// Copies `parts` to `space`; what does not fit is kept for the next call. `None` without memory.
fn store(r: &RTMP, mut parts: [&[u8]; 3], mut space: &mut [u8]) -> Option<usize> {
    let mut stored: usize = 0;
    for part in &mut parts {
        // As much as fits: memory has no other failure.
        let count = space.write(part).unwrap_or(0);
        stored = stored.saturating_add(count);
        *part = part.get(count..).unwrap_or_default();
    }
    let is_all = parts.iter().all(|part| part.is_empty());
    (is_all || r.m_read.keep(parts)).then_some(stored)
}

/// What came of one packet.
enum Fetched {
    /// So many bytes were stored.
    Bytes(usize),
    /// It is not for the output.
    Ignored,
    /// There is none yet, and waiting is not wanted.
    NoneYet,
    /// There is none any more: the status for `m_read.status`.
    End(i8),
}

/// Takes the parts of a tag, or an aggregate in the first of them. Gives the number of bytes that the caller gets now.
type Store<'a> = &'a mut dyn FnMut([&[u8]; 3]) -> Option<usize>;

fn fetch(cx: Context<'_>, wait: Wait, store: Store<'_>) -> Fetched {
    let packet = OwnedPacket::default();
    match media::media(cx, &packet, wait) {
        Media::None(Stop::Again) => return Fetched::NoneYet,
        Media::None(_) => return Fetched::End(end_of(cx.state, RTMP_READ_EOF)),
        Media::Finished => {
            log!(
                Debug,
                "Got Play.Complete or Play.Stop from server. Assuming stream is complete"
            );
            return Fetched::End(end_of(cx.state, RTMP_READ_COMPLETE));
        }
        Media::Packet => {}
    }
    output(cx, &packet, store)
}

/// The status that was noted when the stream ended, or what the last packet said.
fn end_of(state: &State, status: i8) -> i8 {
    state.receiving().ended.unwrap_or(status)
}

fn output(cx: Context<'_>, packet: &RTMPPacket, store: Store<'_>) -> Fetched {
    let kind = packet.m_packetType.get();
    let body = packet.body();
    cx.r.m_read
        .dataType
        .set(cx.r.m_read.dataType.get() | flv::track(kind));
    if is_too_small(kind, body) || playback::is_seeking(cx) {
        return Fetched::Ignored;
    }
    let body = match resume::filter(cx, packet) {
        Verdict::Ignore => return Fetched::Ignored,
        Verdict::Fail => return Fetched::End(RTMP_READ_ERROR),
        Verdict::From(begin) => body.get(begin..).unwrap_or_default(),
    };
    let stamp = packet.m_nTimeStamp.get();
    let stored = if kind == AGGREGATE {
        if !body.is_empty() {
            // What counts when no tag can be made out in it.
            cx.r.m_read.timestamp.set(stamp);
        }
        let offset = resume::offset(cx);
        let rewritten = aggregate::rewrite(cx.r, body, stamp.wrapping_add(offset));
        rewritten.and_then(|tags| store([&tags, &[], &[]]))
    } else {
        let timestamp = stamp.wrapping_add(resume::offset(cx));
        let tag = Tag {
            kind,
            length: packet.m_nBodySize.get(),
            timestamp,
        };
        cx.r.m_read.timestamp.set(timestamp);
        store([&tag.header(), body, &tag.size_field()])
    };
    if cx.r.Link.has(RTMP_LF_LIVE) {
        cx.r.m_read.timestamp.set(stamp);
    }
    match stored {
        None => {
            cx.state.fail(NO_MEMORY);
            log!(Error, "{NO_MEMORY}");
            Fetched::End(RTMP_READ_ERROR)
        }
        Some(0) => Fetched::Ignored,
        Some(count) => Fetched::Bytes(count),
    }
}

/// Media messages with nothing behind their format byte, and end-of-sequence markers.
fn is_too_small(kind: u8, body: &[u8]) -> bool {
    match kind {
        VIDEO if body.len() <= 5 => log!(
            Debug,
            "ignoring too small video packet: size: {}",
            body.len()
        ),
        AUDIO if body.len() <= 1 => log!(
            Debug,
            "ignoring too small audio packet: size: {}",
            body.len()
        ),
        _ => return false,
    }
    true
}
