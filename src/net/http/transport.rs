//! What HTTP speaks over: a socket, perhaps with TLS around it, whose receives and sends are limited in time.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::secure::Secure;
use super::{Failure, Target};
use crate::net::connect::connect;
use crate::net::deadline::{Deadline, Waiting};
use crate::net::resolve::resolve;
use crate::net::trust::Trust;
use crate::sys;

/// A connection to a server.
pub(super) struct Transport {
    socket: TcpStream,
    secure: Option<Secure>,
}

/// How long a receive may take.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// In all.
    pub(super) left: Duration,
    /// Without a byte from the server.
    pub(super) silence: Duration,
}

impl Transport {
    /// Connects to the first address of the host that answers.
    pub(super) fn open(
        target: &Target,
        trust: &Trust,
        deadline: Deadline,
    ) -> Result<Self, Failure> {
        let secure = target
            .is_secure
            .then(|| Secure::new(target, trust))
            .transpose()?;
        let waiting = Waiting::new(deadline, &sys::interrupted);
        let addresses = resolve(&target.host, target.port, &waiting).map_err(|_| Failure::Lost)?;
        let fd = connect(&addresses, None, &waiting).map_err(|_| Failure::Lost)?;
        let socket = TcpStream::from(fd);
        if let Some(secure) = &secure {
            secure.shake_hands(&socket, deadline)?;
        }
        Ok(Self { socket, secure })
    }

    /// True inside TLS: an end that the server has not announced is then an error.
    pub(super) fn is_secure(&self) -> bool {
        self.secure.is_some()
    }

    /// Sends all of `bytes` within `limit` per system call.
    pub(super) fn send(&mut self, bytes: &[u8], limit: Duration) -> io::Result<()> {
        self.socket
            .set_write_timeout(Some(at_least_something(limit)))?;
        let Some(secure) = &self.secure else {
            return self.socket.write_all(bytes);
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = secure.send(&self.socket, rest)?;
            rest = rest.get(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// Receives some bytes; 0 at the end. An interruption goes on waiting unless the program asked to stop.
    pub(super) fn receive(&mut self, into: &mut [u8], patience: Patience) -> io::Result<usize> {
        let begin = Instant::now();
        loop {
            let left = patience.left.saturating_sub(begin.elapsed());
            let limit = at_least_something(left.min(patience.silence));
            self.socket.set_read_timeout(Some(limit))?;
            match self.receive_once(into) {
                Ok(None) if !left.is_zero() => {}
                Ok(None) => return Err(io::ErrorKind::TimedOut.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted && !sys::interrupted() => {
                }
                Ok(Some(count)) => return Ok(count),
                Err(error) => return Err(error),
            }
        }
    }

    /// One system call at most; `None` when it brought less than TLS can decrypt.
    fn receive_once(&mut self, into: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(secure) = &self.secure else {
            return self.socket.read(into).map(Some);
        };
        match secure.take(&self.socket, into)? {
            0 => Ok((!secure.receive(&self.socket)?).then_some(0)),
            count => Ok(Some(count)),
        }
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if let Some(secure) = &self.secure {
            secure.close(&self.socket);
        }
    }
}

/// A limit of zero would be none.
pub(super) fn at_least_something(limit: Duration) -> Duration {
    limit.max(Duration::from_millis(1))
}
