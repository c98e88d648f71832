//! Commands out (spec 05 §2-§4): when, with which transaction id and on which chunk stream. What they say is in
//! [`proto::command`](crate::proto::command).
//!
//! The texts of `Link` are looked at while a body is built, behind the log lines: a log callback that closes frees them.

use core::ffi::c_int;

use crate::abi::{
    AVal, OptionName, RTMP, RTMP_CONFIG, RTMP_LF_AUTH, RTMP_LF_LIVE, RTMP_READ_SEEKING,
};
use crate::proto::capabilities::{self, Capabilities, caps_ex};
use crate::proto::command::{self as body, Connect, Play};
use crate::proto::message::COMMAND;
use crate::proto::options::properties;
use crate::proto::reconnect::Mode;
use crate::sys::errno;
use crate::sys::log::{Text, log};

use crate::session::message::outgoing::{CONNECTION, Message, Reply};
use crate::session::message::{calls, replies, send};
use crate::session::state::Context;
use crate::session::state::cause::Kind;
use crate::session::state::failure::Failure;
use crate::session::state::reconnect;
use crate::session::{amf, feature};

/// The chunk stream of published media and of `publish`.
pub(in crate::session) const MEDIA: c_int = 4;
/// The chunk stream of commands about a stream that is played.
const PLAYBACK: c_int = 8;

/// Header types asked for; the sender shortens type 1 further.
const FULL: u8 = 0;
const WITHOUT_STREAM: u8 = 1;

/// How one command travels.
struct Route {
    channel: c_int,
    header: u8,
    timestamp: u32,
    stream_id: c_int,
}

/// About the connection.
const SHORT: Route = Route {
    channel: CONNECTION,
    header: WITHOUT_STREAM,
    timestamp: 0,
    stream_id: 0,
};

/// About the stream that is played: its id is the one that `play` gave to the chunk stream.
const SAME_STREAM: Route = Route {
    channel: PLAYBACK,
    header: WITHOUT_STREAM,
    timestamp: 0,
    stream_id: 0,
};

impl Route {
    fn message<'a>(&self, body: &'a [u8]) -> Message<'a> {
        Message {
            header: self.header,
            kind: COMMAND,
            channel: self.channel,
            timestamp: self.timestamp,
            stream_id: self.stream_id,
            body: [body, &[]],
        }
    }
}

/// Sends the command that `write` makes of the next transaction id.
fn call(
    cx: Context<'_>,
    route: &Route,
    reply: Reply,
    write: impl FnOnce(f64) -> Option<Vec<u8>>,
) -> Result<(), Failure> {
    call_as(cx, route, reply, write(calls::next_id(cx)))
}

/// Sends a command, if it could be built.
fn call_as(
    cx: Context<'_>,
    route: &Route,
    reply: Reply,
    body: Option<Vec<u8>>,
) -> Result<(), Failure> {
    let body = body.ok_or_else(|| {
        let failure = Failure::here();
        cx.state.note_failed_call(Kind::Memory);
        failure
    })?;
    send::message(cx, &route.message(&body), reply)
}

/// Sends `connect` with the parameters of `Link` (spec 05 §3).
pub(in crate::session) fn connect(cx: Context<'_>) -> Result<(), Failure> {
    let route = Route {
        header: FULL,
        ..SHORT
    };
    call(cx, &route, Reply::Expected, |id| {
        // May log, so it comes before the texts are looked at.
        let encoded = extras(cx.r).and_then(|extras| Some((extras, properties_of_program(cx.r)?)));
        let Some((extras, properties)) = encoded else {
            cx.state.note_failed_call(Kind::Protocol);
            return None;
        };
        let client = Connect {
            properties: &properties,
            ..client(cx.r, &extras)
        };
        body::connect(id, &client)
    })
}

fn client<'a>(r: &'a RTMP, extras: &'a [u8]) -> Connect<'a> {
    let link = &r.Link;
    let encoding = r.m_fEncoding.get();
    Connect {
        publishes: feature::publishes(r),
        app: link.app.bytes(),
        flash_version: link.flashVer.bytes(),
        swf_url: link.swfUrl.bytes(),
        tc_url: link.tcUrl.bytes(),
        page_url: link.pageUrl.bytes(),
        audio_codecs: r.m_fAudioCodecs.get(),
        video_codecs: r.m_fVideoCodecs.get(),
        capabilities: capabilities(r),
        object_encoding: (encoding != 0.0 || r.m_bSendEncoding.get() != 0).then_some(encoding),
        auth: link.auth.bytes(),
        auth_flag: link.has(RTMP_LF_AUTH),
        extras,
        ..Connect::default()
    }
}

/// What the options say that the program can do. `ertmp` fills in for those that say nothing. A server may ask to reconnect
/// when somebody listens: a program that has set that bit by itself does so.
fn capabilities(r: &RTMP) -> Capabilities<'static> {
    let is_forwarder = r.is_on(OptionName::EnhancedRtmp);
    let text = |name, default| {
        let default = Some(default).filter(|_| is_forwarder);
        r.text_option(name).or(default)
    };
    let number = |name| r.number_option(name).map(c_int::cast_unsigned);
    let of_forwarder = || is_forwarder.then_some(capabilities::FORWARDER);
    let caps_ex = number(OptionName::CapsEx).or_else(of_forwarder);
    let caps_ex = match reconnect::mode(r) {
        Mode::Ignore => caps_ex,
        Mode::Report | Mode::Follow => Some(caps_ex.unwrap_or(0) | caps_ex::RECONNECT),
    };
    Capabilities {
        four_cc_list: text(OptionName::FourCcList, capabilities::ANY),
        video_info: text(OptionName::VideoFourCcInfo, capabilities::ANY_FORWARDED),
        audio_info: text(OptionName::AudioFourCcInfo, capabilities::ANY_FORWARDED),
        caps_ex,
        video_function: number(OptionName::VideoFunction),
    }
}

/// The values of the option `conn`. `None` when one cannot be encoded: those behind it are not looked at.
fn extras(r: &RTMP) -> Option<Vec<u8>> {
    let mut values = Vec::new();
    amf::encode::values(&mut values, &r.Link.extras)?;
    Some(values)
}

/// What the program adds to the object of `connect`: by the option, and by its block. `None`, which is logged, when that cannot be.
fn properties_of_program(r: &RTMP) -> Option<Vec<u8>> {
    let encoded = properties_of_option(r).and_then(|mut values| {
        properties_of_block(r, &mut values)?;
        Some(values)
    });
    let encoded = encoded.filter(|values| values.len() <= properties::MOST);
    if encoded.is_none() {
        log!(
            Error,
            "RTMP_Connect1, the properties of connect are too long, or cannot be encoded"
        );
        errno::set(libc::EINVAL);
    }
    encoded
}

fn properties_of_option(r: &RTMP) -> Option<Vec<u8>> {
    let text = r.connect_properties();
    if text.is_empty() {
        return Some(Vec::new());
    }
    properties::encode(text.bytes())
}

fn properties_of_block(r: &RTMP, values: &mut Vec<u8>) -> Option<()> {
    let config = r.config();
    let Some(object) = config.as_ref().and_then(RTMP_CONFIG::connect_properties) else {
        return Some(());
    };
    let mut properties = object.properties().iter();
    let is_named = properties.all(|property| !property.p_name.is_empty());
    is_named.then(|| amf::encode::values(values, object))?
}

/// Asks for a stream (`RTMP_SendCreateStream`).
pub fn create_stream(cx: Context<'_>) -> Result<(), Failure> {
    call(cx, &SHORT, Reply::Expected, body::create_stream)
}

pub(in crate::session) fn release_stream(cx: Context<'_>) -> Result<(), Failure> {
    call(cx, &SHORT, Reply::None, |id| {
        body::release_stream(id, cx.r.Link.playpath.bytes())
    })
}

pub(in crate::session) fn fc_publish(cx: Context<'_>) -> Result<(), Failure> {
    call(cx, &SHORT, Reply::None, |id| {
        body::fc_publish(id, cx.r.Link.playpath.bytes())
    })
}

/// Deletes the current stream.
pub(in crate::session) fn delete_stream(cx: Context<'_>) -> Result<(), Failure> {
    let stream = cx.r.m_stream_id.get();
    call(cx, &SHORT, Reply::None, |id| {
        body::delete_stream(id, stream)
    })
}

/// Starts publishing on a stream.
pub(in crate::session) fn publish(cx: Context<'_>, stream: c_int) -> Result<(), Failure> {
    let route = Route {
        channel: MEDIA,
        header: FULL,
        timestamp: 0,
        stream_id: stream,
    };
    call(cx, &route, Reply::Expected, |id| {
        body::publish(id, cx.r.Link.playpath.bytes())
    })
}

fn playback(stream: c_int) -> Route {
    Route {
        channel: PLAYBACK,
        header: FULL,
        timestamp: 0,
        stream_id: stream,
    }
}

/// Announces a playlist of the one path.
pub(in crate::session) fn set_playlist(cx: Context<'_>, stream: c_int) -> Result<(), Failure> {
    let body = body::set_playlist(cx.r.Link.playpath.bytes());
    call_as(cx, &playback(stream), Reply::Expected, body)
}

/// Starts playing on a stream.
pub(in crate::session) fn play(cx: Context<'_>, stream: c_int) -> Result<(), Failure> {
    let link = &cx.r.Link;
    let (seek, stop) = (link.seekTime.get(), link.stopTime.get());
    log!(
        Debug,
        "SendPlay, seekTime={seek}, stopTime={stop}, sending play: {}",
        Text(link.playpath.bytes())
    );
    call(cx, &playback(stream), Reply::Expected, |id| {
        let what = Play {
            playpath: link.playpath.bytes(),
            is_live: link.has(RTMP_LF_LIVE),
            seek,
            stop,
        };
        body::play(id, &what)
    })
}

/// Subscribes to a live stream of servers that want it.
pub(in crate::session) fn fc_subscribe(cx: Context<'_>, path: &AVal) -> Result<(), Failure> {
    log!(Debug, "FCSubscribe: {}", Text(path.bytes()));
    call(cx, &SHORT, Reply::Expected, |id| {
        body::fc_subscribe(id, path.bytes())
    })
}

/// Shows the token of `jtv`.
pub(in crate::session) fn usher_token(cx: Context<'_>) -> Result<(), Failure> {
    let token = &cx.r.Link.usherToken;
    log!(Debug, "UsherToken: {}", Text(token.bytes()));
    call(cx, &SHORT, Reply::None, |id| {
        body::usher_token(id, token.bytes())
    })
}

/// Answers a secure token challenge.
pub(in crate::session) fn secure_token_response(
    cx: Context<'_>,
    answer: &[u8],
) -> Result<(), Failure> {
    call_as(cx, &SHORT, Reply::None, body::secure_token_response(answer))
}

/// Pauses or goes on at `time`, ms (`RTMP_SendPause`).
pub fn pause(cx: Context<'_>, on: c_int, time: c_int) -> Result<(), Failure> {
    log!(Debug, "RTMP_SendPause, {on}, pauseTime={time}");
    call(cx, &SAME_STREAM, Reply::Expected, |id| {
        body::pause(id, on != 0, time)
    })
}

/// Seeks to `time`, ms (`RTMP_SendSeek`). Media is dropped until the server confirms or refuses.
pub fn seek(cx: Context<'_>, time: c_int) -> Result<(), Failure> {
    // Another one may be under way.
    cx.state.receiving().seeking = None;
    cx.r.m_read.raise(RTMP_READ_SEEKING);
    cx.r.m_read.nResumeTS.set(0);
    call(cx, &SAME_STREAM, Reply::Expected, |id| body::seek(id, time))
}

/// Asks for a bandwidth check. It goes the way of replies: a reader does not wait for a writer.
pub(in crate::session) fn check_bandwidth(cx: Context<'_>) {
    let route = Route {
        header: FULL,
        ..SHORT
    };
    reply(cx, &route, body::check_bandwidth(calls::next_id(cx)));
}

/// Answers one packet of a bandwidth check.
pub(in crate::session) fn bandwidth_result(cx: Context<'_>, id: f64) {
    let counter = cx.r.m_nBWCheckCounter.get();
    let route = bandwidth_route(cx.r);
    cx.r.m_nBWCheckCounter.set(counter.wrapping_add(1));
    reply(cx, &route, body::bandwidth_result(id, counter));
}

/// Answers the command `ping`.
pub(in crate::session) fn pong(cx: Context<'_>, id: f64) {
    reply(cx, &bandwidth_route(cx.r), body::pong(id));
}

/// Bandwidth replies carry a made-up time: 22 ms for each reply before.
fn bandwidth_route(r: &RTMP) -> Route {
    let timestamp = r.m_nBWCheckCounter.get().wrapping_mul(0x16).cast_unsigned();
    Route { timestamp, ..SHORT }
}

/// Sends a reply, or leaves it to the thread that is sending.
fn reply(cx: Context<'_>, route: &Route, body: Option<Vec<u8>>) {
    if let Some(body) = body {
        replies::send(cx, &route.message(&body));
    }
}
