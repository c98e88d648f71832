//! `RTMP_STATS`, and what is left of its numbers when a connection is closed.

use super::sockbuf::{RTMP_BUFFER_CACHE_SIZE, RTMPSockBuf};

/// Stands for a number that the system does not tell.
pub const RTMP_UNKNOWN: u32 = u32::MAX;

/// How a connection goes, see RTMP_GetStats. Sums begin with the connection.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct RTMP_STATS {
    /// In: sizeof(RTMP_STATS) in the program. Later versions of the struct are longer.
    pub size: u32,
    /// What is under way: `RTMP_PHASE_IDLE` to `RTMP_PHASE_STREAMING`.
    pub phase: u32,
    /// Bytes of RTMP that were received and used; m_nBytesIn without its wrap.
    pub bytes_in: u64,
    /// Bytes of RTMP that were sent: of messages that were sent as a whole.
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
    /// Bytes that wait inside the library; 0 as long as calls wait.
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
}

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

    fn words(self) -> [u64; WORDS] {
        let mut words = [0; WORDS];
        let small = self.times.into_iter().chain([self.pings]).map(u64::from);
        let all = self.sums.into_iter().chain(small);
        words.iter_mut().zip(all).for_each(|(word, it)| *word = it);
        words[WORDS - 1] = checksum(&words);
        words
    }

    fn of(words: &[u64; WORDS]) -> Option<Self> {
        let mut totals = Self::default();
        let (sums, small) = words.split_at(totals.sums.len());
        totals.sums.copy_from_slice(sums);
        let mut small = small
            .iter()
            .map(|&word| u32::try_from(word).unwrap_or(u32::MAX));
        totals.times = totals.times.map(|_| small.next().unwrap_or(0));
        totals.pings = small.next()?;
        (words[WORDS - 1] == checksum(words)).then_some(totals)
    }
}

/// The numbers, and their sum.
const WORDS: usize = 15;
/// They lie at the end of the buffer. The reason of a failure lies at its beginning, and is far from being so long.
const TOTALS_AT: usize = RTMP_BUFFER_CACHE_SIZE - WORDS * size_of::<u64>();

/// Not 0 for zeros.
fn checksum(words: &[u64; WORDS]) -> u64 {
    let numbers = words.iter().take(WORDS - 1);
    numbers.fold(0x5254_4d50_7374_6174, |sum: u64, &word| {
        (sum ^ word)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    })
}

impl RTMPSockBuf {
    /// Leaves the sums of a connection that has ended in its buffer, which is nobody's then.
    pub fn leave_totals(&self, totals: Totals) {
        let words = totals.words();
        let bytes = words.iter().flat_map(|word| word.to_ne_bytes());
        let cells = self.sb_buf[TOTALS_AT..].iter();
        cells
            .zip(bytes)
            .for_each(|(cell, byte)| cell.set_byte(byte));
    }

    /// What was left there. `None` when there is nothing, and while it changes: another thread may be connecting.
    pub fn totals(&self) -> Option<Totals> {
        let mut words = [0; WORDS];
        let (places, _) = self.sb_buf[TOTALS_AT..].as_chunks::<{ size_of::<u64>() }>();
        for (word, place) in words.iter_mut().zip(places) {
            *word = u64::from_ne_bytes(place.each_ref().map(|cell| cell.byte()));
        }
        Totals::of(&words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::RTMP;

    fn some() -> Totals {
        Totals {
            sums: [1, 2 << 40, 3, u64::MAX, 5, 6, 7],
            times: [8, 9, u32::MAX, 11, 12, 13],
            pings: 14,
        }
    }

    #[test]
    fn what_was_left_is_found() {
        let r = RTMP::allocate();
        // SAFETY: new memory whose zero bytes are a value of every field.
        let sb = unsafe { &(*r).m_sb };
        assert_eq!(sb.totals(), None);
        sb.leave_totals(some());
        assert_eq!(sb.totals(), Some(some()));
        sb.leave_totals(Totals::default());
        assert_eq!(sb.totals(), Some(Totals::default()));
        sb.leave_totals(some());
        for cell in &sb.sb_buf[TOTALS_AT..] {
            let byte = cell.byte();
            cell.set_byte(byte ^ 1);
            assert_eq!(sb.totals(), None);
            cell.set_byte(byte);
        }
        // SAFETY: from `allocate`, and not used any more.
        unsafe { RTMP::release(r) };
    }
}
