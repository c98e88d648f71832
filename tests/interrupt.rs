//! A program that wants blocking calls to end sets `RTMP_ctrlC`, with or without a signal. Alone in its process, where
//! nobody else is interrupted.

use std::ffi::CString;
use std::io::Error;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ptr;
use std::thread;

use rtmp::ffi::rtmp::access::{
    RTMP_Alloc, RTMP_Free, RTMP_Init, RTMP_IsConnected, RTMP_IsTimedout, RTMP_UserInterrupt,
};
use rtmp::ffi::rtmp::connect::{RTMP_Close, RTMP_Connect};
use rtmp::ffi::rtmp::setup::RTMP_SetupURL;
use socket2::{Domain, Socket, Type};

/// A listener that takes no notice of who connects: its queue is full.
fn dead() -> (TcpListener, TcpStream) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    socket.listen(0).unwrap();
    let listener = TcpListener::from(socket);
    let filler = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener, filler)
}

#[test]
fn connecting_ends_without_a_signal() {
    let (listener, _filler) = dead();
    let address = listener.local_addr().unwrap();
    // Without a limit: only the interruption can end the call.
    let url = CString::new(format!("rtmp://{address}/app/stream timeout=0")).unwrap();
    let r = RTMP_Alloc();
    // SAFETY: fresh memory for a handle.
    unsafe { RTMP_Init(r) };
    let text = url.into_raw();
    // SAFETY: a handle, and a writable string that lives until the end.
    assert_eq!(unsafe { RTMP_SetupURL(r, text) }, 1);
    let interrupting = thread::spawn(|| RTMP_UserInterrupt());
    // SAFETY: a handle.
    let connected = unsafe { RTMP_Connect(r, ptr::null_mut()) };
    let number = Error::last_os_error().raw_os_error();
    assert_eq!((connected, number), (0, Some(libc::EINTR)));
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_IsConnected(r) }, 0);
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_IsTimedout(r) }, 0);
    interrupting.join().unwrap();
    // SAFETY: a handle.
    unsafe { RTMP_Close(r) };
    // SAFETY: from `RTMP_Alloc`.
    unsafe { RTMP_Free(r) };
    // SAFETY: from `into_raw`, and the handle is gone.
    drop(unsafe { CString::from_raw(text) });
}
