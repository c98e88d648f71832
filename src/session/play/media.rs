//! Waiting for media (spec 06 §3).

use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{RTMP, RTMP_READ_EOF, RTMPPacket};
use crate::session::connect::stream;
use crate::session::dialogue::outcome::Outcome;
use crate::session::dialogue::{dispatch, position};
use crate::session::link::stack::{Stop, Wait, is_connected};
use crate::session::message::receive::{self, Receiver};
use crate::session::state::{Context, State};

use super::{onward, playback};

/// Why there is no media packet, or which there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Media {
    /// A packet for the output; its body is the caller's.
    Packet,
    /// The stream has finished; the packet is the command that said so.
    Finished,
    /// None.
    None(Stop),
}

/// Reads until there is media (`RTMP_GetNextMediaPacket`).
pub fn next_media(r: &RTMP, packet: &RTMPPacket, wait: Wait) -> Media {
    if !is_connected(r) {
        return Media::None(Stop::Closed);
    }
    media(State::enter(r).on(r), packet.into(), wait)
}

/// [`next_media`] for the reader, which has `state`.
pub(in crate::session) fn media(cx: Context<'_>, packet: Receiver<'_>, wait: Wait) -> Media {
    let media = loop {
        if cx.state.is_over() {
            // A login made the connection anew.
            return next_media(cx.r, &packet, wait);
        }
        cx.state.flags.is_read_by_program.store(true, Relaxed);
        if !is_connected(cx.r) || cx.state.receiving().ended.is_some() {
            break Media::None(Stop::Closed);
        }
        if let Err(stop) = receive::whole_message(cx, packet, wait) {
            packet.free_body();
            break Media::None(stop);
        }
        if !dispatch::says_something(cx.r, &packet) {
            continue;
        }
        let outcome = stream::serve(cx, &packet);
        stream::end_if_refused(cx);
        if outcome == Outcome::Handled || playback::is_repeated(cx, &packet) {
            packet.free_body();
            // An end that comes with an old time is passed over, and found again as the end of the connection.
            let mut receiving = cx.state.receiving();
            receiving.ended = receiving.ended.and(Some(RTMP_READ_EOF));
            drop(receiving);
            if onward::is_due(cx) {
                break Media::None(Stop::Again);
            }
            continue;
        }
        break if outcome == Outcome::Media {
            cx.state.media_goes_on();
            Media::Packet
        } else {
            Media::Finished
        };
    };
    match media {
        Media::None(Stop::TimedOut) if cx.r.m_pausing.get() == 0 => {
            cx.r.m_pauseStamp.set(position::media_position(cx));
        }
        Media::None(_) => {}
        Media::Packet | Media::Finished => cx.r.m_bPlaying.set(1),
    }
    media
}
