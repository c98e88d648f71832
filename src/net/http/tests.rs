//! Servers that mean no good: a fetch fails, and does so in time.

use super::*;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

/// What has come.
#[derive(Default)]
struct Seen {
    statuses: Vec<u16>,
    body: Vec<u8>,
    /// Breaks behind so many bytes, if not 0.
    appetite: usize,
}

impl Receiver for Seen {
    fn status(&mut self, status: u16) {
        self.statuses.push(status);
    }

    fn head(&mut self, _head: &Head) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn body(&mut self, piece: &mut [u8]) -> ControlFlow<()> {
        self.body.extend_from_slice(piece);
        if self.appetite > 0 && self.body.len() >= self.appetite {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// Takes one request and lets `script` answer.
fn serve(script: impl FnOnce(&mut TcpStream) + Send + 'static) -> (HttpUrl, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/d/p.swf", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
            request.push(byte[0]);
        }
        script(&mut stream);
        String::from_utf8(request).unwrap()
    });
    (HttpUrl::parse(url.as_bytes()).unwrap(), thread)
}

/// More than a server needs on a busy machine.
fn limits() -> Limits<'static> {
    let long = Duration::from_secs(60);
    Limits {
        waiting: Waiting::new(Deadline::default(), &|| false),
        head: long,
        silence: long,
        body: long,
        bytes: 100_000,
    }
}

/// Less, for what ends by its time.
fn impatient() -> Limits<'static> {
    Limits {
        head: Duration::from_secs(1),
        silence: Duration::from_millis(300),
        body: Duration::from_millis(900),
        ..limits()
    }
}

fn fetch(script: impl FnOnce(&mut TcpStream) + Send + 'static) -> (Result<(), HttpError>, Seen) {
    fetch_within(&limits(), script)
}

fn fetch_within(
    limits: &Limits<'_>,
    script: impl FnOnce(&mut TcpStream) + Send + 'static,
) -> (Result<(), HttpError>, Seen) {
    let (url, thread) = serve(script);
    let mut seen = Seen::default();
    let result = get(&url, &Trust::System, b"", limits, &mut seen);
    thread.join().unwrap();
    (result, seen)
}

/// Sends the same again and again until the client has gone.
fn pour(stream: &mut TcpStream, bytes: &[u8]) {
    while stream.write_all(bytes).is_ok() {}
}

/// Until the client has gone.
fn hold(stream: &mut TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).unwrap();
}

#[test]
fn the_request_has_the_words_of_the_original() {
    let (url, thread) = serve(|stream| say(stream, "HTTP/1.0 304 Not Modified\r\n"));
    let mut seen = Seen::default();
    assert_eq!(
        get(
            &url,
            &Trust::System,
            b"Sat, 14 Nov 2009 15:12:01 GMT",
            &limits(),
            &mut seen
        ),
        Ok(())
    );
    assert_eq!(seen.statuses, [304]);
    let root = String::from_utf8(url.root()).unwrap();
    assert_eq!(
        thread.join().unwrap(),
        format!(
            "GET /d/p.swf HTTP/1.0\r\nUser-Agent: Mozilla/5.0\r\nHost: 127.0.0.1\r\nReferer: {root}\r\n\
             If-Modified-Since: Sat, 14 Nov 2009 15:12:01 GMT\r\n\r\n"
        )
    );
}

#[test]
fn a_head_may_come_byte_by_byte() {
    let (result, seen) = fetch(|stream| {
        stream.set_nodelay(true).unwrap();
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" {
            stream.write_all(&[*byte]).unwrap();
        }
        hold(stream);
    });
    assert_eq!(
        (result, seen.statuses, seen.body),
        (Ok(()), vec![200], b"hello".to_vec())
    );
}

#[test]
fn the_response_behind_interim_ones_counts() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    let (result, seen) = fetch(move |stream| {
        say(stream, &interim.repeat(2));
        say(stream, "HTTP/1.1 404 Not Found\r\n\r\nhello");
    });
    assert_eq!(
        (result, seen.statuses, seen.body),
        (Ok(()), vec![404], b"hello".to_vec())
    );
    for last in [interim, "HTTP/1.1 100 Con"] {
        let (result, seen) = fetch(move |stream| say(stream, &format!("{interim}{last}")));
        assert_eq!((result, seen.statuses), (Err(HttpError::Lost), vec![]));
    }
    let (result, seen) = fetch(move |stream| pour(stream, interim.as_bytes()));
    assert_eq!((result, seen.statuses), (Err(HttpError::Malformed), vec![]));
}

#[test]
fn endless_heads_end() {
    let (result, _) = fetch(|stream| {
        say(stream, "HTTP/1.1 200 OK\r\n");
        pour(stream, b"X-Y: z\r\n");
    });
    assert_eq!(result, Err(HttpError::Malformed));
    let (result, _) = fetch(|stream| {
        say(stream, "HTTP/1.1 200 OK\r\nX: ");
        pour(stream, &[b'y'; 1000]);
    });
    assert_eq!(result, Err(HttpError::Malformed));
}

#[test]
fn a_head_that_trickles_ends_with_its_time() {
    let (result, seen) = fetch_within(&impatient(), |stream| {
        say(stream, "HTTP/1.1 200 OK\r\nX: ");
        // Slow enough to never reach the limit of size, quick enough to never be silent.
        while stream.write_all(b"y").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!((result, seen.statuses), (Err(HttpError::Lost), vec![200]));
}

#[test]
fn a_body_that_trickles_ends_with_its_time() {
    for head in ["Content-Length: 90000\r\n\r\n", "\r\n"] {
        let (result, seen) = fetch_within(&impatient(), move |stream| {
            say(stream, &format!("HTTP/1.1 200 OK\r\n{head}"));
            while stream.write_all(b"y").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        assert_eq!(result, Err(HttpError::Lost));
        assert!(!seen.body.is_empty());
    }
}

#[test]
fn the_whole_has_an_end_whatever_the_rest_allows() {
    let end = Deadline::within(Some(Duration::from_millis(500)));
    let limits = Limits {
        waiting: Waiting::new(end, &|| false),
        body: Duration::from_secs(3600),
        ..limits()
    };
    let (result, _) = fetch_within(&limits, |stream| {
        say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n");
        while stream.write_all(b"y").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(result, Err(HttpError::Lost));
}

#[test]
fn whoever_says_stop_is_heard_at_once() {
    let asked = std::cell::Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    let limits = Limits {
        waiting: Waiting::new(Deadline::default(), &stop),
        ..limits()
    };
    assert_eq!(fetch_within(&limits, hold).0, Err(HttpError::Stopped));
    asked.set(0);
    let (result, _) = fetch_within(&limits, |stream| {
        pour(stream, b"HTTP/1.1 200 OK\r\n\r\n");
    });
    assert_eq!(result, Err(HttpError::Stopped));
}

#[test]
fn silence_is_the_end() {
    assert_eq!(fetch_within(&impatient(), hold).0, Err(HttpError::Lost));
    let (result, seen) = fetch_within(&impatient(), |stream| {
        say(stream, "HTTP/1.1 200 OK\r\n\r\nabc");
        hold(stream);
    });
    assert_eq!((result, seen.body), (Ok(()), b"abc".to_vec()));
    let (result, _) = fetch_within(&impatient(), |stream| {
        say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
        hold(stream);
    });
    assert_eq!(result, Err(HttpError::Lost));
}

#[test]
fn an_early_end_is_one_at_any_byte() {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for end in 0..text.len() {
        let (result, _) = fetch(move |stream| say(stream, &text[..end]));
        // Before the last digit of the status this is no HTTP yet.
        let expected = if (1..=11).contains(&end) {
            HttpError::Malformed
        } else {
            HttpError::Lost
        };
        assert_eq!(result, Err(expected), "{end} bytes");
    }
}

#[test]
fn a_body_has_a_largest_size() {
    let long = |length: &'static str| {
        fetch(move |stream| {
            say(stream, &format!("HTTP/1.1 200 OK\r\n{length}\r\n"));
            pour(stream, &[7; 10_000]);
        })
    };
    let (result, seen) = long("Content-Length: 100001\r\n");
    assert_eq!((result, seen.body.len()), (Err(HttpError::TooLong), 0));
    let (result, seen) = long("");
    assert_eq!(result, Err(HttpError::TooLong));
    assert!(seen.body.len() <= 100_000);
    for length in ["-1", "2147483648", "99999999999999999999", "x"] {
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nhello");
        let (result, _) = fetch(move |stream| say(stream, &text));
        assert_eq!(result, Err(HttpError::Malformed), "{length}");
    }
}

#[test]
fn nobody_waits_for_what_is_not_wanted() {
    let (url, thread) = serve(|stream| {
        say(stream, "HTTP/1.1 200 OK\r\n\r\n");
        pour(stream, &[7; 1000]);
    });
    let mut seen = Seen {
        appetite: 5000,
        ..Seen::default()
    };
    assert_eq!(get(&url, &Trust::System, b"", &limits(), &mut seen), Ok(()));
    assert!(seen.body.len() >= 5000);
    thread.join().unwrap();
}
