//! TLS around the socket of a handle (spec 02 §8.10). Built without the feature `tls`, `no_tls.rs` takes this place.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::{io, str};

use crate::abi::private::Private;
use crate::abi::{RTMP, RTMPSockBuf};
use crate::net::tls::{self, Failure, Session, Trust};
use crate::sys::errno;
use crate::sys::log::log;

use super::feature;
use super::state::State;
use super::transport::{self, Received};

pub use crate::net::tls::Server;

/// Wraps the connected socket into TLS if the protocol asks for it. A failure is logged.
pub(super) fn connect(r: &RTMP) -> bool {
    if r.Link.protocol.get() & feature::SSL == 0 {
        return true;
    }
    let _reader = State::enter(r);
    let done = open(r).is_some_and(|session| shake_hands(&r.m_sb, session));
    if !done {
        let number = errno::last();
        log!(Error, "RTMP_Connect1, TLS_Connect failed");
        errno::set(number);
    }
    done
}

fn open(r: &RTMP) -> Option<Session> {
    let host = r.Link.hostname.bytes();
    let trust = trust(r);
    let session = str::from_utf8(host)
        .map_err(|error| error.to_string())
        .and_then(|host| tls::client(host, &trust));
    session
        .inspect_err(|reason| log!(Error, "TLS: {reason}"))
        .ok()
}

/// What the options of the handle say, else the environment.
fn trust(r: &RTMP) -> Trust {
    let is_demanded = r.certificate_demand();
    if !is_demanded.unwrap_or_else(|| !Trust::is_waived()) {
        return Trust::Anyone;
    }
    match r.authorities() {
        Some(path) => Trust::File(OsString::from_vec(path).into()),
        None => Trust::System,
    }
}

/// Server side of TLS on an accepted socket (`RTMP_TLS_Accept`). The socket is not closed.
pub fn accept(r: &RTMP, server: &Server) -> bool {
    let done = server
        .session()
        .is_ok_and(|session| shake_hands(&r.m_sb, session));
    if !done {
        log!(Error, "RTMP_TLS_Accept, TLS_Connect failed");
    }
    done
}

/// Loads certificate chain and key of a server (`RTMP_TLS_AllocServerContext`).
pub fn server(chain: &Path, key: &Path) -> Option<Server> {
    tls::server(chain, key)
        .inspect_err(|reason| log!(Error, "RTMP_TLS_AllocServerContext, {reason}"))
        .ok()
}

/// Each receive is bounded by the socket's timeout.
fn shake_hands(sb: &RTMPSockBuf, session: Session) -> bool {
    let session = Private::new(session);
    sb.set_tls(session.clone());
    sb.sb_timedout.set(0);
    let fd = sb.sb_socket.get();
    loop {
        if let Err(error) = session.send_handshake(fd) {
            errno::set(errno::of(&error, libc::EPROTO));
            return false;
        }
        if !session.is_handshaking() {
            return true;
        }
        match transport::receive(sb, || session.receive(fd, 0)) {
            Received::Bytes(_) => {}
            Received::End | Received::TimedOut => return false,
            Received::Failed => {
                complain(&session);
                return false;
            }
        }
    }
}

fn complain(session: &Session) {
    match session.failure() {
        Some(Failure::Certificate(reason)) => log!(
            Error,
            "TLS: the certificate of the server is refused: {reason}. tlsCAFile=FILE names whom to trust; tlsVerify=0 \
             (environment: LIBRTMP_TLS_VERIFY=0) trusts anyone"
        ),
        Some(Failure::Protocol(reason)) => log!(Warning, "TLS: {reason}"),
        None => {}
    }
}

/// Why TLS failed, in words; `None` when it was not TLS that failed.
pub(super) fn reason(sb: &RTMPSockBuf) -> Option<String> {
    match sb.tls::<Session>()?.failure()? {
        Failure::Certificate(reason) => Some(format!(
            "the certificate of the server is refused: {reason}"
        )),
        Failure::Protocol(reason) => Some(reason),
    }
}

/// Receives once through TLS; `None` on a plain socket. Records without data, such as session tickets, do not count.
pub(super) fn fill(sb: &RTMPSockBuf, limit: usize) -> Option<Received> {
    let session = sb.tls::<Session>()?;
    let received = transport::receive(sb, || fill_from(&session, sb, limit));
    if matches!(received, Received::Failed) {
        let number = errno::last();
        complain(&session);
        errno::set(number);
    }
    Some(received)
}

fn fill_from(session: &Session, sb: &RTMPSockBuf, limit: usize) -> io::Result<usize> {
    let fd = sb.sb_socket.get();
    loop {
        let taken = session.take(fd, |bytes| sb.put(bytes))?;
        if taken > 0 || sb.room().is_empty() {
            return Ok(taken);
        }
        if session.receive(fd, limit)? == 0 {
            return Ok(0);
        }
    }
}

/// Moves what is decrypted already into the buffer, without receiving. True when there was something.
pub(super) fn drain(sb: &RTMPSockBuf) -> bool {
    let fd = sb.sb_socket.get();
    // A failure is met again by the next receive.
    sb.tls::<Session>()
        .is_some_and(|session| session.take(fd, |bytes| sb.put(bytes)).is_ok_and(|n| n > 0))
}

/// Sends once through TLS; `None` on a plain socket.
pub(super) fn send(sb: &RTMPSockBuf, bytes: &[u8]) -> Option<io::Result<usize>> {
    let session = sb.tls::<Session>()?;
    Some(session.send(sb.sb_socket.get(), bytes))
}

/// Says goodbye to the peer and forgets the session.
pub(super) fn close(sb: &RTMPSockBuf) {
    if let Some(session) = sb.take_tls::<Session>() {
        session.close(sb.sb_socket.get());
    }
}
