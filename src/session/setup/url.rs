//! `RTMP_ParseURL`, `RTMP_ParsePlaypath` and `RTMP_SetupURL` (spec 02 §2, §3, §7).

use core::ffi::c_int;
use core::ops::Range;
use std::borrow::Cow;

use crate::abi::{AVal, Block, CText, LONGEST_LOGIN, Origin, RTMP, RTMP_LF_FTCU, RTMP_LNK};
use crate::proto::bytes::joined;
use crate::proto::options::value;
use crate::proto::playpath::LONGEST_PREFIX;
use crate::proto::url::{NotUrl, Port, SCHEMES, Url, default_port};
use crate::proto::userinfo::Login;
use crate::proto::{playpath, scan, url};
use crate::session::state::State;
use crate::session::state::failure::told;
use crate::session::{feature, swf};
use crate::syntax::host_parts;
use crate::sys::log::{Text, log};

use super::options::set_option;
use super::proxy::set_up_socks;

/// What `RTMP_ParseURL` stores.
pub struct ParsedUrl {
    /// False when the text is no URL.
    pub complete: bool,
    /// Protocol number; 0 for an unknown scheme.
    pub protocol: c_int,
    /// Who connects, if the URL says so.
    pub login: Option<Box<Login>>,
    /// The host, a part of the URL; `None` when parsing ended before it, empty when it is too long.
    pub host: Option<AVal>,
    /// The port; 0 when there is no usable one.
    pub port: u16,
    /// The application, a part of the URL.
    pub app: AVal,
    /// The play path, from the C allocator: where it is stored, it is owned.
    pub playpath: AVal,
}

/// Finds the parts of `text`.
pub fn parse_url(text: &AVal) -> ParsedUrl {
    log!(Debug, "Parsing...");
    match url::parse(text.bytes()) {
        Ok(parts) => accepted(text, parts),
        Err(NotUrl::NoScheme) => {
            log!(Error, "RTMP URL: No :// in url!");
            refused(0)
        }
        Err(NotUrl::NoHost { protocol }) => {
            let protocol = logged_protocol(protocol);
            log!(Warning, "No hostname in URL!");
            refused(protocol)
        }
    }
}

fn refused(protocol: c_int) -> ParsedUrl {
    ParsedUrl {
        complete: false,
        protocol,
        login: None,
        host: None,
        port: 0,
        app: AVal::empty(),
        playpath: AVal::empty(),
    }
}

fn accepted(text: &AVal, parts: Url) -> ParsedUrl {
    let protocol = logged_protocol(parts.protocol);
    let host = parts
        .host
        .map_or_else(AVal::empty, |range| text.slice(range));
    if host.start().is_null() {
        log!(Warning, "Hostname exceeds 255 characters!");
    } else {
        log!(Debug, "Parsed host    : {}", Text(host.bytes()));
    }
    if parts.port == Port::OutOfRange {
        log!(Warning, "Invalid port number!");
    }
    let mut parsed = ParsedUrl {
        complete: true,
        login: parts.login,
        host: Some(host),
        port: parts.port.number(),
        ..refused(protocol)
    };
    let Some(path) = parts.path else {
        log!(Warning, "No application or playpath in URL!");
        return parsed;
    };
    parsed.app = text.slice(path.app);
    log!(Debug, "Parsed app     : {}", Text(parsed.app.bytes()));
    if let Some(range) = path.playpath {
        let rest = text.bytes().get(range).unwrap_or(&[]);
        parsed.playpath = derived(rest);
    }
    parsed
}

fn logged_protocol(protocol: Option<u8>) -> c_int {
    match protocol {
        Some(protocol) => log!(Debug, "Parsed protocol: {protocol}"),
        None => log!(Warning, "Unknown protocol!\n"),
    }
    protocol.unwrap_or(0).into()
}

/// Makes `place` a copy from the C allocator; it stays empty without memory.
fn own(place: &AVal, bytes: &[u8]) {
    if let Some(block) = Block::copy(bytes) {
        place.set_owned(block);
    }
}

/// Derives a play path from the path of a URL (`RTMP_ParsePlaypath`): a copy from the C allocator, empty without memory.
pub fn parse_playpath(path: &AVal) -> AVal {
    derived(path.bytes())
}

/// The play path that `text` stands for, from the C allocator; empty without memory.
fn derived(text: &[u8]) -> AVal {
    let place = AVal::empty();
    if let Some(mut block) = Block::with_room(text.len().saturating_add(LONGEST_PREFIX)) {
        playpath::derive(text, &mut |part| block.append(part));
        place.set_owned(block);
    }
    place
}

/// Prepares the handle for a URL and the options behind it (`RTMP_SetupURL`). The text is only written to when it has
/// a blank.
pub fn set_up_url(r: &RTMP, mut text: CText) -> bool {
    let link = &r.Link;
    forget_previous(r);
    let end = scan::position(text.bytes(), b' ', 0).unwrap_or(text.len());
    let options = clear_blanks(&mut text, end);
    let url = text.cut(0..end);
    let parsed = parse_url(&url);
    link.protocol.set(parsed.protocol);
    if let Some(host) = &parsed.host {
        link.hostname.set(host);
    }
    link.app.set(&parsed.app);
    link.playpath0.set(&parsed.playpath);
    if !parsed.complete {
        return false;
    }
    link.port.set(parsed.port);
    if let Some(login) = &parsed.login {
        set_login(link, login);
    }
    link.playpath.set(&link.playpath0);
    if !apply_options(r, &mut text, options) {
        return false;
    }
    if link.tcUrl.is_empty() {
        derive_tc_url(link, &text, &url, parsed.login.is_some());
    }
    if !told(swf::prepare(r)) {
        return false;
    }
    set_up_socks(link, &link.sockshost.clone());
    if link.port.get() == 0 {
        link.port.set(default_port(link.protocol.get()));
    }
    true
}

/// A URL without a password leaves the one that the program has set.
fn set_login(link: &RTMP_LNK, login: &Login) {
    if !link.set_login(&login.user, login.password.as_deref()) {
        log!(
            Warning,
            "User or password of the URL exceed {LONGEST_LOGIN} bytes, ignored"
        );
    }
}

/// Frees or forgets what an earlier call derived from its URL, which may be gone.
fn forget_previous(r: &RTMP) {
    let link = &r.Link;
    if let Some(state) = r.private_if_any::<State>() {
        state.come_back(r);
    }
    r.forget_options_of_url();
    if is_part_of_old_url(link) {
        link.tcUrl.clear();
    } else if link.has(RTMP_LF_FTCU) && is_built_from_old_url(link) {
        link.free_tc_url();
    }
    link.free_app();
    link.free_playpath0();
}

/// A `tcUrl` of a program does not contain the place of the host, nor end where the application ends. Only addresses
/// are compared: the old text may be gone.
fn is_part_of_old_url(link: &RTMP_LNK) -> bool {
    let [tc_url, host, app] = [&link.tcUrl, &link.hostname, &link.app].map(span);
    let around_host = tc_url.start < host.start && host.end <= tc_url.end;
    let has_app = !app.is_empty() && tc_url.contains(&app.start);
    around_host && (!has_app || app.end == tc_url.end)
}

fn span(text: &AVal) -> Range<usize> {
    let start = text.start().addr();
    start..start.saturating_add(text.len())
}

/// A `tcUrl` in a block of its own that has the shape given to it by [`derive_tc_url`]. The old host and application
/// may be gone, so that only their lengths are compared.
fn is_built_from_old_url(link: &RTMP_LNK) -> bool {
    let text = link.tcUrl.bytes();
    let scheme = scheme(link.protocol.get()).len().saturating_add(3);
    let plain = scheme.saturating_add(link.hostname.len());
    let middle = format!(":{}/", link.port.get());
    // Two brackets more for an IPv6 address.
    [plain, plain.saturating_add(2)].into_iter().any(|end| {
        let rest = text
            .get(end..)
            .and_then(|rest| rest.strip_prefix(middle.as_bytes()));
        rest.is_some_and(|app| app.len() == link.app.len())
    })
}

/// Applies the options that begin at `first`; the text between them becomes NULs. False at the first bad one.
fn apply_options(r: &RTMP, text: &mut CText, first: usize) -> bool {
    let mut next = first;
    while let Some(equals) = scan::position(text.bytes(), b'=', next) {
        let name = text.cut(next..equals);
        let start = equals.saturating_add(1);
        let end = scan::position(text.bytes(), b' ', start).unwrap_or(text.len());
        next = clear_blanks(text, end);
        let Some(plain_end) = unescape(text, start..end) else {
            return false;
        };
        let value = text.cut(start..plain_end);
        if !set_option(r, &name, &value, Origin::Url) {
            return false;
        }
    }
    true
}

/// Turns the blanks at `from` into NULs. Returns what follows them.
fn clear_blanks(text: &mut CText, from: usize) -> usize {
    let mut at = from;
    while text.bytes().get(at) == Some(&b' ') {
        text.set(at, 0);
        at = at.saturating_add(1);
    }
    at
}

/// Decodes a value in its place. Returns where it ends now, `None` when an escape is cut off.
fn unescape(text: &mut CText, value: Range<usize>) -> Option<usize> {
    let Cow::Owned(plain) = value::unescape(text.bytes().get(value.clone())?)? else {
        return Some(value.end);
    };
    let end = value.start.saturating_add(plain.len());
    for (at, byte) in (value.start..end).zip(plain) {
        text.set(at, byte);
    }
    Some(end)
}

/// Derives `tcUrl`: the URL up to the end of its application, or built anew when an option named another application, or
/// when the URL has a login, which is not the server's to see in clear text.
fn derive_tc_url(link: &RTMP_LNK, text: &CText, url: &AVal, has_login: bool) {
    if has_login {
        return build_tc_url(link);
    }
    if link.app.is_empty() {
        link.tcUrl.set(url);
        return;
    }
    match text.offset_of(&link.app) {
        Some(offset) if offset < url.len() => {
            link.tcUrl
                .set(&text.slice(0..offset.saturating_add(link.app.len())));
        }
        _ => build_tc_url(link),
    }
}

fn build_tc_url(link: &RTMP_LNK) {
    own(&link.tcUrl, &built_tc_url(link).unwrap_or_default());
    if !link.tcUrl.is_empty() {
        link.raise(RTMP_LF_FTCU);
    }
}

/// `scheme://host:port/app`. An IPv6 address gets its brackets back. `None` without memory.
fn built_tc_url(link: &RTMP_LNK) -> Option<Vec<u8>> {
    let port = match link.port.get() {
        0 => default_port(link.protocol.get()),
        port => port,
    };
    let [open, host, close] = host_parts(link.hostname.bytes());
    let scheme = scheme(link.protocol.get());
    let port = format!(":{port}/");
    joined(&[
        scheme.as_bytes(),
        b"://",
        open,
        host,
        close,
        port.as_bytes(),
        link.app.bytes(),
    ])
}

/// The scheme of a protocol number, whatever other feature bits there are.
fn scheme(protocol: c_int) -> &'static str {
    usize::try_from(protocol & !feature::WRITE)
        .ok()
        .and_then(|number| SCHEMES.get(number).copied())
        .unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_parts_keep_their_place() {
        let text = AVal::literal(b"rtmp:///");
        let parsed = parse_url(&text);
        let places = [parsed.host.unwrap(), parsed.app].map(|part| part.start().addr());
        assert_eq!(places, [7, 8].map(|offset| text.start().addr() + offset));
        assert!(parsed.playpath.start().is_null());
    }

    #[test]
    fn schemes_do_not_depend_on_publishing() {
        assert_eq!(scheme(3 | feature::WRITE), "rtmpte");
        assert_eq!(scheme(8), "rtmfp");
        assert_eq!(scheme(-1), "");
    }
}
