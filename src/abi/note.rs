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

#[repr(C)]
#[derive(Clone, Copy)]
struct Note {
    /// Why the connection has failed; [`RTMP_ERROR::NONE`] when it has not.
    error: RTMP_ERROR,
    /// 1: there are sums.
    has_totals: u32,
    /// The sums, as bytes: numbers of 64 bits would leave gaps.
    totals: [[u8; size_of::<u64>()]; WORDS],
    /// Bytes of the request, or [`NO_REQUEST`]. What lies behind them does not belong to the note.
    length: u32,
    request: [u8; LONGEST_REQUEST],
}

impl Note {
    const NONE: Self = Self {
        error: RTMP_ERROR::NONE,
        has_totals: 0,
        totals: [[0; size_of::<u64>()]; WORDS],
        length: NO_REQUEST,
        request: [0; LONGEST_REQUEST],
    };

    fn error(&self) -> Option<RTMP_ERROR> {
        (self.error.kind != RTMP_ERR_NONE).then_some(self.error)
    }

    fn totals(&self) -> Option<Totals> {
        (self.has_totals != 0).then(|| Totals::of(self.totals.map(u64::from_ne_bytes)))
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
    /// Leaves the reason in the buffer of a connection that has ended; what else was left stays. `None` takes all away.
    pub fn leave_note(&self, error: Option<&RTMP_ERROR>) {
        let left = error.map(|&error| Note {
            error,
            ..self.left().unwrap_or(Note::NONE)
        });
        self.leave(left.as_ref());
    }

    /// Leaves a request in the same way.
    pub fn leave_request(&self, request: &[u8]) {
        let mut left = self.left().unwrap_or(Note::NONE);
        let place = left.request.get_mut(..request.len());
        if let (Some(place), Ok(length)) = (place, request.len().try_into()) {
            place.copy_from_slice(request);
            left.length = length;
            self.leave(Some(&left));
        }
    }

    /// Leaves the sums in the same way.
    pub fn leave_totals(&self, totals: Totals) {
        let left = Note {
            has_totals: 1,
            totals: totals.words().map(u64::to_ne_bytes),
            ..self.left().unwrap_or(Note::NONE)
        };
        self.leave(Some(&left));
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

fn bytes_of(note: &Note) -> &Bytes {
    const OTHERS: usize = 64 + 1024 + WORDS * size_of::<u64>() + LONGEST_REQUEST;
    const { assert!(NOTE == 7 * size_of::<u32>() + OTHERS) };
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
mod tests;
