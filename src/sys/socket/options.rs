//! What a socket can be told and asked.

use core::ffi::c_int;
use std::io;
use std::time::Duration;

#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::sys::errno;

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
    set_linger(socket, 0);
}

/// The closing of the socket resets the connection: what was not sent is thrown away.
pub fn set_reset(socket: c_int) {
    set_linger(socket, 1);
}

/// At once, or not at all.
fn set_linger(socket: c_int, l_onoff: c_int) {
    let wish = libc::linger {
        l_onoff,
        l_linger: 0,
    };
    let size = libc::socklen_t::try_from(size_of_val(&wish)).unwrap_or(0);
    let place: *const libc::linger = &raw const wish;
    let (level, option) = (libc::SOL_SOCKET, libc::SO_LINGER);
    // SAFETY: the option takes a `linger` of that size. What is no socket any more needs none.
    unsafe { libc::setsockopt(socket, level, option, place.cast(), size) };
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
        tv_sec: limit
            .as_secs()
            .try_into()
            .unwrap_or_else(|_| c_int::MAX.into()),
        // Below a million.
        tv_usec: limit.subsec_micros().cast_signed().into(),
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
