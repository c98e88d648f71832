//! `RTMP_GetStats`: what it counts is what peers count, and asking disturbs nobody.

#[path = "../limits/client.rs"]
#[expect(dead_code, reason = "the tests of limits need the rest")]
mod client;
mod counts;
#[path = "../golden/messages.rs"]
#[expect(dead_code, reason = "the golden tests need the rest")]
mod messages;
mod peer;
mod phases;
#[cfg(feature = "tls")]
#[path = "../tls/pki.rs"]
#[expect(dead_code, reason = "the tests of TLS need the rest")]
mod pki;
mod threads;
#[path = "../limits/tunnel.rs"]
#[expect(dead_code, reason = "the tests of limits need the rest")]
mod tunnel;
#[cfg(target_os = "linux")]
mod unsent;

use std::time::Instant;

use rtmp::abi::{RTMP, RTMP_STATS};
use rtmp::ffi::rtmp::stats::RTMP_GetStats;

use client::{Client, PATIENCE};

/// What a program gets; `None`: FALSE.
fn asked(r: &RTMP) -> Option<RTMP_STATS> {
    let mut stats = RTMP_STATS {
        size: u32::try_from(size_of::<RTMP_STATS>()).unwrap(),
        ..RTMP_STATS::default()
    };
    let handle = std::ptr::from_ref(r).cast_mut();
    // SAFETY: a valid handle, and a struct with its size.
    (unsafe { RTMP_GetStats(handle, &raw mut stats) } == 1).then_some(stats)
}

fn stats(client: &Client) -> RTMP_STATS {
    asked(client.handle()).expect("numbers")
}

/// Looks until the numbers are as wanted, which others see to.
fn await_stats(client: &Client, what: &str, is_wanted: impl Fn(&RTMP_STATS) -> bool) -> RTMP_STATS {
    let begin = Instant::now();
    loop {
        let stats = stats(client);
        if is_wanted(&stats) {
            return stats;
        }
        assert!(begin.elapsed() < PATIENCE, "{what}: never");
        std::thread::yield_now();
    }
}
