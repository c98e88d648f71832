//! Messages for the next reader, that came while something else was waited for.

use std::collections::VecDeque;

use crate::abi::{OwnedPacket, RTMPPacket};

/// So many of them are kept, and so many bytes: a server must not fill the memory of a program that does not read yet.
const MOST: usize = 1024;
const MOST_BYTES: usize = 4 << 20;

/// The messages, oldest first.
#[derive(Default)]
pub(in crate::session) struct Kept {
    messages: VecDeque<(OwnedPacket, usize)>,
    bytes: usize,
}

impl Kept {
    /// Takes the message out of `packet`, which has no body afterwards. False, and nothing taken, when there are too many.
    pub(in crate::session) fn push(&mut self, packet: &RTMPPacket) -> bool {
        let size = packet.m_nBodySize.get() as usize;
        let bytes = self.bytes.saturating_add(size);
        let is_bounded = bytes <= MOST_BYTES && self.messages.len() < MOST;
        if !is_bounded || self.messages.try_reserve(1).is_err() {
            return false;
        }
        self.messages.push_back((OwnedPacket::take(packet), size));
        self.bytes = bytes;
        true
    }

    /// The next message.
    pub(in crate::session) fn pop(&mut self) -> Option<OwnedPacket> {
        let (message, size) = self.messages.pop_front()?;
        self.bytes = self.bytes.saturating_sub(size);
        Some(message)
    }

    /// Bytes of their bodies.
    pub(in crate::session) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there are none.
    pub(in crate::session) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(time: u32, size: usize) -> RTMPPacket {
        let packet = RTMPPacket::default();
        packet.m_nTimeStamp.set(time);
        packet.m_nBodySize.set(u32::try_from(size).unwrap());
        packet
    }

    fn times(kept: &mut Kept) -> Vec<u32> {
        std::iter::from_fn(|| kept.pop())
            .map(|message| {
                let packet = RTMPPacket::default();
                message.give(&packet);
                packet.m_nTimeStamp.get()
            })
            .collect()
    }

    #[test]
    fn messages_keep_their_order() {
        let mut kept = Kept::default();
        assert!((0..3).all(|time| kept.push(&packet(time, 10))));
        assert_eq!(times(&mut kept), [0, 1, 2]);
        assert!(kept.is_empty() && kept.bytes == 0);
    }

    #[test]
    fn they_are_bounded_in_number_and_size() {
        let mut kept = Kept::default();
        let taken = (0..5000).filter(|&time| kept.push(&packet(time, 10)));
        assert_eq!(taken.count(), MOST);
        assert_eq!(times(&mut kept).len(), MOST);
        assert!(kept.push(&packet(0, MOST_BYTES)));
        assert!(!kept.push(&packet(1, 1)));
        assert_eq!(times(&mut kept), [0]);
        assert!(!kept.push(&packet(2, MOST_BYTES + 1)));
    }
}
