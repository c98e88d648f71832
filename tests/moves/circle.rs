//! Servers that send their clients on and on.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::client::{Client, LONG};
use crate::messages::{FLV_HEADER, message, tag};
use crate::peer::{Message, Peer, accept, listener, request};
use crate::publisher::{publisher, write};
use crate::stream::{GOP, head, moments, preparations, tags};

/// What each client of a server has sent, until one comes that says something else.
fn server(
    listener: TcpListener,
    mut talk: impl FnMut(&mut Peer<TcpStream>) + Send + 'static,
) -> JoinHandle<Vec<Vec<Message>>> {
    thread::spawn(move || {
        let mut heard = Vec::new();
        loop {
            let stream = accept(&listener);
            let mut first = [0];
            stream.peek(&mut first).unwrap();
            if first != [3] {
                return heard;
            }
            let mut peer = Peer::greet(stream);
            peer.accept_stream();
            talk(&mut peer);
            heard.push(peer.rest());
        }
    })
}

fn end(port: u16) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"end").unwrap();
}

/// So many moves come at once.
const AT_ONCE: usize = 3;
/// So many never do: the servers end the circle then.
const FAR_TOO_MANY: usize = 50;

#[test]
fn a_publisher_slows_down() {
    let (listener, port) = listener();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let server = server(listener, move |peer| {
        if counter.load(SeqCst) < FAR_TOO_MANY {
            peer.say(&request(None));
        }
        counter.fetch_add(1, SeqCst);
    });
    let begin = Instant::now();
    let client = publisher(port, "");
    write(&client, &head());
    let (mut at, mut left) = (0, 30 * GOP);
    while left > 0 {
        assert!(at < 100_000, "it does not move");
        write(&client, &tags(at));
        at += 1;
        left -= u32::from(count.load(SeqCst) > AT_ONCE);
    }
    client.close();
    let seconds = usize::try_from(begin.elapsed().as_secs()).unwrap();
    end(port);
    let heard = server.join().unwrap();
    assert!(heard.len() > AT_ONCE);
    assert!(heard.len() <= 1 + AT_ONCE + 1 + seconds, "{}", heard.len());
    // None of it is missing.
    let frames = heard.iter().flat_map(|messages| {
        let media = messages.iter().filter(|message| message.is_media());
        media
            .skip(preparations().len())
            .map(|it| (it.kind, it.time, it.body.clone()))
    });
    let frames: Vec<_> = frames.collect();
    assert!(frames == moments(0..at));
}

#[test]
fn a_player_slows_down() {
    let key = b"\x17\x01\0\0\0key frame";
    let stop = message(
        5,
        0,
        crate::messages::COMMAND,
        &crate::messages::status("NetStream.Play.Stop"),
    );
    let (listener, port) = listener();
    let mut count = 0;
    let server = server(listener, move |peer| {
        count += 1;
        let frame = message(6, 0, 9, key);
        let words = if count < FAR_TOO_MANY {
            [frame, request(None)].concat()
        } else {
            frame
        };
        peer.say(&words);
        if count > AT_ONCE {
            peer.say(&stop);
        }
    });
    let mut client = Client::new();
    client.set_up_with(
        "rtmp",
        port,
        &format!("timeout={LONG} live=1 reconnect=auto"),
    );
    assert!(client.connect() && client.connect_stream());
    let (mut all, mut room) = (Vec::new(), [0; 4096]);
    while let count @ 1.. = client.read(&mut room) {
        all.extend_from_slice(&room[..usize::try_from(count).unwrap()]);
    }
    client.close();
    end(port);
    // The last request stays without an answer: the stream ends first.
    assert_eq!(server.join().unwrap().len(), 1 + AT_ONCE);
    let mut expected = FLV_HEADER.to_vec();
    expected[4] = 1;
    for time in 0..=3 {
        expected.extend(tag(9, time, key));
    }
    assert_eq!(
        all.escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
}
