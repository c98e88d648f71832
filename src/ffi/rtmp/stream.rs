//! Streams: playing, publishing, pausing, seeking (spec 06).

use core::ffi::{c_char, c_int};
use core::slice;

use crate::abi::{RTMP, RTMP_AGAIN, RTMPPacket};
use crate::ffi::{inside, inside_at_start, verb, waiting_verb};
use crate::session::connect::stream;
use crate::session::dialogue::command;
use crate::session::link::stack::Wait;
use crate::session::message::claim;
use crate::session::nonblocking::mode::may_wait;
use crate::session::nonblocking::write;
use crate::session::play::media::{self, Media};
use crate::session::play::{playback, read};
use crate::session::state;
use crate::session::state::failure::told;

/// Talks to the server until it accepts play or publish.
///
/// r: a handle connected by RTMP_Connect.
/// seekTime: where to start, ms, if positive; else Link.seekTime counts.
/// Returns TRUE when media may flow (m_bPlaying). FALSE when the server refuses, which is logged in its words and closes
/// the connection, when the connection ends, when nothing comes within the receive timeout (Link.timeout, or option receiveTimeout),
/// which leaves it open, or when connect,
/// createStream and publish are not all answered within three times that; the log says which is not. Connections that a
/// login makes anew count in that time, but connecting, for which all of them together have the limit of RTMP_Connect.
/// Behind play there is no such limit: a server that talks while the broadcast has not begun is listened to until it does.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init whose strings are valid.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_ConnectStream(r: *mut RTMP, seekTime: c_int) -> c_int {
    // SAFETY: the caller's contract.
    unsafe {
        inside(r, 0, |r| {
            (told(may_wait(r)) && stream::connect(r, seekTime)).into()
        })
    }
}

/// Deletes the stream and makes a new one on the same connection, for instance after a timeout.
///
/// r: a connected handle.
/// seekTime: where to start, ms, if positive.
/// Returns as RTMP_ConnectStream.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init whose strings are valid.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_ReconnectStream(r: *mut RTMP, seekTime: c_int) -> c_int {
    // SAFETY: the caller's contract.
    unsafe {
        inside(r, 0, |r| {
            (told(may_wait(r)) && stream::reconnect(r, seekTime)).into()
        })
    }
}

/// Deletes the stream; the connection stays. Nothing happens when there is none (m_stream_id below 0).
///
/// r: a connected handle; NULL does nothing.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_DeleteStream(r: *mut RTMP) {
    // SAFETY: the caller's contract.
    unsafe { inside(r, (), stream::delete) };
}

/// Reads messages, and serves those for the library, until one with media comes.
///
/// r: a connected handle.
/// packet: zero it before each call. Its body is the caller's after a success: free it by RTMPPacket_Free.
/// Returns 1 with audio, video, metadata (onMetaData) or an aggregate, and with data in AMF3 if option ertmp is set; 2 when
/// the stream has finished in an orderly way; 0 when the connection ended or nothing came within the receive timeout
/// (RTMP_IsTimedout). Messages without a body are passed over, but for audio if option silence is set.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init; `packet` is NULL or a packet as described.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_GetNextMediaPacket(
    r: *mut RTMP,
    packet: *mut RTMPPacket,
) -> c_int {
    // SAFETY: the caller's contract.
    let packet = unsafe { packet.as_ref() };
    let call = |r: &RTMP, packet| match media::next_media(r, packet, Wait::Yes) {
        Media::None(stop) => {
            stop.tell();
            0
        }
        Media::Packet => 1,
        Media::Finished => 2,
    };
    // SAFETY: the caller's contract.
    unsafe { inside(r, 0, |r| packet.map_or(0, |packet| call(r, packet))) }
}

/// Processes one complete message: answers pings, follows the dialogue, notes metadata.
///
/// r: a handle.
/// packet: a complete message; stays the caller's.
/// Returns 0 when it is dealt with, 1 when it is media for the reader, 2 when it ends the stream.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init; `packet` is NULL or a packet whose body has m_nBodySize bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_ClientPacket(r: *mut RTMP, packet: *mut RTMPPacket) -> c_int {
    // SAFETY: the caller's contract.
    let packet = unsafe { packet.as_ref() };
    let call = |r: &RTMP, packet| stream::client_packet(r, packet).into();
    // SAFETY: the caller's contract.
    unsafe { inside(r, 0, |r| packet.map_or(0, |packet| call(r, packet))) }
}

/// Reads the stream as the bytes of an FLV file. Waits for the first packet only; what else has come is added as far as it
/// fits. What does not fit keeps the socket readable. So programs may wait for the socket before each call, with edges
/// (EPOLLET) if they call again as long as the memory is filled.
///
/// With option reconnect=auto reading goes on at the server that ours names, in the same call, without another file header;
/// the socket is another one then.
///
/// r: a handle connected by RTMP_Connect; RTMP_ConnectStream may have been called or not.
/// buf, size: where to store the bytes. What is behind those returned means nothing, and may have changed.
/// Returns the number of bytes. 0 at the end of the stream and after a receive timeout: m_read.status tells which (-3
/// complete, -1 ended), and RTMP_IsTimedout. -1 when reading cannot go on (m_read.status -2). RTMP_AGAIN where no call waits
/// (RTMP_SetNonBlocking) and nothing can be read now: m_read.status stays as it is. On a socket that the program itself has
/// made non-blocking that is 0 as after a receive timeout, but m_read.status stays 0 too.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init; `buf` is NULL or has `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Read(r: *mut RTMP, buf: *mut c_char, size: c_int) -> c_int {
    let read = |r: &RTMP| {
        if r.is_starting() {
            return RTMP_AGAIN;
        }
        let size = usize::try_from(size).unwrap_or(0);
        if buf.is_null() || size == 0 {
            return read::read(r, &mut []);
        }
        // SAFETY: not NULL, and the caller lends `size` bytes to this call alone.
        let out = unsafe { slice::from_raw_parts_mut(buf.cast(), size) };
        read::read(r, out)
    };
    // SAFETY: the caller's contract.
    unsafe { inside_at_start(r, -1, |_| RTMP_AGAIN, read) }
}

/// Publishes the bytes of an FLV file, with or without its header, in pieces cut anywhere.
///
/// With option reconnect=auto the call that carries the next key frame moves the stream to the server that ours has named:
/// it takes as long as RTMP_Connect and RTMP_ConnectStream, and fails as they do, RTMP_LastError beginning with
/// "reconnect: ". The new server gets the last metadata and the configuration of each track first. The socket is another
/// one then, and calls of other threads that were reading fail.
///
/// r: a handle that RTMP_EnableWrite prepared for publishing, after RTMP_ConnectStream.
/// buf, size: the next bytes. Only read.
/// Returns size when all was taken; 0 for an empty piece; -1 when a message could not be sent, and then the connection is
/// closed, or when the server has refused the stream (RTMP_LastError). When only memory was short (errno ENOMEM), or a tag
/// is encrypted (EINVAL), the connection stays: all bytes were taken, such tags are left out, and the next call goes on
/// behind. RTMP_AGAIN where no call waits (RTMP_SetNonBlocking) and the queue has no room: nothing was taken. On a socket that the
/// program itself has made non-blocking it waits for room as on any other.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init; `buf` is NULL or has `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Write(r: *mut RTMP, buf: *const c_char, size: c_int) -> c_int {
    let write = |r: &RTMP| {
        let size = usize::try_from(size).unwrap_or(0);
        if buf.is_null() || size == 0 {
            return write::write(r, &[]);
        }
        // SAFETY: not NULL, and valid for `size` bytes.
        write::write(r, unsafe { slice::from_raw_parts(buf.cast(), size) })
    };
    // SAFETY: the caller's contract.
    unsafe { inside_at_start(r, -1, |_| RTMP_AGAIN, write) }
}

/// Pauses the stream at the time of the last media, or goes on there.
///
/// r: a handle that plays.
/// DoPause: not 0 pauses, 0 goes on.
/// Returns TRUE when the command was sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_Pause(r: *mut RTMP, DoPause: c_int) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { verb(r, |r| claim::saying(r, |cx| playback::pause(cx, DoPause))) }
}

/// Sends the command pause.
///
/// r: a handle that plays.
/// DoPause: not 0 pauses, 0 goes on.
/// iTime: the position, ms.
/// Returns TRUE when the command was sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_SendPause(
    r: *mut RTMP,
    DoPause: c_int,
    iTime: c_int,
) -> c_int {
    // SAFETY: the caller's contract.
    unsafe {
        verb(r, |r| {
            claim::saying(r, |cx| command::pause(cx, DoPause, iTime))
        })
    }
}

/// Seeks. Media is dropped until the server confirms; then reading goes on in the middle of the file, without a header.
///
/// r: a handle that plays.
/// dTime: the position, ms.
/// Returns TRUE when the command was sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_SendSeek(r: *mut RTMP, dTime: c_int) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { verb(r, |r| claim::saying(r, |cx| command::seek(cx, dTime))) }
}

/// Pauses, waits one second and goes on: some servers send again then. After a timeout reading may go on.
///
/// r: a handle that plays; m_pauseStamp is the position, ms.
/// Returns TRUE when the commands were sent.
///
/// # Safety
/// `r` is NULL or a handle set up by RTMP_Init.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_ToggleStream(r: *mut RTMP) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { waiting_verb(r, |r| state::with(r, playback::toggle)) }
}
