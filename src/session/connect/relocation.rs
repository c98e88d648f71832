//! Going on at another server, when the server asks for that (option `reconnect=auto`, spec 09 §10).
//!
//! The old connection is ended in order, then the new one is made as `RTMP_Connect` and `RTMP_ConnectStream` would make it:
//! with their limits, and a cancel ends it at any moment. What belongs to the program stays; `Link` shows the new server
//! until the connection ends ([`Away`](crate::abi::Away)). A move that fails ends the stream.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use crate::abi::{Address, RTMP};
use crate::net::deadline::Deadline;
use crate::proto::reconnect::Target;
use crate::session::feature;
use crate::session::link::settings;
use crate::session::message::close;
use crate::session::state::cause::Kind;
use crate::session::state::failure::Failure;
use crate::session::state::onward::Alone;
use crate::session::state::{Context, last_error, reconnect};
use crate::sys::log::{NO_MEMORY, log};

use super::{session, stream};

/// Whether requests are followed: for a connection, from its beginning on, this does not change.
pub(in crate::session) fn is_wished(cx: Context<'_>) -> bool {
    cx.state.flags.is_movable.load(Relaxed)
}

/// Whether the server has asked, for a place where the stream may go, and it is time to. Where no call waits that is left to the
/// program.
pub(in crate::session) fn is_due(cx: Context<'_>) -> bool {
    if cx.state.level.is_on() {
        return false;
    }
    let reconnect = cx.state.reconnect();
    let is_possible = |request: &reconnect::Request| request.target.is_ok();
    reconnect.pending.as_ref().is_some_and(is_possible)
        && reconnect.guard.wait(Instant::now()).is_zero()
}

/// Goes where the server has asked to, until the stream is accepted there; one that is played from `seek` on, ms, if that is positive.
/// The handle has other private state then. A failure closes it.
pub(in crate::session) fn follow(cx: Context<'_>, seek: c_int) -> Result<(), Failure> {
    let Some(target) = target(cx) else {
        return Err(Failure::here());
    };
    log!(Info, "reconnecting as the server has asked");
    if cx.state.is_over() {
        // By whoever has read the line.
        return Err(Failure::of(libc::ECONNABORTED));
    }
    let arrived = close::for_next(cx.r)
        .ok_or_else(|| cx.cancelled())
        .and_then(|alone| arrive(cx.r, &alone, &target, seek));
    arrived.inspect_err(|_| {
        log!(Error, "reconnecting has failed");
        explain(cx.r);
    })
}

/// Takes the request out: it is followed now.
fn target(cx: Context<'_>) -> Option<Target> {
    let mut reconnect = cx.state.reconnect();
    let request = reconnect.pending.take()?;
    reconnect.guard.begin(Instant::now());
    request.target.ok()
}

fn arrive(r: &RTMP, alone: &Alone, target: &Target, seek: c_int) -> Result<(), Failure> {
    let cx = alone.on(r);
    if !name_server(cx, target) {
        log!(Error, "{NO_MEMORY}");
        let failure = cx.fail(Kind::Memory, NO_MEMORY);
        close::close(r);
        return Err(failure);
    }
    let time = stream::dialogue_limit(r);
    let limit = session::again(r, &mut settings::connecting(r), time)?;
    accepted(r, limit, seek)
}

/// Shows the new server in `Link`. False without memory.
fn name_server(cx: Context<'_>, target: &Target) -> bool {
    let link = &cx.r.Link;
    let schemes = feature::HTTP | feature::ENC | feature::SSL;
    let known = match target.is_same_server {
        true => (link.pubUser.bytes(), link.pubPasswd.bytes()),
        false => (&b""[..], &b""[..]),
    };
    let (user, password) = target.login.as_ref().map_or(known, |login| {
        let password = login.password.as_deref();
        (&login.user, password.unwrap_or(known.1))
    });
    let address = Address {
        protocol: link.protocol.get() & !schemes | c_int::from(target.protocol),
        host: &target.host,
        port: target.port,
        tc_url: &target.tc_url,
        app: &target.app,
        user,
        password,
    };
    cx.state.go_away(cx.r, &address)
}

/// Serves the dialogue. Where to start is the program's to say: it is told the server only this time.
fn accepted(r: &RTMP, limit: Deadline, seek: c_int) -> Result<(), Failure> {
    let start = r.Link.seekTime.get();
    if seek > 0 {
        r.Link.seekTime.set(seek);
    }
    let is_accepted = stream::dialogue(r, limit);
    r.Link.seekTime.set(start);
    if is_accepted {
        return Ok(());
    }
    let number = match r.m_sb.sb_timedout.get() {
        0 => libc::ECONNABORTED,
        _ => libc::ETIMEDOUT,
    };
    // A time that has run out leaves the connection open.
    close::close(r);
    Err(Failure::of(number))
}

/// Tells the program, in words, that it was not the connection it knows that failed; what kind of failure it was stays. Not while another thread closes the handle.
fn explain(r: &RTMP) {
    if r.is_closing() || r.m_sb.sb_socket.observe() != -1 {
        return;
    }
    let mut error = last_error::error(r);
    let words = [b"reconnect: ", error.text().to_bytes()].concat();
    error.set_text(&words);
    r.m_sb.leave_note(Some(&error));
}
