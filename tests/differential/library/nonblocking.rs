//! Our library once more, in a seat of its own: each call that reads or writes runs where no call waits
//! (`RTMP_SetNonBlocking`), and is repeated as a loop with `poll` would. What comes of it has to be what the call gives
//! that waits by itself.

use std::ffi::{c_int, c_uint};
use std::io;

use super::{B, Library, P, R, Seat, address, function};
use crate::structs::RTMPChunk;

const AGAIN: c_int = -4;
/// Small, so that it is full now and then.
const LIMIT: c_uint = 600;

#[repr(C)]
struct Want {
    size: u32,
    fd: c_int,
    events: c_int,
    timeout: c_int,
}

type SetNonBlocking = unsafe extern "C" fn(R, c_int, c_uint) -> c_int;
type Drive = unsafe extern "C" fn(R) -> c_int;
type GetWant = unsafe extern "C" fn(R, *mut Want) -> c_int;

fn ours() -> &'static Library {
    Seat::Ours.library()
}

fn exported<F: Copy>(name: &str) -> F {
    function(address(&ours().object, name))
}

/// Replaces the functions of `library` that wait.
pub(super) fn replace(library: &mut Library) {
    library.RTMP_Read = read;
    library.RTMP_ReadPacket = read_packet;
    library.RTMP_GetNextMediaPacket = next_media;
    library.RTMP_Write = write;
    library.RTMP_SendPacket = send_packet;
    library.RTMP_SendChunk = send_chunk;
    library.RTMP_SendCtrl = send_control;
    library.RTMP_SendPause = send_pause;
    library.RTMP_Pause = pause;
    library.RTMP_SendSeek = send_seek;
    library.RTMP_SendServerBW = send_server_bandwidth;
    library.RTMP_SendClientBW = send_client_bandwidth;
    library.RTMP_SendCreateStream = send_create_stream;
}

fn turn(r: R, on: c_int) -> bool {
    let turn: SetNonBlocking = exported("RTMP_SetNonBlocking");
    // SAFETY: a handle of a scenario, or NULL.
    unsafe { turn(r, on, LIMIT) == 1 }
}

/// What the library wants, waited for. True when that was room to send.
fn wait(r: R) -> bool {
    let get: GetWant = exported("RTMP_Want");
    let mut want = Want {
        size: 16,
        fd: -1,
        events: 0,
        timeout: 0,
    };
    // SAFETY: a handle of a scenario, and a struct of the size that it says.
    assert_eq!(unsafe { get(r, &raw mut want) }, 1);
    let mut place = libc::pollfd {
        fd: want.fd,
        events: i16::try_from(want.events).expect("bits of poll"),
        revents: 0,
    };
    // SAFETY: one valid `pollfd`.
    unsafe { libc::poll(&raw mut place, 1, want.timeout) };
    want.events & c_int::from(libc::POLLOUT) != 0
}

fn drive(r: R) {
    let drive: Drive = exported("RTMP_Drive");
    // SAFETY: a handle of a scenario.
    unsafe { drive(r) };
}

/// Repeats `call` until it gives something else than `again`, and sends all that is queued.
fn repeat(r: R, again: c_int, call: impl Fn() -> c_int) -> c_int {
    if r.is_null() || ours().RTMP_IsConnected(r) == 0 || !turn(r, 1) {
        return call();
    }
    let (result, number) = loop {
        set_errno(0);
        let result = call();
        let number = io::Error::last_os_error().raw_os_error();
        let is_nothing = again == AGAIN || number == Some(libc::EAGAIN);
        let is_failure = ours().RTMP_IsConnected(r) == 0 || ours().RTMP_IsTimedout(r) != 0;
        if result != again || !is_nothing || is_failure {
            break (result, number);
        }
        if wait(r) {
            drive(r);
        }
    };
    while ours().RTMP_IsConnected(r) == 1 && !turn(r, 0) {
        wait(r);
        drive(r);
    }
    turn(r, 0);
    set_errno(number.unwrap_or(0));
    result
}

fn set_errno(number: c_int) {
    // SAFETY: the place of this thread's errno.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { place.write(number) };
}

unsafe extern "C" fn read(r: R, b: B, n: c_int) -> c_int {
    repeat(r, AGAIN, || ours().RTMP_Read(r, b, n))
}

unsafe extern "C" fn read_packet(r: R, p: P) -> c_int {
    repeat(r, 0, || ours().RTMP_ReadPacket(r, p))
}

unsafe extern "C" fn next_media(r: R, p: P) -> c_int {
    repeat(r, 0, || ours().RTMP_GetNextMediaPacket(r, p))
}

unsafe extern "C" fn write(r: R, b: *const u8, n: c_int) -> c_int {
    repeat(r, AGAIN, || ours().RTMP_Write(r, b, n))
}

unsafe extern "C" fn send_packet(r: R, p: P, queue: c_int) -> c_int {
    repeat(r, 0, || ours().RTMP_SendPacket(r, p, queue))
}

unsafe extern "C" fn send_chunk(r: R, c: *mut RTMPChunk) -> c_int {
    repeat(r, 0, || ours().RTMP_SendChunk(r, c))
}

unsafe extern "C" fn send_control(r: R, kind: i16, object: c_uint, time: c_uint) -> c_int {
    repeat(r, 0, || ours().RTMP_SendCtrl(r, kind, object, time))
}

unsafe extern "C" fn send_pause(r: R, on: c_int, ms: c_int) -> c_int {
    repeat(r, 0, || ours().RTMP_SendPause(r, on, ms))
}

unsafe extern "C" fn pause(r: R, on: c_int) -> c_int {
    repeat(r, 0, || ours().RTMP_Pause(r, on))
}

unsafe extern "C" fn send_seek(r: R, ms: c_int) -> c_int {
    repeat(r, 0, || ours().RTMP_SendSeek(r, ms))
}

unsafe extern "C" fn send_server_bandwidth(r: R) -> c_int {
    repeat(r, 0, || ours().RTMP_SendServerBW(r))
}

unsafe extern "C" fn send_client_bandwidth(r: R) -> c_int {
    repeat(r, 0, || ours().RTMP_SendClientBW(r))
}

unsafe extern "C" fn send_create_stream(r: R) -> c_int {
    repeat(r, 0, || ours().RTMP_SendCreateStream(r))
}
