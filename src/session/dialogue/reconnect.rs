//! A server asks its client to connect anew (spec 09 §10): the request is understood here, and followed or not elsewhere.

use crate::abi::{AMFObjectProperty, RTMP, RTMP_LF_FAPU};
use crate::proto::auth::without_introduction;
use crate::proto::reconnect::{Current, Mode, Refusal, Target, resolve};
use crate::proto::url::default_port;
use crate::proto::userinfo::without_login;
use crate::session::amf;
use crate::session::feature;
use crate::session::state::Context;
use crate::session::state::reason;
use crate::session::state::reconnect::{Request, mode};
use crate::sys::log::{Text, log};

/// The code of the status that asks.
pub(super) const REQUEST: &[u8] = b"NetConnection.Connect.ReconnectRequest";

/// Whether requests mean anything to anybody.
pub(super) fn is_heard(r: &RTMP) -> bool {
    mode(r) != Mode::Ignore
}

/// Whether `tc_url` may have a user and password, which are not for the log.
pub(super) fn has_login(r: &RTMP, tc_url: Option<&AMFObjectProperty>) -> bool {
    is_heard(r) && tc_url.is_some_and(|url| amf::text_of(url).bytes().contains(&b'@'))
}

/// Remembers a request of this level, to `tc_url`, of which there may be none.
pub(super) fn asked(
    cx: Context<'_>,
    level: &[u8],
    tc_url: Option<&AMFObjectProperty>,
    description: &[u8],
) {
    if !level.eq_ignore_ascii_case(b"status") {
        log!(
            Warning,
            "reconnect request of level \"{}\" ignored",
            Text(level)
        );
        return;
    }
    let request = Request {
        target: target(cx.r, tc_url),
        description: reason::words(&Text(description)).unwrap_or_default().into(),
    };
    // The line may be read by code that looks for the request.
    let place = request.target.as_ref().map(|target| place(&target.url));
    let place = place.map_err(|refusal| *refusal);
    let words = request.description.clone();
    cx.state.reconnect().ask(request);
    let colon = if words.is_empty() { "" } else { ": " };
    match place {
        Ok(place) => log!(
            Info,
            "server asks to reconnect to {}{colon}{}",
            Text(&place),
            Text(&words)
        ),
        Err(refusal) => log!(
            Warning,
            "server asks to reconnect, refused: {refusal}{colon}{}",
            Text(&words)
        ),
    }
}

/// A URL for the log: what is behind the application may be somebody's ticket.
fn place(url: &[u8]) -> Vec<u8> {
    let url = without_login(url);
    let end = url.iter().position(|&byte| byte == b'?');
    url.get(..end.unwrap_or(url.len())).unwrap_or(&[]).into()
}

/// Null and undefined, which decodes to it, are nothing.
fn target(r: &RTMP, tc_url: Option<&AMFObjectProperty>) -> Result<Target, Refusal> {
    let kind = tc_url.map(|property| property.p_type.get());
    let text = match kind {
        None | Some(AMFObjectProperty::NULL) => None,
        Some(AMFObjectProperty::STRING) => tc_url.map(amf::text_of),
        Some(_) => return Err(Refusal::NotText),
    };
    let link = &r.Link;
    let [app, said] = [&link.app, &link.tcUrl].map(|text| match link.has(RTMP_LF_FAPU) {
        // The answer to this server's challenge is of no use to the next.
        true => without_introduction(text.bytes()),
        false => text.bytes(),
    });
    let protocol = link.protocol.get() & (feature::HTTP | feature::ENC | feature::SSL);
    let current = Current {
        protocol: u8::try_from(protocol).unwrap_or(0),
        host: link.hostname.bytes(),
        port: match link.port.get() {
            0 => default_port(protocol),
            port => port,
        },
        app,
        tc_url: said,
    };
    resolve(text.as_ref().map_or(&[], |text| text.bytes()), &current)
}
