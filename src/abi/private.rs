//! The one pointer behind which everything private of a handle hangs (`Link.dh`).
//!
//! The block is counted: a thread that works with it keeps it alive while another closes the handle.

use core::any::TypeId;
use core::ffi::c_void;
use core::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use super::RTMP;

/// What `Link.dh` points to.
#[repr(C)]
struct Tagged<T> {
    /// Checked before the pointer is believed.
    kind: TypeId,
    value: T,
}

/// A counted reference to a handle's private state.
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

impl RTMP {
    /// The private state, made by `make` on first need.
    pub fn private<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Private<T> {
        if let Some(found) = self.private_if_any() {
            return found;
        }
        let fresh = Arc::new(Tagged {
            kind: TypeId::of::<T>(),
            value: make(),
        });
        let _gate = self.gate();
        if let Some(found) = self.counted() {
            return found;
        }
        let stored: *const Tagged<T> = Arc::into_raw(Arc::clone(&fresh));
        self.private_slot().set(stored.cast_mut().cast());
        Private(fresh)
    }

    /// The private state, if there is one.
    pub fn private_if_any<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        let _gate = self.gate();
        self.counted()
    }

    /// Makes the handle forget its private state; it is freed when nobody works with it any more.
    pub fn drop_private<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        let _gate = self.gate();
        let taken = self.counted::<T>()?;
        let stored: *mut c_void = self.private_slot().replace(ptr::null_mut());
        // SAFETY: `counted` saw that this is the pointer of an `Arc<Tagged<T>>` whose count the slot holds.
        drop(unsafe { Arc::from_raw(stored.cast::<Tagged<T>>().cast_const()) });
        Some(taken)
    }

    /// With the gate held: one more count of what the slot holds.
    fn counted<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        let stored = self.private_slot().get().cast::<Tagged<T>>();
        if stored.is_null() {
            return None;
        }
        // SAFETY: a slot that is not NULL holds an `Arc<Tagged<_>>`; the tag is its first field for any type.
        let kind = unsafe { &raw const (*stored).kind };
        // SAFETY: as above, and alive: the slot holds a count and the gate is ours.
        if unsafe { kind.read() } != TypeId::of::<T>() {
            return None;
        }
        // SAFETY: the tag says that the block is an `Arc<Tagged<T>>`.
        unsafe { Arc::increment_strong_count(stored.cast_const()) };
        // SAFETY: the count just taken is this one's.
        Some(Private(unsafe { Arc::from_raw(stored.cast_const()) }))
    }

    fn gate(&self) -> std::sync::MutexGuard<'static, ()> {
        let address = ptr::from_ref(self) as usize;
        // Handles are far larger than 64 bytes: the bits above differ between neighbours.
        let gate = &GATES[(address / 64) % GATES.len()];
        gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
