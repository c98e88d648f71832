//! What is written where, and when it is forgotten.

use std::net::TcpListener;
use std::ptr;

use rtmp::abi::{RTMP_ERR_CONNECT, RTMP_ERR_NONE, RTMP_ERR_RESOLVE, RTMP_ERROR};
use rtmp::ffi::rtmp::access::{RTMP_GetError, RTMP_Init};

use crate::client::{Client, LONG, rest, server, shake_hands};

const SIZE: usize = size_of::<RTMP_ERROR>();
const RUBBISH: u8 = 0xa5;

/// A handle whose last connection failed.
fn failed() -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let client = Client::of("rtmp", port, LONG);
    assert!(!client.connect());
    client
}

/// Asks with a size in front of rubbish: the result, and the bytes.
fn ask(client: &Client, size: u32) -> (i32, Vec<u8>) {
    let mut memory = vec![u32::from_ne_bytes([RUBBISH; 4]); SIZE / 4 + 8];
    memory[0] = size;
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: no size that is taken is longer than the memory.
    let result = unsafe { RTMP_GetError(handle, memory.as_mut_ptr().cast()) };
    let bytes = memory.iter().flat_map(|word| word.to_ne_bytes());
    (result, bytes.collect())
}

#[test]
fn no_more_is_written_than_there_is_room_for() {
    let client = failed();
    let size = u32::try_from(SIZE).unwrap();
    for longer in [0, 1, 4, 16] {
        let (result, bytes) = ask(&client, size + longer);
        assert_eq!(result, 1, "{longer}");
        assert_eq!(bytes[..4], (size + longer).to_ne_bytes());
        assert_eq!(bytes[4..8], RTMP_ERR_CONNECT.to_ne_bytes());
        let (new, beyond) = bytes[SIZE..].split_at(longer as usize);
        assert!(new.iter().all(|&byte| byte == 0), "{longer}");
        assert!(beyond.iter().all(|&byte| byte == RUBBISH), "{longer}");
    }
    for short in [0, 4, 20, size - 1, u32::MAX] {
        let (result, bytes) = ask(&client, short);
        assert_eq!(result, 0, "{short}");
        assert!(bytes[4..].iter().all(|&byte| byte == RUBBISH), "{short}");
    }
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: NULL is no struct.
    assert_eq!(unsafe { RTMP_GetError(handle, ptr::null_mut()) }, 0);
    let mut error = client.error();
    // SAFETY: NULL is no handle.
    assert_eq!(unsafe { RTMP_GetError(ptr::null_mut(), &raw mut error) }, 0);
    assert_eq!(error, client.error());
}

#[test]
fn another_attempt_forgets_it() {
    let mut client = failed();
    assert_eq!(client.error().kind, RTMP_ERR_CONNECT);
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        rest(&mut stream);
    });
    client.set_up("rtmp", port, LONG);
    assert!(client.connect());
    assert_eq!(client.error().kind, RTMP_ERR_NONE);
    client.close();
    assert_eq!(client.error().kind, RTMP_ERR_NONE);
    thread.join().unwrap();
}

#[test]
fn a_handle_that_is_initialised_has_none() {
    let client = failed();
    let handle = ptr::from_ref(client.handle()).cast_mut();
    client.close();
    // SAFETY: a handle without a connection.
    unsafe { RTMP_Init(handle) };
    assert_eq!(client.error().kind, RTMP_ERR_NONE);
    // There is no host in it.
    assert!(!client.connect());
    let error = client.error();
    assert_eq!(
        (error.kind, error.detail),
        (RTMP_ERR_RESOLVE, libc::EAI_NONAME)
    );
}

/// Programs use the buffer of a handle without a connection for something else.
#[test]
fn a_buffer_that_was_written_over_tells_nothing() {
    let client = failed();
    client.close();
    let told = client.error();
    let buffer = &client.handle().m_sb;
    // SAFETY: a buffer of that many bytes behind the pointer of its first unread one, which is the first but one.
    let start = unsafe {
        ptr::from_ref(buffer)
            .cast::<u8>()
            .add(start_of_buffer())
            .cast_mut()
    };
    for at in [1, 9, 13, 80, 200, 1100] {
        // SAFETY: inside the buffer.
        let place = unsafe { start.add(at) };
        // SAFETY: as above; nobody else looks.
        let before = unsafe { place.read() };
        // SAFETY: as above.
        unsafe { place.write(before ^ 1) };
        assert_eq!(client.error().kind, RTMP_ERR_NONE, "{at}");
        assert_eq!(client.last_error(), "", "{at}");
        // SAFETY: as above.
        unsafe { place.write(before) };
        assert_eq!(client.error(), told, "{at}");
    }
}

/// Behind two numbers and a pointer.
fn start_of_buffer() -> usize {
    8 + size_of::<*mut u8>()
}
