//! A scripted server on a loopback port. It follows the client's chunk stream only as far as it
//! needs to know which message has arrived, and keeps every byte.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::handle::Handle;
use crate::library::Library;
use crate::messages::{command, message, number, object, text};
use crate::trace::Trace;

/// A client that does not send what the script waits for ends the script.
const PATIENCE: Duration = Duration::from_secs(5);
/// A client that is to connect does so at once, or not at all.
const ARRIVAL: Duration = Duration::from_secs(2);

#[derive(Clone, Default)]
struct Header {
    time: u32,
    size: usize,
    kind: u8,
    body: Vec<u8>,
}

pub(crate) struct Connection {
    stream: TcpStream,
    /// All that came after the handshake.
    received: Vec<u8>,
    parsed: usize,
    channels: BTreeMap<u8, Header>,
    /// What was remarkable, for the trace.
    notes: Vec<String>,
}

impl Connection {
    /// The plain handshake: version bytes of S1 zero, S2 echoes C1.
    pub(crate) fn handshake(&mut self) {
        let mut c0_c1 = vec![0_u8; 1537];
        if self.stream.read_exact(&mut c0_c1).is_err() {
            self.notes.push("no C0 and C1".into());
            return;
        }
        self.notes
            .push(format!("C0 {:02x} version {:02x?}", c0_c1[0], &c0_c1[5..9]));
        let s1: Vec<u8> = (0..1536_u32)
            .map(|at| if at < 8 { 0 } else { (at * 7).to_le_bytes()[0] })
            .collect();
        self.write(&[&[3], &s1[..], &c0_c1[1..]].concat());
        let mut c2 = vec![0_u8; 1536];
        let came = self.stream.read_exact(&mut c2).is_ok();
        self.notes
            .push(format!("C2 came {came}, echoes S1 {}", c2 == s1));
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        // A client that has gone shows in what it sent.
        let _ = self.stream.write_all(bytes);
    }

    pub(crate) fn send(&mut self, channel: u8, time: u32, kind: u8, stream: u32, body: &[u8]) {
        self.write(&message(channel, time, kind, stream, body));
    }

    fn more(&mut self) -> bool {
        let mut chunk = [0_u8; 4096];
        match self.stream.read(&mut chunk) {
            Ok(count @ 1..) => {
                self.received.extend_from_slice(&chunk[..count]);
                true
            }
            _ => false,
        }
    }

    /// The next whole message, or nothing at the end.
    fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            match self.parse() {
                Some(Some(message)) => return Some(message),
                Some(None) => {}
                None => {
                    if !self.more() {
                        return None;
                    }
                }
            }
        }
    }

    /// One chunk: `None` if it has not arrived whole.
    fn parse(&mut self) -> Option<Option<(u8, Vec<u8>)>> {
        let rest = &self.received[self.parsed..];
        let first = *rest.first()?;
        let channel = first & 0x3f;
        let mut header = self.channels.get(&channel).cloned().unwrap_or_default();
        let mut at = 1;
        let big = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0_u32, |n, byte| (n << 8) | u32::from(*byte))
        };
        if first >> 6 < 3 {
            header.time = big(rest.get(at..at + 3)?);
            at += 3;
        }
        if first >> 6 < 2 {
            header.size = big(rest.get(at..at + 3)?) as usize;
            header.kind = *rest.get(at + 3)?;
            at += 4;
        }
        if first >> 6 < 1 {
            rest.get(at..at + 4)?;
            at += 4;
        }
        if header.time == 0xff_ffff {
            rest.get(at..at + 4)?;
            at += 4;
        }
        let count = (header.size - header.body.len()).min(128);
        header.body.extend_from_slice(rest.get(at..at + count)?);
        self.parsed += at + count;
        let whole = header.body.len() == header.size;
        let message = whole.then(|| (header.kind, std::mem::take(&mut header.body)));
        self.channels.insert(channel, header);
        Some(message)
    }

    /// Wait for a command; its transaction number.
    pub(crate) fn await_command(&mut self, name: &str) -> f64 {
        let wanted = text(name);
        while let Some((kind, body)) = self.next() {
            if kind == 0x14 && body.starts_with(&wanted) {
                let bytes = body.get(wanted.len() + 1..wanted.len() + 9);
                return bytes.map_or(0.0, |b| f64::from_be_bytes(b.try_into().expect("8 bytes")));
            }
        }
        self.notes.push(format!("{name} did not come"));
        0.0
    }

    pub(crate) fn end_output(&self) {
        // The client may have closed first.
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }

    pub(crate) fn until_close(&mut self) {
        while self.more() {}
    }

    /// Answers to connect and createStream, as most servers give them.
    pub(crate) fn accept_stream(&mut self) {
        self.await_command("connect");
        self.accept_connect();
        let transaction = self.await_command("createStream");
        self.send(
            3,
            0,
            0x14,
            0,
            &command("_result", transaction, &[&[5], &number(1.0)]),
        );
    }

    pub(crate) fn accept_connect(&mut self) {
        self.send(2, 0, 5, 0, &2_500_000_u32.to_be_bytes());
        self.send(2, 0, 6, 0, &[0, 0x26, 0x25, 0xa0, 2]);
        self.send(2, 0, 4, 0, &[0; 6]);
        let server = object(&[
            ("fmsVer", text("FMS/3,0,1,123")),
            ("capabilities", number(31.0)),
        ]);
        let info = object(&[
            ("level", text("status")),
            ("code", text("NetConnection.Connect.Success")),
            ("description", text("ok")),
        ]);
        self.send(3, 0, 0x14, 0, &command("_result", 1.0, &[&server, &info]));
    }
}

type Log = (Vec<String>, Vec<u8>);

pub(crate) struct Server {
    pub(crate) port: u16,
    thread: JoinHandle<Vec<Log>>,
}

impl Server {
    /// Accepts `connections` times and runs the script on each; the number counts from 0.
    pub(crate) fn start(
        connections: usize,
        script: impl Fn(usize, &mut Connection) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("address").port();
        let thread = std::thread::spawn(move || {
            let mut logs = Vec::new();
            for number in 0..connections {
                let Some(stream) = accept(&listener) else {
                    break;
                };
                stream
                    .set_read_timeout(Some(PATIENCE))
                    .expect("receive timeout");
                stream.set_nodelay(true).expect("no delay");
                let mut connection = Connection {
                    stream,
                    received: Vec::new(),
                    parsed: 0,
                    channels: BTreeMap::new(),
                    notes: Vec::new(),
                };
                script(number, &mut connection);
                connection.until_close();
                logs.push((connection.notes, connection.received));
            }
            logs
        });
        Self { port, thread }
    }

    pub(crate) fn finish(self, trace: &mut Trace) {
        self.finish_masked(trace, |_| {});
    }

    /// As `finish`; `mask` makes random parts of what a connection sent equal.
    pub(crate) fn finish_masked(self, trace: &mut Trace, mask: impl Fn(&mut [u8])) {
        for (notes, mut received) in self.thread.join().expect("script") {
            mask(&mut received);
            notes
                .into_iter()
                .for_each(|note| trace.text(format!("server: {note}")));
            trace.bytes("server received", &received);
        }
    }
}

/// Bounded: a client that never comes must not hang the script.
pub(crate) fn accept(listener: &TcpListener) -> Option<TcpStream> {
    listener.set_nonblocking(true).expect("non-blocking");
    let start = std::time::Instant::now();
    while start.elapsed() < ARRIVAL {
        if let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false).expect("blocking");
            return Some(stream);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    None
}

/// A client whose URL has `PORT` where the port goes; the caller connects it.
pub(crate) fn client(lib: &'static Library, trace: &mut Trace, url: &str, port: u16) -> Client {
    trace.call(port.to_string(), "PORT");
    let handle = Handle::new(lib);
    let mut url = format!("{}\0", url.replace("PORT", &port.to_string())).into_bytes();
    trace.note(
        "RTMP_SetupURL",
        lib.RTMP_SetupURL(handle.raw, url.as_mut_ptr()),
    );
    Client { handle, _url: url }
}

/// The handle borrows the URL, so it goes first.
pub(crate) struct Client {
    pub(crate) handle: Handle,
    _url: Vec<u8>,
}
