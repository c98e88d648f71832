//! A handle of one library: allocated here, initialised, closed and released by the library.

use std::alloc::{Layout, alloc, dealloc};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::library::Library;
use crate::structs::{AVal, RTMP, RTMP_METHOD, RTMPPacket, copy};
use crate::trace::{Trace, unhex};

/// Receive timeout of the handle's end: long enough for a byte on a local socket pair.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(200);
/// Where another thread has to come first.
const LONG: Duration = Duration::from_secs(30);

pub(crate) struct Handle {
    pub(crate) lib: &'static Library,
    pub(crate) raw: *mut RTMP,
}

impl Handle {
    /// `RTMP_Init` on memory full of rubbish: old contents must not matter.
    pub(crate) fn new(lib: &'static Library) -> Self {
        let layout = Layout::new::<RTMP>();
        // SAFETY: the size of the layout is not zero.
        let raw = unsafe { alloc(layout) };
        // SAFETY: just allocated with that size.
        unsafe { raw.write_bytes(0xa5, layout.size()) };
        lib.RTMP_Init(raw.cast());
        Self {
            lib,
            raw: raw.cast(),
        }
    }

    pub(crate) fn get(&self) -> RTMP {
        // SAFETY: initialised by RTMP_Init; every bit pattern is a valid RTMP.
        unsafe { self.raw.read() }
    }

    /// Poke fields, as callers do, between calls.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut RTMP)) {
        // SAFETY: no call of the library is in progress, nobody else has the handle.
        change(unsafe { &mut *self.raw });
    }

    /// As `tlsVerify=0` does, which the original does not know: it trusts anyone.
    pub(crate) fn trust_anyone(&self) {
        if self.lib.knows("RTMP_Cancel") {
            // With the NUL behind them that the counts leave out.
            let name = AVal::of(&b"tlsVerify\0"[..9]);
            let mut no = AVal::of(&b"0\0"[..1]);
            let ret = self.lib.RTMP_SetOpt(self.raw, &raw const name, &raw mut no);
            assert_eq!(ret, 1);
        }
    }

    pub(crate) fn calls(&self) -> Vec<RTMP_METHOD> {
        let state = self.get();
        copy(
            state.m_methodCalls,
            usize::try_from(state.m_numCalls).unwrap_or(0),
        )
    }

    /// The channel table entry of the receiving side.
    pub(crate) fn channel_in(&self, channel: usize) -> Option<RTMPPacket> {
        let state = self.get();
        let count = usize::try_from(state.m_channelsAllocatedIn).unwrap_or(0);
        let entry = *copy(state.m_vecChannelsIn, count).get(channel)?;
        copy(entry, 1).first().copied()
    }

    pub(crate) fn channel_time(&self, channel: usize) -> Option<i32> {
        let state = self.get();
        let count = usize::try_from(state.m_channelsAllocatedIn).unwrap_or(0);
        copy(state.m_channelTimestamp, count).get(channel).copied()
    }

    pub(crate) fn show_calls(&self) -> String {
        let calls = self.calls();
        let shown = calls
            .iter()
            .map(|call| format!("{} {}", call.name.show(), call.num));
        format!("[{}]", shown.collect::<Vec<_>>().join(", "))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.lib.RTMP_Close(self.raw);
        // SAFETY: allocated in `new` with this layout.
        unsafe { dealloc(self.raw.cast(), Layout::new::<RTMP>()) };
    }
}

/// The value of a public field, by the name it has in the header.
pub(crate) fn field(r: &RTMP, name: &str) -> String {
    macro_rules! names {
        ($($text:literal $value:expr),* $(,)?) => {
            match name {
                $($text => $value.to_string(),)*
                _ => panic!("no field {name} in the table"),
            }
        };
    }
    let (link, read) = (&r.Link, &r.m_read);
    let null = |pointer: *const u8| if pointer.is_null() { "NULL" } else { "set" };
    let any = |pointer: bool| if pointer { "NULL" } else { "set" };
    names!(
        "m_inChunkSize" r.m_inChunkSize, "m_outChunkSize" r.m_outChunkSize,
        "m_nBWCheckCounter" r.m_nBWCheckCounter, "m_nBytesIn" r.m_nBytesIn,
        "m_nBytesInSent" r.m_nBytesInSent, "m_nBufferMS" r.m_nBufferMS,
        "m_stream_id" r.m_stream_id, "m_mediaChannel" r.m_mediaChannel,
        "m_mediaStamp" r.m_mediaStamp, "m_pauseStamp" r.m_pauseStamp, "m_pausing" r.m_pausing,
        "m_nServerBW" r.m_nServerBW, "m_nClientBW" r.m_nClientBW, "m_nClientBW2" r.m_nClientBW2,
        "m_bPlaying" r.m_bPlaying, "m_bSendEncoding" r.m_bSendEncoding,
        "m_bSendCounter" r.m_bSendCounter, "m_numInvokes" r.m_numInvokes,
        "m_numCalls" r.m_numCalls, "m_methodCalls" any(r.m_methodCalls.is_null()),
        "m_channelsAllocatedIn" r.m_channelsAllocatedIn,
        "m_channelsAllocatedOut" r.m_channelsAllocatedOut,
        "m_vecChannelsIn" any(r.m_vecChannelsIn.is_null()),
        "m_vecChannelsOut" any(r.m_vecChannelsOut.is_null()),
        "m_channelTimestamp" any(r.m_channelTimestamp.is_null()),
        "m_fAudioCodecs" r.m_fAudioCodecs, "m_fVideoCodecs" r.m_fVideoCodecs,
        "m_fEncoding" r.m_fEncoding, "m_fDuration" r.m_fDuration,
        "m_msgCounter" r.m_msgCounter, "m_polling" r.m_polling, "m_resplen" r.m_resplen,
        "m_unackd" r.m_unackd, "m_clientID" r.m_clientID.show(),
        "m_read.buf" null(read.buf), "m_read.buflen" read.buflen,
        "m_read.timestamp" read.timestamp, "m_read.dataType" read.dataType,
        "m_read.flags" format!("{:#x}", read.flags), "m_read.status" read.status,
        "m_read.nResumeTS" read.nResumeTS,
        "m_read.nIgnoredFrameCounter" read.nIgnoredFrameCounter,
        "m_read.nIgnoredFlvFrameCounter" read.nIgnoredFlvFrameCounter,
        "m_write.m_nBytesRead" r.m_write.m_nBytesRead,
        "m_write.m_nChannel" r.m_write.m_nChannel,
        "connected" (r.m_sb.sb_socket != -1), "sb_size" r.m_sb.sb_size,
        "sb_timedout" r.m_sb.sb_timedout, "sb_ssl" any(r.m_sb.sb_ssl.is_null()),
        "hostname" link.hostname.show(), "sockshost" link.sockshost.show(),
        "playpath0" link.playpath0.show(), "playpath" link.playpath.show(),
        "tcUrl" link.tcUrl.show(), "swfUrl" link.swfUrl.show(), "pageUrl" link.pageUrl.show(),
        "app" link.app.show(), "auth" link.auth.show(), "flashVer" link.flashVer.show(),
        "subscribepath" link.subscribepath.show(), "usherToken" link.usherToken.show(),
        "token" link.token.show(), "pubUser" link.pubUser.show(),
        "pubPasswd" link.pubPasswd.show(), "extras.o_num" link.extras.o_num,
        "edepth" link.edepth, "seekTime" link.seekTime, "stopTime" link.stopTime,
        "lFlags" format!("{:#x}", link.lFlags), "swfAge" link.swfAge,
        "protocol" format!("{:#x}", link.protocol), "timeout" link.timeout,
        "socksport" link.socksport, "port" link.port, "SWFSize" link.SWFSize,
        "SWFHash" crate::trace::hex(&link.SWFHash),
    )
}

/// A handle whose socket is one end of a socket pair; the test holds the other.
pub(crate) struct Wire {
    // Dropped first: the close of the handle may still write to the peer.
    pub(crate) handle: Handle,
    pub(crate) peer: Option<UnixStream>,
}

pub(crate) fn wire(lib: &'static Library) -> Wire {
    let handle = Handle::new(lib);
    let (ours, peer) = UnixStream::pair().expect("socket pair");
    ours.set_read_timeout(Some(TIMEOUT))
        .expect("receive timeout");
    peer.set_nonblocking(true).expect("non-blocking peer");
    debug_assert!(ours.as_raw_fd() > 2);
    let socket = ours.into_raw_fd();
    handle.edit(|r| r.m_sb.sb_socket = socket);
    Wire {
        handle,
        peer: Some(peer),
    }
}

impl Wire {
    pub(crate) fn push(&self, text: &str) {
        self.push_bytes(&unhex(text));
    }

    /// Must fit the socket's buffer; longer input goes through `push_to_end`.
    pub(crate) fn push_bytes(&self, bytes: &[u8]) {
        let mut peer = self.peer.as_ref().expect("open peer");
        peer.write_all(bytes).expect("room in the socket");
    }

    /// Calls on the handle's socket do not wait any more.
    pub(crate) fn does_not_wait(&self) {
        let fd = self.handle.get().m_sb.sb_socket;
        // SAFETY: the socket of the handle, which stays open.
        let ours = unsafe { BorrowedFd::borrow_raw(fd) };
        let socket = socket2::SockRef::from(&ours);
        socket.set_nonblocking(true).expect("a socket");
    }

    /// Writes from another thread, which ends the stream behind it. The handle waits as long as it takes.
    pub(crate) fn push_to_end(&self, bytes: Vec<u8>) {
        let fd = self.handle.get().m_sb.sb_socket;
        // SAFETY: the socket of the handle, which stays open.
        let ours = unsafe { BorrowedFd::borrow_raw(fd) };
        socket2::SockRef::from(&ours)
            .set_read_timeout(Some(LONG))
            .expect("receive timeout");
        let peer = self.peer.as_ref().expect("open peer");
        let mut peer = peer.try_clone().expect("second descriptor");
        std::thread::spawn(move || {
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                match peer.write(rest) {
                    Ok(count) => rest = &rest[count..],
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        std::thread::yield_now();
                    }
                    Err(_) => return,
                }
            }
            // The handle may have been closed.
            let _ = peer.shutdown(std::net::Shutdown::Write);
        });
    }

    /// What the library has written so far.
    pub(crate) fn sent(&self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut chunk = [0_u8; 65536];
        let Some(mut peer) = self.peer.as_ref() else {
            return all;
        };
        while let Ok(count @ 1..) = peer.read(&mut chunk) {
            all.extend_from_slice(&chunk[..count]);
        }
        all
    }

    /// The peer goes away: end of stream for readers, EPIPE for writers.
    pub(crate) fn hang_up(&mut self) {
        self.peer = None;
    }

    /// End of stream for the library, whose writes can still be seen.
    pub(crate) fn finish(&self) {
        let peer = self.peer.as_ref().expect("open peer");
        peer.shutdown(std::net::Shutdown::Write)
            .expect("half close");
    }

    pub(crate) fn show_sent(&self, trace: &mut Trace) {
        let sent = self.sent();
        trace.bytes("sent", &sent);
    }
}

/// A zeroed packet.
pub(crate) fn packet() -> RTMPPacket {
    RTMPPacket {
        m_headerType: 0,
        m_packetType: 0,
        m_hasAbsTimestamp: 0,
        m_nChannel: 0,
        m_nTimeStamp: 0,
        m_nInfoField2: 0,
        m_nBodySize: 0,
        m_nBytesRead: 0,
        m_chunk: std::ptr::null_mut(),
        m_body: std::ptr::null_mut(),
    }
}

/// The numbers of a packet.
pub(crate) fn show_numbers(one: &RTMPPacket) -> String {
    format!(
        "ht {} type {} abs {} ch {} ts {} id {} size {} read {}",
        one.m_headerType,
        one.m_packetType,
        one.m_hasAbsTimestamp,
        one.m_nChannel,
        one.m_nTimeStamp,
        one.m_nInfoField2,
        one.m_nBodySize,
        one.m_nBytesRead,
    )
}
