//! Writing to a peer that has gone must not end the program. Alone in its process, where the signal is not ignored.

use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;

use rtmp::abi::RTMPPacket;
use rtmp::ffi::rtmp::access::{RTMP_Alloc, RTMP_Free, RTMP_Init, RTMP_IsConnected};
use rtmp::ffi::rtmp::packet::{RTMP_SendPacket, RTMPPacket_Alloc, RTMPPacket_Free};

#[test]
fn a_closed_peer_raises_no_signal() {
    // SAFETY: the default action needs no handler; Rust's runtime ignores the signal, C programs do not.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let (own, peer) = UnixStream::pair().unwrap();
    drop(peer);
    let r = RTMP_Alloc();
    // SAFETY: fresh memory for a handle.
    unsafe { RTMP_Init(r) };
    // SAFETY: initialised just now.
    unsafe { &*r }.m_sb.sb_socket.set(own.into_raw_fd());
    let mut packet = RTMPPacket::default();
    // SAFETY: a valid packet.
    let allocated = unsafe { RTMPPacket_Alloc(&raw mut packet, 10) };
    packet.m_packetType.set(8);
    packet.m_nChannel.set(4);
    packet.m_nBodySize.set(10);
    // SAFETY: a valid handle and packet.
    let sent = unsafe { RTMP_SendPacket(r, &raw mut packet, 0) };
    assert_eq!((allocated, sent), (1, 0));
    // SAFETY: the body is from `RTMPPacket_Alloc`.
    unsafe { RTMPPacket_Free(&raw mut packet) };
    // SAFETY: a valid handle, closed by the failure.
    let connected = unsafe { RTMP_IsConnected(r) };
    assert_eq!(connected, 0);
    // SAFETY: from `RTMP_Alloc`.
    unsafe { RTMP_Free(r) };
}
