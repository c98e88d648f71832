//! Bytes that differ from one time to the next, and are no secret to anybody.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::SystemTime;

/// Distance between two states of the generator (SplitMix64).
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Fills `bytes`, for where bytes only have to look like chance: it always works.
pub fn fill(bytes: &mut [u8]) {
    let mut state = seed();
    let mut next = || {
        state = state.wrapping_add(STEP);
        mixed(state).to_le_bytes()
    };
    let mut words = bytes.chunks_exact_mut(8);
    for word in &mut words {
        word.copy_from_slice(&next());
    }
    for (place, byte) in words.into_remainder().iter_mut().zip(next()) {
        *place = byte;
    }
}

/// Of the time, the process, the thread, and how often this was asked for.
fn seed() -> u64 {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Relaxed);
    let time = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let place = core::ptr::from_ref(&count).addr() as u64;
    [
        time.as_secs(),
        u64::from(time.subsec_nanos()),
        u64::from(std::process::id()),
        place,
        count as u64,
    ]
    .into_iter()
    .fold(STEP, |seed, part| mixed(seed ^ part))
}

fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_differs_and_repeats_nothing() {
        let [mut one, mut other] = [[0; 1528]; 2];
        fill(&mut one);
        fill(&mut other);
        assert_ne!(one, other);
        let mut words: Vec<_> = one.chunks(8).chain(other.chunks(8)).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 2 * 1528 / 8);
        let mut odd = [0; 3];
        fill(&mut odd);
        assert_ne!(odd, [0; 3]);
    }
}
