//! Filling `RTMP_LNK` before a connection is made: nothing here touches the network.
//!
//! Text stays the caller's: the link points into it. What the C allocator owns is said by the fields' contract.

mod options;
mod stream;
mod url;

pub use options::set_option;
pub use stream::{Stream, set_up_stream};
pub use url::{ParsedUrl, parse_playpath, parse_url, set_up_url};

use core::ffi::c_int;

use super::{feature, proxy};
use crate::abi::{AVal, Block, RTMP_LNK};
use crate::proto::proxy::{Bare, SOCKS_PORT, parse_bare};
use crate::proto::url::Port;
use crate::sys::log::{Text, log};

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
fn set_up_socks(link: &RTMP_LNK, option: &AVal) {
    link.mark_proxy(false);
    if option.is_empty() {
        link.set_sockshost(None);
        link.socksport.set(0);
        return;
    }
    // Others read it up to a NUL.
    let text = option
        .bytes()
        .split(|&byte| byte == 0)
        .next()
        .unwrap_or(&[]);
    if proxy::set_up(link, text) {
        return;
    }
    let proxy = parse_bare(text);
    let port = socks_port(&proxy);
    link.set_sockshost(Block::copy(proxy.host));
    link.socksport.set(port);
    log!(
        Debug,
        "Connecting via SOCKS proxy: {}:{port}",
        Text(link.sockshost.bytes())
    );
}

/// Understands the option when it was set behind the set-up functions.
pub(super) fn adopt_proxy(link: &RTMP_LNK) {
    if link.has_raw_proxy() {
        set_up_socks(link, &link.sockshost.clone());
    }
}

/// A proxy that was asked for is never passed by: what is no port counts as not given.
fn socks_port(proxy: &Bare<'_>) -> u16 {
    match proxy.port {
        Port::Number(number) => number,
        Port::Default if proxy.is_off => 0,
        Port::Default => SOCKS_PORT,
        Port::OutOfRange => {
            log!(Warning, "Invalid port number!");
            SOCKS_PORT
        }
    }
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
        let port = |text: &[u8]| socks_port(&parse_bare(text));
        assert_eq!(port(b"p:1081"), 1081);
        assert_eq!(port(b"p:0"), 0);
        for text in ["p:65536", "p:-1", "p:abc", "p:", "p", "[::1]", "::1:1080"] {
            assert_eq!(port(text.as_bytes()), SOCKS_PORT, "{text}");
        }
    }
}
