//! Acknowledgements in a whole session, and what a handle brings from one connection or stream
//! into the next (spec 02 sections 8.8 and 10, spec 06 section 10).

use crate::anchors;
use crate::commands_session::read_to_end;
use crate::handle::Handle;
use crate::messages::{command, message, number, object, status, text};
use crate::scenario::{Scenario, scenario};
use crate::server::{Connection, Server, client};
use crate::trace::{NO_LOG, unhex};

const LIVE: &str = "rtmp://127.0.0.1:PORT/live/mystream live=1";

fn start_playing(server: &mut Connection) {
    server.accept_stream();
    server.await_command("play");
    server.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
}

/// The server announces no bandwidth of its own.
fn quiet_start(server: &mut Connection) {
    server.await_command("connect");
    let info = object(&[("code", text("NetConnection.Connect.Success"))]);
    server.send(3, 0, 0x14, 0, &command("_result", 1.0, &[&[5], &info]));
    let transaction = server.await_command("createStream");
    server.send(
        3,
        0,
        0x14,
        0,
        &command("_result", transaction, &[&[5], &number(1.0)]),
    );
    server.await_command("play");
    server.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
}

/// One write, so that it arrives as one piece.
fn media(server: &mut Connection) {
    let tags: Vec<u8> = (1..40_u32)
        .flat_map(|at| message(6, at * 10, 8, 1, &[0xaf; 60]))
        .collect();
    server.write(&tags);
    server.end_output();
}

fn reported(bandwidth: i32) -> Scenario {
    scenario(
        format!("acknowledgements with a bandwidth of {bandwidth}"),
        move |lib, trace| {
            let server = Server::start(1, |_, connection| {
                connection.handshake();
                quiet_start(connection);
                media(connection);
            });
            let client = client(lib, trace, LIVE, server.port);
            trace.note(
                "RTMP_Connect",
                lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
            );
            // Not before: the original would then acknowledge inside the handshake.
            client.handle.edit(|r| r.m_nClientBW = bandwidth);
            trace.note(
                "RTMP_ConnectStream",
                lib.RTMP_ConnectStream(client.handle.raw, 0),
            );
            trace.fields(&client.handle, "m_nBytesIn m_nBytesInSent");
            read_to_end(lib, &client.handle, trace, 4096);
            server.finish(trace);
        },
    )
}

pub(crate) fn sessions() -> Vec<Scenario> {
    vec![
        reported(5000),
        reported(20_000),
        connected_twice(),
        reconnected_after_timeout(),
        second_session_reads_from_the_start(),
    ]
}

fn connected_twice() -> Scenario {
    scenario("RTMP_Connect on a connected handle", |lib, trace| {
        let server = Server::start(2, |_, connection| {
            connection.handshake();
            connection.await_command("connect");
        });
        let client = client(lib, trace, LIVE, server.port);
        for _ in 0..2 {
            trace.note(
                "RTMP_Connect",
                lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
            );
            trace.fields(&client.handle, "m_numInvokes m_nBytesIn");
        }
        lib.RTMP_Close(client.handle.raw);
        server.finish(trace);
        trace.lines.retain(|line| !line.starts_with("server"));
    })
    .level(NO_LOG)
    .ours_only(
        anchors::CONNECTED_TWICE,
        &[
            "RTMP_SetupURL = 1",
            "RTMP_Connect = 1",
            "m_numInvokes = 1",
            "m_nBytesIn = 3073",
            "RTMP_Connect = 1",
            "m_numInvokes = 1",
            "m_nBytesIn = 3073",
        ],
    )
}

fn reconnected_after_timeout() -> Scenario {
    scenario("RTMP_ReconnectStream after a timeout", |lib, trace| {
        let server = Server::start(1, |_, connection| {
            connection.handshake();
            start_playing(connection);
            connection.await_command("deleteStream");
            let transaction = connection.await_command("createStream");
            connection.send(
                3,
                0,
                0x14,
                0,
                &command("_result", transaction, &[&[5], &number(2.0)]),
            );
            connection.await_command("play");
            connection.send(5, 0, 0x14, 2, &status("NetStream.Play.Start"));
            connection.send(6, 10, 8, 2, &unhex("af0111"));
            connection.end_output();
        });
        let client = client(lib, trace, LIVE, server.port);
        let handle = &client.handle;
        lib.RTMP_Connect(handle.raw, std::ptr::null_mut());
        trace.note("RTMP_ConnectStream", lib.RTMP_ConnectStream(handle.raw, 0));
        // As a timeout inside RTMP_Read leaves it.
        handle.edit(|r| {
            r.m_read.status = -1;
            r.m_sb.sb_timedout = 1;
        });
        trace.note(
            "RTMP_ReconnectStream",
            lib.RTMP_ReconnectStream(handle.raw, 0),
        );
        trace.fields(handle, "m_read.status");
        let mut buffer = vec![0_u8; 4096];
        trace.note(
            "RTMP_Read",
            lib.RTMP_Read(handle.raw, buffer.as_mut_ptr(), 4096),
        );
        lib.RTMP_Close(handle.raw);
        server.finish(trace);
        trace.lines.retain(|line| !line.starts_with("server"));
    })
    .level(NO_LOG)
    .deviates(
        anchors::STAYS_TIMED_OUT,
        &[
            "RTMP_SetupURL = 1",
            "RTMP_ConnectStream = 1",
            "RTMP_ReconnectStream = 1",
            "m_read.status = 0",
            "RTMP_Read = 31",
        ],
    )
}

fn second_session_reads_from_the_start() -> Scenario {
    scenario(
        "a second session of the same handle begins with a whole header",
        |lib, trace| {
            let server = Server::start(2, |_, connection| {
                connection.handshake();
                start_playing(connection);
                connection.send(6, 0, 9, 1, &unhex("170000000001"));
                connection.send(6, 10, 8, 1, &unhex("af0111"));
                connection.end_output();
            });
            let handle = Handle::new(lib);
            for _ in 0..2 {
                let mut url =
                    format!("rtmp://127.0.0.1:{}/live/mystream live=1\0", server.port).into_bytes();
                lib.RTMP_SetupURL(handle.raw, url.as_mut_ptr());
                lib.RTMP_Connect(handle.raw, std::ptr::null_mut());
                lib.RTMP_ConnectStream(handle.raw, 0);
                let mut first = [0_u8; 13];
                lib.RTMP_Read(handle.raw, first.as_mut_ptr(), 13);
                trace.bytes("header", &first);
                let mut rest = vec![0_u8; 4096];
                while lib.RTMP_Read(handle.raw, rest.as_mut_ptr(), 4096) > 0 {}
                lib.RTMP_Close(handle.raw);
                handle.edit(|r| r.Link.tcUrl = crate::structs::EMPTY);
            }
            drop(handle);
            server.finish(trace);
            trace.lines.retain(|line| !line.starts_with("server"));
        },
    )
    .level(NO_LOG)
    .deviates(
        anchors::OLD_TIMESTAMP,
        &[
            "header: 464c5601050000000900000000",
            "header: 464c5601050000000900000000",
        ],
    )
}
