//! Publisher authentication (spec 03 section 4): the same dialogues, the random parts checked and then masked.

use std::sync::mpsc::{Receiver, Sender, channel};

use crate::messages::{NULL, command, object, text};
use crate::scenario::{Scenario, scenario};
use crate::server::{Connection, Server, client};
use crate::trace::Trace;

const STATE: &str = "app tcUrl playpath lFlags m_bPlaying m_stream_id connected";
const PASSWORD: &str = "secret";
const NEED_LLNW: &str = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=llnw ] : ";
const NEED_ADOBE: &str = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";
const ASK_LLNW: &str =
    "[ AccessManager.Reject ] : [ authmod=llnw ] : ?reason=needauth&user=joe&nonce=abcd";

fn rejection(description: &str) -> Vec<u8> {
    object(&[
        ("level", text("error")),
        ("code", text("NetConnection.Connect.Rejected")),
        ("description", text(description)),
    ])
}

/// Answers `connect` with an error that holds `information`.
fn reject(connection: &mut Connection, information: &[u8]) {
    connection.await_command("connect");
    let error = command("_error", 1.0, &[NULL, information]);
    connection.send(3, 0, 0x14, 0, &error);
}

/// Rejects one connection after the other with these descriptions, then accepts.
fn dialogue(
    name: &'static str,
    options: &'static str,
    descriptions: &'static [&'static str],
) -> Scenario {
    scenario(name, move |lib, trace| {
        let server = Server::start(descriptions.len() + 1, move |number, connection| {
            connection.handshake();
            match descriptions.get(number) {
                Some(description) => reject(connection, &rejection(description)),
                None => crate::commands_session::accept_publish(connection),
            }
        });
        let url = format!("rtmp://127.0.0.1:PORT/live/mystream timeout=1 {options}");
        let client = client(lib, trace, &url, server.port);
        lib.RTMP_EnableWrite(client.handle.raw);
        trace.note(
            "RTMP_Connect",
            lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
        );
        trace.note(
            "RTMP_ConnectStream",
            lib.RTMP_ConnectStream(client.handle.raw, 0),
        );
        trace.fields(&client.handle, STATE);
        lib.RTMP_Close(client.handle.raw);
        trace.fields(&client.handle, "app tcUrl lFlags");
        server.finish(trace);
    })
}

pub(crate) fn dialogues() -> Vec<Scenario> {
    let joe = "pubUser=joe pubPasswd=secret";
    vec![
        dialogue("llnw", joe, &[NEED_LLNW, ASK_LLNW]),
        dialogue("adobe, first step", joe, &[NEED_ADOBE]),
        dialogue(
            "wrong password",
            joe,
            &[
                NEED_ADOBE,
                "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=x",
            ],
        ),
        dialogue("no credentials", "", &[NEED_LLNW]),
    ]
}
