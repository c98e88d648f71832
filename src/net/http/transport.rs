//! What HTTP speaks over: the one place that knows whether TLS lies between the client and the socket.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::{Failure, Target};
use crate::net::connect::connect;
use crate::net::deadline::{Deadline, Waiting};
use crate::net::resolve::resolve;
use crate::sys;

/// Bytes of plain HTTP in both directions.
trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A connection whose receives and sends are limited in time.
pub(super) struct Transport {
    /// Where the time limits are set.
    socket: TcpStream,
    stream: Box<dyn Stream>,
}

impl Transport {
    /// Connects to the first address of the host that answers.
    pub(super) fn open(target: &Target, deadline: Deadline) -> Result<Self, Failure> {
        if target.is_secure {
            return Err(Failure::Secure(
                "https is not available in this build".into(),
            ));
        }
        let waiting = Waiting::new(deadline, &sys::interrupted);
        let addresses = resolve(&target.host, target.port, waiting).map_err(|_| Failure::Lost)?;
        let fd = connect(&addresses, None, waiting).map_err(|_| Failure::Lost)?;
        let socket = TcpStream::from(fd);
        let stream = socket.try_clone().map_err(|_| Failure::Lost)?;
        Ok(Self {
            socket,
            stream: Box::new(stream),
        })
    }

    /// Sends all of `bytes` within `limit` per system call.
    pub(super) fn send(&mut self, bytes: &[u8], limit: Duration) -> io::Result<()> {
        self.socket
            .set_write_timeout(Some(at_least_something(limit)))?;
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Receives once, at most for `limit`. An interruption goes on waiting unless the program asked to stop.
    pub(super) fn receive(&mut self, into: &mut [u8], limit: Duration) -> io::Result<usize> {
        self.socket
            .set_read_timeout(Some(at_least_something(limit)))?;
        loop {
            match self.stream.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted && !sys::interrupted() => {
                }
                result => return result,
            }
        }
    }
}

/// A limit of zero would be none.
fn at_least_something(limit: Duration) -> Duration {
    limit.max(Duration::from_millis(1))
}
