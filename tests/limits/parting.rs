//! The end of a connection: what was sent arrives though the server has said something that nobody read, and a close is
//! over soon whatever the server does.

use std::io::Read;
use std::net::TcpStream;
use std::os::fd::{BorrowedFd, IntoRawFd};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rtmp::abi::{RTMP, RTMPPacket};
use rtmp::ffi::rtmp::connect::RTMP_Serve;
use rtmp::ffi::rtmp::packet::{RTMP_ReadPacket, RTMPPacket_Free};
use rtmp::ffi::rtmp::sockbuf::{RTMPSockBuf_Close, RTMPSockBuf_Send};
use rtmp::sys::socket::{Readiness, wait};
use socket2::SockRef;

use crate::client::{
    Client, LONG, PATIENCE, acceptance, narrow_server, rest, server, shake_hands, write,
};
use crate::manner::{self, Manner};
use crate::messages::{message, tag};
use crate::tunnel;

const ACKNOWLEDGEMENT: [u8; 4] = [0, 0, 16, 0];
/// More than the server's socket holds, less than the client's.
const TAGS: usize = 50;
const SIZE: usize = 4000;

/// Reads to the end, and acknowledges what it reads. The end must be one, and no reset.
fn take_and_acknowledge(stream: &mut TcpStream) -> Vec<u8> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 2048]);
    loop {
        match stream.read(&mut piece).expect("the rest of the stream") {
            0 => return bytes,
            count => bytes.extend_from_slice(&piece[..count]),
        }
        // A reset may be told here only.
        assert!(write(stream, &message(2, 0, 3, &ACKNOWLEDGEMENT)));
    }
}

/// Lets `close` end a connection whose server has taken little yet, and has said something that nobody has read. All
/// that came to the server.
fn closed_by(close: impl FnOnce(&Client)) -> Vec<u8> {
    let (go, ready) = channel::<()>();
    let (port, thread) = narrow_server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        ready.recv().unwrap();
        write(&mut stream, &message(2, 0, 3, &ACKNOWLEDGEMENT));
        ready.recv().unwrap();
        take_and_acknowledge(&mut stream)
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    let fd = client.handle().m_sb.sb_socket.get();
    for time in 0..u32::try_from(TAGS).unwrap() {
        assert!(client.write(&tag(9, time, &[0x27; SIZE])) > 0);
    }
    go.send(()).unwrap();
    assert!(wait(fd, Readiness::Readable, Some(PATIENCE)).unwrap());
    go.send(()).unwrap();
    close(&client);
    thread.join().unwrap()
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

#[test]
fn the_end_of_a_publication_and_the_goodbye_arrive() {
    let bytes = closed_by(Client::close);
    assert!(bytes.len() > TAGS * SIZE, "{}", bytes.len());
    assert!(contains(&bytes, b"FCUnpublish") && contains(&bytes, b"deleteStream"));
}

#[test]
fn they_arrive_though_another_thread_reads() {
    let bytes = closed_by(|client| {
        thread::scope(|scope| {
            let (read, first) = channel();
            scope.spawn(move || {
                let raw: *const RTMP = client.handle();
                let mut packet = RTMPPacket::default();
                // SAFETY: a valid handle and packet; what is read has 4 bytes, freed by the next call or by the end.
                while unsafe { RTMP_ReadPacket(raw.cast_mut(), &raw mut packet) } == 1 {
                    read.send(()).ok();
                    // SAFETY: the body is the library's.
                    unsafe { RTMPPacket_Free(&raw mut packet) };
                }
            });
            first.recv().unwrap();
            client.close();
        });
    });
    assert!(bytes.len() > TAGS * SIZE, "{}", bytes.len());
    assert!(contains(&bytes, b"deleteStream"));
}

#[test]
fn what_a_bare_buffer_has_sent_arrives() {
    let bytes = closed_by(|client| {
        let sb = &raw const client.handle().m_sb;
        // SAFETY: a valid buffer and text.
        let sent = unsafe { RTMPSockBuf_Send(sb.cast_mut(), c"the end".as_ptr(), 7) };
        assert_eq!(sent, 7);
        // SAFETY: a valid buffer, whose socket nobody uses any more.
        assert_eq!(unsafe { RTMPSockBuf_Close(sb.cast_mut()) }, 0);
        client.handle().m_sb.sb_socket.set(-1);
    });
    assert!(bytes.len() > TAGS * SIZE && bytes.ends_with(b"the end"));
}

#[test]
fn a_close_behind_a_read_that_filled_the_memory_is_no_reset() {
    let (go, ready) = channel::<()>();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Play.Start"));
        ready.recv().unwrap();
        let media = (1..5).flat_map(|time| message(6, time, 9, &[0x27; 1700]));
        write(&mut stream, &media.collect::<Vec<u8>>());
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("no reset");
        bytes
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect() && client.connect_stream());
    go.send(()).unwrap();
    let mut buffer = [0; 1000];
    assert_eq!(client.read(&mut buffer), 1000);
    client.close();
    assert!(contains(&thread.join().unwrap(), b"deleteStream"));
}

/// Serves a client up to the accepted stream, in the library's own manner where it is encrypted.
fn lead(scheme: &str, mut stream: TcpStream) -> TcpStream {
    match scheme {
        "rtmpt" => tunnel::open(&mut stream),
        "rtmpe" => {
            let served = Client::new();
            let fd = stream.try_clone().unwrap().into_raw_fd();
            served.handle().m_sb.sb_socket.set(fd);
            let raw: *const RTMP = served.handle();
            // SAFETY: a valid handle.
            assert_eq!(unsafe { RTMP_Serve(raw.cast_mut()) }, 1);
            // The connection is still used.
            served.handle().m_sb.sb_socket.set(-1);
        }
        _ => {
            shake_hands(&mut stream);
            write(&mut stream, &acceptance("NetStream.Publish.Start"));
        }
    }
    stream
}

/// A client that publishes, and closes while its server is unruly.
fn closes(scheme: &'static str, manner: Manner, timeout: u32) {
    let (go, ready) = channel::<()>();
    let (port, thread) = narrow_server(move |stream| {
        let mut stream = lead(scheme, stream);
        ready.recv().unwrap();
        let (begin, endless) = manner::words(scheme == "rtmpt");
        manner.go_on(&mut stream, begin, endless, &ready);
    });
    let client = Client::of(scheme, port, timeout);
    client.publishes();
    assert!(client.connect());
    if scheme == "rtmpe" {
        // There is nobody who could accept it.
        client.handle().m_stream_id.set(1);
    } else {
        assert!(client.connect_stream());
    }
    for time in 0..u32::try_from(TAGS).unwrap() {
        assert!(client.write(&tag(9, time, &[0x27; SIZE])) > 0);
    }
    go.send(()).unwrap();
    manner::assert_soon(|| client.close());
    drop(go);
    thread.join().unwrap();
}

#[test]
fn a_close_is_over_soon_whatever_the_server_does() {
    for scheme in ["rtmp", "rtmpe", "rtmpt"] {
        for manner in Manner::ALL {
            closes(scheme, manner, LONG);
            // No limit at all.
            closes(scheme, manner, 0);
        }
    }
}

#[test]
fn a_flood_of_answers_does_not_keep_a_writer() {
    let (port, thread) = server(|mut stream| {
        tunnel::open(&mut stream);
        let (_, endless) = manner::words(true);
        // Until the client has gone.
        while write(&mut stream, &endless.repeat(1000)) {}
    });
    let client = Client::of("rtmpt", port, LONG);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    manner::assert_soon(|| {
        for time in 0..5 {
            client.write(&tag(9, time, &[0x27; SIZE]));
        }
    });
    client.close();
    thread.join().unwrap();
}

#[test]
fn answers_that_trickle_do_not_keep_a_writer() {
    let (go, ready) = channel::<()>();
    let (port, thread) = server(move |mut stream| {
        tunnel::open(&mut stream);
        let mut taker = stream.try_clone().unwrap();
        thread::scope(|scope| {
            scope.spawn(move || rest(&mut taker));
            // A head without an end.
            let (begin, _) = manner::words(true);
            let mut trickle = begin.iter().chain(std::iter::repeat(&b'x'));
            while ready.recv_timeout(manner::PAUSE) == Err(RecvTimeoutError::Timeout) {
                write(&mut stream, &[*trickle.next().unwrap()]);
            }
            let _ = stream.shutdown(std::net::Shutdown::Write);
        });
    });
    let client = Client::of("rtmpt", port, 0);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    manner::assert_soon(|| {
        // More than may be unanswered.
        for time in 0..300 {
            assert!(client.write(&tag(9, time, &[0x27; 10])) > 0);
        }
    });
    client.close();
    drop(go);
    thread.join().unwrap();
}

#[test]
fn a_program_that_does_not_want_to_linger_is_obeyed() {
    let (go, ready) = channel::<()>();
    let (port, thread) = narrow_server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        ready.recv().unwrap();
        stream.read_to_end(&mut Vec::new()).is_err()
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    let fd = client.handle().m_sb.sb_socket.get();
    for time in 0..u32::try_from(TAGS).unwrap() {
        assert!(client.write(&tag(9, time, &[0x27; SIZE])) > 0);
    }
    // SAFETY: the handle's socket, which is open.
    let socket = unsafe { BorrowedFd::borrow_raw(fd) };
    SockRef::from(&socket)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    client.close();
    go.send(()).unwrap();
    assert!(thread.join().unwrap(), "a reset");
}
