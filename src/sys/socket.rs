//! System calls on a socket that C owns by number. None of them can raise SIGPIPE.

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::sync::atomic::AtomicU8;
use std::ffi::CString;
use std::io::{self, IoSlice};
use std::time::Duration;

use super::errno;
use super::thread::{Lasting, Moment};

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

/// How many bytes the peer has not acknowledged; 0 also where the system does not tell, and where what is sent has arrived.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn unsent(socket: c_int) -> usize {
    if !is_tcp(socket) {
        return 0;
    }
    let mut count: c_int = 0;
    // SAFETY: TIOCOUTQ, which sockets call SIOCOUTQ, writes one `int`.
    match unsafe { libc::ioctl(socket, libc::TIOCOUTQ, &raw mut count) } {
        0 => usize::try_from(count).unwrap_or(0),
        _ => 0,
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_tcp(socket: c_int) -> bool {
    let mut protocol: c_int = 0;
    let mut size = libc::socklen_t::try_from(size_of_val(&protocol)).unwrap_or(0);
    let place: *mut c_int = &raw mut protocol;
    let length: *mut libc::socklen_t = &raw mut size;
    let (level, option) = (libc::SOL_SOCKET, libc::SO_PROTOCOL);
    // SAFETY: the option fills one `int`.
    let done = unsafe { libc::getsockopt(socket, level, option, place.cast(), length) };
    done == 0 && protocol == libc::IPPROTO_TCP
}

/// This system does not tell.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn unsent(_: c_int) -> usize {
    0
}

/// How long the program wants the closing of the socket to wait for the peer (`SO_LINGER`); `None` if it has not said so.
pub fn linger(socket: c_int) -> Option<Duration> {
    let mut wish = libc::linger {
        l_onoff: 0,
        l_linger: 0,
    };
    let mut size = libc::socklen_t::try_from(size_of_val(&wish)).unwrap_or(0);
    let place: *mut libc::linger = &raw mut wish;
    let length: *mut libc::socklen_t = &raw mut size;
    let (level, option) = (libc::SOL_SOCKET, libc::SO_LINGER);
    // SAFETY: the option fills a `linger` of that size.
    let done = unsafe { libc::getsockopt(socket, level, option, place.cast(), length) };
    let seconds = u64::try_from(wish.l_linger).ok()?;
    (done == 0 && wish.l_onoff != 0).then(|| Duration::from_secs(seconds))
}

/// The closing of the socket does not wait, and the system goes on sending.
pub fn set_no_linger(socket: c_int) {
    let wish = libc::linger {
        l_onoff: 0,
        l_linger: 0,
    };
    let size = libc::socklen_t::try_from(size_of_val(&wish)).unwrap_or(0);
    let place: *const libc::linger = &raw const wish;
    let (level, option) = (libc::SOL_SOCKET, libc::SO_LINGER);
    // SAFETY: the option takes a `linger` of that size. What is no socket any more needs none.
    unsafe { libc::setsockopt(socket, level, option, place.cast(), size) };
}

/// Whether there are bytes to receive. Neither an error nor the end counts.
pub fn has_arrived(socket: c_int) -> io::Result<bool> {
    peek_now(socket, &mut [0]).map(|count| count > 0)
}

/// Acknowledges what was received at once: a peer with Nagle's algorithm waits for that before it sends its next message. The
/// system forgets it again and again.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn acknowledge(socket: c_int) {
    let before = errno::last();
    let on: c_int = 1;
    let size = libc::socklen_t::try_from(size_of_val(&on)).unwrap_or(0);
    let place: *const c_int = &raw const on;
    let (level, option) = (libc::IPPROTO_TCP, libc::TCP_QUICKACK);
    // SAFETY: the option takes an `int`. What is no TCP socket has nothing to acknowledge.
    unsafe { libc::setsockopt(socket, level, option, place.cast(), size) };
    errno::set(before);
}

/// There is no such thing.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn acknowledge(_: c_int) {}

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
    let _waiting = waiting();
    // SAFETY: a message header of zeros has no address, no pieces, no control data.
    let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
    // An `IoSlice` is an `iovec`; sending does not write through it.
    message.msg_iov = slices.as_ptr().cast_mut().cast();
    message.msg_iovlen = fitted(slices.len());
    // SAFETY: the header names slices that are valid for reading.
    let sent = checked(unsafe { libc::sendmsg(socket, &raw const message, NO_SIGNAL) });
    match sent {
        Err(error) if matches!(error.raw_os_error(), Some(libc::EPERM | libc::ENOSYS)) => {
            let first = slices.iter().find(|slice| !slice.is_empty());
            send(socket, first.map_or(&[], |slice| slice))
        }
        sent => sent,
    }
}

/// A number of pieces, whose type differs between systems.
fn fitted<T: TryFrom<usize> + Default>(count: usize) -> T {
    T::try_from(count).unwrap_or_default()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;
/// Where the flag is missing the socket itself is told not to raise the signal.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const NO_SIGNAL: c_int = 0;

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

/// Limits each receive to so many seconds. 0 waits for ever; a negative number does not wait at all, as in the original.
pub fn set_receive_timeout(socket: c_int, seconds: c_int) -> io::Result<()> {
    let limit = libc::timeval {
        tv_sec: seconds.into(),
        tv_usec: 0,
    };
    set_timeout(socket, libc::SO_RCVTIMEO, limit)
}

/// Limits each receive; `None` waits for ever.
pub fn set_receive_limit(socket: c_int, limit: Option<Duration>) -> io::Result<()> {
    set_timeout(socket, libc::SO_RCVTIMEO, parts(limit.unwrap_or_default()))
}

/// Limits each send. It ends early, with what was taken so far, when the peer takes nothing for that long.
pub fn set_send_timeout(socket: c_int, limit: Duration) -> io::Result<()> {
    set_timeout(socket, libc::SO_SNDTIMEO, parts(limit))
}

fn parts(limit: Duration) -> libc::timeval {
    libc::timeval {
        tv_sec: limit.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_usec: limit.subsec_micros().into(),
    }
}

fn set_timeout(socket: c_int, option: c_int, limit: libc::timeval) -> io::Result<()> {
    let size = libc::socklen_t::try_from(size_of_val(&limit)).unwrap_or(0);
    let place: *const libc::timeval = &raw const limit;
    // SAFETY: the option takes a `timeval` of that size.
    let done = unsafe { libc::setsockopt(socket, libc::SOL_SOCKET, option, place.cast(), size) };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The limit of each receive, `None` when there is none or when `socket` is not a socket.
pub fn receive_timeout(socket: c_int) -> Option<Duration> {
    timeout(socket, libc::SO_RCVTIMEO)
}

/// The limit of each send, as [`receive_timeout`].
pub fn send_timeout(socket: c_int) -> Option<Duration> {
    timeout(socket, libc::SO_SNDTIMEO)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const NOT_SENT: Option<c_int> = Some(libc::TCP_NOTSENT_LOWAT);
/// `netinet/tcp.h` has it, the crate does not.
#[cfg(target_vendor = "apple")]
const NOT_SENT: Option<c_int> = Some(0x201);
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
const NOT_SENT: Option<c_int> = None;

/// Lets the system take so many bytes and no more besides those on their way to the peer.
pub fn set_unsent_limit(socket: c_int, bytes: c_int) -> io::Result<()> {
    let option = NOT_SENT.ok_or(io::ErrorKind::Unsupported)?;
    let size = libc::socklen_t::try_from(size_of_val(&bytes)).unwrap_or(0);
    let place: *const c_int = &raw const bytes;
    // SAFETY: the option takes one `int`.
    let done = unsafe { libc::setsockopt(socket, libc::IPPROTO_TCP, option, place.cast(), size) };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// That limit, `None` where there is none.
pub fn unsent_limit(socket: c_int) -> Option<c_int> {
    let mut bytes: c_int = 0;
    let mut size = libc::socklen_t::try_from(size_of_val(&bytes)).unwrap_or(0);
    let place: *mut c_int = &raw mut bytes;
    let length: *mut libc::socklen_t = &raw mut size;
    // SAFETY: the option fills one `int`.
    let done =
        unsafe { libc::getsockopt(socket, libc::IPPROTO_TCP, NOT_SENT?, place.cast(), length) };
    (done == 0 && bytes > 0).then_some(bytes)
}

fn timeout(socket: c_int, option: c_int) -> Option<Duration> {
    let mut limit = libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    let mut size = libc::socklen_t::try_from(size_of_val(&limit)).unwrap_or(0);
    let place: *mut libc::timeval = &raw mut limit;
    let length: *mut libc::socklen_t = &raw mut size;
    // SAFETY: the option fills a `timeval` of that size.
    let done = unsafe { libc::getsockopt(socket, libc::SOL_SOCKET, option, place.cast(), length) };
    let seconds = u64::try_from(limit.tv_sec).ok().filter(|_| done == 0)?;
    let micros = u64::try_from(limit.tv_usec).ok()?;
    let limit = Duration::from_secs(seconds) + Duration::from_micros(micros);
    (!limit.is_zero()).then_some(limit)
}

/// Makes calls on the socket wait, or not.
pub fn set_blocking(socket: c_int, is_blocking: bool) -> io::Result<()> {
    let mut flag = c_int::from(!is_blocking);
    // SAFETY: the request reads an `int`.
    let done = unsafe { libc::ioctl(socket, libc::FIONBIO, &raw mut flag) };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Whether calls on the socket wait.
pub fn is_blocking(socket: c_int) -> bool {
    // SAFETY: the request takes any number and reads nothing.
    let flags = unsafe { libc::fcntl(socket, libc::F_GETFL) };
    flags != -1 && flags & libc::O_NONBLOCK == 0
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
