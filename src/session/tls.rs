//! TLS around the socket of a handle (spec 02 §8.10). Built without the feature `tls`, `no_tls.rs` takes this place.

use core::ffi::c_int;
use std::path::Path;
use std::{io, str};

use crate::abi::private::Private;
use crate::abi::{RTMP, RTMPSockBuf};
use crate::net::deadline::Deadline;
use crate::net::tls::{self, Failure, Session};
use crate::sys::errno;
use crate::sys::log::log;

use super::report::{self, Phase};
use super::state::State;
use super::transport::{self, Received};
use super::{cancel, feature, limits, trust};

pub use crate::net::tls::Server;

/// Wraps the connected socket into TLS if the protocol asks for it. A failure is logged.
pub(super) fn connect(r: &RTMP) -> bool {
    if r.Link.protocol.get() & feature::SSL == 0 {
        return true;
    }
    let state = State::enter(r);
    let session = open(r).map_err(|reason| {
        log!(Error, "TLS: {reason}");
        report::failed(&state, reason);
    });
    let done = session.is_ok_and(|session| shake_hands(r, &state, session));
    if !done {
        let number = errno::last();
        explain(r, &state, number);
        log!(Error, "RTMP_Connect1, TLS_Connect failed");
        errno::set(number);
    }
    done
}

fn open(r: &RTMP) -> Result<Session, String> {
    let host = str::from_utf8(r.Link.hostname.bytes()).map_err(|error| error.to_string())?;
    tls::client(host, &trust::of(r))
}

/// Server side of TLS on an accepted socket (`RTMP_TLS_Accept`). The socket is not closed.
pub fn accept(r: &RTMP, server: &Server) -> bool {
    // Who closes waits for this turn, and ends what is waited for here.
    let state = State::enter(r);
    report::renew(&state);
    let _stage = state.begin(Phase::Tls, Deadline::within(limits::receiving(r)));
    limits::on_socket_of_program(r);
    let session = server.session().map_err(|reason| {
        log!(Error, "TLS: {reason}");
        report::failed(&state, reason);
    });
    let done = session.is_ok_and(|session| shake_hands(r, &state, session));
    if !done {
        let number = errno::last();
        explain(r, &state, number);
        log!(Error, "RTMP_TLS_Accept, TLS_Connect failed");
        errno::set(number);
    }
    done
}

/// Leaves the reason of a handshake that failed with the error `number` where the program looks for it.
fn explain(r: &RTMP, state: &State, number: c_int) {
    match failure(&r.m_sb) {
        Some(Failure::Certificate(reason)) => report::broken(
            r,
            state,
            number,
            format_args!("the certificate of the server is refused: {reason}"),
        ),
        Some(Failure::Protocol(reason)) => report::broken(r, state, number, reason),
        None if r.m_sb.sb_timedout.get() != 0 => {
            report::broken(r, state, number, "the handshake was not done in time");
        }
        None => report::broken(r, state, number, errno::describe(number)),
    }
}

/// Why TLS failed; `None` when it was not TLS that failed.
fn failure(sb: &RTMPSockBuf) -> Option<Failure> {
    sb.tls::<Session>()?.failure()
}

/// Loads certificate chain and key of a server (`RTMP_TLS_AllocServerContext`).
pub fn server(chain: &Path, key: &Path) -> Option<Server> {
    tls::server(chain, key)
        .inspect_err(|reason| log!(Error, "RTMP_TLS_AllocServerContext, {reason}"))
        .ok()
}

/// The phase bounds the whole, the socket's timeout each receive.
fn shake_hands(r: &RTMP, state: &State, session: Session) -> bool {
    let session = Private::new(session);
    r.m_sb.set_tls(session.clone());
    r.m_sb.sb_timedout.set(0);
    let done = converse(r, state, &session);
    if !done && r.is_stopped() {
        errno::set(libc::ECANCELED);
    }
    done
}

fn converse(r: &RTMP, state: &State, session: &Session) -> bool {
    let (sb, mut limit) = (&r.m_sb, state.receiving().limit);
    while !cancel::is_unwanted(r) {
        // A signal handler on this thread may have closed it.
        let fd = sb.sb_socket.observe();
        if fd == -1 {
            // Waiting for it would have no end.
            errno::set(libc::EBADF);
            return false;
        }
        if let Err(error) = session.send_handshake(fd) {
            errno::set(errno::of(&error, libc::EPROTO));
            return false;
        }
        if !session.is_handshaking() {
            return true;
        }
        let receive = || transport::receive(sb, || session.receive(sb.sb_socket.observe(), 0));
        match transport::in_time(r, &mut limit, receive) {
            Received::Bytes(_) => {}
            Received::End => {
                if !r.is_stopped() {
                    report::failed(state, "the peer has closed the connection");
                }
                return false;
            }
            Received::TimedOut => return false,
            Received::Failed => {
                let number = errno::last();
                complain(session);
                errno::set(number);
                return false;
            }
        }
    }
    errno::set(libc::EINTR);
    false
}

fn complain(session: &Session) {
    match session.failure() {
        Some(failure @ Failure::Certificate(_)) => log!(Error, "TLS: {failure}"),
        Some(failure @ Failure::Protocol(_)) => log!(Warning, "TLS: {failure}"),
        None => {}
    }
}

/// Receives once through TLS; `None` on a plain socket. No bytes are gained by a part of a record, and by records without
/// data, such as session tickets: nobody waits here for more than the socket has.
pub(super) fn fill(sb: &RTMPSockBuf, limit: usize) -> Option<Received> {
    receive(sb, limit, false)
}

/// As [`fill`] for `RTMP_Read`, whose caller may wait for the socket before each call and whose memory may hold less than
/// a record: a byte stays in the socket, which is readable until [`let_go`].
pub(super) fn fill_for_read(sb: &RTMPSockBuf, limit: usize) -> Option<Received> {
    receive(sb, limit, true)
}

/// All that was received has been handed out.
pub(super) fn let_go(sb: &RTMPSockBuf) {
    if let Some(session) = sb.tls::<Session>() {
        session.let_go(sb.sb_socket.observe());
    }
}

fn receive(sb: &RTMPSockBuf, limit: usize, leaves_byte: bool) -> Option<Received> {
    let session = sb.tls::<Session>()?;
    let fd = sb.sb_socket.observe();
    let take = || session.take(fd, |bytes| sb.put(bytes));
    let mut gained = 0;
    let received = transport::receive(sb, || {
        gained = take()?;
        if gained > 0 || sb.room().is_empty() {
            return Ok(gained);
        }
        let count = if leaves_byte {
            session.receive_leaving_byte(fd, limit)?
        } else {
            session.receive(fd, limit)?
        };
        gained = take()?;
        Ok(count)
    });
    if matches!(received, Received::Failed) {
        let number = errno::last();
        complain(&session);
        errno::set(number);
    }
    Some(match received {
        Received::Bytes(_) => Received::Bytes(gained),
        other => other,
    })
}

/// Whether TLS has come to its end, by the peer's goodbye or by a failure. A receive says so without the socket.
pub(super) fn has_ended(sb: &RTMPSockBuf) -> bool {
    sb.tls::<Session>()
        .is_some_and(|session| session.is_over().unwrap_or(true))
}

/// Moves what is decrypted already into the buffer, without receiving. True when there was something.
pub(super) fn drain(sb: &RTMPSockBuf) -> bool {
    let fd = sb.sb_socket.observe();
    // A failure is met again by the next receive.
    sb.tls::<Session>()
        .is_some_and(|session| session.take(fd, |bytes| sb.put(bytes)).is_ok_and(|n| n > 0))
}

/// Sends once through TLS; `None` on a plain socket.
pub(super) fn send(sb: &RTMPSockBuf, bytes: &[u8]) -> Option<io::Result<usize>> {
    let session = sb.tls::<Session>()?;
    Some(session.send(sb.sb_socket.observe(), bytes))
}

/// Says goodbye to the peer, as far as the socket takes it without waiting. True when it has been said, also without TLS.
pub(super) fn say_goodbye(sb: &RTMPSockBuf) -> bool {
    let session = sb.tls::<Session>();
    session.is_none_or(|session| session.close(sb.sb_socket.observe()))
}

/// Says goodbye to the peer, unless the session is that of another process, and forgets it.
pub(super) fn close(sb: &RTMPSockBuf) {
    if let Some(session) = sb.take_tls::<Session>()
        && !session.is_inherited()
    {
        session.close(sb.sb_socket.observe());
    }
}

/// Forgets the session without a word. What is `unreliable` is not freed either.
pub(super) fn forget(sb: &RTMPSockBuf, unreliable: bool) {
    if let Some(session) = sb.take_tls::<Session>()
        && unreliable
    {
        session.abandon();
    }
}
