//! A handle on one end of a socket pair; the target holds the other.

use std::ffi::{CStr, CString, c_char, c_int};
use std::io::{Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{BorrowedFd, IntoRawFd};
use std::os::unix::net::UnixStream;
use std::ptr;

use rtmp::abi::{AVal, RTMP, RTMP_ERR_NONE, RTMP_ERROR, RTMPPacket};
use rtmp::ffi::rtmp::access::{RTMP_GetError, RTMP_Init, RTMP_LastError};
use rtmp::ffi::rtmp::connect::{RTMP_Close, RTMP_Connect1, RTMP_Serve};
use rtmp::ffi::rtmp::packet::{RTMP_ReadPacket, RTMP_SendPacket, RTMPPacket_Free};
use rtmp::ffi::rtmp::setup::RTMP_SetupURL;
use rtmp::ffi::rtmp::stream::{RTMP_ClientPacket, RTMP_ConnectStream, RTMP_Read, RTMP_Write};

/// More than any target puts into a socket's buffer: it must not block.
pub const ROOM: usize = 64 * 1024;

pub struct Wire {
    handle: Box<MaybeUninit<RTMP>>,
    peer: UnixStream,
    texts: Vec<CString>,
}

impl Wire {
    /// Connected. A read that finds nothing times out at once.
    pub fn new() -> Self {
        let mut handle: Box<MaybeUninit<RTMP>> = Box::new(MaybeUninit::uninit());
        // SAFETY: memory for a handle.
        unsafe { RTMP_Init(handle.as_mut_ptr()) };
        let (ours, peer) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        peer.set_nonblocking(true).unwrap();
        let wire = Self {
            handle,
            peer,
            texts: Vec::new(),
        };
        wire.r().m_sb.sb_socket.set(ours.into_raw_fd());
        wire
    }

    /// Connects a handle that was closed once more.
    pub fn reconnect(&mut self) {
        let (ours, peer) = UnixStream::pair().unwrap();
        self.peer = peer;
        self.r().m_sb.sb_socket.set(ours.into_raw_fd());
    }

    pub fn peer(&self) -> &UnixStream {
        &self.peer
    }

    pub fn raw(&self) -> *mut RTMP {
        self.handle.as_ptr().cast_mut()
    }

    pub fn r(&self) -> &RTMP {
        // SAFETY: `new` initialised it.
        unsafe { self.handle.assume_init_ref() }
    }

    pub fn is_connected(&self) -> bool {
        self.r().m_sb.sb_socket.get() != -1
    }

    /// Points a text of `Link` to bytes that live as long as the handle.
    pub fn set(&mut self, field: fn(&RTMP) -> &AVal, text: &str) {
        let text = CString::new(text).unwrap();
        let length = c_int::try_from(text.as_bytes().len()).unwrap();
        // SAFETY: the text is kept in `texts`, and moving it does not move its bytes.
        let value = unsafe { AVal::from_raw(text.as_ptr().cast_mut(), length) };
        field(self.r()).set(&value);
        self.texts.push(text);
    }

    /// `RTMP_SetupURL`, which keeps the socket.
    pub fn set_up(&mut self, url: &str) {
        let text = CString::new(url).unwrap().into_raw();
        // SAFETY: a handle and a writable string.
        let result = unsafe { RTMP_SetupURL(self.raw(), text) };
        // SAFETY: made above.
        self.texts.push(unsafe { CString::from_raw(text) });
        assert_eq!(result, 1, "{url}");
    }

    /// What the handle will receive.
    pub fn push(&self, bytes: &[u8]) {
        let mut peer = &self.peer;
        peer.write_all(bytes).unwrap();
    }

    /// The same for a handle that may have gone.
    pub fn offer(&self, bytes: &[u8]) {
        let mut peer = &self.peer;
        let _ = peer.write_all(bytes);
    }

    /// Waits for so many bytes of the handle; fewer if it goes.
    pub fn hear(&self, count: usize) -> Vec<u8> {
        let (mut bytes, mut peer) = (vec![0; count], &self.peer);
        self.peer.set_nonblocking(false).unwrap();
        let heard = peer.read_exact(&mut bytes);
        self.peer.set_nonblocking(true).unwrap();
        if heard.is_err() {
            bytes.clear();
        }
        bytes
    }

    /// The end of the stream for the handle, which may still write.
    pub fn finish(&self) {
        self.peer.shutdown(Shutdown::Write).unwrap();
    }

    /// A read that finds nothing waits: for talks in which the peer's answers are not there yet.
    pub fn wait(&self) {
        let fd = self.r().m_sb.sb_socket.get();
        // SAFETY: the socket of the handle, which stays open.
        let socket = unsafe { BorrowedFd::borrow_raw(fd) };
        let ours = UnixStream::from(socket.try_clone_to_owned().unwrap());
        ours.set_nonblocking(false).unwrap();
    }

    /// What the handle has written since the last look.
    pub fn sent(&self) -> Vec<u8> {
        let (mut peer, mut all) = (&self.peer, Vec::new());
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = peer.read(&mut chunk) {
            all.extend_from_slice(&chunk[..count]);
        }
        all
    }

    pub fn connect(&self) -> bool {
        // SAFETY: a handle.
        unsafe { RTMP_Connect1(self.raw(), ptr::null_mut()) == 1 }
    }

    pub fn connect_stream(&self) -> bool {
        // SAFETY: a handle.
        unsafe { RTMP_ConnectStream(self.raw(), 0) == 1 }
    }

    pub fn serve(&self) -> bool {
        // SAFETY: a handle.
        unsafe { RTMP_Serve(self.raw()) == 1 }
    }

    pub fn read_packet(&self, packet: &Packet) -> bool {
        // SAFETY: a handle and a packet.
        unsafe { RTMP_ReadPacket(self.raw(), packet.raw()) == 1 }
    }

    pub fn client_packet(&self, packet: &Packet) -> c_int {
        // SAFETY: a handle and a packet that is complete.
        unsafe { RTMP_ClientPacket(self.raw(), packet.raw()) }
    }

    pub fn send_packet(&self, packet: &Packet, queue: bool) -> bool {
        // SAFETY: a handle and a packet with its body.
        unsafe { RTMP_SendPacket(self.raw(), packet.raw(), queue.into()) == 1 }
    }

    /// `RTMP_Read`: the result, and the bytes, behind which nothing may be written.
    pub fn read(&self, size: usize) -> (c_int, Vec<u8>) {
        let mut buffer = vec![0; size];
        let start: *mut c_char = buffer.as_mut_ptr().cast();
        // SAFETY: a handle, and a buffer of that size.
        let result = unsafe { RTMP_Read(self.raw(), start, c_int::try_from(size).unwrap()) };
        let count = usize::try_from(result).unwrap_or(0);
        assert!(count <= size);
        buffer.truncate(count);
        (result, buffer)
    }

    pub fn write(&self, bytes: &[u8]) -> c_int {
        let length = c_int::try_from(bytes.len()).unwrap();
        // SAFETY: a handle, and a buffer of that length.
        unsafe { RTMP_Write(self.raw(), bytes.as_ptr().cast(), length) }
    }

    pub fn close(&self) {
        // SAFETY: a handle.
        unsafe { RTMP_Close(self.raw()) };
    }
}

impl Default for Wire {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // SAFETY: a handle.
        let error = unsafe { RTMP_LastError(self.raw()) };
        // SAFETY: a text, which stays until the next call.
        let error = (!error.is_null()).then(|| unsafe { CStr::from_ptr(error) });
        assert!(error.is_none_or(|text| text.count_bytes() < 4096));
        let mut told = RTMP_ERROR::NONE;
        told.size = u32::try_from(size_of::<RTMP_ERROR>()).unwrap();
        // SAFETY: a handle, and a struct of the size that it says.
        assert_eq!(unsafe { RTMP_GetError(self.raw(), &raw mut told) }, 1);
        assert!(error.is_none_or(|text| text == told.text()));
        assert!(told.kind != RTMP_ERR_NONE || told.text().is_empty());
        self.close();
        assert!(!self.is_connected());
        // What options put there is never the library's to free.
        // SAFETY: nothing refers to what it has.
        unsafe { self.r().Link.extras.reset() };
    }
}

/// A packet whose body, if it has one, is the library's.
#[derive(Default)]
pub struct Packet(pub RTMPPacket);

impl Packet {
    pub fn raw(&self) -> *mut RTMPPacket {
        (&raw const self.0).cast_mut()
    }

    pub fn is_complete(&self) -> bool {
        self.0.m_nBytesRead.get() == self.0.m_nBodySize.get()
    }

    pub fn free(&self) {
        // SAFETY: the body is NULL or the library's.
        unsafe { RTMPPacket_Free(self.raw()) };
    }
}

impl Drop for Packet {
    fn drop(&mut self) {
        self.free();
    }
}
