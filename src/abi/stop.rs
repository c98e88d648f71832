//! The request that everything that is done with a handle comes to an end.
//!
//! It is made by other threads and by signal handlers: no lock, no allocation. The header has no field for it; the
//! byte of `m_write` that says how a received message began means nothing in a packet that is sent.

use super::rtmp::RTMP;

/// Where it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The program, until it closes the handle.
    Cancel = 1,
    /// A thread that is closing the connection, until it has done so.
    Close = 2,
}

impl RTMP {
    /// Asks calls to end, and later ones to fail. True when that was not asked for in this way before.
    pub fn raise_stop(&self, by: Stop) -> bool {
        self.m_write.m_hasAbsTimestamp.raise(by as u8) & by as u8 == 0
    }

    /// Takes a request back.
    pub fn lower_stop(&self, by: Stop) {
        self.m_write.m_hasAbsTimestamp.lower(by as u8);
    }

    /// Takes all requests back.
    pub fn lower_stops(&self) {
        let all = Stop::Cancel as u8 | Stop::Close as u8;
        self.m_write.m_hasAbsTimestamp.lower(all);
    }

    /// Whether calls are to end.
    pub fn is_stopped(&self) -> bool {
        self.m_write.m_hasAbsTimestamp.get() != 0
    }

    /// Whether the program asks for it.
    pub fn is_cancelled(&self) -> bool {
        self.m_write.m_hasAbsTimestamp.get() & Stop::Cancel as u8 != 0
    }

    /// Whether a thread is closing the connection.
    pub fn is_closing(&self) -> bool {
        self.m_write.m_hasAbsTimestamp.seen() & Stop::Close as u8 != 0
    }
}
