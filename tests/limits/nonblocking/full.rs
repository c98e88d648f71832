//! A peer that takes nothing, and what it makes the library say by itself.

use std::ffi::c_int;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::channel;
use std::thread;

use rtmp::abi::RTMP_AGAIN;
use rtmp::sys::{errno, socket};
use socket2::SockRef;

use crate::ahead::PLAYS;
use crate::client::{Client, LONG, acceptance, narrow_server, rest, server, shake_hands, write};
use crate::messages::{message, tag};

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

/// A tag, and about as many bytes as its message has on the wire.
const MEDIA: usize = 30_000;
const MESSAGE: u32 = 31_000;

/// What a program writes to a server that takes nothing for now: tags that were taken, at most `most` of them.
fn write_to(client: &Client, most: usize) -> usize {
    let media = tag(9, 0, &[0x27; MEDIA]);
    let size = c_int::try_from(media.len()).unwrap();
    for count in 0..most {
        match client.write(&media) {
            RTMP_AGAIN => return count,
            taken => assert_eq!(taken, size),
        }
    }
    most
}

#[test]
fn a_queue_of_any_size_takes_messages_as_a_whole() {
    // 400 of them are more than the system takes.
    let (usual, most) = (4 << 20, 400);
    for limit in [
        0,
        1,
        100,
        MESSAGE,
        100_000,
        1 << 20,
        i32::MAX as u32,
        u32::MAX,
    ] {
        let (tell, told) = channel::<()>();
        let (port, thread) = narrow_server(move |mut stream| {
            shake_hands(&mut stream);
            write(&mut stream, &acceptance(PUBLISHES));
            told.recv().unwrap();
            rest(&mut stream)
        });
        let client = Client::of("rtmp", port, LONG);
        client.publishes();
        client.set_nonblocking(limit);
        client.start();
        assert_eq!(client.drive_on(RTMP_AGAIN), 1);
        let count = write_to(&client, most);
        let queued = client.stats().queued;
        if limit > 100_000_000 {
            // Whoever wants that gets it.
            assert_eq!(count, most);
        } else {
            let limit = if limit == 0 { usual } else { limit };
            // One is taken however long it is, by an empty queue.
            assert!(count > 0 && count < most && queued <= limit.max(MESSAGE));
            // Nothing of another one is, by any call.
            assert!(!client.send(&[0x27; MEDIA]));
            assert_eq!(errno::last(), libc::EAGAIN);
            assert!(client.is_connected() && client.stats().queued <= queued);
        }
        tell.send(()).unwrap();
        client.finish();
        assert_eq!(client.drive_on(1), 0);
        client.close();
        let heard = thread.join().unwrap();
        let media = heard.iter().filter(|byte| **byte == 0x27).count();
        assert!(
            (count * MEDIA..count * MEDIA + 100).contains(&media),
            "{limit}"
        );
    }
}
