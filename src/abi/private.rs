//! Private blocks behind pointers that C sees: everything private of a handle hangs from `Link.dh`, TLS from
//! `m_sb.sb_ssl`.
//!
//! The block is counted: code that works with it keeps it alive, also when the handle has forgotten it.

use core::any::TypeId;
use core::ffi::c_void;
use core::mem::ManuallyDrop;
use core::ptr;
use std::sync::Arc;

use super::cell::Cell;
use super::departure::{self, Duty};
use super::inside;

/// What such a pointer points to.
#[repr(C)]
struct Tagged<T> {
    /// Checked before the pointer is believed.
    kind: TypeId,
    /// The process that made it.
    process: u32,
    value: T,
}

/// A counted reference to a private block.
pub struct Private<T>(Arc<Tagged<T>>);

impl<T> Clone for Private<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> core::ops::Deref for Private<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

/// A pointer field that holds nothing, or a count of a private block. Taking a count and giving one up must not cross: a
/// thread that takes one visits the field, and one that has emptied it waits for the visits to end, a few instructions.
/// There is no lock: a signal handler may have interrupted this very thread.
pub(in crate::abi) struct Slot<'a>(pub(in crate::abi) &'a Cell<*mut c_void>);

impl Slot<'_> {
    /// What the slot holds, made by `make` on first need.
    pub(in crate::abi) fn get_or_make<T: Send + Sync + 'static>(
        &self,
        make: impl Fn() -> T,
    ) -> Private<T> {
        loop {
            if let Some(found) = self.get() {
                return found;
            }
            let fresh = Private::new(make());
            let count = fresh.clone().into_raw();
            if self.0.fill(count) {
                return fresh;
            }
            // SAFETY: the count just made, which was not shown to others.
            unsafe { Private::<T>::release(count) };
            if !self.0.get().is_null() && self.get::<T>().is_none() {
                // Something else is there, which is not ours to replace: the caller's alone.
                return fresh;
            }
        }
    }

    /// What the slot holds, if it is of this type.
    pub(in crate::abi) fn get<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        if self.0.get().is_null() {
            return None;
        }
        // SAFETY: a slot that is not NULL holds an `Arc<Tagged<_>>`, alive: the slot holds a count, which is not given up
        // during a visit.
        inside::visit(self.address(), || unsafe {
            Private::from_raw(self.0.seen())
        })
    }

    /// Stores `fresh`. What was there of this type is given back.
    pub(in crate::abi) fn replace<T: Send + Sync + 'static>(
        &self,
        fresh: Private<T>,
    ) -> Option<Private<T>> {
        let before = self.0.swap(fresh.into_raw());
        self.given_up(before)
    }

    /// Empties the slot; the block is freed when it is not worked with any more.
    pub(in crate::abi) fn take<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        // Another type belongs to other code.
        self.get::<T>()?;
        let before = self.0.swap(ptr::null_mut());
        self.given_up(before)
    }

    /// The count that the slot held, when no visit to the block without a count of its own is left.
    fn given_up<T: Send + Sync + 'static>(&self, before: *mut c_void) -> Option<Private<T>> {
        // SAFETY: the slot held a count of it, which is not given up yet.
        let counted = unsafe { Private::from_raw(before) }?;
        if !inside::wait_for_visits(self.address()) {
            // The visit goes on when the signal handler returns: its count stays for ever.
            return Some(counted);
        }
        // SAFETY: the slot's count, which is not to be seen any more.
        unsafe { Private::<T>::release(before) };
        Some(counted)
    }

    /// Whether the slot holds this block. The holder of a count of it need not take another.
    pub(in crate::abi) fn holds<T>(&self, private: &Private<T>) -> bool {
        let held: *const c_void = self.0.get();
        ptr::eq(held, Arc::as_ptr(&private.0).cast())
    }

    /// Shows what the slot holds, if it is of this type, to `look`. Nothing is allocated or freed for it.
    pub(in crate::abi) fn look<T: Send + Sync + 'static>(&self, look: impl FnOnce(&Private<T>)) {
        inside::visit(self.address(), || {
            // SAFETY: alive as long as the visit lasts, as for `get`; a signal handler frees nothing here.
            let found = unsafe { Private::from_raw(self.0.seen()) };
            if let Some(found) = found {
                look(&found);
            }
        });
    }

    fn address(&self) -> usize {
        ptr::from_ref(self.0).addr()
    }
}

impl<T: Send + Sync + 'static> Private<T> {
    /// A block of its own.
    pub fn new(value: T) -> Self {
        Self(Arc::new(Tagged {
            kind: TypeId::of::<T>(),
            process: inside::process(),
            value,
        }))
    }

    /// Whether another process made it, whose child this one is.
    pub fn is_inherited(&self) -> bool {
        self.0.process != inside::process()
    }

    /// Keeps the block for ever: what it holds cannot be relied on.
    pub fn abandon(self) {
        let _kept = ManuallyDrop::new(self);
    }

    /// The count as a pointer for C.
    pub fn into_raw(self) -> *mut c_void {
        Arc::into_raw(self.0).cast_mut().cast()
    }

    /// One more count of the block behind a pointer from [`Self::into_raw`]; `None` for NULL and other types.
    ///
    /// # Safety
    /// `block` is NULL or from `into_raw` of any type, and alive.
    pub unsafe fn from_raw(block: *mut c_void) -> Option<Self> {
        let block = block.cast::<Tagged<T>>();
        if block.is_null() {
            return None;
        }
        // SAFETY: the tag is the first field for any type.
        let kind = unsafe { &raw const (*block).kind };
        // SAFETY: the caller says that the block is alive.
        if unsafe { kind.read() } != TypeId::of::<T>() {
            return None;
        }
        // SAFETY: the tag says that the block is an `Arc<Tagged<T>>`.
        unsafe { Arc::increment_strong_count(block.cast_const()) };
        // SAFETY: the count just taken is this one's.
        Some(Self(unsafe { Arc::from_raw(block.cast_const()) }))
    }

    /// Gives up the count that C holds.
    ///
    /// # Safety
    /// As [`Self::from_raw`]; C does not use the pointer any more.
    pub unsafe fn release(block: *mut c_void) {
        // SAFETY: the caller's promise.
        if let Some(counted) = unsafe { Self::from_raw(block) } {
            // SAFETY: the tag was right, and the count is the one that `into_raw` gave to C.
            unsafe { Arc::decrement_strong_count(Arc::as_ptr(&counted.0)) };
        }
    }
}

/// The block that a thread used last, with a count of it.
#[derive(Clone, Copy)]
struct Last {
    kind: TypeId,
    block: *mut c_void,
    release: unsafe fn(*mut c_void),
}

thread_local! {
    static LAST: core::cell::Cell<Option<Last>> = const { core::cell::Cell::new(None) };
}

impl<T: Send + Sync + 'static> Private<T> {
    /// Makes this thread remember the block until it ends, or takes or remembers another. Not where that could not be
    /// given back.
    #[inline(always)]
    pub fn remember(self) {
        if departure::entrust(Duty::ForgetBlock, forget_last) {
            forget_last();
            LAST.set(Some(Last {
                kind: TypeId::of::<T>(),
                block: self.into_raw(),
                release: Self::release,
            }));
        }
    }

    /// What this thread remembers, if it is `wanted`; else it is forgotten.
    pub fn take_last(wanted: impl FnOnce(&Self) -> bool) -> Option<Self> {
        let last = LAST.take()?;
        if last.kind == TypeId::of::<T>() {
            // SAFETY: `remember` of this type made it, and its count is taken over.
            let last = Self(unsafe { Arc::from_raw(last.block.cast::<Tagged<T>>().cast_const()) });
            return wanted(&last).then_some(last);
        }
        // SAFETY: made together by `remember`, and shown to nothing else.
        unsafe { (last.release)(last.block) };
        None
    }
}

/// Gives back what this thread remembers.
fn forget_last() {
    if let Some(last) = LAST.take() {
        // SAFETY: made together by `remember`, and shown to nothing else.
        unsafe { (last.release)(last.block) };
    }
}
