//! `RTMP_Read`: media as FLV bytes (spec 06 §5).
//!
//! A call waits for the first packet only. Then it adds the whole packets that have already been received, as far as
//! they fit, and returns: a caller that waits with `poll` before each read must find nothing left behind in our
//! buffer (spec 10 P2). At the end of the stream the caller is told 0 once while the handle still is connected (P6).

use core::ffi::c_int;

use crate::abi::{
    OptionName, Output, OwnedPacket, RTMP, RTMP_AGAIN, RTMP_LF_LIVE, RTMP_READ_COMPLETE,
    RTMP_READ_EOF, RTMP_READ_ERROR, RTMP_READ_HEADER, RTMP_READ_IGNORE, RTMP_READ_RESUME,
    RTMP_READ_SEEKING, RTMPPacket,
};
use crate::proto::bytes::Out;
use crate::proto::flv::{
    self, FILE_HEADER, HAS_AUDIO, HAS_VIDEO, SIZE_FIELD, TAG_HEADER, TRACKS_AT, Tag,
};
use crate::proto::message::{AGGREGATE, AUDIO, VIDEO};
use crate::proto::payload;
use crate::sys::errno;
use crate::sys::log::{self, Level, NO_MEMORY, log};

use crate::session::link::stack::{Stop, Wait};
use crate::session::link::{readiness, stack, tunnel};
use crate::session::message::receive::{self, Receiver};
use crate::session::play::media::Media;
use crate::session::play::resume::Verdict;
use crate::session::play::{aggregate, ending, media, onward, playback, resume};
use crate::session::state::cause::Kind;
use crate::session::state::{Context, State};

/// The header phase collects so many bytes at most while it waits for the second track.
const HEADER_PHASE: usize = 128 * 1024;
/// A call looks so often for more: a peer that talks without end must not keep it.
const LOOKS: usize = 64;

/// Fills `out` with FLV bytes. Returns their number; 0 at the end of the stream and after a timeout; -1 when reading
/// cannot go on; `RTMP_AGAIN` where no call waits and there is nothing now.
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
        return ending::stay(state.on(r));
    }
    begin(&state, out.len());
    readiness::take_up(state.on(r));
    let (total, end) = deliver(state.on(r), out);
    let is_over = matches!(end, Some(RTMP_READ_COMPLETE | RTMP_READ_ERROR));
    if onward::is_due(state.on(r)) && !r.m_read.has_leftover() && !is_over {
        finish(&state, total);
        return go_over(state.on(r), out, total);
    }
    finish(&state, total);
    let is_all = r.m_sb.is_empty() && !r.m_read.has_leftover() && state.receiving().kept.is_empty();
    if is_all || total < out.len() {
        readiness::let_go(state.on(r));
    } else {
        readiness::set_aside(state.on(r));
    }
    let has_begun = r.m_read.has(RTMP_READ_HEADER);
    match (total, end) {
        (0, Some(status)) => ending::tell(state.on(r), status),
        (0, None) if !out.is_empty() && state.level.is_on() => return RTMP_AGAIN,
        _ => {}
    }
    if end == Some(RTMP_READ_ERROR) && !has_begun {
        errno::set(libc::EINVAL);
        return -1;
    }
    tunnel::keep_asking(state.on(r));
    c_int::try_from(total).unwrap_or(c_int::MAX)
}

/// Reads on at the server that ours has named, when there is nothing to return yet. A program that waits for the socket has
/// another one to wait for.
fn go_over(cx: Context<'_>, out: &mut [u8], total: usize) -> c_int {
    let gone = onward::go_over(cx);
    if gone.is_ok() && total == 0 {
        return read(cx.r, out);
    }
    if let Err(failure) = gone {
        cx.r.m_read.status.set(RTMP_READ_EOF);
        failure.tell();
    }
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

/// Bytes stored, and why there are no more of them.
fn deliver(cx: Context<'_>, out: &mut [u8]) -> (usize, Option<i8>) {
    if !cx.r.m_read.has(RTMP_READ_HEADER)
        && let Err(end) = header_phase(cx)
    {
        return (0, end);
    }
    if cx.r.m_read.has(RTMP_READ_SEEKING) && cx.r.m_read.has_leftover() {
        cx.r.m_read.drop_leftover();
    }
    let total = cx.r.m_read.take_leftover(out);
    let output = Output::new(out, total, [TAG_HEADER, SIZE_FIELD]);
    let end = {
        let _lending = Lending::begin(cx);
        fill(cx, &output)
    };
    (output.used(), end)
}

/// While it lives messages may be gathered in the memory of the call.
struct Lending<'a>(Context<'a>);

impl<'a> Lending<'a> {
    fn begin(cx: Context<'a>) -> Self {
        // The memory of another call, inside which a callback has called this one.
        let _ = receive::bring_home(cx);
        Self(cx)
    }
}

impl Drop for Lending<'_> {
    fn drop(&mut self) {
        // A failure has ended the connection, which the next call tells.
        let _ = receive::bring_home(self.0);
    }
}

/// Adds tags to `output`: why there are no more of them.
fn fill(cx: Context<'_>, output: &Output<'_>) -> Option<i8> {
    let mut looks = 0..LOOKS;
    while output.room() > 0 && !onward::is_due(cx) {
        let wait = if output.used() == 0 {
            Wait::Yes
        } else {
            Wait::No
        };
        let mut store = |piece: Piece<'_>| store(cx, &piece, output);
        match fetch(cx, wait, Some(output), &mut store) {
            Fetched::Done => {}
            Fetched::NoneYet if looks.next().is_some() && has_more(cx, output.room()) => {}
            Fetched::NoneYet => break,
            Fetched::End(status) => {
                if output.used() > 0 && status == RTMP_READ_ERROR {
                    cx.r.m_read.status.set(status);
                }
                return Some(status);
            }
        }
    }
    None
}

/// Takes what has arrived meanwhile, as far as `size` bytes of memory hold it: a program that waits for edges is told of it only once.
/// The answers of a tunnel are asked for, and tell themselves.
fn has_more(cx: Context<'_>, size: usize) -> bool {
    cx.state.receiving().wanted = size;
    !tunnel::is_on(cx.r) && stack::take_arrived(cx)
}

/// Waits until both tracks, or a timestamp other than 0, have been seen, so that the file header can name the tracks.
/// What the stream held until then is kept for delivery, also when it ends here. Where no call waits it goes on with the next.
fn header_phase(cx: Context<'_>) -> Result<(), Option<i8>> {
    if cx.r.m_read.has(RTMP_READ_RESUME) {
        cx.r.m_read.raise(RTMP_READ_HEADER);
        return Ok(());
    }
    let mut collected = core::mem::take(&mut cx.state.receiving().collected);
    if collected.is_empty() {
        collected = FILE_HEADER.to_vec();
    }
    while cx.r.m_read.timestamp.get() == 0 && collected.len() <= HEADER_PHASE {
        let mut store = |piece: Piece<'_>| {
            let parts = piece.parts();
            parts.iter().try_for_each(|part| collected.put(part))
        };
        let fetched = fetch(cx, Wait::Yes, None, &mut store);
        match fetched {
            // Behind a message that is lost nothing is whole.
            Fetched::End(RTMP_READ_ERROR) => return Err(Some(RTMP_READ_ERROR)),
            Fetched::End(status) if collected.len() == FILE_HEADER.len() => {
                return Err(Some(status));
            }
            Fetched::NoneYet if cx.state.level.is_on() => {
                cx.state.receiving().collected = collected;
                return Err(None);
            }
            // It is to be read elsewhere.
            Fetched::NoneYet if collected.len() == FILE_HEADER.len() => {
                return Err(Some(RTMP_READ_IGNORE));
            }
            Fetched::End(_) | Fetched::NoneYet => break,
            Fetched::Done => {}
        }
        if cx.r.m_read.dataType.get() == HAS_AUDIO | HAS_VIDEO {
            break;
        }
    }
    if let Some(tracks) = collected.get_mut(TRACKS_AT) {
        *tracks = cx.r.m_read.dataType.get();
    }
    if !cx.r.m_read.keep(&collected) {
        cx.state.fail(Kind::Memory, NO_MEMORY);
        log!(Error, "{NO_MEMORY}");
        return Err(Some(RTMP_READ_ERROR));
    }
    cx.r.m_read.raise(RTMP_READ_HEADER);
    Ok(())
}

/// What one packet adds.
enum Piece<'a> {
    /// A tag: what is in front of the body of a packet, which is owned here, and behind it.
    Tag([u8; TAG_HEADER], &'a RTMPPacket, [u8; SIZE_FIELD]),
    /// Whole tags.
    Tags(&'a [u8]),
}

impl Piece<'_> {
    fn parts(&self) -> [&[u8]; 3] {
        match self {
            Self::Tag(header, packet, size_field) => [header, packet.body(), size_field],
            Self::Tags(tags) => [tags, &[], &[]],
        }
    }
}

/// Adds `piece` to `output`; what does not fit is kept for the next call. `None` without memory.
fn store(cx: Context<'_>, piece: &Piece<'_>, output: &Output<'_>) -> Option<()> {
    // The place may be that of another message, which has only begun.
    receive::bring_home(cx).ok()?;
    let begin = output.used();
    let mut is_all = true;
    for part in piece.parts() {
        is_all &= output.put(part) == part.len();
    }
    let given = output.used().saturating_sub(begin);
    let read = &cx.r.m_read;
    let is_kept = match piece {
        _ if is_all => true,
        Piece::Tag(header, packet, size_field) => read.keep_tag(header, packet, size_field, given),
        Piece::Tags(tags) => read.keep(tags.get(given..).unwrap_or_default()),
    };
    is_kept.then_some(())
}

/// What came of one packet.
enum Fetched {
    /// It was stored, or is not for the output.
    Done,
    /// There is none yet, and waiting is not wanted.
    NoneYet,
    /// There is none any more: the status for `m_read.status`.
    End(i8),
}

/// Takes what one packet adds. `None` without memory.
type Store<'a> = &'a mut dyn FnMut(Piece<'_>) -> Option<()>;

/// The next packet goes to `store`, or is in the `output` already.
fn fetch(cx: Context<'_>, wait: Wait, output: Option<&Output<'_>>, store: Store<'_>) -> Fetched {
    let packet = OwnedPacket::default();
    // Who compares bodies, or shows them, needs them in packets.
    let is_shown = log::enabled(Level::Debug2) || onward::is_joining(cx);
    let is_simple = !cx.r.m_read.has(RTMP_READ_RESUME) && !is_shown;
    let receiver = Receiver::new(&packet, output.filter(|_| is_simple));
    match media::media(cx, receiver, wait) {
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
    hand_out(cx, &packet, output, store)
}

/// The status that was noted when the stream ended, or what the last packet said.
fn end_of(state: &State, status: i8) -> i8 {
    state.receiving().ended.unwrap_or(status)
}

fn hand_out(
    cx: Context<'_>,
    packet: &RTMPPacket,
    output: Option<&Output<'_>>,
    store: Store<'_>,
) -> Fetched {
    let kind = packet.m_packetType.get();
    let body = packet.body();
    cx.r.m_read
        .dataType
        .set(cx.r.m_read.dataType.get() | flv::track(kind));
    let size = packet.m_nBodySize.get();
    let in_place = output.filter(|output| packet.is_bodiless() && output.is_whole());
    if is_too_small(cx.r, kind, body, size) || playback::is_seeking(cx) {
        return Fetched::Done;
    }
    let body = match resume::filter(cx, packet) {
        Verdict::Ignore => return Fetched::Done,
        Verdict::Fail => {
            cx.state.note_failed_call(Kind::Protocol);
            return Fetched::End(RTMP_READ_ERROR);
        }
        Verdict::From(begin) => body.get(begin..).unwrap_or_default(),
    };
    let stamp = packet.m_nTimeStamp.get();
    let Some(timestamp) = onward::place(cx, packet, stamp.wrapping_add(resume::offset(cx))) else {
        return Fetched::Done;
    };
    let stored = if kind == AGGREGATE {
        if !body.is_empty() {
            // What counts when no tag can be made out in it.
            cx.r.m_read.timestamp.set(stamp);
        }
        let rewritten = aggregate::rewrite(cx.r, body, timestamp);
        onward::ended(cx, cx.r.m_read.timestamp.get());
        rewritten.and_then(|tags| store(Piece::Tags(&tags)))
    } else {
        let tag = Tag {
            kind,
            length: size,
            is_encrypted: false,
            timestamp,
        };
        cx.r.m_read.timestamp.set(timestamp);
        match in_place {
            Some(output) => {
                output.enclose(&tag.header(), size as usize, &tag.size_field());
                Some(())
            }
            None => store(Piece::Tag(tag.header(), packet, tag.size_field())),
        }
    };
    if cx.r.Link.has(RTMP_LF_LIVE) && !onward::is_continued(cx) {
        cx.r.m_read.timestamp.set(stamp);
    }
    match stored {
        None => {
            cx.state.fail(Kind::Memory, NO_MEMORY);
            log!(Error, "{NO_MEMORY}");
            Fetched::End(RTMP_READ_ERROR)
        }
        Some(()) => Fetched::Done,
    }
}

/// What players pass over: media with nothing behind its format byte, and what ends a sequence. Enhanced RTMP has messages
/// of a few bytes that mean something, and whose memory is never the output's.
fn is_too_small(r: &RTMP, kind: u8, body: &[u8], size: u32) -> bool {
    match kind {
        AUDIO if size == 0 && r.is_on(OptionName::Silence) => return false,
        VIDEO if size >= payload::SHORTEST && payload::is_extended_video(body) => return false,
        VIDEO if size <= 5 => log!(Debug, "ignoring too small video packet: size: {size}"),
        AUDIO if size <= 1 => log!(Debug, "ignoring too small audio packet: size: {size}"),
        _ => return false,
    }
    true
}
