//! What the system says about a connection, for as long as it stands.

use core::ffi::c_int;

/// Figures of the way to the peer; `None`: this system does not tell.
#[derive(Clone, Copy, Default)]
pub struct Path {
    /// The smoothed round trip time, µs.
    pub round_trip: Option<u32>,
    /// How much it varies, µs.
    pub variation: Option<u32>,
    /// Segments that were sent again, since the connection was made.
    pub sent_again: Option<u32>,
    /// What the peer has lately taken, bytes per second.
    pub rate: Option<u64>,
}

/// How many bytes the peer has not acknowledged; 0 also where the system does not tell, and where what is sent has arrived.
pub fn unsent(socket: c_int) -> usize {
    let count = unacknowledged(socket).unwrap_or(0);
    usize::try_from(count).unwrap_or(0)
}

/// How many bytes the peer has not acknowledged; `None` where there is no such thing.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn unacknowledged(socket: c_int) -> Option<u32> {
    if number(socket, libc::SOL_SOCKET, libc::SO_PROTOCOL) != Some(libc::IPPROTO_TCP) {
        return None;
    }
    let mut count: c_int = 0;
    // SAFETY: TIOCOUTQ, which sockets call SIOCOUTQ, writes one `int`.
    match unsafe { libc::ioctl(socket, libc::TIOCOUTQ, &raw mut count) } {
        0 => u32::try_from(count).ok(),
        _ => None,
    }
}

/// This system does not tell.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn unacknowledged(_: c_int) -> Option<u32> {
    None
}

/// Bytes that the system keeps for sending, its own notes about them included.
pub fn send_buffer(socket: c_int) -> Option<u32> {
    let bytes = number(socket, libc::SOL_SOCKET, libc::SO_SNDBUF);
    bytes.and_then(|bytes| u32::try_from(bytes).ok())
}

/// An option that is a number.
fn number(socket: c_int, level: c_int, option: c_int) -> Option<c_int> {
    let mut value: c_int = 0;
    let mut size = libc::socklen_t::try_from(size_of_val(&value)).unwrap_or(0);
    let place: *mut c_int = &raw mut value;
    let length: *mut libc::socklen_t = &raw mut size;
    // SAFETY: the option fills one `int`.
    let done = unsafe { libc::getsockopt(socket, level, option, place.cast(), length) };
    (done == 0).then_some(value)
}

/// The way to the peer.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn path(socket: c_int) -> Path {
    // The system's struct in words of 32 bits. It has grown at its end, and not every C library knows all of it.
    let mut words = [0_u32; 64];
    let mut size = libc::socklen_t::try_from(size_of_val(&words)).unwrap_or(0);
    let place: *mut u32 = words.as_mut_ptr();
    let length: *mut libc::socklen_t = &raw mut size;
    let (level, option) = (libc::IPPROTO_TCP, libc::TCP_INFO);
    // SAFETY: the option fills so many bytes at most, and tells how many.
    let done = unsafe { libc::getsockopt(socket, level, option, place.cast(), length) };
    let told = usize::try_from(size).unwrap_or(0) / size_of::<u32>();
    let told = words.get(..told).filter(|_| done == 0).unwrap_or_default();
    Path {
        round_trip: told.get(17).copied(),
        variation: told.get(18).copied(),
        sent_again: told.get(25).copied(),
        rate: told.get(40..42).and_then(whole),
    }
}

/// A number of 64 bits, as it lies in memory.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn whole(words: &[u32]) -> Option<u64> {
    let &[first, second] = words else {
        return None;
    };
    Some(match cfg!(target_endian = "little") {
        true => u64::from(second) << 32 | u64::from(first),
        false => u64::from(first) << 32 | u64::from(second),
    })
}

/// This system does not tell.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn path(_: c_int) -> Path {
    Path::default()
}
