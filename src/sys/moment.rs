//! What a thread is doing when something of the program's comes in between: a signal handler, or a callback.

use core::cell::Cell;

/// What the code does that was interrupted.
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

/// What this thread is at.
pub fn now() -> Moment {
    NOW.get()
}

/// A moment that lasts until this is dropped.
pub struct Lasting(Moment);

impl Drop for Lasting {
    #[inline]
    fn drop(&mut self) {
        NOW.set(self.0);
    }
}

/// Begins a moment.
#[inline]
pub fn begin(moment: Moment) -> Lasting {
    Lasting(NOW.replace(moment))
}
