//! Connections that a thread of the library's own is making (`RTMP_Start`), by the address of their handle: each attempt outlives
//! the private states that come and go while it lasts.
//!
//! The thread has the handle until the attempt is over, which the program is told by a pipe when the thread has left: a close
//! behind that has nobody to wait for. One that comes before the thread has begun makes it leave the handle alone; in between
//! it waits for the thread as for any other that is inside.
//!
//! A child of `fork` knows nothing of its parent's attempts, whose threads it does not have: there they have failed.

use core::ffi::c_int;
use core::ptr;
use core::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::collections::BTreeMap;
use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread;

use crate::abi::{RTMP, inside};
use crate::net::patience::look;
use crate::sys::lock::{Held, Lock};
use crate::sys::socket::Readiness;

/// How far the thread is.
const AWAITED: u8 = 0;
const BEGUN: u8 = 1;
const ABANDONED: u8 = 2;
const OVER: u8 = 3;

/// One attempt.
pub(in crate::session) struct Attempt {
    stage: AtomicU8,
    /// Readable when the attempt is over. Closed when that is known: the thread may be a moment behind.
    pipe: Lock<Option<(PipeReader, PipeWriter)>>,
    /// Its end for the program.
    fd: c_int,
    /// Why it has failed, by the system's number.
    failure: Lock<Option<c_int>>,
}

type Attempts = BTreeMap<usize, Arc<Attempt>>;

/// Those of each process: what a parent had locked is never used by its child. Beyond so many generations they share.
static ATTEMPTS: [Lock<Attempts>; 8] = [const { Lock::new(BTreeMap::new()) }; 8];
static OF_OTHERS: Lock<Attempts> = Lock::new(BTreeMap::new());

/// Those of this process.
fn table() -> &'static Lock<Attempts> {
    let own = ATTEMPTS.get(inside::process() as usize);
    own.unwrap_or(&OF_OTHERS)
}

/// What a signal handler has interrupted may have them: it is then left to the next close.
fn attempts() -> Option<Held<'static, Attempts>> {
    table().hold_if_free()
}

fn address(r: &RTMP) -> usize {
    ptr::from_ref(r).addr()
}

impl Attempt {
    /// Begins an attempt for `r`.
    pub(in crate::session) fn begin(r: &RTMP) -> io::Result<Arc<Self>> {
        let pipe = io::pipe()?;
        let attempt = Arc::new(Self {
            stage: AtomicU8::new(AWAITED),
            fd: pipe.0.as_raw_fd(),
            pipe: Lock::new(Some(pipe)),
            failure: Lock::new(None),
        });
        table().hold().insert(address(r), Arc::clone(&attempt));
        Ok(attempt)
    }

    /// The attempt of `r` that has not been forgotten.
    pub(in crate::session) fn of(r: &RTMP) -> Option<Arc<Self>> {
        // Another handle may have been at this place.
        r.was_started()
            .then(|| table().hold().get(&address(r)).cloned())
            .flatten()
    }

    /// The thread begins. False when nobody waits for it any more.
    pub(in crate::session) fn take(&self) -> bool {
        self.stage
            .compare_exchange(AWAITED, BEGUN, SeqCst, SeqCst)
            .is_ok()
    }

    /// The attempt is over, and the thread has left the handle.
    pub(in crate::session) fn end(&self, failure: Option<c_int>) {
        *self.failure.hold() = failure;
        if let Some((_, end)) = self.pipe.hold().as_mut() {
            // An empty pipe has room.
            let _ = end.write(&[0]);
        }
        // From here on the pipe is not touched any more.
        self.stage.store(OVER, SeqCst);
    }

    /// Whether it is. A program that is woken by the pipe may come before the thread has said so: it is let to do that, and the
    /// program does not go round meanwhile.
    pub(in crate::session) fn is_over(&self) -> bool {
        let is_over = || self.stage.load(SeqCst) == OVER;
        if !is_over() && self.is_told() {
            thread::yield_now();
        }
        is_over()
    }

    fn is_told(&self) -> bool {
        look(self.fd, Readiness::Readable).unwrap_or(false)
    }

    /// Why it has failed.
    pub(in crate::session) fn failure(&self) -> Option<c_int> {
        *self.failure.hold()
    }

    /// What is readable when it is over.
    pub(in crate::session) fn fd(&self) -> c_int {
        self.fd
    }
}

/// Makes a thread that has not begun yet leave the handle alone.
pub(in crate::session) fn abandon(r: &RTMP) {
    if r.was_started()
        && let Some(attempts) = attempts()
        && let Some(attempt) = attempts.get(&address(r))
    {
        // One that has begun is waited for.
        let _ = attempt
            .stage
            .compare_exchange(AWAITED, ABANDONED, SeqCst, SeqCst);
    }
}

/// Nothing is known of an attempt any more.
pub(in crate::session) fn forget(r: &RTMP) {
    if r.was_started()
        && let Some(mut attempts) = attempts()
    {
        let attempt = attempts.remove(&address(r));
        drop(attempts);
        match attempt {
            Some(attempt) => *attempt.pipe.hold() = None,
            None => forget_inherited(r),
        }
        r.forget_start();
    }
}

/// Closes what a child of `fork` has of an attempt of its parent, unless that was just in use.
fn forget_inherited(r: &RTMP) {
    let tables = ATTEMPTS.iter().take(inside::process() as usize);
    let mut free = tables.filter_map(Lock::hold_if_free);
    let attempt = free.find_map(|mut attempts| attempts.remove(&address(r)));
    if let Some(mut pipe) = attempt.as_ref().and_then(|it| it.pipe.hold_if_free()) {
        *pipe = None;
    }
}
