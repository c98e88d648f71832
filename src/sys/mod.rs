//! The few system calls that std and socket2 lack.

pub mod clock;
pub mod errno;
pub mod log;
pub mod socket;

use core::sync::atomic::{AtomicI32, Ordering::Relaxed};

unsafe extern "C" {
    safe static RTMP_ctrlC: AtomicI32;
}

/// True when the program asked, from a signal handler perhaps, that calls which were interrupted end.
pub fn interrupted() -> bool {
    RTMP_ctrlC.load(Relaxed) != 0
}
