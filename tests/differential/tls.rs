//! TLS around RTMP (spec 02 section 8.10).

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::IntoRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::anchors;
use crate::handle::{Handle, packet};
use crate::library::{Library, Seat};
use crate::messages::status;
use crate::pki::{Ca, HOST, Identity, Versions, self_signed};
use crate::scenario::{Scenario, scenario};
use crate::server::{Client, Connection, Duplex, Server, accept, client};
use crate::structs::AVal;
use crate::trace::{ERROR, NO_LOG, Trace};

const URL: &str = "rtmps://127.0.0.1:PORT/app/play timeout=2";
const STATE: &str = "connected sb_timedout sb_size m_nBytesIn m_stream_id m_numInvokes";

impl Duplex for StreamOwned<ServerConnection, TcpStream> {
    fn end_output(&mut self) {
        self.conn.send_close_notify();
        // The client may have closed first.
        let _ = self.flush();
        let _ = self.sock.shutdown(std::net::Shutdown::Write);
    }
}

fn server(config: Arc<ServerConfig>, script: fn(&mut Connection)) -> Server {
    let wrap = move |stream| -> Box<dyn Duplex> {
        let connection = ServerConnection::new(Arc::clone(&config)).expect("a TLS server");
        Box::new(StreamOwned::new(connection, stream))
    };
    Server::start_inside(wrap, 1, move |_, connection| script(connection))
}

/// As `tlsVerify=0` does, which the original does not know.
fn trust_anyone(client: &Client) {
    client.handle.trust_anyone();
}

fn connect(lib: &Library, client: &Client, trace: &mut Trace) {
    let ret = lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut());
    trace.note("RTMP_Connect", ret);
    trace.fields(&client.handle, STATE);
}

fn session(
    name: &str,
    versions: Versions,
    tickets: usize,
    is_whole: bool,
    script: fn(&mut Connection),
    rest: fn(&Library, &Handle, &mut Trace),
) -> Scenario {
    scenario(name, move |lib, trace| {
        let server = server(self_signed().server(versions, tickets), script);
        let client = client(lib, trace, URL, server.port);
        trust_anyone(&client);
        trace.note(
            "RTMP_Connect",
            lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
        );
        rest(lib, &client.handle, trace);
        lib.RTMP_Close(client.handle.raw);
        // What is sent after a failure is not the matter of those that deviate.
        if is_whole {
            trace.fields(&client.handle, STATE);
            server.finish(trace);
        } else {
            server.finish(&mut Trace::default());
        }
    })
}

fn play(connection: &mut Connection) {
    connection.handshake();
    connection.accept_stream();
    connection.await_command("play");
    connection.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
    let body = [&[0x17, 1, 0, 0, 0][..], &[7; 60_000]].concat();
    connection.send(5, 0, 9, 1, &body);
    connection.send(4, 20, 8, 1, &[0xaf, 1, 2, 3]);
    connection.end_output();
}

fn read_packets(lib: &Library, handle: &Handle, trace: &mut Trace) {
    trace.note("RTMP_ConnectStream", lib.RTMP_ConnectStream(handle.raw, 0));
    crate::commands_session::read_to_end(lib, handle, trace, 100_000);
}

pub(crate) fn sessions() -> Vec<Scenario> {
    vec![
        session("TLS 1.2", Versions::Only12, 0, true, play, read_packets),
        session("TLS 1.3", Versions::Only13, 0, true, play, read_packets),
        session(
            "TLS 1.3 with session tickets",
            Versions::Only13,
            2,
            false,
            |connection| {
                connection.handshake();
                connection.await_command("connect");
            },
            |_, _, _| {},
        )
        .level(ERROR)
        .deviates(anchors::TICKETS, &["RTMP_SetupURL = 1", "RTMP_Connect = 1"]),
        session(
            "a receive timeout",
            Versions::Only12,
            0,
            false,
            |connection| {
                connection.handshake();
                connection.await_command("connect");
                // Sent by the client after its timeout.
                connection.await_command("createStream");
                connection.accept_connect();
            },
            after_timeout,
        )
        .level(ERROR)
        .deviates(
            anchors::TLS_TIMEOUT,
            &[
                "RTMP_SetupURL = 1",
                "RTMP_Connect = 1",
                "ERROR: RTMP_ReadPacket, failed to read RTMP packet header",
                "RTMP_ReadPacket = 0",
                "connected = true",
                "sb_timedout = 1",
                "RTMP_SendCreateStream = 1",
                "RTMP_ReadPacket = 1",
                "type = 5",
                "sb_timedout = 0",
            ],
        ),
    ]
}

fn after_timeout(lib: &Library, handle: &Handle, trace: &mut Trace) {
    let mut packet = packet();
    let ret = lib.RTMP_ReadPacket(handle.raw, &raw mut packet);
    trace.note("RTMP_ReadPacket", ret);
    trace.fields(handle, "connected sb_timedout");
    if handle.get().m_sb.sb_socket == -1 {
        return;
    }
    trace.note(
        "RTMP_SendCreateStream",
        lib.RTMP_SendCreateStream(handle.raw),
    );
    let ret = lib.RTMP_ReadPacket(handle.raw, &raw mut packet);
    trace.note("RTMP_ReadPacket", ret);
    trace.note("type", packet.m_packetType);
    trace.fields(handle, "sb_timedout");
    lib.RTMPPacket_Free(&raw mut packet);
}

/// A server that is none: it has read the ClientHello.
fn failing(name: &str, answer: fn(&mut TcpStream)) -> Scenario {
    scenario(name, move |lib, trace| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("address").port();
        let thread = std::thread::spawn(move || {
            let Some(mut stream) = accept(&listener) else {
                return;
            };
            let patience = Some(Duration::from_secs(5));
            stream.set_read_timeout(patience).expect("timeout");
            let mut head = [0; 5];
            stream.read_exact(&mut head).expect("a record");
            let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            stream.read_exact(&mut hello).expect("a ClientHello");
            answer(&mut stream);
        });
        let client = client(
            lib,
            trace,
            "rtmps://127.0.0.1:PORT/app/play timeout=1",
            port,
        );
        trust_anyone(&client);
        connect(lib, &client, trace);
        thread.join().expect("script");
    })
    .level(ERROR)
}

/// A client that has refused the first of it has gone.
fn say(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
}

/// What the client still sends.
fn until_close(stream: &mut TcpStream) {
    // A reset ends the input as well.
    let _ = stream.read_to_end(&mut Vec::new());
}

pub(crate) fn failures() -> Vec<Scenario> {
    vec![
        failing("the peer closes", |_| {}),
        failing("the peer closes inside a record", |stream| {
            say(stream, &[22, 3, 3, 0, 80, 2, 0]);
        }),
        failing("the peer is silent", until_close).deviates(
            anchors::TLS_TIMEOUT,
            &[
                "RTMP_SetupURL = 1",
                "ERROR: RTMP_Connect1, TLS_Connect failed",
                "RTMP_Connect = 0",
                "connected = false",
                "sb_timedout = 1",
                "sb_size = 0",
                "m_nBytesIn = 0",
                "m_stream_id = -1",
                "m_numInvokes = 0",
            ],
        ),
        failing("the peer speaks HTTP", |stream| {
            let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
            say(stream, answer);
            until_close(stream);
        }),
        failing("the peer sends an alert", |stream| {
            say(stream, &[21, 3, 3, 0, 2, 2, 40]);
            until_close(stream);
        }),
        failing("the peer sends zeros", |stream| {
            say(stream, &[0; 2000]);
            until_close(stream);
        }),
    ]
}

/// Without the NUL at its end.
fn text(bytes: &[u8]) -> AVal {
    AVal::of(bytes.strip_suffix(b"\0").unwrap_or(bytes))
}

/// First with `tlsCAFile`, then with `tlsVerify=0` as well.
fn certificate(name: &'static str, identity: fn(&Ca) -> Identity, words: &str) -> Scenario {
    let ca = Ca::new("one");
    let file = ca.file(&name.replace(' ', "-"));
    let config = identity(&ca).server(Versions::Both, 0);
    let run = scenario(name, move |lib, trace| {
        let file = [file.as_os_str().as_bytes(), b"\0"].concat();
        let trusted = (&b"tlsCAFile\0"[..], &file[..]);
        for options in [&[trusted][..], &[trusted, (b"tlsVerify\0", b"0\0")]] {
            let server = server(Arc::clone(&config), |connection| {
                connection.handshake();
                connection.await_command("connect");
            });
            let client = client(lib, trace, URL, server.port);
            for (name, value) in options {
                lib.RTMP_SetOpt(client.handle.raw, &text(name), &mut text(value));
            }
            trace.note(
                "RTMP_Connect",
                lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
            );
            lib.RTMP_Close(client.handle.raw);
            trace.hush();
            server.finish(&mut Trace::default());
        }
    })
    .level(ERROR);
    let refusal = format!(
        "ERROR: TLS: the certificate of the server is refused: {words}. tlsCAFile=FILE (environment: SSL_CERT_FILE) names whom to trust; \
         tlsVerify=0 (environment: LIBRTMP_TLS_VERIFY=0) trusts anyone"
    );
    let setup = "RTMP_SetupURL = 1";
    let [accepted, refused] = ["RTMP_Connect = 1", "RTMP_Connect = 0"];
    let failed = "ERROR: RTMP_Connect1, TLS_Connect failed";
    if words.is_empty() {
        run.deviates(anchors::CERTIFICATES, &[setup, accepted, setup, accepted])
    } else {
        let lines = [setup, &refusal, failed, refused, setup, accepted];
        run.deviates(anchors::CERTIFICATES, &lines)
    }
}

pub(crate) fn certificates() -> Vec<Scenario> {
    vec![
        certificate("good", |ca| ca.identity(HOST), ""),
        certificate("expired", Ca::expired, "it has expired"),
        certificate(
            "wrong host",
            |ca| ca.identity("example.org"),
            "it is for another host",
        ),
        certificate(
            "unknown issuer",
            |_| Ca::new("two").identity(HOST),
            "unknown issuer",
        ),
        certificate("self-signed", |_| self_signed(), "it is self-signed"),
    ]
}

type Choice = fn(&'static Library) -> &'static Library;

/// The library under test on both sides, and ours on one.
pub(crate) fn serving() -> Vec<Scenario> {
    let client_seats: [(&str, Choice); 2] = [
        ("served by the same library", |lib| lib),
        ("served by ours", |_| Seat::Ours.library()),
    ];
    let mut table: Vec<_> = client_seats
        .into_iter()
        .map(|(name, serving)| scenario(name, move |lib, trace| serve(serving(lib), lib, trace)))
        .collect();
    table.push(scenario("our client", |lib, trace| {
        serve(lib, Seat::Ours.library(), trace);
    }));
    table.push(
        scenario("files that are none", |lib, trace| {
            let [chain, key] = self_signed().files("files");
            for (name, chain, key) in [
                ("missing", Path::new("/nonexistent"), key.as_path()),
                ("swapped", key.as_path(), chain.as_path()),
            ] {
                let context = context(lib, chain, key);
                trace.note(name, context.is_null());
                trace.hush();
            }
            lib.RTMP_TLS_FreeServerContext(std::ptr::null_mut());
        })
        .level(NO_LOG),
    );
    table
}

fn context(lib: &Library, chain: &Path, key: &Path) -> *mut std::ffi::c_void {
    let [chain, key] = [chain, key].map(|path| [path.as_os_str().as_bytes(), b"\0"].concat());
    lib.RTMP_TLS_AllocServerContext(chain.as_ptr(), key.as_ptr())
}

fn serve(serving: &'static Library, calling: &'static Library, trace: &mut Trace) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("address").port();
    let thread = std::thread::spawn(move || {
        let [chain, key] = self_signed().files("serving");
        let context = context(serving, &chain, &key);
        let stream = accept(&listener).expect("a client");
        let handle = Handle::new(serving);
        handle.edit(|r| r.m_sb.sb_socket = stream.into_raw_fd());
        let accepted = serving.RTMP_TLS_Accept(handle.raw, context);
        let served = serving.RTMP_Serve(handle.raw);
        let mut packet = packet();
        let mut read = 0;
        while read == 1 || packet.m_nBytesRead < packet.m_nBodySize || packet.m_nBodySize == 0 {
            read = serving.RTMP_ReadPacket(handle.raw, &raw mut packet);
            if read == 0 || packet.m_nBytesRead == packet.m_nBodySize {
                break;
            }
        }
        let received = (packet.m_packetType, packet.m_nBodySize);
        serving.RTMPPacket_Free(&raw mut packet);
        serving.RTMP_Close(handle.raw);
        serving.RTMP_TLS_FreeServerContext(context);
        (accepted, served, read, received)
    });
    let client = client(calling, trace, URL, port);
    trust_anyone(&client);
    connect(calling, &client, trace);
    let mut packet = packet();
    let ret = calling.RTMP_ReadPacket(client.handle.raw, &raw mut packet);
    trace.note("RTMP_ReadPacket", ret);
    trace.fields(&client.handle, STATE);
    // The time of the server.
    trace.lines.retain(|line| !line.contains("Server Uptime"));
    let (accepted, served, read, received) = thread.join().expect("server");
    trace.hush();
    trace.note("RTMP_TLS_Accept", accepted);
    trace.note("RTMP_Serve", served);
    trace.note("server's RTMP_ReadPacket", read);
    trace.note("type and size", format!("{received:?}"));
}
