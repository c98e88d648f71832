//! System calls that a signal interrupts, or that end while the process does not run, and their time.

use core::ffi::c_int;
use std::io;
use std::time::{Duration, Instant};

use super::deadline::Deadline;
use crate::sys;
use crate::sys::socket::{self, Readiness};

/// So late a system call may be.
const MOMENT: Duration = Duration::from_millis(10);
/// The longest wait inside a limit: so much of the time in which the process was stopped may count.
pub const STEP: Duration = Duration::from_millis(250);

/// Whether the socket is ready just now.
pub fn look(fd: c_int, ready: Readiness) -> io::Result<bool> {
    socket::wait(fd, ready, Some(Duration::ZERO))
}

/// After an interruption of a call that began at `begin`: waits for what is left of `limit`. False when it is over.
pub fn wait_on(fd: c_int, ready: Readiness, begin: Instant, limit: Option<Duration>) -> bool {
    let Some(limit) = limit else {
        return true;
    };
    let spent = begin.elapsed();
    // The system would have ended the call in time: the process did not run, and nobody knows since when.
    let has_been_stopped = spent > limit.saturating_add(MOMENT);
    let left = if has_been_stopped {
        limit
    } else {
        limit.saturating_sub(spent)
    };
    let mut rest = Deadline::within(Some(left));
    while let Some(step) = rest.step(STEP) {
        match rest.during(step, || socket::wait(fd, ready, Some(step))) {
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted && !sys::interrupted() => {}
            Ok(true) | Err(_) => return true,
        }
    }
    false
}

/// Calls `send` until it succeeds, fails, or the socket has taken nothing for as long as its limit says. Interruptions do
/// not make that longer.
pub fn patiently(fd: c_int, mut send: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    let begin = Instant::now();
    let mut has_looked_again = false;
    loop {
        let error = match send() {
            Ok(count) => return Ok(count),
            Err(error) => error,
        };
        match error.kind() {
            io::ErrorKind::Interrupted if !sys::interrupted() => {
                let limit = socket::send_timeout(fd);
                if !wait_on(fd, Readiness::Writable, begin, limit) {
                    return Err(io::Error::from_raw_os_error(libc::EAGAIN));
                }
            }
            io::ErrorKind::WouldBlock
                if !has_looked_again && matches!(look(fd, Readiness::Writable), Ok(true)) =>
            {
                // There was room between the end of the waiting and now, which may have been long.
                has_looked_again = true;
            }
            _ => return Err(error),
        }
    }
}
