//! The session on a connected socket: TLS, tunnel, handshake, `connect` (spec 02 §8, §8.11).

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::abi::{DEFAULT_CHUNK_SIZE, OptionName, RTMP, RTMPPacket};
use crate::net::deadline::{Deadline, Waiting};
use crate::proto::reconnect::Mode;
use crate::session::dialogue::{command, control, events, start};
use crate::session::feature;
use crate::session::link::stack::is_connected;
use crate::session::link::{blame, cancel, settings, stack, tls, tunnel};
use crate::session::message::outgoing::Reply;
use crate::session::message::{close, send};
use crate::session::state::cause::Kind;
use crate::session::state::failure::Failure;
use crate::session::state::reason::Phase;
use crate::session::state::reconnect;
use crate::session::state::stats::Step;
use crate::session::state::{Context, State};
use crate::session::swf;
use crate::sys::errno;
use crate::sys::log::{Lines, log};

use super::handshake::{self, Ahead, HandshakeError};
use super::socket::connect_server;

/// Connects to the server of `Link` and sends `connect`, or `packet` instead of it (`RTMP_Connect`). The reply is not
/// waited for. One limit bounds together looking up the name, connecting to one of its addresses and the negotiation with a
/// proxy ([`settings::connecting`]).
pub fn connect(r: &RTMP, packet: Option<&RTMPPacket>) -> Result<(), Failure> {
    if r.Link.hostname.is_empty() {
        return Err(no_host(r));
    }
    // Closing and cancelling wait for this lock, and make what is waited for here end.
    let before = State::enter(r);
    before.renew_reason();
    if !is_connected(r) {
        before.stats.begin();
    }
    swf::prepare_if_missing(r).inspect_err(|_| {
        if !is_connected(r) {
            before.release(r);
        }
    })?;
    close::for_reconnect(r);
    drop(before);
    open(r, packet, &mut settings::connecting(r), None).map(drop)
}

/// There is nobody to connect to.
pub(in crate::session) fn no_host(r: &RTMP) -> Failure {
    log!(Error, "RTMP_Connect, there is no host to connect to");
    if is_connected(r) {
        let failure = Failure::here();
        let cause = Kind::Resolve(libc::EAI_NONAME);
        State::of(r).note_failed_call(cause);
        return failure;
    }
    let state = State::enter(r);
    state.stats.begin();
    state.forget_reason(r);
    let phase = state.begin(Phase::Connecting, Deadline::default());
    let cause = Kind::Resolve(libc::EAI_NONAME);
    let failure = state.on(r).fail(cause, "there is no host to connect to");
    drop(phase);
    state.release(r);
    failure
}

/// Connects once more for a login, and sends `connect`: connecting has `allowed`, of which the rest is left there, and the
/// dialogue until the stream is accepted has `dialogue`. Gives the end of that.
pub(in crate::session) fn again(
    r: &RTMP,
    allowed: &mut Option<Duration>,
    dialogue: Option<Duration>,
) -> Result<Deadline, Failure> {
    open(r, None, allowed, dialogue)
}

/// Makes a connection and begins its session, [`again`] or for the first time. A server that cannot take `connect` before
/// it has sent all of its handshake gets it later, on another connection: that one has what is left of all limits.
fn open(
    r: &RTMP,
    packet: Option<&RTMPPacket>,
    connecting: &mut Option<Duration>,
    dialogue: Option<Duration>,
) -> Result<Deadline, Failure> {
    tls::prepare(r);
    reach(r, connecting)?;
    let end = Deadline::within(dialogue);
    match attempt(r, packet, [end, Deadline::default()], Order::Ahead) {
        Ok(end) => Ok(end),
        Err(Unbegun::Failed(failure)) => Err(failure),
        Err(Unbegun::Cut(failure, rest)) => {
            let _alone = close::for_next(r);
            reach_again(r, connecting, failure)?;
            attempt(r, packet, [end, rest], Order::InTurn).map_err(Unbegun::failure)
        }
    }
}

/// Connects the socket: what is left of the time for it is left there.
fn reach(r: &RTMP, connecting: &mut Option<Duration>) -> Result<(), Failure> {
    let is_unwanted = || cancel::is_unwanted_any_more(r);
    let waiting = Waiting::new(Deadline::within(*connecting), &is_unwanted);
    let connected = connect_server(r, &waiting);
    *connecting = waiting.left();
    connected
}

/// The same once more, behind a `failure`. Where nobody listens any more that one was the server's end, not its dislike, and
/// is what the program is told.
fn reach_again(
    r: &RTMP,
    connecting: &mut Option<Duration>,
    failure: Failure,
) -> Result<(), Failure> {
    let reason = r.m_sb.note();
    let (reached, lines) = Lines::of(|| reach(r, connecting));
    if reached.is_err_and(|another| another.number() == libc::ECONNREFUSED) {
        r.m_sb.leave_note(reason.as_ref());
        log!(Error, "RTMP_Connect1, handshake failed.");
        return Err(failure);
    }
    log!(
        Debug,
        "RTMP_Connect1, the server closed behind connect, trying again"
    );
    lines.log();
    reached
}

/// When `connect` is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As soon as the server can understand it.
    Ahead,
    /// Behind the handshake.
    InTurn,
}

/// Why a session has not begun.
enum Unbegun {
    /// The connection is closed.
    Failed(Failure),
    /// The server ended the connection where it got `connect` ahead; nothing is closed. The handshake was to be over by
    /// this time.
    Cut(Failure, Deadline),
}

impl From<Failure> for Unbegun {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Unbegun {
    fn failure(self) -> Failure {
        match self {
            Self::Failed(failure) | Self::Cut(failure, _) => failure,
        }
    }
}

/// Begins a session: the dialogue is over by the first limit, which is given back, the handshakes by the second.
fn attempt(
    r: &RTMP,
    packet: Option<&RTMPPacket>,
    [dialogue, handshakes]: [Deadline; 2],
    order: Order,
) -> Result<Deadline, Unbegun> {
    let state = State::enter(r);
    let _phase = state.begin(Phase::Connecting, dialogue);
    let end = state.receiving().limit;
    let _handshakes = state.begin(Phase::Connecting, handshakes);
    begin_session(state.on(r), packet, order)?;
    Ok(end)
}

/// Runs the handshake on a connected socket and sends `connect`, or `packet` instead of it (`RTMP_Connect1`). A failure
/// closes the connection. The socket is the program's: there is no other one if the server does not like something.
pub fn connect_session(r: &RTMP, packet: Option<&RTMPPacket>) -> Result<(), Failure> {
    settings::on_socket_of_program(r);
    begin_session(State::of(r).on(r), packet, Order::InTurn).map_err(Unbegun::failure)
}

fn begin_session(
    cx: Context<'_>,
    packet: Option<&RTMPPacket>,
    order: Order,
) -> Result<(), Unbegun> {
    cx.state.forget_answer();
    let _phase = cx.state.begin(Phase::Connecting, Deadline::default());
    let is_movable = reconnect::mode(cx.r) == Mode::Follow;
    cx.state.flags.is_movable.store(is_movable, Relaxed);
    let begun = still_wanted(cx)
        .and_then(|()| secure(cx))
        .and_then(|()| open_tunnel(cx))
        .map_err(Unbegun::from)
        .and_then(|()| shake_hands(cx, packet, order))
        .and_then(|lines| introduced(cx, packet, lines).map_err(Unbegun::from));
    if let Err(Unbegun::Failed(_)) = begun {
        close::close(cx.r);
    }
    begun
}

fn still_wanted(cx: Context<'_>) -> Result<(), Failure> {
    if cx.r.is_stopped() {
        return Err(cx.cancelled());
    }
    Ok(())
}

/// A phase in which the server answers.
fn answering(cx: Context<'_>) -> Deadline {
    Deadline::within(settings::receiving(cx.r))
}

fn secure(cx: Context<'_>) -> Result<(), Failure> {
    let _phase = cx.state.begin(Phase::Tls, answering(cx));
    if cx.r.Link.protocol.get() & feature::SSL != 0 {
        events::phase(cx, Phase::Tls);
    }
    tls::connect(cx)
}

fn open_tunnel(cx: Context<'_>) -> Result<(), Failure> {
    let _phase = cx.state.begin(Phase::Tunnel, answering(cx));
    if !tunnel::is_on(cx.r) {
        return Ok(());
    }
    events::phase(cx, Phase::Tunnel);
    let open = || tunnel::open(cx.r);
    cx.state
        .stats
        .timed(Step::Handshake, open)
        .map_err(|cause| {
            let failure = cx.break_off(cause, "the server gives no session");
            log!(Debug, "RTMP_Connect1, Could not connect for handshake");
            failure
        })
}

/// The client's handshake. Where `connect` has been sent in it, gives the lines about that.
fn shake_hands(
    cx: Context<'_>,
    packet: Option<&RTMPPacket>,
    order: Order,
) -> Result<Option<Lines>, Unbegun> {
    log!(Debug, "RTMP_Connect1, ... connected, handshaking");
    let state = State::enter(cx.r);
    let cx = state.on(cx.r);
    let _phase = cx.state.begin(Phase::Handshake, answering(cx));
    events::phase(cx, Phase::Handshake);
    let mut lines = None;
    let mut ahead = |cx: Context<'_>| lines = introduce_ahead(cx, packet);
    let shaken = in_handshake(cx, |cx| {
        let ahead: Ahead<'_> = match order {
            Order::Ahead => Some(&mut ahead),
            Order::InTurn => None,
        };
        handshake::client(cx, ahead)
    });
    shaken.map_err(|error| {
        let failure = match error {
            HandshakeError::Lost(error) => {
                error.report();
                let (cause, reason) = (
                    blame::cause(cx, error.number),
                    errno::describe(error.number),
                );
                errno::set(error.number);
                cx.break_off(cause, reason)
            }
            HandshakeError::Refused(reason) => cx.fail(Kind::Handshake, reason),
            HandshakeError::Stopped => Failure::here(),
            HandshakeError::Cut(failure, limit) => return Unbegun::Cut(failure, limit),
        };
        log!(Error, "RTMP_Connect1, handshake failed.");
        failure.into()
    })?;
    cx.state.stats.begin_dialogue();
    log!(Debug, "RTMP_Connect1, handshaked");
    Ok(lines)
}

/// Sends `connect` in the middle of the handshake, of which the log tells first: gives the lines to be logged then. `None` when
/// it was not sent: then it is tried again in turn, where a failure counts.
fn introduce_ahead(cx: Context<'_>, packet: Option<&RTMPPacket>) -> Option<Lines> {
    cx.state.flags.is_ahead.store(true, Relaxed);
    let (sent, lines) = Lines::of(|| introduce(cx, packet));
    cx.state.flags.is_ahead.store(false, Relaxed);
    sent.is_ok().then_some(lines)
}

/// Runs one side of the handshake, in which nothing else is sent.
fn in_handshake(
    cx: Context<'_>,
    side: impl FnOnce(Context<'_>) -> Result<(), HandshakeError>,
) -> Result<(), HandshakeError> {
    cx.state.flags.is_shaking_hands.store(true, Relaxed);
    cx.state.receiving().may_be_polled = true;
    let result = cx.state.stats.timed(Step::Handshake, || side(cx));
    cx.state.flags.is_shaking_hands.store(false, Relaxed);
    stack::hand_back(cx, result.is_err() || cx.r.m_sb.is_empty());
    result
}

fn introduce(cx: Context<'_>, packet: Option<&RTMPPacket>) -> Result<(), Failure> {
    match packet {
        Some(packet) => send::packet(cx.r, packet, Reply::Expected),
        None => command::connect(cx).inspect(|()| start::ask_ahead(cx)),
    }
}

/// Sends `connect`, unless that was done `ahead`, and what belongs behind it.
fn introduced(
    cx: Context<'_>,
    packet: Option<&RTMPPacket>,
    ahead: Option<Lines>,
) -> Result<(), Failure> {
    let _phase = cx.state.begin(Phase::Dialogue, Deadline::default());
    events::phase(cx, Phase::Dialogue);
    let sent = match ahead {
        Some(lines) => {
            lines.log();
            Ok(())
        }
        None => introduce(cx, packet),
    };
    // Behind the first message: what follows is all in one size.
    sent.and_then(|()| announced_size(cx.r).map_or(Ok(()), |size| control::chunk_size(cx, size)))
        .inspect_err(|_| log!(Error, "RTMP_Connect1, RTMP connect failed."))
}

/// Bytes of a chunk for media that takes tens of megabits a second.
const LARGE_CHUNK: c_int = 4096;

/// The chunk size that the server is told. One that the program has set itself, it tells itself.
fn announced_size(r: &RTMP) -> Option<c_int> {
    let is_own = r.m_outChunkSize.get() != DEFAULT_CHUNK_SIZE;
    let is_large = feature::publishes(r) && r.is_on(OptionName::EnhancedRtmp) && !is_own;
    r.number_option(OptionName::OutChunk)
        .or_else(|| is_large.then_some(LARGE_CHUNK))
}

/// Server side of TLS on an accepted socket (`RTMP_TLS_Accept`). The socket is not closed.
pub fn accept_tls(r: &RTMP, server: &tls::Server) -> Result<(), Failure> {
    let state = State::enter(r);
    events::phase(state.on(r), Phase::Tls);
    tls::accept(r, server)
}

/// Runs the handshake as server on an accepted socket (`RTMP_Serve`). Sets no receive timeout and does not close when it
/// refuses the client; only a connection that failed is closed.
pub fn serve(r: &RTMP) -> Result<(), Failure> {
    let state = State::enter(r);
    settings::on_socket_of_program(r);
    let cx = state.on(r);
    cx.state.level.is_server.store(true, Relaxed);
    let _phase = cx.state.begin(Phase::Handshake, answering(cx));
    events::phase(cx, Phase::Handshake);
    in_handshake(cx, handshake::server).map_err(|error| match error {
        HandshakeError::Lost(error) => send::give_up_on(cx, error),
        HandshakeError::Refused(reason) => cx.fail(Kind::Handshake, reason),
        HandshakeError::Stopped => Failure::here(),
        HandshakeError::Cut(failure, _) => failure,
    })
}
