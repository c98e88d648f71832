//! What a handle remembers beyond the public struct.

pub mod answer;
pub(in crate::session) mod attempt;
pub mod cause;
pub mod ciphers;
pub mod door;
pub mod failure;
pub mod flags;
pub mod kept;
pub mod last_error;
pub mod last_request;
pub(in crate::session) mod onward;
pub mod parting;
pub(in crate::session) mod queue;
pub mod reason;
pub mod receiving;
pub mod reconnect;
mod reentrant;
pub mod sending;
pub(in crate::session) mod stats;
pub mod tunnel;

use core::ops::Deref;
use core::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::OnceLock;

use crate::abi::private::Private;
use crate::abi::{Away, Calls, RTMP, Remains};
use crate::net::deadline::Deadline;
use crate::proto::capabilities::answer::Answer;
use crate::sys::lock::{Held, Lock};

use ciphers::Ciphers;
use flags::Flags;
use kept::Kept;
use parting::Parting;
use queue::Level;
use reason::{Phase, Reason};
use receiving::Receiving;
use reconnect::Reconnect;
use reentrant::{Lent, Reentrant};
use sending::{Replies, Sender, Sending, Writing};
use stats::Stats;
use tunnel::Tunnel;

/// The private state of one handle, made on first need and dropped by close.
#[derive(Default)]
pub(in crate::session) struct State {
    /// Held by the thread that reads: chunk streams, receive buffer, message handlers.
    reader: Reentrant,
    /// The connection has been ended. Code of the thread that has done it, and that goes on, leaves the handle alone: it may
    /// have another connection by now.
    is_over: AtomicBool,
    /// A signal handler has closed the socket, and left the rest to the next close: it could not know what it interrupted.
    is_cut: AtomicBool,
    /// Held while `m_methodCalls` and `m_numInvokes` are used, which both directions do. For moments only.
    calls: Lock<Calls>,
    /// Held while the arrays of incoming chunk streams are moved, and while other threads than the reader look at them.
    moving: Lock<()>,
    /// Held by the thread that sends, over one whole message, so that nothing lands inside another.
    sender: Reentrant,
    sending: Lock<Sending>,
    replies: Replies,
    receiving: Lock<Receiving>,
    pub(in crate::session) flags: Flags,
    /// What waits for the socket where no call does.
    pub(in crate::session) level: Level,
    /// The encryption of RTMPE.
    pub(in crate::session) ciphers: Ciphers,
    writing: Lock<Writing>,
    tunnel: Lock<Tunnel>,
    reason: Lock<Reason>,
    reconnect: Lock<Reconnect>,
    /// What the server can do, as it answered `connect`; `None` before it has.
    answer: Lock<Option<Answer>>,
    /// Where the connection is made to, when the program has named another server.
    away: Lock<Option<Away>>,
    pub(in crate::session) stats: Stats,
    /// What the code that goes on behind a close may still know.
    remains: Lock<Option<Remains>>,
    /// Begun by the first thread that ends the connection, for all that do.
    parting: OnceLock<Parting>,
}

/// A handle, and what is remembered of its connection: what most functions work with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The handle.
    pub r: &'a RTMP,
    pub(in crate::session) state: &'a State,
}

/// Calls `work` with the context of `r`, whose private state is made if there is none.
pub fn with<T>(r: &RTMP, work: impl FnOnce(Context<'_>) -> T) -> T {
    State::at_hand(r, |state| work(state.on(r)))
}

/// A phase that lasts until this is dropped.
pub(in crate::session) struct PhaseGuard<'a> {
    state: &'a State,
    before: (Phase, Deadline),
}

impl Drop for PhaseGuard<'_> {
    fn drop(&mut self) {
        let mut receiving = self.state.receiving();
        (receiving.phase, receiving.limit) = self.before;
        self.state.stats.enter(receiving.phase);
    }
}

/// The state of a handle whose reader is this thread, until it is dropped.
pub(in crate::session) struct Reader(Private<State>);

impl Deref for Reader {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.reader.leave();
    }
}

impl State {
    /// The context of functions that work with this state, which is that of `r`.
    pub(in crate::session) fn on<'a>(&'a self, r: &'a RTMP) -> Context<'a> {
        Context { r, state: self }
    }

    /// The private state of `r`.
    pub(in crate::session) fn of(r: &RTMP) -> Private<Self> {
        r.private(Self::default)
    }

    /// Waits until no other thread reads from `r`, and becomes its reader. A thread may do so again and again.
    pub(in crate::session) fn enter(r: &RTMP) -> Reader {
        loop {
            let reader = Self::enter_this(Self::of(r));
            if !reader.is_over() {
                return reader;
            }
        }
    }

    /// Becomes the reader of this state, which may be over.
    pub(in crate::session) fn enter_this(state: Private<Self>) -> Reader {
        state.reader.enter();
        Reader(state)
    }

    /// Becomes the reader of `r` unless another thread is.
    pub(in crate::session) fn try_enter(r: &RTMP) -> Option<Reader> {
        let state = Self::of(r);
        let reader = state.reader.try_enter().then(|| Reader(state))?;
        (!reader.is_over()).then_some(reader)
    }

    /// Lets other threads take the locks that this one has, to read and to send, until the result is dropped.
    pub(in crate::session) fn lend_locks(&self) -> [Option<Lent<'_>>; 2] {
        [self.reader.lent(), self.sender.lent()]
    }

    /// Calls `work` with the private state of `r`: [`Self::of`] for what programs call for every chunk and message.
    #[inline]
    pub(in crate::session) fn at_hand<T>(r: &RTMP, work: impl FnOnce(&Self) -> T) -> T {
        // Taking a count of it each time would cost more than a chunk.
        let last = Private::take_last(|last| r.holds(last));
        let state = last.unwrap_or_else(|| Self::of(r));
        let result = work(&state);
        if !state.is_over() {
            state.remember();
        }
        result
    }

    /// Calls `read` as the reader of `r`: [`Self::enter`] with the state that is at hand.
    #[inline]
    pub(in crate::session) fn reading<T>(r: &RTMP, read: impl FnOnce(&Self) -> T) -> T {
        Self::at_hand(r, |state| {
            let reading = state.reader.taken();
            if state.is_over() {
                drop(reading);
                return read(&Self::enter(r));
            }
            read(state)
        })
    }

    /// Whether the connection has been ended.
    pub(in crate::session) fn is_over(&self) -> bool {
        self.is_over.load(SeqCst)
    }

    /// The connection has been ended.
    pub(in crate::session) fn set_over(&self) {
        self.is_over.store(true, SeqCst);
    }

    /// Whether a signal handler has left half of a close to be done.
    pub(in crate::session) fn is_cut(&self) -> bool {
        self.is_cut.load(SeqCst)
    }

    /// The socket is closed, and that is all.
    pub(in crate::session) fn set_cut(&self) {
        self.is_cut.store(true, SeqCst);
    }

    /// Keeps the memory of the connection as long as code works with the state, which may know it.
    pub(in crate::session) fn keep(&self, remains: Remains) {
        *self.remains.hold() = Some(remains);
    }

    /// Frees the private state; the reason of a failure and a request to reconnect are left behind. Alone where nothing else was made yet: programs need
    /// not close what never was connected.
    pub(in crate::session) fn release(&self, r: &RTMP) {
        self.leave_reason(r);
        self.come_back(r);
        self.leave_request(r);
        self.stats.leave(r);
        self.set_over();
        r.drop_private::<Self>();
    }

    /// Nobody works with the state any more, though a thread that read last with it may have it for long.
    pub(in crate::session) fn empty(&self) {
        *self.remains.hold() = None;
        self.receiving().kept = Kept::default();
        if let Some(mut sending) = self.sending_if_free() {
            *sending = Sending::default();
        }
    }

    /// The right to use the queue of calls and their numbers.
    pub(in crate::session) fn calls(&self) -> Held<'_, Calls> {
        self.calls.hold()
    }

    /// The right to move the arrays of incoming chunk streams, or to look at them without being the reader.
    pub(in crate::session) fn moving(&self) -> Held<'_, ()> {
        self.moving.hold()
    }

    /// The right to send, when no other thread is sending. `None` when this one is in the middle of a message: a signal
    /// handler has interrupted it.
    pub(in crate::session) fn sending(&self) -> Option<Sender<'_>> {
        let owned = self.sender.taken();
        Some(Sender::new(self.sending.hold_if_free()?, owned))
    }

    /// The right to send, unless a message is just being sent.
    pub(in crate::session) fn sending_if_free(&self) -> Option<Sender<'_>> {
        let owned = self.sender.taken_if_free()?;
        Some(Sender::new(self.sending.hold_if_free()?, owned))
    }

    /// The right to send one of the last messages of a connection that is being closed, unless another thread is in the
    /// middle of one. A thread that has it can rely on what the message is made of: nobody ends the connection meanwhile.
    pub(in crate::session) fn last_words(&self) -> Option<Sender<'_>> {
        let sending = self.sending_if_free()?;
        (!sending.is_mute && !self.is_over()).then_some(sending)
    }

    /// Nothing is sent any more.
    pub(in crate::session) fn mute(&self) {
        if let Some(mut sending) = self.sending() {
            sending.is_mute = true;
        }
    }

    /// Replies that wait for a sender to finish.
    pub(in crate::session) fn replies(&self) -> &Replies {
        &self.replies
    }

    /// The reader's memory. Held for moments only, never over a call that waits or logs.
    pub(in crate::session) fn receiving(&self) -> Held<'_, Receiving> {
        self.receiving.hold()
    }

    /// Begins a phase, which lasts as long as the result lives. All that is received in it has to come before `limit`;
    /// inside another phase the nearer limit counts.
    pub(in crate::session) fn begin(&self, phase: Phase, limit: Deadline) -> PhaseGuard<'_> {
        let mut receiving = self.receiving();
        let before = (receiving.phase, receiving.limit);
        receiving.phase = phase;
        self.stats.enter(phase);
        receiving.limit = before.1.or_sooner(limit);
        PhaseGuard {
            state: self,
            before,
        }
    }

    /// The end of the connection, which begins with the first call of this.
    pub(in crate::session) fn parting(&self, r: &RTMP) -> &Parting {
        self.parting.get_or_init(|| match r.is_nonblocking() {
            true => Parting::at_once(),
            false => Parting::begin(&r.m_sb),
        })
    }

    /// Why the connection failed.
    pub(in crate::session) fn reason(&self) -> Held<'_, Reason> {
        self.reason.hold()
    }

    /// What the server has asked for. Held for moments only, never over a call that waits or logs.
    pub(in crate::session) fn reconnect(&self) -> Held<'_, Reconnect> {
        self.reconnect.hold()
    }

    /// The HTTP tunnel's memory. Held for moments only, never over a call that waits or logs.
    pub(in crate::session) fn tunnel(&self) -> Held<'_, Tunnel> {
        self.tunnel.hold()
    }

    /// The FLV writer's memory.
    pub(in crate::session) fn writing(&self) -> Held<'_, Writing> {
        self.writing.hold()
    }
}
