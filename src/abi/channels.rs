//! The state of chunk streams, in the arrays that C sees (spec 04 §1).
//!
//! `m_vecChannelsIn[c]` and `m_vecChannelsOut[c]` point to an `RTMPPacket` that is followed by private fields: only
//! the library allocates and frees these entries.

use core::ffi::c_int;
use core::ptr::{self, NonNull};

use super::cell::Cell;
use super::heap;
use super::packet::RTMPPacket;
use super::rtmp::RTMP;
use super::sockbuf::{RTMPSockBuf, Taken};

/// Chunk stream ids end here: the 3-byte basic header reaches 65599.
pub const MAX_CHANNEL: c_int = 65_599;
/// Arrays grow to the wanted index and so many more.
const SPARE: c_int = 10;

/// An incoming chunk stream: the header state that later chunks build on, and the partial message.
#[repr(C)]
#[derive(Default)]
pub struct ChannelIn {
    /// What C sees. `m_body` and `m_nBytesRead` are those of the partial message.
    pub packet: RTMPPacket,
    /// Bytes that the body has room for.
    capacity: Cell<u32>,
    /// The last extended timestamp, which `m_nTimeStamp` does not show.
    extended: Cell<u32>,
    /// Not 0: the body is in memory of the program.
    is_lent: Cell<u8>,
}

/// An outgoing chunk stream: what the last message looked like.
#[repr(C)]
#[derive(Default)]
pub struct ChannelOut {
    /// What C sees: the last message as its caller gave it. The body pointer is stale.
    pub packet: RTMPPacket,
    /// The timestamp field of the last message's first chunk: a delta, or the absolute value of a type 0 header, ms.
    pub stamp_field: Cell<u32>,
    /// The message stream id that the peer knows: that of the last type 0 header.
    pub stream_id: Cell<c_int>,
}

/// Bodies start with room for so many bytes and double from there, as data arrives: a length on the wire is a claim.
const FIRST_ROOM: u32 = 64 * 1024;

/// For the reader. The body of a partial message moves and goes as chunks come, and a log callback may read on: it is never
/// shown, but copied ([`RTMPPacket::copy_received`]). The entry itself stays where it is until its `Remains` are dropped.
impl ChannelIn {
    /// Drops a partial message: the bytes that were held for it.
    pub fn discard_body(&self) -> u32 {
        if self.is_lent.replace(0) != 0 {
            self.packet.forget_body();
        }
        self.packet.free_body();
        self.packet.m_nBytesRead.set(0);
        self.capacity.replace(0)
    }

    /// Hands the complete body to `receiver`: the bytes that were held for it. The entry is then ready for the next
    /// message.
    pub fn deliver_body(&self, receiver: &RTMPPacket) -> u32 {
        self.packet.move_body_to(receiver);
        self.packet.m_nBytesRead.set(0);
        self.capacity.replace(0)
    }

    /// Lets the message under way, which has no body yet, be gathered at `memory`.
    ///
    /// # Safety
    /// `memory` is valid for writing the whole message until the body is discarded or [`Self::bring_home`] was called.
    pub(in crate::abi) unsafe fn borrow(&self, memory: *mut u8) {
        self.packet.m_body.set(memory.cast());
        self.capacity.set(self.packet.m_nBodySize.get());
        self.is_lent.set(1);
    }

    /// Whether the body is in memory of the program.
    pub fn is_lent(&self) -> bool {
        self.is_lent.get() != 0
    }

    /// Moves a body that is in memory of the program into memory of its own, with room for what has come: the bytes that need not
    /// be held for it any more. `None` without memory: the message is lost then.
    pub fn bring_home(&self) -> Option<u32> {
        if self.is_lent.replace(0) == 0 {
            return Some(0);
        }
        let (lent, read) = (self.packet.body_at(0), self.packet.m_nBytesRead.get());
        let held = self.capacity.replace(0);
        self.packet.forget_body();
        if !self.make_room(0) {
            self.capacity.set(held);
            return None;
        }
        // SAFETY: the bytes received stand at the beginning of both: the lent memory, and the body just made, which has room for them.
        unsafe { ptr::copy_nonoverlapping(lent, self.packet.body_at(0), read as usize) };
        Some(held.saturating_sub(self.capacity.get()))
    }

    /// Remembers that the chunk stream uses extended timestamps, and the last one.
    pub fn extend_time(&self, marker: u32, time: u32) {
        self.packet.m_nTimeStamp.set(marker);
        self.extended.set(time);
    }

    /// The absolute time that the partial message began with, if it did. `marker` stands for an extended one.
    pub fn absolute_time(&self, marker: u32) -> Option<u32> {
        let stamp = self.packet.m_nTimeStamp.get();
        let is_absolute = self.packet.m_hasAbsTimestamp.get() != 0;
        is_absolute.then(|| {
            if stamp == marker {
                self.extended.get()
            } else {
                stamp
            }
        })
    }

    /// Bytes that the message needs to be complete; `None` when there is no message under way.
    pub fn missing(&self) -> Option<u32> {
        let size = self.packet.m_nBodySize.get();
        let left = size.saturating_sub(self.packet.m_nBytesRead.get());
        (left > 0 && !self.packet.is_bodiless()).then_some(left)
    }

    /// How many bytes more [`Self::make_room`] would hold.
    pub fn growth(&self, count: u32) -> u32 {
        self.grown(count).saturating_sub(self.capacity.get())
    }

    /// The room that `count` bytes behind those received need, never more than the message's length.
    fn grown(&self, count: u32) -> u32 {
        let (size, has) = (self.packet.m_nBodySize.get(), self.capacity.get());
        let read = self.packet.m_nBytesRead.get();
        let wanted = read.saturating_add(count).min(size);
        if wanted <= has {
            return has;
        }
        wanted.max(has.saturating_mul(2).max(FIRST_ROOM).min(size))
    }

    /// Makes room for `count` bytes behind those received. False without memory.
    pub fn make_room(&self, count: u32) -> bool {
        let capacity = self.grown(count);
        if capacity == self.capacity.get() && !self.packet.is_bodiless() {
            return true;
        }
        let done = self.packet.reserve(capacity as usize);
        if done {
            self.capacity.set(capacity);
        }
        done
    }

    /// Moves up to `count` received bytes from the buffer into the body; room must have been made. Returns how many.
    pub fn take(&self, buffer: &RTMPSockBuf, count: u32) -> u32 {
        let place = self.free_room(count);
        // SAFETY: `free_room` names bytes inside the body, which never overlaps the receive buffer.
        let taken = unsafe { buffer.take_raw(place.cast(), place.len()) };
        self.received(taken)
    }

    /// Moves whole chunks of the message under way from the buffer into the body, at most `most`: each has a header of one byte,
    /// which has to be `first`, and `size` bytes of payload, the last one what is left.
    #[inline]
    pub fn take_chunks(&self, buffer: &RTMPSockBuf, first: u8, size: u32, most: u32) -> Taken {
        let Some(left) = self.missing() else {
            return Taken::default();
        };
        let place = self.free_room(left);
        let (sizes, bounds) = ((size as usize, most as usize), (place.len(), left as usize));
        // SAFETY: as for `take`.
        let taken = unsafe { buffer.take_chunks_raw(first, place.cast(), bounds, sizes) };
        self.received(taken.bytes);
        taken
    }

    /// Lets `receive` fill up to `count` bytes of the body directly; room must have been made.
    pub fn receive<E>(
        &self,
        count: u32,
        receive: impl FnOnce(&mut [core::mem::MaybeUninit<u8>]) -> Result<usize, E>,
    ) -> Result<u32, E> {
        let place = self.free_room(count);
        // SAFETY: the bytes lie inside a body that only the reading thread owns while it is partial; they may be
        // uninitialised, as the type says.
        let room = unsafe { &mut *(place as *mut [core::mem::MaybeUninit<u8>]) };
        let taken = receive(room)?.min(place.len());
        Ok(self.received(taken))
    }

    fn free_room(&self, count: u32) -> *mut [u8] {
        let read = self.packet.m_nBytesRead.get();
        let room = self.capacity.get().saturating_sub(read).min(count);
        let start = self.packet.body_at(read).cast::<u8>();
        ptr::slice_from_raw_parts_mut(start, if start.is_null() { 0 } else { room as usize })
    }

    fn received(&self, count: usize) -> u32 {
        let count = u32::try_from(count).unwrap_or(0);
        self.packet
            .m_nBytesRead
            .set(self.packet.m_nBytesRead.get().saturating_add(count));
        count
    }
}

impl RTMP {
    /// The state of incoming chunk stream `channel`, if anything was received on it.
    pub fn channel_in(&self, channel: c_int) -> Option<&ChannelIn> {
        // SAFETY: the entries of this array are `ChannelIn`s, made by `open_channel_in`.
        unsafe {
            entry(
                self.m_vecChannelsIn.get(),
                self.m_channelsAllocatedIn.get(),
                channel,
            )
        }
    }

    /// The state of incoming chunk stream `channel`, made if need be. `None` for ids out of range and without memory.
    pub fn open_channel_in(&self, channel: c_int) -> Option<&ChannelIn> {
        self.reserve_channel_in(channel).then_some(())?;
        // SAFETY: `reserve_channel_in` made the array reach `channel`; new entries are `ChannelIn`s.
        unsafe { open(self.m_vecChannelsIn.get(), channel) }
    }

    /// Makes the incoming arrays reach `channel`. False for ids out of range and without memory.
    pub fn reserve_channel_in(&self, channel: c_int) -> bool {
        if !(0..=MAX_CHANNEL).contains(&channel) {
            return false;
        }
        if channel < self.m_channelsAllocatedIn.get() {
            return true;
        }
        let (used, wanted) = (self.m_channelsAllocatedIn.get(), channel + SPARE);
        // SAFETY: both arrays are NULL or C blocks of `used` elements and belong to the handle.
        let stamps = unsafe { extended(self.m_channelTimestamp.get(), used, wanted, 0) };
        let Some(stamps) = stamps else { return false };
        self.m_channelTimestamp.set(stamps);
        // SAFETY: as above.
        let entries =
            unsafe { extended(self.m_vecChannelsIn.get(), used, wanted, ptr::null_mut()) };
        let Some(entries) = entries else { return false };
        self.m_vecChannelsIn.set(entries);
        self.m_channelsAllocatedIn.set(wanted);
        true
    }

    /// The absolute timestamp of `channel`'s last complete message; `None` when nothing was received so far up there.
    pub fn channel_timestamp(&self, channel: c_int) -> Option<u32> {
        self.timestamp_cell(channel)
            .map(|cell| cell.get().cast_unsigned())
    }

    /// Stores the absolute timestamp of `channel`, whose entry exists.
    pub fn set_channel_timestamp(&self, channel: c_int, stamp: u32) {
        if let Some(cell) = self.timestamp_cell(channel) {
            cell.set(stamp.cast_signed());
        }
    }

    fn timestamp_cell(&self, channel: c_int) -> Option<&Cell<c_int>> {
        let array = NonNull::new(self.m_channelTimestamp.get())?;
        if !(0..self.m_channelsAllocatedIn.get()).contains(&channel) {
            return None;
        }
        // SAFETY: the array has `m_channelsAllocatedIn` elements, and `channel` is one of them.
        let element = unsafe { array.add(channel.cast_unsigned() as usize) };
        // SAFETY: a `Cell<c_int>` has the layout of `c_int`; C only ever reads or writes whole numbers here.
        Some(unsafe { element.cast::<Cell<c_int>>().as_ref() })
    }

    /// The state of outgoing chunk stream `channel`, if anything was sent on it.
    pub fn channel_out(&self, channel: c_int) -> Option<&ChannelOut> {
        // SAFETY: the entries of this array are `ChannelOut`s, made by `open_channel_out`.
        unsafe {
            entry(
                self.m_vecChannelsOut.get(),
                self.m_channelsAllocatedOut.get(),
                channel,
            )
        }
    }

    /// The state of outgoing chunk stream `channel`, made if need be. `None` without memory and beyond the array,
    /// which [`Self::reserve_channel_out`] extends.
    pub fn open_channel_out(&self, channel: c_int) -> Option<&ChannelOut> {
        self.reserve_channel_out(channel).then_some(())?;
        // SAFETY: `reserve_channel_out` made the array reach `channel`; new entries are `ChannelOut`s.
        unsafe { open(self.m_vecChannelsOut.get(), channel) }
    }

    /// Makes the outgoing array reach `channel`. False for ids out of range and without memory.
    pub fn reserve_channel_out(&self, channel: c_int) -> bool {
        if !(0..=MAX_CHANNEL).contains(&channel) {
            return false;
        }
        if channel < self.m_channelsAllocatedOut.get() {
            return true;
        }
        let (used, wanted) = (self.m_channelsAllocatedOut.get(), channel + SPARE);
        // SAFETY: the array is NULL or a C block of `used` elements and belongs to the handle.
        let entries =
            unsafe { extended(self.m_vecChannelsOut.get(), used, wanted, ptr::null_mut()) };
        let Some(entries) = entries else { return false };
        self.m_vecChannelsOut.set(entries);
        self.m_channelsAllocatedOut.set(wanted);
        true
    }
}

/// # Safety
/// `array` is NULL or has `count` elements, each NULL or a valid `T`.
pub(in crate::abi) unsafe fn entry<'a, T>(
    array: *mut *mut RTMPPacket,
    count: c_int,
    channel: c_int,
) -> Option<&'a T> {
    if array.is_null() || !(0..count).contains(&channel) {
        return None;
    }
    // SAFETY: `channel` is inside the array.
    let element = unsafe { array.add(channel.cast_unsigned() as usize) };
    // SAFETY: the element is initialised: new ones are NULL.
    let entry = unsafe { element.read() };
    // SAFETY: NULL or a valid `T`, as the caller promises.
    unsafe { entry.cast::<T>().as_ref() }
}

/// # Safety
/// `array` reaches `channel`; its elements are NULL or valid `T`s, which begin with an `RTMPPacket`.
unsafe fn open<'a, T: Default>(array: *mut *mut RTMPPacket, channel: c_int) -> Option<&'a T> {
    // SAFETY: the caller's promise.
    let element = unsafe { array.add(channel.cast_unsigned() as usize) };
    // SAFETY: the element is initialised.
    let mut entry = unsafe { element.read() }.cast::<T>();
    if entry.is_null() {
        let fresh = heap::zeroed::<T>(1)?;
        // SAFETY: new memory for one `T`.
        unsafe { fresh.write(T::default()) };
        entry = fresh.as_ptr();
        // SAFETY: the element is ours to set.
        unsafe { element.write(entry.cast()) };
    }
    // SAFETY: a valid `T`, as the caller promises or as just made.
    unsafe { entry.as_ref() }
}

/// Makes an array of `used` elements hold `wanted`, the new ones being `filler`.
///
/// # Safety
/// `array` is NULL (and `used` 0) or a C block of `used` elements, not used any more after a success.
unsafe fn extended<T: Copy>(
    array: *mut T,
    used: c_int,
    wanted: c_int,
    filler: T,
) -> Option<*mut T> {
    let (used, wanted) = (usize::try_from(used).ok()?, usize::try_from(wanted).ok()?);
    // SAFETY: the caller's contract.
    let grown = unsafe { heap::resized(array, wanted) }?;
    for index in used..wanted {
        // SAFETY: `index` is inside the grown block.
        let element = unsafe { grown.add(index) };
        // SAFETY: as above.
        unsafe { element.write(filler) };
    }
    Some(grown.as_ptr())
}

/// # Safety
/// `array` is NULL or a C block of `count` elements, each NULL or a C block; they are not used any more.
pub(in crate::abi) unsafe fn free_array(array: *mut *mut RTMPPacket, count: c_int) {
    if array.is_null() {
        return;
    }
    for index in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: `index` is inside the array.
        let element = unsafe { array.add(index) };
        // SAFETY: as above.
        let entry = unsafe { element.read() };
        // SAFETY: the caller's promise.
        unsafe { heap::release(entry) };
    }
    // SAFETY: the caller's promise.
    unsafe { heap::release(array) };
}
