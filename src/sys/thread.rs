//! Threads inside other people's programs.

use core::cell::Cell;
use core::mem::MaybeUninit;
use core::ptr;
use std::io;
use std::thread::Builder;

/// What a thread does.
pub type Task = Box<dyn FnOnce() + Send>;

/// Starts a thread that is not waited for. Signals are blocked in it: the program's handlers never run on a thread of which
/// the program knows nothing.
///
/// It may outlive the call that it works for, so it must own all it uses. A child that `fork` makes does not have the
/// thread. The shared library is never unmapped (`-z nodelete`, see build.rs), so that the code stays where it is after
/// `dlclose`; a plugin that contains the static library has to be linked in the same way.
pub fn start(name: &str, task: Task) -> io::Result<()> {
    let before = Mask::block_all()?;
    // The thread begins with the mask of the one that makes it.
    let started = Builder::new().name(name.to_owned()).spawn(task);
    before.restore();
    started.map(drop)
}

/// `pthread_cancel` ends a thread by running through its frames, which those of Rust do not survive. While this lasts it has to
/// wait.
///
/// Nothing happens when this is dropped: a cancellation acts through [`Self::end`], where no destructor is left to run.
#[must_use]
pub struct Uncancelled(Cancellability);

#[cfg(not(target_os = "android"))]
type Cancellability = core::ffi::c_int;
/// There is no such thing.
#[cfg(target_os = "android")]
type Cancellability = ();

#[cfg(target_vendor = "apple")]
const DISABLE: Cancellability = 0;
#[cfg(not(any(target_vendor = "apple", target_os = "android")))]
const DISABLE: Cancellability = 1;

#[cfg(not(target_os = "android"))]
unsafe extern "C-unwind" {
    fn pthread_setcancelstate(state: Cancellability, before: *mut Cancellability)
    -> Cancellability;
    safe fn pthread_testcancel();
}

#[cfg(not(target_os = "android"))]
impl Uncancelled {
    /// Begins such a time.
    #[inline]
    pub fn begin() -> Self {
        let mut before = DISABLE;
        // SAFETY: a state that exists, and room for the one before.
        unsafe { pthread_setcancelstate(DISABLE, &raw mut before) };
        Self(before)
    }

    /// Ends it. A thread that was cancelled meanwhile may end the next time it waits.
    #[inline]
    pub fn end(self) {
        // Without a place for it the old state is not asked for by every system.
        let mut before = DISABLE;
        // SAFETY: the state that was found, and room for the one before.
        unsafe { pthread_setcancelstate(self.0, &raw mut before) };
    }

    /// Ends it. A thread that was cancelled meanwhile ends here.
    #[inline]
    pub fn end_or_die(self) {
        self.end();
        pthread_testcancel();
    }
}

#[cfg(target_os = "android")]
impl Uncancelled {
    /// Begins such a time.
    pub fn begin() -> Self {
        Self(())
    }

    /// Ends it.
    pub fn end(self) {}

    /// Ends it.
    pub fn end_or_die(self) {}
}

/// What a thread is doing when something of the program's comes in between: a signal handler, or a callback.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// Anything: memory may just be allocated, and locks held.
    Work,
    /// It waits in the system. What it has locked belongs to one direction of a socket.
    SystemCall,
    /// It has called the program, and has locked nothing.
    Callback,
}

thread_local! {
    static NOW: Cell<Moment> = const { Cell::new(Moment::Work) };
}

impl Moment {
    /// What this thread is at.
    pub fn now() -> Self {
        NOW.get()
    }

    /// Begins such a moment on this thread.
    #[inline]
    pub fn begin(self) -> Lasting {
        Lasting(NOW.replace(self))
    }
}

/// A moment that lasts until this is dropped.
pub struct Lasting(Moment);

impl Drop for Lasting {
    #[inline]
    fn drop(&mut self) {
        NOW.set(self.0);
    }
}

/// Which signals are blocked on this thread.
struct Mask(libc::sigset_t);

impl Mask {
    /// Blocks all; what was blocked before.
    fn block_all() -> io::Result<Self> {
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: memory for a set, which is filled.
        unsafe { libc::sigfillset(all.as_mut_ptr()) };
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: a filled set, and memory for another.
        let error =
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
        if error != 0 {
            return Err(io::Error::from_raw_os_error(error));
        }
        // SAFETY: filled by the call that succeeded.
        Ok(Self(unsafe { before.assume_init() }))
    }

    fn restore(&self) {
        // SAFETY: a set that the system gave.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, ptr::null_mut()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn is_blocked(signal: i32) -> bool {
        let mut now = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: no set is given, and there is memory for one.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), now.as_mut_ptr()) };
        // SAFETY: a set that the system filled.
        unsafe { libc::sigismember(now.as_ptr(), signal) == 1 }
    }

    #[test]
    fn signals_stay_with_the_program() {
        let signals = [libc::SIGINT, libc::SIGTERM, libc::SIGALRM, libc::SIGUSR1];
        let before = signals.map(is_blocked);
        let (result, results) = mpsc::channel();
        let task = move || result.send(signals.map(is_blocked)).unwrap();
        start("librtmp-test", Box::new(task)).unwrap();
        assert_eq!(results.recv().unwrap(), [true; 4]);
        assert_eq!(before, [false; 4]);
        assert_eq!(signals.map(is_blocked), before);
    }
}
