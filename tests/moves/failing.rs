//! Moves that fail, and calls that are ended in the middle of one.

use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use socket2::{Domain, Socket, Type};

use crate::client::{Client, LONG, rest};
use crate::messages::{COMMAND, NULL, command, message, object, text};
use crate::peer::{Peer, accept, listener, request, serve};
use crate::stream::{GOP, head, tags};

/// A server that sends its client to `place` at once, and hears it to its end.
fn server_that_sends_on(listener: TcpListener, place: String) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut peer = serve(&listener);
        peer.say(&request(Some(&place)));
        peer.rest();
    })
}

/// A publisher that knows of the request, which came with the acceptance or behind it.
fn publisher(port: u16, options: &str) -> Client {
    let mut client = Client::new();
    client.set_up_with("rtmp", port, &format!("reconnect=auto {options}"));
    client.publishes();
    assert!(
        client.connect() && client.connect_stream(),
        "{}",
        client.last_error()
    );
    client
}

/// Writes one stretch of a stream behind the other, until a call fails.
fn write_on(client: &Client) {
    let mut bytes = head();
    for at in 0..2000 {
        let size = i32::try_from(bytes.len()).unwrap();
        match client.write(&bytes) {
            -1 => return,
            count => assert_eq!(count, size),
        }
        bytes = tags(at);
        if at.is_multiple_of(GOP) {
            // Time for the other thread.
            thread::yield_now();
        }
    }
    panic!("it goes on for ever");
}

/// Reads on until there is nothing more.
fn read_on(client: &Client) {
    while client.read(&mut [0; 4096]) > 0 {}
}

/// Moves a client that publishes or plays, to a server that does what the test says; the reason of its end.
fn moved(
    publishes: bool,
    options: &str,
    place: impl Fn(u16) -> String,
    serve_second: impl FnOnce(TcpListener) + Send + 'static,
) -> String {
    let ((one, port), (two, other)) = (listener(), listener());
    let old = server_that_sends_on(one, place(other));
    let new = thread::spawn(move || serve_second(two));
    let client = if publishes {
        publisher(port, options)
    } else {
        let mut client = Client::new();
        client.set_up_with("rtmp", port, &format!("reconnect=auto {options}"));
        assert!(client.connect() && client.connect_stream());
        client
    };
    if publishes {
        write_on(&client);
    } else {
        read_on(&client);
    }
    assert!(!client.is_connected());
    // What the program has set stands there again.
    let link = &client.handle().Link;
    assert_eq!(
        (link.hostname.bytes(), link.port.get()),
        (&b"127.0.0.1"[..], port)
    );
    assert_eq!(link.app.bytes(), b"app");
    assert_eq!(
        link.tcUrl.bytes(),
        format!("rtmp://127.0.0.1:{port}/app").as_bytes()
    );
    let reason = client.last_error();
    client.close();
    assert_eq!(client.last_error(), reason);
    old.join().unwrap();
    new.join().unwrap();
    reason
}

fn there(port: u16) -> String {
    format!("rtmp://127.0.0.1:{port}/there")
}

#[test]
fn nobody_listens() {
    // A port that nobody else gets, and that does not listen.
    let taken = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    taken.bind(&any.into()).unwrap();
    for publishes in [true, false] {
        let options = format!("timeout={LONG}");
        let place = |_| there(taken.local_addr().unwrap().as_socket().unwrap().port());
        let reason = moved(publishes, &options, place, drop);
        assert!(reason.starts_with("reconnect: connecting: "), "{reason}");
        let reason = moved(
            publishes,
            &options,
            |_| "rtmp://no.such.host.invalid/there".into(),
            drop,
        );
        assert!(reason.starts_with("reconnect: connecting: "), "{reason}");
    }
}

fn refusal(code: &str) -> Vec<u8> {
    let info = object(&[
        ("level", text("error")),
        ("code", text(code)),
        ("description", text("not you")),
    ]);
    message(5, 0, COMMAND, &command("onStatus", 0.0, &[NULL, &info]))
}

#[test]
fn the_other_server_refuses() {
    for (publishes, code) in [
        (true, "NetStream.Publish.BadName"),
        (false, "NetStream.Play.StreamNotFound"),
    ] {
        let reason = moved(
            publishes,
            &format!("timeout={LONG}"),
            there,
            move |listener| {
                let mut peer = Peer::greet(accept(&listener));
                peer.hear_wish();
                peer.say(&refusal(code));
                peer.rest();
            },
        );
        assert!(
            reason.starts_with("reconnect: waiting for the stream: "),
            "{reason}"
        );
        assert!(reason.ends_with(&format!("{code} not you")), "{reason}");
    }
}

/// The phases of a connection in which a server can fall silent.
#[derive(Clone, Copy, Debug)]
enum Silence {
    Handshake,
    Dialogue,
    Wish,
}

const SILENCES: [Silence; 3] = [Silence::Handshake, Silence::Dialogue, Silence::Wish];

/// Serves one client up to where it falls silent, and tells that.
fn fall_silent(listener: &TcpListener, where_: Silence, silent: &Sender<()>) {
    let mut stream = accept(listener);
    match where_ {
        Silence::Handshake => {
            let mut first = [0];
            stream.peek(&mut first).unwrap();
            silent.send(()).unwrap();
            rest(&mut stream);
        }
        Silence::Dialogue => {
            let mut peer = Peer::greet(stream);
            while !peer.next().unwrap().is("connect") {}
            silent.send(()).unwrap();
            peer.rest();
        }
        Silence::Wish => {
            let mut peer = Peer::greet(stream);
            peer.hear_wish();
            silent.send(()).unwrap();
            peer.rest();
        }
    }
}

#[test]
fn the_other_server_is_silent() {
    for publishes in [true, false] {
        for silence in SILENCES {
            let options = format!("timeout={LONG} receiveTimeout=300");
            let (tell, told) = mpsc::channel();
            let ((one, port), (two, other)) = (listener(), listener());
            let old = server_that_sends_on(one, there(other));
            let new = thread::spawn(move || fall_silent(&two, silence, &tell));
            let mut client = Client::new();
            client.set_up_with("rtmp", port, &format!("reconnect=auto live=1 {options}"));
            if publishes {
                client.publishes();
            }
            assert!(client.connect() && client.connect_stream());
            if publishes {
                write_on(&client);
            } else {
                read_on(&client);
            }
            told.recv().unwrap();
            assert!(client.is_timed_out() && !client.is_connected());
            let reason = client.last_error();
            assert!(reason.starts_with("reconnect: "), "{reason}");
            assert!(reason.ends_with("nothing was received in time"), "{reason}");
            client.close();
            old.join().unwrap();
            new.join().unwrap();
        }
    }
}

/// Ends the handle from another thread, when the other server has fallen silent.
fn ended(publishes: bool, silence: Silence, end: impl Fn(&Client) + Sync) -> String {
    let (tell, told): (Sender<()>, Receiver<()>) = mpsc::channel();
    let ((one, port), (two, other)) = (listener(), listener());
    let old = server_that_sends_on(one, there(other));
    let new = thread::spawn(move || fall_silent(&two, silence, &tell));
    let mut client = Client::new();
    client.set_up_with(
        "rtmp",
        port,
        &format!("reconnect=auto live=1 timeout={LONG}"),
    );
    if publishes {
        client.publishes();
    }
    assert!(client.connect() && client.connect_stream());
    thread::scope(|scope| {
        let client = &client;
        let mover = scope.spawn(move || {
            if publishes {
                write_on(client);
            } else {
                read_on(client);
            }
        });
        told.recv().unwrap();
        end(client);
        mover.join().unwrap();
    });
    assert!(!client.is_connected());
    assert_eq!(client.handle().Link.port.get(), port);
    let reason = client.last_error();
    client.close();
    old.join().unwrap();
    new.join().unwrap();
    reason
}

#[test]
fn a_cancel_ends_it_in_every_phase() {
    for publishes in [true, false] {
        for silence in SILENCES {
            let reason = ended(publishes, silence, Client::cancel);
            assert!(reason.starts_with("reconnect: "), "{reason}");
            assert!(reason.ends_with(": cancelled"), "{reason}");
        }
    }
}

#[test]
fn a_close_ends_it_in_every_phase() {
    for publishes in [true, false] {
        for silence in SILENCES {
            ended(publishes, silence, Client::close);
        }
    }
}
