//! From the address of a server to a socket that is connected to it, through a proxy or not (spec 02 §8).

use core::ffi::c_int;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{IntoRawFd, OwnedFd};

use crate::abi::{OptionName, RTMP};
use crate::net::connect::{self, ConnectError, Plan};
use crate::net::deadline::{Deadline, Waiting};
use crate::net::resolve;
use crate::session::dialogue::events;
use crate::session::link::{cancel, program, settings};
use crate::session::message::close;
use crate::session::setup;
use crate::session::state::cause::Kind;
use crate::session::state::failure::Failure;
use crate::session::state::reason::Phase;
use crate::session::state::stats::Step;
use crate::session::state::{Context, State};
use crate::sys::errno;
use crate::sys::log::{Text, log};

use super::proxy;

/// Connects to the server of `Link`, or to its proxy, and through that.
pub(in crate::session) fn connect_server(r: &RTMP, waiting: &Waiting<'_>) -> Result<(), Failure> {
    forget_last_position(r);
    let state = State::enter(r);
    state.stats.begin();
    state.forget_reason(r);
    let _phase = state.begin(Phase::Connecting, Deadline::default());
    events::phase(state.on(r), Phase::Connecting);
    setup::adopt_proxy(&r.Link);
    let (host, port) = proxy::first_hop(state.on(r));
    let addresses = state
        .stats
        .timed(Step::Resolve, || {
            proxy::resolve(state.on(r), &host, port, waiting)
        })
        .inspect_err(|_| state.release(r))?;
    connect_socket(state.on(r), &addresses, waiting)?;
    r.m_bSendCounter.set(1);
    Ok(())
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
pub fn connect_to(r: &RTMP, addresses: &[SocketAddr]) -> Result<(), Failure> {
    let state = State::enter(r);
    state.stats.begin();
    state.forget_reason(r);
    let _phase = state.begin(Phase::Connecting, Deadline::default());
    events::phase(state.on(r), Phase::Connecting);
    let is_unwanted = || cancel::is_unwanted_any_more(r);
    let waiting = Waiting::new(Deadline::within(settings::connecting(r)), &is_unwanted);
    connect_socket(state.on(r), addresses, &waiting)
}

fn connect_socket(
    cx: Context<'_>,
    addresses: &[SocketAddr],
    waiting: &Waiting<'_>,
) -> Result<(), Failure> {
    cx.r.m_sb.sb_timedout.set(0);
    cx.r.m_pausing.set(0);
    cx.r.m_fDuration.set(0.0);
    let before = errno::last();
    let stats = &cx.state.stats;
    stats.timed(Step::Connect, || {
        let fd = open(cx.r, addresses, waiting).map_err(|error| not_connected(cx, &error))?;
        stats.rest_in(Phase::Connecting);
        adopt(cx, fd.into_raw_fd(), before)
            .and_then(|()| pass_proxy(cx, waiting))
            .inspect_err(|_| close::close(cx.r))
    })
}

fn open(
    r: &RTMP,
    addresses: &[SocketAddr],
    waiting: &Waiting<'_>,
) -> Result<OwnedFd, ConnectError> {
    let from = r.text_option(OptionName::Bind).map(local_address);
    let may_use = |fd| program::may_use_socket(r, fd);
    let plan = Plan {
        from: from.transpose()?,
        ..settings::plan(r, &may_use)
    };
    connect::connect(addresses, &plan, waiting)
}

/// The meaning of option `bind`.
fn local_address(text: &[u8]) -> Result<SocketAddr, ConnectError> {
    let number = str::from_utf8(text)
        .ok()
        .and_then(|text| resolve::number(text, 0));
    number.ok_or_else(|| ConnectError::Bind(io::Error::from_raw_os_error(libc::EINVAL)))
}

/// Makes a connected socket the handle's. `number` is what `errno` was before: an attempt that waits leaves one behind
/// though nothing failed.
fn adopt(cx: Context<'_>, fd: c_int, number: c_int) -> Result<(), Failure> {
    cx.r.m_sb.clear();
    let is_wanted = cancel::hand_over(cx.r, fd);
    settings::on_own_socket(cx.r);
    errno::set(number);
    if is_wanted {
        Ok(())
    } else {
        Err(cx.cancelled())
    }
}

fn pass_proxy(cx: Context<'_>, waiting: &Waiting<'_>) -> Result<(), Failure> {
    let _phase = cx.state.begin(Phase::Proxy, Deadline::default());
    if cx.r.Link.socksport.get() != 0 {
        events::phase(cx, Phase::Proxy);
    }
    proxy::pass(cx, waiting)
}

/// There is no socket. Programs need not close then, but after the attempt to connect one.
fn not_connected(cx: Context<'_>, error: &ConnectError) -> Failure {
    match error {
        ConnectError::Socket(error) => {
            let number = errno::of(error, 0);
            let failure = cx.break_off(Kind::Connect.by(number), errno::describe(number));
            cx.state.release(cx.r);
            log!(
                Error,
                "RTMP_Connect0, failed to create socket. Error: {number}"
            );
            failure
        }
        ConnectError::Bind(error) => {
            let number = errno::of(error, 0);
            let reason = errno::describe(number);
            let failure = cx.break_off(Kind::Bind.by(number), format_args!("bind: {reason}"));
            cx.state.release(cx.r);
            match cx.r.text_option(OptionName::Bind) {
                Some(from) => log!(
                    Error,
                    "RTMP_Connect0, failed to connect from {}. {number} ({reason})",
                    Text(from)
                ),
                None => log!(
                    Error,
                    "RTMP_Connect0, no socket is to be used. {number} ({reason})"
                ),
            }
            failure
        }
        ConnectError::Connect(error) => {
            let number = errno::of(error, libc::EIO);
            let failure = cx.break_off(Kind::Connect.by(number), errno::describe(number));
            let number = failure.number();
            log!(
                Error,
                "RTMP_Connect0, failed to connect socket. {number} ({})",
                errno::describe(number)
            );
            if number == libc::ETIMEDOUT {
                cx.r.m_sb.sb_timedout.set(1);
            }
            close::close(cx.r);
            failure
        }
    }
}
