//! The session on a connected socket: TLS, tunnel, handshake, `connect` (spec 02 §8, §8.11).

use core::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::abi::{OptionName, RTMP, RTMPPacket};
use crate::net::deadline::{Deadline, Waiting};
use crate::session::dialogue::{command, control};
use crate::session::link::stack::is_connected;
use crate::session::link::{cancel, readiness, settings, tls, tunnel};
use crate::session::message::outgoing::Reply;
use crate::session::message::{close, send};
use crate::session::state::failure::Failure;
use crate::session::state::reason::Phase;
use crate::session::state::{Context, State};
use crate::session::swf;
use crate::sys::errno;
use crate::sys::log::log;

use super::handshake::{self, HandshakeError};
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
    swf::prepare_if_missing(r).inspect_err(|_| {
        if !is_connected(r) {
            before.release(r);
        }
    })?;
    close::for_reconnect(r);
    drop(before);
    let is_unwanted = || cancel::is_unwanted(r);
    let waiting = Waiting::new(Deadline::within(settings::connecting(r)), &is_unwanted);
    connect_server(r, &waiting)?;
    begin_session(State::of(r).on(r), packet)
}

fn no_host(r: &RTMP) -> Failure {
    log!(Error, "RTMP_Connect, there is no host to connect to");
    if is_connected(r) {
        return Failure::here();
    }
    let state = State::enter(r);
    state.forget_reason(r);
    let phase = state.begin(Phase::Connecting, Deadline::default());
    let failure = state.on(r).fail("there is no host to connect to");
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
    let is_unwanted = || cancel::is_unwanted(r);
    let waiting = Waiting::new(Deadline::within(*allowed), &is_unwanted);
    let connected = connect_server(r, &waiting);
    *allowed = waiting.left();
    connected?;
    let state = State::enter(r);
    let _phase = state.begin(Phase::Connecting, Deadline::within(dialogue));
    begin_session(state.on(r), None)?;
    let end = state.receiving().limit;
    Ok(end)
}

/// Runs the handshake on a connected socket and sends `connect`, or `packet` instead of it (`RTMP_Connect1`). A failure
/// closes the connection.
pub fn connect_session(r: &RTMP, packet: Option<&RTMPPacket>) -> Result<(), Failure> {
    settings::on_socket_of_program(r);
    begin_session(State::of(r).on(r), packet)
}

fn begin_session(cx: Context<'_>, packet: Option<&RTMPPacket>) -> Result<(), Failure> {
    let _phase = cx.state.begin(Phase::Connecting, Deadline::default());
    still_wanted(cx)
        .and_then(|()| secure(cx))
        .and_then(|()| open_tunnel(cx))
        .and_then(|()| shake_hands(cx))
        .and_then(|()| introduce(cx, packet))
        .inspect_err(|_| close::close(cx.r))
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
    tls::connect(cx)
}

fn open_tunnel(cx: Context<'_>) -> Result<(), Failure> {
    let _phase = cx.state.begin(Phase::Tunnel, answering(cx));
    if !tunnel::is_on(cx.r) || tunnel::open(cx.r) {
        return Ok(());
    }
    let failure = cx.break_off(errno::last(), "the server gives no session");
    log!(Debug, "RTMP_Connect1, Could not connect for handshake");
    Err(failure)
}

fn shake_hands(cx: Context<'_>) -> Result<(), Failure> {
    log!(Debug, "RTMP_Connect1, ... connected, handshaking");
    let state = State::enter(cx.r);
    let cx = state.on(cx.r);
    let _phase = cx.state.begin(Phase::Handshake, answering(cx));
    let shaken = in_handshake(cx, handshake::client);
    shaken.map_err(|error| {
        let failure = match error {
            HandshakeError::Lost(error) => {
                error.report();
                cx.break_off(error.number, errno::describe(error.number))
            }
            HandshakeError::Refused(reason) => cx.fail(reason),
            HandshakeError::Stopped => Failure::here(),
        };
        log!(Error, "RTMP_Connect1, handshake failed.");
        failure
    })?;
    log!(Debug, "RTMP_Connect1, handshaked");
    Ok(())
}

/// Runs one side of the handshake, in which nothing else is sent.
fn in_handshake(
    cx: Context<'_>,
    side: impl FnOnce(Context<'_>) -> Result<(), HandshakeError>,
) -> Result<(), HandshakeError> {
    cx.state.flags.is_shaking_hands.store(true, Relaxed);
    cx.state.receiving().may_be_polled = true;
    let result = side(cx);
    cx.state.flags.is_shaking_hands.store(false, Relaxed);
    readiness::hand_back(cx, result.is_err() || cx.r.m_sb.is_empty());
    result
}

fn introduce(cx: Context<'_>, packet: Option<&RTMPPacket>) -> Result<(), Failure> {
    let _phase = cx.state.begin(Phase::Dialogue, Deadline::default());
    let sent = match packet {
        Some(packet) => send::packet(cx.r, packet, Reply::Expected),
        None => command::connect(cx),
    };
    // Behind the first message: what follows is all in one size.
    let chunk_size = cx.r.number_option(OptionName::OutChunk);
    sent.and_then(|()| chunk_size.map_or(Ok(()), |size| control::chunk_size(cx, size)))
        .inspect_err(|_| log!(Error, "RTMP_Connect1, RTMP connect failed."))
}

/// Runs the handshake as server on an accepted socket (`RTMP_Serve`). Sets no receive timeout and does not close when it
/// refuses the client; only a connection that failed is closed.
pub fn serve(r: &RTMP) -> Result<(), Failure> {
    let state = State::enter(r);
    settings::on_socket_of_program(r);
    let cx = state.on(r);
    let _phase = cx.state.begin(Phase::Handshake, answering(cx));
    in_handshake(cx, handshake::server).map_err(|error| match error {
        HandshakeError::Lost(error) => send::give_up_on(cx, error),
        HandshakeError::Refused(reason) => cx.fail(reason),
        HandshakeError::Stopped => Failure::here(),
    })
}
