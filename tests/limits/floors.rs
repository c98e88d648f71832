//! A short `Link.timeout` bounds receiving. Connecting and sending have more time, unless an option says otherwise.

use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, IntoRawFd};
use std::ptr;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use rtmp::ffi::rtmp::connect::RTMP_Connect1;
use rtmp::sys::socket::{
    receive_timeout, send_timeout, set_receive_timeout, set_send_timeout, set_unsent_limit,
    unsent_limit,
};

use crate::client::{Client, SHORT, rest, server, shake_hands};

/// Longer than `SHORT`: a send that has begun ends after it, and the next one.
const STANDSTILL: Duration = Duration::from_secs(4);

#[test]
fn a_lost_syn_is_no_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: a listening socket. One connection fills its queue: who comes then is not answered.
    unsafe { libc::listen(listener.as_raw_fd(), 0) };
    let address = listener.local_addr().unwrap();
    let filler = TcpStream::connect(address).unwrap();
    let thread = thread::spawn(move || {
        thread::sleep(STANDSTILL);
        // Now there is room, for the system's next attempt.
        drop(listener.accept().unwrap());
        let (mut stream, _) = listener.accept().unwrap();
        shake_hands(&mut stream);
        rest(&mut stream);
    });
    let client = Client::of("rtmp", address.port(), SHORT);
    assert!(client.connect(), "{}", client.last_error());
    client.close();
    thread.join().unwrap();
    drop(filler);
}

#[test]
fn a_network_that_stands_still_does_not_end_a_publication() {
    let (tell, told) = channel();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        told.recv().unwrap();
        thread::sleep(STANDSTILL);
        rest(&mut stream).len()
    });
    let client = Client::of("rtmp", port, SHORT);
    assert!(client.connect());
    tell.send(()).unwrap();
    // More than the system keeps for both.
    let body = vec![7; 1 << 20];
    for _ in 0..32 {
        assert!(client.send(&body), "{}", client.last_error());
    }
    client.close();
    assert!(thread.join().unwrap() > 32 << 20);
}

/// The limits of receives and sends on a socket, milliseconds; 0: none.
fn limits(client: &Client) -> [u128; 2] {
    let fd = client.handle().m_sb.sb_socket.get();
    [receive_timeout(fd), send_timeout(fd)].map(|limit| limit.map_or(0, |limit| limit.as_millis()))
}

/// What `look` sees on a socket that the library makes.
fn own<T>(options: &str, look: impl FnOnce(&Client) -> T) -> T {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        rest(&mut stream);
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, options);
    assert!(client.connect());
    let seen = look(&client);
    client.close();
    thread.join().unwrap();
    seen
}

/// And on one that the program has made and prepared.
fn given<T>(options: &str, prepare: impl FnOnce(i32), look: impl FnOnce(&Client) -> T) -> T {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        rest(&mut stream);
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, options);
    let fd = TcpStream::connect(("127.0.0.1", port))
        .unwrap()
        .into_raw_fd();
    prepare(fd);
    client.handle().m_sb.sb_socket.set(fd);
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a handle with a connected socket; no packet.
    assert_eq!(unsafe { RTMP_Connect1(handle, ptr::null_mut()) }, 1);
    let seen = look(&client);
    client.close();
    thread.join().unwrap();
    seen
}

#[test]
fn the_sockets_of_the_library_have_the_limits() {
    assert_eq!(own("timeout=1", limits), [1000, 15_000]);
    assert_eq!(own("timeout=20", limits), [20_000, 20_000]);
    assert_eq!(own("timeout=0", limits), [0, 0]);
    let all = "receiveTimeout=70000 sendTimeout=2500";
    assert_eq!(own(&format!("timeout=1 {all}"), limits), [70_000, 2500]);
    let none = "receiveTimeout=0 sendTimeout=0";
    assert_eq!(own(&format!("timeout=1 {none}"), limits), [0, 0]);
}

#[test]
fn what_the_program_has_given_to_its_socket_stays() {
    let all = "timeout=1 receiveTimeout=70000 sendTimeout=2500";
    let prepare = |fd| {
        set_receive_timeout(fd, 7).unwrap();
        set_send_timeout(fd, Duration::from_secs(8)).unwrap();
    };
    assert_eq!(given(all, prepare, limits), [7000, 8000]);
    assert_eq!(given("timeout=1", prepare, limits), [7000, 8000]);
    // What it has not given: an option says it, or for sends the timeout, as ever.
    assert_eq!(given(all, |_| {}, limits), [70_000, 2500]);
    assert_eq!(given("timeout=1", |_| {}, limits), [0, 15_000]);
}

#[test]
fn the_queue_of_the_system_is_bounded() {
    let queue = |client: &Client| unsent_limit(client.handle().m_sb.sb_socket.get());
    // Where the system can.
    let bounded = cfg!(any(target_os = "linux", target_vendor = "apple"));
    let some = |bytes| bounded.then_some(bytes);
    assert_eq!(own("", queue), None);
    assert_eq!(own("sendAhead=65536", queue), some(65_536));
    assert_eq!(given("", |_| {}, queue), None);
    assert_eq!(given("sendAhead=65536", |_| {}, queue), some(65_536));
    let prepare = |fd| drop(set_unsent_limit(fd, 7000));
    assert_eq!(given("sendAhead=65536", prepare, queue), some(7000));
}
