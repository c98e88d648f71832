//! Less usual ways through a session.

use crate::anchors;
use crate::commands_session::{STATE, play_live, read_to_end, session};
use crate::handle::Handle;
use crate::messages::NULL;
use crate::messages::{command, number, object, status, text};
use crate::scenario::{Scenario, scenario};
use crate::server::{Server, client};
use crate::structs::AMFObjectProperty;
use crate::trace::{WARNING, unhex};

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
        scenario(
            "values of connect that cannot be encoded",
            move |lib, trace| {
                let server = Server::start(1, |_, connection| {
                    connection.handshake();
                    connection.until_close();
                });
                let client = client(lib, trace, live, server.port);
                // Dates, which can be decoded only.
                let date = AMFObjectProperty::new(b"", 0x0b, [0; 2]);
                for _ in 0..2 {
                    client
                        .handle
                        .edit(|r| lib.AMF_AddProp(&raw mut r.Link.extras, &raw const date));
                }
                trace.note(
                    "RTMP_Connect",
                    lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
                );
                trace.fields(&client.handle, STATE);
                server.finish(trace);
            },
        ),
        scenario("media before Start", move |lib, trace| {
            let server = Server::start(1, |_, connection| {
                connection.handshake();
                connection.accept_stream();
                connection.await_command("play");
                connection.send(6, 0, 9, 1, &unhex("170000000000"));
                connection.send(6, 0, 8, 1, &unhex("af0012"));
                connection.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
                connection.send(6, 40, 8, 1, &unhex("af0161"));
                connection.end_output();
            });
            let client = client(lib, trace, live, server.port);
            lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut());
            trace.note(
                "RTMP_ConnectStream",
                lib.RTMP_ConnectStream(client.handle.raw, 0),
            );
            read_to_end(lib, &client.handle, trace, 4096);
            trace.lines.retain(|line| !line.starts_with("ERROR"));
            trace.lines.truncate(3);
        })
        .level(WARNING)
        .deviates(
            anchors::EARLY_MEDIA,
            &[
                "RTMP_SetupURL = 1",
                "RTMP_ConnectStream = 1",
                "FLV: 464c5601050000000900000000\
                 090000060000000000000017000000000000000011\
                 0800000300000000000000af00120000000e\
                 0800000300002800000000af01610000000e",
            ],
        ),
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
