//! The memory that `RTMP_Read` fills.

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr;

use super::channels::ChannelIn;
use super::sockbuf::RTMPSockBuf;

/// The program's memory, filled from its beginning. The body of the next message can be gathered in it at once, with room for
/// the `frame` around it: bytes in front, and bytes behind.
pub struct Output<'a> {
    start: *mut u8,
    size: usize,
    used: Cell<usize>,
    frame: [usize; 2],
    /// A whole body stands behind what is used.
    is_whole: Cell<bool>,
    memory: PhantomData<&'a mut [u8]>,
}

impl<'a> Output<'a> {
    /// `memory`, of which so many bytes are `used` already.
    pub fn new(memory: &'a mut [u8], used: usize, frame: [usize; 2]) -> Self {
        Self {
            start: memory.as_mut_ptr(),
            size: memory.len(),
            used: Cell::new(used.min(memory.len())),
            frame,
            is_whole: Cell::new(false),
            memory: PhantomData,
        }
    }

    /// Bytes that the program gets.
    pub fn used(&self) -> usize {
        self.used.get()
    }

    /// Bytes that fit behind them.
    pub fn room(&self) -> usize {
        self.size - self.used()
    }

    /// Adds bytes, as many as fit: their number. No body may be on its way into the memory.
    pub fn put(&self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.room());
        let end = self.start.wrapping_add(self.used());
        // SAFETY: so many bytes of the memory are free; it is borrowed for this value alone.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), end, count) };
        self.used.set(self.used() + count);
        count
    }

    /// Whether a body of `size` bytes fits, with its frame.
    pub fn fits(&self, size: u32) -> bool {
        let [front, behind] = self.frame;
        (size as usize).saturating_add(front + behind) <= self.room()
    }

    /// Where the body of the next message would be.
    fn body(&self) -> *mut u8 {
        self.start.wrapping_add(self.used() + self.frame[0])
    }

    /// Lets the message that `stored` begins be gathered here. Who does that takes it back in time, by
    /// [`ChannelIn::bring_home`] or [`Self::take_back`]. False, and nothing done, if it does not fit.
    pub fn lend(&self, stored: &ChannelIn) -> bool {
        let does_fit = self.fits(stored.packet.m_nBodySize.get());
        if does_fit {
            // SAFETY: a body of this size fits behind the bytes in front of it.
            unsafe { stored.borrow(self.body()) };
        }
        does_fit
    }

    /// The message of `stored`, to which memory was lent, is complete: the bytes that were held for it.
    pub fn take_back(&self, stored: &ChannelIn) -> u32 {
        self.is_whole.set(true);
        stored.discard_body()
    }

    /// Moves the body of a whole message from the buffer, where it stands behind `head` bytes. False, and nothing done, if it
    /// does not fit, or has not come.
    pub fn take_body(&self, buffer: &RTMPSockBuf, head: usize, size: u32) -> bool {
        // SAFETY: a body of this size fits behind the bytes in front of it.
        let is_taken =
            self.fits(size) && unsafe { buffer.take_behind_raw(head, size as usize, self.body()) };
        self.is_whole.set(is_taken);
        is_taken
    }

    /// Whether the body of the last message is here already.
    pub fn is_whole(&self) -> bool {
        self.is_whole.get()
    }

    /// Whatever body is here is not wanted.
    pub fn forget(&self) {
        self.is_whole.set(false);
    }

    /// Puts the frame around the body of `size` bytes that is here: all of it is the program's.
    pub fn enclose(&self, front: &[u8], size: usize, behind: &[u8]) {
        self.is_whole.set(false);
        self.put(front);
        self.used.set(self.used() + size.min(self.room()));
        self.put(behind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(size: u32) -> ChannelIn {
        let stored = ChannelIn::default();
        stored.packet.m_nBodySize.set(size);
        stored
    }

    #[test]
    fn a_body_is_gathered_inside_its_frame() {
        let mut memory = [0; 20];
        let output = Output::new(&mut memory, 3, [2, 1]);
        let stored = message(4);
        assert!(output.lend(&stored) && stored.is_lent());
        stored.packet.append(b"body");
        assert_eq!(output.take_back(&stored), 4);
        assert!(output.is_whole() && stored.packet.is_bodiless());
        output.enclose(b"<<", 4, b">");
        assert_eq!(output.used(), 10);
        assert_eq!(memory[3..10], *b"<<body>");
    }

    #[test]
    fn what_does_not_fit_with_its_frame_is_not_lent() {
        let mut memory = [0; 10];
        let output = Output::new(&mut memory, 3, [2, 1]);
        assert!(output.fits(4) && !output.fits(5) && !output.fits(u32::MAX));
        let stored = message(5);
        assert!(!output.lend(&stored) && stored.packet.is_bodiless());
        assert_eq!(output.put(&[7; 9]), 7);
        assert!(!output.fits(0));
    }

    #[test]
    fn what_has_come_is_brought_home() {
        let mut memory = [0; 100];
        let output = Output::new(&mut memory, 0, [2, 1]);
        let stored = message(80);
        assert!(output.lend(&stored));
        stored.packet.append(b"half");
        // Room is made for the whole of a message as short as this.
        assert_eq!(stored.bring_home(), Some(0));
        assert!(!stored.is_lent() && !output.is_whole());
        memory.fill(b'x');
        let mut copy = [0; 4];
        assert_eq!(stored.packet.copy_received(0..4, &mut copy), 4);
        assert_eq!((copy, stored.discard_body()), (*b"half", 80));
    }
}
