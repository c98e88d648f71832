//! What a connection that has ended leaves behind in its receive buffer, which then is nobody's: why it ended, where its
//! server wanted the client to go, and how it went.
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
use super::stats::{Totals, WORDS};

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

/// The beginning of a note.
#[repr(C)]
#[derive(Clone, Copy)]
struct Start {
    /// 1: there are sums.
    has_totals: u32,
    /// 1: there is an error.
    has_error: u32,
    /// Bytes of the request, or [`NO_REQUEST`].
    length: u32,
    /// The sums, which every connection leaves, as bytes: numbers of 64 bits would leave gaps.
    totals: [[u8; size_of::<u64>()]; WORDS],
}

impl Start {
    const NONE: Self = Self {
        has_totals: 0,
        has_error: 0,
        length: NO_REQUEST,
        totals: [[0; size_of::<u64>()]; WORDS],
    };

    fn with(self, totals: Totals) -> Self {
        Self {
            has_totals: 1,
            totals: totals.words().map(u64::to_ne_bytes),
            ..self
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Note {
    start: Start,
    /// Why the connection has failed. What lies behind the last thing that there is does not belong to the note.
    error: RTMP_ERROR,
    request: [u8; LONGEST_REQUEST],
}

impl Note {
    const NONE: Self = Self {
        start: Start::NONE,
        error: RTMP_ERROR::NONE,
        request: [0; LONGEST_REQUEST],
    };

    fn error(&self) -> Option<RTMP_ERROR> {
        (self.start.has_error != 0).then_some(self.error)
    }

    fn totals(&self) -> Option<Totals> {
        let has_some = self.start.has_totals != 0;
        has_some.then(|| Totals::of(self.start.totals.map(u64::from_ne_bytes)))
    }

    fn request(&self) -> Option<&[u8]> {
        self.request.get(..usize::try_from(self.start.length).ok()?)
    }

    /// What belongs to the note.
    fn bytes(&self) -> &[u8] {
        let end = match self.request() {
            Some(request) => offset_of!(Self, request) + request.len(),
            None if self.start.has_error != 0 => offset_of!(Self, request),
            None => offset_of!(Self, error),
        };
        &bytes_of(self)[..end]
    }
}

impl RTMPSockBuf {
    /// Leaves the reason in the buffer of a connection that has ended; what else was left stays. `None` takes all away.
    pub fn leave_note(&self, error: Option<&RTMP_ERROR>) {
        let Some(error) = error else {
            return self.leave(None);
        };
        let mut left = self.left().unwrap_or(Note::NONE);
        left.start.has_error = (error.kind != RTMP_ERR_NONE).into();
        left.error = *error;
        self.leave(Some(left.bytes()));
    }

    /// Leaves a request in the same way.
    pub fn leave_request(&self, request: &[u8]) {
        let mut left = self.left().unwrap_or(Note::NONE);
        let place = left.request.get_mut(..request.len());
        if let (Some(place), Ok(length)) = (place, request.len().try_into()) {
            place.copy_from_slice(request);
            left.start.length = length;
            self.leave(Some(left.bytes()));
        }
    }

    /// Leaves the sums in the same way. Mostly there is nothing else.
    pub fn leave_totals(&self, totals: Totals) {
        match self.left() {
            Some(mut left) => {
                left.start = left.start.with(totals);
                self.leave(Some(left.bytes()));
            }
            None => self.leave(Some(start_of(&Start::NONE.with(totals)))),
        }
    }

    fn leave(&self, note: Option<&[u8]>) {
        self.sb_size.set(0);
        self.sb_start.swap(self.base());
        // A visit that a signal handler has interrupted finds a wrong sum.
        inside::wait_for_visits(self.note_field());
        let bytes = note.unwrap_or_default();
        // No note has the sum of none: what is taken away does not come back when the buffer is used.
        self.write(NOTE_AT, &sum_of(bytes).to_ne_bytes());
        self.write(NOTE_AT + SUM, bytes);
        if note.is_some() {
            self.sb_start.swap(self.mark());
        }
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        for (cell, &byte) in self.sb_buf[at..].iter().zip(bytes) {
            cell.set_byte(byte);
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

    /// The sums that [`Self::leave_totals`] has left, in the same way.
    pub fn totals(&self) -> Option<Totals> {
        self.left()?.totals()
    }

    /// What comes now is received into the buffer: a note that another thread has left since the connection was begun is gone,
    /// and nobody looks at it any more.
    pub(in crate::abi) fn reuse(&self) {
        if self.is_empty() && self.sb_start.get() == self.mark() {
            self.sb_start.swap(self.base());
            inside::wait_for_visits(self.note_field());
        }
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

fn start_of(start: &Start) -> &[u8] {
    const { assert!(size_of::<Start>() == 3 * size_of::<u32>() + WORDS * size_of::<u64>()) };
    // SAFETY: numbers without any gap between them, as their sizes say: all bytes are initialised.
    unsafe { &*ptr::from_ref(start).cast::<[u8; size_of::<Start>()]>() }
}

fn bytes_of(note: &Note) -> &Bytes {
    const NUMBERS: usize = 5 * size_of::<u32>();
    const OTHERS: usize = size_of::<Start>() + 64 + 1024 + LONGEST_REQUEST;
    const { assert!(NOTE == NUMBERS + OTHERS) };
    // SAFETY: as above, behind what has none either.
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
mod tests;
