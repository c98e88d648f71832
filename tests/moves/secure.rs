//! Moves to servers with TLS, and from one.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, JoinHandle};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::client::{Client, LONG};
use crate::peer::{Message, Peer, accept, listener, listener_at, request, serve};
use crate::pki::{Ca, Identity, Versions};
use crate::publisher::write;
use crate::stream::{head, moments, preparations, tags};

type Secure = StreamOwned<ServerConnection, TcpStream>;

fn secure(listener: &TcpListener, config: Arc<ServerConfig>) -> Secure {
    StreamOwned::new(ServerConnection::new(config).unwrap(), accept(listener))
}

/// A server with TLS: what it hears, `None` when the client does not like it.
fn secure_server(
    listener: TcpListener,
    identity: &Identity,
    words: Vec<u8>,
    taken: &Arc<AtomicBool>,
) -> JoinHandle<Option<Vec<Message>>> {
    let config = identity.server(Versions::Both, 2);
    let taken = Arc::clone(taken);
    thread::spawn(move || {
        let mut stream = secure(&listener, config);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).ok()?;
        }
        let mut peer = Peer::greet(stream);
        peer.accept_stream();
        taken.store(true, SeqCst);
        peer.say(&words);
        Some(peer.rest())
    })
}

fn publisher(scheme: &str, host: &str, port: u16, file: &Path) -> Client {
    let mut client = Client::new();
    let file = file.display();
    client.set_up_url(&format!(
        "{scheme}://{host}:{port}/app/name timeout={LONG} reconnect=auto tlsVerify=1 tlsCAFile={file}"
    ));
    client.publishes();
    let is_there = client.connect() && client.connect_stream();
    assert!(is_there, "{}", client.last_error());
    client
}

/// Another address of this machine.
const OTHER: &str = "127.0.0.2";

/// Moves to a server that calls itself so; how it ends.
fn moved_to(host: &str, identity: &Identity, file: &Path) -> Result<(), String> {
    let ((one, port), (two, other)) = (listener(), listener_at(host));
    let taken = Arc::new(AtomicBool::new(false));
    let place = request(Some(&format!("rtmps://{host}:{other}/there")));
    let old = thread::spawn(move || {
        let mut peer = serve(&one);
        peer.say(&place);
        peer.rest()
    });
    let new = secure_server(two, identity, Vec::new(), &taken);
    let client = publisher("rtmp", "127.0.0.1", port, file);
    let mut bytes = head();
    let (mut at, mut left) = (0, 20);
    let mut end = Ok(());
    while left > 0 {
        bytes.extend(tags(at));
        if client.write(&bytes) < 0 {
            end = Err(client.last_error());
            break;
        }
        bytes.clear();
        at += 1;
        left -= u32::from(taken.load(SeqCst));
    }
    let protocol = client.handle().Link.protocol.get();
    assert_eq!(protocol & 4 != 0, end.is_ok());
    client.close();
    assert_eq!(client.handle().Link.protocol.get(), 16);
    let heard = [Some(old.join().unwrap()), new.join().unwrap()];
    if end.is_ok() {
        let frames = heard.into_iter().flatten().flat_map(|messages| {
            let media = messages.into_iter().filter(Message::is_media);
            media
                .skip(preparations().len())
                .map(|it| (it.kind, it.time, it.body))
        });
        assert!(frames.collect::<Vec<_>>() == moments(0..at));
    }
    end
}

#[test]
fn the_certificate_is_that_of_the_new_host() {
    let ca = Ca::new("moves");
    let file = ca.file("moves");
    let [here, there] = ["127.0.0.1", OTHER].map(|host| ca.identity(host));
    assert_eq!(moved_to("127.0.0.1", &here, &file), Ok(()));
    assert_eq!(moved_to(OTHER, &there, &file), Ok(()));
    let stranger = Ca::new("stranger").identity("127.0.0.1");
    for (host, identity) in [
        (OTHER, &here),
        ("127.0.0.1", &there),
        ("127.0.0.1", &stranger),
        ("127.0.0.1", &ca.expired()),
    ] {
        let reason = moved_to(host, identity, &file).unwrap_err();
        let words = "reconnect: TLS: the certificate of the server is refused: ";
        assert!(reason.starts_with(words), "{reason}");
    }
}

/// A connection stays protected: such a request is not followed, and the stream goes on.
#[test]
fn nobody_is_sent_out_of_tls() {
    let ca = Ca::new("stay");
    let file = ca.file("stay");
    let identity = ca.identity("127.0.0.1");
    let ((one, port), (two, other)) = (listener(), listener());
    let taken = Arc::new(AtomicBool::new(false));
    let place = request(Some(&format!("rtmp://127.0.0.1:{other}/there")));
    let server = secure_server(one, &identity, place, &taken);
    let client = publisher("rtmps", "127.0.0.1", port, &file);
    write(&client, &head());
    for at in 0..300 {
        write(&client, &tags(at));
    }
    client.close();
    let heard = server.join().unwrap().unwrap();
    let media = heard.into_iter().filter(Message::is_media);
    let frames = media
        .skip(preparations().len())
        .map(|it| (it.kind, it.time, it.body));
    assert!(frames.collect::<Vec<_>>() == moments(0..300));
    // Nobody has come.
    two.set_nonblocking(true).unwrap();
    assert!(two.accept().is_err());
}

/// From one server with TLS to another, while reading.
#[test]
fn a_player_stays_protected() {
    let ca = Ca::new("play");
    let file = ca.file("play");
    let identity = ca.identity("127.0.0.1");
    let ((one, port), (two, other)) = (listener(), listener());
    let taken = Arc::new(AtomicBool::new(false));
    let frame = |time| crate::messages::message(6, time, 9, b"\x17\x01\0\0\0frame");
    let place = request(Some(&format!("//127.0.0.1:{other}/there")));
    let old = secure_server(
        one,
        &identity,
        [frame(0), frame(40), place].concat(),
        &taken,
    );
    let stop = crate::messages::status("NetStream.Play.Stop");
    let words = [frame(0), crate::messages::message(5, 0, 20, &stop)].concat();
    let new = secure_server(two, &identity, words, &taken);
    let mut client = Client::new();
    client.set_up_url(&format!(
        "rtmps://127.0.0.1:{port}/app/name live=1 timeout={LONG} reconnect=auto tlsVerify=1 tlsCAFile={}",
        file.display()
    ));
    assert!(client.connect() && client.connect_stream());
    let (mut all, mut room) = (Vec::new(), [0; 4096]);
    while let count @ 1.. = client.read(&mut room) {
        all.extend_from_slice(&room[..usize::try_from(count).unwrap()]);
    }
    let mut expected = crate::messages::FLV_HEADER.to_vec();
    expected[4] = 1;
    for time in [0, 40, 41] {
        expected.extend(crate::messages::tag(9, time, b"\x17\x01\0\0\0frame"));
    }
    assert_eq!(
        all.escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    client.close();
    assert!(old.join().unwrap().is_some() && new.join().unwrap().is_some());
}
