//! A field that C and other threads may read and write at any moment.

use core::cell::UnsafeCell;
use core::ffi::c_char;
#[cfg(target_pointer_width = "64")]
use core::sync::atomic::AtomicU64;
use core::sync::atomic::{
    AtomicI8, AtomicI16, AtomicI32, AtomicPtr, AtomicU8, AtomicU16, AtomicU32,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
};

/// One number or pointer in memory shared with C. Loads and stores are relaxed atomics, so that a second thread that
/// looks at the struct meets defined behaviour. Same size and layout as `T`; cbindgen prints it as `T`.
#[repr(transparent)]
pub struct Cell<T: Atom>(UnsafeCell<T>);

// SAFETY: every access goes through `Atom`, whose loads and stores are atomic.
unsafe impl<T: Atom> Sync for Cell<T> {}
// SAFETY: a cell holds a plain value; pointers among them carry the C contract of their field, not Rust ownership.
unsafe impl<T: Atom> Send for Cell<T> {}

impl<T: Atom> Cell<T> {
    /// A cell that holds `value`.
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// The value now.
    #[inline]
    pub fn get(&self) -> T {
        T::load(&self.0)
    }

    /// Stores `value`.
    #[inline]
    pub fn set(&self, value: T) {
        T::store(&self.0, value);
    }

    /// Stores `value` and gives back what was there. Not one atomic step.
    #[inline]
    pub fn replace(&self, value: T) -> T {
        let old = self.get();
        self.set(value);
        old
    }
}

macro_rules! flags {
    ($($bits:ty),*) => {$(
        impl Cell<$bits> {
            /// Sets bits, in one atomic step; what was there before.
            pub fn raise(&self, bits: $bits) -> $bits {
                self.atomic().fetch_or(bits, SeqCst)
            }

            /// Clears bits, in one atomic step.
            pub fn lower(&self, bits: $bits) {
                self.atomic().fetch_and(!bits, SeqCst);
            }
        }
    )*};
}

flags!(u8, i32);

/// C's `char`, which has a sign on some machines and none on others.
impl Cell<c_char> {
    /// The byte that it is.
    #[inline]
    pub fn byte(&self) -> u8 {
        let [byte] = self.get().to_ne_bytes();
        byte
    }

    /// Stores a byte.
    #[inline]
    pub fn set_byte(&self, byte: u8) {
        self.set(c_char::from_ne_bytes([byte]));
    }
}

impl Cell<u8> {
    /// The bits as all threads agree on them.
    pub fn seen(&self) -> u8 {
        self.atomic().load(SeqCst)
    }

    fn atomic(&self) -> &AtomicU8 {
        // SAFETY: an `UnsafeCell` of this size is valid for an atomic as long as it is borrowed.
        unsafe { AtomicU8::from_ptr(self.0.get()) }
    }
}

impl Cell<i32> {
    /// Stores `value` for other threads: what was done before is done for those that observe it.
    pub fn publish(&self, value: i32) {
        self.atomic().store(value, Release);
    }

    /// The value now, with all that was done before it was published.
    #[inline]
    pub fn observe(&self) -> i32 {
        self.atomic().load(Acquire)
    }

    fn atomic(&self) -> &AtomicI32 {
        // SAFETY: as for the bits.
        unsafe { AtomicI32::from_ptr(self.0.get()) }
    }
}

impl<P> Cell<*mut P> {
    /// Stores `value` and gives back what was there, in one atomic step.
    pub fn swap(&self, value: *mut P) -> *mut P {
        self.atomic().swap(value, SeqCst)
    }

    /// Stores `value` where NULL is, in one atomic step. False when something was there.
    pub fn fill(&self, value: *mut P) -> bool {
        self.atomic()
            .compare_exchange(core::ptr::null_mut(), value, SeqCst, SeqCst)
            .is_ok()
    }

    /// The pointer as all threads agree on it.
    pub fn seen(&self) -> *mut P {
        self.atomic().load(SeqCst)
    }

    fn atomic(&self) -> &AtomicPtr<P> {
        // SAFETY: as for the bits.
        unsafe { AtomicPtr::from_ptr(self.0.get()) }
    }
}

impl<T: Atom> Clone for Cell<T> {
    fn clone(&self) -> Self {
        Self::new(self.get())
    }
}

impl<T: Atom + Default> Default for Cell<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// A value that the machine loads and stores in one step.
pub trait Atom: Copy {
    /// Reads the value with a relaxed load.
    fn load(place: &UnsafeCell<Self>) -> Self;
    /// Writes the value with a relaxed store.
    fn store(place: &UnsafeCell<Self>, value: Self);
}

macro_rules! atom {
    ($($value:ty => $atomic:ty),* $(,)?) => {$(
        impl Atom for $value {
            #[inline]
            fn load(place: &UnsafeCell<Self>) -> Self {
                // SAFETY: an `UnsafeCell` of this size and alignment is valid for an atomic as long as it is borrowed.
                unsafe { <$atomic>::from_ptr(place.get()) }.load(Relaxed)
            }
            #[inline]
            fn store(place: &UnsafeCell<Self>, value: Self) {
                // SAFETY: as for the load.
                unsafe { <$atomic>::from_ptr(place.get()) }.store(value, Relaxed);
            }
        }
    )*};
}

atom! {
    i8 => AtomicI8, u8 => AtomicU8, i16 => AtomicI16, u16 => AtomicU16, i32 => AtomicI32, u32 => AtomicU32,
}

impl<P> Atom for *mut P {
    #[inline]
    fn load(place: &UnsafeCell<Self>) -> Self {
        // SAFETY: a pointer cell is valid for an `AtomicPtr` as long as it is borrowed.
        unsafe { AtomicPtr::from_ptr(place.get()) }.load(Relaxed)
    }
    #[inline]
    fn store(place: &UnsafeCell<Self>, value: Self) {
        // SAFETY: as for the load.
        unsafe { AtomicPtr::from_ptr(place.get()) }.store(value, Relaxed);
    }
}

#[cfg(target_pointer_width = "64")]
impl Atom for f64 {
    #[inline]
    fn load(place: &UnsafeCell<Self>) -> Self {
        Self::from_bits(whole(place).load(Relaxed))
    }
    #[inline]
    fn store(place: &UnsafeCell<Self>, value: Self) {
        whole(place).store(value.to_bits(), Relaxed);
    }
}

#[cfg(target_pointer_width = "64")]
#[inline]
fn whole(place: &UnsafeCell<f64>) -> &AtomicU64 {
    const { assert!(align_of::<f64>() == align_of::<AtomicU64>()) };
    // SAFETY: size and alignment are those of `AtomicU64`; the cell is valid for it as long as it is borrowed.
    unsafe { AtomicU64::from_ptr(place.get().cast()) }
}

/// A 32-bit machine may align a `double` to 4 bytes, or not know how to move 8 in one step: it is moved as two words.
#[cfg(target_pointer_width = "32")]
impl Atom for f64 {
    #[inline]
    fn load(place: &UnsafeCell<Self>) -> Self {
        let [first, second] = words(place).map(|word| word.load(Relaxed).to_ne_bytes());
        let ([a, b, c, d], [e, f, g, h]) = (first, second);
        Self::from_ne_bytes([a, b, c, d, e, f, g, h])
    }
    #[inline]
    fn store(place: &UnsafeCell<Self>, value: Self) {
        let [a, b, c, d, e, f, g, h] = value.to_ne_bytes();
        let [first, second] = words(place);
        first.store(u32::from_ne_bytes([a, b, c, d]), Relaxed);
        second.store(u32::from_ne_bytes([e, f, g, h]), Relaxed);
    }
}

/// The two halves of a `double`, in memory order.
#[cfg(target_pointer_width = "32")]
fn words(place: &UnsafeCell<f64>) -> [&AtomicU32; 2] {
    let first = place.get().cast::<u32>();
    // SAFETY: the eight bytes of the cell are two aligned words; both belong to the borrowed cell.
    let second = unsafe { first.add(1) };
    // SAFETY: as above, and all other accesses are atomic too.
    let low = unsafe { AtomicU32::from_ptr(first) };
    // SAFETY: as above.
    let high = unsafe { AtomicU32::from_ptr(second) };
    [low, high]
}
