//! Streams on a connection: waiting for play or publish to be accepted, and for media (spec 06 §2, §3).

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use core::time::Duration;

use crate::abi::{RTMP, RTMP_READ_EOF, RTMPPacket};
use crate::net::deadline::Deadline;
use crate::proto::message::{AGGREGATE, AUDIO, DATA, VIDEO};
use crate::sys::log::log;

use super::dispatch::{self, Outcome};
use super::kept::Kept;
use super::report::{self, Phase};
use super::state::{Clock, State};
use super::transport::{Stop, Wait};
use super::{close, command, invoke, limits, playback, polled, receive, tunnel};

/// True while the handle has a socket.
pub(super) fn is_connected(r: &RTMP) -> bool {
    r.m_sb.sb_socket.observe() != -1
}

/// A dialogue has so many receive timeouts: each of the replies to connect, createStream, and publish may come at its last
/// moment. What a server says meanwhile does not make it longer. The reply to play is another matter: it comes when there
/// is something to play.
const REPLIES: u32 = 3;

/// Serves the dialogue until play or publish is accepted (`RTMP_ConnectStream`). `seek`, ms, replaces the start position
/// if it is positive. A server that refuses ends the waiting at once.
pub fn connect(r: &RTMP, seek: c_int) -> bool {
    if seek > 0 {
        r.Link.seekTime.set(seek);
    }
    dialogue(r, Deadline::within(time_to_talk(r)))
}

/// How long a dialogue may take.
pub(super) fn time_to_talk(r: &RTMP) -> Option<Duration> {
    limits::receiving(r).map(|limit| limit.saturating_mul(REPLIES))
}

/// [`connect`] for a dialogue that is to be over by `limit`.
pub(super) fn dialogue(r: &RTMP, limit: Deadline) -> bool {
    r.m_mediaChannel.set(0);
    if !is_connected(r) {
        return r.m_bPlaying.get() != 0;
    }
    let state = State::enter(r);
    let _stage = state.begin(Phase::Dialogue, limit);
    state.quick.is_refused.store(false, Relaxed);
    state.receiving().clock = Clock::default();
    let packet = RTMPPacket::default();
    let mut early = Kept::default();
    while r.m_bPlaying.get() == 0 && is_connected(r) && !state.quick.is_refused.load(Relaxed) {
        // A login makes the connection anew.
        State::of(r).receiving().is_polled = true;
        if invoke::is_pending(r, &state, b"play") {
            // The broadcast may begin in an hour. As long as the server talks, it is there.
            state.receiving().limit = Deadline::within(limits::receiving(r));
        }
        match receive::packet(r, &packet, Wait::Yes) {
            Ok(()) => {}
            Err(Stop::TimedOut) => {
                log!(
                    Error,
                    "RTMP_ConnectStream, no answer to {} in time",
                    awaited(r, &state)
                );
                break;
            }
            Err(_) => break,
        }
        if !packet.is_ready() || packet.m_nBodySize.get() == 0 {
            continue;
        }
        match packet.m_packetType.get() {
            AUDIO | VIDEO | DATA | AGGREGATE if is_early(r, &state) && early.push(&packet) => {}
            AUDIO | VIDEO | DATA => log!(Warning, "Received FLV packet before play()! Ignoring."),
            _ => {
                dispatch::serve(r, &state, &packet);
            }
        }
        packet.free_body();
    }
    hand_out_first(&state, early);
    end_if_refused(r, &state);
    let is_playing = r.m_bPlaying.get() != 0;
    if is_playing && r.m_read.status.get() == RTMP_READ_EOF {
        // The end that a timeout left behind is over; reading may go on (spec 06 R12).
        r.m_read.status.set(0);
    }
    if is_connected(r) {
        let state = State::enter(r);
        let is_all = r.m_sb.is_empty() && state.receiving().kept.is_empty();
        polled::hand_back(r, &state, is_all);
    }
    tunnel::keep_asking(r, &state);
    is_playing
}

/// Whether media belongs to the stream that is being asked for: servers send metadata and sequence headers, or all that a
/// viewer needs to begin, before they say that it plays. What comes before `play` was sent is from an old stream.
fn is_early(r: &RTMP, state: &State) -> bool {
    r.m_stream_id.get() >= 0 && invoke::is_pending(r, state, b"play")
}

/// What came early is read before all else.
fn hand_out_first(state: &State, early: Kept) {
    if !early.is_empty() && !state.is_over() {
        // What was kept before has been read again meanwhile, and is part of it.
        state.receiving().kept = early;
        state.quick.is_waiting.store(true, Relaxed);
    }
}

/// Ends the connection when the server has refused the stream, as the original does for the refusals that it knows. There
/// is no stream that could be deleted. A login may have made another connection meanwhile, which is left alone.
fn end_if_refused(r: &RTMP, state: &State) {
    let is_refused = state.quick.is_refused.load(Relaxed) && r.m_bPlaying.get() == 0;
    if is_refused && !state.is_over() {
        r.m_stream_id.set(-1);
        close::stop(r, state, RTMP_READ_EOF);
    }
}

/// The command that a dialogue waits for the answer to.
fn awaited(r: &RTMP, state: &State) -> &'static str {
    let commands = ["connect", "play", "publish"];
    let open = commands
        .into_iter()
        .find(|name| invoke::is_pending(r, state, name.as_bytes()));
    open.unwrap_or("createStream")
}

/// Deletes the stream and asks for a new one on the same connection (`RTMP_ReconnectStream`).
pub fn reconnect(r: &RTMP, seek: c_int) -> bool {
    delete(r);
    command::create_stream(r);
    connect(r, seek)
}

/// Deletes the stream (`RTMP_DeleteStream`).
pub fn delete(r: &RTMP) {
    if r.m_stream_id.get() < 0 {
        return;
    }
    r.m_bPlaying.set(0);
    playback::end_seek(r, &State::of(r));
    command::delete_stream(r);
    r.m_stream_id.set(-1);
}

/// Why there is no media packet, or which there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Media {
    /// A packet for the output; its body is the caller's.
    Packet,
    /// The stream has finished; the packet is the command that said so.
    Finished,
    /// None.
    None(Stop),
}

/// Reads until there is media (`RTMP_GetNextMediaPacket`).
pub fn next_media(r: &RTMP, packet: &RTMPPacket, wait: Wait) -> Media {
    if !is_connected(r) {
        return Media::None(Stop::Closed);
    }
    media(r, &State::enter(r), packet, wait)
}

/// [`next_media`] for the reader, which has `state`.
pub(super) fn media(r: &RTMP, state: &State, packet: &RTMPPacket, wait: Wait) -> Media {
    let media = loop {
        if state.is_over() {
            // A login made the connection anew.
            return next_media(r, packet, wait);
        }
        state.quick.is_read_by_program.store(true, Relaxed);
        if !is_connected(r) || state.receiving().ended.is_some() {
            break Media::None(Stop::Closed);
        }
        if let Err(stop) = receive::message(r, state, packet, wait) {
            packet.free_body();
            break Media::None(stop);
        }
        if packet.m_nBodySize.get() == 0 {
            continue;
        }
        let outcome = dispatch::serve(r, state, packet);
        end_if_refused(r, state);
        if outcome == Outcome::Handled || playback::is_repeated(r, state, packet) {
            packet.free_body();
            // An end that comes with an old time is passed over, and found again as the end of the connection.
            let mut receiving = state.receiving();
            receiving.ended = receiving.ended.and(Some(RTMP_READ_EOF));
            continue;
        }
        break if outcome == Outcome::Media {
            report::media_goes_on(state);
            Media::Packet
        } else {
            Media::Finished
        };
    };
    match media {
        Media::None(Stop::TimedOut) if r.m_pausing.get() == 0 => {
            r.m_pauseStamp.set(playback::media_position(r));
        }
        Media::None(_) => {}
        Media::Packet | Media::Finished => r.m_bPlaying.set(1),
    }
    media
}
