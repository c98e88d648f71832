//! The last moments of a connection: how long they may last.

use core::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::abi::RTMPSockBuf;
use crate::sys::socket;

/// A close is over after so long, whatever the peer does.
const MOST: Duration = Duration::from_secs(1);
/// And when the peer has taken nothing for so long.
const STALL: Duration = Duration::from_millis(500);
/// The end of a connection, from the wish to the closed socket.
pub(in crate::session) struct Parting {
    end: Instant,
    /// The longest wait in which the peer takes nothing.
    pub(in crate::session) stall: Duration,
    /// The peer has not taken everything yet. One that has gets the last words too, and needs no waiting.
    pub(in crate::session) is_behind: bool,
    /// A reader was woken that had nothing to send.
    pub(in crate::session) is_gentle: AtomicBool,
    /// The peer has taken nothing for too long, or somebody was stopped in the middle of a message.
    pub(in crate::session) is_in_vain: AtomicBool,
}

impl Parting {
    /// Begins to close. A shorter send timeout holds here too, and a program that has said how long to linger is obeyed.
    pub(in crate::session) fn begin(sb: &RTMPSockBuf) -> Self {
        let fd = sb.sb_socket.observe();
        let usual = || socket::send_timeout(fd).map_or(MOST, |own| own.min(MOST));
        let wish = socket::linger(fd);
        Self {
            end: Instant::now() + wish.unwrap_or_else(usual),
            stall: wish.unwrap_or(STALL),
            is_behind: socket::unsent(fd) > 0,
            is_gentle: AtomicBool::new(false),
            is_in_vain: AtomicBool::new(false),
        }
    }

    /// No call waits: what the socket takes now is said, and no more.
    pub(in crate::session) fn at_once() -> Self {
        Self {
            end: Instant::now(),
            stall: Duration::ZERO,
            is_behind: false,
            is_gentle: AtomicBool::new(false),
            is_in_vain: AtomicBool::new(false),
        }
    }

    /// The time that is left.
    pub(in crate::session) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}
