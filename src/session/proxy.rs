//! The way through a proxy (spec 02 §5.1, §8.5): what is said on a bare socket before anything else.

use core::net::Ipv4Addr;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::abi::{Block, RTMP, RTMP_LNK};
use crate::net::deadline::Waiting;
use crate::net::resolve;
use crate::proto::proxy::{Destination, Kind, Negotiation, Proxy, parse};
use crate::proto::url::Port;
use crate::sys::log::{Text, log};
use crate::sys::socket::Readiness;
use crate::sys::{errno, socket};

use super::report;
use super::state::State;
use super::transport::{self, Received};

/// Makes the connection go through the proxy of a URL, `scheme://[user:password@]host[:port]`; false when `text` is none.
///
/// `Link.sockshost` becomes a copy of the whole URL, which is understood when connecting: there is no other field for
/// its parts. A scheme that is not known fails then; a proxy that was asked for is never passed by.
pub(super) fn set_up(link: &RTMP_LNK, text: &[u8]) -> bool {
    let Some(proxy) = parse(text) else {
        return false;
    };
    if proxy.port == Port::OutOfRange {
        log!(Warning, "Invalid port number!");
    }
    let default = proxy.kind.unwrap_or(Kind::Socks5).default_port();
    let port = match proxy.port {
        Port::Number(number) => number,
        Port::Default | Port::OutOfRange => default,
    };
    link.set_sockshost(Block::copy(text));
    link.socksport.set(port);
    log!(Debug, "Connecting via proxy: {}:{port}", Text(proxy.host));
    true
}

/// The name of the host that the socket is to be connected to, and its port: the proxy's, if there is one.
pub(super) fn first_hop(link: &RTMP_LNK) -> (Vec<u8>, u16) {
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
pub(super) fn resolve(
    r: &RTMP,
    host: &[u8],
    port: u16,
    waiting: &Waiting<'_>,
) -> Option<Vec<SocketAddr>> {
    let name = str::from_utf8(host).ok().filter(|name| !name.is_empty());
    let found = name.map(|name| resolve::resolve(name, port, waiting));
    if let Some(Ok(found)) = found {
        return Some(found);
    }
    log!(Error, "Problem accessing the DNS. (addr: {})", Text(host));
    let state = State::of(r);
    match found {
        Some(Err(resolve::Failure::Waiting(error))) => note(r, &error),
        Some(Err(resolve::Failure::Thread(error))) => {
            let number = errno::of(&error, libc::EAGAIN);
            let reason = errno::describe(number);
            log!(Error, "No thread to look up names: {reason}");
            let reason = format_args!("no thread to look up {}: {reason}", Text(host));
            report::broken(r, &state, number, reason);
        }
        _ => report::failed(&state, format_args!("{} has no address", Text(host))),
    }
    None
}

/// Leaves the reason why waiting ended where the program looks for it.
fn note(r: &RTMP, error: &io::Error) {
    let Some(number) = error.raw_os_error() else {
        return;
    };
    if number == libc::ETIMEDOUT {
        r.m_sb.sb_timedout.set(1);
    }
    report::broken(r, &State::of(r), number, errno::describe(number));
}

/// Makes the proxy connect the socket to the server, while `waiting` lasts. True when there is no proxy. A failure is
/// logged, and the socket stays open.
pub(super) fn pass(r: &RTMP, waiting: &Waiting<'_>) -> bool {
    if r.Link.socksport.get() == 0 {
        return true;
    }
    log!(Debug, "RTMP_Connect0 ... SOCKS negotiation");
    let text = Zeroizing::new(r.Link.sockshost.bytes().to_vec());
    let proxy = parse(&text);
    let counts = proxy
        .as_ref()
        .is_none_or(|proxy| matches!(proxy.kind, Some(Kind::Socks4 | Kind::Socks4a)));
    let done = begin(r, waiting, proxy).is_some_and(|(talk, first)| {
        let received = converse(r, waiting, talk, first);
        if counts && let Some(count) = received {
            // As in the original: the answer counts in what is acknowledged.
            r.m_nBytesIn.set(r.m_nBytesIn.get().wrapping_add(count));
        }
        received.is_some()
    });
    if !done {
        log!(Error, "RTMP_Connect0, SOCKS negotiation failed.");
    }
    done
}

/// The talk that the kind of proxy wants, and its first words.
fn begin(
    r: &RTMP,
    waiting: &Waiting<'_>,
    proxy: Option<Proxy<'_>>,
) -> Option<(Negotiation, Vec<u8>)> {
    let host = r.Link.hostname.bytes().to_vec();
    let port = r.Link.port.get();
    let Some(proxy) = proxy.filter(|proxy| proxy.kind != Some(Kind::Socks4)) else {
        return Some(Negotiation::with_address(ipv4(r, waiting, &host)?, port));
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
fn ipv4(r: &RTMP, waiting: &Waiting<'_>, host: &[u8]) -> Option<Ipv4Addr> {
    let addresses = resolve(r, host, r.Link.port.get(), waiting)?;
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

/// Runs the talk on the bare socket; what is said there may hold a password. Gives the number of bytes received, `None` when
/// it failed.
fn converse(r: &RTMP, waiting: &Waiting<'_>, mut talk: Negotiation, first: Vec<u8>) -> Option<i32> {
    let mut count: i32 = 0;
    let first = Zeroizing::new(first);
    let mut sent = transport::send_raw(&r.m_sb, &first);
    loop {
        if let Err(error) = sent {
            error.report();
            return None;
        }
        let missing = talk.missing();
        if missing == 0 {
            return Some(count);
        }
        let mut bytes = vec![0; receive(r, waiting, missing)?];
        r.m_sb.take(&mut bytes);
        count = count.saturating_add(i32::try_from(bytes.len()).unwrap_or(0));
        let next = talk
            .feed(&bytes)
            .inspect_err(|refusal| log!(Error, "SocksNegotiate, {refusal}"))
            .ok()
            .map(Zeroizing::new)?;
        sent = transport::send_raw(&r.m_sb, &next);
    }
}

/// Receives at most `limit` bytes into the empty buffer; so many came. The whole talk has one deadline, however often
/// the proxy sends a little.
fn receive(r: &RTMP, waiting: &Waiting<'_>, limit: usize) -> Option<usize> {
    wait(r, waiting).inspect_err(|error| note(r, error)).ok()?;
    match transport::fill(&r.m_sb, limit) {
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
