//! What the server says while a program publishes.
//!
//! A program that only writes would never learn that its stream was refused, and its server never get a pong. So writing
//! looks now and then at what has arrived. It never waits for anything, and it leaves everything to a program that reads
//! messages itself, in this thread or another.

use std::time::{Duration, Instant};

use crate::abi::{RTMP, RTMPPacket};

use super::state::State;
use super::transport::{self, Stop, Wait};
use super::{dispatch, receive};

/// Writing looks no more often than this: it may be called for every few bytes.
const PAUSE: Duration = Duration::from_millis(20);
/// Messages served at one look: a server that talks without end must not keep the writer.
const MOST: usize = 256;

/// Serves the messages that have arrived, unless it was done a moment ago.
pub(super) fn now_and_then(r: &RTMP, state: &State) {
    let now = Instant::now();
    {
        let mut receiving = state.receiving();
        let is_soon = |last: Instant| now.duration_since(last) < PAUSE;
        if receiving.is_read_by_program || receiving.heard.is_some_and(is_soon) {
            return;
        }
        receiving.heard = Some(now);
    }
    let Some(_turn) = state.reading.try_enter() else {
        return;
    };
    let packet = RTMPPacket::default();
    for _ in 0..MOST {
        match receive::packet(r, &packet, Wait::No) {
            Ok(()) if packet.is_ready() => {
                dispatch::message(r, &packet);
                packet.free_body();
            }
            Ok(()) => {}
            Err(Stop::Again) if transport::take_arrived(r, state) => {}
            // A connection that has ended is met by the next send: a server may end its direction only.
            Err(_) => return,
        }
    }
}
