//! What is said of sockets: their limits, family, buffer, Nagle, and what the program does with them.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::net::TcpStream;
use std::os::fd::BorrowedFd;
use std::ptr;
use std::sync::mpsc::channel;
use std::thread;

use rtmp::abi::{
    RTMP_CONFIG, RTMP_CONFIG_NAGLE, RTMP_ERR_BIND, RTMP_ERR_TIMEOUT, RTMP_PHASE_CONNECTING,
};
use rtmp::sys::socket::{receive_timeout, send_timeout};
use socket2::SockRef;

use crate::client::{Client, PATIENCE, rest, server};
use crate::{configure, full_listener, kind_and_number, nothing, streaming};

/// The limits of receives and of sends on the socket of a client, ms.
fn limits(options: &str, receive: c_int, send: c_int) -> [Option<u128>; 2] {
    let config = RTMP_CONFIG {
        receiveTimeout: receive,
        sendTimeout: send,
        ..nothing()
    };
    let client = streaming(options, false, config);
    let fd = client.handle().m_sb.sb_socket.get();
    [receive_timeout(fd), send_timeout(fd)].map(|limit| limit.map(|limit| limit.as_millis()))
}

#[test]
fn limits_count_before_options_and_timeout() {
    let options = "timeout=20 receiveTimeout=3000 sendTimeout=4000";
    assert_eq!(limits("timeout=20", 0, 0), [Some(20_000), Some(20_000)]);
    assert_eq!(limits(options, 0, 0), [Some(3000), Some(4000)]);
    assert_eq!(limits(options, 7000, 8000), [Some(7000), Some(8000)]);
    assert_eq!(limits(options, -1, -1), [None, None]);
    assert_eq!(limits("timeout=20", -1, 1500), [None, Some(1500)]);
}

#[test]
fn connecting_has_its_own_limit() {
    let (_dead, port) = full_listener();
    let mut client = Client::new();
    let options = "timeout=50 connectTimeout=600000";
    client.set_up_with("rtmp", port, options);
    assert!(configure(
        &client,
        RTMP_CONFIG {
            connectTimeout: 100,
            ..nothing()
        }
    ));
    let (tell, told) = channel();
    thread::scope(|scope| {
        scope.spawn(|| tell.send(client.connect()));
        let connected = told.recv_timeout(PATIENCE);
        client.cancel();
        assert_eq!(connected, Ok(false));
    });
    let error = client.error();
    assert_eq!(
        (error.kind, error.phase),
        (RTMP_ERR_TIMEOUT, RTMP_PHASE_CONNECTING)
    );
}

#[test]
fn a_family_is_the_only_one() {
    streaming(
        "",
        false,
        RTMP_CONFIG {
            family: 4,
            ..nothing()
        },
    );
    let mut client = Client::new();
    client.set_up_with("rtmp", 1, "");
    assert!(configure(
        &client,
        RTMP_CONFIG {
            family: 6,
            ..nothing()
        }
    ));
    assert!(!client.connect());
    assert_eq!(
        kind_and_number(&client.error()),
        (RTMP_ERR_BIND, libc::EAFNOSUPPORT)
    );
}

/// One of the numbers that a socket is set to.
fn set_to(client: &Client, level: c_int, option: c_int) -> c_int {
    let mut value: c_int = 0;
    let mut size = libc::socklen_t::try_from(size_of::<c_int>()).unwrap();
    let fd = client.handle().m_sb.sb_socket.get();
    // SAFETY: room for one number.
    let done =
        unsafe { libc::getsockopt(fd, level, option, (&raw mut value).cast(), &raw mut size) };
    assert_eq!(done, 0);
    value
}

#[test]
fn buffer_and_nagle_are_as_said() {
    let seen = |config| {
        let client = streaming("", false, config);
        let buffer = set_to(&client, libc::SOL_SOCKET, libc::SO_SNDBUF);
        let nodelay = set_to(&client, libc::IPPROTO_TCP, libc::TCP_NODELAY);
        (buffer, nodelay != 0)
    };
    let (usual, has_no_delay) = seen(nothing());
    assert!(has_no_delay);
    // Linux doubles what it is told.
    let wished = 10_000;
    let (buffer, has_no_delay) = seen(RTMP_CONFIG {
        sendBuffer: wished,
        flags: RTMP_CONFIG_NAGLE,
        ..nothing()
    });
    assert!(
        [wished, 2 * wished].contains(&buffer),
        "{buffer}, usually {usual}"
    );
    assert!(!has_no_delay);
}

/// What a program does with sockets.
struct Sockets {
    shown: RefCell<Vec<c_int>>,
    answer: c_int,
}

unsafe extern "C" fn on_socket(user: *mut c_void, fd: c_int) -> c_int {
    // SAFETY: what the test has given.
    let sockets = unsafe { &*user.cast::<Sockets>() };
    // SAFETY: a socket that lives for longer than this.
    let socket = unsafe { BorrowedFd::borrow_raw(fd) };
    assert!(SockRef::from(&socket).peer_addr().is_err());
    sockets.shown.borrow_mut().push(fd);
    sockets.answer
}

fn with_sockets(sockets: &Sockets) -> RTMP_CONFIG {
    RTMP_CONFIG {
        user: ptr::from_ref(sockets).cast_mut().cast(),
        onSocket: Some(on_socket),
        ..nothing()
    }
}

#[test]
fn a_program_is_shown_each_socket_before_it_connects() {
    let sockets = Sockets {
        shown: RefCell::default(),
        answer: 1,
    };
    let client = streaming("", false, with_sockets(&sockets));
    let fd = client.handle().m_sb.sb_socket.get();
    assert_eq!(*sockets.shown.borrow(), [fd]);
}

#[test]
fn a_socket_that_the_program_refuses_is_not_connected() {
    let (port, thread) = server(|mut stream| rest(&mut stream));
    let sockets = Sockets {
        shown: RefCell::default(),
        answer: 0,
    };
    let mut client = Client::new();
    client.set_up_with("rtmp", port, "");
    assert!(configure(&client, with_sockets(&sockets)));
    assert!(!client.connect() && !client.is_connected());
    assert_eq!(
        kind_and_number(&client.error()),
        (RTMP_ERR_BIND, libc::EPERM)
    );
    assert_eq!(sockets.shown.borrow().len(), 1);
    // The first to connect is not the client.
    drop(TcpStream::connect(("127.0.0.1", port)).unwrap());
    assert_eq!(thread.join().unwrap(), b"");
}
