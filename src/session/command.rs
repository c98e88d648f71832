//! Commands out (spec 05 §2-§4): when, with which transaction id and on which chunk stream. What they say is in
//! [`proto::command`](crate::proto::command).
//!
//! The texts of `Link` are looked at while a body is built, behind the log lines: a log callback that closes frees them.

use core::ffi::c_int;

use crate::abi::{AVal, RTMP, RTMP_LF_AUTH, RTMP_LF_LIVE, RTMP_READ_SEEKING};
use crate::proto::command::{self as body, Connect, Play};
use crate::proto::message::COMMAND;
use crate::sys::log::{Text, log};

use super::send::{self, Message, Reply};
use super::state::State;
use super::{amf, feature, owed};

/// The chunk stream of commands about the connection.
const CONNECTION: c_int = 3;
/// The chunk stream of published media and of `publish`.
pub(super) const MEDIA: c_int = 4;
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

/// Takes the next transaction id.
fn next_id(r: &RTMP) -> f64 {
    let state = State::of(r);
    let _calls = state.calls();
    let id = r.m_numInvokes.get().wrapping_add(1);
    r.m_numInvokes.set(id);
    id.into()
}

/// Sends the command that `write` makes of the next transaction id.
fn call(r: &RTMP, route: &Route, reply: Reply, write: impl FnOnce(f64) -> Option<Vec<u8>>) -> bool {
    call_as(r, route, reply, write(next_id(r)))
}

/// Sends a command, if it could be built.
fn call_as(r: &RTMP, route: &Route, reply: Reply, body: Option<Vec<u8>>) -> bool {
    body.is_some_and(|body| send::message(r, &route.message(&body), reply))
}

/// Sends `connect` with the parameters of `Link` (spec 05 §3).
pub(super) fn connect(r: &RTMP) -> bool {
    let route = Route {
        header: FULL,
        ..SHORT
    };
    call(r, &route, Reply::Expected, |id| {
        // May log, so it comes before the texts are looked at.
        let extras = extras(r)?;
        body::connect(id, &client(r, &extras))
    })
}

fn client<'a>(r: &'a RTMP, extras: &'a [u8]) -> Connect<'a> {
    let link = &r.Link;
    let encoding = r.m_fEncoding.get();
    Connect {
        publishes: link.protocol.get() & feature::WRITE != 0,
        app: link.app.bytes(),
        flash_version: link.flashVer.bytes(),
        swf_url: link.swfUrl.bytes(),
        tc_url: link.tcUrl.bytes(),
        page_url: link.pageUrl.bytes(),
        audio_codecs: r.m_fAudioCodecs.get(),
        video_codecs: r.m_fVideoCodecs.get(),
        object_encoding: (encoding != 0.0 || r.m_bSendEncoding.get() != 0).then_some(encoding),
        auth: link.auth.bytes(),
        auth_flag: link.has(RTMP_LF_AUTH),
        extras,
    }
}

/// The values of the option `conn`. `None` when one cannot be encoded: those behind it are not looked at.
fn extras(r: &RTMP) -> Option<Vec<u8>> {
    let mut values = Vec::new();
    for property in r.Link.extras.properties() {
        amf::encode::value(&mut values, property)?;
    }
    Some(values)
}

/// Asks for a stream (`RTMP_SendCreateStream`).
pub fn create_stream(r: &RTMP) -> bool {
    call(r, &SHORT, Reply::Expected, body::create_stream)
}

pub(super) fn release_stream(r: &RTMP) -> bool {
    call(r, &SHORT, Reply::None, |id| {
        body::release_stream(id, r.Link.playpath.bytes())
    })
}

pub(super) fn fc_publish(r: &RTMP) -> bool {
    call(r, &SHORT, Reply::None, |id| {
        body::fc_publish(id, r.Link.playpath.bytes())
    })
}

fn last_words(r: &RTMP, state: &State, write: impl FnOnce(f64) -> Option<Vec<u8>>) -> bool {
    send::last_words(state).is_some_and(|sending| {
        let body = write(next_id(r));
        body.is_some_and(|body| send::farewell(r, state, sending, &SHORT.message(&body)))
    })
}

/// Takes the publishing point back while the connection is being closed.
pub(super) fn fc_unpublish(r: &RTMP, state: &State) -> bool {
    last_words(r, state, |id| {
        body::fc_unpublish(id, r.Link.playpath.bytes())
    })
}

/// Deletes `stream` while the connection is being closed.
pub(super) fn delete_stream_at_close(r: &RTMP, state: &State, stream: c_int) -> bool {
    last_words(r, state, |id| body::delete_stream(id, stream))
}

/// Deletes the current stream.
pub(super) fn delete_stream(r: &RTMP) -> bool {
    let stream = r.m_stream_id.get();
    call(r, &SHORT, Reply::None, |id| body::delete_stream(id, stream))
}

/// Starts publishing.
pub(super) fn publish(r: &RTMP) -> bool {
    let route = Route {
        channel: MEDIA,
        header: FULL,
        timestamp: 0,
        stream_id: r.m_stream_id.get(),
    };
    call(r, &route, Reply::Expected, |id| {
        body::publish(id, r.Link.playpath.bytes())
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

/// Announces a playlist of the one path.
pub(super) fn set_playlist(r: &RTMP) -> bool {
    let body = body::set_playlist(r.Link.playpath.bytes());
    call_as(r, &playback(r), Reply::Expected, body)
}

/// Starts playing.
pub(super) fn play(r: &RTMP) -> bool {
    let link = &r.Link;
    let (seek, stop) = (link.seekTime.get(), link.stopTime.get());
    log!(
        Debug,
        "SendPlay, seekTime={seek}, stopTime={stop}, sending play: {}",
        Text(link.playpath.bytes())
    );
    call(r, &playback(r), Reply::Expected, |id| {
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
pub(super) fn fc_subscribe(r: &RTMP, path: &AVal) -> bool {
    log!(Debug, "FCSubscribe: {}", Text(path.bytes()));
    call(r, &SHORT, Reply::Expected, |id| {
        body::fc_subscribe(id, path.bytes())
    })
}

/// Shows the token of `jtv`.
pub(super) fn usher_token(r: &RTMP) -> bool {
    let token = &r.Link.usherToken;
    log!(Debug, "UsherToken: {}", Text(token.bytes()));
    call(r, &SHORT, Reply::None, |id| {
        body::usher_token(id, token.bytes())
    })
}

/// Answers a secure token challenge.
pub(super) fn secure_token_response(r: &RTMP, answer: &[u8]) -> bool {
    call_as(r, &SHORT, Reply::None, body::secure_token_response(answer))
}

/// Pauses or goes on at `time`, ms (`RTMP_SendPause`).
pub fn pause(r: &RTMP, on: c_int, time: c_int) -> bool {
    log!(Debug, "RTMP_SendPause, {on}, pauseTime={time}");
    call(r, &SAME_STREAM, Reply::Expected, |id| {
        body::pause(id, on != 0, time)
    })
}

/// Seeks to `time`, ms (`RTMP_SendSeek`). Media is dropped until the server confirms or refuses.
pub fn seek(r: &RTMP, time: c_int) -> bool {
    // Another one may be under way.
    State::of(r).receiving().seeking = None;
    r.m_read.raise(RTMP_READ_SEEKING);
    r.m_read.nResumeTS.set(0);
    call(r, &SAME_STREAM, Reply::Expected, |id| body::seek(id, time))
}

/// Asks for a bandwidth check. It goes the way of replies: a reader does not wait for a writer.
pub(super) fn check_bandwidth(r: &RTMP) {
    let route = Route {
        header: FULL,
        ..SHORT
    };
    reply(r, &route, body::check_bandwidth(next_id(r)));
}

/// Answers one packet of a bandwidth check.
pub(super) fn bandwidth_result(r: &RTMP, id: f64) {
    let counter = r.m_nBWCheckCounter.get();
    let route = bandwidth_route(r);
    r.m_nBWCheckCounter.set(counter.wrapping_add(1));
    reply(r, &route, body::bandwidth_result(id, counter));
}

/// Answers the command `ping`.
pub(super) fn pong(r: &RTMP, id: f64) {
    reply(r, &bandwidth_route(r), body::pong(id));
}

/// Bandwidth replies carry a made-up time: 22 ms for each reply before.
fn bandwidth_route(r: &RTMP) -> Route {
    let timestamp = r.m_nBWCheckCounter.get().wrapping_mul(0x16).cast_unsigned();
    Route { timestamp, ..SHORT }
}

/// Sends a reply, or leaves it to the thread that is sending.
fn reply(r: &RTMP, route: &Route, body: Option<Vec<u8>>) {
    if let Some(body) = body {
        owed::send(r, &route.message(&body));
    }
}
