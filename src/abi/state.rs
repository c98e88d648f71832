//! The private state of a handle: a counted block behind `Link.dh`.

use super::inside;
use super::private::{Private, Slot};
use super::rtmp::RTMP;

impl RTMP {
    /// The private state, made by `make` on first need.
    pub fn private<T: Send + Sync + 'static>(&self, make: impl Fn() -> T) -> Private<T> {
        self.slot().get_or_make(make)
    }

    /// The private state, if there is one.
    pub fn private_if_any<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        self.slot().get()
    }

    /// Whether `private` is the state of this handle. The holder of a count of it need not take another.
    pub fn holds<T>(&self, private: &Private<T>) -> bool {
        self.slot().holds(private)
    }

    /// Shows the private state to `look`, if there is one. Nothing is allocated or freed for it.
    pub fn look_at_private<T: Send + Sync + 'static>(&self, look: impl FnOnce(&T)) {
        self.slot().look::<T>(|found| look(found));
    }

    /// Whether the private state was made by another process, whose child this one is: the connection is that one's.
    pub fn is_inherited<T: Send + Sync + 'static>(&self) -> bool {
        let mut is_inherited = false;
        // Most processes have never been forked since.
        if inside::process() != 0 {
            self.slot()
                .look::<T>(|found| is_inherited = found.is_inherited());
        }
        is_inherited
    }

    /// Makes the handle forget its private state; it is freed when it is not worked with any more.
    pub fn drop_private<T: Send + Sync + 'static>(&self) -> Option<Private<T>> {
        self.slot().take()
    }

    #[inline]
    fn slot(&self) -> Slot<'_> {
        Slot(&self.Link.dh)
    }
}
