//! What a connection leaves behind when it is closed.

use core::ffi::{c_char, c_int};
use core::mem::ManuallyDrop;
use core::ptr;

use super::channels::ChannelIn;
use super::packet::RTMPPacket;
use super::read::RTMP_READ_HEADER;
use super::rtmp::{RTMP, RTMP_METHOD};
use super::{channels, heap};

/// The memory of a connection that has ended, taken out of the handle and freed when this is dropped. A callback of the
/// program may close inside a call, and the code that goes on behind it still knows chunk streams and texts.
pub struct Remains {
    channels_in: (*mut *mut RTMPPacket, c_int),
    channels_out: (*mut *mut RTMPPacket, c_int),
    timestamps: *mut c_int,
    calls: (*mut RTMP_METHOD, c_int),
    client_id: *mut c_char,
    leftover: *mut c_char,
}

// SAFETY: the pointers are the only ones that are still followed to free the memory.
unsafe impl Send for Remains {}

impl RTMP {
    /// Takes away all memory that belongs to the connection: chunk streams, partial messages, calls, the tunnel's session
    /// and what `RTMP_Read` has not handed out.
    pub fn detach(&self) -> Remains {
        let read = &self.m_read;
        let leftover = if read.has(RTMP_READ_HEADER) {
            read.detach_leftover()
        } else {
            ptr::null_mut()
        };
        let client_id = self.m_clientID.start();
        self.m_clientID.clear();
        Remains {
            channels_in: (
                self.m_vecChannelsIn.swap(ptr::null_mut()),
                self.m_channelsAllocatedIn.replace(0),
            ),
            channels_out: (
                self.m_vecChannelsOut.swap(ptr::null_mut()),
                self.m_channelsAllocatedOut.replace(0),
            ),
            timestamps: self.m_channelTimestamp.swap(ptr::null_mut()),
            calls: (
                self.m_methodCalls.swap(ptr::null_mut()),
                self.m_numCalls.replace(0),
            ),
            client_id,
            leftover,
        }
    }
}

impl Remains {
    /// Keeps the memory for ever: it cannot be relied on.
    pub fn abandon(self) {
        let _kept = ManuallyDrop::new(self);
    }

    fn free_channels(&self) {
        let (array, count) = self.channels_in;
        for channel in 0..count {
            // SAFETY: the entries of this array are `ChannelIn`s, made by `open_channel_in`.
            if let Some(state) = unsafe { channels::entry::<ChannelIn>(array, count, channel) } {
                let _ = state.discard_body();
            }
        }
        // SAFETY: array and entries are ours, and nothing knows them any more.
        unsafe { channels::free_array(array, count) };
        let (array, count) = self.channels_out;
        // SAFETY: as above; the bodies in outgoing entries belong to others and are not touched.
        unsafe { channels::free_array(array, count) };
        // SAFETY: NULL or the C block made by `reserve_channel_in`.
        unsafe { heap::release(self.timestamps) };
    }

    fn free_calls(&self) {
        let (array, count) = self.calls;
        for index in 0..usize::try_from(count).unwrap_or(0) {
            let place = array.wrapping_add(index);
            // SAFETY: NULL, or an array with `count` entries, kept by `queue_call` and `drop_call`.
            if let Some(call) = unsafe { place.as_ref() } {
                // SAFETY: a name is NULL or from the C allocator.
                unsafe { heap::release(call.name.start()) };
            }
        }
        // SAFETY: NULL or a block made by `queue_call`.
        unsafe { heap::release(array) };
    }
}

impl Drop for Remains {
    fn drop(&mut self) {
        self.free_channels();
        self.free_calls();
        // SAFETY: NULL or from the C allocator, as the field says.
        unsafe { heap::release(self.client_id) };
        // SAFETY: NULL or a block of `RTMP_READ::keep`.
        unsafe { heap::release(self.leftover) };
    }
}
