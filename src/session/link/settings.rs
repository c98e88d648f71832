//! What the options of a handle say about its connection, and `RTMP_Configure`, which counts before them: where it goes, how
//! long its calls may wait, how far sends run ahead of the network, how it ends, and which certificates it trusts.
//!
//! Programs set `Link.timeout` to a second or two to notice a stream that stands still. It bounds receiving. A name server
//! that is dead, a SYN that is lost, or a network that stands still while a program publishes, needs longer to be got over:
//! there it counts only where it is long. Programs that want less say so by options.

use core::ffi::{CStr, c_int};
use core::time::Duration;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::abi::{
    OptionName, RTMP, RTMP_CONFIG, RTMP_CONFIG_NAGLE, RTMP_CONFIG_QUIET, RTMP_CONFIG_RESET,
};
use crate::net::connect::Plan;
use crate::net::trust::Trust;
use crate::session::link::cancel;
use crate::sys::log::log;
use crate::sys::socket;

/// Time for the second name server, and for three lost SYNs.
const LEAST_TO_CONNECT: Duration = Duration::from_secs(10);
/// Time in which TCP gets over a network that stood still for some seconds.
pub(in crate::session) const LEAST_TO_SEND: Duration = Duration::from_secs(15);

/// For looking up names, connecting and the negotiation with a proxy, together; `None`: no limit.
pub(in crate::session) fn connecting(r: &RTMP) -> Option<Duration> {
    limit(r, OptionName::ConnectTimeout, LEAST_TO_CONNECT)
}

/// For a send of which the peer takes nothing; `None`: no limit.
pub(in crate::session) fn sending(r: &RTMP) -> Option<Duration> {
    limit(r, OptionName::SendTimeout, LEAST_TO_SEND)
}

/// For one thing that is to be received; `None`: no limit.
pub(in crate::session) fn receiving(r: &RTMP) -> Option<Duration> {
    limit(r, OptionName::ReceiveTimeout, Duration::ZERO)
}

fn limit(r: &RTMP, name: OptionName, least: Duration) -> Option<Duration> {
    either(wish(r, name), r.Link.timeout.get(), least)
}

/// The number that the program has set: in its block, where 0 says nothing, else by an option.
fn wish(r: &RTMP, name: OptionName) -> Option<c_int> {
    let configured = r.config().map_or(0, |config| match name {
        OptionName::ConnectTimeout => config.connectTimeout,
        OptionName::SendTimeout => config.sendTimeout,
        OptionName::ReceiveTimeout => config.receiveTimeout,
        OptionName::Family => config.family,
        OptionName::SendBuffer => config.sendBuffer,
        _ => 0,
    });
    match configured {
        0 => r.number_option(name),
        number => Some(number),
    }
}

/// How the program wants sockets to be made; each is shown to `may_use`.
pub(in crate::session) fn plan<'a>(r: &RTMP, may_use: &'a dyn Fn(c_int) -> bool) -> Plan<'a> {
    Plan {
        from: None,
        is_ipv4: is_ipv4(r),
        send_buffer: send_buffer(r),
        has_nagle: has_nagle(r),
        prepare: may_use,
    }
}

/// Whether addresses have to be of IPv4, or of IPv6; `None`: of either.
fn is_ipv4(r: &RTMP) -> Option<bool> {
    let family = wish(r, OptionName::Family).filter(|&family| family != 0);
    family.map(|family| family == 4)
}

/// Bytes of a socket's buffer for sends; `None`: as many as the system wants.
fn send_buffer(r: &RTMP) -> Option<usize> {
    let bytes = usize::try_from(wish(r, OptionName::SendBuffer)?).ok();
    bytes.filter(|&bytes| bytes > 0)
}

/// Whether the program has set `flag` in its block, or the option.
fn is_on(r: &RTMP, flag: u32, name: OptionName) -> bool {
    r.config().is_some_and(|config| config.has(flag)) || r.is_on(name)
}

/// Whether Nagle's algorithm stays on.
fn has_nagle(r: &RTMP) -> bool {
    is_on(r, RTMP_CONFIG_NAGLE, OptionName::Nagle)
}

/// Whether the server is told nothing when a connection ends.
pub(in crate::session) fn is_quiet(r: &RTMP) -> bool {
    is_on(r, RTMP_CONFIG_QUIET, OptionName::Quiet)
}

/// Where to connect to in place of the URL's host, as the program has written it.
pub(in crate::session) fn connect_to(r: &RTMP) -> Option<Vec<u8>> {
    let config = r.config();
    let configured = config.as_ref().and_then(RTMP_CONFIG::connect_to);
    let text = configured.map(CStr::to_bytes);
    let text = text.or_else(|| r.text_option(OptionName::ConnectTo));
    text.map(<[u8]>::to_vec)
}

/// The milliseconds of an option, else the seconds of `Link.timeout` but `least`; 0 or less: no limit.
fn either(millis: Option<c_int>, seconds: c_int, least: Duration) -> Option<Duration> {
    let positive = |number: c_int| u64::try_from(number).ok().filter(|&number| number > 0);
    match millis {
        Some(millis) => positive(millis).map(Duration::from_millis),
        None => positive(seconds).map(|seconds| Duration::from_secs(seconds).max(least)),
    }
}

/// Bounds receives and sends on a socket that the library has made.
pub(in crate::session) fn on_own_socket(r: &RTMP) {
    let (fd, seconds) = (r.m_sb.sb_socket.observe(), r.Link.timeout.get());
    let is_bounded = if wish(r, OptionName::ReceiveTimeout).is_some() {
        socket::set_receive_limit(fd, receiving(r))
    } else {
        // As in the original: a negative number does not wait at all.
        socket::set_receive_timeout(fd, seconds)
    };
    if is_bounded.is_err() {
        log!(
            Error,
            "RTMP_Connect0, Setting socket timeout to {seconds}s failed!"
        );
    }
    bound_sends(r);
    bound_queue(r);
}

/// Bounds sends on a socket of the program, and receives if an option says so. Limits that the program has given to the
/// socket stay.
pub(in crate::session) fn on_socket_of_program(r: &RTMP) {
    let fd = r.m_sb.sb_socket.observe();
    let is_wished = wish(r, OptionName::ReceiveTimeout).is_some();
    if is_wished && socket::receive_timeout(fd).is_none() {
        // What is no socket fails when it is used.
        let _ = socket::set_receive_limit(fd, receiving(r));
    }
    if socket::send_timeout(fd).is_none() {
        bound_sends(r);
    }
    if socket::unsent_limit(fd).is_none() {
        bound_queue(r);
    }
}

fn bound_sends(r: &RTMP) {
    if let Some(limit) = sending(r) {
        // As above.
        let _ = socket::set_send_timeout(r.m_sb.sb_socket.observe(), limit);
    }
}

/// What waits in the system grows old there: a program that publishes live rather waits itself, and can leave out pictures.
fn bound_queue(r: &RTMP) {
    if let Some(bytes) = r.number_option(OptionName::SendAhead) {
        // As above. Not every system can.
        let _ = socket::set_unsent_limit(r.m_sb.sb_socket.observe(), bytes);
    }
}

/// A message could not be sent, the program's or an answer to the server: that one is to learn it at once where the program wants
/// it. A goodbye is no such message: it is given a moment only, and what was sent before it may still get there.
pub(in crate::session) fn on_failed_send(r: &RTMP) {
    if is_on(r, RTMP_CONFIG_RESET, OptionName::Reset) {
        cancel::visit(r, socket::set_reset);
    }
}

/// Whose certificates TLS accepts: what the options say, else the environment.
pub(in crate::session) fn trust(r: &RTMP) -> Trust {
    let file = r.text_option(OptionName::TlsCaFile);
    let file = file.map(|path| OsString::from_vec(path.to_vec()).into());
    Trust::new(r.certificate_demand(), file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(option: Option<c_int>, timeout: c_int, least: Duration) -> u128 {
        either(option, timeout, least).map_or(0, |limit| limit.as_millis())
    }

    #[test]
    fn a_short_timeout_bounds_receiving_alone() {
        for (timeout, limits) in [
            (1, [10_000, 15_000, 1000]),
            (12, [12_000, 15_000, 12_000]),
            (30, [30_000; 3]),
            (0, [0; 3]),
            (-1, [0; 3]),
        ] {
            let least = [LEAST_TO_CONNECT, LEAST_TO_SEND, Duration::ZERO];
            assert_eq!(least.map(|least| millis(None, timeout, least)), limits);
        }
    }

    #[test]
    fn an_option_says_what_it_says() {
        for timeout in [-1, 0, 1, 30] {
            assert_eq!(millis(Some(7), timeout, LEAST_TO_CONNECT), 7);
            assert_eq!(millis(Some(0), timeout, LEAST_TO_CONNECT), 0);
        }
    }
}
