//! Addresses to connected sockets: the addresses of a name are raced (RFC 8305, "happy eyeballs").

use core::ffi::c_int;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::deadline::Waiting;
use crate::sys::socket;

/// How long an attempt is alone before the next address is tried besides it (RFC 8305 §5).
const HEAD_START: Duration = Duration::from_millis(250);
/// Attempts at the same time. The oldest, which is 8 seconds old then, gives way.
const MOST: usize = 32;

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// There is no socket of that kind.
    Socket(io::Error),
    /// The socket cannot have the local address.
    Bind(io::Error),
    /// The attempt failed.
    Connect(io::Error),
}

/// How sockets are made.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// The address that they connect from. Those of the other family are left out.
    pub from: Option<SocketAddr>,
    /// The family of addresses that are connected to.
    pub is_ipv4: Option<bool>,
    /// Bytes that the system keeps for sending.
    pub send_buffer: Option<usize>,
    /// Whether small pieces wait for each other.
    pub has_nagle: bool,
    /// Shown each socket before it connects: false when it is not to be used.
    pub prepare: &'a dyn Fn(c_int) -> bool,
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self {
            from: None,
            is_ipv4: None,
            send_buffer: None,
            has_nagle: false,
            prepare: &|_| true,
        }
    }
}

/// Connects a blocking TCP socket to one of `addresses`. The first to connect wins. The failure is that of the address that failed first; an attempt that
/// ran out of time has `ETIMEDOUT`, as when the system itself gives up, and one that was stopped `EINTR`.
pub fn connect(
    addresses: &[SocketAddr],
    plan: &Plan<'_>,
    waiting: &Waiting<'_>,
) -> Result<OwnedFd, ConnectError> {
    let addresses = interleaved(&usable(addresses, plan)?);
    Race::new(&addresses, plan).run(waiting, HEAD_START)
}

/// The addresses of the families that are wanted.
fn usable(addresses: &[SocketAddr], plan: &Plan<'_>) -> Result<Vec<SocketAddr>, ConnectError> {
    let families = [plan.is_ipv4, plan.from.map(|from| from.is_ipv4())];
    if families == [None, None] {
        return Ok(addresses.to_vec());
    }
    let is_usable = |address: &&SocketAddr| {
        let is_ipv4 = Some(address.is_ipv4());
        families
            .iter()
            .all(|family| family.is_none() || *family == is_ipv4)
    };
    let usable: Vec<_> = addresses.iter().filter(is_usable).copied().collect();
    if usable.is_empty() {
        let error = io::Error::from_raw_os_error(libc::EAFNOSUPPORT);
        return Err(ConnectError::Bind(error));
    }
    Ok(usable)
}

/// The families take turns, beginning with that of the first address; in each the order stays (RFC 8305 §4).
fn interleaved(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let prefers_ipv4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (mut next, mut then): (Vec<SocketAddr>, Vec<_>) = addresses
        .iter()
        .rev()
        .partition(|address| address.is_ipv4() == prefers_ipv4);
    let mut mixed = Vec::with_capacity(addresses.len());
    while let Some(address) = next.pop() {
        mixed.push(address);
        if !then.is_empty() {
            core::mem::swap(&mut next, &mut then);
        }
    }
    mixed
}

struct Race<'a> {
    /// Addresses that have not been tried.
    rest: core::slice::Iter<'a, SocketAddr>,
    plan: &'a Plan<'a>,
    /// Attempts under way, the oldest first.
    runners: Vec<Socket>,
    /// The first failure.
    failure: Option<ConnectError>,
}

impl<'a> Race<'a> {
    fn new(addresses: &'a [SocketAddr], plan: &'a Plan<'a>) -> Self {
        Self {
            rest: addresses.iter(),
            plan,
            runners: Vec::new(),
            failure: None,
        }
    }

    fn run(mut self, waiting: &Waiting<'_>, head_start: Duration) -> Result<OwnedFd, ConnectError> {
        loop {
            if let Some(winner) = self.start_next() {
                return ready_to_use(winner, self.plan).map_err(ConnectError::Connect);
            }
            if self.runners.is_empty() {
                let none = io::Error::from_raw_os_error(libc::EADDRNOTAVAIL);
                return Err(self.failure.unwrap_or(ConnectError::Connect(none)));
            }
            let next = Instant::now().checked_add(head_start);
            if let Some(winner) = self.wait(waiting, next).map_err(ConnectError::Connect)? {
                return ready_to_use(winner, self.plan).map_err(ConnectError::Connect);
            }
        }
    }

    /// Tries the next addresses until an attempt is under way. A socket that is connected at once is given back.
    fn start_next(&mut self) -> Option<Socket> {
        loop {
            match start(*self.rest.next()?, self.plan) {
                Ok((winner, true)) => return Some(winner),
                Ok((runner, false)) => {
                    if self.runners.len() == MOST {
                        self.runners.remove(0);
                        self.fail(ConnectError::Connect(io::Error::from_raw_os_error(
                            libc::ETIMEDOUT,
                        )));
                    }
                    self.runners.push(runner);
                    return None;
                }
                Err(failure) => self.fail(failure),
            }
        }
    }

    fn fail(&mut self, failure: ConnectError) {
        self.failure.get_or_insert(failure);
    }

    /// Waits for a winner, until a runner fails or, while there are addresses left, it is time for the `next`.
    fn wait(&mut self, waiting: &Waiting<'_>, next: Option<Instant>) -> io::Result<Option<Socket>> {
        loop {
            let head_start = next
                .filter(|_| !self.rest.as_slice().is_empty())
                .map_or(Duration::MAX, |next| {
                    next.saturating_duration_since(Instant::now())
                });
            let places: Vec<_> = self.runners.iter().map(AsRawFd::as_raw_fd).collect();
            let ended = waiting.wait(head_start, |step| socket::wait_any(&places, step))?;
            if let Some(index) = ended {
                return self.finish(index);
            }
            if head_start.is_zero() {
                return Ok(None);
            }
        }
    }

    /// The end of an attempt: its socket, if it has won.
    fn finish(&mut self, index: usize) -> io::Result<Option<Socket>> {
        let socket = self.runners.remove(index);
        if let Some(error) = socket.take_error()? {
            self.fail(ConnectError::Connect(error));
            return Ok(None);
        }
        Ok(Some(socket))
    }
}

/// Starts connecting to `address`. True when the connection is there already.
fn start(address: SocketAddr, plan: &Plan<'_>) -> Result<(Socket, bool), ConnectError> {
    let domain = Domain::for_address(address);
    let socket =
        Socket::new(domain, Type::STREAM, Some(Protocol::TCP)).map_err(ConnectError::Socket)?;
    if let Some(bytes) = plan.send_buffer {
        // One that the system does not like leaves what it has.
        let _ = socket.set_send_buffer_size(bytes);
    }
    if !(plan.prepare)(socket.as_raw_fd()) {
        let refused = io::Error::from_raw_os_error(libc::EPERM);
        return Err(ConnectError::Bind(refused));
    }
    if let Some(from) = plan.from {
        socket.bind(&from.into()).map_err(ConnectError::Bind)?;
    }
    socket::set_blocking(socket.as_raw_fd(), false).map_err(ConnectError::Connect)?;
    match socket.connect(&address.into()) {
        Ok(()) => Ok((socket, true)),
        Err(error) if is_under_way(&error) => Ok((socket, false)),
        Err(error) => Err(ConnectError::Connect(error)),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(libc::EINPROGRESS)
}

fn ready_to_use(socket: Socket, plan: &Plan<'_>) -> io::Result<OwnedFd> {
    socket::set_blocking(socket.as_raw_fd(), true)?;
    // A socket that cannot be tuned still works.
    let _ = socket.set_tcp_nodelay(!plan.has_nagle);
    #[cfg(target_vendor = "apple")]
    let _ = socket.set_nosigpipe(true);
    Ok(socket.into())
}

#[cfg(test)]
mod tests;
