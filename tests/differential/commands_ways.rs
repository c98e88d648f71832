//! Less usual ways through a session, and servers that refuse.

use crate::anchors;
use crate::commands_session::{STATE, play_live, read_to_end, session};
use crate::handle::Handle;
use crate::messages::{NULL, command, number, object, status, text};
use crate::scenario::{Scenario, scenario};
use crate::server::{Connection, Server, client};
use crate::trace::ERROR;

pub(crate) fn other_ways() -> Vec<Scenario> {
    let live = "rtmp://127.0.0.1:PORT/live/mystream live=1";
    vec![
        session(
            "reconnected stream",
            live,
            false,
            |server| {
                server.accept_stream();
                server.await_command("play");
                server.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
                server.await_command("deleteStream");
                let transaction = server.await_command("createStream");
                server.send(
                    3,
                    0,
                    0x14,
                    0,
                    &command("_result", transaction, &[NULL, &number(2.0)]),
                );
                server.await_command("play");
                server.send(5, 0, 0x14, 2, &status("NetStream.Play.Start"));
            },
            |lib, handle, trace| {
                trace.note(
                    "RTMP_ReconnectStream",
                    lib.RTMP_ReconnectStream(handle.raw, 4000),
                );
                trace.fields(handle, STATE);
                trace.fields(handle, "seekTime");
            },
        ),
        scenario("RTMP_Read without RTMP_ConnectStream", move |lib, trace| {
            let server = Server::start(1, |_, connection| {
                connection.handshake();
                play_live(connection);
            });
            let client = client(lib, trace, live, server.port);
            trace.note(
                "RTMP_Connect",
                lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
            );
            read_to_end(lib, &client.handle, trace, 4096);
            server.finish(trace);
        }),
        scenario("RTMP_Connect with an own packet", move |lib, trace| {
            let server = Server::start(1, |_, connection| {
                connection.handshake();
                connection.await_command("connect");
                connection.accept_connect();
                connection.await_command("createStream");
                connection.end_output();
            });
            let client = client(lib, trace, live, server.port);
            let mut memory = [
                vec![0; 18],
                command("connect", 1.0, &[&object(&[("app", text("own"))])]),
            ]
            .concat();
            let mut one = crate::handle::packet();
            (one.m_packetType, one.m_nChannel) = (0x14, 3);
            one.m_nBodySize = u32::try_from(memory.len() - 18).expect("short");
            one.m_body = memory[18..].as_mut_ptr();
            trace.note(
                "RTMP_Connect",
                lib.RTMP_Connect(client.handle.raw, &mut one),
            );
            trace.text(client.handle.show_calls());
            trace.note(
                "RTMP_ConnectStream",
                lib.RTMP_ConnectStream(client.handle.raw, 0),
            );
            server.finish(trace);
        }),
        scenario("close, set up again, connect again", move |lib, trace| {
            let server = Server::start(2, |_, connection| {
                connection.handshake();
                connection.accept_stream();
                connection.await_command("play");
                connection.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
            });
            trace.call(server.port.to_string(), "PORT");
            let handle = Handle::new(lib);
            let urls = ["live/one live=1", "live/one"]
                .map(|path| format!("rtmp://127.0.0.1:{}/{path}\0", server.port).into_bytes());
            for mut url in urls {
                // The same application: what the first set-up derived is the same text.
                trace.note(
                    "RTMP_SetupURL",
                    lib.RTMP_SetupURL(handle.raw, url.as_mut_ptr()),
                );
                trace.note(
                    "RTMP_Connect",
                    lib.RTMP_Connect(handle.raw, std::ptr::null_mut()),
                );
                trace.note("RTMP_ConnectStream", lib.RTMP_ConnectStream(handle.raw, 0));
                trace.fields(&handle, STATE);
                lib.RTMP_Close(handle.raw);
                handle.edit(|r| r.Link.tcUrl = crate::structs::EMPTY);
            }
            drop(handle);
            server.finish(trace);
        }),
    ]
}

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

fn refusal(code: &str) -> Vec<u8> {
    object(&[
        ("level", text("error")),
        ("code", text(code)),
        ("description", text("no room for you")),
    ])
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
            trace.note("RTMP_ConnectStream", stream);
            trace.fields(&client.handle, "sb_timedout connected m_stream_id");
            lib.RTMP_Close(client.handle.raw);
        }),
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
