//! Connecting that fails, proxies, the bare socket buffer, the serving side
//! (spec 02 sections 8.2 to 8.11).

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::anchors;
use crate::handle::{Handle, TIMEOUT, wire};
use crate::library::Library;
use crate::proxies::errors;
use crate::scenario::{Scenario, scenario};
use crate::server::{accept, client};
use crate::structs::{EMPTY, RTMPSockBuf};
use crate::trace::{Trace, unhex};

/// What is shown when there is no host to connect to.
const NO_HOST: [&str; 4] = [
    "ERROR: RTMP_Connect, there is no host to connect to",
    "RTMP_Connect = 0",
    "connected = false",
    "sb_timedout = 0",
];

const STATE: &str = "connected sb_timedout m_stream_id m_nBytesIn m_numInvokes m_bSendCounter \
    sb_size";

/// One connection for the script; then everything the client still sends is read.
pub(crate) fn peer(
    script: impl FnOnce(&mut TcpStream, &mut Vec<u8>) + Send + 'static,
) -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("address").port();
    let thread = std::thread::spawn(move || {
        let mut received = Vec::new();
        let Some(mut stream) = accept(&listener) else {
            return received;
        };
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .expect("timeout");
        script(&mut stream, &mut received);
        received
    });
    (port, thread)
}

pub(crate) fn take(stream: &mut TcpStream, count: usize, into: &mut Vec<u8>) {
    let mut bytes = vec![0; count];
    if stream.read_exact(&mut bytes).is_ok() {
        into.extend(bytes);
    }
}

type Script = fn(&mut TcpStream, &mut Vec<u8>);

pub(crate) fn until_close(stream: &mut TcpStream, received: &mut Vec<u8>) {
    // A reset ends the input as well.
    let _ = stream.read_to_end(received);
}

pub(crate) fn attempt(
    lib: &'static Library,
    trace: &mut Trace,
    url: &str,
    port: u16,
    with_errno: bool,
) {
    let client = client(lib, trace, url, port);
    let ret = lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut());
    let errno = std::io::Error::last_os_error();
    trace.note("RTMP_Connect", ret);
    // At the end of the stream no system call has failed.
    if with_errno {
        trace.note("errno", errno);
    }
    trace.fields(&client.handle, STATE);
}

fn failing(name: &'static str, url: &'static str, script: Script) -> Scenario {
    scenario(name, move |lib, trace| {
        let (port, thread) = peer(script);
        attempt(
            lib,
            trace,
            url,
            port,
            name == "the peer is silent" || name == "the peer resets",
        );
        let received = thread.join().expect("script");
        trace.note("peer received", received.len());
    })
}

pub(crate) fn s1() -> Vec<u8> {
    [vec![3], vec![0; 8], vec![0x41; 1528]].concat()
}

pub(crate) fn failures() -> Vec<Scenario> {
    let url = "rtmp://127.0.0.1:PORT/app/play timeout=1";
    vec![
        failing("the peer is silent", url, until_close),
        failing("the peer closes after C1", url, |stream, received| {
            take(stream, 1537, received);
        }),
        failing(
            "the peer stops inside S1, then closes",
            url,
            |stream, received| {
                take(stream, 1537, received);
                // The client may be gone already.
                let _ = stream.write_all(&s1()[..700]);
            },
        ),
        failing("the peer stalls inside S1", url, |stream, received| {
            take(stream, 1537, received);
            let _ = stream.write_all(&s1()[..700]);
            until_close(stream, received);
        }),
        failing("the peer closes after S1", url, |stream, received| {
            take(stream, 1537, received);
            let _ = stream.write_all(&s1());
            take(stream, 1536, received);
        }),
        failing("the peer resets", url, |stream, received| {
            take(stream, 1537, received);
            socket2::SockRef::from(&*stream)
                .set_linger(Some(Duration::ZERO))
                .expect("linger");
        }),
        failing("the peer speaks HTTP", url, |stream, received| {
            take(stream, 1537, received);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        }),
        failing("S2 is no echo", url, |stream, received| {
            take(stream, 1537, received);
            let _ = stream.write_all(&[s1(), vec![0x42; 1536]].concat());
            until_close(stream, received);
        }),
        scenario("nobody listens", |lib, trace| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            let port = listener.local_addr().expect("address").port();
            drop(listener);
            attempt(lib, trace, "rtmp://127.0.0.1:PORT/app/play", port, true);
        }),
        scenario("no host", |lib, trace| {
            attempt(lib, trace, "rtmp:///app/play", 1, false);
            errors(trace);
        })
        .deviates(anchors::NO_HOST, &NO_HOST),
        scenario("a connect command that does not fit", |lib, trace| {
            let (port, thread) = peer(|stream, received| {
                take(stream, 1537, received);
                let _ = stream.write_all(&[s1(), received[1..1537].to_vec()].concat());
                until_close(stream, received);
            });
            let long = "x".repeat(70_000);
            attempt(
                lib,
                trace,
                &format!("rtmp://127.0.0.1:PORT/app/play tcUrl=rtmp://{long}"),
                port,
                false,
            );
            thread.join().expect("script");
            trace.lines.retain(|line| line.starts_with("RTMP_Connect"));
        })
        .ours_only(anchors::LONG_TEXTS, &["RTMP_Connect = 1"]),
    ]
}

/// The proxy's answer; then the handshake does not come.
fn proxied(name: &str, answer: &'static [u8]) -> Scenario {
    scenario(name, move |lib, trace| {
        let (port, thread) = peer(move |stream, received| {
            take(stream, 9, received);
            // The client may be gone already.
            let _ = stream.write_all(answer);
            if answer.len() == 8 {
                take(stream, 1537, received);
            }
        });
        let url = "rtmp://1.2.3.4:1936/app/play timeout=30 socks=127.0.0.1:PORT";
        attempt(lib, trace, url, port, false);
        let received = thread.join().expect("script");
        trace.bytes("proxy received", &received[..received.len().min(9)]);
        trace.note("in all", received.len());
    })
}

pub(crate) fn proxies() -> Vec<Scenario> {
    vec![
        proxied("the proxy accepts", &[0, 90, 1, 2, 3, 4, 5, 6]),
        proxied("the proxy refuses with 91", &[0, 91, 0, 0, 0, 0, 0, 0]),
        proxied("the proxy refuses with 200", &[0, 200, 0, 0, 0, 0, 0, 0]),
        proxied("the answer starts with 4", &[4, 90, 0, 0, 0, 0, 0, 0]),
        proxied("the answer is short", &[0, 90, 0]),
    ]
}

fn bare(socket: i32) -> Box<RTMPSockBuf> {
    Box::new(RTMPSockBuf {
        sb_socket: socket,
        sb_size: 0,
        sb_start: std::ptr::null_mut(),
        sb_buf: [0xcc; 16384],
        sb_timedout: 0,
        sb_ssl: std::ptr::null_mut(),
    })
}

fn show_buffer(trace: &mut Trace, buffer: &RTMPSockBuf) {
    let start = (buffer.sb_start as usize).wrapping_sub(buffer.sb_buf.as_ptr() as usize);
    trace.text(format!(
        "size {} start +{start} timed out {}",
        buffer.sb_size, buffer.sb_timedout
    ));
}

pub(crate) fn buffers() -> Vec<Scenario> {
    vec![
        scenario("RTMPSockBuf on its own", |lib, trace| {
            let (ours, mut theirs) = UnixStream::pair().expect("socket pair");
            ours.set_read_timeout(Some(TIMEOUT)).expect("timeout");
            let mut buffer = bare(ours.into_raw_fd());
            theirs.write_all(&[7; 100]).expect("room");
            trace.note("fill", lib.RTMPSockBuf_Fill(&mut *buffer));
            show_buffer(trace, &buffer);
            buffer.sb_start = buffer.sb_start.wrapping_add(40);
            buffer.sb_size -= 40;
            theirs.write_all(&[8; 50]).expect("room");
            trace.note("fill", lib.RTMPSockBuf_Fill(&mut *buffer));
            show_buffer(trace, &buffer);
            theirs.write_all(&vec![9; 20_000]).expect("room");
            for _ in 0..2 {
                trace.note("fill", lib.RTMPSockBuf_Fill(&mut *buffer));
                show_buffer(trace, &buffer);
            }
            trace.note("last byte", buffer.sb_buf[16383]);
            buffer.sb_size = 0;
            trace.note("fill", lib.RTMPSockBuf_Fill(&mut *buffer));
            show_buffer(trace, &buffer);
            buffer.sb_size = 0;
            trace.note("silence", lib.RTMPSockBuf_Fill(&mut *buffer));
            show_buffer(trace, &buffer);
            trace.note(
                "send",
                lib.RTMPSockBuf_Send(&mut *buffer, b"hello".as_ptr(), 5),
            );
            let mut hello = [0; 5];
            theirs.read_exact(&mut hello).expect("five bytes");
            trace.bytes("sent", &hello);
            drop(theirs);
            trace.note("end", lib.RTMPSockBuf_Fill(&mut *buffer));
            show_buffer(trace, &buffer);
            trace.note(
                "send",
                lib.RTMPSockBuf_Send(&mut *buffer, b"hello".as_ptr(), 5),
            );
            trace.note("errno", std::io::Error::last_os_error());
            trace.note("close", lib.RTMPSockBuf_Close(&mut *buffer));
            trace.note("socket kept", buffer.sb_socket != -1);
        }),
        scenario("RTMPSockBuf without socket", |lib, trace| {
            let mut buffer = bare(-1);
            trace.note("fill", lib.RTMPSockBuf_Fill(&mut *buffer));
            show_buffer(trace, &buffer);
            trace.note("send", lib.RTMPSockBuf_Send(&mut *buffer, b"x".as_ptr(), 1));
            trace.note("close", lib.RTMPSockBuf_Close(&mut *buffer));
        }),
    ]
}

fn serve(name: &str, input: Vec<u8>) -> Scenario {
    scenario(name, move |lib, trace| {
        let wire = wire(lib);
        wire.push_bytes(&input);
        trace.note("RTMP_Serve", lib.RTMP_Serve(wire.handle.raw));
        trace.fields(&wire.handle, "m_nBytesIn connected sb_timedout protocol");
        let sent = wire.sent();
        trace.note("sent", sent.len());
        if sent.len() == 3073 {
            trace.bytes("S0 and version", &[&sent[..1], &sent[5..9]].concat());
            trace.note("S2 echoes C1", sent[1537..] == input[1..1537]);
        }
    })
}

pub(crate) fn serving() -> Vec<Scenario> {
    let c1 = || [unhex("00000007 00000000"), vec![0x43; 1528]].concat();
    vec![
        serve(
            "RTMP_Serve, plain",
            [vec![3], c1(), vec![0x44; 1536]].concat(),
        ),
        serve(
            "RTMP_Serve, unknown version",
            [vec![9], c1(), vec![0x44; 1536]].concat(),
        ),
        serve("RTMP_Serve, silence after C0", vec![3]),
        serve(
            "RTMP_Serve, an HTTP client",
            b"POST /open/1 HTTP/1.1\r\n\r\n".to_vec(),
        ),
        scenario("accessors of an empty handle", |lib, trace| {
            let handle = Handle::new(lib);
            handle.edit(|r| r.Link.hostname = EMPTY);
            trace.note(
                "RTMP_Connect",
                lib.RTMP_Connect(handle.raw, std::ptr::null_mut()),
            );
            trace.fields(&handle, STATE);
            errors(trace);
        })
        .deviates(anchors::NO_HOST, &NO_HOST),
        scenario("the second part on an empty handle", |lib, trace| {
            let handle = Handle::new(lib);
            trace.note(
                "RTMP_Connect1",
                lib.RTMP_Connect1(handle.raw, std::ptr::null_mut()),
            );
            trace.fields(&handle, STATE);
        }),
    ]
}
