//! Requests out: messages, idle ones, the goodbye.

use core::ffi::c_int;
use std::io;
use std::time::Duration;

use crate::abi::RTMP;
use crate::net::deadline::Deadline;
use crate::proto::tunnel::request::{NOTHING, Request, Verb};
use crate::sys::socket::{self, Readiness};

use crate::session::feature;
use crate::session::link::plain::SendError;
use crate::session::link::{cancel, settings, wire};
use crate::session::state::Context;

/// The pause before the second idle request in a row; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// The longest pause that we make unasked.
const LONG_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause that a server may ask for.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// What a server means by an interval of 1.
const INTERVAL: Duration = Duration::from_millis(15);
/// True while all bytes go through HTTP.
pub(in crate::session) fn is_on(r: &RTMP) -> bool {
    r.Link.protocol.get() & feature::HTTP != 0
}

/// Sends one request. It counts as unanswered before it is written: the answer may be faster than we are.
pub(super) fn request(cx: Context<'_>, verb: Verb, body: &[u8]) -> Result<(), SendError> {
    let bytes = {
        let _tunnel = cx.state.tunnel();
        let number = cx.r.m_msgCounter.get();
        let head = Request {
            host: cx.r.Link.hostname.bytes(),
            port: cx.r.Link.port.get(),
            session: cx.r.m_clientID.bytes(),
            number,
        };
        let request = head.encode(verb, body);
        let request = request.ok_or_else(|| SendError::no_memory(body.len()))?;
        cx.r.m_msgCounter.set(number.wrapping_add(1));
        cx.r.m_unackd.set(cx.r.m_unackd.get().saturating_add(1));
        request
    };
    wire::send_raw(cx, &bytes)
}

/// Sends `bytes`, which are one message, as one request. Senders have looked at the answers before ([`super::listen`]).
pub(in crate::session) fn post(cx: Context<'_>, bytes: &[u8]) -> Result<(), SendError> {
    if bytes.is_empty() {
        return Ok(());
    }
    if cx.state.tunnel().is_broken {
        return Err(SendError {
            number: libc::EPROTO,
            left: bytes.len(),
        });
    }
    cx.state.tunnel().in_vain = 0;
    request(cx, Verb::Send, bytes).map_err(|error| SendError {
        left: error.left.min(bytes.len()),
        ..error
    })
}

/// Sees to it that a request is unanswered, after a pause if the last ones brought nothing. False when
/// there is none yet, because another thread is sending.
pub(super) fn ask(cx: Context<'_>) -> io::Result<bool> {
    if cx.r.m_unackd.get() > 0 {
        return Ok(true);
    }
    let pause = pause(cx.state.tunnel().in_vain, cx.r.m_polling.get());
    if !pause.is_zero() && wait(cx.r, pause)? {
        return Ok(true);
    }
    if idle(cx) {
        Ok(true)
    } else {
        wait(cx.r, FIRST_PAUSE)
    }
}

/// Sends an idle request. False while another thread is sending.
pub(super) fn idle(cx: Context<'_>) -> bool {
    let Some(_sending) = cx.state.sending_if_free() else {
        return false;
    };
    if cx.r.m_unackd.get() <= 0 {
        {
            let mut tunnel = cx.state.tunnel();
            tunnel.in_vain = tunnel.in_vain.saturating_add(1);
        }
        // A connection that is not written any more shows when it is read.
        if request(cx, Verb::Idle, NOTHING).is_err() {
            settings::on_failed_send(cx.r);
        }
    }
    true
}

/// The pause before an idle request, after so many that brought nothing.
fn pause(in_vain: u32, interval: c_int) -> Duration {
    let Some(doublings) = in_vain.checked_sub(1) else {
        return Duration::ZERO;
    };
    let wished = INTERVAL.saturating_mul(u32::from(interval.to_le_bytes()[0]));
    let most = wished.clamp(LONG_PAUSE, LONGEST_PAUSE);
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(most)
}

/// Tells the server that the session is over, unless a message is just being sent.
pub(in crate::session) fn say_goodbye(cx: Context<'_>) {
    if let Some(_sending) = cx.state.last_words()
        && !cx.r.m_clientID.start().is_null()
    {
        // A peer that has gone need not be told.
        let _ = request(cx, Verb::Close, NOTHING);
    }
}

/// Waits for something to read.
pub(super) fn wait(r: &RTMP, limit: Duration) -> io::Result<bool> {
    let wait = |limit| socket::wait(r.m_sb.sb_socket.observe(), Readiness::Readable, Some(limit));
    if limit.is_zero() || !cancel::is_watched(r) {
        return wait(limit);
    }
    let mut limit = Deadline::within(Some(limit));
    while let Some(step) = limit.step(cancel::STEP) {
        match limit.during(step, || wait(step)) {
            Ok(false) => cancel::ask(r),
            waited => return waited,
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_what_the_server_wishes() {
        let millis = |in_vain, interval| pause(in_vain, interval).as_millis();
        let growing: Vec<u128> = (0..8).map(|in_vain| millis(in_vain, 1)).collect();
        assert_eq!(growing, [0, 5, 10, 20, 40, 80, 100, 100]);
        assert_eq!((millis(9, 0x11), millis(99, -1)), (255, 500));
    }
}
