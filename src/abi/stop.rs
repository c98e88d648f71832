//! The wish that everything that is done with a handle comes to an end.
//!
//! It is wished from other threads and from signal handlers: no lock, no allocation. The header has no field for it; the
//! byte of `m_write` that says how a received message began means nothing in a packet that is sent.

use super::RTMP;

impl RTMP {
    /// Wishes that calls end, and that later ones fail.
    pub fn raise_stop(&self) {
        self.m_write.m_hasAbsTimestamp.set(1);
    }

    /// Takes the wish back.
    pub fn lower_stop(&self) {
        self.m_write.m_hasAbsTimestamp.set(0);
    }

    /// Whether calls are to end.
    pub fn is_stopped(&self) -> bool {
        self.m_write.m_hasAbsTimestamp.get() != 0
    }
}
