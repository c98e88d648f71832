//! TLS sessions over real sockets: records of any size in any pieces, both directions at once, whom a client trusts.

mod broken;
#[path = "../limits/client.rs"]
#[expect(dead_code, reason = "the tests of limits need the rest")]
mod client;
mod early;
#[path = "../limits/greeting.rs"]
mod greeting;
mod https;
#[path = "../limits/manner.rs"]
mod manner;
#[path = "../golden/messages.rs"]
#[expect(dead_code, reason = "the golden tests need the rest")]
mod messages;
mod parting;
mod pki;
mod players;
mod renewed;
mod sessions;
#[cfg(target_os = "linux")]
#[path = "../limits/stoppable.rs"]
mod stoppable;
#[cfg(target_os = "linux")]
mod stopped;
mod stopping;
mod trust;
#[path = "../limits/tunnel.rs"]
mod tunnel;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, IntoRawFd};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pki::{HOST, Versions, self_signed};
use rtmp::abi::private::Private;
use rtmp::abi::{RTMP, RTMPPacket};
use rtmp::ffi::rtmp::access::{RTMP_Alloc, RTMP_Free, RTMP_Init};
use rtmp::ffi::rtmp::connect::RTMP_Close;
use rtmp::ffi::rtmp::packet::{RTMP_ReadPacket, RTMPPacket_Free};
use rtmp::ffi::rtmp::sockbuf::{RTMPSockBuf_Close, RTMPSockBuf_Fill, RTMPSockBuf_Send};
use rtmp::net::tls::{Session, TlsError, client};
use rtmp::net::trust::Trust;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const PATIENCE: Duration = Duration::from_secs(20);

type Peer = StreamOwned<ServerConnection, TcpStream>;

fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((HOST, 0)).unwrap();
    let own = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (peer, _) = listener.accept().unwrap();
    for socket in [&own, &peer] {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
    }
    (own, peer)
}

/// Runs the handshake of a client; why it failed, if it did.
fn shake_hands(session: &Session, socket: &TcpStream) -> Result<(), Option<TlsError>> {
    let fd = socket.as_raw_fd();
    loop {
        session.send_handshake(fd).map_err(|_| None)?;
        if !session.is_handshaking() {
            return Ok(());
        }
        match session.receive(fd, 0) {
            Ok(1..) => {}
            _ => return Err(session.failure()),
        }
    }
}

/// A client that trusts anyone on one end, `serve` on the other.
fn connected(serve: impl FnOnce(Peer) + Send, test: impl FnOnce(&Session, &TcpStream)) {
    connected_to(
        self_signed().server(Versions::Both, 2),
        |stream, config| StreamOwned::new(ServerConnection::new(config).unwrap(), stream),
        serve,
        test,
    );
}

fn connected_to(
    config: Arc<ServerConfig>,
    wrap: impl FnOnce(TcpStream, Arc<ServerConfig>) -> Peer + Send,
    serve: impl FnOnce(Peer) + Send,
    test: impl FnOnce(&Session, &TcpStream),
) {
    let (own, peer) = sockets();
    thread::scope(|scope| {
        scope.spawn(|| serve(wrap(peer, config)));
        let session = client(HOST, &Trust::Anyone).unwrap();
        shake_hands(&session, &own).unwrap();
        test(&session, &own);
        session.close(own.as_raw_fd());
        drop(own);
    });
}

/// Reads `count` bytes, at most `room` at a time.
fn read(session: &Session, socket: &TcpStream, count: usize, room: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < count {
        let mut left = room.min(count - bytes.len());
        let taken = session
            .take(socket.as_raw_fd(), |some| {
                let count = some.len().min(left);
                bytes.extend_from_slice(&some[..count]);
                left -= count;
                count
            })
            .unwrap();
        if taken == 0 {
            assert!(
                session.receive(socket.as_raw_fd(), 0).unwrap() > 0,
                "the end"
            );
        }
    }
    bytes
}

fn pattern(count: usize) -> Vec<u8> {
    (0..251)
        .cycle()
        .map(|at: u8| at.wrapping_mul(31))
        .take(count)
        .collect()
}

#[test]
fn records_of_any_size_come_whole_into_any_room() {
    const COUNT: usize = 300_000;
    for room in [1, 100, 16_383, 16_384, 70_000] {
        connected(
            |mut peer| {
                peer.write_all(&pattern(COUNT)).unwrap();
                for byte in pattern(200) {
                    peer.write_all(&[byte]).unwrap();
                }
                // Until the client's goodbye: a close with unread bytes would reset the connection.
                assert_eq!(peer.read(&mut [0]).unwrap(), 0);
            },
            |session, socket| {
                assert_eq!(read(session, socket, COUNT, room), pattern(COUNT));
                assert_eq!(read(session, socket, 200, room), pattern(200));
            },
        );
    }
}

#[test]
fn what_is_decrypted_is_given_without_receiving() {
    connected(
        |mut peer| {
            peer.write_all(&pattern(16_384)).unwrap();
            assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        },
        |session, socket| {
            assert_eq!(read(session, socket, 16_383, 16_383), pattern(16_383));
            let mut rest = Vec::new();
            let taken = session.take(socket.as_raw_fd(), |some| {
                rest.extend_from_slice(some);
                some.len()
            });
            assert_eq!(
                (taken.unwrap(), rest),
                (1, pattern(16_384)[16_383..].to_vec())
            );
        },
    );
}

#[test]
fn ciphertext_may_come_byte_by_byte() {
    let (mut front, back) = sockets();
    let (own, mut relayed) = sockets();
    let config = self_signed().server(Versions::Both, 2);
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut peer = StreamOwned::new(ServerConnection::new(config).unwrap(), back);
            peer.write_all(&pattern(2000)).unwrap();
            assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        });
        let (mut up_from, mut up_to) = (relayed.try_clone().unwrap(), front.try_clone().unwrap());
        scope.spawn(move || {
            std::io::copy(&mut up_from, &mut up_to)
                .map(|_| up_to.shutdown(std::net::Shutdown::Write))
        });
        scope.spawn(move || {
            let mut byte = [0];
            while front.read(&mut byte).unwrap_or(0) == 1 && relayed.write_all(&byte).is_ok() {}
        });
        let session = client(HOST, &Trust::Anyone).unwrap();
        shake_hands(&session, &own).unwrap();
        assert_eq!(read(&session, &own, 2000, 4096), pattern(2000));
        session.close(own.as_raw_fd());
        own.shutdown(std::net::Shutdown::Both).unwrap();
    });
}

#[test]
fn one_thread_reads_while_another_writes() {
    const COUNT: usize = 4_000_000;
    connected(
        |mut peer| {
            // Nothing is read before all is written: a client whose writer waited for its reader, or the other way
            // round, would block for ever.
            peer.write_all(&pattern(COUNT)).unwrap();
            let mut received = vec![0; COUNT];
            peer.read_exact(&mut received).unwrap();
            assert!(received == pattern(COUNT));
            assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        },
        |session, socket| {
            thread::scope(|scope| {
                scope.spawn(|| {
                    let bytes = pattern(COUNT);
                    let mut rest = &bytes[..];
                    while !rest.is_empty() {
                        let count = session.send(socket.as_raw_fd(), rest).unwrap();
                        rest = &rest[count..];
                    }
                });
                assert!(read(session, socket, COUNT, 16_383) == pattern(COUNT));
            });
        },
    );
}

#[test]
fn a_receive_timeout_harms_nothing() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    connected(
        move |mut peer| {
            peer.conn.complete_io(&mut peer.sock).unwrap();
            receiver.recv().unwrap();
            peer.write_all(b"late").unwrap();
            assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        },
        move |session, socket| {
            socket
                .set_read_timeout(Some(Duration::from_millis(50)))
                .unwrap();
            let kind = loop {
                // Session tickets come first.
                if let Err(error) = session.receive(socket.as_raw_fd(), 0) {
                    break error.kind();
                }
            };
            assert_eq!(kind, std::io::ErrorKind::WouldBlock);
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            sender.send(()).unwrap();
            assert_eq!(read(session, socket, 4, 4), b"late");
        },
    );
}

#[test]
fn the_peers_goodbye_ends_the_session_though_the_socket_stays_open() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    connected(
        move |mut peer| {
            peer.write_all(b"bye").unwrap();
            peer.conn.send_close_notify();
            peer.flush().unwrap();
            receiver.recv().unwrap();
        },
        move |session, socket| {
            assert_eq!(read(session, socket, 3, 10), b"bye");
            while session.receive(socket.as_raw_fd(), 0).unwrap() > 0 {}
            sender.send(()).unwrap();
        },
    );
}

#[test]
fn names_are_sent_and_numbers_are_not() {
    for (host, expected) in [("localhost", Some("localhost")), ("127.0.0.1", None)] {
        let (own, peer) = sockets();
        let server = self_signed().server(Versions::Both, 0);
        thread::scope(|scope| {
            let seen = scope.spawn(move || {
                let mut peer = StreamOwned::new(ServerConnection::new(server).unwrap(), peer);
                peer.conn.complete_io(&mut peer.sock).unwrap();
                peer.conn.server_name().map(str::to_owned)
            });
            let session = client(host, &Trust::Anyone).unwrap();
            shake_hands(&session, &own).unwrap();
            assert_eq!(seen.join().unwrap().as_deref(), expected);
        });
    }
}

/// A message of that many zeros with its header, in one chunk.
fn message(size: usize) -> Vec<u8> {
    let length = u32::try_from(size).unwrap().to_be_bytes();
    let head = [4, 0, 0, 0, length[1], length[2], length[3], 9, 1, 0, 0, 0];
    [&head[..], &vec![0; size]].concat()
}

#[test]
fn a_bare_buffer_fills_sends_and_says_goodbye() {
    connected_by(
        |mut peer| {
            peer.write_all(b"hello").unwrap();
            let mut received = [0; 4];
            peer.read_exact(&mut received).unwrap();
            assert_eq!(&received, b"ping");
            // A clean end, not a connection that broke off.
            assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        },
        |handle| {
            // SAFETY: a valid handle.
            let sb = unsafe { &raw mut (*handle).m_sb };
            // SAFETY: a valid buffer.
            assert_eq!(unsafe { RTMPSockBuf_Fill(sb) }, 5);
            // SAFETY: a valid buffer and four bytes.
            assert_eq!(unsafe { RTMPSockBuf_Send(sb, c"ping".as_ptr(), 4) }, 4);
            // SAFETY: a valid buffer.
            assert_eq!(unsafe { RTMPSockBuf_Close(sb) }, 0);
            // SAFETY: a valid handle.
            let r = unsafe { &*handle };
            assert_eq!((r.m_sb.len(), r.m_sb.is_tls()), (5, false));
            r.m_sb.sb_socket.set(-1);
        },
    );
}

/// A program that empties the buffer by itself, and waits for the socket when it is empty, gets everything.
#[test]
fn a_bare_buffer_holds_all_that_a_fill_has_received() {
    // Each record fills a buffer: what is received ahead of it would lie out of sight.
    const RECORD: usize = 16_383;
    let sent = pattern(64 * RECORD);
    connected_by(
        |mut peer| {
            for record in sent.chunks(RECORD) {
                peer.write_all(record).unwrap();
            }
            let _ = peer.read(&mut [0]);
        },
        |handle| {
            // SAFETY: a valid handle.
            let sb = unsafe { &raw mut (*handle).m_sb };
            // SAFETY: a valid handle.
            let r = unsafe { &*handle };
            let mut received = Vec::new();
            while received.len() < sent.len() {
                let mut waiting = libc::pollfd {
                    fd: r.m_sb.sb_socket.get(),
                    events: libc::POLLIN,
                    revents: 0,
                };
                let limit = i32::try_from(PATIENCE.as_millis()).unwrap();
                // SAFETY: one descriptor to wait for.
                let count = unsafe { libc::poll(&raw mut waiting, 1, limit) };
                assert_eq!(count, 1, "behind {} bytes", received.len());
                // SAFETY: a valid buffer.
                assert!(unsafe { RTMPSockBuf_Fill(sb) } > 0);
                let mut piece = vec![0; r.m_sb.len()];
                r.m_sb.take(&mut piece);
                received.extend(piece);
            }
            assert!(received == sent);
        },
    );
}

/// A handle in a TLS session that trusts anyone on one end, `serve` on the other.
fn connected_by(serve: impl FnOnce(Peer) + Send, test: impl FnOnce(*mut RTMP)) {
    let (own, peer) = sockets();
    let server = self_signed().server(Versions::Both, 0);
    thread::scope(|scope| {
        scope.spawn(move || {
            serve(StreamOwned::new(
                ServerConnection::new(server).unwrap(),
                peer,
            ));
        });
        let session = client(HOST, &Trust::Anyone).unwrap();
        shake_hands(&session, &own).unwrap();
        let handle = RTMP_Alloc();
        // SAFETY: fresh memory for a handle.
        unsafe { RTMP_Init(handle) };
        // SAFETY: initialised just now, used by this thread alone.
        let sb = unsafe { &(*handle).m_sb };
        sb.sb_socket.set(own.into_raw_fd());
        sb.set_tls(Private::new(session));
        test(handle);
        // SAFETY: a valid handle.
        unsafe { RTMP_Close(handle) };
        assert!(!sb.is_tls());
        // SAFETY: from `RTMP_Alloc`.
        unsafe { RTMP_Free(handle) };
    });
}

#[test]
fn a_packet_leaves_nothing_decrypted_out_of_sight() {
    const FIRST: usize = 16_384 - 12 - 1;
    connected_by(
        |mut peer| {
            // The first record is full; its last byte begins the second message, and does not fit into the buffer.
            peer.write_all(&[message(FIRST), message(10)].concat())
                .unwrap();
            let _ = peer.read(&mut [0]);
        },
        |handle| {
            // SAFETY: a valid handle.
            let r = unsafe { &*handle };
            r.m_inChunkSize.set(65_536);
            for size in [FIRST, 10] {
                let mut packet = RTMPPacket::default();
                // SAFETY: a valid handle and packet.
                assert_eq!(unsafe { RTMP_ReadPacket(handle, &raw mut packet) }, 1);
                assert_eq!(packet.m_nBytesRead.get() as usize, size);
                assert_eq!(r.m_sb.is_empty(), size == 10);
                // SAFETY: the body is the caller's.
                unsafe { RTMPPacket_Free(&raw mut packet) };
            }
        },
    );
}
