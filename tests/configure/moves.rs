//! What was said, when a stream goes on at another server (`reconnect=auto`).

use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::thread;

use rtmp::abi::{
    RTMP_CONFIG, RTMP_ERR_BIND, RTMP_ERR_CANCELLED, RTMP_PHASE_CONNECTING, RTMP_PHASE_DIALOGUE,
    RTMP_PHASE_HANDSHAKE, RTMP_PHASE_STREAMING,
};

use crate::client::{Client, rest};
use crate::configure;
use crate::messages::tag;
use crate::peer::{Message, Peer, accept, listener, request, serve};
use crate::properties::{TEXT, object as properties};
use crate::record::{Program, Told};
use crate::ways::to;

/// A publisher at a name that only `connectTo` leads to the server of.
fn publisher(port: u16, config: RTMP_CONFIG) -> Client {
    let mut client = Client::new();
    client.set_up_url("rtmp://name.invalid/app/name timeout=50 reconnect=auto");
    client.publishes();
    let place = to(&format!("127.0.0.1:{port}")).connectTo;
    assert!(configure(
        &client,
        RTMP_CONFIG {
            connectTo: place,
            ..config
        }
    ));
    let is_there = client.connect() && client.connect_stream();
    assert!(is_there, "{}", client.last_error());
    client
}

/// Writes until `is_over`.
fn write_until(client: &Client, mut is_over: impl FnMut(bool) -> bool) {
    for at in 0..20_000 {
        let frame = tag(9, at * 40, &[0x17; 500]);
        let is_written = client.write(&frame) > 0;
        if is_over(is_written) {
            return;
        }
    }
    panic!("it never moves");
}

/// Sends a client on to this place.
fn sends_on(mut peer: Peer<TcpStream>, place: &str) -> Message {
    peer.say(&request(Some(place)));
    peer.rest();
    peer.commands[0].clone()
}

#[test]
fn the_connection_to_another_server_is_as_was_said() {
    let ((one, port), (two, other)) = (listener(), listener());
    let place = format!("rtmp://127.0.0.1:{other}/there");
    let old = thread::spawn(move || sends_on(serve(&one), &place));
    let (tell, is_taken) = channel();
    let new = thread::spawn(move || {
        let mut peer = serve(&two);
        tell.send(()).unwrap();
        peer.rest();
        peer.commands[0].clone()
    });
    let (program, _) = Program::new();
    let config = RTMP_CONFIG {
        family: 4,
        connectProperties: properties(TEXT),
        ..program.config()
    };
    // Where `connectTo` counts for the second, too, the client comes back to the first.
    let client = publisher(port, config);
    write_until(&client, |is_written| {
        assert!(is_written, "{}", client.last_error());
        is_taken.try_recv().is_ok()
    });
    client.close();
    for connect in [old.join().unwrap(), new.join().unwrap()] {
        assert!(connect.has(TEXT), "{connect:?}");
    }
    assert_eq!(program.sockets(), 2);
    let once = [
        RTMP_PHASE_CONNECTING,
        RTMP_PHASE_HANDSHAKE,
        RTMP_PHASE_DIALOGUE,
        RTMP_PHASE_STREAMING,
    ];
    assert_eq!(program.phases(), once.repeat(2));
    let asked_for = Told::Status("NetConnection.Connect.ReconnectRequest".into());
    assert!(program.told().contains(&asked_for));
}

#[test]
fn a_family_counts_at_another_server_too() {
    let (one, port) = listener();
    let old = thread::spawn(move || sends_on(serve(&one), &format!("rtmp://[::1]:{port}/there")));
    let (program, _) = Program::new();
    let config = RTMP_CONFIG {
        family: 4,
        ..program.config()
    };
    let client = publisher(port, config);
    write_until(&client, |is_written| !is_written);
    let error = client.error();
    assert_eq!(
        (error.kind, error.system),
        (RTMP_ERR_BIND, libc::EAFNOSUPPORT)
    );
    assert_eq!(program.sockets(), 1);
    client.close();
    old.join().unwrap();
}

#[test]
fn a_program_may_have_had_enough_in_the_middle_of_a_move() {
    let ((one, port), (two, other)) = (listener(), listener());
    let place = format!("rtmp://127.0.0.1:{other}/there");
    let (program, _) = Program::new();
    let old = thread::spawn(move || {
        sends_on(serve(&one), &place);
        program.waits_for(3);
    });
    let new = thread::spawn(move || rest(&mut accept(&two)));
    let client = publisher(port, program.config());
    write_until(&client, |is_written| !is_written);
    let error = client.error();
    assert_eq!(
        (error.kind, error.phase),
        (RTMP_ERR_CANCELLED, RTMP_PHASE_HANDSHAKE)
    );
    assert_eq!(program.sockets(), 2);
    client.close();
    old.join().unwrap();
    new.join().unwrap();
}
