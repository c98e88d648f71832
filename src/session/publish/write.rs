//! `RTMP_Write`: FLV bytes in, messages out (spec 06 §9).

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::RTMP;
use crate::abi::private::Private;
use crate::proto::flv::{self, Piece, Tag};
use crate::proto::handover::Handover;
use crate::proto::message::published;
use crate::sys::log::log;

use crate::session::connect::relocation;
use crate::session::dialogue::command::MEDIA;
use crate::session::message::outgoing::{Message, Reply};
use crate::session::message::send;
use crate::session::publish::listen;
use crate::session::state::failure::{Failure, told};
use crate::session::state::sending::Writing;
use crate::session::state::{Context, State};

/// Room that is kept for tags that come in pieces, bytes.
const KEPT: usize = 8 * 1024;

/// Takes FLV bytes, cut anywhere: the next call goes on where this one ended. Returns the number of bytes taken, which is
/// all of them; -1 when a message could not be sent, or when the server has refused the stream. Where only memory was
/// short the connection stays, all bytes are taken too, and the tags that there was no memory for are left out.
pub fn write(r: &RTMP, bytes: &[u8]) -> c_int {
    r.m_write.m_nChannel.set(MEDIA);
    r.m_write.m_nInfoField2.set(r.m_stream_id.get());
    if told(State::at_hand(r, |state| take(state.on(r), bytes))) {
        c_int::try_from(bytes.len()).unwrap_or(c_int::MAX)
    } else {
        -1
    }
}

fn take(cx: Context<'_>, bytes: &[u8]) -> Result<(), Failure> {
    let state = cx.state;
    // Taken out while messages are sent: a failure closes the handle, and the log may call back.
    let mut writing = core::mem::take(&mut *state.writing());
    let (mut rest, mut outcome) = (bytes, Ok(()));
    while let Some(piece) = writing.splitter.next(&mut rest) {
        listen::now_and_then(cx);
        if state.flags.is_refused.load(Relaxed) || state.is_over() {
            outcome = Err(Failure::of(libc::ECONNABORTED));
            break;
        }
        match step(cx, &mut writing, piece) {
            Ok(None) => {}
            Ok(Some(next)) => {
                *next.writing() = writing;
                return take(next.on(cx.r), rest).and(outcome);
            }
            Err(failure) => {
                // Where only memory was short, or the tag cannot be sent, the connection stays.
                outcome = Err(failure);
                if state.is_over() {
                    break;
                }
            }
        }
    }
    *state.writing() = writing;
    outcome
}

/// Fails when a message could not be sent, or will not be. Gives the state of another connection, if the stream goes on on
/// that.
fn step(cx: Context<'_>, writing: &mut Writing, piece: Piece<'_>) -> Result<Moved, Failure> {
    let Writing {
        body,
        is_left_out,
        handover,
        ..
    } = writing;
    match piece {
        Piece::Whole(tag, _) | Piece::Begin(tag) if tag.is_encrypted => {
            *is_left_out = true;
            cx.state.fail("an encrypted FLV tag cannot be published");
            log!(Error, "RTMP_Write, encrypted FLV tags cannot be published");
            return Err(Failure::of(libc::EINVAL));
        }
        Piece::Whole(tag, data) => {
            describe(cx, tag, added(tag.kind, data));
            return go_on(cx, handover, data);
        }
        Piece::Begin(tag) => {
            // Whether the data begins with an instruction is seen when it is there.
            describe(cx, tag, added(tag.kind, &[0]));
            body.clear();
            let size = cx.r.m_write.m_nBodySize.get() as usize;
            *is_left_out = body.try_reserve(size).is_err();
            if *is_left_out {
                log!(Debug, "RTMP_Write, failed to allocate packet");
                return Err(Failure::of(libc::ENOMEM));
            }
            append(cx.r, body, &[]);
        }
        Piece::Data(_) | Piece::End if *is_left_out => {}
        Piece::Data(data) => append(cx.r, body, data),
        Piece::End => {
            cx.r.m_write.m_nBytesRead.set(0);
            let done = go_on(cx, handover, body);
            body.clear();
            body.shrink_to(KEPT);
            return done;
        }
    }
    Ok(None)
}

/// The state of the connection that the stream has moved to.
type Moved = Option<Private<State>>;

/// Publishes `data`, at another server if it is time to go there.
fn go_on(cx: Context<'_>, handover: &mut Handover, data: &[u8]) -> Result<Moved, Failure> {
    if !relocation::is_wished(cx) {
        return publish(cx, data).map(|()| None);
    }
    let kind = cx.r.m_write.m_packetType.get();
    let mut moved = None;
    if handover.is_boundary(kind, data) {
        listen::at_once(cx);
        if relocation::is_due(cx) {
            moved = Some(go_over(cx, handover)?);
        }
    }
    let cx = moved.as_ref().map_or(cx, |next| next.on(cx.r));
    publish(cx, data)?;
    handover.note(kind, published(kind, data));
    Ok(moved)
}

/// Moves the stream in front of the message that `m_write` shows, and tells the new server what went before.
fn go_over(cx: Context<'_>, handover: &Handover) -> Result<Private<State>, Failure> {
    relocation::follow(cx, 0)?;
    let next = State::of(cx.r);
    let packet = &cx.r.m_write;
    packet.m_nInfoField2.set(cx.r.m_stream_id.get());
    packet.m_headerType.set(0);
    for (kind, body) in handover.messages() {
        let message = Message {
            header: 0,
            kind,
            channel: packet.m_nChannel.get(),
            timestamp: packet.m_nTimeStamp.get(),
            stream_id: packet.m_nInfoField2.get(),
            body: [body, &[]],
        };
        send::message(next.on(cx.r), &message, Reply::None)?;
    }
    Ok(next)
}

/// Adds to the body of a tag that comes in pieces. It is not in `m_write`, which shows how long it is: another thread may
/// close the handle.
fn append(r: &RTMP, body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend_from_slice(bytes);
    let front = added(r.m_write.m_packetType.get(), body);
    r.m_write.m_nBytesRead.set(length(front, body.len()));
}

/// Bytes that the message has beyond the data.
fn added(kind: u8, data: &[u8]) -> usize {
    let body = published(kind, data).map(<[u8]>::len);
    body.into_iter()
        .fold(0, usize::saturating_add)
        .saturating_sub(data.len())
}

fn length(front: usize, data: usize) -> u32 {
    u32::try_from(front.saturating_add(data)).unwrap_or(u32::MAX)
}

/// Shows the tag in `m_write`. The first media message of a chunk stream needs a full header to tell the stream id.
fn describe(cx: Context<'_>, tag: Tag, added: usize) {
    let packet = &cx.r.m_write;
    // A reader that replies may move the array. A signal handler that has interrupted a message does not look: nothing is sent then.
    let is_first = cx
        .state
        .sending()
        .is_some_and(|_sending| cx.r.channel_out(MEDIA).is_none())
        && cx.r.m_stream_id.get() > 0;
    packet.m_packetType.set(tag.kind);
    packet.m_nTimeStamp.set(tag.timestamp);
    packet
        .m_headerType
        .set(if flv::wants_full_header(tag) || is_first {
            0
        } else {
            1
        });
    packet.m_nBodySize.set(length(added, tag.length as usize));
    packet.m_nBytesRead.set(0);
}

/// Sends `data` as the message that `m_write` shows. True when it was sent.
fn publish(cx: Context<'_>, data: &[u8]) -> Result<(), Failure> {
    let packet = &cx.r.m_write;
    let body = published(packet.m_packetType.get(), data);
    let [front, data] = body.map(<[u8]>::len);
    packet.m_nBodySize.set(length(front, data));
    let message = Message {
        header: packet.m_headerType.get(),
        kind: packet.m_packetType.get(),
        channel: packet.m_nChannel.get(),
        timestamp: packet.m_nTimeStamp.get(),
        stream_id: packet.m_nInfoField2.get(),
        body,
    };
    send::message(cx, &message, Reply::None)
}
