//! What programs are told where no call waits: numbers (`RTMP_GetStats`) and kinds of failure (`RTMP_GetError`).

use std::ffi::c_int;
use std::ptr;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use rtmp::abi::{
    RTMP_AGAIN, RTMP_ERR_CANCELLED, RTMP_ERR_NONE, RTMP_ERR_RESOLVE, RTMP_ERR_TIMEOUT,
    RTMP_PHASE_HANDSHAKE, RTMP_PHASE_STREAMING, RTMP_RECONNECT, RTMP_STATS,
};
use rtmp::ffi::rtmp::nonblocking::RTMP_Start;
use rtmp::ffi::rtmp::reconnect::RTMP_GetReconnectRequest;
use rtmp::sys::{errno, socket};

use super::PUBLISHES;
use crate::client::{
    Client, LONG, PATIENCE, acceptance, narrow_server, rest, server, shake_hands, write,
};
use crate::messages::tag;

fn await_stats(client: &Client, is_wanted: impl Fn(&RTMP_STATS) -> bool) {
    let begin = Instant::now();
    while !is_wanted(&client.stats()) {
        assert!(begin.elapsed() < PATIENCE, "never");
        thread::yield_now();
    }
}

/// A publisher whose stream is accepted.
fn publisher(port: u16, options: &str) -> Client {
    let mut client = Client::new();
    client.set_up_with("rtmp", port, &format!("timeout={LONG} {options}"));
    client.publishes();
    client.set_nonblocking(1 << 20);
    client.start();
    assert_eq!(client.drive_on(RTMP_AGAIN), 1);
    client
}

/// Writes until nothing more is taken: what the last call has said.
fn fill(client: &Client) -> c_int {
    let media = tag(9, 0, &[0x27; 10_000]);
    let size = c_int::try_from(media.len()).unwrap();
    loop {
        match client.write(&media) {
            end @ (RTMP_AGAIN | -1) => return end,
            count => assert_eq!(count, size),
        }
    }
}

#[test]
fn what_is_queued_is_told() {
    let (tell, told) = channel::<()>();
    let (port, thread) = narrow_server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PUBLISHES));
        told.recv().unwrap();
        rest(&mut stream).len()
    });
    let client = publisher(port, "");
    let before = client.stats();
    assert_eq!((before.queued, before.queued_ms), (0, 0));
    assert_eq!(before.wire_out, before.bytes_out);
    assert_eq!(fill(&client), RTMP_AGAIN);
    let full = client.stats();
    assert_eq!(full.phase, RTMP_PHASE_STREAMING);
    assert!(full.queued > 0 && full.messages_out > before.messages_out);
    assert_eq!(full.wire_out + u64::from(full.queued), full.bytes_out);
    await_stats(&client, |stats| stats.queued_ms > 1);
    // That there is no room is no failure.
    assert!(!client.send(&vec![0; 2 << 20]));
    assert_eq!(client.error().kind, RTMP_ERR_NONE);
    assert_eq!(client.stats().bytes_out, full.bytes_out);
    tell.send(()).unwrap();
    while client.stats().queued > 0 {
        client.wait();
        assert_eq!(client.drive(), 1);
    }
    let empty = client.stats();
    assert_eq!((empty.queued_ms, empty.blocked_ms), (0, 0));
    assert_eq!(empty.wire_out, empty.bytes_out);
    client.finish();
    assert_eq!(client.drive_on(1), 0);
    client.close();
    let closed = client.stats();
    assert_eq!((closed.queued, closed.queued_ms), (0, 0));
    let heard = thread.join().unwrap() + 2 * 1536 + 1;
    assert_eq!([closed.wire_out, closed.bytes_out], [heard as u64; 2]);
}

#[test]
fn a_server_that_takes_nothing_is_a_timeout() {
    let (tell, told) = channel::<()>();
    let (port, thread) = narrow_server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PUBLISHES));
        told.recv().unwrap_err();
    });
    let client = publisher(port, "sendTimeout=200");
    // The time may be over by then.
    let _ = fill(&client);
    assert_eq!(client.drive_on(1), -1);
    let error = client.error();
    let numbers = (error.kind, error.phase);
    assert_eq!(numbers, (RTMP_ERR_TIMEOUT, RTMP_PHASE_STREAMING));
    assert!(client.is_timed_out());
    drop(tell);
    thread.join().unwrap();
}

#[test]
fn a_start_is_watched_while_it_lasts() {
    let (port, thread) = server(|mut stream| drop(rest(&mut stream)));
    let client = Client::of("rtmp", port, LONG);
    client.start();
    await_stats(&client, |stats| stats.phase == RTMP_PHASE_HANDSHAKE);
    assert!(client.stats().connect_ms > 0);
    let mut request = RTMP_RECONNECT::new([0; 3], [b""; 3]);
    request.size = u32::try_from(size_of::<RTMP_RECONNECT>()).unwrap();
    errno::set(0);
    // SAFETY: a valid handle, and a struct with its size.
    let is_asked = unsafe { RTMP_GetReconnectRequest(client.raw(), &raw mut request) };
    // There is none, which is not to say that nobody may ask now.
    assert_eq!((is_asked, errno::last()), (0, 0));
    client.cancel();
    assert_eq!(client.drive_on(RTMP_AGAIN), -1);
    let error = client.error();
    let numbers = (error.kind, error.phase);
    assert_eq!(numbers, (RTMP_ERR_CANCELLED, RTMP_PHASE_HANDSHAKE));
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_start_without_a_host_has_a_kind() {
    let client = Client::new();
    // SAFETY: a valid handle; no packet.
    assert_eq!(unsafe { RTMP_Start(client.raw(), ptr::null_mut(), 0) }, 0);
    assert_eq!(errno::last(), libc::EINVAL);
    assert_eq!(client.error().kind, RTMP_ERR_RESOLVE);
    client.close();
}

#[test]
fn waiting_for_room_on_a_socket_of_the_program_is_seen() {
    let (tell, told) = channel::<()>();
    let (port, thread) = narrow_server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PUBLISHES));
        told.recv().unwrap();
        rest(&mut stream).len()
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    socket::set_blocking(client.handle().m_sb.sb_socket.get(), false).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| client.send(&vec![0x27; 12_000_000]));
        await_stats(&client, |stats| stats.blocked_ms > 1);
        tell.send(()).unwrap();
        assert!(writer.join().unwrap());
    });
    client.close();
    thread.join().unwrap();
}
