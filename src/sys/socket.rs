//! System calls on a socket that C owns by number. None of them can raise SIGPIPE.

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::sync::atomic::AtomicU8;
use std::ffi::CString;
use std::io::{self, IoSlice};
use std::time::Duration;

use super::thread::{Lasting, Moment};

mod figures;
mod options;

pub use figures::*;
pub use options::*;

/// The thread may be in the system for long.
#[inline]
fn waiting() -> Lasting {
    Moment::SystemCall.begin()
}

/// Receives into memory shared with C. 0 is the end of the stream, or no room.
pub fn recv(socket: c_int, into: &[AtomicU8]) -> io::Result<usize> {
    let _waiting = waiting();
    let start = into.as_ptr().cast_mut().cast::<c_void>();
    // SAFETY: atomics may be written through a shared reference; the slice is valid for its length.
    checked(unsafe { libc::recv(socket, start, into.len(), 0) })
}

/// Copies what could be received, and leaves it there.
pub fn peek(socket: c_int, into: &[AtomicU8]) -> io::Result<usize> {
    let _waiting = waiting();
    let start = into.as_ptr().cast_mut().cast::<c_void>();
    // SAFETY: atomics may be written through a shared reference; the slice is valid for its length.
    checked(unsafe { libc::recv(socket, start, into.len(), libc::MSG_PEEK) })
}

/// Receives into private memory that need not be initialised.
pub fn recv_into(socket: c_int, into: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    let _waiting = waiting();
    // SAFETY: the slice is valid for writing its length.
    checked(unsafe { libc::recv(socket, into.as_mut_ptr().cast(), into.len(), 0) })
}

/// Receives into private memory.
pub fn recv_bytes(socket: c_int, into: &mut [u8]) -> io::Result<usize> {
    let _waiting = waiting();
    // SAFETY: the slice is valid for writing its length.
    checked(unsafe { libc::recv(socket, into.as_mut_ptr().cast(), into.len(), 0) })
}

/// Receives into private memory what has arrived, without waiting.
pub fn recv_now(socket: c_int, into: &mut [u8]) -> io::Result<usize> {
    let flags = libc::MSG_DONTWAIT;
    // SAFETY: the slice is valid for writing its length.
    checked(unsafe { libc::recv(socket, into.as_mut_ptr().cast(), into.len(), flags) })
}

/// Throws away some of what has arrived, without waiting: how much.
pub fn discard_now(socket: c_int) -> io::Result<usize> {
    let mut nowhere = [const { MaybeUninit::<u8>::uninit() }; 16 * 1024];
    let flags = libc::MSG_DONTWAIT;
    // SAFETY: the array is valid for writing its length.
    checked(unsafe { libc::recv(socket, nowhere.as_mut_ptr().cast(), nowhere.len(), flags) })
}

/// Copies what could be received, and leaves it there.
pub fn peek_bytes(socket: c_int, into: &mut [u8]) -> io::Result<usize> {
    let _waiting = waiting();
    let flags = libc::MSG_PEEK;
    // SAFETY: the slice is valid for writing its length.
    checked(unsafe { libc::recv(socket, into.as_mut_ptr().cast(), into.len(), flags) })
}

/// Copies what has arrived, and leaves it there.
pub fn peek_now(socket: c_int, into: &mut [u8]) -> io::Result<usize> {
    let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    // SAFETY: the slice is valid for writing its length.
    checked(unsafe { libc::recv(socket, into.as_mut_ptr().cast(), into.len(), flags) })
}

/// How many bytes could be received without waiting; 0 also where the system does not tell.
pub fn available(socket: c_int) -> usize {
    arrived(socket).unwrap_or(0)
}

/// As [`available`]; `None` where the system does not tell.
pub fn arrived(socket: c_int) -> Option<usize> {
    let mut count: c_int = 0;
    // SAFETY: FIONREAD writes one `int`.
    match unsafe { libc::ioctl(socket, libc::FIONREAD, &raw mut count) } {
        0 => usize::try_from(count).ok(),
        _ => None,
    }
}

/// Whether there are bytes to receive. Neither an error nor the end counts.
pub fn has_arrived(socket: c_int) -> io::Result<bool> {
    peek_now(socket, &mut [0]).map(|count| count > 0)
}

/// Sends what the socket takes without waiting.
pub fn send_now(socket: c_int, bytes: &[u8]) -> io::Result<usize> {
    let flags = NO_SIGNAL | libc::MSG_DONTWAIT;
    // SAFETY: the slice is valid for reading its length.
    checked(unsafe { libc::send(socket, bytes.as_ptr().cast(), bytes.len(), flags) })
}

/// Sends once, as much as the socket takes.
pub fn send(socket: c_int, bytes: &[u8]) -> io::Result<usize> {
    let _waiting = waiting();
    // SAFETY: the slice is valid for reading its length.
    checked(unsafe { libc::send(socket, bytes.as_ptr().cast(), bytes.len(), NO_SIGNAL) })
}

/// Sends several pieces once, as much of them as the socket takes. In a sandbox that refuses the call for it, the first.
pub fn send_slices(socket: c_int, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    send_pieces(socket, slices, NO_SIGNAL, send)
}

/// The same with what the socket takes without waiting.
pub fn send_slices_now(socket: c_int, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    send_pieces(socket, slices, NO_SIGNAL | libc::MSG_DONTWAIT, send_now)
}

fn send_pieces(
    socket: c_int,
    slices: &[IoSlice<'_>],
    flags: c_int,
    send_one: impl FnOnce(c_int, &[u8]) -> io::Result<usize>,
) -> io::Result<usize> {
    let _waiting = waiting();
    // SAFETY: a message header of zeros has no address, no pieces, no control data.
    let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
    // An `IoSlice` is an `iovec`; sending does not write through it.
    message.msg_iov = slices.as_ptr().cast_mut().cast();
    message.msg_iovlen = fitted(slices.len());
    // SAFETY: the header names slices that are valid for reading.
    let sent = checked(unsafe { libc::sendmsg(socket, &raw const message, flags) });
    match sent {
        Err(error) if matches!(error.raw_os_error(), Some(libc::EPERM | libc::ENOSYS)) => {
            let first = slices.iter().find(|slice| !slice.is_empty());
            send_one(socket, first.map_or(&[], |slice| slice))
        }
        sent => sent,
    }
}

/// A number of pieces, whose type differs between systems.
fn fitted<T: TryFrom<usize> + Default>(count: usize) -> T {
    T::try_from(count).unwrap_or_default()
}

/// Older systems of Apple do not know it: there the sockets that the library makes are told not to raise the signal, too.
const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;

/// Which directions [`shutdown`] ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Nothing more is received: the socket becomes readable, at its end.
    Receiving,
    /// Nothing more is sent: the peer gets what is on its way, and then the end.
    Sending,
    /// Both directions: blocked calls of other threads return.
    Both,
}

/// Ends one or both directions of the connection. Errors say that it was gone already.
pub fn shutdown(socket: c_int, direction: Direction) {
    let how = match direction {
        Direction::Receiving => libc::SHUT_RD,
        Direction::Sending => libc::SHUT_WR,
        Direction::Both => libc::SHUT_RDWR,
    };
    // SAFETY: `shutdown` takes any number.
    unsafe { libc::shutdown(socket, how) };
}

/// Closes the socket; what `close` returned.
pub fn close(socket: c_int) -> c_int {
    // SAFETY: the caller ends the life of a socket that the handle holds by number.
    unsafe { libc::close(socket) }
}

/// What [`wait`] waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// Something to receive, or the end.
    Readable,
    /// Room to send, or the end of a connection attempt.
    Writable,
    /// Both directions have ended, or the connection is broken.
    Gone,
}

/// Waits until the socket is ready: false when the time is over. An interruption is an error of that kind.
pub fn wait(socket: c_int, ready: Readiness, limit: Option<Duration>) -> io::Result<bool> {
    let _waiting = waiting();
    let events = match ready {
        Readiness::Readable => libc::POLLIN,
        Readiness::Writable => libc::POLLOUT,
        Readiness::Gone => 0,
    };
    let mut place = libc::pollfd {
        fd: socket,
        events,
        revents: 0,
    };
    // SAFETY: one valid `pollfd`.
    let count = unsafe { libc::poll(&raw mut place, 1, limit.map_or(-1, millis)) };
    if count < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(count > 0)
    }
}

/// Rounded up: waking early would make a loop spin.
fn millis(limit: Duration) -> c_int {
    c_int::try_from(limit.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX)
}

/// Waits until one of several connection attempts has come to its end: the first of them, `None` when the time is over.
/// An interruption is an error of that kind.
pub fn wait_any(sockets: &[c_int], limit: Duration) -> io::Result<Option<usize>> {
    let place = |&fd: &c_int| libc::pollfd {
        fd,
        events: libc::POLLOUT,
        revents: 0,
    };
    let mut places: Vec<_> = sockets.iter().map(place).collect();
    let number = libc::nfds_t::try_from(places.len()).unwrap_or(0);
    let _waiting = waiting();
    // SAFETY: so many valid `pollfd`s.
    let count = unsafe { libc::poll(places.as_mut_ptr(), number, millis(limit)) };
    if count < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(places.iter().position(|place| place.revents != 0))
}

/// The number of a network interface.
pub fn interface(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    // SAFETY: a NUL-terminated text.
    let number = unsafe { libc::if_nametoindex(name.as_ptr()) };
    (number != 0).then_some(number)
}

fn checked(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}
