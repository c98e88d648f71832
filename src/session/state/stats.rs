//! How a connection goes, in numbers (`RTMP_GetStats`).
//!
//! Any thread may ask at any moment, and waits for nobody: all is in atomics, of which each has one writer at a time. When the
//! private state goes, the sums are left in the receive buffer, which then is nobody's, as the reason of a failure is.

use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::abi::{
    RTMP, RTMP_PHASE_CONNECTING, RTMP_PHASE_DIALOGUE, RTMP_PHASE_IDLE, RTMP_PHASE_STREAMING, Totals,
};
use crate::net::traffic::{Counter, Traffic};

use super::reason::Phase;

/// What takes time before media flows.
#[derive(Clone, Copy)]
pub(in crate::session) enum Step {
    /// Looking up the name.
    Resolve,
    /// Connecting the socket, and what a proxy has to be told.
    Connect,
    /// The handshake of TLS.
    #[cfg_attr(
        not(any(feature = "tls", test)),
        expect(dead_code, reason = "nobody takes it")
    )]
    Tls,
    /// Opening a tunnel, and the handshake of RTMP.
    Handshake,
    /// From there to the stream.
    Dialogue,
}

/// The numbers of a connection, with those of the connections that a call has gone on without.
#[derive(Default)]
pub(in crate::session) struct Stats {
    /// Those of the connections before.
    earlier: OnceLock<Totals>,
    /// A connection is, or was, to be made: before that another one's numbers count.
    is_begun: AtomicBool,
    /// What a call is at; `RTMP_PHASE_IDLE` and `RTMP_PHASE_STREAMING` say nothing.
    under_way: AtomicI32,
    /// What the connection is at then, as long as nothing plays; `RTMP_PHASE_IDLE`: the program makes it by itself, or it is a
    /// server's.
    between: AtomicI32,
    /// Bytes of RTMP: used, and sent.
    pub(in crate::session) bytes_in: Counter,
    pub(in crate::session) bytes_out: Counter,
    pub(in crate::session) messages_in: Counter,
    pub(in crate::session) messages_out: Counter,
    /// What the server has reported as received.
    confirmed: Counter,
    /// Pings that were answered.
    pub(in crate::session) pings: Counter,
    /// The next byte in the socket was counted already: it was given back.
    pub(in crate::session) is_byte_returned: AtomicBool,
    /// Milliseconds.
    times: [AtomicU32; 5],
    /// When the dialogue began.
    dialogue: OnceLock<Instant>,
    /// What goes over the socket: TLS counts there, too.
    pub(in crate::session) traffic: Arc<Traffic>,
}

impl Stats {
    /// A connection is to be made.
    pub(in crate::session) fn begin(&self) {
        self.is_begun.store(true, Relaxed);
    }

    /// Whether one is, or was.
    pub(in crate::session) fn is_begun(&self) -> bool {
        self.is_begun.load(Relaxed)
    }

    /// Notes what a call is at.
    pub(in crate::session) fn enter(&self, phase: Phase) {
        self.under_way.store(phase.number(), Relaxed);
    }

    /// Notes what the connection is at when no call is under way.
    pub(in crate::session) fn rest_in(&self, phase: Phase) {
        self.between.store(phase.number(), Relaxed);
    }

    /// What the connection of `r` is at.
    pub(in crate::session) fn phase(&self, r: &RTMP) -> c_int {
        let (under_way, between) = (self.under_way.load(Relaxed), self.between.load(Relaxed));
        let is_connected = r.m_sb.sb_socket.observe() != -1;
        match (under_way, between) {
            (RTMP_PHASE_CONNECTING..=RTMP_PHASE_DIALOGUE, _) => under_way,
            _ if !is_connected => RTMP_PHASE_IDLE,
            (_, RTMP_PHASE_CONNECTING..=RTMP_PHASE_DIALOGUE) if r.m_bPlaying.get() == 0 => between,
            _ => RTMP_PHASE_STREAMING,
        }
    }

    /// Does a step: how long it takes counts when it is done.
    pub(in crate::session) fn timed<T, E>(
        &self,
        step: Step,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = Instant::now();
        work().inspect(|_| self.count_time(step, begin.elapsed()))
    }

    /// Rounded up: 0 would mean that it was not done.
    fn count_time(&self, step: Step, time: Duration) {
        let millis = u32::try_from(time.as_micros().div_ceil(1000).max(1)).unwrap_or(u32::MAX);
        if let Some(place) = self.times.get(step as usize) {
            let before = place.load(Relaxed);
            place.store(before.saturating_add(millis), Relaxed);
        }
    }

    /// The client's handshake is done: a dialogue begins.
    pub(in crate::session) fn begin_dialogue(&self) {
        self.rest_in(Phase::Dialogue);
        self.dialogue.get_or_init(Instant::now);
    }

    /// The stream is accepted: the first one ends the dialogue.
    pub(in crate::session) fn end_dialogue(&self) {
        let is_first = self
            .times
            .get(Step::Dialogue as usize)
            .is_some_and(|time| time.load(Relaxed) == 0);
        if let Some(begin) = self.dialogue.get().filter(|_| is_first) {
            self.count_time(Step::Dialogue, begin.elapsed());
        }
    }

    /// The server has received so many bytes, of which it tells the last 32 bits. What would be a step back is none.
    pub(in crate::session) fn confirm(&self, bytes: u32) {
        let known = self.confirmed.get();
        let low = u32::try_from(known & u64::from(u32::MAX)).unwrap_or(0);
        let more = bytes.wrapping_sub(low);
        if known == 0 {
            self.confirmed.set(bytes.into());
        } else if more <= u32::MAX / 2 {
            self.confirmed.set(known.saturating_add(more.into()));
        }
    }

    /// The call goes on here, behind a connection with these numbers.
    pub(in crate::session) fn go_on(&self, earlier: Totals) {
        self.earlier.get_or_init(|| earlier);
    }

    /// All of it.
    pub(in crate::session) fn totals(&self) -> Totals {
        let [resolve, connect, tls, handshake, dialogue] =
            self.times.each_ref().map(|time| time.load(Relaxed));
        let waited = u32::try_from(self.traffic.waited().as_millis()).unwrap_or(u32::MAX);
        let own = Totals {
            sums: [
                self.bytes_in.get(),
                self.bytes_out.get(),
                self.traffic.received.get(),
                self.traffic.sent.get(),
                self.messages_in.get(),
                self.messages_out.get(),
                self.confirmed.get(),
            ],
            times: [resolve, connect, tls, handshake, dialogue, waited],
            pings: u32::try_from(self.pings.get()).unwrap_or(u32::MAX),
        };
        match self.earlier.get() {
            Some(earlier) => own.with(earlier),
            None => own,
        }
    }

    /// Leaves the sums in the handle, whose private state is about to go. Where no connection was to be made those of the
    /// last one stay.
    pub(in crate::session) fn leave(&self, r: &RTMP) {
        if self.is_begun() {
            r.m_sb.leave_totals(self.totals());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirmed(reports: &[u32]) -> u64 {
        let stats = Stats::default();
        reports.iter().for_each(|&bytes| stats.confirm(bytes));
        stats.confirmed.get()
    }

    #[test]
    fn reports_wrap_and_never_go_back() {
        assert_eq!(confirmed(&[]), 0);
        assert_eq!(confirmed(&[5000, 12_000]), 12_000);
        assert_eq!(confirmed(&[12_000, 5000]), 12_000);
        assert_eq!(confirmed(&[0xffff_fff0, 0x10]), 0x1_0000_0010);
        assert_eq!(confirmed(&[0xffff_fff0, 0x10, 0xffff_fff0]), 0x1_0000_0010);
        let around = [0x6000_0000, 0xc000_0000, 0x2000_0000, 0x8000_0000];
        let twice = [around, around].concat();
        assert_eq!(confirmed(&twice[..4]), 0x1_8000_0000);
        assert_eq!(confirmed(&twice), 0x2_8000_0000);
    }

    #[test]
    fn a_step_that_failed_takes_no_time() {
        let stats = Stats::default();
        assert_eq!(stats.timed(Step::Tls, || Err::<(), _>(1)), Err(1));
        assert_eq!(stats.timed(Step::Resolve, || Ok::<_, ()>(2)), Ok(2));
        let [resolve, _, tls, ..] = stats.totals().times;
        assert!(resolve > 0 && tls == 0);
    }
}
