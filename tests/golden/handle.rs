//! A handle on one end of a socket pair; the test holds the other.

use std::ffi::{c_char, c_int};
use std::io::{ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{BorrowedFd, IntoRawFd};
use std::os::unix::net::UnixStream;
use std::ptr;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rtmp::abi::{AVal, Calls, RTMP, RTMP_READ, RTMPPacket};
use rtmp::ffi::rtmp::access::RTMP_Init;
use rtmp::ffi::rtmp::connect::{RTMP_Close, RTMP_Connect1};
use rtmp::ffi::rtmp::packet::{
    RTMP_ReadPacket, RTMP_SendPacket, RTMPPacket_Alloc, RTMPPacket_Free,
};
use rtmp::ffi::rtmp::setup::RTMP_SetupURL;
use rtmp::ffi::rtmp::stream::{RTMP_ClientPacket, RTMP_Read, RTMP_Write};

/// Receive timeout of the handle. What a test wants to be received is there before the read begins.
const TIMEOUT: Duration = Duration::from_millis(20);
/// Where another thread has to come first.
const LONG: Duration = Duration::from_secs(10);
/// Bytes in front of a body where its sender may want to put the header.
const HEADROOM: usize = 18;

/// Offsets of `m_read` in the handle, and of two pointers in it (spec 06 §1).
const READ: usize = std::mem::offset_of!(RTMP, m_read);
const META_HEADER: usize = std::mem::offset_of!(RTMP_READ, nResumeTS) + 4;
const INITIAL_FRAME: usize = META_HEADER + size_of::<*mut u8>();

/// `RTMPChunk` as C declares it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    pub(crate) header_size: c_int,
    pub(crate) size: c_int,
    pub(crate) payload: *mut u8,
    pub(crate) header: [u8; 18],
}

/// `RTMPPacket` as C declares it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    pub(crate) header: u8,
    pub(crate) kind: u8,
    pub(crate) is_absolute: u8,
    pub(crate) channel: c_int,
    pub(crate) time: u32,
    pub(crate) stream: c_int,
    pub(crate) size: u32,
    pub(crate) read: u32,
    pub(crate) chunk: *mut Chunk,
    pub(crate) body: *mut u8,
}

const _: () = assert!(size_of::<Packet>() == size_of::<RTMPPacket>());

impl Packet {
    pub(crate) fn new() -> Self {
        // SAFETY: zeros are a value of every field.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }

    pub(crate) fn raw(&mut self) -> *mut RTMPPacket {
        (&raw mut *self).cast()
    }

    /// The first `m_nBytesRead` bytes of the body.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        if self.body.is_null() {
            return Vec::new();
        }
        // SAFETY: a body that the library hands out holds the bytes that it counts.
        unsafe { std::slice::from_raw_parts(self.body, self.read as usize) }.to_vec()
    }

    pub(crate) fn free(&mut self) {
        // SAFETY: the body is NULL or the library's.
        unsafe { RTMPPacket_Free(self.raw()) };
    }
}

pub(crate) struct Wire {
    handle: Box<MaybeUninit<RTMP>>,
    peer: Option<UnixStream>,
    /// What `RTMP_SetupURL` and the texts of `Link` point to.
    pub(crate) texts: Vec<Vec<u8>>,
}

impl Wire {
    /// A handle without connection, made of memory full of rubbish.
    pub(crate) fn unconnected() -> Self {
        let mut handle: Box<MaybeUninit<RTMP>> = Box::new(MaybeUninit::uninit());
        // SAFETY: the box has that size.
        unsafe { handle.as_mut_ptr().write_bytes(0xa5, 1) };
        // SAFETY: memory for a handle.
        unsafe { RTMP_Init(handle.as_mut_ptr()) };
        Self {
            handle,
            peer: None,
            texts: Vec::new(),
        }
    }

    pub(crate) fn new() -> Self {
        let mut wire = Self::unconnected();
        wire.plug();
        wire
    }

    /// Gives a handle without connection a new one.
    pub(crate) fn plug(&mut self) {
        let (ours, peer) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(TIMEOUT)).unwrap();
        peer.set_nonblocking(true).unwrap();
        self.r().m_sb.sb_socket.set(ours.into_raw_fd());
        self.peer = Some(peer);
    }

    /// Playing stream 1, as after `RTMP_ConnectStream`.
    pub(crate) fn playing() -> Self {
        let wire = Self::new();
        wire.r().m_stream_id.set(1);
        wire
    }

    pub(crate) fn raw(&self) -> *mut RTMP {
        self.handle.as_ptr().cast_mut()
    }

    pub(crate) fn r(&self) -> &RTMP {
        // SAFETY: `unconnected` initialised it.
        unsafe { self.handle.assume_init_ref() }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.r().m_sb.sb_socket.get() != -1
    }

    /// Points a text of `Link` to bytes that live as long as the handle.
    pub(crate) fn set(&mut self, field: fn(&RTMP) -> &AVal, text: &str) {
        let mut bytes = text.as_bytes().to_vec();
        let length = c_int::try_from(bytes.len()).unwrap();
        // SAFETY: the bytes are kept in `texts`, and moving a vector does not move its bytes.
        let value = unsafe { AVal::from_raw(bytes.as_mut_ptr().cast(), length) };
        field(self.r()).set(&value);
        self.texts.push(bytes);
    }

    /// Sets what a resuming program knows of its file: the metadata and the last key frame.
    pub(crate) fn lend(&mut self, metadata: &[u8], frame: &[u8]) {
        let read = &self.r().m_read;
        read.nMetaHeaderSize
            .set(u32::try_from(metadata.len()).unwrap());
        read.nInitialFrameSize
            .set(u32::try_from(frame.len()).unwrap());
        for (place, bytes) in [(META_HEADER, metadata), (INITIAL_FRAME, frame)] {
            let mut bytes = bytes.to_vec();
            let field = self.raw().wrapping_byte_add(READ + place);
            // SAFETY: the offset of a pointer field; the bytes are kept in `texts`.
            unsafe { field.cast::<*mut u8>().write(bytes.as_mut_ptr()) };
            self.texts.push(bytes);
        }
    }

    /// `RTMP_SetupURL`, with options behind the URL.
    pub(crate) fn set_up(&mut self, url: &str) {
        let mut bytes = format!("{url}\0").into_bytes();
        // SAFETY: a handle, and a writable string that lives as long as it.
        let result = unsafe { RTMP_SetupURL(self.raw(), bytes.as_mut_ptr().cast()) };
        assert_eq!(result, 1, "{url}");
        self.texts.push(bytes);
    }

    /// `RTMP_Connect1` with a server that shakes hands. What is sent behind the handshake.
    pub(crate) fn connect(&self) -> (c_int, String) {
        let (hello, echo) = ([0; 1536], [0; 1536]);
        self.push_bytes(&[&[3], &hello[..], &echo].concat());
        // SAFETY: a handle.
        let result = unsafe { RTMP_Connect1(self.raw(), ptr::null_mut()) };
        (result, self.sent().split_off(2 * (1 + 1536 + 1536)))
    }

    fn peer(&self) -> &UnixStream {
        self.peer.as_ref().unwrap()
    }

    pub(crate) fn push(&self, text: &str) {
        self.push_bytes(&unhex(text));
    }

    /// The bytes must fit the socket's buffer.
    pub(crate) fn push_bytes(&self, bytes: &[u8]) {
        self.peer().write_all(bytes).unwrap();
    }

    /// Sets the receive timeout.
    pub(crate) fn limit(&self, timeout: Duration) {
        let fd = self.r().m_sb.sb_socket.get();
        // SAFETY: the socket of the handle, which stays open.
        let socket = unsafe { BorrowedFd::borrow_raw(fd) };
        let ours = UnixStream::from(socket.try_clone_to_owned().unwrap());
        ours.set_read_timeout(Some(timeout)).unwrap();
    }

    /// Writes from another thread, which ends the stream behind it. The handle waits as long as it takes.
    pub(crate) fn push_to_end(&self, bytes: Vec<u8>) -> JoinHandle<()> {
        self.limit(LONG);
        let mut peer = self.peer().try_clone().unwrap();
        thread::spawn(move || {
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                match peer.write(rest) {
                    Ok(count) => rest = &rest[count..],
                    Err(error) if error.kind() == ErrorKind::WouldBlock => thread::yield_now(),
                    Err(_) => return,
                }
            }
            peer.shutdown(Shutdown::Write).unwrap();
        })
    }

    /// End of stream for the handle, whose writes can still be seen.
    pub(crate) fn finish(&self) {
        self.peer().shutdown(Shutdown::Write).unwrap();
    }

    /// The peer goes away: end of stream for readers, EPIPE for writers.
    pub(crate) fn hang_up(&mut self) {
        self.peer = None;
    }

    /// What the handle has written since the last look.
    pub(crate) fn sent(&self) -> String {
        let mut all = Vec::new();
        let mut chunk = [0_u8; 65536];
        while let Ok(count @ 1..) = self.peer().read(&mut chunk) {
            all.extend_from_slice(&chunk[..count]);
        }
        hex(&all)
    }

    pub(crate) fn read_packet(&self, packet: &mut Packet) -> c_int {
        // SAFETY: a handle and a packet.
        unsafe { RTMP_ReadPacket(self.raw(), packet.raw()) }
    }

    /// `RTMP_Read`: result and bytes. Nothing may be written behind the bytes that are reported.
    pub(crate) fn read(&self, size: usize) -> (c_int, String) {
        let mut buffer = vec![0xaa_u8; size + 8];
        let start: *mut c_char = buffer.as_mut_ptr().cast();
        // SAFETY: a handle, and a buffer of that size.
        let result = unsafe { RTMP_Read(self.raw(), start, c_int::try_from(size).unwrap()) };
        let count = usize::try_from(result).unwrap_or(0);
        assert!(count <= size && buffer[count..].iter().all(|&byte| byte == 0xaa));
        (result, hex(&buffer[..count]))
    }

    /// Reads in blocks of `size` until the end: all bytes.
    pub(crate) fn read_all(&self, size: usize) -> String {
        let mut all = String::new();
        while let (1.., bytes) = self.read(size) {
            all += &bytes;
        }
        all
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> c_int {
        let length = c_int::try_from(bytes.len()).unwrap();
        // SAFETY: a handle, and a buffer of that length.
        unsafe { RTMP_Write(self.raw(), bytes.as_ptr().cast(), length) }
    }

    /// `RTMP_SendPacket` of a packet with this body. Body and headroom come back unchanged.
    pub(crate) fn send(&self, packet: &mut Packet, body: &[u8], queue: c_int) -> c_int {
        let mut memory = [&[0x5a; HEADROOM], body].concat();
        let before = memory.clone();
        packet.body = memory[HEADROOM..].as_mut_ptr();
        packet.size = u32::try_from(body.len()).unwrap();
        // SAFETY: a handle and a packet, whose body has its headroom.
        let result = unsafe { RTMP_SendPacket(self.raw(), packet.raw(), queue) };
        assert!(memory == before);
        result
    }

    /// Gives a complete message to `RTMP_ClientPacket`.
    pub(crate) fn deliver(&self, kind: u8, channel: c_int, time: u32, body: &[u8]) -> c_int {
        let mut packet = Packet::new();
        let size = u32::try_from(body.len()).unwrap();
        // SAFETY: a packet without a body.
        assert_eq!(unsafe { RTMPPacket_Alloc(packet.raw(), size) }, 1);
        (packet.kind, packet.channel, packet.time) = (kind, channel, time);
        (packet.size, packet.read) = (size, size);
        // SAFETY: the body has just been allocated with that size.
        let mut memory = unsafe { std::slice::from_raw_parts_mut(packet.body, body.len()) };
        memory.write_all(body).unwrap();
        // SAFETY: a handle and a complete packet.
        let result = unsafe { RTMP_ClientPacket(self.raw(), packet.raw()) };
        packet.free();
        result
    }

    /// The calls that wait for a reply, such as `play 3`.
    pub(crate) fn calls(&self) -> Vec<String> {
        let show = |call: &rtmp::abi::RTMP_METHOD| {
            format!("{} {}", call.name.bytes().escape_ascii(), call.num.get())
        };
        self.r().calls(&Calls::default()).iter().map(show).collect()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // SAFETY: a handle; closing it twice is fine.
        unsafe { RTMP_Close(self.raw()) };
    }
}

/// Bytes of hexadecimal text with blanks anywhere.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hexadecimal text without its blanks, to compare with.
pub(crate) fn tight(text: &str) -> String {
    hex(&unhex(text))
}

/// True when one of the lines is `wanted`.
pub(crate) fn has(lines: &[String], wanted: &str) -> bool {
    lines.iter().any(|line| line == wanted)
}
