//! What a handle remembers beyond the public struct.

use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::abi::private::Private;
use crate::abi::{RTMP, Remains};
use crate::net::deadline::Deadline;
use crate::proto::chunk::Header;
use crate::proto::flv::Splitter;
use crate::sys::lock::{Held, Lock};

use super::cipher::Ciphers;
use super::kept::Kept;
use super::linger::Parting;
use super::owed;
use super::report::{Phase, Report};
use super::tunnel::Tunnel;
use super::turn::{Lent, Taken, Turn};

/// The private state of one handle, made on first need and dropped by close.
#[derive(Default)]
pub(super) struct State {
    /// Had by whoever reads: chunk streams, receive buffer, message handlers.
    turn: Turn,
    /// The connection has been ended. Code of the thread that has done it, and that goes on, leaves the handle alone: it may
    /// have another connection by now.
    is_over: AtomicBool,
    /// A signal handler has closed the socket, and left the rest to the next close: it could not know what it interrupted.
    is_cut: AtomicBool,
    /// Held while `m_methodCalls` and `m_numInvokes` are used, which both directions do. For moments only.
    calls: Lock<()>,
    /// Held while the arrays of incoming chunk streams are moved, and while other threads than the reader look at them.
    moving: Lock<()>,
    /// Had by whoever sends, over one whole message, so that nothing lands inside another.
    sender: Turn,
    sending: Lock<Sending>,
    owed: Lock<owed::Queue>,
    receiving: Lock<Receiving>,
    pub(super) quick: Quick,
    /// The encryption of RTMPE.
    pub(super) ciphers: Ciphers,
    writing: Lock<Writing>,
    tunnel: Lock<Tunnel>,
    report: Lock<Report>,
    /// What the code that goes on behind a close may still know.
    remains: Lock<Option<Remains>>,
    /// Begun by the first thread that ends the connection, for all that do.
    parting: OnceLock<Parting>,
}

/// The memory of `RTMP_Write`.
#[derive(Default)]
pub(super) struct Writing {
    /// Where the FLV bytes were cut.
    pub(super) splitter: Splitter,
    /// What has come of a tag that was cut.
    pub(super) body: Vec<u8>,
    /// There was no memory for that tag: it is passed over.
    pub(super) is_left_out: bool,
}

/// The sender's memory.
#[derive(Default)]
pub(super) struct Sending {
    /// Headers and payload of one message, on their way to the socket.
    pub(super) scratch: Vec<u8>,
    /// An automatic reply could not be sent: the connection is not written any more, but what was received is read.
    pub(super) is_mute: bool,
}

/// The reader's memory.
#[derive(Default)]
pub(super) struct Receiving {
    /// A chunk whose payload was not all there when the reader had to stop.
    pub(super) partial: Option<Partial>,
    /// `RTMP_Read` is at work: the end of the stream is noted instead of closing at once.
    pub(super) is_delivering: bool,
    /// `RTMP_Read` has given out bytes since the connection was made.
    pub(super) has_delivered: bool,
    /// The stream has ended with this `m_read.status`, and the caller may not know yet.
    pub(super) ended: Option<i8>,
    /// The caller has been told the end once.
    pub(super) is_told: bool,
    /// Connections that were made anew to log in, since the program connected.
    pub(super) logins: Logins,
    /// Bytes that `RTMP_Read` is to fill; 0: another reader is at work.
    pub(super) wanted: usize,
    /// The program may wait for the socket next: it must not seem empty when not all is handed out.
    pub(super) is_polled: bool,
    /// How the server's clock relates to the position that was asked for.
    pub(super) clock: Clock,
    /// When the server has to have confirmed a seek, and to have repeated what it repeats behind a pause.
    pub(super) seeking: Option<Deadline>,
    pub(super) repeating: Option<Deadline>,
    /// Messages that are to be handed out before anything is received.
    pub(super) kept: Kept,
    /// When writing last looked at what has arrived.
    pub(super) heard: Option<Instant>,
    /// When what is under way has to be done, however often the peer sends a little.
    pub(super) limit: Deadline,
    /// What is under way.
    pub(super) phase: Phase,
}

/// What logging in has taken.
#[derive(Clone, Copy, Default)]
pub(super) struct Logins {
    /// Connections.
    pub(super) count: u8,
    /// The time that is left for making more of them; `None`: no limit.
    pub(super) connecting: Option<Duration>,
}

/// What the reader looks at for every chunk: without a lock, and stored by the reader alone.
#[derive(Default)]
pub(super) struct Quick {
    /// A handshake is running: reports of received bytes would land inside it.
    pub(super) is_shaking_hands: AtomicBool,
    /// The program reads by itself: writing leaves that to it.
    pub(super) is_read_by_program: AtomicBool,
    /// There is something in [`Receiving::partial`] or [`Receiving::kept`].
    pub(super) is_waiting: AtomicBool,
    /// The server refused what the client wants.
    pub(super) is_refused: AtomicBool,
    /// The server has complained, and no media has come since.
    pub(super) is_suspected: AtomicBool,
    /// Where the body of the last complete message is. A packet that still has it was not freed by the program.
    pub(super) handed_out: AtomicUsize,
    /// The byte received last also still lies in the socket. Between two calls an empty buffer knows that.
    pub(super) is_byte_left: AtomicBool,
    /// The next byte in the socket belongs to what `RTMP_Read` hands out next.
    pub(super) is_byte_given_back: AtomicBool,
    /// Bytes of room that unfinished messages have.
    held: AtomicU32,
    /// Half of the window that the server has announced; 0 before it has.
    half_window: AtomicU32,
}

impl Quick {
    /// Unfinished messages of one connection have so much room together, bytes: what a peer begins on thousands of chunk
    /// streams and never ends must not fill the memory. The longest message has 16 MiB.
    const MOST_HELD: u32 = 24 << 20;

    /// Bytes of room that unfinished messages have.
    pub(super) fn held(&self) -> u32 {
        self.held.load(Relaxed)
    }

    /// Counts `more` bytes of room. False when they would be too many.
    pub(super) fn hold(&self, more: u32) -> bool {
        let held = self.held().saturating_add(more);
        let is_bounded = held <= Self::MOST_HELD;
        if is_bounded {
            self.held.store(held, Relaxed);
        }
        is_bounded
    }

    /// The server waits for an acknowledgement when it has sent `window` bytes. What is no window is none.
    pub(super) fn announce_window(&self, window: i32) {
        let window = u32::try_from(window).unwrap_or(0);
        self.half_window.store(window.div_ceil(2), Relaxed);
    }

    /// Whether so many bytes without an acknowledgement fill half of what the server has announced.
    pub(super) fn is_window_half_full(&self, bytes: u32) -> bool {
        let half = self.half_window.load(Relaxed);
        half != 0 && bytes >= half
    }

    /// The room of a message is somebody else's now, or freed.
    pub(super) fn let_go(&self, bytes: u32) {
        let held = self.held().saturating_sub(bytes);
        self.held.store(held, Relaxed);
    }
}

/// What `RTMP_Read` knows about the timestamps behind a start position (spec 10 P12).
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Clock {
    /// No media with a timestamp has come yet.
    #[default]
    Unknown,
    /// Timestamps begin at 0: the position is to be added.
    Relative,
    /// Timestamps count from the beginning of the recording: they are final.
    Absolute,
}

/// The rest of a chunk that was begun.
#[derive(Clone, Copy)]
pub(super) struct Partial {
    /// Its header.
    pub(super) header: Header,
    /// Payload bytes that are missing.
    pub(super) left: u32,
    /// Payload bytes of the whole chunk.
    pub(super) size: u32,
    /// The header's bytes, for callers that want raw chunks.
    pub(super) bytes: [u8; crate::proto::chunk::MAX_HEADER],
}

/// A phase that lasts until this is dropped.
pub(super) struct Stage<'a> {
    state: &'a State,
    before: (Phase, Deadline),
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        let mut receiving = self.state.receiving();
        (receiving.phase, receiving.limit) = self.before;
    }
}

/// The right to send, with the sender's memory, until this is dropped.
pub(super) struct Sender<'a> {
    memory: Held<'a, Sending>,
    _turn: Taken<'a>,
}

impl Deref for Sender<'_> {
    type Target = Sending;

    fn deref(&self) -> &Sending {
        &self.memory
    }
}

impl DerefMut for Sender<'_> {
    fn deref_mut(&mut self) -> &mut Sending {
        &mut self.memory
    }
}

/// The state of a handle whose reader is this thread, until it is dropped.
pub(super) struct Reader(Private<State>);

impl Deref for Reader {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.turn.leave();
    }
}

impl State {
    /// The private state of `r`.
    pub(super) fn of(r: &RTMP) -> Private<Self> {
        r.private(Self::default)
    }

    /// Waits until no other thread reads from `r`, and becomes its reader. A thread may do so again and again.
    pub(super) fn enter(r: &RTMP) -> Reader {
        loop {
            let reader = Self::enter_this(Self::of(r));
            if !reader.is_over() {
                return reader;
            }
        }
    }

    /// Becomes the reader of this state, which may be over.
    pub(super) fn enter_this(state: Private<Self>) -> Reader {
        state.turn.enter();
        Reader(state)
    }

    /// Becomes the reader of `r` unless another thread is.
    pub(super) fn try_enter(r: &RTMP) -> Option<Reader> {
        let state = Self::of(r);
        let reader = state.turn.try_enter().then(|| Reader(state))?;
        (!reader.is_over()).then_some(reader)
    }

    /// Lets other threads take the turns that this one has, to read and to send, until the result is dropped.
    pub(super) fn lend_turns(&self) -> [Option<Lent<'_>>; 2] {
        [self.turn.lent(), self.sender.lent()]
    }

    /// Calls `read` as the reader of `r`: [`Self::enter`] for what programs call for every chunk.
    pub(super) fn reading<T>(r: &RTMP, read: impl FnOnce(&Self) -> T) -> T {
        // Taking a count of it for every chunk would cost more than the chunk.
        let last = Private::take_last(|last| r.holds(last));
        let state = last.unwrap_or_else(|| Self::of(r));
        let turn = state.turn.taken();
        if state.is_over() {
            drop(turn);
            return read(&Self::enter(r));
        }
        let result = read(&state);
        drop(turn);
        if !state.is_over() {
            state.remember();
        }
        result
    }

    /// Whether the connection has been ended.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(SeqCst)
    }

    /// The connection has been ended.
    pub(super) fn set_over(&self) {
        self.is_over.store(true, SeqCst);
    }

    /// Whether a signal handler has left half of a close to be done.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(SeqCst)
    }

    /// The socket is closed, and that is all.
    pub(super) fn set_cut(&self) {
        self.is_cut.store(true, SeqCst);
    }

    /// Keeps the memory of the connection as long as code works with the state, which may know it.
    pub(super) fn keep(&self, remains: Remains) {
        *self.remains.hold() = Some(remains);
    }

    /// Nobody works with the state any more, though a thread that read last with it may have it for long.
    pub(super) fn empty(&self) {
        *self.remains.hold() = None;
        self.receiving().kept = Kept::default();
        if let Some(mut sending) = self.sending_if_free() {
            *sending = Sending::default();
        }
    }

    /// The right to use the queue of calls and their numbers.
    pub(super) fn calls(&self) -> Held<'_, ()> {
        self.calls.hold()
    }

    /// The right to move the arrays of incoming chunk streams, or to look at them without being the reader.
    pub(super) fn moving(&self) -> Held<'_, ()> {
        self.moving.hold()
    }

    /// The right to send, when no other thread is sending. `None` when this one is in the middle of a message: a signal
    /// handler has interrupted it.
    pub(super) fn sending(&self) -> Option<Sender<'_>> {
        let turn = self.sender.taken();
        let memory = self.sending.hold_if_free()?;
        Some(Sender {
            memory,
            _turn: turn,
        })
    }

    /// The right to send, unless a message is just being sent.
    pub(super) fn sending_if_free(&self) -> Option<Sender<'_>> {
        let turn = self.sender.taken_if_free()?;
        let memory = self.sending.hold_if_free()?;
        Some(Sender {
            memory,
            _turn: turn,
        })
    }

    /// Replies that wait for a sender to finish. Held for moments only, never while [`Self::sending`] is waited for.
    pub(super) fn owed(&self) -> Held<'_, owed::Queue> {
        self.owed.hold()
    }

    /// The reader's memory. Held for moments only, never over a call that waits or logs.
    pub(super) fn receiving(&self) -> Held<'_, Receiving> {
        self.receiving.hold()
    }

    /// Begins a phase, which lasts as long as the result lives. All that is received in it has to come before `limit`;
    /// inside another phase the nearer limit counts.
    pub(super) fn begin(&self, phase: Phase, limit: Deadline) -> Stage<'_> {
        let mut receiving = self.receiving();
        let before = (receiving.phase, receiving.limit);
        receiving.phase = phase;
        receiving.limit = before.1.or_sooner(limit);
        Stage {
            state: self,
            before,
        }
    }

    /// The end of the connection, which begins with the first call of this.
    pub(super) fn parting(&self, r: &RTMP) -> &Parting {
        self.parting.get_or_init(|| Parting::begin(&r.m_sb))
    }

    /// Why the connection failed.
    pub(super) fn report(&self) -> Held<'_, Report> {
        self.report.hold()
    }

    /// The HTTP tunnel's memory. Held for moments only, never over a call that waits or logs.
    pub(super) fn tunnel(&self) -> Held<'_, Tunnel> {
        self.tunnel.hold()
    }

    /// The FLV writer's memory.
    pub(super) fn writing(&self) -> Held<'_, Writing> {
        self.writing.hold()
    }
}
