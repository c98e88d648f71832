//! Messages and chunks (spec 04 §2 to §5).

use core::ffi::c_int;

use crate::abi::{RTMP, RTMP_MAX_HEADER_SIZE, RTMPChunk, RTMPPacket};
use crate::ffi::{guard, inside};
use crate::proto::chunk::MAX_HEADER;
use crate::session::message::outgoing::Reply;
use crate::session::message::{claim, packet, receive, send};
use crate::session::state::failure::told;

// The header is written into the room that programs leave in front of a body.
const _: () = assert!(MAX_HEADER == RTMP_MAX_HEADER_SIZE);

/// Sets the header fields of a packet to zero. m_chunk and m_body stay as they are, nothing is freed.
///
/// p: the packet, which may be uninitialised memory; NULL does nothing.
///
/// # Safety
/// `p` is NULL or points to writable memory for a packet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMPPacket_Reset(p: *mut RTMPPacket) {
    guard((), || {
        // SAFETY: all fields are cells, for which any bytes are a value; only stores follow.
        if let Some(p) = unsafe { p.as_ref() } {
            p.copy_numbers(&RTMPPacket::default());
        }
    });
}

/// Logs a packet's header fields and the first byte of its body at level DEBUG.
///
/// p: the packet; NULL does nothing.
///
/// # Safety
/// `p` is NULL or a valid packet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMPPacket_Dump(p: *mut RTMPPacket) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(p) = unsafe { p.as_ref() } {
            packet::dump(p);
        }
    });
}

/// Gives a packet a zero-filled body of nSize bytes, with 18 writable bytes in front of it for the library.
///
/// p: the packet. m_body is set to the new body and m_nBytesRead to 0; m_nBodySize is not set, and an older body is not
/// freed.
/// nSize: bytes; 0 gives a body too.
/// Returns TRUE, or FALSE without memory; the packet is then unchanged. The caller frees the body by RTMPPacket_Free.
///
/// # Safety
/// `p` is NULL or points to writable memory for a packet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMPPacket_Alloc(p: *mut RTMPPacket, nSize: u32) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract; only stores follow.
        let packet = unsafe { p.as_ref() };
        packet.is_some_and(|packet| packet.allocate(nSize)).into()
    })
}

/// Frees the body of a packet and sets m_body to NULL. Nothing happens when there is none.
///
/// p: a packet whose body comes from RTMPPacket_Alloc or from this library; NULL does nothing.
///
/// # Safety
/// `p` is NULL or a valid packet; its body is NULL or 18 bytes behind the start of a block from malloc.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMPPacket_Free(p: *mut RTMPPacket) {
    guard((), || {
        // SAFETY: the caller's contract.
        if let Some(p) = unsafe { p.as_ref() } {
            p.free_body();
        }
    });
}

/// Reads a chunk, and what else of its message has come. Call it until RTMPPacket_IsReady says that the message is complete.
///
/// r: a connected handle.
/// packet: zero it before the first call; use the same packet for all chunks of a message. While the message is not
/// complete the library keeps its body and m_body is NULL. m_body of a complete message belongs to the caller, who frees it
/// by RTMPPacket_Free before the next call; it is NULL for a message of length 0. When m_chunk is set, one chunk
/// is read and reported there.
/// Returns TRUE when something was read. FALSE when the connection ended (it is closed then) or when nothing came within
/// the receive timeout: RTMP_IsTimedout is TRUE then, the connection is open and the next call goes on where this
/// one stopped. Where no call waits (RTMP_SetNonBlocking) FALSE with errno EAGAIN and RTMP_IsTimedout FALSE says that nothing can
/// be read now.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init; `packet` is NULL or a packet as described.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_ReadPacket(r: *mut RTMP, packet: *mut RTMPPacket) -> c_int {
    // SAFETY: the caller's contract.
    let packet = unsafe { packet.as_ref() };
    let call = |r: &RTMP, packet| receive::packet_for_program(r, packet).into();
    // SAFETY: the caller's contract.
    unsafe { inside(r, 0, |r| packet.map_or(0, |packet| call(r, packet))) }
}

/// Sends one message, cut into chunks of m_outChunkSize bytes.
///
/// r: a connected handle.
/// packet: m_headerType (0 to 3, the longest header to use; the one used is stored there), m_packetType, m_nChannel (2 to
/// 65599), m_nTimeStamp (absolute, ms), m_nInfoField2 (message stream id), m_nBodySize and m_body are read. The body stays
/// the caller's and is not changed.
/// queue: not 0: remember a command (type 0x14) in m_methodCalls until its reply comes.
/// Returns TRUE when all of it was written; FALSE when not. A failed write closes the connection. Where no call waits
/// (RTMP_SetNonBlocking) TRUE says that the message was taken, and FALSE with errno EAGAIN and an open connection that the queue
/// has no room for it. What the server says is
/// for the program to read (RTMP_ReadPacket, RTMP_ClientPacket): unlike RTMP_Write this goes on behind a refusal.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init; `packet` is NULL or a packet whose body has m_nBodySize bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_SendPacket(
    r: *mut RTMP,
    packet: *mut RTMPPacket,
    queue: c_int,
) -> c_int {
    // SAFETY: the caller's contract.
    let packet = unsafe { packet.as_ref() };
    let call = |r: &RTMP, packet: &RTMPPacket| {
        let reply = if queue != 0 {
            Reply::Expected
        } else {
            Reply::None
        };
        let length = packet.m_nBodySize.get() as usize;
        told(claim::claim(r, length).and_then(|()| send::packet(r, packet, reply))).into()
    };
    // SAFETY: the caller's contract.
    unsafe { inside(r, 0, |r| packet.map_or(0, |packet| call(r, packet))) }
}

/// Sends one chunk as it was received. Nothing is remembered of it: for proxies that pass chunks on.
///
/// r: a connected handle.
/// chunk: c_headerSize bytes of c_header (18 at most), then c_chunkSize bytes from c_chunk are sent. Only read.
/// Returns TRUE when all of it was written; FALSE when not, and then the connection is closed.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init; `chunk` is NULL or valid, with c_chunkSize bytes at c_chunk.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_SendChunk(r: *mut RTMP, chunk: *mut RTMPChunk) -> c_int {
    // SAFETY: the caller's contract.
    let chunk = unsafe { chunk.as_ref() };
    let call = |r: &RTMP, chunk: &RTMPChunk| {
        let length = chunk.payload().len();
        told(claim::claim(r, length).and_then(|()| send::raw_chunk(r, chunk))).into()
    };
    // SAFETY: the caller's contract.
    unsafe { inside(r, 0, |r| chunk.map_or(0, |chunk| call(r, chunk))) }
}
