//! A client that can be stopped (SIGSTOP) for longer than all its limits. It is a process of its own: this program again,
//! with [`client`] as its only test.

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use rtmp::sys::socket::{Readiness, wait};

use crate::client::{Client, PATIENCE};
use crate::messages::{message, tag};

/// Tells the client what to connect to.
const URL: &str = "LIMITS_STOPPED_URL";
/// The client's limits.
pub(crate) const LIMITS: &str = "connectTimeout=1000 sendTimeout=1000 receiveTimeout=1000";
/// Longer than any of them; three times that is longer than a dialogue may take.
pub(crate) const STOPPED: Duration = Duration::from_millis(1500);

/// The media that the client is to get.
pub(crate) const BODY: [u8; 3000] = [0x27; 3000];
pub(crate) const MESSAGES: u32 = 20;

#[test]
#[ignore = "a process of its own for the other tests"]
fn client() {
    let Ok(url) = env::var(URL) else { return };
    let mut client = Client::new();
    client.set_up_url(&url);
    if !client.connect() || !client.connect_stream() {
        process::exit(1);
    }
    let header = b"FLV\x01\x01\0\0\0\x09\0\0\0\0".to_vec();
    let tags = (1..=MESSAGES).map(|time| tag(9, time, &BODY));
    let expected: Vec<u8> = std::iter::once(header).chain(tags).flatten().collect();
    let (mut seen, mut buffer) = (Vec::new(), vec![0; 5000]);
    while seen.len() < expected.len() {
        match usize::try_from(client.read(&mut buffer)) {
            Ok(count @ 1..) => seen.extend_from_slice(&buffer[..count]),
            _ => process::exit(2),
        }
    }
    process::exit(if seen == expected { 0 } else { 3 });
}

/// The client's process.
pub(crate) struct Stoppable(Child);

impl Stoppable {
    pub(crate) fn start(url: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "--ignored", "stoppable::client"]);
        command.env(URL, url).stdout(Stdio::null());
        Self(command.spawn().unwrap())
    }

    fn signal(&self, signal: i32) {
        let number = self.0.id().try_into().unwrap();
        // SAFETY: a child that has not been waited for.
        assert_eq!(unsafe { libc::kill(number, signal) }, 0);
    }

    /// Waits until every thread of the process is in one of these states, as the system names them.
    fn await_state(&self, states: &str) {
        let begin = Instant::now();
        while !self.states().iter().all(|state| states.contains(*state)) {
            assert!(begin.elapsed() < PATIENCE);
            thread::yield_now();
        }
    }

    fn states(&self) -> Vec<char> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap();
        let state = |path: std::path::PathBuf| {
            // A thread may have ended meanwhile.
            let text = fs::read_to_string(path.join("stat")).unwrap_or_default();
            let (_, rest) = text.rsplit_once(") ")?;
            rest.chars().next()
        };
        tasks
            .filter_map(|task| state(task.unwrap().path()))
            .collect()
    }

    /// Stops the process when it waits for something, lets `work` go on, and lets it run again when all its time is over.
    pub(crate) fn stopped_while(&self, work: impl FnOnce()) {
        self.await_state("SZ");
        self.signal(libc::SIGSTOP);
        self.await_state("TZ");
        let begin = Instant::now();
        work();
        thread::sleep(STOPPED.saturating_sub(begin.elapsed()));
        self.signal(libc::SIGCONT);
    }
}

impl Drop for Stoppable {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    assert!(wait(listener.as_raw_fd(), Readiness::Readable, Some(PATIENCE)).unwrap());
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

pub(crate) fn media(times: std::ops::RangeInclusive<u32>) -> Vec<u8> {
    times.flat_map(|time| message(6, time, 9, &BODY)).collect()
}

/// The client gets all of it.
pub(crate) fn finish(mut client: Stoppable, stream: TcpStream) {
    assert_eq!(client.0.wait().unwrap().code(), Some(0));
    drop(stream);
}
