//! `RTMP_Write` where no call waits: all of its bytes are taken, or none.

use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{RTMP, RTMP_AGAIN};
use crate::session::message::claim;
use crate::session::publish::write;
use crate::session::state::failure::Failure;
use crate::session::state::{Context, State};

/// What a message of data may have in front of the tag's.
const INSTRUCTION: usize = 16;

/// As [`write::write`]; `RTMP_AGAIN` when the queue has no room for all of `bytes`, none of which is taken then.
pub fn write(r: &RTMP, bytes: &[u8]) -> c_int {
    if bytes.is_empty() || !r.is_nonblocking() {
        return write::write(r, bytes);
    }
    if r.is_starting() {
        return RTMP_AGAIN;
    }
    let room = State::at_hand(r, |state| {
        make_room(state.on(r), bytes.len()).map_err(|failure| (failure, state.is_over()))
    });
    match room {
        Ok(()) => write::write(r, bytes),
        Err((failure, false)) if failure.number() == libc::EAGAIN => RTMP_AGAIN,
        Err((failure, _)) => {
            failure.tell();
            -1
        }
    }
}

fn make_room(cx: Context<'_>, size: usize) -> Result<(), Failure> {
    if cx.state.level.is_finishing.load(Relaxed) {
        return Err(Failure::of(libc::EPIPE));
    }
    let begun = cx.state.writing().body.len();
    let all = size.saturating_add(begun).saturating_add(INSTRUCTION);
    claim::claim_on(cx, all)
}
