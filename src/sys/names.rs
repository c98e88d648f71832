//! Names to addresses, by the system's resolver: `std` tells failures in words only.

use core::ffi::c_int;
use core::{mem, ptr};
use std::ffi::CString;
use std::io;
use std::net::SocketAddr;

use socket2::{SockAddr, SockAddrStorage};

/// Why there are no addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameError {
    /// `EAI_*`.
    pub number: c_int,
    /// `errno`, where that is `EAI_SYSTEM`, else 0.
    pub system: c_int,
}

impl NameError {
    /// Nobody has that name.
    pub const UNKNOWN: Self = Self::of(libc::EAI_NONAME);

    const fn of(number: c_int) -> Self {
        Self { number, system: 0 }
    }
}

/// What `getaddrinfo` gives, until this is dropped.
struct Found(*mut libc::addrinfo);

impl Drop for Found {
    fn drop(&mut self) {
        // SAFETY: the list is the resolver's, and not looked at any more.
        unsafe { libc::freeaddrinfo(self.0) };
    }
}

/// All addresses of `host` for streams, in the order of the system's preference: at least one.
pub fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, NameError> {
    let host = CString::new(host).map_err(|_| NameError::UNKNOWN)?;
    // SAFETY: zeros are hints that say nothing.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_socktype = libc::SOCK_STREAM;
    let mut list = ptr::null_mut();
    // SAFETY: a text with a NUL, hints and a place for the list.
    let number =
        unsafe { libc::getaddrinfo(host.as_ptr(), ptr::null(), &raw const hints, &raw mut list) };
    if number == libc::EAI_SYSTEM {
        let system = io::Error::last_os_error().raw_os_error().unwrap_or(0);
        return Err(NameError { number, system });
    }
    if number != 0 {
        return Err(NameError::of(number));
    }
    let found = Found(list);
    let mut addresses = Vec::new();
    let mut next = found.0.cast_const();
    // SAFETY: NULL or an entry of the list, which is not freed yet.
    while let Some(entry) = unsafe { next.as_ref() } {
        if let Some(mut address) = address_of(entry) {
            address.set_port(port);
            addresses.push(address);
        }
        next = entry.ai_next;
    }
    if addresses.is_empty() {
        return Err(NameError::UNKNOWN);
    }
    Ok(addresses)
}

/// The address of an entry, if it is one of the internet's.
fn address_of(entry: &libc::addrinfo) -> Option<SocketAddr> {
    let mut storage = SockAddrStorage::zeroed();
    let length = entry.ai_addrlen as usize;
    if entry.ai_addr.is_null() || length > size_of::<SockAddrStorage>() {
        return None;
    }
    let (from, to) = (entry.ai_addr.cast::<u8>(), (&raw mut storage).cast());
    // SAFETY: the entry has so many bytes of an address, and there is room for them.
    unsafe { ptr::copy_nonoverlapping(from, to, length) };
    // SAFETY: the storage has an address of that length.
    unsafe { SockAddr::new(storage, entry.ai_addrlen) }.as_socket()
}
