//! Names to addresses, addresses to connected sockets, inside a time limit.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use crate::sys;
use crate::sys::socket::Readiness;

/// All addresses of `host`, which may be a name or a number, in the system's order of preference.
pub fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    if found.is_empty() {
        Err(io::ErrorKind::NotFound.into())
    } else {
        Ok(found)
    }
}

/// The end of an attempt's time; `None` waits as long as the system does.
#[derive(Clone, Copy, Default)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// So many seconds from now; 0 or less: no end.
    pub fn after(seconds: i32) -> Self {
        let limit = u64::try_from(seconds).ok().filter(|&seconds| seconds > 0);
        Self(limit.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds))))
    }

    /// The nearer of two ends.
    pub fn or_sooner(self, other: Self) -> Self {
        Self(self.0.into_iter().chain(other.0).min())
    }

    /// The time left; `None` when there is no end, zero when it is over.
    pub fn left(&self) -> Option<Duration> {
        self.0
            .map(|end| end.saturating_duration_since(Instant::now()))
    }
}

/// Why there is no connection.
pub enum Failure {
    /// There is no socket of that kind.
    Socket(io::Error),
    /// The attempt failed.
    Connect(io::Error),
}

/// Connects a blocking TCP socket to `address`. The error of an attempt that ran out of time is `ETIMEDOUT`, as when
/// the system itself gives up.
pub fn open(address: SocketAddr, deadline: Deadline) -> Result<OwnedFd, Failure> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP)).map_err(Failure::Socket)?;
    establish(&socket, address, deadline).map_err(Failure::Connect)?;
    // A socket that cannot be tuned still works.
    let _ = socket.set_tcp_nodelay(true);
    #[cfg(any(target_os = "macos", target_os = "ios"))]
    let _ = socket.set_nosigpipe(true);
    Ok(socket.into())
}

fn establish(socket: &Socket, address: SocketAddr, deadline: Deadline) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if is_under_way(&error) => finish(socket, deadline)?,
        result => result?,
    }
    socket.set_nonblocking(false)
}

fn is_under_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(libc::EINPROGRESS)
}

fn finish(socket: &Socket, deadline: Deadline) -> io::Result<()> {
    loop {
        match sys::socket::wait(socket.as_raw_fd(), Readiness::Writable, deadline.left()) {
            Ok(true) => return socket.take_error()?.map_or(Ok(()), Err),
            Ok(false) => return Err(io::Error::from_raw_os_error(libc::ETIMEDOUT)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted && !sys::interrupted() => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn numbers_of_both_families_resolve_without_asking() {
        for (host, text) in [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")] {
            assert_eq!(resolve(host, 80).unwrap(), [text.parse().unwrap()]);
        }
    }

    #[test]
    fn a_listener_is_reached_and_a_closed_port_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(open(address, Deadline::after(5)).is_ok());
        drop(listener);
        let Err(Failure::Connect(error)) = open(address, Deadline::after(5)) else {
            panic!("connected to nothing")
        };
        assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
    }
}
