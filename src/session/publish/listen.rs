//! What the server says while a program publishes.
//!
//! A program that only writes would never learn that its stream was refused, and its server never get a pong. So writing
//! looks now and then at what has arrived. It never waits for anything, and it leaves everything to a program that reads
//! itself, in this thread or another. One that gets media will: then the looking ends, and the first message is kept.

use core::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::abi::OwnedPacket;

use crate::session::connect::stream;
use crate::session::dialogue::outcome::Outcome;
use crate::session::link::stack::{Stop, Wait};
use crate::session::link::{readiness, stack};
use crate::session::message::receive;
use crate::session::state::{Context, State};

/// Writing looks no more often than this: it may be called for every few bytes.
const PAUSE: Duration = Duration::from_millis(20);
/// Messages served at one look: a server that talks without end must not keep the writer.
const MOST: usize = 256;

/// Serves the messages that have arrived, unless it was done a moment ago.
pub(in crate::session) fn now_and_then(cx: Context<'_>) {
    let now = Instant::now();
    {
        let mut receiving = cx.state.receiving();
        let is_soon = |last: Instant| now.duration_since(last) < PAUSE;
        if cx.state.flags.is_read_by_program.load(Relaxed) || receiving.heard.is_some_and(is_soon) {
            return;
        }
        receiving.heard = Some(now);
    }
    look(cx);
}

/// Serves them where it matters what the server has said by now.
pub(in crate::session) fn at_once(cx: Context<'_>) {
    if !cx.state.flags.is_read_by_program.load(Relaxed) {
        look(cx);
    }
}

/// Serves them unless another thread reads.
pub(in crate::session) fn look(cx: Context<'_>) {
    let Some(reader) = State::try_enter(cx.r) else {
        return;
    };
    // One that was made meanwhile belongs to another connection.
    if !core::ptr::eq(&raw const *reader, cx.state) {
        return;
    }
    reader.receiving().may_be_polled = true;
    readiness::take_up(reader.on(cx.r));
    let is_all = serve_arrived(reader.on(cx.r));
    if !reader.is_over() {
        readiness::hand_back(reader.on(cx.r), is_all);
    }
}

/// False when something has to wait for the program, or for the next look.
fn serve_arrived(cx: Context<'_>) -> bool {
    let mut packet = OwnedPacket::default();
    for _ in 0..MOST {
        match receive::packet(cx.r, &packet, Wait::No) {
            Ok(()) if packet.is_ready() => {
                if stream::serve(cx, &packet) == Outcome::Media {
                    // There is none before it: nothing is heard behind one.
                    cx.state.receiving().kept.push(&packet);
                    packet.clear();
                    cx.state.flags.is_waiting.store(true, Relaxed);
                    cx.state.flags.is_read_by_program.store(true, Relaxed);
                    return false;
                }
                packet.clear();
                if cx.state.is_over() {
                    // The message has ended the connection.
                    return true;
                }
            }
            Ok(()) => {}
            Err(Stop::Again) if stack::take_arrived(cx) => {}
            // A connection that has ended is met by the next send: a server may end its direction only.
            Err(_) => return true,
        }
    }
    false
}
