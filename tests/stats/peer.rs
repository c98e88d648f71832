//! Servers that count: all bytes on the socket by a relay in front of them, bytes and messages of RTMP by themselves.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread::{self, JoinHandle};

use crate::client::{PATIENCE, acceptance};
use crate::messages::{message, text};

/// The last message that a client sends before it listens.
pub(crate) const MARK: &[u8] = b"all of the media";
/// What a server then says: a ping, a report of so many bytes, and the last word.
const PING: [u8; 6] = [0, 6, 1, 2, 3, 4];
pub(crate) const REPORTED: u32 = 4321;
pub(crate) const LAST: u8 = 18;
/// Messages of [`acceptance`], and those three.
pub(crate) const SAID: u64 = 4 + 3;

/// What has passed a relay.
#[derive(Default)]
pub(crate) struct Passed {
    pub(crate) up: AtomicU64,
    pub(crate) down: AtomicU64,
}

/// Passes bytes on, and counts them before.
fn pass(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut piece = [0; 4096];
    while let Ok(size @ 1..) = from.read(&mut piece) {
        count.fetch_add(size.try_into().unwrap(), SeqCst);
        if to.write_all(&piece[..size]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// A relay for one client of the server at `port`: its own port, what passes, and the end.
pub(crate) fn relay(port: u16) -> (u16, Arc<Passed>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let passed = Arc::<Passed>::default();
    let seen = Arc::clone(&passed);
    let thread = thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
        for socket in [&client, &server] {
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
        }
        let (counting, ends) = (Arc::clone(&seen), [&server, &client]);
        let [from, to] = ends.map(|socket| socket.try_clone().unwrap());
        let back = thread::spawn(move || pass(from, to, &counting.down));
        pass(client, server, &seen.up);
        back.join().unwrap();
    });
    (own, passed, thread)
}

/// What a server has seen of RTMP: the client's bytes, and how many of its own there were.
pub(crate) struct Seen {
    pub(crate) received: Vec<u8>,
    pub(crate) said: u64,
}

pub(crate) fn last_words() -> Vec<u8> {
    [
        message(2, 0, 4, &PING),
        message(2, 0, 3, &REPORTED.to_be_bytes()),
        message(5, 0, LAST, &text("onLast")),
    ]
    .concat()
}

/// A server that accepts a publisher, says its last word behind [`MARK`], and nothing more.
pub(crate) fn serve(mut stream: impl Read + Write) -> Seen {
    let mut seen = Seen {
        received: vec![0; 1537],
        said: 0,
    };
    stream.read_exact(&mut seen.received).unwrap();
    let answer = [&[3], &[0; 1536][..], &seen.received[1..]].concat();
    seen.say(&mut stream, &answer);
    seen.say(&mut stream, &acceptance("NetStream.Publish.Start"));
    while !seen.received.windows(MARK.len()).any(|some| some == MARK) {
        seen.hear(&mut stream);
    }
    seen.say(&mut stream, &last_words());
    // A client that was cut off resets the connection.
    let _ = stream.read_to_end(&mut seen.received);
    seen
}

impl Seen {
    fn say(&mut self, stream: &mut impl Write, bytes: &[u8]) {
        stream.write_all(bytes).unwrap();
        stream.flush().unwrap();
        self.said += u64::try_from(bytes.len()).unwrap();
    }

    fn hear(&mut self, stream: &mut impl Read) {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "the client has gone");
        self.received.extend_from_slice(&piece[..count]);
    }

    /// Messages of the client behind its handshake, which has chunks of 128 bytes on streams with a header of one byte.
    pub(crate) fn messages(&self) -> u64 {
        let (mut rest, mut lengths, mut left) = (&self.received[2 * 1536 + 1..], [0; 64], [0; 64]);
        let mut count = 0;
        while let [first, behind @ ..] = rest {
            let stream = usize::from(first & 0x3f);
            assert!(stream >= 2, "a longer header");
            let header = [11, 7, 3, 0][usize::from(first >> 6)];
            if header >= 7 {
                lengths[stream] = behind[3..6]
                    .iter()
                    .fold(0, |sum, &byte| sum << 8 | usize::from(byte));
            }
            if left[stream] == 0 {
                left[stream] = lengths[stream];
            }
            let payload = left[stream].min(128);
            left[stream] -= payload;
            count += u64::from(left[stream] == 0);
            rest = &behind[header + payload..];
        }
        assert_eq!(left, [0; 64], "half a message");
        count
    }
}
