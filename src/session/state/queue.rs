//! What waits for the socket where no call does: the bytes of whole messages, in the order in which they leave.

use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::collections::VecDeque;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// More room than this is given back when the queue is empty.
const KEPT: usize = 64 * 1024;
/// What the library says by itself may go beyond the limit by so many bytes, twice: then nothing more is read that could
/// be answered.
const RESERVE: usize = 64 * 1024;

/// The queue of one connection.
pub(in crate::session) struct Queue {
    bytes: Vec<u8>,
    /// So many of them have left.
    start: usize,
    /// So many are encrypted: what has left, and more where the socket has not taken all.
    encrypted: usize,
    limit: usize,
    /// Messages of which something waits: where they end, and since when they are there.
    messages: VecDeque<(usize, Instant)>,
    /// Since when the socket has taken nothing.
    stalled: Option<Instant>,
}

impl Queue {
    /// An empty one, that holds `limit` bytes.
    pub(in crate::session) fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            encrypted: 0,
            limit,
            messages: VecDeque::new(),
            stalled: None,
        }
    }

    /// Holds so many bytes from here on.
    pub(in crate::session) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Bytes that wait.
    pub(in crate::session) fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.start)
    }

    /// Since when the oldest message waits.
    pub(in crate::session) fn oldest(&self) -> Option<Instant> {
        self.messages.front().map(|&(_, since)| since)
    }

    /// Whether `count` bytes more are to be taken. One message is, however long, when nothing else waits.
    pub(in crate::session) fn has_room(&self, count: usize) -> bool {
        self.len() == 0 || self.len().saturating_add(count) <= self.limit
    }

    /// Takes a message of `total` bytes, which `write` appends. False without memory.
    pub(in crate::session) fn put(
        &mut self,
        total: usize,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> bool {
        if self.bytes.try_reserve(total).is_err() || self.messages.try_reserve(1).is_err() {
            return false;
        }
        write(&mut self.bytes);
        self.messages.push_back((self.bytes.len(), Instant::now()));
        true
    }

    /// The next bytes for the socket, at most so many. Those that were not shown before are encrypted.
    pub(in crate::session) fn front(
        &mut self,
        most: usize,
        encrypt: impl FnOnce(&mut [u8]),
    ) -> &[u8] {
        let end = self.start.saturating_add(most).min(self.bytes.len());
        if let Some(fresh) = self.bytes.get_mut(self.encrypted..end) {
            encrypt(fresh);
            self.encrypted = end;
        }
        self.bytes.get(self.start..end).unwrap_or_default()
    }

    /// The socket has taken `count` bytes of them.
    pub(in crate::session) fn took(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.start = self.start.saturating_add(count).min(self.bytes.len());
        self.stalled = None;
        let start = self.start;
        while self.messages.front().is_some_and(|&(end, _)| end <= start) {
            self.messages.pop_front();
        }
        if self.len() == 0 {
            self.bytes.clear();
            self.bytes.shrink_to(KEPT);
            (self.start, self.encrypted) = (0, 0);
        } else if start > self.bytes.len() / 2 {
            self.bytes.drain(..start);
            self.encrypted = self.encrypted.saturating_sub(start);
            self.start = 0;
            for (end, _) in &mut self.messages {
                *end = end.saturating_sub(start);
            }
        }
    }

    /// The socket takes nothing now. True when it has not for as long as `limit`.
    pub(in crate::session) fn stall(&mut self, limit: Option<Duration>) -> bool {
        let since = *self.stalled.get_or_insert_with(Instant::now);
        limit.is_some_and(|limit| since.elapsed() >= limit)
    }

    /// The socket has taken something, or there is nothing for it.
    pub(in crate::session) fn go_on(&mut self) {
        self.stalled = None;
    }

    /// When it last took something, if it does not now.
    pub(in crate::session) fn stalled(&self) -> Option<Instant> {
        self.stalled
    }
}

/// What any thread may ask of the queue, and what the reader notes beside it.
#[derive(Default)]
pub(in crate::session) struct Level {
    /// There is a queue: no call waits.
    is_on: AtomicBool,
    /// Bytes that wait, those in TLS too.
    queued: AtomicUsize,
    /// Since when the oldest of them do, ms by [`clock`]; 0: none does.
    oldest: AtomicU64,
    limit: AtomicUsize,
    /// The last look found nothing to receive.
    pub(in crate::session) is_dry: AtomicBool,
    /// It is the server's side: what comes is for the program.
    pub(in crate::session) is_server: AtomicBool,
    /// The goodbye has been said.
    pub(in crate::session) is_finishing: AtomicBool,
}

impl Level {
    /// No call waits from here on, or each does.
    pub(in crate::session) fn turn(&self, limit: Option<usize>) {
        self.limit.store(limit.unwrap_or(0), Relaxed);
        self.is_on.store(limit.is_some(), Relaxed);
    }

    /// Whether no call waits.
    #[inline]
    pub(in crate::session) fn is_on(&self) -> bool {
        self.is_on.load(Relaxed)
    }

    /// So many bytes wait now, the oldest since then.
    pub(in crate::session) fn show(&self, queued: usize, oldest: Option<Instant>) {
        self.queued.store(queued, Relaxed);
        self.oldest.store(oldest.map_or(0, clock), Relaxed);
    }

    /// How long the oldest byte has waited, ms; 0 when none does.
    pub(in crate::session) fn age(&self) -> u64 {
        match self.oldest.load(Relaxed) {
            0 => 0,
            since => clock(Instant::now()).saturating_sub(since),
        }
    }

    /// Bytes that wait.
    pub(in crate::session) fn queued(&self) -> usize {
        self.queued.load(Relaxed)
    }

    /// Whether nothing is to be read: an answer would have no room.
    pub(in crate::session) fn is_stuffed(&self) -> bool {
        self.queued() > self.limit.load(Relaxed).saturating_add(RESERVE)
    }
}

/// Milliseconds since some moment before the first that this was asked for; not 0.
fn clock(time: Instant) -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let first = *FIRST.get_or_init(Instant::now);
    let millis = time.saturating_duration_since(first).as_millis();
    u64::try_from(millis).unwrap_or(u64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(limit: usize, messages: &[&[u8]]) -> Queue {
        let mut queue = Queue::new(limit);
        for message in messages {
            assert!(queue.put(message.len(), |bytes| bytes.extend_from_slice(message)));
        }
        queue
    }

    /// What leaves when the socket takes so many bytes each time, encrypted by a sum that knows the place of each byte.
    fn leave(queue: &mut Queue, takes: usize) -> Vec<u8> {
        let (mut all, mut place) = (Vec::new(), 0_u8);
        while queue.len() > 0 {
            let piece = queue.front(7, |bytes| {
                for byte in bytes {
                    *byte = byte.wrapping_add(place);
                    place = place.wrapping_add(1);
                }
            });
            let taken = takes.min(piece.len());
            all.extend_from_slice(&piece[..taken]);
            queue.took(taken);
        }
        all
    }

    #[test]
    fn each_byte_leaves_once_and_is_encrypted_once() {
        let sum: Vec<u8> = (0..40).map(|at| at + at).collect();
        let plain: Vec<u8> = (0..40).collect();
        for takes in 1..9 {
            for cut in 0..40 {
                let (one, other) = plain.split_at(cut);
                let mut queue = queue(1, &[one, other]);
                assert_eq!(leave(&mut queue, takes), sum);
                assert_eq!((queue.len(), queue.oldest()), (0, None));
            }
        }
    }

    #[test]
    fn what_comes_while_others_leave_stands_behind_them() {
        let mut queue = queue(100, &[b"abcdef"]);
        queue.took(5);
        assert!(queue.put(2, |bytes| bytes.extend_from_slice(b"gh")));
        assert_eq!(queue.front(100, |_| ()), b"fgh");
        queue.took(1);
        assert_eq!(queue.messages.len(), 1);
        assert_eq!(queue.front(100, |_| ()), b"gh");
    }

    #[test]
    fn one_message_has_room_however_long() {
        let mut queue = queue(10, &[]);
        assert!(queue.has_room(1000));
        assert!(queue.put(6, |bytes| bytes.extend_from_slice(b"abcdef")));
        assert!(queue.has_room(4) && !queue.has_room(5) && !queue.has_room(usize::MAX));
        queue.took(6);
        assert!(queue.has_room(1000));
    }

    #[test]
    fn a_socket_that_takes_nothing_for_too_long() {
        let mut queue = queue(10, &[b"abc"]);
        assert!(!queue.stall(None) && !queue.stall(Some(Duration::from_secs(1000))));
        assert!(queue.stall(Some(Duration::ZERO)) && queue.stalled().is_some());
        queue.took(1);
        assert!(queue.stalled().is_none());
    }

    #[test]
    fn any_thread_sees_how_much_waits_and_how_long() {
        let level = Level::default();
        assert!(!level.is_on() && level.age() == 0);
        level.turn(Some(10));
        level.show(
            10 + RESERVE,
            Instant::now().checked_sub(Duration::from_millis(70)),
        );
        assert!(level.is_on() && !level.is_stuffed());
        level.show(11 + RESERVE, None);
        assert!(level.is_stuffed() && level.age() == 0);
    }
}
