//! The end of a connection: what was sent arrives though the server has said something that nobody read, and a close is
//! over soon whatever the server does.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rtmp::abi::RTMP;
use rtmp::ffi::rtmp::packet::RTMP_ReadPacket;
use rtmp::ffi::rtmp::sockbuf::{RTMPSockBuf_Close, RTMPSockBuf_Send};
use rtmp::sys::socket::{Readiness, wait};
use socket2::{Domain, SockRef, Socket, Type};

use crate::client::{Client, LONG, PATIENCE, acceptance, shake_hands, write};
use crate::messages::{message, tag};

const ACKNOWLEDGEMENT: [u8; 4] = [0, 0, 16, 0];
/// More than the server's socket holds, less than the client's.
const TAGS: usize = 50;
const SIZE: usize = 4000;
/// What tells the end of a call that hangs from one that is slow on a busy machine. Closing takes a second at most.
const SOON: Duration = Duration::from_secs(10);

/// A server whose socket holds little.
fn narrow_server<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (u16, JoinHandle<T>) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    socket.listen(1).unwrap();
    let listener = TcpListener::from(socket);
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        serve(stream)
    });
    (port, thread)
}

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
                let mut packet = rtmp::abi::RTMPPacket::default();
                // SAFETY: a valid handle and packet; what is read has 4 bytes, freed by the next call or by the end.
                while unsafe { RTMP_ReadPacket(raw.cast_mut(), &raw mut packet) } == 1 {
                    read.send(()).ok();
                    // SAFETY: the body is the library's.
                    unsafe { rtmp::ffi::rtmp::packet::RTMPPacket_Free(&raw mut packet) };
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
