//! What a connection that has failed leaves behind in its receive buffer, which then is nobody's: why.
//!
//! Close frees everything, and not every program closes again after a failure. Programs can write into the buffer, so a note
//! is believed only with its checksum. Any thread may look at it while another connects anew: looking is a visit
//! ([`inside::visit`]), and the buffer is not used for anything else before visits have ended.

use core::ffi::{CStr, c_char};
use core::mem::{offset_of, size_of};
use core::ptr;

use super::error::RTMP_ERROR;
use super::inside;
use super::sockbuf::RTMPSockBuf;

/// Where a note stands in the buffer: not at its front, where the next unread byte of an empty buffer is otherwise.
const NOTE_AT: usize = 1;
/// The checksum in front of it.
const SUM: usize = size_of::<u64>();
const NOTE: usize = size_of::<RTMP_ERROR>();
const TEXT_AT: usize = NOTE_AT + SUM + offset_of!(RTMP_ERROR, text);

type Bytes = [u8; NOTE];

impl RTMPSockBuf {
    /// Leaves a note in the buffer of a connection that has ended, or takes the last away.
    pub fn leave_note(&self, note: Option<&RTMP_ERROR>) {
        self.sb_size.set(0);
        self.sb_start.swap(self.base());
        // A visit that a signal handler has interrupted finds a wrong sum.
        inside::wait_for_visits(self.note_field());
        let Some(bytes) = note.map(bytes_of) else {
            return;
        };
        let sum = sum_of(bytes).to_ne_bytes();
        let cells = self.sb_buf.iter().skip(NOTE_AT);
        for (cell, &byte) in cells.zip(sum.iter().chain(bytes)) {
            cell.set_byte(byte);
        }
        self.sb_start.swap(self.mark());
    }

    /// The note that [`Self::leave_note`] has left, if the buffer has not been used since. Any thread may ask.
    pub fn note(&self) -> Option<RTMP_ERROR> {
        inside::visit(self.note_field(), || {
            if !self.is_marked() {
                return None;
            }
            let (mut sum, mut bytes) = ([0; SUM], [0; NOTE]);
            let cells = self.sb_buf.iter().skip(NOTE_AT);
            for (cell, byte) in cells.zip(sum.iter_mut().chain(&mut bytes)) {
                *byte = cell.byte();
            }
            let is_whole = sum_of(&bytes) == u64::from_ne_bytes(sum);
            (is_whole && self.is_marked()).then(|| from_bytes(&bytes))
        })
    }

    /// Whether there is a note in words.
    pub fn has_note(&self) -> bool {
        self.note().is_some_and(|note| !note.text().is_empty())
    }

    /// The words of the note where they stand, empty when there are none.
    pub fn note_text(&self) -> &CStr {
        if !self.has_note() {
            return c"";
        }
        let start = self.sb_buf[TEXT_AT..].as_ptr().cast::<u8>();
        // SAFETY: the text lies inside the initialised `sb_buf`; nothing writes to the buffer of a handle without a
        // connection, as the contract of `RTMP_LastError` says.
        let bytes =
            unsafe { core::slice::from_raw_parts(start, NOTE - offset_of!(RTMP_ERROR, text)) };
        CStr::from_bytes_until_nul(bytes).unwrap_or_default()
    }

    /// Whether a note may be there: what the buffer holds is not looked at.
    pub(in crate::abi) fn is_marked(&self) -> bool {
        self.sb_socket.observe() == -1
            && self.sb_size.get() == 0
            && self.sb_start.seen() == self.mark()
    }

    fn mark(&self) -> *mut c_char {
        self.base().wrapping_add(NOTE_AT)
    }

    fn note_field(&self) -> usize {
        ptr::from_ref(&self.sb_start).addr()
    }
}

fn bytes_of(note: &RTMP_ERROR) -> &Bytes {
    const { assert!(NOTE == 5 * size_of::<u32>() + 64 + 1024) };
    // SAFETY: numbers without any gap between them, as their sizes say: all bytes are initialised.
    unsafe { &*ptr::from_ref(note).cast() }
}

fn from_bytes(bytes: &Bytes) -> RTMP_ERROR {
    // SAFETY: any bytes are numbers.
    unsafe { bytes.as_ptr().cast::<RTMP_ERROR>().read_unaligned() }
}

/// FNV-1a.
fn sum_of(bytes: &Bytes) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::super::error::{RTMP_ERR_LOST, RTMP_PHASE_TLS};
    use super::super::rtmp::RTMP;
    use super::*;
    use core::sync::atomic::{AtomicBool, Ordering::SeqCst};
    use std::thread;

    struct Handle(*mut RTMP);

    impl Handle {
        fn new() -> Self {
            let handle = RTMP::allocate();
            // SAFETY: memory for a handle.
            unsafe { RTMP::initialise(handle) };
            Self(handle)
        }

        fn buffer(&self) -> &RTMPSockBuf {
            // SAFETY: an initialised handle.
            &unsafe { RTMP::from_ptr(self.0) }.unwrap().m_sb
        }
    }

    impl Drop for Handle {
        fn drop(&mut self) {
            // SAFETY: made by `new`.
            unsafe { RTMP::release(self.0) };
        }
    }

    fn lost() -> RTMP_ERROR {
        let mut note = RTMP_ERROR {
            kind: RTMP_ERR_LOST,
            phase: RTMP_PHASE_TLS,
            system: libc::EPIPE,
            ..RTMP_ERROR::NONE
        };
        note.set_text(b"TLS: Broken pipe");
        note
    }

    #[test]
    fn a_note_stays_until_it_is_taken_away() {
        let handle = Handle::new();
        let buffer = handle.buffer();
        assert_eq!((buffer.note(), buffer.has_note()), (None, false));
        for _ in 0..2 {
            buffer.leave_note(Some(&lost()));
            assert_eq!((buffer.note(), buffer.has_note()), (Some(lost()), true));
            assert_eq!(buffer.note_text(), c"TLS: Broken pipe");
            // An empty buffer that is cleared, and looked at for room.
            buffer.clear();
            buffer.room();
            assert!(buffer.is_empty() && buffer.has_note());
        }
        buffer.leave_note(None);
        assert_eq!((buffer.note(), buffer.note_text()), (None, c""));
    }

    #[test]
    fn the_buffer_is_not_used_while_a_note_is_looked_at() {
        let handle = Handle::new();
        let buffer = handle.buffer();
        buffer.leave_note(Some(&lost()));
        let (begun, has_looked) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                inside::visit(buffer.note_field(), || {
                    begun.store(true, SeqCst);
                    while buffer.sb_start.seen() == buffer.mark() {
                        thread::yield_now();
                    }
                    // Who does not wait goes on meanwhile.
                    (0..1000).for_each(|_| thread::yield_now());
                    has_looked.store(true, SeqCst);
                });
            });
            while !begun.load(SeqCst) {
                thread::yield_now();
            }
            buffer.leave_note(None);
            assert!(has_looked.load(SeqCst));
        });
    }

    #[test]
    fn a_note_without_words_is_one() {
        let handle = Handle::new();
        let mut note = lost();
        note.set_text(b"");
        handle.buffer().leave_note(Some(&note));
        assert_eq!(handle.buffer().note(), Some(note));
        assert!(!handle.buffer().has_note());
        assert_eq!(handle.buffer().note_text(), c"");
    }

    #[test]
    fn what_a_program_has_written_over_is_no_note() {
        let handle = Handle::new();
        let buffer = handle.buffer();
        for at in 0..RTMP_ERROR_END {
            buffer.leave_note(Some(&lost()));
            let cell = &buffer.sb_buf[at];
            cell.set_byte(cell.byte() ^ 0x40);
            let is_inside = at >= NOTE_AT;
            assert_eq!(buffer.note().is_none(), is_inside, "{at}");
            assert_eq!(buffer.note_text().is_empty(), is_inside, "{at}");
        }
        // No NUL anywhere.
        buffer.sb_buf.iter().for_each(|cell| cell.set_byte(b'x'));
        assert_eq!((buffer.note(), buffer.note_text()), (None, c""));
        buffer.sb_buf.iter().for_each(|cell| cell.set_byte(0));
        assert_eq!((buffer.note(), buffer.note_text()), (None, c""));
    }

    /// One byte behind a note.
    const RTMP_ERROR_END: usize = NOTE_AT + SUM + NOTE;

    #[test]
    fn a_buffer_in_use_has_no_note() {
        let handle = Handle::new();
        let buffer = handle.buffer();
        buffer.leave_note(Some(&lost()));
        buffer.sb_socket.set(0);
        assert_eq!(buffer.note(), None);
        buffer.sb_socket.set(-1);
        buffer.put(b"ab");
        assert_eq!(buffer.note(), None);
        // The byte behind the next unread one of an empty buffer.
        buffer.consume(1);
        buffer.drop_last(1);
        assert_eq!(buffer.note(), None);
    }
}
