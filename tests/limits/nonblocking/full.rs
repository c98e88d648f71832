//! A peer that takes nothing, and what it makes the library say by itself.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::channel;
use std::thread;

use rtmp::abi::RTMP_AGAIN;
use rtmp::sys::socket;
use socket2::SockRef;

use crate::ahead::PLAYS;
use crate::client::{Client, LONG, acceptance, narrow_server, rest, server, shake_hands, write};
use crate::messages::message;

use super::PUBLISHES;

/// What the library may say beyond the limit, twice.
const RESERVE: u32 = 2 * 64 * 1024;

/// Says pings without end, and hears nothing, until it is told to.
fn ping(stream: &TcpStream) {
    let pings = message(2, 0, 4, &[0, 6, 0, 0, 0, 1]).repeat(100);
    let mut speaker = stream.try_clone().unwrap();
    while speaker.write_all(&pings).is_ok() {}
}

#[test]
fn answers_grow_a_full_queue_by_no_more_than_is_promised() {
    for (code, limit) in [(PUBLISHES, 1), (PUBLISHES, 10_000), (PLAYS, 1)] {
        let (tell, told) = channel::<()>();
        let (port, thread) = narrow_server(move |mut stream| {
            shake_hands(&mut stream);
            write(&mut stream, &acceptance(code));
            thread::scope(|scope| {
                scope.spawn(|| ping(&stream));
                told.recv().unwrap();
                stream.shutdown(Shutdown::Both).unwrap_or_default();
            });
        });
        let client = Client::of("rtmp", port, LONG);
        if code == PUBLISHES {
            client.publishes();
        }
        client.set_nonblocking(limit);
        client.start();
        assert_eq!(client.drive_on(RTMP_AGAIN), 1);
        let fd = client.want().fd;
        // SAFETY: a socket of the client's.
        let socket = unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) };
        SockRef::from(&socket).set_send_buffer_size(4096).unwrap();
        // Nothing but room is waited for in the end, also with the beginning of a message in the buffer.
        while client.want().events != libc::POLLOUT.into() {
            if code == PLAYS {
                assert_eq!(client.read(&mut [0; 3000]), RTMP_AGAIN);
            }
            assert_eq!(client.drive(), 1);
            assert!(client.stats().queued <= limit + RESERVE);
        }
        assert!(client.stats().queued > limit && client.stats().pings > 1000);
        assert!(
            !socket::wait(
                fd,
                socket::Readiness::Writable,
                Some(std::time::Duration::ZERO)
            )
            .unwrap()
        );
        tell.send(()).unwrap();
        client.close();
        thread.join().unwrap();
    }
}

#[test]
fn a_publisher_waits_for_nothing_however_much_its_server_has_said() {
    // As many messages as are served at one look, and others.
    for count in [1, 255, 256, 257, 512] {
        let (port, thread) = server(move |mut stream| {
            shake_hands(&mut stream);
            write(&mut stream, &acceptance(PUBLISHES));
            crate::fast::hear(&mut stream, b"live");
            write(
                &mut stream,
                &message(2, 0, 4, &[0, 6, 0, 0, 0, 1]).repeat(count),
            );
            rest(&mut stream);
        });
        let client = Client::of("rtmp", port, LONG);
        client.publishes();
        client.start();
        assert_eq!(client.drive_on(RTMP_AGAIN), 1);
        while (client.stats().pings as usize) < count || client.stats().queued > 0 {
            client.wait();
            assert_eq!(client.drive(), 1);
        }
        assert_eq!(client.drive(), 1);
        let want = client.want();
        assert_eq!((want.events, want.timeout), (libc::POLLIN.into(), -1));
        client.close();
        thread.join().unwrap();
    }
}
