//! The clock that librtmp shows to programs.

use core::mem::MaybeUninit;

/// Milliseconds since some moment in the past, in steps of one clock tick; wraps at 2^32 (spec 02 §4).
pub fn ticks_ms() -> u32 {
    let mut usage = MaybeUninit::<libc::tms>::uninit();
    // SAFETY: `times` fills the struct, which nobody reads.
    let ticks = i128::from(unsafe { libc::times(usage.as_mut_ptr()) });
    // SAFETY: any name may be asked for.
    let per_second = i128::from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).max(1);
    let [a, b, c, d, ..] = (ticks * 1000 / per_second).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks of a hundredth of a second, which all current systems have.
    fn ticks() -> u32 {
        let mut usage = MaybeUninit::<libc::tms>::uninit();
        // SAFETY: `times` fills the struct.
        let ticks = unsafe { libc::times(usage.as_mut_ptr()) };
        let [a, b, c, d, ..] = ticks.to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    #[test]
    fn a_tick_is_ten_milliseconds() {
        let before = ticks().wrapping_mul(10);
        let now = ticks_ms();
        let after = ticks().wrapping_mul(10);
        assert!(now.wrapping_sub(before) <= after.wrapping_sub(before));
    }
}
