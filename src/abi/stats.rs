//! `RTMP_STATS`, and the numbers that are left when a connection is closed.

use core::ffi::c_int;

use super::extensible::Extensible;

/// Stands for a number that the system does not tell.
pub const RTMP_UNKNOWN: u32 = u32::MAX;

/// How a connection goes, see RTMP_GetStats. Sums begin with RTMP_Connect.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct RTMP_STATS {
    /// In: sizeof(RTMP_STATS) in the program. Later versions of the struct are longer.
    pub size: u32,
    /// RTMP_PHASE_*: what is under way.
    pub phase: c_int,
    /// Bytes of RTMP that were received and used; m_nBytesIn without its wrap.
    pub bytes_in: u64,
    /// Bytes of RTMP that were sent: of messages that were sent as a whole, or wait as a whole (queued).
    pub bytes_out: u64,
    /// Bytes received on the socket: with TLS, a tunnel and the talk with a proxy.
    pub wire_in: u64,
    /// Bytes sent on the socket, as far as the system has taken them.
    pub wire_out: u64,
    /// Complete messages received, those that the library answers by itself included.
    pub messages_in: u64,
    /// Messages sent, those of the library included. RTMP_SendChunk sends bytes.
    pub messages_out: u64,
    /// Bytes that the server has reported as received. It does so now and then, and some never do.
    pub confirmed: u64,
    /// Looking up the name, ms. This and the next four are rounded up, and 0 until that phase is done.
    pub resolve_ms: u32,
    /// Connecting the socket, with the talk with a proxy, ms.
    pub connect_ms: u32,
    /// The handshake of TLS, ms.
    pub tls_ms: u32,
    /// The handshake of RTMP, with the opening of a tunnel, ms.
    pub handshake_ms: u32,
    /// From there until play or publish was accepted, ms.
    pub dialogue_ms: u32,
    /// Time in which sends have waited for the peer, together, ms; a wait that goes on is included.
    pub blocked_ms: u32,
    /// Bytes that wait inside the library (RTMP_SetNonBlocking), part of bytes_out; 0 where calls wait.
    pub queued: u32,
    /// The age of the oldest of them, ms.
    pub queued_ms: u32,
    /// Bytes sent that the peer's system has not acknowledged: what waits to be sent, and what is on its way.
    pub unsent: u32,
    /// Room that the system has for them, SO_SNDBUF; on Linux with what it notes about them.
    pub send_buffer: u32,
    /// The round trip time, microseconds.
    pub rtt_us: u32,
    /// How much that varies, microseconds.
    pub rtt_var_us: u32,
    /// Segments sent again.
    pub retransmits: u32,
    /// What the peer has lately taken, bytes per second.
    pub delivery_rate: u32,
    /// Pings of the server that were answered.
    pub pings: u32,
    /// 0: with it the struct is as long on every machine.
    pub reserved: u32,
}

// SAFETY: numbers, of which the first is the size.
unsafe impl Extensible for RTMP_STATS {}

/// What stays of a connection: its sums, without those of the socket.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Totals {
    /// `bytes_in` to `confirmed`.
    pub sums: [u64; 7],
    /// `resolve_ms` to `blocked_ms`.
    pub times: [u32; 6],
    /// `pings`.
    pub pings: u32,
}

impl Totals {
    /// The numbers as the program gets them, of a connection that is no more.
    pub fn stats(self) -> RTMP_STATS {
        let [
            bytes_in,
            bytes_out,
            wire_in,
            wire_out,
            messages_in,
            messages_out,
            confirmed,
        ] = self.sums;
        let [
            resolve_ms,
            connect_ms,
            tls_ms,
            handshake_ms,
            dialogue_ms,
            blocked_ms,
        ] = self.times;
        RTMP_STATS {
            bytes_in,
            bytes_out,
            wire_in,
            wire_out,
            messages_in,
            messages_out,
            confirmed,
            resolve_ms,
            connect_ms,
            tls_ms,
            handshake_ms,
            dialogue_ms,
            blocked_ms,
            unsent: RTMP_UNKNOWN,
            send_buffer: RTMP_UNKNOWN,
            rtt_us: RTMP_UNKNOWN,
            rtt_var_us: RTMP_UNKNOWN,
            retransmits: RTMP_UNKNOWN,
            delivery_rate: RTMP_UNKNOWN,
            pings: self.pings,
            ..RTMP_STATS::default()
        }
    }

    /// The same numbers together with `more` of a connection before.
    #[must_use]
    pub fn with(mut self, more: &Self) -> Self {
        for (sum, more) in self.sums.iter_mut().zip(more.sums) {
            *sum = sum.wrapping_add(more);
        }
        for (time, more) in self.times.iter_mut().zip(more.times) {
            *time = time.saturating_add(more);
        }
        self.pings = self.pings.saturating_add(more.pings);
        self
    }

    /// All of it in one row, for [`Self::of`].
    pub(in crate::abi) fn words(self) -> [u64; WORDS] {
        let mut words = [0; WORDS];
        let small = self.times.into_iter().chain([self.pings]).map(u64::from);
        let all = self.sums.into_iter().chain(small);
        words.iter_mut().zip(all).for_each(|(word, it)| *word = it);
        words
    }

    /// What [`Self::words`] gave.
    pub(in crate::abi) fn of(words: [u64; WORDS]) -> Self {
        let mut totals = Self::default();
        let (sums, small) = words.split_at(totals.sums.len());
        totals.sums.copy_from_slice(sums);
        let mut small = small
            .iter()
            .map(|&word| u32::try_from(word).unwrap_or(u32::MAX));
        totals.times = totals.times.map(|_| small.next().unwrap_or(0));
        totals.pings = small.next().unwrap_or(0);
        totals
    }
}

/// How many numbers there are.
pub(in crate::abi) const WORDS: usize = 14;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_the_numbers() {
        let totals = Totals {
            sums: [1, 2 << 40, 3, u64::MAX, 5, 6, 7],
            times: [8, 9, u32::MAX, 11, 12, 13],
            pings: 14,
        };
        assert_eq!(Totals::of(totals.words()), totals);
        let twice = totals.with(&totals);
        assert_eq!(twice.sums, [2, 4 << 40, 6, u64::MAX - 1, 10, 12, 14]);
        assert_eq!(twice.times, [16, 18, u32::MAX, 22, 24, 26]);
        assert_eq!(twice.pings, 28);
    }
}
