//! Option `fastStart`: a stream is asked for before anything is answered, and all ends as without the option.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::client::{Client, LONG, PATIENCE, acceptance, rest, server, shake_hands};
use crate::messages::{COMMAND, NULL, command, message, number, object, status, text};

/// Takes all up to the end of these bytes.
pub(crate) fn hear(stream: &mut TcpStream, last: &[u8]) -> Vec<u8> {
    let (mut heard, mut byte) = (Vec::new(), [0]);
    while !heard.ends_with(last) {
        stream.read_exact(&mut byte).unwrap();
        heard.push(byte[0]);
    }
    heard
}

fn say(stream: &mut TcpStream, body: &[u8]) {
    stream.write_all(&message(3, 0, COMMAND, body)).unwrap();
}

fn result(id: f64, values: &[&[u8]]) -> Vec<u8> {
    command("_result", id, values)
}

/// `_error` for a command.
fn refusal(id: f64, code: &str, words: &str) -> Vec<u8> {
    let info = object(&[
        ("level", text("error")),
        ("code", text(code)),
        ("description", text(words)),
    ]);
    command("_error", id, &[NULL, &info])
}

/// A client that is told by `serve` what it asks for: whether it has its stream, and which, and why not.
fn start<T: Send + 'static>(
    publishes: bool,
    options: &str,
    serve: impl FnOnce(&mut TcpStream) -> T + Send + 'static,
) -> (bool, i32, String, T) {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        let heard = serve(&mut stream);
        rest(&mut stream);
        heard
    });
    let mut client = Client::new();
    let options = format!("timeout={LONG} fastStart=1 {options}");
    client.set_up_with("rtmp", port, &options);
    if publishes {
        client.publishes();
    }
    assert!(client.connect());
    let has_stream = client.connect_stream();
    let stream = client.handle().m_stream_id.get();
    let reason = client.last_error();
    client.close();
    (has_stream, stream, reason, thread.join().unwrap())
}

#[test]
fn nothing_is_waited_for() {
    for (publishes, last, code) in [
        (true, &b"publish"[..], "NetStream.Publish.Start"),
        // The length of the buffer of stream 1.
        (
            false,
            &[0, 3, 0, 0, 0, 1, 0, 0, 0x75, 0x30],
            "NetStream.Play.Start",
        ),
    ] {
        let (has_stream, stream, ..) = start(publishes, "", move |stream| {
            hear(stream, b"createStream");
            hear(stream, last);
            stream.write_all(&acceptance(code)).unwrap();
        });
        assert!(has_stream);
        assert_eq!(stream, 1);
    }
}

#[test]
fn a_guess_that_is_wrong_is_corrected() {
    for (publishes, asked, id, last, bad, good) in [
        (
            true,
            &b"publish"[..],
            4.0,
            // The message stream of the command, little endian, and its name.
            &b"\x07\0\0\0\x02\0\x07publish"[..],
            "NetStream.Publish.BadName",
            "NetStream.Publish.Start",
        ),
        (
            false,
            &[0, 3, 0, 0, 0, 1, 0, 0, 0x75, 0x30],
            2.0,
            &[0, 3, 0, 0, 0, 7, 0, 0, 0x75, 0x30],
            "NetStream.Play.StreamNotFound",
            "NetStream.Play.Start",
        ),
    ] {
        let (has_stream, stream, reason, ()) = start(publishes, "", move |stream| {
            hear(stream, asked);
            say(stream, &result(1.0, &[NULL]));
            say(stream, &result(id, &[NULL, &number(7.0)]));
            // About the stream 1.
            let mut stray = message(5, 0, COMMAND, &status(bad));
            stray[8..12].copy_from_slice(&1_u32.to_le_bytes());
            stream.write_all(&stray).unwrap();
            say(stream, &refusal(id + 1.0, bad, "no such stream"));
            hear(stream, last);
            say(stream, &status(good));
        });
        assert!(has_stream, "{reason}");
        assert_eq!((stream, &reason[..]), (7, ""));
    }
}

#[test]
fn a_refusal_is_one() {
    let words = "server refused connect: NetConnection.Connect.Rejected no";
    for publishes in [true, false] {
        let (has_stream, stream, reason, ()) = start(publishes, "", |stream| {
            hear(stream, b"connect");
            say(
                stream,
                &refusal(1.0, "NetConnection.Connect.Rejected", "no"),
            );
            stream.shutdown(std::net::Shutdown::Both).unwrap();
        });
        assert!(!has_stream && stream == -1);
        assert!(reason.ends_with(words), "{reason}");
    }
}

#[test]
fn without_a_stream_there_is_nothing_to_publish() {
    let (has_stream, stream, reason, ()) = start(true, "", |stream| {
        hear(stream, b"publish");
        say(stream, &result(1.0, &[NULL]));
        say(stream, &refusal(4.0, "NetStream.Failed", "full"));
        say(
            stream,
            &refusal(5.0, "NetStream.Publish.Failed", "no stream"),
        );
    });
    assert!(!has_stream && stream == -1);
    let words = "server refused createStream: NetStream.Failed full";
    assert!(reason.ends_with(words), "{reason}");
}

#[test]
fn who_has_a_login_waits() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        shake_hands(&mut stream);
        hear(&mut stream, b"connect");
        let words = "code=403 need auth; authmod=adobe";
        say(
            &mut stream,
            &refusal(1.0, "NetConnection.Connect.Rejected", words),
        );
        let asked = rest(&mut stream);
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        shake_hands(&mut stream);
        hear(&mut stream, b"authmod=adobe");
        stream
            .write_all(&acceptance("NetStream.Publish.Start"))
            .unwrap();
        rest(&mut stream);
        asked
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, "fastStart=1 pubUser=joe pubPasswd=pw");
    client.publishes();
    assert!(client.connect());
    assert!(client.connect_stream());
    client.close();
    let asked = thread.join().unwrap();
    assert!(!asked.windows(12).any(|bytes| bytes == b"createStream"));
}

#[test]
fn off_nothing_is_asked_before_it_is_answered() {
    for options in ["fastStart=0", "fastStart=1 fastStart=off"] {
        let (has_stream, _, _, asked) = start(true, options, |stream| {
            hear(stream, b"connect");
            say(stream, &result(1.0, &[NULL]));
            hear(stream, b"createStream");
            say(stream, &result(4.0, &[NULL, &number(9.0)]));
            let asked = hear(stream, b"\x09\0\0\0\x02\0\x07publish");
            say(stream, &status("NetStream.Publish.Start"));
            asked
        });
        assert!(has_stream);
        // Once, and not of another stream before.
        let publish = b"\x02\0\x07publish";
        let count = asked
            .windows(publish.len())
            .filter(|bytes| bytes == publish);
        assert_eq!(count.count(), 1);
    }
}
