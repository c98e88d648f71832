//! One handle, several threads: a close wakes those that are blocked, and messages never mix.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::IntoRawFd;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use rtmp::abi::{RTMP, RTMPPacket};
use rtmp::ffi::rtmp::access::{RTMP_Alloc, RTMP_Free, RTMP_Init};
use rtmp::ffi::rtmp::connect::RTMP_Close;
use rtmp::ffi::rtmp::packet::{
    RTMP_ReadPacket, RTMP_SendPacket, RTMPPacket_Alloc, RTMPPacket_Free,
};

/// A handle on one end of a loopback connection; the other end.
struct Session {
    handle: *mut RTMP,
    peer: TcpStream,
}

// SAFETY: a handle may be used by several threads; that is what is tested.
unsafe impl Sync for Session {}

impl Session {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (peer, _) = listener.accept().unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        own.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let handle = RTMP_Alloc();
        // SAFETY: fresh memory for a handle.
        unsafe { RTMP_Init(handle) };
        // SAFETY: initialised just now.
        unsafe { &*handle }.m_sb.sb_socket.set(own.into_raw_fd());
        Self { handle, peer }
    }

    fn pointer(&self) -> *mut RTMP {
        self.handle
    }

    fn handle(&self) -> &RTMP {
        // SAFETY: initialised in `new`, freed in `drop`.
        unsafe { &*self.handle }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: all threads have ended.
        unsafe { RTMP_Close(self.handle) };
        // SAFETY: from `RTMP_Alloc`.
        unsafe { RTMP_Free(self.handle) };
    }
}

fn send(session: &Session, kind: u8, channel: u8, body: &[u8]) -> bool {
    let mut packet = RTMPPacket::default();
    let size = u32::try_from(body.len()).unwrap();
    // SAFETY: a valid packet.
    let allocated = unsafe { RTMPPacket_Alloc(&raw mut packet, size) };
    assert_eq!(allocated, 1);
    packet.m_packetType.set(kind);
    packet.m_nChannel.set(channel.into());
    packet.m_nBodySize.set(size);
    packet.append(body);
    // SAFETY: a valid handle and packet.
    let sent = unsafe { RTMP_SendPacket(session.pointer(), &raw mut packet, 0) };
    // SAFETY: the body is from `RTMPPacket_Alloc`.
    unsafe { RTMPPacket_Free(&raw mut packet) };
    sent == 1
}

#[test]
fn closing_wakes_a_blocked_reader() {
    for _ in 0..50 {
        let session = Session::new();
        let ready = Barrier::new(2);
        thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut packet = RTMPPacket::default();
                ready.wait();
                // SAFETY: a valid handle and packet.
                unsafe { RTMP_ReadPacket(session.pointer(), &raw mut packet) }
            });
            ready.wait();
            // SAFETY: a valid handle.
            unsafe { RTMP_Close(session.pointer()) };
            assert_eq!(reader.join().unwrap(), 0);
        });
        assert_eq!(session.handle().m_sb.sb_socket.get(), -1);
    }
}

#[test]
fn closing_wakes_a_blocked_writer() {
    let session = Session::new();
    let ready = Barrier::new(2);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let body = vec![7; 1 << 20];
            ready.wait();
            // The peer never reads: sooner or later a write blocks.
            while send(&session, 9, 4, &body) {}
        });
        ready.wait();
        // SAFETY: a valid handle.
        unsafe { RTMP_Close(session.pointer()) };
        writer.join().unwrap();
    });
}

#[test]
fn messages_of_two_threads_do_not_mix() {
    const EACH: usize = 2000;
    let mut session = Session::new();
    session.handle().m_outChunkSize.set(128);
    let mut peer = session.peer.try_clone().unwrap();
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        peer.read_to_end(&mut bytes).unwrap();
        bytes
    });
    thread::scope(|scope| {
        for (channel, kind) in [(4, 9), (5, 8)] {
            let session = &session;
            scope.spawn(move || {
                for _ in 0..EACH {
                    assert!(send(session, kind, channel, &[channel; 300]));
                }
            });
        }
    });
    // SAFETY: a valid handle, used by this thread alone now.
    unsafe { RTMP_Close(session.pointer()) };
    session.peer.flush().unwrap();
    let bytes = reader.join().unwrap();
    // Each message: a 12-byte header, and two continuation bytes for 300 bytes in chunks of 128.
    assert_eq!(bytes.len(), 2 * EACH * (12 + 300 + 2));
    for message in bytes.chunks(12 + 300 + 2) {
        let channel = message[0];
        let payload = [&message[12..140], &message[141..269], &message[270..]].concat();
        assert!(
            payload.iter().all(|&byte| byte == channel),
            "messages mixed"
        );
        assert_eq!(
            (message[140], message[269]),
            (0xc0 | channel, 0xc0 | channel)
        );
    }
}
