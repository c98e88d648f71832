//! The clock of the handshake.

/// Milliseconds of the process-times clock; wraps (`RTMP_GetTime`).
pub fn ticks_ms() -> u32 {
    0
}
