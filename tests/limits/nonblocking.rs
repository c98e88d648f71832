//! Calls that do not wait, and sockets that a program has made so by itself.

mod told;

use std::ffi::{c_int, c_uint};
use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::IntoRawFd;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use rtmp::abi::{
    RTMP, RTMP_AGAIN, RTMP_ERR_CONNECT, RTMP_ERR_TIMEOUT, RTMP_ERROR, RTMP_WANT, RTMPPacket,
};
use rtmp::ffi::rtmp::connect::RTMP_Serve;
use rtmp::ffi::rtmp::nonblocking::{
    RTMP_Drive, RTMP_Finish, RTMP_Pending, RTMP_SetNonBlocking, RTMP_Start, RTMP_Want,
};
use rtmp::ffi::rtmp::packet::RTMP_ReadPacket;
use rtmp::sys::{errno, socket};

use crate::ahead::{PLAYS, strict_server};
use crate::client::{
    Client, LONG, SHORT, acceptance, narrow_server, rest, server, shake_hands, write,
};
use crate::messages::{COMMAND, FLV_HEADER, NULL, command, message, object, status, tag, text};

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

#[test]
fn a_player_that_does_not_read_yet_answers_and_loses_nothing() {
    for end in ["NetStream.Play.Complete", "NetStream.Play.Stop"] {
        let (port, thread) = server(move |mut stream| {
            shake_hands(&mut stream);
            write(&mut stream, &acceptance(PLAYS));
            write(&mut stream, &message(2, 0, 4, &[0, 6, 0, 0, 0x12, 0x34]));
            crate::fast::hear(&mut stream, &[0, 7, 0, 0, 0x12, 0x34]);
            if end == "NetStream.Play.Complete" {
                write(&mut stream, &message(6, 40, 9, &[0x27; 60]));
            }
            write(&mut stream, &message(5, 0, COMMAND, &status(end)));
            rest(&mut stream);
        });
        let client = Client::of("rtmp", port, LONG);
        client.start();
        assert_eq!(client.drive_on(RTMP_AGAIN), 1);
        // The ping, then media or the end, which leaves the socket readable.
        let fd = client.want().fd;
        let is_at_end = || socket::peek_now(fd, &mut [0]).is_ok_and(|count| count == 0);
        while client.pending() == 0 && !is_at_end() {
            client.wait();
            assert_eq!(client.drive(), 1);
        }
        let (media, last) = client.read_to_end();
        let whole = if end.ends_with("Complete") {
            13 + 75
        } else {
            0
        };
        assert_eq!((media.len(), last), (whole, 0));
        client.close();
        thread.join().unwrap();
    }
}

#[test]
fn a_request_to_reconnect_is_left_to_the_program() {
    let (tell, told) = std::sync::mpsc::channel();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PUBLISHES));
        let info = object(&[
            ("code", text("NetConnection.Connect.ReconnectRequest")),
            ("level", text("status")),
            // Where nobody listens.
            ("tcUrl", text("rtmp://127.0.0.1:1/app")),
        ]);
        let request = command("onStatus", 0.0, &[NULL, &info]);
        write(&mut stream, &message(3, 0, COMMAND, &request));
        write(&mut stream, &message(2, 0, 4, &[0, 6, 0, 0, 0x12, 0x34]));
        crate::fast::hear(&mut stream, &[0, 7, 0, 0, 0x12, 0x34]);
        tell.send(()).unwrap();
        crate::fast::hear(&mut stream, &[0x7e; 50]);
        rest(&mut stream);
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, &format!("timeout={LONG} reconnect=auto"));
    client.publishes();
    client.start();
    assert_eq!(client.drive_on(RTMP_AGAIN), 1);
    while told.try_recv().is_err() {
        assert_eq!(client.drive(), 1);
        thread::yield_now();
    }
    // By a key frame a stream would go on elsewhere.
    let body = [&[0x17, 1, 0, 0, 0][..], &[0x7e; 50]].concat();
    client.write_all(&tag(9, 40, &body));
    client.finish();
    assert_eq!(client.drive_on(1), 0);
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_server_gets_everything_itself() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let client = Client::of("rtmp", port, LONG);
        assert!(client.connect());
        client.connect_stream()
    });
    let (stream, _) = listener.accept().unwrap();
    let server = Client::new();
    server.handle().m_sb.sb_socket.set(stream.into_raw_fd());
    // SAFETY: a valid handle.
    assert_eq!(unsafe { RTMP_Serve(server.raw()) }, 1);
    server.set_nonblocking(0);
    let mut packet = RTMPPacket::default();
    loop {
        assert_eq!(server.drive(), RTMP_AGAIN);
        // SAFETY: a valid handle and packet.
        let is_read = unsafe { RTMP_ReadPacket(server.raw(), &raw mut packet) } == 1;
        if is_read && packet.is_ready() {
            break;
        }
        server.wait();
    }
    assert!(packet.body().starts_with(crate::ahead::CONNECT));
    packet.free_body();
    server.close();
    assert!(!thread.join().unwrap());
}

#[test]
fn the_beginning_of_a_message_is_nothing_to_read() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PLAYS));
        let whole = message(6, 0, 9, &[0x27; 60]);
        write(&mut stream, &whole);
        write(&mut stream, &whole[..7]);
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    client.start();
    assert_eq!(client.drive_on(RTMP_AGAIN), 1);
    let mut packet = RTMPPacket::default();
    // SAFETY: a valid handle and packet.
    let mut read = || unsafe { RTMP_ReadPacket(client.raw(), &raw mut packet) };
    while read() == 0 {
        assert_eq!(errno::last(), libc::EAGAIN);
        client.wait();
    }
    // The rest of what has come is looked at once.
    while client.handle().m_sb.len() < 7 {
        assert_eq!(read(), 0);
        assert_eq!(
            (errno::last(), client.is_timed_out()),
            (libc::EAGAIN, false)
        );
    }
    assert_eq!(read(), 0);
    let want = client.want();
    assert_eq!((client.pending(), want.events), (0, libc::POLLIN.into()));
    assert!(want.timeout > 0);
    packet.free_body();
    client.close();
    thread.join().unwrap();
}

#[test]
fn one_thread_reads_while_another_writes_and_a_third_cancels() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PUBLISHES));
        let mut speaker = stream.try_clone().unwrap();
        let speaking = thread::spawn(move || {
            let ping = message(2, 0, 4, &[0, 6, 0, 0, 0, 1]).repeat(50);
            while speaker.write_all(&ping).is_ok() {}
        });
        rest(&mut stream);
        // Or it goes on for as long as the system believes in the client.
        stream.shutdown(Shutdown::Both).unwrap_or_default();
        speaking.join().unwrap();
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    client.set_nonblocking(20_000);
    client.start();
    assert_eq!(client.drive_on(RTMP_AGAIN), 1);
    let (has_written, media) = (AtomicBool::new(false), tag(9, 0, &[0x27; 3000]));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut count = 0;
            while client.write(&media) != -1 {
                count += 1;
                has_written.store(count > 2000, SeqCst);
            }
        });
        scope.spawn(|| {
            while !has_written.load(SeqCst) {
                thread::park_timeout(Duration::from_millis(1));
            }
            client.cancel();
        });
        assert_eq!(client.drive_on(1), -1);
    });
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_socket_that_the_program_has_made_non_blocking_is_read_on() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PLAYS));
        // Nothing comes before the program has read in vain.
        crate::fast::hear(&mut stream, &[0x7e; 8]);
        for at in 0..40 {
            write(&mut stream, &message(6, at, 9, &[0x27; 500]));
            write(&mut stream, &message(5, at, 8, &[0xaf; 50]));
        }
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect() && client.connect_stream());
    let fd = client.handle().m_sb.sb_socket.get();
    socket::set_blocking(fd, false).unwrap();
    let (mut all, mut room) = (0, [0; 700]);
    for _ in 0..3 {
        assert_eq!(client.read(&mut room), 0);
        assert_eq!(client.handle().m_read.status.get(), 0);
        assert!(client.is_timed_out());
    }
    assert!(client.send(&[0x7e; 8]));
    let whole = 13 + 40 * (500 + 15 + 50 + 15);
    while all < whole {
        let count = client.read(&mut room);
        assert!(count >= 0);
        all += usize::try_from(count).unwrap();
        if count == 0 {
            let limit = Some(Duration::from_secs(50));
            socket::wait(fd, socket::Readiness::Readable, limit).unwrap();
        }
    }
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_socket_that_the_program_has_made_non_blocking_is_written_on() {
    let (port, thread) = narrow_server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PUBLISHES));
        rest(&mut stream).len()
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    socket::set_blocking(client.handle().m_sb.sb_socket.get(), false).unwrap();
    let media = tag(9, 0, &vec![0x27; 300_000]);
    for _ in 0..20 {
        assert_eq!(client.write(&media), c_int::try_from(media.len()).unwrap());
        assert!(client.send(&vec![0x27; 100_000]));
    }
    client.close();
    assert!(thread.join().unwrap() > 20 * 400_000);
}
