//! `RTMP_Write` goes on at another server.

use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use crate::client::{Client, LONG};
use crate::peer::{Message, listener, request, serve};
use crate::stream::{GOP, frames, head, preparations, tags};

/// What a server has got: the commands of the dialogue, and all behind it.
#[derive(Default, Debug)]
struct Heard {
    commands: Vec<Message>,
    rest: Vec<Message>,
}

impl Heard {
    fn media(&self) -> Vec<(u8, u32, Vec<u8>)> {
        let media = self.rest.iter().filter(|message| message.is_media());
        media
            .map(|it| (it.kind, it.time, it.body.clone()))
            .collect()
    }

    fn command(&self, name: &str) -> &Message {
        let found = self.commands.iter().find(|message| message.is(name));
        found.unwrap()
    }
}

/// A server that says `words` when it has got the frame of the moment `at`, and tells so.
fn server_that_says(
    listener: TcpListener,
    at: u32,
    words: Vec<u8>,
    said: Sender<()>,
) -> JoinHandle<Heard> {
    thread::spawn(move || {
        let mut peer = serve(&listener);
        let mut rest = Vec::new();
        let last = frames(at).pop().unwrap().2;
        while let Some(message) = peer.next() {
            let is_it = message.body == last;
            rest.push(message);
            if is_it {
                peer.say(&words);
                said.send(()).unwrap();
            }
        }
        let commands = peer.commands;
        Heard { commands, rest }
    })
}

/// A server that listens to one client to its end.
fn server_that_listens(listener: TcpListener) -> JoinHandle<Heard> {
    thread::spawn(move || {
        let mut peer = serve(&listener);
        let rest = peer.rest();
        let commands = peer.commands;
        Heard { commands, rest }
    })
}

fn publisher(port: u16, options: &str) -> Client {
    let mut client = Client::new();
    client.set_up_with(
        "rtmp",
        port,
        &format!("timeout={LONG} reconnect=auto {options}"),
    );
    client.publishes();
    assert!(
        client.connect() && client.connect_stream(),
        "{}",
        client.last_error()
    );
    client
}

fn write(client: &Client, bytes: &[u8]) {
    let size = i32::try_from(bytes.len()).unwrap();
    assert_eq!(client.write(bytes), size, "{}", client.last_error());
}

/// Writes until the handle has another port, `most` moments at most. The moment that comes next.
fn write_until_moved(client: &Client, mut at: u32, said: &Receiver<()>, when: u32) -> u32 {
    let port = client.handle().Link.port.get();
    while client.handle().Link.port.get() == port {
        assert!(at < 1000, "it never moves");
        write(client, &tags(at));
        if at == when {
            said.recv().unwrap();
        }
        at += 1;
    }
    at
}

fn moments(range: std::ops::Range<u32>) -> Vec<(u8, u32, Vec<u8>)> {
    range.flat_map(frames).collect()
}

/// The frames behind what prepares for them.
fn without_preparations(mut media: Vec<(u8, u32, Vec<u8>)>) -> Vec<(u8, u32, Vec<u8>)> {
    let prepared: Vec<_> = media.drain(..preparations().len()).collect();
    let time = media[0].1;
    for ((kind, at, body), expected) in prepared.into_iter().zip(preparations()) {
        assert_eq!((kind, body), expected);
        assert_eq!(at, time);
    }
    media
}

#[test]
fn the_stream_goes_on_at_a_key_frame() {
    let ((first, port), (second, other)) = (listener(), listener());
    let (tell, said) = mpsc::channel();
    let words = request(Some(&format!("rtmp://127.0.0.1:{other}/new/place?a=b")));
    let old = server_that_says(first, 3, words, tell);
    let new = server_that_listens(second);
    let client = publisher(port, "");
    write(&client, &head());
    let moved = write_until_moved(&client, 0, &said, 3) - 1;
    assert_eq!(moved % GOP, 0);
    for at in moved + 1..moved + 25 {
        write(&client, &tags(at));
    }
    let link = &client.handle().Link;
    assert_eq!(link.hostname.bytes(), b"127.0.0.1");
    assert_eq!(link.app.bytes(), b"new/place?a=b");
    client.close();
    let (old, new) = (old.join().unwrap(), new.join().unwrap());
    // The old server gets all before the key frame, and a proper goodbye.
    assert_eq!(without_preparations_of_old(old.media()), moments(0..moved));
    let last: Vec<_> = old.rest.iter().rev().take(2).collect();
    assert!(
        last[0].is("deleteStream") && last[1].is("FCUnpublish"),
        "{last:?}"
    );
    // The new one gets all from there on.
    assert_eq!(
        without_preparations(new.media()),
        moments(moved..moved + 25)
    );
    let connect = new.command("connect");
    assert!(connect.has(b"new/place?a=b"));
    assert!(connect.has(format!("rtmp://127.0.0.1:{other}/new/place?a=b").as_bytes()));
    assert!(new.command("publish").has(b"name"));
    let first = new.rest.iter().find(|message| message.is_media()).unwrap();
    assert_eq!((first.format, first.stream), (0, 1));
}

/// The old server gets them in the order in which the program has them.
fn without_preparations_of_old(mut media: Vec<(u8, u32, Vec<u8>)>) -> Vec<(u8, u32, Vec<u8>)> {
    media.drain(..preparations().len());
    media
}
