//! An encrypted connection used in both directions at once: each end reads in one thread while another writes, with
//! more data under way than sockets hold.

use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;
use std::ptr;
use std::thread;
use std::time::Duration;

use rtmp::abi::{RTMP, RTMPPacket};
use rtmp::ffi::rtmp::access::{RTMP_Alloc, RTMP_Free, RTMP_Init};
use rtmp::ffi::rtmp::connect::{RTMP_Close, RTMP_Connect1, RTMP_Serve};
use rtmp::ffi::rtmp::packet::{
    RTMP_ReadPacket, RTMP_SendPacket, RTMPPacket_Alloc, RTMPPacket_Free,
};
use rtmp::ffi::rtmp::setup::RTMP_SetupURL;

const MESSAGES: u32 = 400;
const LENGTH: u32 = 9000;

/// A handle on one end of a connection.
struct End(*mut RTMP);

// SAFETY: a handle may be used by several threads; that is what is tested.
unsafe impl Sync for End {}
// SAFETY: as above.
unsafe impl Send for End {}

impl End {
    fn new(socket: UnixStream) -> Self {
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let handle = RTMP_Alloc();
        // SAFETY: fresh memory for a handle.
        unsafe { RTMP_Init(handle) };
        // SAFETY: initialised just now.
        unsafe { &*handle }.m_sb.sb_socket.set(socket.into_raw_fd());
        Self(handle)
    }

    fn handle(&self) -> &RTMP {
        // SAFETY: initialised in `new`, freed in `drop`.
        unsafe { &*self.0 }
    }

    fn serve(&self) -> i32 {
        // SAFETY: a valid handle.
        unsafe { RTMP_Serve(self.0) }
    }

    fn send(&self, number: u32) {
        let mut packet = RTMPPacket::default();
        // SAFETY: a valid packet.
        let allocated = unsafe { RTMPPacket_Alloc(&raw mut packet, LENGTH) };
        assert_eq!(allocated, 1);
        packet.m_packetType.set(9);
        packet.m_nChannel.set(4);
        packet.m_nBodySize.set(LENGTH);
        packet.append(&number.to_be_bytes().repeat(LENGTH as usize / 4));
        // SAFETY: a valid handle and packet.
        let sent = unsafe { RTMP_SendPacket(self.0, &raw mut packet, 0) };
        // SAFETY: the body is from `RTMPPacket_Alloc`.
        unsafe { RTMPPacket_Free(&raw mut packet) };
        assert_eq!(sent, 1);
    }

    /// The type and the body of the next message.
    fn receive(&self) -> (u8, Vec<u8>) {
        let mut packet = RTMPPacket::default();
        loop {
            // SAFETY: a valid handle and packet.
            let read = unsafe { RTMP_ReadPacket(self.0, &raw mut packet) };
            assert_eq!(read, 1);
            if packet.is_ready() {
                break;
            }
        }
        let body = packet.body().to_vec();
        // SAFETY: the body belongs to the caller.
        unsafe { RTMPPacket_Free(&raw mut packet) };
        (packet.m_packetType.get(), body)
    }

    fn send_all(&self) {
        (0..MESSAGES).for_each(|number| self.send(number));
    }

    fn receive_all(&self) {
        for number in 0..MESSAGES {
            let (kind, body) = self.receive();
            assert_eq!((kind, body.len()), (9, LENGTH as usize));
            let (words, _) = body.as_chunks();
            assert!(words.iter().all(|word| *word == number.to_be_bytes()));
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // SAFETY: all threads have ended.
        unsafe { RTMP_Close(self.0) };
        // SAFETY: from `RTMP_Alloc`.
        unsafe { RTMP_Free(self.0) };
    }
}

#[test]
fn both_directions_are_encrypted_at_once() {
    let (near, far) = UnixStream::pair().unwrap();
    let [client, server] = [near, far].map(End::new);
    let mut url = b"rtmpe://127.0.0.1/app/play\0".to_vec();
    // SAFETY: a valid handle; the text outlives it.
    let set = unsafe { RTMP_SetupURL(client.0, url.as_mut_ptr().cast()) };
    assert_eq!(set, 1);
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(server.serve(), 1));
        // SAFETY: a valid handle; no packet.
        let connected = unsafe { RTMP_Connect1(client.0, ptr::null_mut()) };
        assert_eq!(connected, 1);
    });
    assert_eq!(server.receive().0, 20);
    for end in [&client, &server] {
        assert!(end.handle().Link.is_encrypted());
    }
    thread::scope(|scope| {
        for end in [&client, &server] {
            scope.spawn(|| end.send_all());
            scope.spawn(|| end.receive_all());
        }
    });
}
