//! Servers that want to know who publishes, before a move and behind it.

use std::net::TcpListener;
use std::thread;

use crate::messages::{COMMAND, NULL, command, message, object, text};
use crate::peer::{Message, Peer, accept, listener, request};
use crate::publisher::{publish_until, publisher};

pub(crate) fn rejection(words: &str) -> Vec<u8> {
    let info = object(&[
        ("level", text("error")),
        ("code", text("NetConnection.Connect.Rejected")),
        ("description", text(words)),
    ]);
    message(3, 0, COMMAND, &command("_error", 1.0, &[NULL, &info]))
}

/// Rejects a client twice, and lets it publish then; what it said to connect the last time.
fn let_in(listener: &TcpListener) -> (Peer<std::net::TcpStream>, Message) {
    for words in [
        "code=403 need auth; authmod=adobe",
        "[ authmod=adobe ] : ?reason=needauth&user=joe&salt=abcd&challenge=abcd&opaque=abcd",
    ] {
        let mut peer = Peer::greet(accept(listener));
        while !peer.next().unwrap().is("connect") {}
        peer.say(&rejection(words));
        peer.rest();
    }
    let mut peer = Peer::greet(accept(listener));
    peer.accept_stream();
    let connect = peer.commands[0].clone();
    (peer, connect)
}

#[test]
fn the_new_server_asks_too() {
    for (place, is_same) in [
        ("rtmp://joe:word@127.0.0.1:PORT/there", false),
        ("/there", true),
        ("", true),
    ] {
        let ((one, port), (two, other)) = (listener(), listener());
        let place = place.replace("PORT", &other.to_string());
        let two = if is_same {
            one.try_clone().unwrap()
        } else {
            two
        };
        let (ready, begin) = std::sync::mpsc::channel();
        let old = thread::spawn(move || {
            let (mut peer, connect) = let_in(&one);
            ready.send(()).unwrap();
            let place = Some(&place[..]).filter(|place| !place.is_empty());
            peer.say(&request(place));
            peer.rest();
            connect
        });
        let (taken, is_taken) = std::sync::mpsc::channel();
        let new = thread::spawn(move || {
            begin.recv().unwrap();
            let (mut peer, connect) = let_in(&two);
            taken.send(()).unwrap();
            peer.rest();
            connect
        });
        // The application is the library's own, which a login lengthens.
        let client = publisher(port, "pubUser=joe pubPasswd=pw app=own");
        publish_until(&client, 1, || is_taken.try_recv().is_ok());
        client.close();
        let (old, new) = (old.join().unwrap(), new.join().unwrap());
        assert!(old.has(b"own?authmod=adobe&user=joe&challenge="));
        let app = if is_same && new.has(b"own") {
            "own"
        } else {
            "there"
        };
        let answer = format!("{app}?authmod=adobe&user=joe&challenge=");
        assert!(new.has(answer.as_bytes()), "{new:?}");
        // Only one answer.
        assert_eq!(
            new.body.windows(8).filter(|it| it == b"authmod=").count(),
            2,
            "{new:?}"
        );
    }
}
