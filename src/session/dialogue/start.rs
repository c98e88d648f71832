//! From `connect` to a stream: each step when the one before is answered or, with option `fastStart`, at once.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{OptionName, OwnedObject, RTMP_LF_LIVE, RTMP_LF_PLST};
use crate::proto::crypto::xxtea;
use crate::proto::message::{event, to_int};
use crate::session::amf;
use crate::session::feature::publishes;
use crate::session::message::calls;
use crate::session::state::Context;
use crate::session::state::failure::told;

use super::{capabilities, command, control};

/// The stream that servers give to a connection that has none.
const FIRST: c_int = 1;

/// Sends behind `connect` what would follow its reply. What is lost of it is lost with the connection, and why that
/// has ended the reader finds out: the server may have refused `connect`.
///
/// A login or a token is asked for in the reply to `connect`: with one, each step waits.
pub(in crate::session) fn ask_ahead(cx: Context<'_>) {
    let link = &cx.r.Link;
    let is_wished = cx.r.is_on(OptionName::FastStart);
    if is_wished && link.token.is_empty() && link.pubUser.is_empty() {
        ahead(cx, || ask_for_stream(cx));
        let has_asked = calls::is_pending(cx, b"createStream");
        cx.state.flags.has_asked.store(has_asked, Relaxed);
        if has_asked && publishes(cx.r) {
            guess(cx);
        }
    }
}

/// Asks for what is to be played, behind [`ask_ahead`]: where to begin, programs say in `RTMP_ConnectStream`.
pub(in crate::session) fn play_ahead(cx: Context<'_>) {
    let flags = &cx.state.flags;
    let is_due = flags.has_asked.load(Relaxed) && flags.guess.load(Relaxed) == 0;
    if is_due && !publishes(cx.r) {
        guess(cx);
    }
}

/// Asks for the media of a stream that is still to be created.
fn guess(cx: Context<'_>) {
    cx.state.flags.guess.store(FIRST, Relaxed);
    ahead(cx, || ask_for_media(cx, FIRST));
}

fn ahead(cx: Context<'_>, send: impl FnOnce()) {
    let before = cx.state.flags.is_ahead.swap(true, Relaxed);
    send();
    cx.state.flags.is_ahead.store(before, Relaxed);
}

/// Whether the server has yet to tell the stream that media is asked for of.
pub(in crate::session) fn is_guessing(cx: Context<'_>) -> bool {
    cx.state.flags.guess.load(Relaxed) != 0
}

/// The connection stands: what servers want to hear next.
pub(super) fn connected(cx: Context<'_>, values: &OwnedObject) {
    capabilities::note(cx, values);
    if !cx.r.Link.token.is_empty() {
        answer_secure_token(cx, values);
    }
    if !cx.state.flags.has_asked.load(Relaxed) {
        ask_for_stream(cx);
    }
}

fn ask_for_stream(cx: Context<'_>) {
    let link = &cx.r.Link;
    if publishes(cx.r) {
        told(command::release_stream(cx));
        told(command::fc_publish(cx));
    } else {
        told(control::window_ack_size(cx));
        told(control::user_control(cx, event::SET_BUFFER_LENGTH, 0, 300));
    }
    told(command::create_stream(cx));
    if publishes(cx.r) {
        return;
    }
    if !link.usherToken.is_empty() {
        told(command::usher_token(cx));
    }
    if !link.subscribepath.is_empty() {
        told(command::fc_subscribe(cx, &link.subscribepath));
    } else if link.has(RTMP_LF_LIVE) {
        told(command::fc_subscribe(cx, &link.playpath));
    }
}

/// Anything but a non-empty string is no challenge.
fn answer_secure_token(cx: Context<'_>, values: &OwnedObject) {
    let challenge = amf::find_first(values, b"secureToken").map(amf::text_of);
    let answer =
        challenge.and_then(|text| xxtea::secure_token(cx.r.Link.token.bytes(), text.bytes()));
    if let Some(answer) = answer {
        told(command::secure_token_response(cx, &answer));
    }
}

/// The server tells the stream: what is wanted of it is said now, unless it was said of this one already.
pub(super) fn stream_created(cx: Context<'_>, values: &OwnedObject) {
    let stream = to_int(amf::number_at(values, 3));
    cx.r.m_stream_id.set(stream);
    let flags = &cx.state.flags;
    flags.has_asked.store(false, Relaxed);
    let guess = flags.guess.swap(0, Relaxed);
    if guess == stream && guess != 0 {
        return;
    }
    if guess != 0 {
        // The answers to that mean nothing any more.
        let names: [&[u8]; 3] = [b"publish", b"play", b"set_playlist"];
        names.iter().for_each(|name| calls::forget(cx, name));
        flags.wrong_guess.store(guess, Relaxed);
    }
    ask_for_media(cx, stream);
}

fn ask_for_media(cx: Context<'_>, stream: c_int) {
    if publishes(cx.r) {
        told(command::publish(cx, stream));
        return;
    }
    if cx.r.Link.has(RTMP_LF_PLST) {
        told(command::set_playlist(cx, stream));
    }
    told(command::play(cx, stream));
    told(control::buffer_length_of(cx, stream));
}

/// Whether a status that came on `stream` is about one that was guessed wrongly. Servers that say everything on the first
/// stream are believed when they accept.
pub(super) fn is_stray(cx: Context<'_>, stream: c_int, code: &[u8]) -> bool {
    let wrong = cx.state.flags.wrong_guess.load(Relaxed);
    wrong != 0 && stream == wrong && !code.ends_with(b".Start")
}
