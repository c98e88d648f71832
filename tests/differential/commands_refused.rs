//! Servers that refuse, and what a client says as it leaves them.

use crate::anchors;
use crate::commands::{INVOKE, WRITE, ready};
use crate::commands_session::read_to_end;
use crate::handle::Wire;
use crate::messages::{NULL, command, deliver, object, pend, status, text};
use crate::scenario::{Scenario, scenario};
use crate::server::{Connection, Server, client};
use crate::trace::{ERROR, Trace};

/// The server refuses: ours ends at once, repeats the server's words, and closes.
fn refused(name: &str, publish: bool, script: fn(&mut Connection)) -> Scenario {
    scenario(name, move |lib, trace| {
        let server = Server::start(1, move |_, connection| {
            connection.handshake();
            script(connection);
        });
        let url = "rtmp://127.0.0.1:PORT/live/mystream timeout=1";
        let client = client(lib, trace, url, server.port);
        if publish {
            lib.RTMP_EnableWrite(client.handle.raw);
        }
        lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut());
        let ret = lib.RTMP_ConnectStream(client.handle.raw, 0);
        trace.log();
        let repeated = trace
            .lines
            .iter()
            .any(|line| line.contains("no room for you"));
        trace.lines.clear();
        trace.note("RTMP_ConnectStream", ret);
        trace.note("server's words", repeated);
        trace.fields(&client.handle, "sb_timedout connected m_stream_id");
        lib.RTMP_Close(client.handle.raw);
        trace.hush();
    })
    .level(ERROR)
    .deviates(
        anchors::REFUSED,
        &[
            "RTMP_ConnectStream = 0",
            "server's words = true",
            "sb_timedout = 0",
            "connected = false",
            "m_stream_id = -1",
        ],
    )
}

pub(crate) fn refusal(code: &str) -> Vec<u8> {
    object(&[
        ("level", text("error")),
        ("code", text(code)),
        ("description", text("no room for you")),
    ])
}

/// What a publisher says as it leaves: nothing about a name that is somebody else's.
fn goodbye(name: &str, prepare: fn(&Wire, &mut Trace), ours: &[&str]) -> Scenario {
    scenario(name, move |lib, trace| {
        let wire = ready(lib, WRITE, 0);
        wire.handle.edit(|r| r.m_stream_id = 1);
        prepare(&wire, trace);
        trace.hush();
        trace.lines.clear();
        lib.RTMP_Close(wire.handle.raw);
        wire.show_sent(trace);
    })
    .level(ERROR)
    .deviates(anchors::NOT_PUBLISHED, ours)
}

fn taken(wire: &Wire, trace: &mut Trace) {
    let info = refusal("NetStream.Publish.BadName");
    let body = command("onStatus", 0.0, &[NULL, &info]);
    deliver(wire, trace, INVOKE, 0, &body);
}

pub(crate) fn goodbyes() -> Vec<Scenario> {
    let delete = |id: &str| {
        format!("sent: 430000000000221402000c64656c65746553747265616d00{id}05003ff0000000000000")
    };
    vec![
        goodbye(
            "a publisher whose name is taken",
            |wire, trace| {
                pend(wire, "publish", 4.0);
                taken(wire, trace);
            },
            &[&delete("3ff0000000000000")],
        ),
        goodbye(
            "a publisher who is answered by _error",
            |wire, trace| {
                pend(wire, "publish", 4.0);
                let body = command("_error", 4.0, &[NULL, &refusal("any")]);
                deliver(wire, trace, INVOKE, 0, &body);
            },
            &[&delete("3ff0000000000000")],
        ),
        goodbye(
            "a publisher who is not answered",
            |wire, _| pend(wire, "publish", 4.0),
            &[&delete("3ff0000000000000")],
        ),
        goodbye(
            "a publisher who lost the name",
            |wire, trace| {
                deliver(wire, trace, INVOKE, 0, &status("NetStream.Publish.Start"));
                taken(wire, trace);
            },
            &[&delete("3ff0000000000000")],
        ),
    ]
}

pub(crate) fn refusals() -> Vec<Scenario> {
    vec![
        refused("_error to connect, playing", false, |server| {
            server.await_command("connect");
            let info = refusal("NetConnection.Connect.Rejected");
            server.send(3, 0, 0x14, 0, &command("_error", 1.0, &[NULL, &info]));
        }),
        refused("_error to createStream, publishing", true, |server| {
            server.await_command("connect");
            server.accept_connect();
            let transaction = server.await_command("createStream");
            let info = refusal("NetStream.Failed");
            server.send(
                3,
                0,
                0x14,
                0,
                &command("_error", transaction, &[NULL, &info]),
            );
        }),
        refused("Publish.BadName", true, |server| {
            publish_refused(server, "NetStream.Publish.BadName");
        }),
        refused("a code of one kind of server, publishing", true, |server| {
            publish_refused(server, "NetStream.publish.Unauthorized");
        }),
        refused("an error, playing", false, |server| {
            server.accept_stream();
            server.await_command("play");
            let info = refusal("NetStream.Play.Unauthorized");
            server.send(5, 0, 0x14, 1, &command("onStatus", 0.0, &[NULL, &info]));
        }),
        scenario("silence is no refusal", |lib, trace| {
            let server = Server::start(1, |_, connection| {
                connection.handshake();
                connection.accept_stream();
            });
            let url = "rtmp://127.0.0.1:PORT/live/mystream timeout=1";
            let client = client(lib, trace, url, server.port);
            lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut());
            let stream = lib.RTMP_ConnectStream(client.handle.raw, 0);
            trace.log();
            trace.lines.retain(|line| line.starts_with("ERROR"));
            trace.note("RTMP_ConnectStream", stream);
            trace.fields(&client.handle, "sb_timedout connected m_stream_id");
            lib.RTMP_Close(client.handle.raw);
            trace.hush();
        })
        .deviates(
            anchors::GIVEN_UP,
            &[
                "ERROR: RTMP_ReadPacket, failed to read RTMP packet header",
                "ERROR: RTMP_ConnectStream, no answer to play in time",
                "RTMP_ConnectStream = 0",
                "sb_timedout = 1",
                "connected = true",
                "m_stream_id = 1",
            ],
        ),
        scenario("an error while media flows", |lib, trace| {
            let server = Server::start(1, |_, connection| {
                connection.handshake();
                connection.accept_stream();
                connection.await_command("play");
                connection.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
                connection.send(6, 10, 8, 1, &[0xaf, 1, 2]);
                let info = refusal("NetStream.Play.Unauthorized");
                connection.send(5, 0, 0x14, 1, &command("onStatus", 0.0, &[NULL, &info]));
                connection.send(6, 20, 8, 1, &[0xaf, 1, 3]);
                connection.end_output();
            });
            let url = "rtmp://127.0.0.1:PORT/live/mystream";
            let client = client(lib, trace, url, server.port);
            lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut());
            lib.RTMP_ConnectStream(client.handle.raw, 0);
            read_to_end(lib, &client.handle, trace, 4096);
            server.finish(trace);
        }),
    ]
}

fn publish_refused(server: &mut Connection, code: &str) {
    server.accept_stream();
    server.await_command("publish");
    let info = refusal(code);
    server.send(5, 0, 0x14, 1, &command("onStatus", 0.0, &[NULL, &info]));
}
