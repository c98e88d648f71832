//! Tests of what is left.

use super::*;
use crate::abi::RTMP;
use crate::abi::error::RTMP_ERR_LOST;
use crate::abi::phase::RTMP_PHASE_TLS;
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

/// Whether `change` waits for a thread that looks at a note.
fn is_waited_for(buffer: &RTMPSockBuf, change: impl FnOnce()) -> bool {
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
        change();
        has_looked.load(SeqCst)
    })
}

#[test]
fn the_buffer_is_not_used_while_a_note_is_looked_at() {
    let handle = Handle::new();
    let buffer = handle.buffer();
    let begins: [fn(&RTMPSockBuf); 3] = [
        |buffer| assert!(!buffer.room().is_empty()),
        RTMPSockBuf::lend,
        RTMPSockBuf::compact,
    ];
    buffer.leave_note(Some(&lost()));
    assert!(is_waited_for(buffer, || buffer.leave_note(None)));
    for begin in begins {
        // By another thread, while this one was connecting.
        buffer.leave_note(Some(&lost()));
        buffer.sb_socket.publish(0);
        assert!(is_waited_for(buffer, || begin(buffer)));
        buffer.sb_socket.publish(-1);
    }
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

#[test]
fn sums_stand_beside_both() {
    let handle = Handle::new();
    let buffer = handle.buffer();
    let (none, some) = (
        Totals::default(),
        Totals {
            sums: [u64::MAX; 7],
            times: [u32::MAX; 6],
            pings: u32::MAX,
        },
    );
    assert_eq!(buffer.totals(), None);
    for totals in [none, some] {
        buffer.leave_totals(totals);
        assert_eq!(buffer.totals(), Some(totals));
        buffer.leave_note(Some(&lost()));
        buffer.leave_request(b"url");
        assert_eq!(buffer.totals(), Some(totals));
    }
    buffer.leave_totals(none);
    assert_eq!(buffer.totals(), Some(none));
    assert_eq!(left(buffer), (Some(lost()), Some(b"url".into())));
    buffer.leave_note(None);
    assert_eq!(buffer.totals(), None);
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

#[test]
fn what_stands_behind_a_note_is_none_of_it() {
    let handle = Handle::new();
    let buffer = handle.buffer();
    let totals = Totals {
        pings: 7,
        ..Totals::default()
    };
    buffer.sb_buf.iter().for_each(|cell| cell.set_byte(b'x'));
    buffer.leave_totals(totals);
    let behind = NOTE_AT + SUM + offset_of!(Note, error);
    let rest = buffer.sb_buf.iter().skip(behind);
    rest.for_each(|cell| cell.set_byte(b'y'));
    assert_eq!((buffer.totals(), buffer.note()), (Some(totals), None));
    assert_eq!(buffer.request(), None);
    buffer.leave_note(Some(&lost()));
    assert_eq!(
        (buffer.totals(), buffer.note()),
        (Some(totals), Some(lost()))
    );
    assert_eq!(buffer.request(), None);
}
