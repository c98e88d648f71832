//! Streams on a connection: waiting for play or publish to be accepted, and for media (spec 06 §2, §3).

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use core::time::Duration;

use crate::abi::{OwnedPacket, RTMP, RTMP_READ_EOF, RTMPPacket};
use crate::net::deadline::Deadline;
use crate::proto::message::{AGGREGATE, AUDIO, DATA, DATA_AMF3, VIDEO};
use crate::proto::timeline::Timeline;
use crate::sys::log::log;
use crate::sys::socket;

use crate::session::dialogue::outcome::Outcome;
use crate::session::dialogue::{command, dispatch, position, start};
use crate::session::link::stack::{Stop, Wait, is_connected};
use crate::session::link::{settings, stack, tunnel};
use crate::session::message::{calls, close, receive};
use crate::session::state::cause::Kind;
use crate::session::state::failure::told;
use crate::session::state::kept::Kept;
use crate::session::state::reason::Phase;
use crate::session::state::receiving::{Clock, Logins};
use crate::session::state::{Context, State};

use super::session;

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
    dialogue(r, Deadline::within(dialogue_limit(r)))
}

/// How long a dialogue may take.
pub(in crate::session) fn dialogue_limit(r: &RTMP) -> Option<Duration> {
    settings::receiving(r).map(|limit| limit.saturating_mul(REPLIES))
}

/// [`connect`] for a dialogue that is to be over by `limit`.
pub(in crate::session) fn dialogue(r: &RTMP, limit: Deadline) -> bool {
    r.m_mediaChannel.set(0);
    if !is_connected(r) {
        return r.m_bPlaying.get() != 0;
    }
    let state = State::enter(r);
    let _phase = state.begin(Phase::Dialogue, limit);
    state.flags.is_refused.store(false, Relaxed);
    {
        let mut receiving = state.receiving();
        receiving.clock = Clock::default();
        receiving.timeline = Timeline::from(r.Link.seekTime.get());
    }
    start::play_ahead(state.on(r));
    let mut packet = OwnedPacket::default();
    let mut early = Kept::default();
    while r.m_bPlaying.get() == 0 && is_connected(r) && !state.flags.is_refused.load(Relaxed) {
        // A login makes the connection anew.
        State::of(r).receiving().may_be_polled = true;
        if calls::is_pending(state.on(r), b"play") && !start::is_guessing(state.on(r)) {
            // The broadcast may begin in an hour. As long as the server talks, it is there.
            state.receiving().limit = Deadline::within(settings::receiving(r));
        }
        match receive::packet(r, &packet, Wait::Yes) {
            Ok(()) => {}
            // Where the program has made the socket one that does not wait, it calls again.
            Err(Stop::TimedOut) if socket::is_blocking(r.m_sb.sb_socket.observe()) => {
                log!(
                    Error,
                    "RTMP_ConnectStream, no answer to {} in time",
                    awaited(state.on(r))
                );
                break;
            }
            Err(_) => break,
        }
        if !packet.is_ready() || !dispatch::says_something(r, &packet) {
            continue;
        }
        match packet.m_packetType.get() {
            AUDIO | VIDEO | DATA | AGGREGATE if is_early(state.on(r)) && early.push(&packet) => {}
            DATA_AMF3
                if dispatch::takes_amf3(r) && is_early(state.on(r)) && early.push(&packet) => {}
            AUDIO | VIDEO | DATA => log!(Warning, "Received FLV packet before play()! Ignoring."),
            _ => {
                serve(state.on(r), &packet);
            }
        }
        packet.clear();
    }
    hand_out_first(&state, early);
    end_if_refused(state.on(r));
    let is_playing = r.m_bPlaying.get() != 0;
    if is_playing && r.m_read.status.get() == RTMP_READ_EOF {
        // The end that a timeout left behind is over; reading may go on (spec 06 R12).
        r.m_read.status.set(0);
    }
    if is_connected(r) {
        let state = State::enter(r);
        let is_all = r.m_sb.is_empty() && state.receiving().kept.is_empty();
        stack::hand_back(state.on(r), is_all);
    }
    tunnel::keep_asking(state.on(r));
    is_playing
}

/// Processes one complete message, which stays the caller's (`RTMP_ClientPacket`).
pub fn client_packet(r: &RTMP, packet: &RTMPPacket) -> Outcome {
    serve(State::enter(r).on(r), packet)
}

/// [`client_packet`] for the reader, which has `state`. A login is made here.
pub(in crate::session) fn serve(cx: Context<'_>, packet: &RTMPPacket) -> Outcome {
    match dispatch::serve(cx, packet) {
        Outcome::Login => {
            log_in(cx);
            Outcome::Handled
        }
        outcome => outcome,
    }
}

/// Connects anew and serves the dialogue, in the time that is left for it: waiting for the new connections has a limit of
/// its own, for all of them together. All that belongs to the old connection is dropped by that, but `state`, which the
/// callers above still use: it learns that there is nothing more to wait for.
fn log_in(cx: Context<'_>) {
    if cx.state.level.is_on() {
        // It would be waited for. `RTMP_Start` logs in before there is anything that must not be.
        cx.state.fail(Kind::Login, "the server asks for a login");
        cx.state.flags.is_refused.store(true, Relaxed);
        return;
    }
    let mut logins = cx.state.receiving().logins;
    // A program that serves the dialogue by itself has set no limit.
    let dialogue_time = cx
        .state
        .receiving()
        .limit
        .left()
        .or_else(|| dialogue_limit(cx.r));
    if logins.count == 0 {
        logins.connecting = settings::connecting(cx.r);
    }
    logins.count = logins.count.saturating_add(1);
    let is_playing = close::for_next(cx.r).is_some_and(|_alone| {
        let limit = session::again(cx.r, &mut logins.connecting, dialogue_time);
        limit.is_ok_and(|limit| {
            State::of(cx.r).receiving().logins = logins;
            dialogue(cx.r, limit)
        })
    });
    if let Some(fresh) = cx.r.private_if_any::<State>() {
        fresh.receiving().logins = Logins::default();
    }
    cx.state.flags.is_refused.store(!is_playing, Relaxed);
}

/// Whether media belongs to the stream that is being asked for: servers send metadata and sequence headers, or all that a
/// viewer needs to begin, before they say that it plays. What comes before `play` was sent is from an old stream.
fn is_early(cx: Context<'_>) -> bool {
    cx.r.m_stream_id.get() >= 0 && calls::is_pending(cx, b"play")
}

/// What came early is read before all else.
fn hand_out_first(state: &State, early: Kept) {
    if !early.is_empty() && !state.is_over() {
        // What was kept before has been read again meanwhile, and is part of it.
        state.receiving().kept = early;
        state.flags.is_waiting.store(true, Relaxed);
    }
}

/// Ends the connection when the server has refused the stream, as the original does for the refusals that it knows. There
/// is no stream that could be deleted. A login may have made another connection meanwhile, which is left alone.
pub(in crate::session) fn end_if_refused(cx: Context<'_>) {
    let is_refused = cx.state.flags.is_refused.load(Relaxed) && cx.r.m_bPlaying.get() == 0;
    if is_refused && !cx.state.is_over() {
        cx.r.m_stream_id.set(-1);
        close::stop(cx, RTMP_READ_EOF);
    }
}

/// The command that a dialogue waits for the answer to.
fn awaited(cx: Context<'_>) -> &'static str {
    let commands = match start::is_guessing(cx) {
        true => &["connect"][..],
        false => &["connect", "play", "publish"],
    };
    let open = commands
        .iter()
        .find(|name| calls::is_pending(cx, name.as_bytes()));
    open.unwrap_or(&"createStream")
}

/// Deletes the stream and asks for a new one on the same connection (`RTMP_ReconnectStream`).
pub fn reconnect(r: &RTMP, seek: c_int) -> bool {
    delete(r);
    // What was not sent is not answered: that is seen below.
    told(command::create_stream(State::of(r).on(r)));
    connect(r, seek)
}

/// Deletes the stream (`RTMP_DeleteStream`).
pub fn delete(r: &RTMP) {
    if r.m_stream_id.get() < 0 {
        return;
    }
    r.m_bPlaying.set(0);
    let state = State::of(r);
    position::end_seek(state.on(r));
    // The connection fails the next call too.
    told(command::delete_stream(state.on(r)));
    r.m_stream_id.set(-1);
}
