//! A broadcast that has not begun, and servers that talk without ever answering.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::client::{Client, PATIENCE, acceptance, rest, server, shake_hands, write};
use crate::messages::{COMMAND, NULL, command, message, status};

/// Each receive may take so long, and a dialogue three times that.
const LIMITS: &str = "timeout=30 receiveTimeout=1000";
/// The server says something so often.
const PAUSE: Duration = Duration::from_millis(50);
/// Longer than a dialogue may take.
const LONG: Duration = Duration::from_millis(4000);
const PING: [u8; 6] = [0, 6, 0, 0, 0, 1];

/// What a server says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    None,
    Connect,
    /// To connect and createStream.
    Stream,
}

impl Answers {
    fn bytes(self, code: &str) -> Vec<u8> {
        let all = acceptance(code);
        let last = message(5, 0, COMMAND, &status(code));
        match self {
            Self::None => Vec::new(),
            Self::Connect => message(3, 0, COMMAND, &command("_result", 1.0, &[NULL])),
            Self::Stream => all[..all.len() - last.len()].to_vec(),
        }
    }
}

/// Pings for `time`, or until the client has gone.
fn ping(stream: &mut TcpStream, time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time && write(stream, &message(2, 0, 4, &PING)) {
        std::thread::park_timeout(PAUSE);
    }
}

/// Whether a client plays or publishes in the end, and why not.
fn run(publishes: bool, answers: Answers, pings: Duration, begins: bool) -> (bool, String) {
    let code = if publishes {
        "NetStream.Publish.Start"
    } else {
        "NetStream.Play.Start"
    };
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &answers.bytes(code));
        ping(&mut stream, pings);
        if begins {
            write(&mut stream, &message(5, 0, COMMAND, &status(code)));
        }
        rest(&mut stream);
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, LIMITS);
    if publishes {
        client.publishes();
    }
    assert!(client.connect());
    let result = client.connect_stream();
    assert_eq!(client.is_timed_out(), !result);
    let told = client.last_error();
    client.close();
    thread.join().unwrap();
    (result, told)
}

const GIVEN_UP: &str = "waiting for the stream: nothing was received in time";

#[test]
fn a_broadcast_may_begin_late() {
    let played = run(false, Answers::Stream, LONG, true);
    assert_eq!(played, (true, String::new()));
}

#[test]
fn nothing_else_may_be_late() {
    let cases = [
        (true, Answers::None),
        (true, Answers::Connect),
        (true, Answers::Stream),
        (false, Answers::None),
        (false, Answers::Connect),
    ];
    std::thread::scope(|scope| {
        for (publishes, answers) in cases {
            scope.spawn(move || {
                let given_up = run(publishes, answers, PATIENCE, true);
                assert_eq!(given_up, (false, GIVEN_UP.into()));
            });
        }
    });
}

#[test]
fn silence_ends_the_waiting_for_a_broadcast() {
    let given_up = run(false, Answers::Stream, LONG, false);
    assert_eq!(given_up, (false, GIVEN_UP.into()));
}

#[test]
fn a_message_that_trickles_ends_it_too() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &Answers::Stream.bytes("NetStream.Play.Start"));
        // The header of a long message, whose bytes come one by one.
        write(&mut stream, &message(2, 0, 1, &60_000_u32.to_be_bytes()));
        write(&mut stream, &message(6, 0, 9, &[0x27; 50_000])[..20]);
        crate::client::repeat(&mut stream, &[0x27], PAUSE);
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, LIMITS);
    assert!(client.connect() && !client.connect_stream());
    assert!(client.is_timed_out());
    client.close();
    thread.join().unwrap();
}
