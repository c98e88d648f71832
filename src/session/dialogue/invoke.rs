//! Commands in (spec 05 §6).
//!
//! A command that is the answer may fail: then the connection is over, which the reader finds, and `errno` tells why.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{
    AMFObject, AMFObjectProperty, AVal, Cell, OwnedObject, RTMP, RTMP_EVENT_COMMAND, RTMP_METHOD,
    RTMP_READ_COMPLETE, RTMP_READ_EOF, RTMPPacket,
};
use crate::proto::amf0::marker;
use crate::proto::message::to_int;
use crate::sys::log::{self, Text, log, printed};

use crate::session::amf;
use crate::session::feature::publishes;
use crate::session::message::{calls, close};
use crate::session::state::cause::Kind;
use crate::session::state::failure::told;
use crate::session::state::reason::Phase;
use crate::session::state::{Context, State};

use super::outcome::Outcome;
use super::{authentication, capabilities, command, events, position, reconnect, start};

/// Processes a command message, whose values are `body`. Neither must be held beyond the call.
pub(in crate::session) fn command(cx: Context<'_>, body: &AVal, packet: &RTMPPacket) -> Outcome {
    let stream = packet.m_nInfoField2.get();
    let first = body.bytes().first();
    if !matches!(first, Some(&(marker::STRING | marker::LONG_STRING))) {
        log!(
            Warning,
            "HandleInvoke, Sanity failed. no string method in invoke packet"
        );
        return Outcome::Handled;
    }
    let Some(values) = amf::decode::message(body) else {
        log!(Error, "HandleInvoke, error decoding invoke packet");
        return Outcome::Handled;
    };
    if reconnect::has_login(cx.r, Info::of(&values).property(b"tcUrl")) {
        log!(Debug, "HandleInvoke, a URL with a login is not shown");
    } else {
        amf::dump(&values);
    }
    let method = amf::text_at(&values, 0);
    let id = amf::number_at(&values, 1);
    log!(
        Debug,
        "HandleInvoke, server invoking <{}>",
        printed(method.bytes())
    );
    tell(cx, &method, &values, packet);
    match method.bytes() {
        b"_result" => result(cx, &values, id),
        b"_error" => return error(cx, &values, id),
        b"onStatus" => return on_status(cx, &values, stream),
        b"onBWDone" if cx.r.m_nBWCheckCounter.get() == 0 => command::check_bandwidth(cx),
        b"_onbwcheck" => command::bandwidth_result(cx, id),
        b"_onbwdone" => calls::forget(cx, b"_checkbw"),
        b"ping" => command::pong(cx, id),
        b"playlist_ready" => calls::forget(cx, b"set_playlist"),
        b"onFCUnsubscribe" => return finished(cx, b""),
        b"close" => {
            log!(Error, "rtmp server requested close");
            cx.state.fail(Kind::Lost, "the server asked to close");
            close::stop(cx, RTMP_READ_EOF);
        }
        _ => {}
    }
    Outcome::Handled
}

/// Tells the program, before anything is done about it.
fn tell(cx: Context<'_>, method: &AVal, values: &OwnedObject, packet: &RTMPPacket) {
    match method.bytes() {
        b"onStatus" | b"_error" | b"close" => {
            let info = Info::of(values);
            let words = [b"code".as_slice(), b"description"].map(|name| info.text(name));
            events::status(cx, words, values, packet);
        }
        b"_result" | b"onBWDone" | b"_onbwcheck" | b"_onbwdone" | b"ping" | b"playlist_ready"
        | b"onFCUnsubscribe" => {}
        _ => events::message(cx, RTMP_EVENT_COMMAND, Some(values), packet),
    }
}

fn result(cx: Context<'_>, values: &OwnedObject, id: f64) {
    let number = to_int(id);
    let Some(name) = calls::take(cx, |call| call.num.get() == number) else {
        log!(
            Debug,
            "HandleInvoke, received result id {id:.6} without matching request"
        );
        return;
    };
    log!(
        Debug,
        "HandleInvoke, received result for method call <{}>",
        Text(&name)
    );
    match &name[..] {
        b"connect" => start::connected(cx, values),
        b"createStream" => start::stream_created(cx, values),
        b"play" | b"publish" => begin_media(cx),
        _ => {}
    }
}

/// What the server says about success and failure: an object or ECMA array behind the null.
struct Info<'a>(Option<&'a AMFObject>);

impl<'a> Info<'a> {
    fn of(values: &'a OwnedObject) -> Self {
        let property = values.properties().get(3);
        Self(property.and_then(|property| property.object()))
    }

    fn property(&self, name: &[u8]) -> Option<&'a AMFObjectProperty> {
        self.0.and_then(|members| amf::by_name(members, name))
    }

    fn text(&self, name: &[u8]) -> AVal {
        self.property(name).map_or_else(AVal::empty, amf::text_of)
    }

    fn is_error(&self) -> bool {
        self.text(b"level").bytes().eq_ignore_ascii_case(b"error")
    }
}

/// The server's words about a refusal, and the note that the client need not wait any longer.
fn refused(state: &State, call: &[u8], info: &Info<'_>, kind: Kind<'_>) {
    let (code, description) = (info.text(b"code"), info.text(b"description"));
    log!(
        Error,
        "server refused {}: {} {}",
        Text(call),
        Text(code.bytes()),
        Text(description.bytes())
    );
    let words = format_args!(
        "server refused {}: {} {}",
        Text(call),
        Text(code.bytes()),
        Text(description.bytes())
    );
    state.fail(kind, words);
    state.flags.is_refused.store(true, Relaxed);
}

fn error(cx: Context<'_>, values: &OwnedObject, id: f64) -> Outcome {
    let is_it = |call: &RTMP_METHOD| f64::from(call.num.get()) == id;
    let call = if publishes(cx.r) {
        calls::take(cx, is_it)
    } else {
        log!(Error, "rtmp server sent error");
        calls::find(cx, is_it)
    };
    let Some(name) = call else {
        if publishes(cx.r) {
            log!(
                Debug,
                "HandleInvoke, received result id {id:.6} without matching request"
            );
        }
        return Outcome::Handled;
    };
    if name == b"connect" {
        capabilities::note(cx, values);
    }
    let info = Info::of(values);
    if publishes(cx.r) {
        log!(
            Debug,
            "HandleInvoke, received error for method call <{}>",
            Text(&name)
        );
        if name == b"connect" && is_worth_a_login(cx, &info) {
            return Outcome::Login;
        }
    }
    match &name[..] {
        b"connect" if authentication::is_demanded(info.text(b"description").bytes()) => {
            refused(cx.state, &name, &info, Kind::Login);
        }
        b"connect" | b"createStream" | b"play" | b"publish" => {
            let code = info.text(b"code");
            refused(cx.state, &name, &info, Kind::Refused(code.bytes()));
        }
        b"seek" => position::end_seek(cx),
        b"pause" => position::end_pause(cx),
        _ => {}
    }
    Outcome::Handled
}

/// A server that wants to know who publishes gets the answer on another connection.
fn is_worth_a_login(cx: Context<'_>, info: &Info<'_>) -> bool {
    let description = info.text(b"description");
    log!(
        Debug,
        "HandleInvoke, error description: {}",
        Text(description.bytes())
    );
    authentication::prepare(cx, description.bytes())
}

fn on_status(cx: Context<'_>, values: &OwnedObject, stream: c_int) -> Outcome {
    let info = Info::of(values);
    let code = info.text(b"code");
    log!(Debug, "HandleInvoke, onStatus: {}", printed(code.bytes()));
    match code.bytes() {
        reconnect::REQUEST if reconnect::is_heard(cx.r) => {
            let level = info.text(b"level");
            let description = info.text(b"description");
            reconnect::asked(
                cx,
                level.bytes(),
                info.property(b"tcUrl"),
                description.bytes(),
            );
        }
        code if start::is_stray(cx, stream, code) => {}
        b"NetStream.Failed"
        | b"NetStream.Play.Failed"
        | b"NetStream.Play.StreamNotFound"
        | b"NetConnection.Connect.InvalidApp" => {
            // There is no stream that could be deleted.
            cx.r.m_stream_id.set(-1);
            let description = info.text(b"description");
            let words = format_args!("{} {}", Text(code.bytes()), Text(description.bytes()));
            cx.state.fail(Kind::Refused(code.bytes()), words);
            let code = log::start_of(code.bytes());
            close::stop(cx, RTMP_READ_EOF);
            log!(Error, "Closing connection: {}", Text(&code));
        }
        b"NetStream.Play.Start" | b"NetStream.Play.PublishNotify" => accepted(cx, b"play"),
        b"NetStream.Publish.Start" => accepted(cx, b"publish"),
        code @ (b"NetStream.Play.Complete"
        | b"NetStream.Play.Stop"
        | b"NetStream.Play.UnpublishNotify") => return finished(cx, code),
        b"NetStream.Seek.Notify" => position::end_seek(cx),
        b"NetStream.Pause.Notify" => unpause(&cx.r.m_pausing, || {
            told(command::pause(cx, 0, cx.r.m_pauseStamp.get().cast_signed()));
        }),
        code if is_refusal(cx.r, code, &info) => {
            refused(cx.state, b"the stream", &info, Kind::Refused(code));
        }
        b"NetStream.Seek.Failed" | b"NetStream.Seek.InvalidTime" => position::end_seek(cx),
        code if info.is_error() => complaint(cx, topic(code), &info),
        _ => {}
    }
    Outcome::Handled
}

/// The stream is over. For who waits for it to begin that is a refusal.
fn finished(cx: Context<'_>, code: &[u8]) -> Outcome {
    if cx.state.receiving().phase == Phase::Dialogue {
        cx.state.note_failed_call(Kind::Refused(code));
    }
    close::stop(cx, RTMP_READ_COMPLETE);
    Outcome::Finished
}

/// An error about a stream that goes on. The original passes over it.
fn complaint(cx: Context<'_>, topic: &[u8], info: &Info<'_>) {
    if topic.eq_ignore_ascii_case(b"seek") {
        position::end_seek(cx);
    } else if topic.eq_ignore_ascii_case(b"pause") {
        position::end_pause(cx);
    } else if !publishes(cx.r) {
        // If no media comes any more, this is why.
        let (code, description) = (info.text(b"code"), info.text(b"description"));
        let words = format_args!("{} {}", Text(code.bytes()), Text(description.bytes()));
        cx.state.suspect(code.bytes(), words);
    }
}

/// What a code is about: `Publish` in `NetStream.Publish.Start`.
fn topic(code: &[u8]) -> &[u8] {
    code.split(|&byte| byte == b'.').nth(1).unwrap_or_default()
}

fn accepted(cx: Context<'_>, call: &[u8]) {
    begin_media(cx);
    calls::forget(cx, call);
}

fn begin_media(cx: Context<'_>) {
    let is_first = cx.r.m_bPlaying.replace(1) == 0;
    cx.state.stats.end_dialogue();
    if is_first {
        events::phase(cx, Phase::Streaming);
    }
}

fn unpause(pausing: &Cell<c_int>, send: impl FnOnce()) {
    if matches!(pausing.get(), 1 | 2) {
        send();
        pausing.set(3);
    }
}

/// Statuses after which waiting for play or publish, or publishing, is in vain: some codes always, and errors while the
/// stream is not accepted yet or when they are about what a publisher does. The original waits until the timeout.
fn is_refusal(r: &RTMP, code: &[u8], info: &Info<'_>) -> bool {
    let is_always = matches!(
        code,
        b"NetStream.Publish.BadName"
            | b"NetStream.Publish.Denied"
            | b"NetStream.Publish.Failed"
            | b"NetStream.Publish.Rejected"
            | b"NetConnection.Connect.AppShutdown"
            | b"NetConnection.Connect.Closed"
            | b"NetConnection.Connect.Failed"
            | b"NetConnection.Connect.Rejected"
    );
    let is_awaited = r.m_bPlaying.get() == 0;
    is_always || info.is_error() && (is_awaited || publishes(r) && ends_publishing(code))
}

/// Servers write these codes in capitals or not.
fn ends_publishing(code: &[u8]) -> bool {
    let is_about = |name: &[u8]| topic(code).eq_ignore_ascii_case(name);
    is_about(b"publish") || is_about(b"record") || is_about(b"failed")
}
