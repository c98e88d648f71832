//! The way through a proxy (spec 02 §5.1, §8.5): what is said on a bare socket before anything else.

use core::net::Ipv4Addr;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::abi::RTMP;
use crate::net::deadline::Waiting;
use crate::net::resolve::{self, ResolveError};
use crate::proto::place::{self, Place};
use crate::proto::proxy::{self, Destination, Negotiation, Proxy, Refusal, parse};
use crate::sys::log::{Text, log};
use crate::sys::names::NameError;
use crate::sys::socket::Readiness;
use crate::sys::{errno, socket};

use crate::session::link::plain::Received;
use crate::session::link::{settings, wire};
use crate::session::state::Context;
use crate::session::state::cause::{Cause, Kind};
use crate::session::state::failure::Failure;

/// The name of the host that the socket is to be connected to, and its port: the proxy's, if there is one.
pub(in crate::session) fn first_hop(cx: Context<'_>) -> (Vec<u8>, u16) {
    let link = &cx.r.Link;
    match link.socksport.get() {
        0 => server(cx),
        port => {
            let text = link.sockshost.bytes();
            let host = parse(text).map_or(text, |proxy| proxy.host);
            (host.to_vec(), port)
        }
    }
}

/// The name of the server and its port: those of `Link`, unless the program has said to connect to another one in that one's
/// place.
fn server(cx: Context<'_>) -> (Vec<u8>, u16) {
    let link = &cx.r.Link;
    let Some(text) = settings::connect_to(cx.r).filter(|_| !cx.state.is_away()) else {
        return (link.hostname.bytes().to_vec(), link.port.get());
    };
    match place::parse(&text) {
        Some(Place { host, port }) => (host.to_vec(), port.unwrap_or_else(|| link.port.get())),
        // A name that nobody has.
        None => (text, 0),
    }
}

/// All addresses of a name. A failure is logged.
pub(in crate::session) fn resolve(
    cx: Context<'_>,
    host: &[u8],
    port: u16,
    waiting: &Waiting<'_>,
) -> Result<Vec<SocketAddr>, Failure> {
    let name = str::from_utf8(host).ok().filter(|name| !name.is_empty());
    let found = name.map(|name| resolve::resolve(name, port, waiting));
    if let Some(Ok(found)) = found {
        return Ok(found);
    }
    log!(Error, "Problem accessing the DNS. (addr: {})", Text(host));
    Err(match found {
        Some(Err(ResolveError::Waiting(error))) => waited(cx, Kind::Connect, &error),
        Some(Err(ResolveError::Thread(error))) => {
            let number = errno::of(&error, libc::EAGAIN);
            let reason = errno::describe(number);
            log!(Error, "No thread to look up names: {reason}");
            let reason = format_args!("no thread to look up {}: {reason}", Text(host));
            cx.break_off(Kind::Resolve(libc::EAI_SYSTEM).by(number), reason)
        }
        found => {
            let error = match found {
                Some(Err(ResolveError::Name(error))) => error,
                _ => NameError::UNKNOWN,
            };
            let cause = Kind::Resolve(error.number).by(error.system);
            cx.fail(cause, format_args!("{} has no address", Text(host)))
        }
    })
}

/// Waiting has ended with an error.
fn waited(cx: Context<'_>, kind: Kind<'_>, error: &io::Error) -> Failure {
    let number = errno::of(error, libc::EIO);
    if number == libc::ETIMEDOUT {
        cx.r.m_sb.sb_timedout.set(1);
    }
    cx.break_off(kind.by(number), errno::describe(number))
}

/// Makes the proxy connect the socket to the server, while `waiting` lasts. Nothing is done when there is no proxy. A failure is
/// logged, and the socket stays open.
pub(in crate::session) fn pass(cx: Context<'_>, waiting: &Waiting<'_>) -> Result<(), Failure> {
    if cx.r.Link.socksport.get() == 0 {
        return Ok(());
    }
    log!(Debug, "RTMP_Connect0 ... SOCKS negotiation");
    let text = Zeroizing::new(cx.r.Link.sockshost.bytes().to_vec());
    let proxy = parse(&text);
    let counts = proxy
        .as_ref()
        .is_none_or(|proxy| matches!(proxy.kind, Some(proxy::Kind::Socks4 | proxy::Kind::Socks4a)));
    let refused = |cause| refused(cx, cause);
    let (negotiation, first) = begin(cx, waiting, proxy).map_err(refused)?;
    let count = converse(cx, waiting, negotiation, first).map_err(refused)?;
    if counts {
        // As in the original: the answer counts in what is acknowledged.
        let received = &cx.r.m_nBytesIn;
        received.set(received.get().wrapping_add(count));
        let count = usize::try_from(count).unwrap_or(0);
        cx.state.stats.bytes_in.add(count);
    }
    Ok(())
}

/// Why in detail was logged, and is the reason where waiting has ended.
fn refused(cx: Context<'_>, cause: Cause<'_>) -> Failure {
    let number = errno::last();
    log!(Error, "RTMP_Connect0, SOCKS negotiation failed.");
    errno::set(number);
    cx.break_off(cause, "it makes no connection")
}

/// The negotiation that the kind of proxy wants, and its first words.
fn begin(
    cx: Context<'_>,
    waiting: &Waiting<'_>,
    proxy: Option<Proxy<'_>>,
) -> Result<(Negotiation, Vec<u8>), Cause<'static>> {
    let (host, port) = server(cx);
    let Some(proxy) = proxy.filter(|proxy| proxy.kind != Some(proxy::Kind::Socks4)) else {
        return Ok(Negotiation::with_address(
            ipv4(cx, waiting, &host, port)?,
            port,
        ));
    };
    let Some(kind) = proxy.kind else {
        log!(Error, "SocksNegotiate, unknown kind of proxy");
        return Err(Kind::Proxy(0).into());
    };
    let target = Destination {
        // Other names are refused as unspeakable.
        host: str::from_utf8(&host).unwrap_or_default(),
        port,
    };
    Negotiation::with_name(kind, target, proxy.login.as_deref()).map_err(explain)
}

fn explain(refusal: Refusal) -> Cause<'static> {
    log!(Error, "SocksNegotiate, {refusal}");
    Kind::Proxy(refusal.status()).into()
}

/// What SOCKS4 can connect to.
fn ipv4(
    cx: Context<'_>,
    waiting: &Waiting<'_>,
    host: &[u8],
    port: u16,
) -> Result<Ipv4Addr, Cause<'static>> {
    let none = Cause::from(Kind::Resolve(libc::EAI_NONAME));
    // Why a name has no address is known by then.
    let addresses = resolve(cx, host, port, waiting).map_err(|_| none)?;
    let found = addresses.iter().find_map(|address| match address {
        SocketAddr::V4(address) => Some(*address.ip()),
        SocketAddr::V6(_) => None,
    });
    if found.is_none() {
        log!(
            Error,
            "SocksNegotiate, SOCKS4 needs an IPv4 address, and {} has none",
            Text(host)
        );
    }
    found.ok_or(none)
}

/// Negotiates on the bare socket; what is said there may hold a password. Gives the number of bytes received.
fn converse(
    cx: Context<'_>,
    waiting: &Waiting<'_>,
    mut negotiation: Negotiation,
    first: Vec<u8>,
) -> Result<i32, Cause<'static>> {
    let mut count: i32 = 0;
    let first = Zeroizing::new(first);
    let mut sent = wire::send_raw(cx, &first);
    loop {
        if let Err(error) = sent {
            error.report();
            return Err(Kind::Lost.by(error.number));
        }
        let missing = negotiation.missing();
        if missing == 0 {
            return Ok(count);
        }
        let mut bytes = vec![0; receive(cx, waiting, missing)?];
        cx.r.m_sb.take(&mut bytes);
        count = count.saturating_add(i32::try_from(bytes.len()).unwrap_or(0));
        let next = negotiation
            .feed(&bytes)
            .map(Zeroizing::new)
            .map_err(explain)?;
        sent = wire::send_raw(cx, &next);
    }
}

/// Receives at most `limit` bytes into the empty buffer; so many came. The whole negotiation has one deadline, however often
/// the proxy sends a little.
fn receive(cx: Context<'_>, waiting: &Waiting<'_>, limit: usize) -> Result<usize, Cause<'static>> {
    wait(cx.r, waiting).map_err(|error| {
        let kind = Kind::Proxy(0);
        waited(cx, kind, &error).tell();
        kind.by(errno::of(&error, libc::EIO))
    })?;
    match wire::fill_counted(cx, limit) {
        Received::Bytes(count) => Ok(count),
        Received::End => Err(Kind::Lost.into()),
        Received::TimedOut => Err(Kind::Timeout.by(libc::EAGAIN)),
        Received::Failed => Err(Kind::Lost.by(errno::last())),
    }
}

fn wait(r: &RTMP, waiting: &Waiting<'_>) -> io::Result<()> {
    let fd = r.m_sb.sb_socket.observe();
    let look =
        |step| socket::wait(fd, Readiness::Readable, Some(step)).map(|ready| ready.then_some(()));
    while waiting.wait(Duration::MAX, look)?.is_none() {}
    Ok(())
}
