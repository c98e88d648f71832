//! The one door into a handle, for calls and for what ends its connection.
//!
//! Every call says that it is inside before it looks at what a close would free, and a close waits until nobody else is.
//! Both do so in memory that is not the handle's ([`crate::abi::inside`]): a program frees the handle when its close has
//! returned, and a thread that waited for that one must not touch it again.

use core::cell::Cell;
use core::ptr;

use crate::abi::inside::{self, Announced, Inside};
use crate::abi::{RTMP, Stop};
use crate::sys::thread::{Lasting, Moment};

/// A call on a handle, until it is dropped.
pub struct Call {
    _inside: Inside,
    _work: Lasting,
}

/// Begins a call. `None` while another thread is closing the handle, which then may be gone: it is not touched again. The
/// same in a child that `fork` has made while another thread was inside: what that one was at is never done.
#[inline(always)]
pub fn enter(r: &RTMP) -> Option<Call> {
    enter_if(r, || true)
}

/// What becomes of a call that has something to say also while a thread of the library's own connects.
pub enum Entry {
    /// It is inside.
    Inside(Call),
    /// That thread is ending a connection, perhaps to make another. Until this is dropped a close of the program waits; what the
    /// handle points to is not to be used.
    AtStart(Inside),
    /// As for any other.
    No,
}

/// [`enter`] for such calls.
#[inline]
pub fn enter_at_start(r: &RTMP) -> Entry {
    match enter(r) {
        Some(call) => Entry::Inside(call),
        None => enter_before_thread(r),
    }
}

#[cold]
fn enter_before_thread(r: &RTMP) -> Entry {
    let handle = address(r);
    let is_gone = || is_wished(handle) || inside::is_left_behind(handle);
    match inside::enter(handle) {
        // Behind the program's own close the handle may be gone, and in a child of `fork` the thread is.
        Some(inside) if !is_gone() && r.is_starting() => Entry::AtStart(inside),
        _ => Entry::No,
    }
}

/// The same for a thread that may come too late: `is_awaited` tells, behind the point from which on a close waits for it, and
/// the handle is not touched if it does not.
#[inline(always)]
pub(in crate::session) fn enter_if(r: &RTMP, is_awaited: impl FnOnce() -> bool) -> Option<Call> {
    let handle = address(r);
    let inside = inside::enter(handle)?;
    if !is_awaited() {
        return None;
    }
    let is_open = inside.is_nested() || !(r.is_closing() || inside::is_left_behind(handle));
    is_open.then(|| Call {
        _inside: inside,
        _work: Moment::Work.begin(),
    })
}

/// Whether another thread was inside when `fork` made this process without it.
pub(in crate::session) fn is_left_behind(r: &RTMP) -> bool {
    inside::is_left_behind(address(r))
}

/// The handle has nothing any more of what threads were at that this process does not have.
pub fn forget(r: &RTMP) {
    inside::forget_left_behind(address(r));
}

fn address(r: &RTMP) -> usize {
    ptr::from_ref(r).addr()
}

/// What a thread that closes announces, as the low bits of the handle's address.
#[derive(Clone, Copy)]
enum Intent {
    /// A call closes because the connection has failed or ended. It stays inside.
    Within = 0,
    /// The program wants to close.
    Wish = 1,
    /// The program's close is the one that is done. Behind it the handle may be freed.
    Program = 2,
}

impl Intent {
    fn word(self, handle: usize) -> usize {
        handle | self as usize
    }
}

/// Whether the program wants to close, in another thread.
fn is_wished(handle: usize) -> bool {
    let intents = [Intent::Wish, Intent::Program];
    intents
        .iter()
        .any(|intent| inside::is_announced(intent.word(handle)))
}

/// The one close of a handle that is under way, until this is dropped.
pub(in crate::session) struct Closing<'a> {
    r: &'a RTMP,
    /// Code of this thread goes on inside the handle when it has been closed, and this is what it does.
    interrupted: Option<Moment>,
    is_program: bool,
    is_half: Cell<bool>,
    announced: Announced,
    inside: Option<Inside>,
    _work: Lasting,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let handle = address(self.r);
        if self.is_half.get() {
            self.r.raise_stop(Stop::Cancel);
        }
        if !self.is_program || self.is_half.get() {
            return self.r.lower_stop(Stop::Close);
        }
        // A cancel ends here. This is the last that is done with the handle.
        self.r.lower_stops();
        self.inside = None;
        self.announced.change(0);
        // Another close that began late finds nothing to do, but it has to find the handle.
        let is_wished = || is_wished(handle);
        let mut looks = 0;
        while self.interrupted.is_none() && is_wished() {
            inside::give_way(&mut looks);
        }
    }
}

/// Begins to close for a call that is inside. `None` when another thread, or this one further out, is about it.
pub(in crate::session) fn close_within(r: &RTMP) -> Option<Closing<'_>> {
    let announced = inside::announce(Intent::Within.word(address(r)));
    let inside = inside::enter(address(r))?;
    r.raise_stop(Stop::Close)
        .then(|| closing(r, inside, announced, false))
}

/// Begins to close for the program. `None` when another close has done it, or, inside a call, is about it.
pub(in crate::session) fn close(r: &RTMP) -> Option<Closing<'_>> {
    let handle = address(r);
    let announced = inside::announce(Intent::Wish.word(handle));
    let mut looks = 0;
    loop {
        // While the wish is announced the handle is not freed.
        if r.raise_stop(Stop::Close) || inside::is_left_behind(handle) {
            announced.change(Intent::Program.word(handle));
            return Some(closing(r, inside::enter(handle)?, announced, true));
        }
        let is_within = inside::enter(handle).is_none_or(|inside| inside.is_nested());
        if is_within || inside::is_announced(Intent::Program.word(handle)) {
            drop(announced);
            wait_for(handle, is_within);
            return None;
        }
        inside::give_way(&mut looks);
    }
}

fn wait_for(handle: usize, is_within: bool) {
    let mut looks = 0;
    while !is_within && inside::is_announced(Intent::Program.word(handle)) {
        inside::give_way(&mut looks);
    }
}

fn closing(r: &RTMP, inside: Inside, announced: Announced, is_program: bool) -> Closing<'_> {
    Closing {
        r,
        // What a call of the library's own does next it does knowingly.
        interrupted: inside.is_nested().then(|| match is_program {
            true => Moment::now(),
            false => Moment::Callback,
        }),
        is_program,
        is_half: Cell::new(false),
        announced,
        inside: Some(inside),
        _work: Moment::Work.begin(),
    }
}

impl Closing<'_> {
    /// What code of this thread is doing that goes on inside the handle; `None` when there is none.
    pub(in crate::session) fn interrupted(&self) -> Option<Moment> {
        self.interrupted
    }

    /// Only what a signal handler may do at any moment is done: the interrupted call and those behind it fail until the next
    /// close, or until a connection is to be made.
    pub(in crate::session) fn leave_half_done(&self) {
        self.is_half.set(true);
    }

    /// Does for a half done close, too, what the program's does: a cancel ends here.
    pub(in crate::session) fn complete(&mut self) {
        self.is_program = true;
    }

    /// Waits until no other thread is inside, and none wishes to close any more; `wake` makes those come to an end that
    /// wait for the connection.
    pub(in crate::session) fn wait_until_alone(&self, wake: impl Fn()) {
        let handle = address(self.r);
        let mut looks = 0;
        let is_shared = || {
            inside::is_shared(handle)
                || self.is_program && inside::is_announced(Intent::Wish.word(handle))
        };
        while is_shared() {
            wake();
            inside::give_way(&mut looks);
        }
    }
}
