//! Into an HTTP tunnel, out of one, and from one to another.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, JoinHandle};

use crate::client::{Client, LONG};
use crate::peer::{Message, Peer, accept, listener, request};
use crate::publisher::publish_until;
use crate::stream::{moments, preparations};
use crate::tunnel::Bytes;

/// A server that says something when it has the client, and hears it to its end.
fn server(
    listener: TcpListener,
    is_tunnel: bool,
    words: Vec<u8>,
    taken: &Arc<AtomicBool>,
) -> JoinHandle<Vec<Message>> {
    let taken = Arc::clone(taken);
    thread::spawn(move || {
        let stream = accept(&listener);
        if is_tunnel {
            hear(Bytes::of(stream), &words, &taken)
        } else {
            hear(stream, &words, &taken)
        }
    })
}

fn hear(stream: impl Read + Write, words: &[u8], taken: &AtomicBool) -> Vec<Message> {
    let mut peer = Peer::greet(stream);
    peer.accept_stream();
    taken.store(true, SeqCst);
    peer.say(words);
    peer.rest()
}

#[test]
fn tunnels_are_left_and_entered() {
    for [from, to] in [["rtmp", "rtmpt"], ["rtmpt", "rtmp"], ["rtmpt", "rtmpt"]] {
        let ((one, port), (two, other)) = (listener(), listener());
        let [first, taken] = [(), ()].map(|()| Arc::new(AtomicBool::new(false)));
        let place = request(Some(&format!("{to}://127.0.0.1:{other}/there")));
        let old = server(one, from == "rtmpt", place, &first);
        let new = server(two, to == "rtmpt", Vec::new(), &taken);
        let mut client = Client::new();
        client.set_up_with(from, port, &format!("timeout={LONG} reconnect=auto"));
        client.publishes();
        assert!(client.connect() && client.connect_stream());
        let at = publish_until(&client, 20, || taken.load(SeqCst));
        client.close();
        let frames = [old, new].into_iter().flat_map(|thread| {
            let heard = thread.join().unwrap();
            let media = heard.into_iter().filter(Message::is_media);
            media
                .skip(preparations().len())
                .map(|it| (it.kind, it.time, it.body))
        });
        assert!(frames.collect::<Vec<_>>() == moments(0..at), "{from} {to}");
    }
}
