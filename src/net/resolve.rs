//! Names to addresses. The system's resolver knows no time limit, so it works on a thread of its own.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::deadline::Waiting;
use crate::sys::names::{NameError, look_up};
use crate::sys::socket;
use crate::sys::thread::{self, Task};

/// Why there are no addresses.
#[derive(Debug)]
pub enum ResolveError {
    /// The system gives no thread. Without one the look-up could be neither limited nor stopped.
    Thread(io::Error),
    /// The resolver's.
    Name(NameError),
    /// Nobody waits any longer: [`Waiting::wait`].
    Waiting(io::Error),
}

/// All addresses of `host`, which may be a name or a number, in the system's order of preference. Only a name can make the
/// caller wait.
pub fn resolve(
    host: &str,
    port: u16,
    waiting: &Waiting<'_>,
) -> Result<Vec<SocketAddr>, ResolveError> {
    match number(host, port) {
        Some(address) => Ok(vec![address]),
        None => ask(host, port, waiting, start, look_up),
    }
}

/// The address that `host` is, if it is no name. An IPv6 address may have a zone.
pub fn number(host: &str, port: u16) -> Option<SocketAddr> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Some(SocketAddr::new(address, port));
    }
    let (address, zone) = host.split_once('%')?;
    let address: Ipv6Addr = address.parse().ok()?;
    Some(SocketAddrV6::new(address, port, 0, index(zone)?).into())
}

/// The number of a zone. In a URL `%25` stands for the `%` in front of it (RFC 6874).
fn index(zone: &str) -> Option<u32> {
    let decoded = zone.strip_prefix("25").filter(|rest| !rest.is_empty());
    [Some(zone), decoded]
        .into_iter()
        .flatten()
        .find_map(socket::interface)
        .or_else(|| decoded.unwrap_or(zone).parse().ok())
}

fn start(task: Task) -> io::Result<()> {
    thread::start("librtmp-resolve", task)
}

/// The thread is left alone when its answer is not waited for any longer.
fn ask(
    host: &str,
    port: u16,
    waiting: &Waiting<'_>,
    start: impl FnOnce(Task) -> io::Result<()>,
    look_up: impl Fn(&str, u16) -> Found + Send + 'static,
) -> Result<Vec<SocketAddr>, ResolveError> {
    let answer = Arc::new(Answer::default());
    let (name, place) = (host.to_owned(), Arc::clone(&answer));
    let task = move || place.give(look_up(&name, port));
    start(Box::new(task)).map_err(ResolveError::Thread)?;
    loop {
        let found = waiting.wait(Duration::MAX, |step| Ok(answer.take(step)));
        if let Some(found) = found.map_err(ResolveError::Waiting)? {
            return found.map_err(ResolveError::Name);
        }
    }
}

type Found = Result<Vec<SocketAddr>, NameError>;

/// What the thread found out. A channel of std would leave memory behind on threads of C programs.
#[derive(Default)]
struct Answer {
    found: Mutex<Option<Found>>,
    is_there: Condvar,
}

impl Answer {
    fn give(&self, found: Found) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        self.is_there.notify_one();
    }

    /// The answer, if it comes within `limit`.
    fn take(&self, limit: Duration) -> Option<Found> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let is_missing = |found: &mut Option<Found>| found.is_none();
        let waited = self.is_there.wait_timeout_while(found, limit, is_missing);
        let (mut found, _) = waited.unwrap_or_else(PoisonError::into_inner);
        found.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::deadline::Deadline;
    use std::net::ToSocketAddrs;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// A resolver that says when it begins, and ends when it is told to.
    struct Stuck {
        begun: Receiver<()>,
        release: Sender<()>,
        /// Disconnected when the resolver's thread has ended.
        owned: Receiver<()>,
    }

    fn stuck() -> (Stuck, impl Fn(&str, u16) -> Found + Send) {
        let ((begin, begun), (release, released), (own, owned)) = (channel(), channel(), channel());
        let released = Arc::new(Mutex::new(released));
        let look_up = move |_: &str, _| {
            let _own: &Sender<()> = &own;
            begin.send(()).unwrap();
            let limit = Duration::from_secs(60);
            released.lock().unwrap().recv_timeout(limit).unwrap();
            Ok(Vec::new())
        };
        let stuck = Stuck {
            begun,
            release,
            owned,
        };
        (stuck, look_up)
    }

    fn end(stuck: &Stuck) {
        stuck.release.send(()).unwrap();
        assert!(stuck.owned.recv().is_err());
    }

    /// Why nobody waits any longer.
    fn errno<T>(result: Result<T, ResolveError>) -> Option<i32> {
        match result {
            Err(ResolveError::Waiting(error)) => error.raw_os_error(),
            _ => None,
        }
    }

    #[test]
    fn numbers_of_both_families_resolve_without_asking() {
        let never = Waiting::new(Deadline::after(1), &|| unreachable!());
        for (host, text) in [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")] {
            assert_eq!(resolve(host, 80, &never).unwrap(), [text.parse().unwrap()]);
        }
    }

    #[test]
    fn zones_are_names_or_numbers() {
        let loopback = socket::interface("lo").unwrap();
        let zone = |host| match number(host, 7) {
            Some(SocketAddr::V6(address)) => Some(address.scope_id()),
            _ => None,
        };
        for host in ["fe80::1%lo", "fe80::1%25lo"] {
            assert_eq!(zone(host), Some(loopback), "{host}");
        }
        assert_eq!(zone("fe80::1%3"), Some(3));
        assert_eq!(zone("fe80::1%253"), Some(3));
        assert_eq!(zone("fe80::1%25"), Some(25));
        for host in ["fe80::1%nowhere", "fe80::1%", "name%lo", "1.2.3.4%lo"] {
            assert_eq!(number(host, 7), None, "{host}");
        }
    }

    #[test]
    fn a_name_of_this_host_is_found() {
        let waiting = Waiting::new(Deadline::after(60), &|| false);
        let found = resolve("localhost", 80, &waiting);
        let Ok(known) = ("localhost", 80).to_socket_addrs() else {
            // A root without a file of hosts.
            assert!(found.is_err());
            return;
        };
        let (found, known) = (found.unwrap(), known.collect::<Vec<_>>());
        assert!(!found.is_empty() && found.iter().all(|address| known.contains(address)));
    }

    #[test]
    fn a_resolver_that_is_stuck_is_left_when_the_time_is_over() {
        let (resolver, look_up) = stuck();
        let waiting = Waiting::new(Deadline::after(1), &|| false);
        let result = ask("name", 80, &waiting, start, look_up);
        assert_eq!(errno(result), Some(libc::ETIMEDOUT));
        resolver.begun.recv().unwrap();
        end(&resolver);
    }

    #[test]
    fn a_resolver_that_is_stuck_is_left_when_the_program_wants_to_stop() {
        let (resolver, look_up) = stuck();
        // Stops as soon as the resolver is at work.
        let stop = || resolver.begun.try_recv().is_ok();
        let waiting = Waiting::new(Deadline::after(0), &stop);
        let result = ask("name", 80, &waiting, start, look_up);
        assert_eq!(errno(result), Some(libc::EINTR));
        end(&resolver);
    }

    #[test]
    fn without_a_thread_nothing_is_looked_up() {
        let look_up = |_: &str, _| unreachable!();
        let waiting = Waiting::new(Deadline::after(0), &|| false);
        let no_thread = |_: Task| Err(io::Error::from_raw_os_error(libc::EAGAIN));
        let result = ask("name", 80, &waiting, no_thread, look_up);
        assert!(matches!(result, Err(ResolveError::Thread(_))));
    }
}
