//! Filling `RTMP_LNK` before a connection is made: nothing here touches the network.
//!
//! Text stays the caller's: the link points into it. What the C allocator owns is said by the fields' contract.

mod options;
mod stream;
mod url;

pub use options::set_option;
pub use stream::{Stream, set_up_stream};
pub use url::{ParsedUrl, parse_playpath, parse_url, set_up_url};

use core::ffi::{c_int, c_ushort};

use super::{feature, proxy};
use crate::abi::{Argument, Block, RTMP_LNK};
use crate::proto::url::Port;
use crate::sys::log::{Text, log};

/// Port of a SOCKS proxy that is named without one.
const SOCKS_PORT: u16 = 1080;

/// The port of a protocol, given as feature bits.
fn default_port(protocol: c_int) -> u16 {
    if protocol & feature::SSL != 0 {
        443
    } else if protocol & feature::HTTP != 0 {
        80
    } else {
        1935
    }
}

/// Makes the connection go through `option`, `host[:port]` or a URL, or through none when it is empty (spec 02 §5.1).
/// The host, or the whole URL, becomes a copy.
fn set_up_socks(link: &RTMP_LNK, option: &Argument) {
    if option.counted().is_empty() {
        link.set_sockshost(None);
        link.socksport.set(0);
        return;
    }
    let text = option.text();
    if proxy::set_up(link, text) {
        return;
    }
    let (host, port) = match text.iter().position(|&byte| byte == b':') {
        Some(colon) => (
            text.get(..colon).unwrap_or(text),
            socks_port(text.get(colon.saturating_add(1)..).unwrap_or(&[])),
        ),
        None => (text, SOCKS_PORT),
    };
    let copy = Block::copy(host);
    link.set_sockshost(copy);
    link.socksport.set(port);
    log!(
        Debug,
        "Connecting via SOCKS proxy: {}:{port}",
        Text(link.sockshost.bytes())
    );
}

/// Port 0 means no proxy, as it always did; a number that is no port must not, so it counts as not given.
fn socks_port(text: &[u8]) -> c_ushort {
    let port = Port::read(text);
    if port == Port::OutOfRange {
        log!(Warning, "Invalid port number!");
        return SOCKS_PORT;
    }
    port.number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_follows_from_the_outermost_layer() {
        assert_eq!(default_port(feature::ENC), 1935);
        assert_eq!(default_port(feature::HTTP | feature::ENC), 80);
        assert_eq!(default_port(feature::HTTP | feature::SSL), 443);
        assert_eq!(default_port(feature::SSL | feature::WRITE), 443);
    }

    #[test]
    fn a_proxy_is_never_switched_off_by_a_bad_port() {
        assert_eq!(socks_port(b"1081"), 1081);
        assert_eq!(socks_port(b"0"), 0);
        assert_eq!(socks_port(b"65536"), SOCKS_PORT);
        assert_eq!(socks_port(b"-1"), SOCKS_PORT);
    }
}
