//! A client that is stopped (SIGSTOP) for longer than all its limits, while what it waits for comes.
//!
//! It is a process of its own: this program again, with [`client`] as its only test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use rtmp::sys::socket::{Readiness, wait};

use crate::client::{Client, PATIENCE, acceptance, shake_hands, write};
use crate::messages::{message, tag};

/// Tells the client what to connect to.
const URL: &str = "LIMITS_STOPPED_URL";
/// The client's limits.
const LIMITS: &str = "connectTimeout=1000 sendTimeout=1000 receiveTimeout=1000";
/// Longer than any of them; three times that is longer than a dialogue may take.
const STOPPED: Duration = Duration::from_millis(1500);

/// The media that the client is to get.
const BODY: [u8; 3000] = [0x27; 3000];
const MESSAGES: u32 = 20;

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
struct Stoppable(Child);

impl Stoppable {
    fn start(url: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "--ignored", "stopped::client"]);
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
    fn stopped_while(&self, work: impl FnOnce()) {
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

fn accept(listener: &TcpListener) -> TcpStream {
    assert!(wait(listener.as_raw_fd(), Readiness::Readable, Some(PATIENCE)).unwrap());
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Lets a client connect, and `serve` it.
fn serve(url: &str, serve: impl FnOnce(&Stoppable, &TcpListener)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let client = Stoppable::start(&format!("{} {LIMITS}", url.replace("PORT", &port)));
    serve(&client, &listener);
}

fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

fn media(times: std::ops::RangeInclusive<u32>) -> Vec<u8> {
    times.flat_map(|time| message(6, time, 9, &BODY)).collect()
}

/// The client gets all of it.
fn finish(mut client: Stoppable, stream: TcpStream) {
    assert_eq!(client.0.wait().unwrap().code(), Some(0));
    drop(stream);
}

#[test]
fn a_handshake_goes_on() {
    serve("rtmp://127.0.0.1:PORT/app/name", |client, listener| {
        let mut stream = accept(listener);
        let hello = read(&mut stream, 1537);
        client.stopped_while(|| {
            write(&mut stream, &[&[3], &[0; 1536][..], &hello[1..]].concat());
        });
        // The echo, and the first byte of the command behind it.
        assert_eq!(read(&mut stream, 1537).last(), Some(&3));
    });
}

#[test]
fn a_dialogue_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = Stoppable::start(&format!("rtmp://127.0.0.1:{port}/app/name {LIMITS}"));
    let mut stream = accept(&listener);
    shake_hands(&mut stream);
    read(&mut stream, 1);
    let answers = acceptance("NetStream.Play.Start");
    for answer in answers.chunks(answers.len().div_ceil(3)) {
        client.stopped_while(|| {
            write(&mut stream, answer);
        });
    }
    write(&mut stream, &media(1..=MESSAGES));
    finish(client, stream);
}

#[test]
fn reading_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = Stoppable::start(&format!("rtmp://127.0.0.1:{port}/app/name {LIMITS}"));
    let mut stream = accept(&listener);
    shake_hands(&mut stream);
    write(&mut stream, &acceptance("NetStream.Play.Start"));
    for time in 1..3 {
        client.stopped_while(|| {
            write(&mut stream, &media(time..=time));
        });
    }
    // Cut inside a message.
    let rest = media(3..=MESSAGES);
    let (first, second) = rest.split_at(1000);
    client.stopped_while(|| {
        write(&mut stream, first);
    });
    client.stopped_while(|| {
        write(&mut stream, second);
    });
    finish(client, stream);
}

#[test]
fn a_talk_with_a_proxy_goes_on() {
    let url = "rtmp://192.0.2.1/app/name socks=socks5://127.0.0.1:PORT";
    serve(url, |client, listener| {
        let mut stream = accept(listener);
        read(&mut stream, 3);
        client.stopped_while(|| {
            write(&mut stream, &[5, 0]);
        });
        read(&mut stream, 10);
        let done = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        client.stopped_while(|| {
            write(&mut stream, &done);
        });
        assert_eq!(read(&mut stream, 1), [3]);
    });
}

#[test]
fn a_tunnel_goes_on() {
    serve("rtmpt://127.0.0.1:PORT/app/name", |client, listener| {
        let mut stream = accept(listener);
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut head = || -> String {
            let mut line = String::new();
            let mut first = String::new();
            while lines.read_line(&mut line).unwrap() > 2 {
                if first.is_empty() {
                    first.clone_from(&line);
                }
                line.clear();
            }
            lines.read_exact(&mut [0]).unwrap();
            first
        };
        assert!(head().starts_with("POST /open/1 "));
        let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nID\n";
        client.stopped_while(|| stream.write_all(reply).unwrap());
        assert!(head().starts_with("POST /send/ID/0 "));
    });
}

/// Whether somebody waits for an answer from this port of this machine.
fn is_being_connected(port: u16) -> bool {
    let remote = format!(":{port:04X}");
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap();
    sockets.lines().skip(1).any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields[2].ends_with(&remote) && fields[3] == "02"
    })
}

#[test]
fn connecting_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: a listening socket. One connection fills its queue, and nobody else is answered.
    unsafe { libc::listen(listener.as_raw_fd(), 0) };
    let address = listener.local_addr().unwrap();
    let filler = TcpStream::connect(address).unwrap();
    // The system asks again after a second.
    let client = Stoppable::start(&format!("rtmp://{address}/app/name connectTimeout=3000"));
    let begin = Instant::now();
    while !is_being_connected(address.port()) {
        assert!(begin.elapsed() < PATIENCE);
        thread::yield_now();
    }
    let mut stream = None;
    client.stopped_while(|| {
        drop(accept(&listener));
        stream = Some(accept(&listener));
        thread::sleep(2 * STOPPED);
    });
    assert_eq!(read(&mut stream.unwrap(), 1), [3]);
    drop(filler);
}
