//! A client that publishes, and the two servers that it gets to know.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use crate::client::{Client, LONG};
use crate::peer::{Message, Peer, listener, request, serve};
use crate::stream::{Sent, frames, head, tags};

/// What a server has got: the commands of the dialogue, and all behind it.
#[derive(Default, Debug)]
pub(crate) struct Heard {
    commands: Vec<Message>,
    pub(crate) rest: Vec<Message>,
}

impl Heard {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Message> {
        self.commands.iter().chain(&self.rest)
    }

    pub(crate) fn media(&self) -> Vec<Sent> {
        let media = self.rest.iter().filter(|message| message.is_media());
        media
            .map(|it| (it.kind, it.time, it.body.clone()))
            .collect()
    }

    pub(crate) fn command(&self, name: &str) -> &Message {
        self.all().find(|message| message.is(name)).unwrap()
    }
}

/// A server that sends its client on, and the one that takes it.
pub(crate) struct Servers {
    pub(crate) port: u16,
    pub(crate) other: u16,
    /// The server of the program.
    pub(crate) home: TcpListener,
    /// The other one has the client.
    taken: Arc<AtomicBool>,
    threads: [JoinHandle<Heard>; 2],
}

/// The moment that the old server has got when it asks: in the middle of a group.
pub(crate) const ASKED: u32 = 13;

impl Servers {
    /// Where the client is sent to, `place` makes of the port of the other server.
    pub(crate) fn new(place: impl FnOnce(u16) -> Option<String>) -> Self {
        let (one, two) = (listener(), listener());
        Self::of(one, two, place)
    }

    /// Both are one.
    pub(crate) fn same(place: Option<&str>) -> Self {
        let (one, port) = listener();
        let again = one.try_clone().unwrap();
        Self::of((one, port), (again, port), |_| place.map(ToOwned::to_owned))
    }

    fn of(
        (one, port): (TcpListener, u16),
        (two, other): (TcpListener, u16),
        place: impl FnOnce(u16) -> Option<String>,
    ) -> Self {
        let taken = Arc::new(AtomicBool::new(false));
        let is_taken = Arc::clone(&taken);
        let home = one.try_clone().unwrap();
        let words = request(place(other).as_deref());
        let (begun, begin) = mpsc::channel();
        let old = thread::spawn(move || {
            let peer = serve(&one);
            begun.send(()).unwrap();
            hear(peer, &words)
        });
        let new = thread::spawn(move || {
            begin.recv().unwrap();
            let peer = serve(&two);
            is_taken.store(true, SeqCst);
            hear(peer, &[])
        });
        Self {
            port,
            other,
            home,
            taken,
            threads: [old, new],
        }
    }

    pub(crate) fn is_taken(&self) -> bool {
        self.taken.load(SeqCst)
    }

    pub(crate) fn join(self) -> [Heard; 2] {
        self.threads.map(|thread| thread.join().unwrap())
    }
}

/// Hears a client to its end, and says `words` in the middle.
fn hear(mut peer: Peer<TcpStream>, words: &[u8]) -> Heard {
    let mut rest = Vec::new();
    let asked = frames(ASKED).pop().unwrap().2;
    while let Some(message) = peer.next() {
        if message.body == asked {
            peer.say(words);
        }
        rest.push(message);
    }
    let commands = peer.commands;
    Heard { commands, rest }
}

pub(crate) fn publisher(port: u16, options: &str) -> Client {
    let mut client = Client::new();
    client.set_up_with(
        "rtmp",
        port,
        &format!("timeout={LONG} reconnect=auto {options}"),
    );
    client.publishes();
    let is_there = client.connect() && client.connect_stream();
    assert!(is_there, "{}", client.last_error());
    client
}

pub(crate) fn write(client: &Client, bytes: &[u8]) {
    let size = i32::try_from(bytes.len()).unwrap();
    assert_eq!(client.write(bytes), size, "{}", client.last_error());
}

/// Publishes until the other server has the stream, and `more` moments then; how many in all.
pub(crate) fn publish_until(client: &Client, more: u32, mut is_taken: impl FnMut() -> bool) -> u32 {
    write(client, &head());
    let (mut at, mut left) = (0, more);
    loop {
        left -= u32::from(is_taken());
        if left == 0 {
            return at;
        }
        assert!(at < 20_000, "it never moves");
        write(client, &tags(at));
        at += 1;
    }
}
