//! Broken handshakes: what a peer says is cut, flipped or garbage at any byte. Each is a clean failure at once: nobody
//! waits for the timeout when the peer has gone or talks nonsense.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use rtmp::net::tls::{Session, TlsError, client, server};
use rtmp::net::trust::Trust;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use crate::pki::{Ca, HOST, Identity, Versions, self_signed};
use crate::{connected_to, shake_hands, sockets};

/// What the server says in a handshake up to where it waits for the client, given the client's first flight.
fn flight(config: &Arc<ServerConfig>, hello: &[u8]) -> Vec<u8> {
    let mut connection = ServerConnection::new(Arc::clone(config)).unwrap();
    let (mut hello, mut said) = (hello, Vec::new());
    while !hello.is_empty() {
        connection.read_tls(&mut hello).unwrap();
        connection.process_new_packets().unwrap();
    }
    while connection.wants_write() {
        connection.write_tls(&mut said).unwrap();
    }
    said
}

/// One whole record.
fn record(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = vec![0; 5];
    stream.read_exact(&mut bytes).unwrap();
    let length = usize::from(u16::from_be_bytes([bytes[3], bytes[4]]));
    bytes.resize(5 + length, 0);
    stream.read_exact(&mut bytes[5..]).unwrap();
    bytes
}

/// How a connection ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Orderly,
    Reset,
}

/// Runs the client's handshake with a server whose flight is damaged on its way, and which then goes away. True if the
/// client was content.
fn meet(
    config: &Arc<ServerConfig>,
    trust: &Trust,
    end: End,
    damage: impl FnOnce(&mut Vec<u8>) + Send,
) -> bool {
    let (own, mut peer) = sockets();
    let session = client(HOST, trust).unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut said = flight(config, &record(&mut peer));
            damage(&mut said);
            // The client may have refused the first of it.
            let _ = peer.write_all(&said);
            if end == End::Reset {
                SockRef::from(&peer)
                    .set_linger(Some(Duration::ZERO))
                    .unwrap();
                return;
            }
            let _ = peer.shutdown(Shutdown::Write);
            let _ = peer.read_to_end(&mut Vec::new());
        });
        let is_content = shake_hands(&session, &own).is_ok();
        after_failure(&session, &own, is_content);
        drop(own);
        is_content
    })
}

/// A session that has failed, or whose peer has gone, says so again and gives nothing.
fn after_failure(session: &Session, socket: &TcpStream, is_content: bool) {
    let fd = socket.as_raw_fd();
    if !is_content {
        assert!(!matches!(session.receive(fd, 0), Ok(1..)));
        let taken = session.take(fd, <[u8]>::len);
        assert!(matches!(taken, Ok(0) | Err(_)));
    }
    session.close(fd);
}

#[test]
fn a_flight_that_is_cut_anywhere_is_a_failure() {
    for versions in [Versions::Only12, Versions::Only13] {
        let config = self_signed().server(versions, 0);
        let mut length = usize::MAX;
        let mut end = 0;
        while end < length {
            let whole = std::sync::atomic::AtomicUsize::new(0);
            let way = if end % 2 == 0 {
                End::Orderly
            } else {
                End::Reset
            };
            let content = meet(&config, &Trust::Anyone, way, |said| {
                whole.store(said.len(), std::sync::atomic::Ordering::Relaxed);
                said.truncate(end);
            });
            assert!(!content, "cut at {end}");
            // Signatures differ in length by a byte or two: the last bytes of the longest are left out.
            length = length.min(whole.into_inner().saturating_sub(4));
            end += 1;
        }
        assert!(end > 500);
    }
}

/// Where a message of a flight is changed it is not the one that was signed, or not a message at all.
fn damaged(versions: Versions, at: usize, mask: u8) -> bool {
    let ca = Ca::new("of the broken");
    let trust = Trust::File(ca.file("broken"));
    let config = ca.identity(HOST).server(versions, 0);
    meet(&config, &trust, End::Orderly, |said| {
        let at = meaningful(said, at % said.len());
        said[at] ^= mask;
    })
}

/// `at`, or the byte behind the version in a record's head: nobody looks at the version, nor at the type of a record that
/// is encrypted (the one that counts is inside).
fn meaningful(said: &[u8], at: usize) -> usize {
    const ENCRYPTED: u8 = 23;
    let mut begin = 0;
    loop {
        let length = u16::from_be_bytes([said[begin + 3], said[begin + 4]]);
        let next = begin + 5 + usize::from(length);
        if at < next {
            let is_ignored = match at - begin {
                0 => said[at] == ENCRYPTED,
                within => within < 5,
            };
            return if is_ignored { begin + 4 } else { at };
        }
        begin = next;
    }
}

/// What a session makes of any bytes.
fn fed(bytes: &[u8], start: impl FnOnce() -> Session) {
    let (own, mut peer) = sockets();
    let session = start();
    thread::scope(|scope| {
        scope.spawn(move || {
            let _ = peer.write_all(bytes);
            let _ = peer.shutdown(Shutdown::Write);
            let _ = peer.read_to_end(&mut Vec::new());
        });
        assert!(shake_hands(&session, &own).is_err());
        after_failure(&session, &own, false);
        drop(own);
    });
}

fn our_server(identity: &Identity, name: &str) -> rtmp::net::tls::Server {
    let [chain, key] = identity.files(name);
    server(&chain, &key).unwrap()
}

/// A handshake message of `kind` that claims `length` bytes, of which at most 200,000 come, cut into records of `piece`
/// bytes.
fn long_message(kind: u8, length: u32, piece: usize) -> Vec<u8> {
    let [_, a, b, c] = length.to_be_bytes();
    let mut message = vec![kind, a, b, c, 3, 3];
    message.resize(message.len() + (length as usize).min(200_000), 0);
    let records = message.chunks(piece).map(|piece| {
        let length = u16::try_from(piece.len()).unwrap().to_be_bytes();
        [&[22, 3, 3], &length[..], piece].concat()
    });
    records.collect::<Vec<_>>().concat()
}

#[test]
fn a_message_that_fits_nowhere_is_refused() {
    let identity = self_signed();
    for length in [16_000, 20_000, 0xffef, 0xfff0, 0xffff, 0x1_0000, 0xff_ffff] {
        for piece in [1, 6, 100, 16_000, 16_384] {
            let server = our_server(&identity, "too-long");
            fed(&long_message(2, length, piece), || {
                client(HOST, &Trust::Anyone).unwrap()
            });
            fed(&long_message(1, length, piece), || {
                server.session().unwrap()
            });
        }
    }
}

#[test]
fn tickets_without_end_are_refused() {
    // More than any server sends, in records that end inside of them.
    let config = self_signed().server(Versions::Only13, 4000);
    connected_to(
        config,
        |stream, config| StreamOwned::new(ServerConnection::new(config).unwrap(), stream),
        |mut peer| {
            let _ = peer.read(&mut [0]);
        },
        |session, socket| {
            let failure = loop {
                match session.receive(socket.as_raw_fd(), 0) {
                    Ok(1..) => {}
                    Ok(0) => break None,
                    Err(_) => break session.failure(),
                }
            };
            let words = "a message of the handshake is too long";
            assert_eq!(failure, Some(TlsError::Protocol(words.into())));
            // Once failed it stays so.
            assert!(session.receive(socket.as_raw_fd(), 0).is_err());
        },
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_is_noticed(is_13 in any::<bool>(), at in any::<usize>(), bit in 0..8_u32) {
        let versions = if is_13 { Versions::Only13 } else { Versions::Only12 };
        prop_assert!(!damaged(versions, at, 1 << bit));
    }

    #[test]
    fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000), is_record in any::<bool>()) {
        let head = [22, 3, 3, 0, 200];
        let bytes = if is_record { [&head[..], &bytes].concat() } else { bytes };
        fed(&bytes, || client(HOST, &Trust::Anyone).unwrap());
        let identity = self_signed();
        let server = our_server(&identity, "garbage");
        fed(&bytes, || server.session().unwrap());
    }
}
