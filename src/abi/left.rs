//! What a connection that has ended leaves for the program: why it ended, and where its server wanted the client to go. Both
//! stand in the receive buffer, which then is nobody's: a handle owns nothing that programs would have to free after a failure.
//!
//! `sb_start` says what is there. It points to the front, or somewhere behind it, when a buffer is empty otherwise.

use core::ffi::CStr;
use core::sync::atomic::{Ordering, fence};

use super::sockbuf::{RTMP_BUFFER_CACHE_SIZE, RTMPSockBuf};

/// Where the reason stands, and `sb_start` points to when it is alone: not at the front, where the next unread byte of an
/// empty buffer is otherwise.
const NOTE_AT: usize = 1;
/// Where the request stands, behind its length, and `sb_start` points to when it is alone.
const REQUEST_AT: usize = 2048;
/// Where `sb_start` points to when both are there.
const BOTH_AT: usize = REQUEST_AT + 1;
/// Bytes of the length of a request.
const LENGTH: usize = 2;

impl RTMPSockBuf {
    /// Leaves a text in the buffer of a connection that has ended. An empty one takes all away that was left.
    pub fn leave_note(&self, text: &CStr) {
        let has_request = self.has_request();
        self.mark(0);
        let bytes = text.to_bytes_with_nul();
        if bytes.len() < 2 || bytes.len() > REQUEST_AT - NOTE_AT {
            return;
        }
        self.store(NOTE_AT, bytes);
        self.mark(if has_request { BOTH_AT } else { NOTE_AT });
    }

    /// Whether [`Self::leave_note`] has left a text and the buffer has not been used since. The text is not looked at: another
    /// thread may be about to connect.
    pub fn has_note(&self) -> bool {
        matches!(self.left(), Some(NOTE_AT | BOTH_AT))
    }

    /// That text, empty when there is none.
    pub fn note(&self) -> &CStr {
        if !self.has_note() {
            return c"";
        }
        let start = self.sb_buf[NOTE_AT..].as_ptr().cast::<u8>();
        // SAFETY: the bytes lie inside the initialised `sb_buf`; nothing writes to the buffer of a handle without a
        // connection, as the contract of `RTMP_LastError` says.
        let bytes = unsafe { core::slice::from_raw_parts(start, REQUEST_AT - NOTE_AT) };
        CStr::from_bytes_until_nul(bytes).unwrap_or(c"")
    }

    /// Leaves a request in the buffer of a connection that has ended; the reason stays.
    pub fn leave_request(&self, request: &[u8]) {
        let room = RTMP_BUFFER_CACHE_SIZE - REQUEST_AT - LENGTH;
        let Some(length) = u16::try_from(request.len()).ok() else {
            return;
        };
        if request.len() > room {
            return;
        }
        let mark = if self.has_note() { BOTH_AT } else { REQUEST_AT };
        self.store(REQUEST_AT, &length.to_ne_bytes());
        self.store(REQUEST_AT + LENGTH, request);
        self.mark(mark);
    }

    /// Whether [`Self::leave_request`] has left one.
    fn has_request(&self) -> bool {
        matches!(self.left(), Some(REQUEST_AT | BOTH_AT))
    }

    /// That request. `None` when there is none; another thread may just be connecting.
    pub fn request(&self) -> Option<Vec<u8>> {
        if !self.has_request() {
            return None;
        }
        let bytes = |at: usize| self.sb_buf.iter().skip(at).map(|cell| cell.byte());
        let mut length = [0; LENGTH];
        length
            .iter_mut()
            .zip(bytes(REQUEST_AT))
            .for_each(|(to, byte)| *to = byte);
        let length = usize::from(u16::from_ne_bytes(length));
        let request = bytes(REQUEST_AT + LENGTH).take(length).collect();
        // Who connects takes the mark away before anything else is done with the buffer.
        fence(Ordering::Acquire);
        self.has_request().then_some(request)
    }

    /// Whether either is there.
    pub(in crate::abi) fn has_left(&self) -> bool {
        self.has_note() || self.has_request()
    }

    /// Where `sb_start` points to, in the empty buffer of a handle without connection.
    fn left(&self) -> Option<usize> {
        let is_free = self.sb_socket.observe() == -1 && self.sb_size.get() == 0;
        is_free.then(|| self.offset())
    }

    fn mark(&self, at: usize) {
        self.sb_size.set(0);
        self.sb_start.set(self.base().wrapping_add(at));
    }

    fn store(&self, at: usize, bytes: &[u8]) {
        for (cell, &byte) in self.sb_buf[at..].iter().zip(bytes) {
            cell.set_byte(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::RTMP;
    use core::mem::MaybeUninit;

    fn with_handle(test: impl FnOnce(&RTMP)) {
        let mut memory = MaybeUninit::<RTMP>::uninit();
        // SAFETY: writable memory of its size, which outlives the reference.
        test(unsafe { RTMP::initialise(memory.as_mut_ptr()) });
    }

    fn left(r: &RTMP) -> (String, Option<Vec<u8>>) {
        let note = r.m_sb.note().to_str().unwrap().to_owned();
        (note, r.m_sb.request())
    }

    #[test]
    fn reason_and_request_stand_side_by_side() {
        let request = vec![0xff; 3500];
        with_handle(|r| {
            let sb = &r.m_sb;
            assert_eq!(left(r), (String::new(), None));
            sb.leave_note(c"a");
            assert_eq!(left(r), ("a".into(), None));
            sb.leave_request(&request);
            assert_eq!(left(r), ("a".into(), Some(request.clone())));
            sb.leave_note(c"another");
            assert_eq!(left(r), ("another".into(), Some(request.clone())));
            // A close finds nothing more, nor does who wants to receive.
            sb.clear();
            assert!(!sb.room().is_empty());
            assert_eq!(left(r), ("another".into(), Some(request.clone())));
            sb.leave_note(c"");
            assert_eq!(left(r), (String::new(), None));
            sb.leave_request(b"");
            assert_eq!(
                (sb.has_note(), left(r)),
                (false, (String::new(), Some(vec![])))
            );
            assert!(!sb.room().is_empty());
            assert_eq!(left(r), (String::new(), Some(vec![])));
            sb.leave_note(c"b");
            assert_eq!(left(r), ("b".into(), Some(vec![])));
        });
    }

    #[test]
    fn a_connection_has_nothing_left() {
        with_handle(|r| {
            r.m_sb.leave_request(b"x");
            r.m_sb.sb_socket.set(1 << 20);
            assert_eq!(r.m_sb.request(), None);
            r.m_sb.sb_socket.set(-1);
            r.m_sb.put(b"bytes");
            assert_eq!(r.m_sb.request(), None);
        });
    }

    #[test]
    fn what_does_not_fit_is_not_left() {
        with_handle(|r| {
            let longest = RTMP_BUFFER_CACHE_SIZE - REQUEST_AT - LENGTH;
            for length in [longest + 1, 1 << 17] {
                r.m_sb.leave_request(&vec![1; length]);
                assert_eq!(r.m_sb.request(), None);
            }
            r.m_sb.leave_request(&vec![1; longest]);
            assert_eq!(r.m_sb.request().map(|all| all.len()), Some(longest));
        });
    }
}
