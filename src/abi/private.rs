//! Private blocks behind pointers that C sees: everything private of a handle hangs from `Link.dh`, TLS from
//! `m_sb.sb_ssl`.
//!
//! The block is counted: a thread that works with it keeps it alive while another closes the handle.

use core::any::TypeId;
use core::ffi::c_void;
use core::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Cell, RTMP};

/// What such a pointer points to.
#[repr(C)]
struct Tagged<T> {
    /// Checked before the pointer is believed.
    kind: TypeId,
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

/// Taking a count and giving one up must not cross. The lock is held for a few instructions, never over a call.
static GATES: [Mutex<()>; 16] = [const { Mutex::new(()) }; 16];

/// A pointer field that holds nothing, or a count of a private block.
pub(in crate::abi) struct Slot<'a>(pub(in crate::abi) &'a Cell<*mut c_void>);

impl Slot<'_> {
    /// What the slot holds, made by `make` on first need.
    fn get_or_make<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Private<T> {
        if let Some(found) = self.get() {
            return found;
        }
        let fresh = Private::new(make());
        let _gate = self.gate();
        if let Some(found) = self.counted() {
            return found;
        }
        self.0.set(fresh.clone().into_raw());
        fresh
    }

    /// What the slot holds, if it is of this type.
    pub(in crate::abi) fn get<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        if self.0.get().is_null() {
            return None;
        }
        let _gate = self.gate();
        self.counted()
    }

    /// Stores `fresh`. What was there of this type is given back.
    pub(in crate::abi) fn replace<T: Send + Sync + 'static>(
        &self,
        fresh: Private<T>,
    ) -> Option<Private<T>> {
        let before = self.take();
        let _gate = self.gate();
        self.0.set(fresh.into_raw());
        before
    }

    /// Empties the slot; the block is freed when nobody works with it any more.
    pub(in crate::abi) fn take<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        let _gate = self.gate();
        let taken = self.counted::<T>()?;
        let stored: *mut c_void = self.0.replace(ptr::null_mut());
        // SAFETY: `counted` saw that this is the pointer of an `Arc<Tagged<T>>` whose count the slot holds.
        drop(unsafe { Arc::from_raw(stored.cast::<Tagged<T>>().cast_const()) });
        Some(taken)
    }

    /// With the gate held: one more count of what the slot holds.
    fn counted<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        // SAFETY: a slot that is not NULL holds an `Arc<Tagged<_>>`, alive: the slot holds a count and the gate is ours.
        unsafe { Private::from_raw(self.0.get()) }
    }

    fn gate(&self) -> std::sync::MutexGuard<'static, ()> {
        let address = ptr::from_ref(self.0) as usize;
        // Handles are far larger than 64 bytes: the bits above differ between neighbours.
        let gate = &GATES[(address / 64) % GATES.len()];
        gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + Sync + 'static> Private<T> {
    /// A block of its own.
    pub fn new(value: T) -> Self {
        Self(Arc::new(Tagged {
            kind: TypeId::of::<T>(),
            value,
        }))
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

impl RTMP {
    /// The private state, made by `make` on first need.
    pub fn private<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Private<T> {
        Slot(self.private_slot()).get_or_make(make)
    }

    /// The private state, if there is one.
    pub fn private_if_any<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        Slot(self.private_slot()).get()
    }

    /// Whether `private` is the state of this handle. Who has a count of it need not take another.
    pub fn holds<T>(&self, private: &Private<T>) -> bool {
        let held: *const c_void = self.private_slot().get();
        ptr::eq(held, Arc::as_ptr(&private.0).cast())
    }

    /// Makes the handle forget its private state; it is freed when nobody works with it any more.
    pub fn drop_private<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        Slot(self.private_slot()).take()
    }
}
