//! `RTMPPacket` and `RTMPChunk`: one message, one raw chunk (spec 04 §1).

use core::ffi::{c_char, c_int};
use core::ops::Range;
use core::ptr::{self, NonNull};
use core::slice;

use super::cell::Cell;
use super::heap;

/// Longest chunk header: 3 bytes basic, 11 bytes message, 4 bytes extended timestamp. So many writable bytes stand in
/// front of every `m_body`.
pub const RTMP_MAX_HEADER_SIZE: usize = 18;

/// One chunk as it came from the wire, for proxies that pass chunks on unchanged.
#[repr(C)]
#[derive(Clone)]
pub struct RTMPChunk {
    /// Bytes of the header in `c_header`.
    pub c_headerSize: Cell<c_int>,
    /// Payload bytes of this chunk.
    pub c_chunkSize: Cell<c_int>,
    /// The payload, inside the body of the packet that was read.
    pub(in crate::abi) c_chunk: Cell<*mut c_char>,
    /// Basic header, message header and extended timestamp, as received.
    pub c_header: [Cell<c_char>; RTMP_MAX_HEADER_SIZE],
}

/// One RTMP message, complete or on its way.
#[repr(C)]
#[derive(Clone)]
pub struct RTMPPacket {
    /// Chunk header type 0 to 3 (`RTMP_PACKET_SIZE_LARGE` and so on). Sending: the wanted type in, the used one out.
    pub m_headerType: Cell<u8>,
    /// Message type id (`RTMP_PACKET_TYPE_AUDIO` and so on).
    pub m_packetType: Cell<u8>,
    /// Receiving: not 0 when the message began with a type 0 header, whose timestamp is absolute.
    pub m_hasAbsTimestamp: Cell<u8>,
    /// Chunk stream id, 2 to 65599.
    pub m_nChannel: Cell<c_int>,
    /// Milliseconds; absolute in complete messages and in messages to send.
    pub m_nTimeStamp: Cell<u32>,
    /// Message stream id.
    pub m_nInfoField2: Cell<c_int>,
    /// Message length in bytes.
    pub m_nBodySize: Cell<u32>,
    /// Bytes received so far.
    pub m_nBytesRead: Cell<u32>,
    /// Where `RTMP_ReadPacket` reports the raw chunk; NULL when not wanted. Owned by the caller.
    pub(in crate::abi) m_chunk: Cell<*mut RTMPChunk>,
    /// The payload; 18 writable bytes stand in front of it. Made by `RTMPPacket_Alloc`, or the caller's own.
    pub(in crate::abi) m_body: Cell<*mut c_char>,
}

impl Default for RTMPPacket {
    fn default() -> Self {
        Self {
            m_headerType: Cell::new(0),
            m_packetType: Cell::new(0),
            m_hasAbsTimestamp: Cell::new(0),
            m_nChannel: Cell::new(0),
            m_nTimeStamp: Cell::new(0),
            m_nInfoField2: Cell::new(0),
            m_nBodySize: Cell::new(0),
            m_nBytesRead: Cell::new(0),
            m_chunk: Cell::new(ptr::null_mut()),
            m_body: Cell::new(ptr::null_mut()),
        }
    }
}

impl RTMPPacket {
    /// Takes over every number of `other`; body and chunk pointers stay.
    pub fn copy_numbers(&self, other: &Self) {
        self.m_headerType.set(other.m_headerType.get());
        self.m_packetType.set(other.m_packetType.get());
        self.m_hasAbsTimestamp.set(other.m_hasAbsTimestamp.get());
        self.m_nChannel.set(other.m_nChannel.get());
        self.m_nTimeStamp.set(other.m_nTimeStamp.get());
        self.m_nInfoField2.set(other.m_nInfoField2.get());
        self.m_nBodySize.set(other.m_nBodySize.get());
        self.m_nBytesRead.set(other.m_nBytesRead.get());
    }

    /// True when all bytes of the message are there (`RTMPPacket_IsReady`).
    pub fn is_ready(&self) -> bool {
        self.m_nBytesRead.get() == self.m_nBodySize.get()
    }

    /// True when there is no body.
    pub fn is_bodiless(&self) -> bool {
        self.m_body.get().is_null()
    }

    /// Where the body is: its identity, 0 without one.
    pub fn body_address(&self) -> usize {
        self.m_body.get().addr()
    }

    /// The body's `m_nBodySize` bytes; nothing when there is no body. See [`super::aval::AVal::bytes`] about holding it.
    pub fn body(&self) -> &[u8] {
        let body = self.m_body.get();
        if body.is_null() {
            return &[];
        }
        // SAFETY: a body that is set holds `m_nBodySize` bytes: the library's own by construction, the caller's by the
        // contract of the function it was given to.
        unsafe { slice::from_raw_parts(body.cast(), self.m_nBodySize.get() as usize) }
    }

    /// Copies bytes in `range` that have been received, as many as fit: their number. A partial body has no more than these.
    pub fn copy_received(&self, range: Range<usize>, into: &mut [u8]) -> usize {
        let body = self.m_body.get();
        let end = range.end.min(self.m_nBytesRead.get() as usize);
        let count = end.saturating_sub(range.start).min(into.len());
        if body.is_null() || count == 0 {
            return 0;
        }
        let from = body.cast::<u8>().wrapping_add(range.start);
        // SAFETY: a body holds the `m_nBytesRead` bytes that were written into it; `into` is ours alone.
        unsafe { ptr::copy_nonoverlapping(from, into.as_mut_ptr(), count) };
        count
    }

    /// The body as counted C bytes, for decoders whose results point into it.
    pub fn body_text(&self) -> super::aval::AVal {
        let length = c_int::try_from(self.body().len()).unwrap_or(c_int::MAX);
        // SAFETY: the pointer and length of `body()`; the decoder's caller keeps the packet as long as the results.
        unsafe { super::aval::AVal::from_raw(self.m_body.get(), length) }
    }

    /// Gives the packet a zero-filled body of `size` bytes (`RTMPPacket_Alloc`). An older body is not freed and
    /// `m_nBodySize` is not set. False when there is no memory; the packet is then unchanged.
    pub fn allocate(&self, size: u32) -> bool {
        let Some(total) = (size as usize).checked_add(RTMP_MAX_HEADER_SIZE) else {
            return false;
        };
        let Some(block) = heap::zeroed::<u8>(total) else {
            return false;
        };
        self.adopt(block);
        self.m_nBytesRead.set(0);
        true
    }

    /// Appends `bytes` behind the received ones, as far as the body's size allows. For bodies made by
    /// [`Self::allocate`] with `m_nBodySize` bytes.
    pub fn append(&self, bytes: &[u8]) {
        let read = self.m_nBytesRead.get();
        let body = self.m_body.get();
        if body.is_null() {
            return;
        }
        let room = self.m_nBodySize.get().saturating_sub(read) as usize;
        let count = bytes.len().min(room);
        let place = self.body_at(read).cast::<u8>();
        // SAFETY: `count` bytes behind the received ones lie inside the body; a library-made body overlaps no caller's bytes.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), place, count) };
        self.m_nBytesRead
            .set(read.saturating_add(u32::try_from(count).unwrap_or(0)));
    }

    /// Frees the body, if any (`RTMPPacket_Free`). The caller holds no slice of it, nor text out of it: nothing but this rule
    /// says so where the packet may be the program's. [`OwnedPacket::clear`] proves it.
    pub fn free_body(&self) {
        let body = self.m_body.replace(ptr::null_mut());
        if !body.is_null() {
            let block = body.cast::<u8>().wrapping_sub(RTMP_MAX_HEADER_SIZE);
            // SAFETY: a body that is freed starts 18 bytes behind the start of its C block (spec 01 §5).
            unsafe { heap::release(block) };
        }
    }

    /// Hands the body to `receiver`, which has none. This packet has none afterwards.
    pub fn move_body_to(&self, receiver: &Self) {
        receiver.m_body.set(self.m_body.replace(ptr::null_mut()));
    }

    /// Forgets the body without freeing it: it has another owner.
    pub fn forget_body(&self) {
        self.m_body.set(ptr::null_mut());
    }

    /// Makes room for `capacity` bytes of body, keeping what is there. For bodies that the library owns alone.
    /// False when there is no memory; the old body is then still there.
    pub(in crate::abi) fn reserve(&self, capacity: usize) -> bool {
        let Some(total) = capacity.checked_add(RTMP_MAX_HEADER_SIZE) else {
            return false;
        };
        let old = self.m_body.get().cast::<u8>();
        let grown = if old.is_null() {
            heap::bytes(total)
        } else {
            // SAFETY: as in `free_body`; the old block is replaced by the new one just below.
            unsafe { heap::resized(old.wrapping_sub(RTMP_MAX_HEADER_SIZE), total) }
        };
        let Some(block) = grown else { return false };
        self.adopt(block);
        true
    }

    /// Stores `block` as the body, 18 bytes behind its start.
    fn adopt(&self, block: NonNull<u8>) {
        // SAFETY: the block is at least `RTMP_MAX_HEADER_SIZE` bytes long.
        let body = unsafe { block.add(RTMP_MAX_HEADER_SIZE) };
        self.m_body.set(body.as_ptr().cast());
    }

    /// Where the caller wants the raw chunk reported, if at all.
    pub fn chunk(&self) -> Option<&RTMPChunk> {
        // SAFETY: `m_chunk` is NULL or the caller's valid chunk, for as long as it reads with this packet.
        unsafe { self.m_chunk.get().as_ref() }
    }

    /// The address of byte `offset` of the body, for `RTMPChunk::c_chunk`.
    pub(in crate::abi) fn body_at(&self, offset: u32) -> *mut c_char {
        let body = self.m_body.get();
        if body.is_null() {
            body
        } else {
            body.wrapping_add(offset as usize)
        }
    }
}

/// A packet that C does not see; its body is freed with it.
#[derive(Default)]
pub struct OwnedPacket(RTMPPacket);

impl OwnedPacket {
    /// Takes the message out of `packet`, which has no body afterwards.
    pub fn take(packet: &RTMPPacket) -> Self {
        let kept = RTMPPacket::default();
        kept.copy_numbers(packet);
        packet.move_body_to(&kept);
        Self(kept)
    }

    /// The same message once more. `None` without memory.
    pub fn copy(packet: &RTMPPacket) -> Option<Self> {
        let copy = Self::default();
        copy.0.copy_numbers(packet);
        if !packet.is_bodiless() {
            if !copy.0.allocate(packet.m_nBodySize.get()) {
                return None;
            }
            copy.0.append(packet.body());
        }
        Some(copy)
    }

    /// Hands the message to `receiver`, which has no body.
    pub fn give(&self, receiver: &RTMPPacket) {
        receiver.copy_numbers(&self.0);
        self.0.move_body_to(receiver);
    }

    /// Frees the body, at which nobody is looking.
    pub fn clear(&mut self) {
        self.0.free_body();
    }
}

impl core::ops::Deref for OwnedPacket {
    type Target = RTMPPacket;

    fn deref(&self) -> &RTMPPacket {
        &self.0
    }
}

impl Drop for OwnedPacket {
    fn drop(&mut self) {
        self.0.free_body();
    }
}

impl RTMPChunk {
    /// Records one received chunk: its header bytes, and `size` payload bytes at `offset` of `packet`'s body.
    pub fn record(&self, header: &[u8], packet: &RTMPPacket, offset: u32, size: u32) {
        self.c_headerSize
            .set(c_int::try_from(header.len()).unwrap_or(0));
        for (cell, &byte) in self.c_header.iter().zip(header) {
            cell.set_byte(byte);
        }
        self.c_chunk.set(packet.body_at(offset));
        self.c_chunkSize.set(c_int::try_from(size).unwrap_or(0));
    }

    /// The header bytes to send: `c_headerSize` of them, at most 18.
    pub fn header(&self) -> ([u8; RTMP_MAX_HEADER_SIZE], usize) {
        let mut bytes = [0; RTMP_MAX_HEADER_SIZE];
        for (byte, cell) in bytes.iter_mut().zip(&self.c_header) {
            *byte = cell.byte();
        }
        let length = usize::try_from(self.c_headerSize.get()).unwrap_or(0);
        (bytes, length.min(RTMP_MAX_HEADER_SIZE))
    }

    /// The payload to send; nothing for size 0 or less and for NULL.
    pub fn payload(&self) -> &[u8] {
        let (start, size) = (
            self.c_chunk.get(),
            usize::try_from(self.c_chunkSize.get()).unwrap_or(0),
        );
        if start.is_null() || size == 0 {
            return &[];
        }
        // SAFETY: `c_chunk` points to `c_chunkSize` bytes, as the contract of `RTMP_SendChunk` says.
        unsafe { slice::from_raw_parts(start.cast(), size) }
    }
}
