//! The proxy that options name (spec 02 §5.1).

use crate::abi::{AVal, Block, RTMP_LNK};
use crate::proto::proxy::{Bare, Kind, SOCKS_PORT, parse, parse_bare};
use crate::proto::url::Port;
use crate::sys::log::{Text, log};

/// Makes the connection go through `option`, `host[:port]` or a URL, or through none when it is empty (spec 02 §5.1).
/// The host, or the whole URL, becomes a copy.
pub(super) fn set_up_socks(link: &RTMP_LNK, option: &AVal) {
    link.mark_proxy(false);
    if option.is_empty() {
        link.set_sockshost(None);
        link.socksport.set(0);
        return;
    }
    // Other readers stop at a NUL.
    let text = option
        .bytes()
        .split(|&byte| byte == 0)
        .next()
        .unwrap_or(&[]);
    if set_up(link, text) {
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
pub(in crate::session) fn adopt_proxy(link: &RTMP_LNK) {
    if link.has_raw_proxy() {
        set_up_socks(link, &link.sockshost.clone());
    }
}

/// Makes the connection go through the proxy of a URL, `scheme://[user:password@]host[:port]`; false when `text` is none.
///
/// `Link.sockshost` becomes a copy of the whole URL, which is understood when connecting: there is no other field for
/// its parts. A scheme that is not known fails then; a proxy that was asked for is never passed by.
fn set_up(link: &RTMP_LNK, text: &[u8]) -> bool {
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
    fn a_proxy_is_never_switched_off_by_a_bad_port() {
        let port = |text: &[u8]| socks_port(&parse_bare(text));
        assert_eq!(port(b"p:1081"), 1081);
        assert_eq!(port(b"p:0"), 0);
        for text in ["p:65536", "p:-1", "p:abc", "p:", "p", "[::1]", "::1:1080"] {
            assert_eq!(port(text.as_bytes()), SOCKS_PORT, "{text}");
        }
    }
}
