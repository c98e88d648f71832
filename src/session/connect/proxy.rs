//! The way through a proxy (spec 02 §5.1, §8.5): what is said on a bare socket before anything else.

use core::net::Ipv4Addr;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::abi::{RTMP, RTMP_LNK};
use crate::net::deadline::Waiting;
use crate::net::resolve::{self, ResolveError};
use crate::proto::proxy::{Destination, Kind, Negotiation, Proxy, parse};
use crate::sys::log::{Text, log};
use crate::sys::socket::Readiness;
use crate::sys::{errno, socket};

use crate::session::link::plain::Received;
use crate::session::link::wire;
use crate::session::state::Context;
use crate::session::state::failure::Failure;

/// The name of the host that the socket is to be connected to, and its port: the proxy's, if there is one.
pub(in crate::session) fn first_hop(link: &RTMP_LNK) -> (Vec<u8>, u16) {
    match link.socksport.get() {
        0 => (link.hostname.bytes().to_vec(), link.port.get()),
        port => {
            let text = link.sockshost.bytes();
            let host = parse(text).map_or(text, |proxy| proxy.host);
            (host.to_vec(), port)
        }
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
        Some(Err(ResolveError::Waiting(error))) => waited(cx, &error),
        Some(Err(ResolveError::Thread(error))) => {
            let number = errno::of(&error, libc::EAGAIN);
            let reason = errno::describe(number);
            log!(Error, "No thread to look up names: {reason}");
            let reason = format_args!("no thread to look up {}: {reason}", Text(host));
            cx.break_off(number, reason)
        }
        _ => cx.fail(format_args!("{} has no address", Text(host))),
    })
}

/// Waiting has ended with an error.
fn waited(cx: Context<'_>, error: &io::Error) -> Failure {
    let Some(number) = error.raw_os_error() else {
        return Failure::here();
    };
    if number == libc::ETIMEDOUT {
        cx.r.m_sb.sb_timedout.set(1);
    }
    cx.break_off(number, errno::describe(number))
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
        .is_none_or(|proxy| matches!(proxy.kind, Some(Kind::Socks4 | Kind::Socks4a)));
    let (negotiation, first) = begin(cx, waiting, proxy).ok_or_else(|| refused(cx))?;
    let count = converse(cx, waiting, negotiation, first).ok_or_else(|| refused(cx))?;
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
fn refused(cx: Context<'_>) -> Failure {
    let number = errno::last();
    log!(Error, "RTMP_Connect0, SOCKS negotiation failed.");
    cx.break_off(number, "it makes no connection")
}

/// The negotiation that the kind of proxy wants, and its first words.
fn begin(
    cx: Context<'_>,
    waiting: &Waiting<'_>,
    proxy: Option<Proxy<'_>>,
) -> Option<(Negotiation, Vec<u8>)> {
    let host = cx.r.Link.hostname.bytes().to_vec();
    let port = cx.r.Link.port.get();
    let Some(proxy) = proxy.filter(|proxy| proxy.kind != Some(Kind::Socks4)) else {
        return Some(Negotiation::with_address(ipv4(cx, waiting, &host)?, port));
    };
    let Some(kind) = proxy.kind else {
        log!(Error, "SocksNegotiate, unknown kind of proxy");
        return None;
    };
    let target = Destination {
        // Other names are refused as unspeakable.
        host: str::from_utf8(&host).unwrap_or_default(),
        port,
    };
    Negotiation::with_name(kind, target, proxy.login.as_deref())
        .inspect_err(|refusal| log!(Error, "SocksNegotiate, {refusal}"))
        .ok()
}

/// What SOCKS4 can connect to.
fn ipv4(cx: Context<'_>, waiting: &Waiting<'_>, host: &[u8]) -> Option<Ipv4Addr> {
    let addresses = resolve(cx, host, cx.r.Link.port.get(), waiting).ok()?;
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
    found
}

/// Negotiates on the bare socket; what is said there may hold a password. Gives the number of bytes received, `None` when
/// it failed.
fn converse(
    cx: Context<'_>,
    waiting: &Waiting<'_>,
    mut negotiation: Negotiation,
    first: Vec<u8>,
) -> Option<i32> {
    let mut count: i32 = 0;
    let first = Zeroizing::new(first);
    let mut sent = wire::send_raw(cx, &first);
    loop {
        if let Err(error) = sent {
            error.report();
            return None;
        }
        let missing = negotiation.missing();
        if missing == 0 {
            return Some(count);
        }
        let mut bytes = vec![0; receive(cx, waiting, missing)?];
        cx.r.m_sb.take(&mut bytes);
        count = count.saturating_add(i32::try_from(bytes.len()).unwrap_or(0));
        let next = negotiation
            .feed(&bytes)
            .inspect_err(|refusal| log!(Error, "SocksNegotiate, {refusal}"))
            .ok()
            .map(Zeroizing::new)?;
        sent = wire::send_raw(cx, &next);
    }
}

/// Receives at most `limit` bytes into the empty buffer; so many came. The whole negotiation has one deadline, however often
/// the proxy sends a little.
fn receive(cx: Context<'_>, waiting: &Waiting<'_>, limit: usize) -> Option<usize> {
    wait(cx.r, waiting)
        .map_err(|error| waited(cx, &error).tell())
        .ok()?;
    match wire::fill_counted(cx, limit) {
        Received::Bytes(count) => Some(count),
        Received::End | Received::TimedOut | Received::Failed => None,
    }
}

fn wait(r: &RTMP, waiting: &Waiting<'_>) -> io::Result<()> {
    let fd = r.m_sb.sb_socket.observe();
    let look =
        |step| socket::wait(fd, Readiness::Readable, Some(step)).map(|ready| ready.then_some(()));
    while waiting.wait(Duration::MAX, look)?.is_none() {}
    Ok(())
}
