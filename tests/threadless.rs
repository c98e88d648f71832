//! A program that may make no threads, by its limits or by a sandbox: a name can neither be looked up within a limit nor
//! given up, so connecting fails at once and says why. Numbers need no thread.

use std::ffi::{CStr, CString, c_int, c_void};
use std::io::Error;
use std::net::TcpListener;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

use rtmp::abi::{RTMP_ERR_RESOLVE, RTMP_ERROR};
use rtmp::ffi::rtmp::access::{
    RTMP_Alloc, RTMP_Free, RTMP_GetError, RTMP_Init, RTMP_IsTimedout, RTMP_LastError,
};
use rtmp::ffi::rtmp::connect::{RTMP_Close, RTMP_Connect};
use rtmp::ffi::rtmp::setup::RTMP_SetupURL;

/// What the system answers to who wants a thread; 0: it gives one.
static ANSWER: AtomicI32 = AtomicI32::new(0);

type Start = extern "C" fn(*mut c_void) -> *mut c_void;
type Create = unsafe extern "C" fn(*mut c_void, *const c_void, Start, *mut c_void) -> c_int;

/// Takes the place of the C library's.
#[unsafe(no_mangle)]
extern "C" fn pthread_create(
    thread: *mut c_void,
    attributes: *const c_void,
    start: Start,
    argument: *mut c_void,
) -> c_int {
    match ANSWER.load(SeqCst) {
        0 => {
            // SAFETY: a NUL-terminated name.
            let next = unsafe { libc::dlsym(libc::RTLD_NEXT, c"pthread_create".as_ptr()) };
            assert!(!next.is_null());
            // SAFETY: the function of that name.
            let create: Create = unsafe { std::mem::transmute(next) };
            // SAFETY: the caller's arguments.
            unsafe { create(thread, attributes, start, argument) }
        }
        number => number,
    }
}

/// Connects: `errno`, whether the time was over, and the reason, which has that number too.
fn connect(url: &str) -> (Option<i32>, c_int, String) {
    let text = CString::new(url).unwrap().into_raw();
    let r = RTMP_Alloc();
    // SAFETY: fresh memory for a handle.
    unsafe { RTMP_Init(r) };
    // SAFETY: a handle, and a writable string that lives until the end.
    assert_eq!(unsafe { RTMP_SetupURL(r, text) }, 1);
    // SAFETY: a handle.
    assert_eq!(unsafe { RTMP_Connect(r, ptr::null_mut()) }, 0);
    let number = Error::last_os_error().raw_os_error();
    // SAFETY: a handle.
    let is_timed_out = unsafe { RTMP_IsTimedout(r) };
    // SAFETY: a handle; the text is there until the next call.
    let reason = unsafe { RTMP_LastError(r) };
    // SAFETY: a NUL-terminated text.
    let reason = unsafe { CStr::from_ptr(reason) };
    let reason = reason.to_str().unwrap().to_owned();
    let mut error = RTMP_ERROR::NONE;
    error.size = u32::try_from(size_of::<RTMP_ERROR>()).unwrap();
    // SAFETY: a handle, and a struct of the size that it says.
    assert_eq!(unsafe { RTMP_GetError(r, &raw mut error) }, 1);
    if reason.contains("no thread") {
        let numbers = (error.kind, error.detail, Some(error.system));
        assert_eq!(numbers, (RTMP_ERR_RESOLVE, libc::EAI_SYSTEM, number));
    }
    // SAFETY: a handle.
    unsafe { RTMP_Close(r) };
    // SAFETY: from `RTMP_Alloc`.
    unsafe { RTMP_Free(r) };
    // SAFETY: from `into_raw`, and the handle is gone.
    drop(unsafe { CString::from_raw(text) });
    (number, is_timed_out, reason)
}

#[test]
fn without_a_thread_no_name_is_looked_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for (number, words) in [
        (libc::EAGAIN, "Resource temporarily unavailable"),
        (libc::EPERM, "Operation not permitted"),
    ] {
        ANSWER.store(number, SeqCst);
        for timeout in [0, 1] {
            let url = format!("rtmp://localhost:{port}/app/name timeout={timeout}");
            let reason = format!("connecting: no thread to look up localhost: {words}");
            assert_eq!(connect(&url), (Some(number), 0, reason));
        }
        let url = format!("rtmp://127.0.0.1:{port}/app/name");
        let refused = "connecting: Connection refused".to_owned();
        assert_eq!(connect(&url), (Some(libc::ECONNREFUSED), 0, refused));
    }
    ANSWER.store(0, SeqCst);
    let (_, _, reason) = connect(&format!("rtmp://localhost:{port}/app/name"));
    // Whether it has an address is the system's business: a bare one has no /etc/hosts.
    assert!(!reason.contains("thread"), "{reason}");
}
