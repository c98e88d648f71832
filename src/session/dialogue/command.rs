//! Commands out (spec 05 §2-§4).

use core::ffi::c_int;

use crate::abi::{RTMP, RTMP_LF_AUTH, RTMP_LF_LIVE, RTMP_READ_SEEKING};
use crate::proto::amf0::Body;
use crate::proto::message::COMMAND;
use crate::sys::log::{Text, log};

use crate::session::message::outgoing::{CONNECTION, Message, Reply};
use crate::session::message::{calls, replies, send};
use crate::session::state::State;
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

/// Name, transaction id, then what `arguments` appends. `None` when an argument cannot be expressed.
fn body(name: &[u8], id: f64, arguments: impl FnOnce(&mut Body)) -> Option<Vec<u8>> {
    let mut body = Body::default();
    body.string(name).number(id);
    arguments(&mut body);
    body.finish()
}

fn call(
    r: &RTMP,
    route: &Route,
    name: &[u8],
    reply: Reply,
    arguments: impl FnOnce(&mut Body),
) -> bool {
    let id = calls::next_id(r);
    call_as(r, route, name, id, reply, arguments)
}

fn call_as(
    r: &RTMP,
    route: &Route,
    name: &[u8],
    id: f64,
    reply: Reply,
    arguments: impl FnOnce(&mut Body),
) -> bool {
    body(name, id, arguments).is_some_and(|body| send::message(r, &route.message(&body), reply))
}

/// Sends `connect` with the parameters of `Link` (spec 05 §3).
pub(in crate::session) fn connect(r: &RTMP) -> bool {
    let route = Route {
        header: FULL,
        ..SHORT
    };
    call(r, &route, b"connect", Reply::Expected, |body| {
        connect_arguments(r, body);
    })
}

fn connect_arguments(r: &RTMP, body: &mut Body) {
    let link = &r.Link;
    let plays = link.protocol.get() & feature::WRITE == 0;
    body.object().name(b"app").string(link.app.bytes());
    if !plays {
        body.name(b"type").string(b"nonprivate");
    }
    let texts = [
        (&b"flashVer"[..], &link.flashVer),
        (b"swfUrl", &link.swfUrl),
        (b"tcUrl", &link.tcUrl),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        body.name(name).string(text.bytes());
    }
    if plays {
        body.name(b"fpad").boolean(false);
        body.name(b"capabilities").number(15.0);
        body.name(b"audioCodecs").number(r.m_fAudioCodecs.get());
        body.name(b"videoCodecs").number(r.m_fVideoCodecs.get());
        body.name(b"videoFunction").number(1.0);
        if !link.pageUrl.is_empty() {
            body.name(b"pageUrl").string(link.pageUrl.bytes());
        }
    }
    if r.m_fEncoding.get() != 0.0 || r.m_bSendEncoding.get() != 0 {
        body.name(b"objectEncoding").number(r.m_fEncoding.get());
    }
    body.end();
    if !link.auth.is_empty() {
        body.boolean(link.has(RTMP_LF_AUTH))
            .string(link.auth.bytes());
    }
    for property in link.extras.properties() {
        body.append(|out| amf::encode::value(out, property));
    }
}

/// Asks for a stream (`RTMP_SendCreateStream`).
pub fn create_stream(r: &RTMP) -> bool {
    call(r, &SHORT, b"createStream", Reply::Expected, |body| {
        body.null();
    })
}

/// A command about the publishing point: null, then its name.
fn about_playpath(r: &RTMP, name: &[u8]) -> bool {
    call(r, &SHORT, name, Reply::None, |body| {
        body.null().string(r.Link.playpath.bytes());
    })
}

pub(in crate::session) fn release_stream(r: &RTMP) -> bool {
    about_playpath(r, b"releaseStream")
}

pub(in crate::session) fn fc_publish(r: &RTMP) -> bool {
    about_playpath(r, b"FCPublish")
}

/// Deletes the current stream.
pub(in crate::session) fn delete_stream(r: &RTMP) -> bool {
    let stream = r.m_stream_id.get();
    call(r, &SHORT, b"deleteStream", Reply::None, |body| {
        body.null().number(stream.into());
    })
}

/// Starts publishing. Every publication is "live", recorded by the server or not.
pub(in crate::session) fn publish(r: &RTMP) -> bool {
    let route = Route {
        channel: MEDIA,
        header: FULL,
        timestamp: 0,
        stream_id: r.m_stream_id.get(),
    };
    call(r, &route, b"publish", Reply::Expected, |body| {
        body.null().string(r.Link.playpath.bytes()).string(b"live");
    })
}

fn playback(r: &RTMP) -> Route {
    Route {
        channel: PLAYBACK,
        header: FULL,
        timestamp: 0,
        stream_id: r.m_stream_id.get(),
    }
}

/// Announces a playlist of the one path. Its count of 3 and its transaction id 0 are the original's.
pub(in crate::session) fn set_playlist(r: &RTMP) -> bool {
    call_as(
        r,
        &playback(r),
        b"set_playlist",
        0.0,
        Reply::Expected,
        |body| {
            body.null()
                .ecma_array(3)
                .name(b"0")
                .string(r.Link.playpath.bytes())
                .end();
        },
    )
}

/// Starts playing (spec 05 §4).
pub(in crate::session) fn play(r: &RTMP) -> bool {
    let link = &r.Link;
    let (seek, stop) = (link.seekTime.get(), link.stopTime.get());
    log!(
        Debug,
        "SendPlay, seekTime={seek}, stopTime={stop}, sending play: {}",
        Text(link.playpath.bytes())
    );
    let start = if link.has(RTMP_LF_LIVE) {
        -1000
    } else {
        seek.max(0)
    };
    call(r, &playback(r), b"play", Reply::Expected, |body| {
        body.null()
            .string(link.playpath.bytes())
            .number(start.into());
        if stop != 0 {
            body.number(stop.wrapping_sub(seek).into());
        }
    })
}

/// Subscribes to a live stream of servers that want it.
pub(in crate::session) fn fc_subscribe(r: &RTMP, path: &[u8]) -> bool {
    log!(Debug, "FCSubscribe: {}", Text(path));
    call(r, &SHORT, b"FCSubscribe", Reply::Expected, |body| {
        body.null().string(path);
    })
}

/// Shows the token of `jtv`.
pub(in crate::session) fn usher_token(r: &RTMP) -> bool {
    let token = r.Link.usherToken.bytes();
    log!(Debug, "UsherToken: {}", Text(token));
    call(
        r,
        &SHORT,
        b"NetStream.Authenticate.UsherToken",
        Reply::None,
        |body| {
            body.null().string(token);
        },
    )
}

/// Answers a secure token challenge.
pub(in crate::session) fn secure_token_response(r: &RTMP, answer: &[u8]) -> bool {
    call_as(
        r,
        &SHORT,
        b"secureTokenResponse",
        0.0,
        Reply::None,
        |body| {
            body.null().string(answer);
        },
    )
}

/// Pauses or goes on at `time`, ms (`RTMP_SendPause`).
pub fn pause(r: &RTMP, on: c_int, time: c_int) -> bool {
    log!(Debug, "RTMP_SendPause, {on}, pauseTime={time}");
    call(r, &playback_command(), b"pause", Reply::Expected, |body| {
        body.null().boolean(on != 0).number(time.into());
    })
}

/// Seeks to `time`, ms (`RTMP_SendSeek`). Media is dropped until the server confirms or refuses.
pub fn seek(r: &RTMP, time: c_int) -> bool {
    // Another one may be under way.
    State::of(r).receiving().seeking = None;
    r.m_read.raise(RTMP_READ_SEEKING);
    r.m_read.nResumeTS.set(0);
    call(r, &playback_command(), b"seek", Reply::Expected, |body| {
        body.null().number(time.into());
    })
}

/// The stream id of these is the one that `play` gave to the chunk stream.
fn playback_command() -> Route {
    Route {
        channel: PLAYBACK,
        header: WITHOUT_STREAM,
        timestamp: 0,
        stream_id: 0,
    }
}

/// Asks for a bandwidth check.
pub(in crate::session) fn check_bandwidth(r: &RTMP) {
    let body = body(b"_checkbw", calls::next_id(r), |body| {
        body.null();
    });
    if let Some(body) = body {
        replies::send(
            r,
            &Route {
                header: FULL,
                ..SHORT
            }
            .message(&body),
        );
    }
}

/// Bandwidth replies carry a made-up time: 22 ms for each reply before.
fn bandwidth_route(r: &RTMP) -> Route {
    let timestamp = r.m_nBWCheckCounter.get().wrapping_mul(0x16).cast_unsigned();
    Route { timestamp, ..SHORT }
}

/// Answers one packet of a bandwidth check.
pub(in crate::session) fn bandwidth_result(r: &RTMP, id: f64) {
    let counter = r.m_nBWCheckCounter.get();
    let route = bandwidth_route(r);
    r.m_nBWCheckCounter.set(counter.wrapping_add(1));
    let body = body(b"_result", id, |body| {
        body.null().number(counter.into());
    });
    if let Some(body) = body {
        replies::send(r, &route.message(&body));
    }
}

/// Answers the command `ping`.
pub(in crate::session) fn pong(r: &RTMP, id: f64) {
    let body = body(b"pong", id, |body| {
        body.null();
    });
    if let Some(body) = body {
        replies::send(r, &bandwidth_route(r).message(&body));
    }
}
