//! `HTTP_get`: the input is the server's response.
#![no_main]

use std::ffi::{CString, c_char, c_int, c_void};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::quiet::log_everything;
use rtmp::abi::{HTTP_ctx, HTTP_read_callback};
use rtmp::ffi::http::HTTP_get;

/// Bytes of a date that the caller has room for.
const DATE: usize = 64;

/// `struct HTTP_ctx` as C declares it.
#[repr(C)]
struct Context {
    date: *mut c_char,
    size: c_int,
    status: c_int,
    data: *mut c_void,
}

const _: () = assert!(size_of::<Context>() == size_of::<HTTP_ctx>());

static RESPONSE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fuzz_target!(init: log_everything(), |data: &[u8]| {
    let Some((&first, response)) = data.split_first() else { return };
    RESPONSE.lock().unwrap().clear();
    RESPONSE.lock().unwrap().extend_from_slice(response);
    let mut date = Box::new([0; DATE]);
    if first % 2 == 1 {
        date[0] = c_char::try_from(b'x').unwrap();
    }
    let mut body = Vec::<u8>::new();
    let mut context = Context {
        date: date.as_mut_ptr(),
        size: 0,
        status: 0,
        data: (&raw mut body).cast(),
    };
    let url = url();
    let callback = collect as *mut HTTP_read_callback;
    // SAFETY: a context with a date of 64 bytes, a text, and a function that takes pieces of a body.
    let result = unsafe { HTTP_get((&raw mut context).cast(), url.as_ptr(), callback) };
    assert!(result <= 6 && date.contains(&0));
    assert_eq!(context.size as usize, body.len());
    // On a busy machine a body may be cut: silence is the end of it.
    assert!(body.is_empty() || response.windows(body.len()).any(|part| part == body));
    assert!(body.is_empty() || context.status >= 0);
});

extern "C" fn collect(piece: *mut c_void, size: usize, count: usize, body: *mut c_void) -> usize {
    // SAFETY: a piece of so many bytes.
    let piece = unsafe { std::slice::from_raw_parts(piece.cast::<u8>(), size * count) };
    // SAFETY: the vector of the caller, who waits.
    unsafe { &mut *body.cast::<Vec<u8>>() }.extend_from_slice(piece);
    count
}

/// A URL of the server, at an address of its own each time: no port stays taken behind a connection that has ended.
fn url() -> CString {
    static PORT: OnceLock<u16> = OnceLock::new();
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let port = PORT.get_or_init(|| {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || listener.incoming().for_each(|peer| answer(peer.unwrap())));
        port
    });
    let number = NEXT.fetch_add(1, Ordering::Relaxed) % 0x00ff_fffe + 1;
    let [_, b, c, d] = number.to_be_bytes();
    CString::new(format!("http://127.{b}.{c}.{d}:{port}/path")).unwrap()
}

/// Reads the request, answers, and waits for the end.
fn answer(mut peer: std::net::TcpStream) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && peer.read(&mut byte).is_ok_and(|count| count == 1) {
        request.push(byte[0]);
    }
    // A client that has heard enough goes away.
    let _ = peer.write_all(&RESPONSE.lock().unwrap());
    let _ = peer.shutdown(Shutdown::Write);
    let _ = peer.read_to_end(&mut request);
}
