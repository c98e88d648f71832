//! What the reader looks at for every chunk.

use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicUsize, Ordering::Relaxed};

/// What the reader looks at for every chunk: without a lock, and stored by the reader alone.
#[derive(Default)]
pub(in crate::session) struct Flags {
    /// A handshake is running: reports of received bytes would land inside it.
    pub(in crate::session) is_shaking_hands: AtomicBool,
    /// What is sent now need not arrive: the reader finds out what has become of the connection.
    pub(in crate::session) is_ahead: AtomicBool,
    /// Something was received in a dialogue since anything was sent, which would have acknowledged it.
    pub(in crate::session) is_unanswered: AtomicBool,
    /// A stream was asked for before the server has answered `connect`.
    pub(in crate::session) has_asked: AtomicBool,
    /// The stream that its media was asked for of, before the server has told which it is; 0: none.
    pub(in crate::session) guess: AtomicI32,
    /// One that was guessed, and is another; 0: none.
    pub(in crate::session) wrong_guess: AtomicI32,
    /// Requests to reconnect are followed.
    pub(in crate::session) is_movable: AtomicBool,
    /// The program reads by itself: writing leaves that to it.
    pub(in crate::session) is_read_by_program: AtomicBool,
    /// There is something in [`Receiving::partial`] or [`Receiving::kept`].
    pub(in crate::session) is_waiting: AtomicBool,
    /// The server refused what the client wants.
    pub(in crate::session) is_refused: AtomicBool,
    /// The server has complained, and no media has come since.
    pub(in crate::session) is_suspected: AtomicBool,
    /// Where the body of the last complete message is. A packet that still has it was not freed by the program.
    pub(in crate::session) handed_out: AtomicUsize,
    /// The byte received last also still lies in the socket. Between two calls an empty buffer knows that.
    pub(in crate::session) is_byte_left: AtomicBool,
    /// The next byte in the socket belongs to what `RTMP_Read` hands out next.
    pub(in crate::session) is_byte_given_back: AtomicBool,
    /// The chunk stream whose message is gathered in the memory that `RTMP_Read` fills; 0: none.
    pub(in crate::session) lent: AtomicI32,
    /// Bytes of room that unfinished messages have.
    held: AtomicU32,
    /// Half of the window that the server has announced; 0 before it has.
    half_window: AtomicU32,
}

impl Flags {
    /// Unfinished messages of one connection have so much room together, bytes: what a peer begins on thousands of chunk
    /// streams and never ends must not fill the memory. The longest message has 16 MiB.
    const MOST_HELD: u32 = 24 << 20;

    /// Bytes of room that unfinished messages have.
    pub(in crate::session) fn held(&self) -> u32 {
        self.held.load(Relaxed)
    }

    /// Counts `more` bytes of room. False when they would be too many.
    pub(in crate::session) fn hold(&self, more: u32) -> bool {
        let held = self.held().saturating_add(more);
        let is_bounded = held <= Self::MOST_HELD;
        if is_bounded {
            self.held.store(held, Relaxed);
        }
        is_bounded
    }

    /// The server waits for an acknowledgement when it has sent `window` bytes. What is no window is none.
    pub(in crate::session) fn announce_window(&self, window: i32) {
        let window = u32::try_from(window).unwrap_or(0);
        self.half_window.store(window.div_ceil(2), Relaxed);
    }

    /// Whether so many bytes without an acknowledgement fill half of what the server has announced.
    pub(in crate::session) fn is_window_half_full(&self, bytes: u32) -> bool {
        let half = self.half_window.load(Relaxed);
        half != 0 && bytes >= half
    }

    /// The room of a message is somebody else's now, or freed.
    pub(in crate::session) fn let_go(&self, bytes: u32) {
        let held = self.held().saturating_sub(bytes);
        self.held.store(held, Relaxed);
    }
}
