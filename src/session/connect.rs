//! Making the connection (spec 02 §8): address, socket, handshake, `connect`.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::time::Duration;

use crate::abi::{OptionName, RTMP, RTMPPacket};
use crate::net::connect::{self, Failure};
use crate::net::deadline::{Deadline, Waiting};
use crate::net::resolve;
use crate::sys::errno;
use crate::sys::log::{Text, log};

use super::report::{self, Phase};
use super::send::{self, Reply};
use super::state::State;
use super::{
    cancel, close, command, control, handshake, limits, polled, proxy, setup, stream, swf, tls,
    tunnel,
};

/// Connects to the server of `Link` and sends `connect`, or `packet` instead of it (`RTMP_Connect`). The reply is not
/// waited for. One limit bounds together looking up the name, connecting to one of its addresses and the talk with a proxy
/// ([`limits::connecting`]).
pub fn connect(r: &RTMP, packet: Option<&RTMPPacket>) -> bool {
    if r.Link.hostname.is_empty() {
        return no_host(r);
    }
    // Who closes or cancels waits for this turn, and makes what is waited for here end.
    let before = State::enter(r);
    report::renew(&before);
    if !swf::prepare_if_missing(r) {
        if r.m_sb.sb_socket.observe() == -1 {
            close::release(r, &before);
        }
        return false;
    }
    close::for_reconnect(r);
    drop(before);
    let is_unwanted = || cancel::is_unwanted(r);
    let waiting = Waiting::new(Deadline::within(limits::connecting(r)), &is_unwanted);
    connect_server(r, &waiting) && begin_session(r, packet)
}

fn no_host(r: &RTMP) -> bool {
    log!(Error, "RTMP_Connect, there is no host to connect to");
    if !stream::is_connected(r) {
        let state = State::enter(r);
        report::forget(r, &state);
        let stage = state.begin(Phase::Connecting, Deadline::default());
        report::failed(&state, "there is no host to connect to");
        drop(stage);
        close::release(r, &state);
    }
    false
}

/// Connects once more for a login, and sends `connect`: connecting has `allowed`, of which the rest is left there, and the
/// server's talk until the stream is accepted has `talk`. Gives the end of that.
pub(super) fn again(
    r: &RTMP,
    allowed: &mut Option<Duration>,
    talk: Option<Duration>,
) -> Option<Deadline> {
    let is_unwanted = || cancel::is_unwanted(r);
    let waiting = Waiting::new(Deadline::within(*allowed), &is_unwanted);
    let is_connected = connect_server(r, &waiting);
    *allowed = waiting.left();
    let state = is_connected.then(|| State::enter(r))?;
    let stage = state.begin(Phase::Connecting, Deadline::within(talk));
    let end = begin_session(r, None).then(|| state.receiving().limit);
    drop(stage);
    end
}

fn connect_server(r: &RTMP, waiting: &Waiting<'_>) -> bool {
    forget_last_position(r);
    let state = State::enter(r);
    report::forget(r, &state);
    let _stage = state.begin(Phase::Connecting, Deadline::default());
    setup::adopt_proxy(&r.Link);
    let (host, port) = proxy::first_hop(&r.Link);
    let Some(addresses) = proxy::resolve(r, &host, port, waiting) else {
        close::release(r, &state);
        return false;
    };
    let is_connected = connect_socket(r, &state, &addresses, waiting);
    if is_connected {
        r.m_bSendCounter.set(1);
    }
    is_connected
}

/// `m_read.timestamp` survives close, because callers read it after the end. A position that the last session left
/// would make the next one skip its FLV header phase (spec 06 R8); one that the caller has set for this session stays.
fn forget_last_position(r: &RTMP) {
    if r.m_read.timestamp.get() == r.m_mediaStamp.get() {
        r.m_read.timestamp.set(0);
    }
}

/// Connects the socket to the first of `addresses` that answers, and through the proxy that listens there if `Link`
/// names one (`RTMP_Connect0`).
pub fn connect_to(r: &RTMP, addresses: &[SocketAddr]) -> bool {
    let state = State::enter(r);
    report::forget(r, &state);
    let _stage = state.begin(Phase::Connecting, Deadline::default());
    let is_unwanted = || cancel::is_unwanted(r);
    let waiting = Waiting::new(Deadline::within(limits::connecting(r)), &is_unwanted);
    connect_socket(r, &state, addresses, &waiting)
}

fn connect_socket(
    r: &RTMP,
    state: &State,
    addresses: &[SocketAddr],
    waiting: &Waiting<'_>,
) -> bool {
    r.m_sb.sb_timedout.set(0);
    r.m_pausing.set(0);
    r.m_fDuration.set(0.0);
    let before = errno::last();
    match open(r, addresses, waiting) {
        Ok(fd) => adopt(r, state, fd.into_raw_fd(), before) && pass_proxy(r, state, waiting),
        Err(failure) => {
            complain(r, state, &failure);
            false
        }
    }
}

fn open(r: &RTMP, addresses: &[SocketAddr], waiting: &Waiting<'_>) -> Result<OwnedFd, Failure> {
    let from = r.text_option(OptionName::Bind).map(local_address);
    connect::connect(addresses, from.transpose()?, waiting)
}

/// The meaning of option `bind`.
fn local_address(text: &[u8]) -> Result<SocketAddr, Failure> {
    let number = str::from_utf8(text)
        .ok()
        .and_then(|text| resolve::number(text, 0));
    number.ok_or_else(|| Failure::Bind(io::Error::from_raw_os_error(libc::EINVAL)))
}

/// Makes a connected socket the handle's. `number` is what `errno` was before: an attempt that waits leaves one behind
/// though nothing failed. False when the connection is not wanted any more.
fn adopt(r: &RTMP, state: &State, fd: c_int, number: c_int) -> bool {
    r.m_sb.clear();
    let is_wanted = cancel::hand_over(r, fd);
    limits::on_own_socket(r);
    errno::set(number);
    if !is_wanted {
        report::broken(r, state, libc::ECANCELED, "cancelled");
        close_keeping_number(r);
    }
    is_wanted
}

fn pass_proxy(r: &RTMP, state: &State, waiting: &Waiting<'_>) -> bool {
    let _stage = state.begin(Phase::Proxy, Deadline::default());
    let done = proxy::pass(r, waiting);
    if !done {
        report::broken(r, state, errno::last(), "it makes no connection");
        close_keeping_number(r);
    }
    done
}

/// Closes after a failure, of which `errno` tells.
fn close_keeping_number(r: &RTMP) {
    let number = errno::last();
    close::close(r);
    errno::set(number);
}

fn complain(r: &RTMP, state: &State, failure: &Failure) {
    match failure {
        Failure::Socket(error) => {
            let number = errno::of(error, 0);
            report::broken(r, state, number, errno::describe(number));
            close::release(r, state);
            log!(
                Error,
                "RTMP_Connect0, failed to create socket. Error: {number}"
            );
            errno::set(number);
        }
        Failure::Bind(error) => {
            let number = errno::of(error, 0);
            report::broken(
                r,
                state,
                number,
                format_args!("bind: {}", errno::describe(number)),
            );
            close::release(r, state);
            log!(
                Error,
                "RTMP_Connect0, failed to connect from {}. {number} ({})",
                Text(r.text_option(OptionName::Bind).unwrap_or_default()),
                errno::describe(number)
            );
            errno::set(number);
        }
        Failure::Connect(error) => {
            let number = errno::of(error, libc::EIO);
            report::broken(r, state, number, errno::describe(number));
            let number = errno::last();
            log!(
                Error,
                "RTMP_Connect0, failed to connect socket. {number} ({})",
                errno::describe(number)
            );
            if number == libc::ETIMEDOUT {
                r.m_sb.sb_timedout.set(1);
            }
            close::close(r);
            errno::set(number);
        }
    }
}

/// Runs the handshake on a connected socket and sends `connect`, or `packet` instead of it (`RTMP_Connect1`). A failure
/// closes the connection.
pub fn connect_session(r: &RTMP, packet: Option<&RTMPPacket>) -> bool {
    limits::on_socket_of_program(r);
    begin_session(r, packet)
}

fn begin_session(r: &RTMP, packet: Option<&RTMPPacket>) -> bool {
    let state = State::of(r);
    let _stage = state.begin(Phase::Connecting, Deadline::default());
    let is_wanted = !r.is_stopped();
    if !is_wanted {
        report::broken(r, &state, libc::ECANCELED, "cancelled");
    }
    let done = is_wanted && secure(r) && open_tunnel(r) && shake_hands(r) && introduce(r, packet);
    if !done {
        close_keeping_number(r);
    }
    done
}

fn secure(r: &RTMP) -> bool {
    let state = State::of(r);
    let _stage = state.begin(Phase::Tls, Deadline::within(limits::receiving(r)));
    tls::connect(r)
}

fn open_tunnel(r: &RTMP) -> bool {
    let state = State::of(r);
    let _stage = state.begin(Phase::Tunnel, Deadline::within(limits::receiving(r)));
    let is_open = !tunnel::is_on(r) || tunnel::open(r);
    if !is_open {
        report::broken(r, &state, errno::last(), "the server gives no session");
        log!(Debug, "RTMP_Connect1, Could not connect for handshake");
    }
    is_open
}

fn shake_hands(r: &RTMP) -> bool {
    log!(Debug, "RTMP_Connect1, ... connected, handshaking");
    let state = State::enter(r);
    let _stage = state.begin(Phase::Handshake, Deadline::within(limits::receiving(r)));
    state.quick.is_shaking_hands.store(true, Relaxed);
    state.receiving().is_polled = true;
    let result = handshake::client(r, &state);
    state.quick.is_shaking_hands.store(false, Relaxed);
    polled::hand_back(r, &state, result.is_err() || r.m_sb.is_empty());
    if let Err(failure) = result {
        match failure {
            handshake::Failure::Lost(error) => {
                error.report();
                report::broken(r, &state, error.number, errno::describe(error.number));
            }
            handshake::Failure::Refused(reason) => report::failed(&state, reason),
            handshake::Failure::Stopped => {}
        }
        log!(Error, "RTMP_Connect1, handshake failed.");
        return false;
    }
    log!(Debug, "RTMP_Connect1, handshaked");
    true
}

fn introduce(r: &RTMP, packet: Option<&RTMPPacket>) -> bool {
    let state = State::of(r);
    let _stage = state.begin(Phase::Dialogue, Deadline::default());
    let sent = match packet {
        Some(packet) => send::packet(r, packet, Reply::Expected),
        None => command::connect(r),
    };
    // Behind the first message: servers know then who speaks, and what follows is all in one size.
    let done = sent
        && r.number_option(OptionName::OutChunk)
            .is_none_or(|size| control::chunk_size(r, size));
    if !done {
        log!(Error, "RTMP_Connect1, RTMP connect failed.");
    }
    done
}
