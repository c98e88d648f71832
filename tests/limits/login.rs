//! Login servers that take their time.

use std::io::Write;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::thread;
use std::time::{Duration, Instant};

use rtmp::sys::socket::{Readiness, wait};

use crate::client::{Client, shake_hands};
use crate::messages::{COMMAND, NULL, command, message, object, text};

const PING: [u8; 6] = [0, 6, 0, 0, 0, 1];
/// Less than a dialogue may take, and half of it more than once.
const TALK: Duration = Duration::from_millis(2000);

fn rejection(words: &str) -> Vec<u8> {
    let info = object(&[
        ("level", text("error")),
        ("code", text("NetConnection.Connect.Rejected")),
        ("description", text(words)),
    ]);
    message(3, 0, COMMAND, &command("_error", 1.0, &[NULL, &info]))
}

/// The time for the dialogue is that of all connections together: the second one is not heard to its end.
#[test]
fn all_connections_share_the_time_of_the_dialogue() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let mut threads = Vec::new();
        // Until the client's end, which says so by connecting from another address.
        loop {
            let (mut stream, _) = listener.accept().unwrap();
            let mut first = [0];
            stream.peek(&mut first).unwrap();
            if first != [3] {
                break;
            }
            let words = match threads.len() {
                0 => "code=403 need auth; authmod=adobe",
                _ => {
                    "[ authmod=adobe ] : ?reason=needauth&user=joe&salt=abcd&challenge=abcd&opaque=abcd"
                }
            };
            threads.push(thread::spawn(move || {
                shake_hands(&mut stream);
                let begin = Instant::now();
                while begin.elapsed() < TALK {
                    // The client may have gone.
                    let _ = stream.write_all(&message(2, 0, 4, &PING));
                    thread::park_timeout(Duration::from_millis(50));
                }
                let _ = stream.write_all(&rejection(words));
                let _ = wait(stream.as_raw_fd(), Readiness::Gone, Some(TALK));
            }));
        }
        let count = threads.len();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        count
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, "receiveTimeout=1000 pubUser=joe pubPasswd=pw");
    client.publishes();
    assert!(client.connect());
    assert!(!client.connect_stream());
    assert!(client.is_timed_out());
    let mut end = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    end.write_all(b"end").unwrap();
    assert_eq!(thread.join().unwrap(), 2);
}
