//! The few system calls that std and socket2 lack.

use core::sync::atomic::{AtomicI32, Ordering::Relaxed};

pub mod clock;
pub mod environment;
pub mod errno;
pub mod lock;
pub mod log;
pub mod moment;
pub mod noise;
mod reserve;
pub mod socket;
pub mod thread;

unsafe extern "C" {
    /// Programs set it from signal handlers: it is read through its symbol, so that the copy in the program counts.
    safe static RTMP_ctrlC: AtomicI32;
}

/// True when the program or its user wants blocking calls to end (spec 02 §8.7).
pub fn interrupted() -> bool {
    RTMP_ctrlC.load(Relaxed) != 0
}

/// Makes blocking calls end that a signal interrupts.
pub fn interrupt() {
    RTMP_ctrlC.store(1, Relaxed);
}
