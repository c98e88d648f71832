//! Everything that ends a call which waits for a name or a connection. Alone in its process, where nobody else is
//! interrupted, and where no name is ever found.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io::Error;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use rtmp::abi::{RTMP, RTMP_ERR_CANCELLED, RTMP_ERR_TIMEOUT, RTMP_ERROR};
use rtmp::ffi::rtmp::access::{
    RTMP_Alloc, RTMP_Free, RTMP_GetError, RTMP_Init, RTMP_IsConnected, RTMP_IsTimedout,
    RTMP_LastError, RTMP_UserInterrupt,
};
use rtmp::ffi::rtmp::connect::{RTMP_Cancel, RTMP_Close, RTMP_Connect};
use rtmp::ffi::rtmp::data::RTMP_ctrlC;
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

static LOOK_UPS: AtomicUsize = AtomicUsize::new(0);

/// Takes the place of the C library's: a resolver that never comes back.
#[unsafe(no_mangle)]
extern "C" fn getaddrinfo(
    _node: *const c_char,
    _service: *const c_char,
    _hints: *const c_void,
    _found: *mut *mut c_void,
) -> c_int {
    LOOK_UPS.fetch_add(1, SeqCst);
    loop {
        thread::park();
    }
}

/// Connects while another thread does `interrupt` again and again: what `errno` is in the end, and whether the time ran
/// out.
fn connect(url: &str, interrupt: impl Fn(&RTMP) + Sync) -> (Option<i32>, c_int) {
    let text = CString::new(url).unwrap().into_raw();
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
    // SAFETY: a handle; the text is there until the next call.
    let reason = unsafe { RTMP_LastError(r) };
    // SAFETY: a NUL-terminated text.
    let reason = unsafe { CStr::from_ptr(reason) };
    let words = Error::from_raw_os_error(number.unwrap()).to_string();
    let words = match number {
        Some(libc::ECANCELED) => "cancelled",
        _ => words.split(" (os").next().unwrap(),
    };
    assert_eq!(reason.to_str().unwrap(), format!("connecting: {words}"));
    let mut error = RTMP_ERROR::NONE;
    error.size = u32::try_from(size_of::<RTMP_ERROR>()).unwrap();
    // SAFETY: a handle, and a struct of the size that it says.
    assert_eq!(unsafe { RTMP_GetError(r, &raw mut error) }, 1);
    let (kind, system) = match number {
        Some(libc::ECANCELED) => (RTMP_ERR_CANCELLED, 0),
        Some(libc::EINTR) => (RTMP_ERR_CANCELLED, libc::EINTR),
        _ => (RTMP_ERR_TIMEOUT, libc::ETIMEDOUT),
    };
    assert_eq!((error.kind, error.system), (kind, system), "{error:?}");
    // SAFETY: a handle.
    let is_timed_out = unsafe { RTMP_IsTimedout(r) };
    // SAFETY: a handle.
    unsafe { RTMP_Close(r) };
    // SAFETY: from `RTMP_Alloc`.
    unsafe { RTMP_Free(r) };
    // SAFETY: from `into_raw`, and the handle is gone.
    drop(unsafe { CString::from_raw(text) });
    (number, is_timed_out)
}

fn raw(r: &RTMP) -> *mut RTMP {
    ptr::from_ref(r).cast_mut()
}

#[test]
fn waiting_ends_when_the_program_wants_it_or_the_time_is_over() {
    let (listener, _filler) = dead();
    let address = listener.local_addr().unwrap();
    let server = format!("rtmp://{address}/app/stream");
    let name = "rtmp://stream.example/app/stream";
    let (interrupted, late) = ((Some(libc::EINTR), 0), (Some(libc::ETIMEDOUT), 1));
    let stopped = (Some(libc::ECANCELED), 0);
    for url in [&server, name] {
        assert_eq!(connect(&format!("{url} connectTimeout=500"), |_| {}), late);
        let url = format!("{url} timeout=0");
        // SAFETY: a handle.
        let cancelled = connect(&url, |r| unsafe { RTMP_Cancel(raw(r)) });
        assert_eq!(cancelled, stopped);
        // SAFETY: a handle.
        let closed = connect(&url, |r| unsafe { RTMP_Close(raw(r)) });
        assert_eq!(closed, stopped);
        // Without a signal.
        assert_eq!(connect(&url, |_| RTMP_UserInterrupt()), interrupted);
        RTMP_ctrlC.set(0);
    }
    // The last threads may be slow to begin.
    let begin = Instant::now();
    while LOOK_UPS.load(SeqCst) < 4 && begin.elapsed() < Duration::from_secs(60) {
        thread::yield_now();
    }
    assert_eq!(LOOK_UPS.load(SeqCst), 4);
}
