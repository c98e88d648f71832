//! Connecting without waiting (`RTMP_Start`): all that waits is done by a thread of the library's own, by the code that calls of
//! the program run otherwise. The handle is that thread's until it is done.

use core::ffi::c_int;
use std::sync::Arc;

use crate::abi::{OwnedPacket, RTMP, RTMPPacket};
use crate::session::connect::{session, stream};
use crate::session::state::attempt::Attempt;
use crate::session::state::failure::Failure;
use crate::session::state::{State, attempt, door};
use crate::sys::{errno, thread};

use super::mode;

/// Begins to connect, and to ask for the stream from `seek` on. A copy of `packet` is sent instead of `connect`.
pub fn start(r: &'static RTMP, packet: Option<&RTMPPacket>, seek: c_int) -> Result<(), Failure> {
    if r.is_starting() {
        return Err(Failure::of(libc::EBUSY));
    }
    if r.Link.hostname.is_empty() {
        let _ = session::no_host(r);
        return Err(Failure::of(libc::EINVAL));
    }
    mode::is_possible(r)?;
    if !r.is_nonblocking() {
        mode::set(r, true, 0)?;
    }
    let packet = match packet.map(OwnedPacket::copy) {
        Some(None) => return Err(Failure::of(libc::ENOMEM)),
        packet => packet.flatten(),
    };
    attempt::forget(r);
    let begun = Attempt::begin(r).and_then(|attempt| {
        r.begin_start();
        let work = move || run(r, &attempt, packet.as_ref(), seek);
        thread::start("librtmp-connect", Box::new(work))
    });
    begun.map_err(|error| {
        let number = errno::of(&error, libc::EAGAIN);
        attempt::forget(r);
        Failure::of(number)
    })
}

/// What the thread does. It has left the handle when the program is told: that one may close it then, and free it.
fn run(r: &RTMP, attempt: &Arc<Attempt>, packet: Option<&OwnedPacket>, seek: c_int) {
    let mut ending = Ending {
        attempt,
        failure: Some(libc::EIO),
    };
    if let Some(_call) = door::enter_if(r, || attempt.take()) {
        ending.failure = connect(r, packet, seek).err().map(Failure::number);
    }
}

fn connect(r: &RTMP, packet: Option<&OwnedPacket>, seek: c_int) -> Result<(), Failure> {
    session::connect(r, packet.map(|packet| &**packet))?;
    if !stream::connect(r, seek) {
        return Err(Failure::here());
    }
    mode::enter(State::of(r).on(r))
}

/// Tells the program, also behind a panic.
struct Ending<'a> {
    attempt: &'a Attempt,
    failure: Option<c_int>,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.attempt.end(self.failure);
    }
}
