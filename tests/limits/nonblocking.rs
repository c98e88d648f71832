//! Calls that do not wait.

mod full;
mod peers;
mod sockets;
mod starting;
mod told;

use std::ffi::{c_int, c_uint};
use std::net::{TcpListener, TcpStream};
use std::ptr;

use rtmp::abi::{
    RTMP, RTMP_AGAIN, RTMP_ERR_CONNECT, RTMP_ERR_TIMEOUT, RTMP_ERROR, RTMP_STATS, RTMP_WANT,
};
use rtmp::ffi::rtmp::nonblocking::{
    RTMP_Drive, RTMP_Finish, RTMP_Pending, RTMP_SetNonBlocking, RTMP_Start, RTMP_Want,
};
use rtmp::ffi::rtmp::stats::RTMP_GetStats;
use rtmp::sys::errno;

use crate::ahead::{PLAYS, strict_server};
use crate::client::{Client, LONG, SHORT, acceptance, rest, server, shake_hands, write};
use crate::messages::{COMMAND, FLV_HEADER, message, status, tag};

const PUBLISHES: &str = "NetStream.Publish.Start";

impl Client {
    fn raw(&self) -> *mut RTMP {
        ptr::from_ref(self.handle()).cast_mut()
    }

    fn set_nonblocking(&self, limit: c_uint) {
        // SAFETY: a valid handle.
        assert_eq!(unsafe { RTMP_SetNonBlocking(self.raw(), 1, limit) }, 1);
    }

    fn start(&self) {
        // SAFETY: a valid handle; no packet.
        assert_eq!(unsafe { RTMP_Start(self.raw(), ptr::null_mut(), 0) }, 1);
    }

    fn drive(&self) -> c_int {
        // SAFETY: a valid handle.
        unsafe { RTMP_Drive(self.raw()) }
    }

    fn finish(&self) {
        // SAFETY: a valid handle.
        assert_eq!(unsafe { RTMP_Finish(self.raw()) }, 1);
    }

    fn pending(&self) -> c_int {
        // SAFETY: a valid handle.
        unsafe { RTMP_Pending(self.raw()) }
    }

    fn stats(&self) -> RTMP_STATS {
        let mut stats = RTMP_STATS {
            size: u32::try_from(size_of::<RTMP_STATS>()).unwrap(),
            ..RTMP_STATS::default()
        };
        // SAFETY: a valid handle, and a struct with its size.
        assert_eq!(unsafe { RTMP_GetStats(self.raw(), &raw mut stats) }, 1);
        stats
    }

    fn want(&self) -> RTMP_WANT {
        let mut want = RTMP_WANT {
            size: 16,
            fd: -1,
            events: 0,
            timeout: 0,
        };
        // SAFETY: a valid handle and struct.
        let is_told = unsafe { RTMP_Want(self.raw(), &raw mut want) } == 1;
        // But while another thread ends the connection.
        assert!(is_told || errno::last() == libc::ENOTCONN);
        want
    }

    /// Waits for what the library wants.
    fn wait(&self) {
        let want = self.want();
        let mut place = libc::pollfd {
            fd: want.fd,
            events: i16::try_from(want.events).unwrap(),
            revents: 0,
        };
        // SAFETY: one valid `pollfd`.
        unsafe { libc::poll(&raw mut place, 1, want.timeout) };
    }

    /// Drives until there is something else to say than that it goes on.
    fn drive_on(&self, going: c_int) -> c_int {
        loop {
            let outcome = self.drive();
            if outcome != going {
                return outcome;
            }
            self.wait();
        }
    }

    fn write_all(&self, bytes: &[u8]) {
        while self.write(bytes) == RTMP_AGAIN {
            self.wait();
            assert_eq!(self.drive(), 1);
        }
    }

    /// All that can be read: its bytes, and what ended them.
    fn read_to_end(&self) -> (Vec<u8>, c_int) {
        let (mut all, mut room) = (Vec::new(), [0; 700]);
        loop {
            match self.read(&mut room) {
                RTMP_AGAIN => self.wait(),
                count @ 1.. => all.extend_from_slice(&room[..usize::try_from(count).unwrap()]),
                end => return (all, end),
            }
        }
    }
}

fn published() -> Vec<Vec<u8>> {
    let media = |at: u32| tag(9, 40 * at, &vec![0x27; 10 + 300 * at as usize]);
    let tags = (0..20).map(media);
    std::iter::once(FLV_HEADER.to_vec()).chain(tags).collect()
}

/// Behind pings, media: a message of several chunks, and one whose header comes in two parts.
fn say_media(stream: &mut TcpStream) {
    for number in 0..10 {
        write(stream, &message(2, 0, 4, &[0, 6, 0, 0, 0, number]));
        write(stream, &message(6, 20 * u32::from(number), 9, &[0x27; 900]));
        let last = message(5, 20 * u32::from(number), 8, &[0xaf; 30]);
        let (begin, end) = last.split_at(5);
        write(stream, begin);
        write(stream, end);
    }
    let end = message(5, 0, COMMAND, &status("NetStream.Play.Complete"));
    write(stream, &end);
}

/// What a server of two sessions hears in each, behind the handshakes.
fn twice(
    code: &'static str,
    say: impl Fn(&mut TcpStream) + Send + 'static,
    session: impl Fn(&mut Client, usize),
) {
    let (port, thread) = strict_server(2, move |mut stream, _| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(code));
        say(&mut stream);
        rest(&mut stream)
    });
    for way in 0..2 {
        session(&mut Client::of("rtmp", port, LONG), way);
    }
    let heard = thread.join().unwrap();
    assert!(!heard[0].is_empty());
    assert!(heard[0] == heard[1]);
}

#[test]
fn a_publisher_says_the_same() {
    twice(
        PUBLISHES,
        |_| (),
        |client, way| {
            client.publishes();
            if way == 0 {
                assert!(client.connect() && client.connect_stream());
                published().iter().for_each(|bytes| client.write_all(bytes));
            } else {
                client.set_nonblocking(4000);
                client.start();
                assert_eq!(client.drive_on(RTMP_AGAIN), 1);
                published().iter().for_each(|bytes| client.write_all(bytes));
                client.finish();
                assert_eq!(client.drive_on(1), 0);
            }
            client.close();
        },
    );
}

#[test]
fn a_player_says_and_hears_the_same() {
    let heard = std::sync::Mutex::new(Vec::new());
    twice(PLAYS, say_media, |client, way| {
        if way == 0 {
            assert!(client.connect() && client.connect_stream());
        } else {
            client.start();
            assert_eq!(client.drive_on(RTMP_AGAIN), 1);
        }
        let read = client.read_to_end();
        heard
            .lock()
            .unwrap()
            .push((read, client.handle().m_read.status.get()));
        client.close();
    });
    let heard = heard.into_inner().unwrap();
    assert!(heard[0].0.0.len() > 9000 && heard[0] == heard[1]);
}

/// How an attempt ends: by calls that wait, and by others.
fn reasons(port: u16, timeout: u32) -> [(RTMP_ERROR, bool); 2] {
    [false, true].map(|is_waiting| {
        let client = Client::of("rtmp", port, timeout);
        client.publishes();
        if is_waiting {
            assert!(!(client.connect() && client.connect_stream()));
        } else {
            client.start();
            assert_eq!(client.drive_on(RTMP_AGAIN), -1);
            // It stays so, and there is nothing to wait for.
            assert_eq!((client.drive(), client.want().timeout), (-1, 0));
        }
        (client.error(), client.is_timed_out())
    })
}

#[test]
fn an_attempt_fails_for_the_same_reason() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let [one, other] = reasons(port, LONG);
    assert!(one == other, "{one:?} {other:?}");
    assert_eq!(one.0.kind, RTMP_ERR_CONNECT);

    let (port, thread) = strict_server(2, |mut stream, _| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.BadName"));
        rest(&mut stream);
    });
    let [one, other] = reasons(port, LONG);
    thread.join().unwrap();
    assert!(one == other, "{one:?} {other:?}");
    assert_eq!(one.0.code(), c"NetStream.Publish.BadName");

    let (port, thread) = strict_server(2, |mut stream, _| drop(rest(&mut stream)));
    let [one, other] = reasons(port, SHORT);
    thread.join().unwrap();
    assert!(one == other && one.1, "{one:?} {other:?}");
    assert_eq!(one.0.kind, RTMP_ERR_TIMEOUT);
}

#[test]
fn a_publisher_that_has_nothing_to_write_hears_that_its_server_has_gone() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PUBLISHES));
        crate::fast::hear(&mut stream, b"live");
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    client.start();
    // It may be heard together with the end of the dialogue.
    let first = client.drive_on(RTMP_AGAIN);
    assert!(first == -1 || client.drive_on(1) == -1);
    let reason = client.last_error();
    assert!(reason.starts_with("streaming: "), "{reason}");
    assert!(!client.is_connected());
    thread.join().unwrap();
}
