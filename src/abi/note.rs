//! What a connection that has ended leaves behind in its receive buffer, which then is nobody's: why it ended, and where its
//! server wanted the client to go.
//!
//! Close frees everything, and not every program closes again after a failure. Programs can write into the buffer, so a note
//! is believed only with its checksum. Any thread may look at it while another connects anew: looking is a visit
//! ([`inside::visit`]), and the buffer is not used for anything else before visits have ended.

use core::ffi::{CStr, c_char};
use core::mem::{offset_of, size_of};
use core::ptr;

use super::error::{RTMP_ERR_NONE, RTMP_ERROR};
use super::inside;
use super::sockbuf::RTMPSockBuf;

/// Where a note stands in the buffer: not at its front, where the next unread byte of an empty buffer is otherwise.
const NOTE_AT: usize = 1;
/// The checksum in front of it.
const SUM: usize = size_of::<u64>();
const NOTE: usize = size_of::<Note>();
const TEXT_AT: usize = NOTE_AT + SUM + offset_of!(Note, error) + offset_of!(RTMP_ERROR, text);
/// Bytes of a request, at most.
const LONGEST_REQUEST: usize = 4096;
/// The length of a request that there is not.
const NO_REQUEST: u32 = u32::MAX;

type Bytes = [u8; NOTE];

#[repr(C)]
#[derive(Clone, Copy)]
struct Note {
    /// Why the connection has failed; [`RTMP_ERROR::NONE`] when it has not.
    error: RTMP_ERROR,
    /// Bytes of the request, or [`NO_REQUEST`]. What lies behind them does not belong to the note.
    length: u32,
    request: [u8; LONGEST_REQUEST],
}

impl Note {
    const NONE: Self = Self {
        error: RTMP_ERROR::NONE,
        length: NO_REQUEST,
        request: [0; LONGEST_REQUEST],
    };

    fn error(&self) -> Option<RTMP_ERROR> {
        (self.error.kind != RTMP_ERR_NONE).then_some(self.error)
    }

    fn request(&self) -> Option<&[u8]> {
        self.request.get(..usize::try_from(self.length).ok()?)
    }

    /// All but what lies behind the request.
    fn bytes(&self) -> &[u8] {
        let unused = LONGEST_REQUEST - self.request().map_or(0, <[u8]>::len);
        &bytes_of(self)[..NOTE - unused]
    }
}

impl RTMPSockBuf {
    /// Leaves the reason in the buffer of a connection that has ended; a request stays. `None` takes all away that was left.
    pub fn leave_note(&self, error: Option<&RTMP_ERROR>) {
        let left = error.map(|&error| Note {
            error,
            ..self.left().unwrap_or(Note::NONE)
        });
        self.leave(left.as_ref());
    }

    /// Leaves a request in the buffer of a connection that has ended; the reason stays.
    pub fn leave_request(&self, request: &[u8]) {
        let mut left = self.left().unwrap_or(Note::NONE);
        let place = left.request.get_mut(..request.len());
        if let (Some(place), Ok(length)) = (place, request.len().try_into()) {
            place.copy_from_slice(request);
            left.length = length;
            self.leave(Some(&left));
        }
    }

    fn leave(&self, note: Option<&Note>) {
        self.sb_size.set(0);
        self.sb_start.swap(self.base());
        // A visit that a signal handler has interrupted finds a wrong sum.
        inside::wait_for_visits(self.note_field());
        let bytes = note.map_or(&[][..], Note::bytes);
        // No note has the sum of none: what is taken away does not come back when the buffer is used.
        let sum = sum_of(bytes).to_ne_bytes();
        let cells = self.sb_buf.iter().skip(NOTE_AT);
        for (cell, &byte) in cells.zip(sum.iter().chain(bytes)) {
            cell.set_byte(byte);
        }
        if note.is_some() {
            self.sb_start.swap(self.mark());
        }
    }

    /// The reason that [`Self::leave_note`] has left, if the buffer has not been used since. Any thread may ask.
    pub fn note(&self) -> Option<RTMP_ERROR> {
        self.left()?.error()
    }

    /// The request that [`Self::leave_request`] has left, in the same way.
    pub fn request(&self) -> Option<Vec<u8>> {
        self.left()?.request().map(<[u8]>::to_vec)
    }

    fn left(&self) -> Option<Note> {
        inside::visit(self.note_field(), || {
            if !self.is_marked() {
                return None;
            }
            let (mut sum, mut bytes) = ([0; SUM], [0; NOTE]);
            let cells = self.sb_buf.iter().skip(NOTE_AT);
            for (cell, byte) in cells.zip(sum.iter_mut().chain(&mut bytes)) {
                *byte = cell.byte();
            }
            let note = from_bytes(&bytes);
            let is_whole = sum_of(note.bytes()) == u64::from_ne_bytes(sum);
            (is_whole && self.is_marked()).then_some(note)
        })
    }

    /// Whether there is a reason in words.
    pub fn has_note(&self) -> bool {
        self.note().is_some_and(|note| !note.text().is_empty())
    }

    /// The words of the reason where they stand, empty when there are none.
    pub fn note_text(&self) -> &CStr {
        if !self.has_note() {
            return c"";
        }
        let start = self.sb_buf[TEXT_AT..].as_ptr().cast::<u8>();
        // SAFETY: the text lies inside the initialised `sb_buf`; nothing writes to the buffer of a handle without a
        // connection, as the contract of `RTMP_LastError` says.
        let bytes =
            unsafe { core::slice::from_raw_parts(start, size_of_val(&RTMP_ERROR::NONE.text)) };
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

fn bytes_of(note: &Note) -> &Bytes {
    const { assert!(NOTE == 6 * size_of::<u32>() + 64 + 1024 + LONGEST_REQUEST) };
    // SAFETY: numbers without any gap between them, as their sizes say: all bytes are initialised.
    unsafe { &*ptr::from_ref(note).cast() }
}

fn from_bytes(bytes: &Bytes) -> Note {
    // SAFETY: any bytes are numbers.
    unsafe { bytes.as_ptr().cast::<Note>().read_unaligned() }
}

/// FNV-1a.
fn sum_of(bytes: &[u8]) -> u64 {
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
        for at in 0..=NOTE_END {
            buffer.leave_note(Some(&lost()));
            buffer.leave_request(b"url");
            assert_eq!(buffer.request().as_deref(), Some(&b"url"[..]));
            let cell = &buffer.sb_buf[at];
            cell.set_byte(cell.byte() ^ 0x40);
            let is_inside = (NOTE_AT..NOTE_END).contains(&at);
            assert_eq!(buffer.request().is_none(), is_inside, "{at}");
            assert_eq!(buffer.note().is_none(), is_inside, "{at}");
            assert_eq!(buffer.note_text().is_empty(), is_inside, "{at}");
        }
        // No NUL anywhere.
        buffer.sb_buf.iter().for_each(|cell| cell.set_byte(b'x'));
        assert_eq!((buffer.note(), buffer.note_text()), (None, c""));
        buffer.sb_buf.iter().for_each(|cell| cell.set_byte(0));
        assert_eq!((buffer.note(), buffer.note_text()), (None, c""));
    }

    /// Behind a note with a request of three bytes.
    const NOTE_END: usize = NOTE_AT + SUM + NOTE - LONGEST_REQUEST + 3;

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

    #[test]
    fn what_was_taken_away_does_not_come_back() {
        let handle = Handle::new();
        let buffer = handle.buffer();
        buffer.leave_note(Some(&lost()));
        buffer.leave_request(b"url");
        buffer.leave_note(None);
        // Nothing but the byte in front of it is used.
        buffer.put(b"a");
        buffer.consume(1);
        assert!(buffer.is_marked());
        assert_eq!((buffer.note(), buffer.request()), (None, None));
    }

    fn left(buffer: &RTMPSockBuf) -> (Option<RTMP_ERROR>, Option<Vec<u8>>) {
        (buffer.note(), buffer.request())
    }

    #[test]
    fn reason_and_request_stand_side_by_side() {
        let handle = Handle::new();
        let buffer = handle.buffer();
        let request = vec![0xff; 3500];
        let (reason, mut another) = (Some(lost()), lost());
        another.set_text(b"another");
        let another = Some(another);
        assert_eq!(left(buffer), (None, None));
        buffer.leave_note(reason.as_ref());
        assert_eq!(left(buffer), (reason, None));
        buffer.leave_request(&request);
        assert_eq!(left(buffer), (reason, Some(request.clone())));
        buffer.leave_note(another.as_ref());
        assert_eq!(left(buffer), (another, Some(request.clone())));
        assert_eq!(buffer.note_text(), c"another");
        // A close finds nothing more, nor does who wants to receive.
        buffer.clear();
        assert!(!buffer.room().is_empty());
        assert_eq!(left(buffer), (another, Some(request)));
        buffer.leave_note(None);
        assert_eq!(left(buffer), (None, None));
        buffer.leave_request(b"");
        assert_eq!(left(buffer), (None, Some(vec![])));
        assert!(!buffer.has_note() && !buffer.room().is_empty());
        assert_eq!(left(buffer), (None, Some(vec![])));
        buffer.leave_note(reason.as_ref());
        assert_eq!(left(buffer), (reason, Some(vec![])));
    }

    #[test]
    fn a_connection_has_nothing_left() {
        let handle = Handle::new();
        let buffer = handle.buffer();
        buffer.leave_request(b"x");
        buffer.sb_socket.set(1 << 20);
        assert_eq!(buffer.request(), None);
        buffer.sb_socket.set(-1);
        buffer.put(b"bytes");
        assert_eq!(buffer.request(), None);
    }

    #[test]
    fn a_request_that_does_not_fit_is_not_left() {
        let handle = Handle::new();
        let buffer = handle.buffer();
        for length in [LONGEST_REQUEST + 1, 1 << 17] {
            buffer.leave_request(&vec![1; length]);
            assert_eq!(buffer.request(), None);
        }
        buffer.leave_request(&[1; LONGEST_REQUEST]);
        assert_eq!(buffer.request(), Some(vec![1; LONGEST_REQUEST]));
    }
}
