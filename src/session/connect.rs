//! Making the connection (spec 02 §8): address, socket, handshake, `connect`.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{IntoRawFd, OwnedFd};

use crate::abi::{RTMP, RTMPPacket};
use crate::net::connect::{self, Failure};
use crate::net::deadline::{Deadline, Waiting};
use crate::net::resolve;
use crate::sys::log::{Text, log};
use crate::sys::{errno, socket};

use super::report::{self, Phase};
use super::send::{self, Reply};
use super::state::State;
use super::transport::{self, describe};
use super::{cancel, close, command, control, handshake, proxy, swf, tls, tunnel};

/// Connects to the server of `Link` and sends `connect`, or `packet` instead of it (`RTMP_Connect`). The reply is not
/// waited for. `Link.timeout` bounds together looking up the name, connecting to one of its addresses and the talk with a
/// proxy.
pub fn connect(r: &RTMP, packet: Option<&RTMPPacket>) -> bool {
    let link = &r.Link;
    if link.hostname.is_empty() {
        return false;
    }
    swf::prepare_if_missing(r);
    close::for_reconnect(r);
    forget_last_position(r);
    // Who closes or cancels waits for this turn, and makes what is waited for here end.
    let state = State::enter(r);
    report::forget(r, &state);
    let _stage = state.begin(Phase::Connecting, Deadline::default());
    let is_unwanted = || cancel::is_unwanted(r);
    let waiting = Waiting::new(Deadline::after(link.timeout.get()), &is_unwanted);
    let (host, port) = proxy::first_hop(link);
    let Some(addresses) = proxy::resolve(r, &host, port, waiting) else {
        report::failed(&state, format_args!("{} has no address", Text(&host)));
        close::release(r, &state);
        return false;
    };
    if !connect_socket(r, &addresses, waiting) {
        return false;
    }
    r.m_bSendCounter.set(1);
    begin_session(r, packet)
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
    report::forget(r, &State::of(r));
    let is_unwanted = || cancel::is_unwanted(r);
    let waiting = Waiting::new(Deadline::after(r.Link.timeout.get()), &is_unwanted);
    connect_socket(r, addresses, waiting)
}

fn connect_socket(r: &RTMP, addresses: &[SocketAddr], waiting: Waiting<'_>) -> bool {
    r.m_sb.sb_timedout.set(0);
    r.m_pausing.set(0);
    r.m_fDuration.set(0.0);
    let before = errno::last();
    let state = State::enter(r);
    match open(r, addresses, waiting) {
        Ok(fd) => adopt(r, fd.into_raw_fd(), before) && pass_proxy(r, waiting),
        Err(failure) => {
            complain(r, &state, &failure);
            false
        }
    }
}

fn open(r: &RTMP, addresses: &[SocketAddr], waiting: Waiting<'_>) -> Result<OwnedFd, Failure> {
    let from = r.local_address().map(|text| local_address(&text));
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
fn adopt(r: &RTMP, fd: c_int, number: c_int) -> bool {
    r.m_sb.clear();
    let is_wanted = cancel::hand_over(r, fd);
    limit_waiting(r);
    errno::set(number);
    if !is_wanted {
        close::close(r);
    }
    is_wanted
}

fn pass_proxy(r: &RTMP, waiting: Waiting<'_>) -> bool {
    let state = State::of(r);
    let _stage = state.begin(Phase::Proxy, Deadline::default());
    let done = proxy::pass(r, waiting);
    if !done {
        let number = errno::last();
        report::failed(&state, "it makes no connection");
        close::close(r);
        errno::set(number);
    }
    done
}

fn complain(r: &RTMP, state: &State, failure: &Failure) {
    match failure {
        Failure::Socket(error) => {
            let number = errno::of(error, 0);
            report::failed(state, describe(number));
            close::release(r, state);
            log!(
                Error,
                "RTMP_Connect0, failed to create socket. Error: {number}"
            );
            errno::set(number);
        }
        Failure::Bind(error) => {
            let number = errno::of(error, 0);
            report::failed(state, format_args!("bind: {}", describe(number)));
            close::release(r, state);
            log!(
                Error,
                "RTMP_Connect0, failed to connect from {}. {number} ({})",
                Text(&r.local_address().unwrap_or_default()),
                describe(number)
            );
            errno::set(number);
        }
        Failure::Connect(error) => {
            let number = errno::of(error, libc::EIO);
            report::failed(state, describe(number));
            log!(
                Error,
                "RTMP_Connect0, failed to connect socket. {number} ({})",
                describe(number)
            );
            if number == libc::ETIMEDOUT {
                r.m_sb.sb_timedout.set(1);
            }
            close::close(r);
            errno::set(number);
        }
    }
}

/// Bounds each receive and send by `Link.timeout`. The socket is new: it has no limits of the program's.
fn limit_waiting(r: &RTMP) {
    let (fd, seconds) = (r.m_sb.sb_socket.get(), r.Link.timeout.get());
    if socket::set_receive_timeout(fd, seconds).is_err() {
        log!(
            Error,
            "RTMP_Connect0, Setting socket timeout to {seconds}s failed!"
        );
    }
    transport::set_send_limit(fd, seconds);
}

/// Runs the handshake on a connected socket and sends `connect`, or `packet` instead of it (`RTMP_Connect1`). A failure
/// closes the connection.
pub fn connect_session(r: &RTMP, packet: Option<&RTMPPacket>) -> bool {
    transport::limit_sends(r);
    begin_session(r, packet)
}

fn begin_session(r: &RTMP, packet: Option<&RTMPPacket>) -> bool {
    let is_wanted = !r.is_stopped();
    let done = is_wanted && secure(r) && open_tunnel(r) && shake_hands(r) && introduce(r, packet);
    if !done {
        let number = errno::last();
        close::close(r);
        errno::set(number);
    }
    done
}

fn secure(r: &RTMP) -> bool {
    let state = State::of(r);
    let _stage = state.begin(Phase::Tls, Deadline::default());
    let done = tls::connect(r);
    if !done {
        let number = errno::last();
        let reason = tls::reason(&r.m_sb).unwrap_or_else(|| describe(number));
        report::failed(&state, reason);
        errno::set(number);
    }
    done
}

fn open_tunnel(r: &RTMP) -> bool {
    let state = State::of(r);
    let _stage = state.begin(Phase::Tunnel, Deadline::after(r.Link.timeout.get()));
    let is_open = !tunnel::is_on(r) || tunnel::open(r);
    if !is_open {
        report::failed(&state, "the server gives no session");
        log!(Debug, "RTMP_Connect1, Could not connect for handshake");
    }
    is_open
}

fn shake_hands(r: &RTMP) -> bool {
    log!(Debug, "RTMP_Connect1, ... connected, handshaking");
    let state = State::enter(r);
    let _stage = state.begin(Phase::Handshake, Deadline::after(r.Link.timeout.get()));
    state.quick.is_shaking_hands.store(true, Relaxed);
    let result = handshake::client(r, &state);
    state.quick.is_shaking_hands.store(false, Relaxed);
    if let Err(failure) = result {
        match failure {
            handshake::Failure::Lost(error) => {
                error.report();
                report::failed(&state, describe(error.number));
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
    let sent = match packet {
        Some(packet) => send::packet(r, packet, Reply::Expected),
        None => command::connect(r),
    };
    // Behind the first message: servers know then who speaks, and what follows is all in one size.
    let done = sent
        && r.out_chunk()
            .is_none_or(|size| control::chunk_size(r, size));
    if !done {
        log!(Error, "RTMP_Connect1, RTMP connect failed.");
    }
    done
}
