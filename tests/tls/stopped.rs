//! What a client waits for comes, inside TLS, while it is stopped for longer than all its limits.

use std::io::Write;
use std::net::TcpListener;

use rustls::{ServerConnection, StreamOwned};

use crate::client::{Client, acceptance, send_among_signals};
use crate::messages::message;
use crate::pki::{Versions, self_signed};
use crate::sessions::shake_hands;
use crate::stoppable::{BODY, LIMITS, MESSAGES, Stoppable, accept, finish, media};

#[test]
fn a_handshake_and_reading_go_on() {
    for versions in [Versions::Only12, Versions::Both] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("rtmps://127.0.0.1:{port}/app/name tlsVerify=0 {LIMITS}");
        let client = Stoppable::start(&url);
        let mut stream = accept(&listener);
        let config = self_signed().server(versions, 0);
        let mut connection = ServerConnection::new(config).unwrap();
        connection.read_tls(&mut stream).unwrap();
        connection.process_new_packets().unwrap();
        client.stopped_while(|| {
            while connection.wants_write() {
                connection.write_tls(&mut stream).unwrap();
            }
        });
        let mut peer = StreamOwned::new(connection, stream);
        shake_hands(&mut peer);
        peer.write_all(&acceptance("NetStream.Play.Start")).unwrap();
        // Cut inside a record: what comes first cannot be decrypted yet.
        let mut record = Vec::new();
        peer.conn
            .writer()
            .write_all(&message(6, 1, 9, &BODY))
            .unwrap();
        while peer.conn.wants_write() {
            peer.conn.write_tls(&mut record).unwrap();
        }
        let (first, second) = record.split_at(record.len() / 2);
        client.stopped_while(|| peer.sock.write_all(first).unwrap());
        client.stopped_while(|| peer.sock.write_all(second).unwrap());
        peer.write_all(&media(2..=MESSAGES)).unwrap();
        finish(client, peer.sock);
    }
}

#[test]
fn signals_do_not_make_a_send_endless() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let config = self_signed().server(Versions::Both, 0);
        let connection = ServerConnection::new(config).unwrap();
        let mut peer = StreamOwned::new(connection, accept(&listener));
        shake_hands(&mut peer);
        peer
    });
    let mut client = Client::new();
    client.set_up_with("rtmps", port, "tlsVerify=0 timeout=50 sendTimeout=500");
    assert!(client.connect());
    let peer = thread.join().unwrap();
    send_among_signals(&client);
    drop(peer);
}
