//! Everything that ends a call which waits for a connection. Alone in its process, where nobody else is interrupted.

use std::ffi::CString;
use std::io::Error;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use rtmp::abi::RTMP;
use rtmp::ffi::rtmp::access::{
    RTMP_Alloc, RTMP_Free, RTMP_Init, RTMP_IsConnected, RTMP_IsTimedout, RTMP_UserInterrupt,
};
use rtmp::ffi::rtmp::connect::{RTMP_Cancel, RTMP_Close, RTMP_Connect};
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

/// Connects without a limit while another thread does `interrupt` again and again: what `errno` is in the end.
fn connect(interrupt: impl Fn(&RTMP) + Sync) -> Option<i32> {
    let (listener, _filler) = dead();
    let address = listener.local_addr().unwrap();
    let url = CString::new(format!("rtmp://{address}/app/stream timeout=0")).unwrap();
    let text = url.into_raw();
    let r = RTMP_Alloc();
    // SAFETY: fresh memory for a handle.
    unsafe { RTMP_Init(r) };
    // SAFETY: a handle, and a writable string that lives until the end.
    assert_eq!(unsafe { RTMP_SetupURL(r, text) }, 1);
    // SAFETY: a handle that lives until the end.
    let handle = unsafe { &*r };
    let is_over = AtomicBool::new(false);
    let number = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(SeqCst) {
                interrupt(handle);
                thread::yield_now();
            }
        });
        // SAFETY: a handle.
        let connected = unsafe { RTMP_Connect(r, ptr::null_mut()) };
        let number = Error::last_os_error().raw_os_error();
        is_over.store(true, SeqCst);
        assert_eq!(connected, 0);
        number
    });
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_IsConnected(r) }, 0);
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_IsTimedout(r) }, 0);
    // SAFETY: a handle.
    unsafe { RTMP_Close(r) };
    // SAFETY: from `RTMP_Alloc`.
    unsafe { RTMP_Free(r) };
    // SAFETY: from `into_raw`, and the handle is gone.
    drop(unsafe { CString::from_raw(text) });
    number
}

fn raw(r: &RTMP) -> *mut RTMP {
    ptr::from_ref(r).cast_mut()
}

#[test]
fn connecting_ends_when_the_program_wants_it() {
    // SAFETY: a handle.
    let cancelled = connect(|r| unsafe { RTMP_Cancel(raw(r)) });
    assert_eq!(cancelled, Some(libc::EINTR));
    // SAFETY: a handle.
    let closed = connect(|r| unsafe { RTMP_Close(raw(r)) });
    assert_eq!(closed, Some(libc::EINTR));
    // Without a signal. Last, as it stays.
    let interrupted = connect(|_| RTMP_UserInterrupt());
    assert_eq!(interrupted, Some(libc::EINTR));
}
