//! Cancelling and closing what another thread is blocked in.

use std::io::Read;
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use crate::client::{Client, LONG, acceptance, rest, server, shake_hands, write};

/// Where the server leaves the client waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Handshake,
    Dialogue,
    Media,
}

const STAGES: [Stage; 3] = [Stage::Handshake, Stage::Dialogue, Stage::Media];

/// Goes with the client up to `stage`, and says so when something has come that is sent there.
fn lead(stream: &mut TcpStream, stage: Stage, there: &Sender<Stage>) {
    if stage != Stage::Handshake {
        shake_hands(stream);
    }
    if stage == Stage::Media {
        write(stream, &acceptance("NetStream.Play.Start"));
    }
    stream.read_exact(&mut [0]).unwrap();
    if stage != Stage::Media {
        there.send(stage).unwrap();
    }
    rest(stream);
}

/// Connects and reads; the phase that failed. The server does not see when the client waits for media.
fn play(client: &Client, there: &Sender<Stage>) -> Option<Stage> {
    if !client.connect() {
        return Some(Stage::Handshake);
    }
    if !client.connect_stream() {
        return Some(Stage::Dialogue);
    }
    there.send(Stage::Media).unwrap();
    (client.read(&mut [0; 4096]) <= 0).then_some(Stage::Media)
}

fn stopped_at(stage: Stage, stop: impl Fn(&Client)) {
    let (there, arrival) = channel();
    let there_too = there.clone();
    let (port, thread) = server(move |mut stream| lead(&mut stream, stage, &there_too));
    let client = Client::of("rtmp", port, LONG);
    thread::scope(|scope| {
        let player = scope.spawn(|| play(&client, &there));
        assert_eq!(arrival.recv().unwrap(), stage);
        stop(&client);
        assert_eq!(player.join().unwrap(), Some(stage));
    });
    thread.join().unwrap();
}

#[test]
fn a_cancel_ends_every_stage() {
    for stage in STAGES {
        stopped_at(stage, Client::cancel);
    }
}

#[test]
fn a_close_ends_every_stage() {
    for stage in STAGES {
        stopped_at(stage, Client::close);
    }
}

#[test]
fn a_cancelled_handle_connects_again_after_close() {
    let mut client = Client::of("rtmp", 1, LONG);
    client.cancel();
    for _ in 0..2 {
        let (port, thread) = server(|mut stream| {
            shake_hands(&mut stream);
            rest(&mut stream)
        });
        client.set_up("rtmp", port, LONG);
        if client.handle().is_stopped() {
            assert!(!client.connect() && !client.is_connected());
            // The server still waits for a client.
            drop(TcpStream::connect(("127.0.0.1", port)));
            assert!(thread.join().is_err());
            client.close();
            continue;
        }
        assert!(client.connect());
        client.close();
        assert!(!thread.join().unwrap().is_empty());
    }
}

#[test]
fn a_blocked_writer_is_cancelled() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        stream
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect());
    let (tell, told) = channel();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let body = vec![7; 1 << 20];
            // The peer never reads: a write blocks sooner or later.
            while client.send(&body) {
                tell.send(()).unwrap();
            }
        });
        told.recv().unwrap();
        client.cancel();
        writer.join().unwrap();
    });
    drop(thread.join().unwrap());
}
