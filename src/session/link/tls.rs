//! TLS around the socket of a handle (spec 02 §8.10). Built without the feature `tls`, `no_tls.rs` takes this place.

use core::ffi::c_int;
use std::path::Path;
use std::sync::Arc;
use std::{io, str};

use crate::abi::private::Private;
use crate::abi::{RTMP, RTMPSockBuf};
use crate::net::deadline::Deadline;
use crate::net::tls::{self, Session, TlsError, Unready};
use crate::sys::log::log;
use crate::sys::{errno, socket};

use crate::session::feature;
use crate::session::link::plain::Received;
use crate::session::link::{cancel, plain, settings};
use crate::session::state::cause::Kind;
use crate::session::state::failure::Failure;
use crate::session::state::reason::Phase;
use crate::session::state::stats::Step;
use crate::session::state::{Context, State};

pub use crate::net::tls::Server;

/// Wraps the connected socket into TLS if the protocol asks for it. A failure is logged.
pub(in crate::session) fn connect(cx: Context<'_>) -> Result<(), Failure> {
    if cx.r.Link.protocol.get() & feature::SSL == 0 {
        return Ok(());
    }
    let state = State::enter(cx.r);
    let cx = state.on(cx.r);
    begin(cx, open(cx.r)).inspect_err(|_| log!(Error, "RTMP_Connect1, TLS_Connect failed"))
}

/// Runs the handshake of `session`, if there is one.
fn begin(cx: Context<'_>, session: Result<Session, Unready>) -> Result<(), Failure> {
    let session = session.map_err(|reason| {
        log!(Error, "TLS: {reason}");
        let kind = match reason {
            Unready::Trust(_) => Kind::Trust,
            Unready::Name(_) => Kind::Certificate,
            Unready::Other(_) => Kind::Tls(None),
        };
        cx.fail(kind, reason)
    });
    let shake_hands = || session.and_then(|session| shake_hands(cx, session));
    cx.state
        .stats
        .timed(Step::Tls, shake_hands)
        .map_err(|failure| explain(cx, failure.number()))
}

/// What TLS will need is made ready while the server is still to be reached.
pub(in crate::session) fn prepare(r: &RTMP) {
    if r.Link.protocol.get() & feature::SSL != 0 {
        tls::prepare(&settings::trust(r));
    }
}

fn open(r: &RTMP) -> Result<Session, Unready> {
    let host = str::from_utf8(r.Link.hostname.bytes());
    let host = host.map_err(|error| Unready::Name(error.to_string()))?;
    tls::client(host, &settings::trust(r))
}

/// Server side of TLS on an accepted socket (`RTMP_TLS_Accept`). The socket is not closed.
pub fn accept(r: &RTMP, server: &Server) -> Result<(), Failure> {
    // Closing waits for this lock, and ends what is waited for here.
    let state = State::enter(r);
    state.renew_reason();
    state.stats.begin();
    let _phase = state.begin(Phase::Tls, Deadline::within(settings::receiving(r)));
    settings::on_socket_of_program(r);
    begin(state.on(r), server.session())
        .inspect_err(|_| log!(Error, "RTMP_TLS_Accept, TLS_Connect failed"))
}

/// Says why a handshake failed, with the error `number`, unless that was said already.
fn explain(cx: Context<'_>, number: c_int) -> Failure {
    let (kind, failure) = (blamed(&cx.r.m_sb), failure(&cx.r.m_sb));
    errno::set(number);
    match (kind, failure) {
        (Some(kind), Some(TlsError::Certificate(reason))) => cx.break_off(
            kind,
            format_args!("the certificate of the server is refused: {reason}"),
        ),
        (Some(kind), Some(reason)) => cx.break_off(kind, reason),
        _ if cx.r.m_sb.sb_timedout.get() != 0 => cx.break_off(
            Kind::Timeout.by(libc::EAGAIN),
            "the handshake was not done in time",
        ),
        _ => cx.break_off(Kind::Lost.by(number), errno::describe(number)),
    }
}

/// Why TLS failed; `None` when it was not TLS that failed.
fn failure(sb: &RTMPSockBuf) -> Option<TlsError> {
    sb.tls::<Session>()?.failure()
}

/// What kind of failure that is.
pub(in crate::session) fn blamed(sb: &RTMPSockBuf) -> Option<Kind<'static>> {
    Some(match failure(sb)? {
        TlsError::Certificate(_) => Kind::Certificate,
        TlsError::Alert(alert, _) => Kind::Tls(Some(alert)),
        TlsError::Protocol(_) => Kind::Tls(None),
    })
}

/// Loads certificate chain and key of a server (`RTMP_TLS_AllocServerContext`).
pub fn server(chain: &Path, key: &Path) -> Option<Server> {
    tls::server(chain, key)
        .inspect_err(|reason| log!(Error, "RTMP_TLS_AllocServerContext, {reason}"))
        .ok()
}

/// The phase bounds the whole, the socket's timeout each receive.
fn shake_hands(cx: Context<'_>, session: Session) -> Result<(), Failure> {
    let traffic = Arc::clone(&cx.state.stats.traffic);
    let session = Private::new(session.counted_in(traffic));
    cx.r.m_sb.set_tls(session.clone());
    cx.r.m_sb.sb_timedout.set(0);
    converse(cx, &session)
}

fn converse(cx: Context<'_>, session: &Session) -> Result<(), Failure> {
    let (sb, mut limit) = (&cx.r.m_sb, cx.state.receiving().limit);
    while !cancel::is_unwanted(cx.r) {
        // A signal handler on this thread may have closed it.
        let fd = sb.sb_socket.observe();
        if fd == -1 {
            // Waiting for it would have no end.
            return Err(Failure::of(libc::EBADF));
        }
        if let Err(error) = send_handshake(cx, session, fd) {
            return Err(Failure::of(errno::of(&error, libc::EPROTO)));
        }
        if !session.is_handshaking() {
            return Ok(());
        }
        let receive = || plain::receive(sb, || session.receive(sb.sb_socket.observe(), 0));
        let limits = [&mut limit, &mut plain::silence(sb)];
        match plain::in_times(cx, limits, true, || has_ended(sb), receive) {
            Received::Bytes(_) => socket::acknowledge(fd),
            Received::End if cx.r.is_stopped() => return Err(Failure::here()),
            Received::End => {
                return Err(cx.fail(Kind::Lost, "the peer has closed the connection"));
            }
            Received::TimedOut => return Err(Failure::here()),
            Received::Failed => {
                let failure = Failure::here();
                complain(session);
                return Err(failure);
            }
        }
    }
    Err(Failure::of(libc::EINTR))
}

/// A client may take as little of a certificate as a server of a message.
fn send_handshake(cx: Context<'_>, session: &Session, fd: c_int) -> io::Result<()> {
    if !cancel::is_watched(cx.r) {
        return session.send_handshake(fd);
    }
    plain::send_asking(cx, || session.send_handshake_at_once(fd))
}

fn complain(session: &Session) {
    match session.failure() {
        Some(failure @ TlsError::Certificate(_)) => log!(Error, "TLS: {failure}"),
        Some(failure) => log!(Warning, "TLS: {failure}"),
        None => {}
    }
}

/// Receives once through TLS; `None` on a plain socket. No bytes are gained by a part of a record, and by records without
/// data, such as session tickets: nobody waits here for more than the socket has.
pub(in crate::session) fn fill(sb: &RTMPSockBuf, limit: usize) -> Option<Received> {
    receive(sb, limit, false)
}

/// As [`fill`] for `RTMP_Read`, whose caller may wait for the socket before each call and whose memory may hold less than
/// a record: a byte stays in the socket, which is readable until [`let_go`].
pub(in crate::session) fn fill_for_read(sb: &RTMPSockBuf, limit: usize) -> Option<Received> {
    receive(sb, limit, true)
}

/// All that was received has been handed out.
pub(in crate::session) fn let_go(sb: &RTMPSockBuf) {
    if let Some(session) = sb.tls::<Session>() {
        session.let_go(sb.sb_socket.observe());
    }
}

fn receive(sb: &RTMPSockBuf, limit: usize, leaves_byte: bool) -> Option<Received> {
    let session = sb.tls::<Session>()?;
    let fd = sb.sb_socket.observe();
    let take = || session.take(fd, |bytes| sb.put(bytes));
    let mut gained = 0;
    let received = plain::receive(sb, || {
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
pub(in crate::session) fn has_ended(sb: &RTMPSockBuf) -> bool {
    sb.tls::<Session>()
        .is_some_and(|session| session.is_over().unwrap_or(true))
}

/// Moves what is decrypted already into the buffer, without receiving. True when there was something.
pub(in crate::session) fn drain(sb: &RTMPSockBuf) -> bool {
    let fd = sb.sb_socket.observe();
    // A failure is met again by the next receive.
    sb.tls::<Session>()
        .is_some_and(|session| session.take(fd, |bytes| sb.put(bytes)).is_ok_and(|n| n > 0))
}

/// Sends once through TLS; `None` on a plain socket.
pub(in crate::session) fn send(sb: &RTMPSockBuf, bytes: &[u8]) -> Option<io::Result<usize>> {
    let session = sb.tls::<Session>()?;
    Some(session.send(sb.sb_socket.observe(), bytes))
}

/// As [`send`], without waiting for the peer.
pub(in crate::session) fn send_at_once(
    sb: &RTMPSockBuf,
    bytes: &[u8],
) -> Option<io::Result<usize>> {
    let session = sb.tls::<Session>()?;
    Some(session.send_at_once(sb.sb_socket.observe(), bytes))
}

/// Bytes that TLS has taken and the socket has not.
pub(in crate::session) fn unsent(sb: &RTMPSockBuf) -> usize {
    sb.tls::<Session>().map_or(0, |session| session.unsent())
}

/// Says goodbye to the peer, as far as the socket takes it without waiting. True when it has been said, also without TLS.
pub(in crate::session) fn say_goodbye(sb: &RTMPSockBuf) -> bool {
    let session = sb.tls::<Session>();
    session.is_none_or(|session| session.close(sb.sb_socket.observe()))
}

/// Says goodbye to the peer, unless the session is that of another process, and forgets it.
pub(in crate::session) fn close(sb: &RTMPSockBuf) {
    if let Some(session) = sb.take_tls::<Session>()
        && !session.is_inherited()
    {
        session.close(sb.sb_socket.observe());
    }
}

/// Forgets the session without a word. What is `unreliable` is not freed either.
pub(in crate::session) fn forget(sb: &RTMPSockBuf, unreliable: bool) {
    if let Some(session) = sb.take_tls::<Session>()
        && unreliable
    {
        session.abandon();
    }
}
