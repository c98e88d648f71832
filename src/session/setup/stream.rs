//! `RTMP_SetupStream` (spec 02 §5).

use core::ffi::{c_int, c_long, c_uint};
use core::fmt;

use crate::abi::{
    AVal, RTMP, RTMP_LF_AUTH, RTMP_LF_LIVE, RTMP_LNK, RTMP_SWF_HASHLEN, default_flash_version,
};
use crate::proto::url::{SCHEMES, default_port};
use crate::proto::userinfo::without_login;
use crate::sys::log::{self, Level, Text, log};

use super::proxy::set_up_socks;

/// The arguments of `RTMP_SetupStream`. Optional text is `None` for NULL; text stays the caller's.
pub struct Stream<'a> {
    /// Feature bits.
    pub protocol: c_int,
    /// Server.
    pub hostname: &'a AVal,
    /// Its port; 0: the protocol's own.
    pub port: c_uint,
    /// Proxy, `host[:port]`; empty: none.
    pub sockshost: &'a AVal,
    /// Play path.
    pub playpath: &'a AVal,
    /// URL of server and application.
    pub tc_url: Option<&'a AVal>,
    /// URL of the player.
    pub swf_url: Option<&'a AVal>,
    /// URL of the page with the player.
    pub page_url: Option<&'a AVal>,
    /// Application.
    pub app: Option<&'a AVal>,
    /// String sent after the connect object.
    pub auth: Option<&'a AVal>,
    /// The 32 bytes of the player's hash.
    pub swf_hash: Option<&'a AVal>,
    /// Size of the player; 0: no verification.
    pub swf_size: u32,
    /// Version of the Flash player.
    pub flash_version: Option<&'a AVal>,
    /// Name for FCSubscribe.
    pub subscribe_path: Option<&'a AVal>,
    /// Token for NetStream.Authenticate.UsherToken.
    pub usher_token: Option<&'a AVal>,
    /// Where to start, ms.
    pub start: c_int,
    /// Where to stop, ms.
    pub stop: c_int,
    /// The stream is live.
    pub live: bool,
    /// Network timeout, seconds.
    pub timeout: c_long,
}

/// Prepares the handle for a stream. Text that is missing or empty leaves what is there, but for `flashVer`, which
/// gets its default.
pub fn set_up_stream(r: &RTMP, stream: &Stream<'_>) {
    log_stream(stream);
    let link = &r.Link;
    set_swf(link, stream);
    set_up_socks(link, stream.sockshost);
    if let Some(tc_url) = given(stream.tc_url) {
        link.free_tc_url();
        link.tcUrl.set(tc_url);
    }
    if let Some(app) = given(stream.app) {
        link.free_app();
        link.app.set(app);
    }
    if let Some(auth) = given(stream.auth) {
        link.auth.set(auth);
        link.raise(RTMP_LF_AUTH);
    }
    for (field, value) in [
        (&link.swfUrl, stream.swf_url),
        (&link.pageUrl, stream.page_url),
        (&link.subscribepath, stream.subscribe_path),
        (&link.usherToken, stream.usher_token),
    ] {
        if let Some(value) = given(value) {
            field.set(value);
        }
    }
    match given(stream.flash_version) {
        Some(version) => link.flashVer.set(version),
        None => link.flashVer.set(&default_flash_version()),
    }
    link.seekTime.set(stream.start);
    link.stopTime.set(stream.stop);
    if stream.live {
        link.raise(RTMP_LF_LIVE);
    }
    link.timeout.set(low_half(stream.timeout));
    link.protocol.set(stream.protocol);
    link.hostname.set(stream.hostname);
    link.port.set(port(stream));
    link.playpath.set(stream.playpath);
}

fn given(text: Option<&AVal>) -> Option<&AVal> {
    text.filter(|text| !text.is_empty())
}

fn set_swf(link: &RTMP_LNK, stream: &Stream<'_>) {
    let Some(hash) = wanted_hash(stream) else {
        if let Some(hash) = stream.swf_hash.filter(|_| stream.swf_size > 0) {
            log!(
                Error,
                "The player's hash has {} bytes, not {RTMP_SWF_HASHLEN}",
                hash.len()
            );
        }
        link.SWFSize.set(0);
        return;
    };
    for (place, byte) in link.SWFHash.iter().zip(hash.bytes()) {
        place.set(*byte);
    }
    link.SWFSize.set(stream.swf_size);
}

fn wanted_hash<'a>(stream: &Stream<'a>) -> Option<&'a AVal> {
    let hash = stream.swf_hash.filter(|_| stream.swf_size > 0)?;
    (hash.len() >= RTMP_SWF_HASHLEN).then_some(hash)
}

fn port(stream: &Stream<'_>) -> u16 {
    let port = u16::try_from(stream.port).unwrap_or_else(|_| {
        log!(Warning, "Invalid port number!");
        0
    });
    if port == 0 {
        default_port(stream.protocol)
    } else {
        port
    }
}

fn low_half(value: c_long) -> c_int {
    let [a, b, c, d, ..] = value.to_le_bytes();
    c_int::from_le_bytes([a, b, c, d])
}

fn log_stream(stream: &Stream<'_>) {
    if !log::enabled(Level::Debug) {
        return;
    }
    let scheme = usize::try_from(stream.protocol & 7)
        .ok()
        .and_then(|number| SCHEMES.get(number))
        .map_or_else(String::new, |scheme| scheme.to_ascii_uppercase());
    log!(Debug, "Protocol : {scheme}");
    log!(Debug, "Hostname : {}", Text(stream.hostname.bytes()));
    log!(Debug, "Port     : {}", stream.port.cast_signed());
    log!(Debug, "Playpath : {}", OrNull(stream.playpath));
    for (label, value) in [
        ("tcUrl    ", stream.tc_url),
        ("swfUrl   ", stream.swf_url),
        ("pageUrl  ", stream.page_url),
        ("app      ", stream.app),
        ("auth     ", stream.auth),
        ("subscribepath ", stream.subscribe_path),
        ("NetStream.Authenticate.UsherToken ", stream.usher_token),
        ("flashVer ", stream.flash_version),
    ] {
        if let Some(value) = value.filter(|value| !value.start().is_null()) {
            log!(Debug, "{label}: {}", Text(&without_login(value.bytes())));
        }
    }
    if stream.start > 0 {
        log!(Debug, "StartTime     : {} msec", stream.start);
    }
    if stream.stop > 0 {
        log!(Debug, "StopTime      : {} msec", stream.stop);
    }
    log!(
        Debug,
        "live     : {}",
        if stream.live { "yes" } else { "no" }
    );
    log!(Debug, "timeout  : {} sec", stream.timeout);
    if let Some(hash) = wanted_hash(stream) {
        log!(Debug, "SWFSHA256:");
        let bytes = hash.bytes();
        log::hex(Level::Debug, bytes.get(..RTMP_SWF_HASHLEN).unwrap_or(bytes));
        log!(Debug, "SWFSize  : {}", stream.swf_size);
    }
}

/// Text for a line of the log; NULL is shown as C shows it.
struct OrNull<'a>(&'a AVal);

impl fmt::Display for OrNull<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.start().is_null() {
            f.write_str("(null)")
        } else {
            Text(self.0.bytes()).fmt(f)
        }
    }
}
