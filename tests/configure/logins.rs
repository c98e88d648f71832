//! Servers that want to know who publishes: all that was said holds for each of the connections of a login.

use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use rtmp::abi::{
    RTMP_CONFIG, RTMP_ERR_CANCELLED, RTMP_PHASE_CONNECTING, RTMP_PHASE_DIALOGUE,
    RTMP_PHASE_HANDSHAKE, RTMP_PHASE_STREAMING,
};

use crate::client::{Client, rest};
use crate::configure;
use crate::messages::{COMMAND, NULL, command, message, object, text};
use crate::peer::{Message, Peer, accept, listener};
use crate::properties::{TEXT, object as properties};
use crate::record::{Program, Told};
use crate::ways::to;

const REJECTED: &str = "NetConnection.Connect.Rejected";

fn rejection(words: &str) -> Vec<u8> {
    let info = object(&[
        ("level", text("error")),
        ("code", text(REJECTED)),
        ("description", text(words)),
    ]);
    message(3, 0, COMMAND, &command("_error", 1.0, &[NULL, &info]))
}

/// What a server says to the first two connections of a login.
fn questions(mode: &str, nonce: &str) -> [String; 2] {
    [
        format!("code=403 need auth; authmod={mode}"),
        format!("[ authmod={mode} ] : ?reason=needauth&user=joe&{nonce}"),
    ]
}

/// Asks these questions, one a connection, and lets the client publish then; `connect` of all.
fn asks(listener: TcpListener, questions: [String; 2]) -> JoinHandle<Vec<Message>> {
    thread::spawn(move || {
        let mut connects = Vec::new();
        for words in questions {
            let mut peer = Peer::greet(accept(&listener));
            let connect = std::iter::from_fn(|| peer.next()).find(|it| it.is("connect"));
            connects.push(connect.unwrap());
            peer.say(&rejection(&words));
            peer.rest();
        }
        let mut peer = Peer::greet(accept(&listener));
        peer.accept_stream();
        connects.push(peer.commands[0].clone());
        peer.rest();
        connects
    })
}

fn publisher(port: u16, config: RTMP_CONFIG) -> Client {
    let mut client = Client::new();
    let url = format!("rtmp://name.invalid:{port}/app/name");
    client.set_up_url(&format!("{url} timeout=50 pubUser=joe pubPasswd=pw"));
    client.publishes();
    assert!(configure(&client, config));
    client
}

#[test]
fn each_connection_of_a_login_is_as_was_said() {
    for (mode, nonce) in [
        ("adobe", "salt=abcd&challenge=abcd&opaque=abcd"),
        ("llnw", "nonce=abcd"),
    ] {
        let (one, port) = listener();
        let server = asks(one, questions(mode, nonce));
        let (program, _) = Program::new();
        let config = RTMP_CONFIG {
            family: 4,
            connectTo: to("127.0.0.1").connectTo,
            connectProperties: properties(TEXT),
            ..program.config()
        };
        let client = publisher(port, config);
        assert!(client.connect() && client.connect_stream(), "{mode}");
        client.close();

        let connects = server.join().unwrap();
        assert_eq!(connects.len(), 3);
        for connect in connects {
            assert!(connect.has(TEXT), "{mode}: {connect:?}");
        }
        assert_eq!(program.sockets(), 3, "{mode}");
        let once = [
            RTMP_PHASE_CONNECTING,
            RTMP_PHASE_HANDSHAKE,
            RTMP_PHASE_DIALOGUE,
        ];
        let phases = [&once[..], &once, &once, &[RTMP_PHASE_STREAMING]].concat();
        assert_eq!(program.phases(), phases, "{mode}");
        let told = program.told().into_iter();
        let statuses: Vec<_> = told.filter(|it| matches!(it, Told::Status(_))).collect();
        let expected = [REJECTED, REJECTED, "NetStream.Publish.Start"];
        assert_eq!(statuses, expected.map(|code| Told::Status(code.into())));
    }
}

#[test]
fn a_program_may_have_had_enough_in_the_middle_of_a_login() {
    let (one, port) = listener();
    let [first, _] = questions("adobe", "");
    let (program, _) = Program::new();
    let server = thread::spawn(move || {
        let mut peer = Peer::greet(accept(&one));
        while !peer.next().unwrap().is("connect") {}
        peer.say(&rejection(&first));
        peer.rest();
        program.waits_for(3);
        rest(&mut accept(&one));
    });
    let client = publisher(
        port,
        RTMP_CONFIG {
            connectTo: to("127.0.0.1").connectTo,
            ..program.config()
        },
    );
    assert!(client.connect());
    assert!(!client.connect_stream());
    let error = client.error();
    assert_eq!(
        (error.kind, error.phase),
        (RTMP_ERR_CANCELLED, RTMP_PHASE_HANDSHAKE)
    );
    assert_eq!(program.sockets(), 2);
    client.close();
    server.join().unwrap();
}
