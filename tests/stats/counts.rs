//! Bytes and messages in both directions, as client and server count them.

use std::collections::VecDeque;
use std::ffi::c_char;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::IntoRawFd;
use std::sync::atomic::Ordering::SeqCst;

use rtmp::abi::{
    RTMP, RTMP_MAX_HEADER_SIZE, RTMP_PHASE_IDLE, RTMP_PHASE_STREAMING, RTMP_STATS, RTMP_UNKNOWN,
    RTMPChunk, RTMPPacket,
};
use rtmp::ffi::rtmp::connect::RTMP_Serve;
use rtmp::ffi::rtmp::packet::{RTMP_ReadPacket, RTMP_SendChunk, RTMPPacket_Free};
use rtmp::ffi::rtmp::stream::RTMP_ClientPacket;

use crate::client::{Client, LONG, acceptance, server};
use crate::messages::{tag, text};
use crate::peer::{LAST, MARK, Passed, REPORTED, SAID, Seen, last_words, relay, serve};
use crate::{stats, tunnel};

const TAGS: u64 = 40;

fn raw(client: &Client) -> *mut RTMP {
    std::ptr::from_ref(client.handle()).cast_mut()
}

/// Reads messages, to which the library reacts, until one is the last. False when the connection has ended.
fn read_until(client: &Client, is_last: impl Fn(&RTMPPacket) -> bool) -> bool {
    let mut packet = RTMPPacket::default();
    let mut is_found = false;
    // SAFETY: a valid handle and packet.
    while !is_found && unsafe { RTMP_ReadPacket(raw(client), &raw mut packet) } == 1 {
        if packet.is_ready() {
            // SAFETY: as above.
            unsafe { RTMP_ClientPacket(raw(client), &raw mut packet) };
            is_found = is_last(&packet);
            // SAFETY: the body is the library's.
            unsafe { RTMPPacket_Free(&raw mut packet) };
        }
    }
    is_found
}

/// Publishes, and reads what the server says then: the numbers of that moment.
fn publish(client: &Client, scheme: &str) -> RTMP_STATS {
    client.handle().demand_certificate(false);
    client.publishes();
    assert!(client.connect() && client.connect_stream(), "{scheme}");
    for time in 0..TAGS {
        let video = tag(9, u32::try_from(time).unwrap(), &[0x27; 300]);
        assert!(client.write(&video) > 0, "{scheme}");
    }
    assert!(client.send(MARK), "{scheme}");
    let is_last = |packet: &RTMPPacket| packet.m_packetType.get() == LAST;
    assert!(read_until(client, is_last), "{scheme}");
    stats(client)
}

/// A session with `serving`, through a relay: numbers before and behind the close, what has passed, and what was seen.
fn session(
    scheme: &str,
    serving: impl FnOnce(TcpStream) -> Seen + Send + 'static,
) -> (RTMP_STATS, RTMP_STATS, [u64; 3], Seen) {
    let (port, thread) = server(serving);
    let (port, passed, passing) = relay(port);
    let client = Client::of(scheme, port, LONG);
    let before = publish(&client, scheme);
    let Passed { up, down } = &*passed;
    let down_before = down.load(SeqCst);
    client.close();
    let behind = stats(&client);
    let seen = thread.join().unwrap();
    passing.join().unwrap();
    let passed = [down_before, up.load(SeqCst), down.load(SeqCst)];
    (before, behind, passed, seen)
}

/// What is the same with every protocol.
fn same(scheme: &str, before: &RTMP_STATS, behind: &RTMP_STATS, seen: &Seen) {
    assert_eq!(before.bytes_in, seen.said, "{scheme}");
    assert_eq!(before.messages_in, SAID, "{scheme}");
    assert_eq!(before.confirmed, u64::from(REPORTED), "{scheme}");
    assert_eq!((before.pings, behind.pings), (1, 1), "{scheme}");
    assert_eq!(behind.bytes_out, seen.received.len() as u64, "{scheme}");
    assert_eq!(behind.messages_out, seen.messages(), "{scheme}");
    assert!(before.messages_out > TAGS, "{scheme}");
    // The goodbye of a publisher: FCUnpublish and deleteStream.
    assert_eq!(behind.messages_out, before.messages_out + 2, "{scheme}");
    assert_eq!((before.queued, before.queued_ms), (0, 0), "{scheme}");
    let steps = [
        before.resolve_ms,
        before.connect_ms,
        before.handshake_ms,
        before.dialogue_ms,
    ];
    assert!(steps.iter().all(|&time| time > 0), "{scheme}: {steps:?}");
    assert_eq!(before.tls_ms > 0, scheme.ends_with('s'), "{scheme}");
}

#[test]
fn without_cover_all_bytes_are_rtmp() {
    let (before, behind, [down, up, _], seen) = session("rtmp", serve);
    same("rtmp", &before, &behind, &seen);
    assert_eq!(before.wire_in, down);
    assert_eq!(before.wire_in, before.bytes_in);
    assert_eq!(behind.wire_out, up);
    assert_eq!(behind.wire_out, behind.bytes_out);
}

#[cfg(feature = "tls")]
#[test]
fn tls_costs_bytes_on_the_socket() {
    let (before, behind, [down, up, _], seen) =
        session("rtmps", |stream| serve(inside_tls(stream)));
    same("rtmps", &before, &behind, &seen);
    assert_eq!(before.wire_in, down);
    assert!(before.wire_in > before.bytes_in);
    assert_eq!(behind.wire_out, up);
    assert!(behind.wire_out > behind.bytes_out);
}

/// The server's side of a tunnel that answers no request any more behind the last word.
struct Tunnel<S> {
    stream: S,
    received: VecDeque<u8>,
    due: Vec<u8>,
    is_mute: bool,
}

impl<S: Read + Write> Read for Tunnel<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.received.is_empty() {
            let Some((verb, body)) = tunnel::request(&mut self.stream) else {
                return Ok(0);
            };
            match verb.as_str() {
                "open" => {
                    tunnel::answer(&mut self.stream, b"session\n");
                    continue;
                }
                "send" => self.received.extend(body),
                _ => {}
            }
            if !self.is_mute {
                tunnel::answer(&mut self.stream, &[&[1], &self.due[..]].concat());
                self.is_mute = self.due.ends_with(&text("onLast"));
                self.due.clear();
            }
        }
        self.received.read(into)
    }
}

impl<S: Read + Write> Write for Tunnel<S> {
    /// What is said is heard with the next answer.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.due.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn serve_tunnel(stream: impl Read + Write) -> Seen {
    serve(Tunnel {
        stream,
        received: VecDeque::new(),
        due: Vec::new(),
        is_mute: false,
    })
}

#[test]
fn a_tunnel_costs_bytes_on_the_socket() {
    let (before, behind, [down, up, _], seen) = session("rtmpt", serve_tunnel);
    same("rtmpt", &before, &behind, &seen);
    assert_eq!(before.wire_in, down);
    assert!(before.wire_in > before.bytes_in);
    assert_eq!(behind.wire_out, up);
    // Each message is a request of its own.
    assert!(behind.wire_out > behind.bytes_out + 40 * TAGS);
}

#[cfg(feature = "tls")]
#[test]
fn a_tunnel_inside_tls_costs_both() {
    let (before, behind, [down, up, _], seen) =
        session("rtmpts", |stream| serve_tunnel(inside_tls(stream)));
    same("rtmpts", &before, &behind, &seen);
    assert_eq!(before.wire_in, down);
    assert_eq!(behind.wire_out, up);
    assert!(behind.wire_out > behind.bytes_out + 60 * TAGS);
}

#[cfg(feature = "tls")]
fn inside_tls(stream: TcpStream) -> rustls::StreamOwned<rustls::ServerConnection, TcpStream> {
    use crate::pki::{Versions, self_signed};
    let config = self_signed().server(Versions::Both, 2);
    rustls::StreamOwned::new(rustls::ServerConnection::new(config).unwrap(), stream)
}

/// Sends bytes of RTMP as they are, all of them in what may be a header.
fn say(own: &Client, bytes: &[u8]) {
    for piece in bytes.chunks(RTMP_MAX_HEADER_SIZE) {
        // SAFETY: zeros are a chunk without anything.
        let mut chunk: RTMPChunk = unsafe { std::mem::zeroed() };
        for (cell, &byte) in chunk.c_header.iter().zip(piece) {
            cell.set(c_char::from_ne_bytes([byte]));
        }
        chunk.c_headerSize.set(piece.len().try_into().unwrap());
        // SAFETY: a valid handle and chunk.
        assert_eq!(unsafe { RTMP_SendChunk(raw(own), &raw mut chunk) }, 1);
    }
}

#[test]
fn the_talk_with_a_proxy_is_on_the_socket() {
    let (port, thread) = server(|mut stream| {
        let mut request = [0; 9];
        stream.read_exact(&mut request).unwrap();
        stream.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).unwrap();
        serve(stream)
    });
    let (port, passed, passing) = relay(port);
    let mut client = Client::new();
    let options = format!("timeout={LONG} socks=127.0.0.1:{port}");
    client.set_up_with("rtmp", port, &options);
    let before = publish(&client, "SOCKS4");
    assert_eq!(before.wire_in, passed.down.load(SeqCst));
    client.close();
    let behind = stats(&client);
    let seen = thread.join().unwrap();
    passing.join().unwrap();
    // As in the original, what this proxy says counts in what the server is told of.
    assert_eq!([before.wire_in, before.bytes_in], [seen.said + 8; 2]);
    assert_eq!(behind.wire_out, passed.up.load(SeqCst));
    assert_eq!(behind.bytes_out, seen.received.len() as u64);
    assert_eq!(behind.wire_out, behind.bytes_out + 9);
}

/// A server of the library's own, on a socket: what it has counted.
fn serve_by_library(stream: TcpStream) -> RTMP_STATS {
    let own = Client::new();
    own.handle().m_sb.sb_socket.set(stream.into_raw_fd());
    // SAFETY: a valid handle.
    assert_eq!(unsafe { RTMP_Serve(raw(&own)) }, 1);
    assert_eq!(stats(&own).phase, RTMP_PHASE_STREAMING);
    say(&own, &acceptance("NetStream.Publish.Start"));
    assert!(read_until(&own, |packet| packet.body() == MARK));
    say(&own, &last_words());
    assert!(!read_until(&own, |_| false));
    own.close();
    stats(&own)
}

#[test]
fn encryption_costs_none() {
    let (port, thread) = server(serve_by_library);
    let (port, passed, passing) = relay(port);
    let client = Client::of("rtmpe", port, LONG);
    let before = publish(&client, "rtmpe");
    let down = passed.down.load(SeqCst);
    client.close();
    let behind = stats(&client);
    let theirs = thread.join().unwrap();
    passing.join().unwrap();
    let up = passed.up.load(SeqCst);
    assert_eq!([before.wire_in, before.bytes_in], [down; 2]);
    assert_eq!([theirs.wire_out, theirs.bytes_out], [down; 2]);
    assert_eq!([behind.wire_out, behind.bytes_out], [up; 2]);
    assert_eq!([theirs.wire_in, theirs.bytes_in], [up; 2]);
    assert_eq!(before.messages_in, SAID);
    assert_eq!(theirs.messages_in, behind.messages_out);
    // Raw chunks are bytes, and no messages.
    assert_eq!(theirs.messages_out, 0);
}

#[test]
fn a_closed_handle_has_the_sums_of_its_last_connection() {
    let client = Client::new();
    let fresh = stats(&client);
    assert_eq!(
        (fresh.phase, fresh.bytes_in, fresh.wire_out),
        (RTMP_PHASE_IDLE, 0, 0)
    );
    assert_eq!(fresh.connect_ms, 0);
    drop(client);

    let (port, thread) = server(serve);
    let mut client = Client::of("rtmp", port, LONG);
    let before = publish(&client, "rtmp");
    client.close();
    thread.join().unwrap();
    let behind = stats(&client);
    assert_eq!(behind.phase, RTMP_PHASE_IDLE);
    assert_eq!(behind.bytes_in, before.bytes_in);
    assert!(behind.bytes_out > before.bytes_out);
    assert_eq!(behind.dialogue_ms, before.dialogue_ms);
    for unknown in [
        behind.unsent,
        behind.send_buffer,
        behind.rtt_us,
        behind.rtt_var_us,
        behind.retransmits,
        behind.delivery_rate,
    ] {
        assert_eq!(unknown, RTMP_UNKNOWN);
    }
    // Whatever is done with it meanwhile.
    assert!(!client.send(b"too late"));
    client.close();
    assert_eq!(bytes_of(&stats(&client)), bytes_of(&behind));

    // Nobody listens there any more: a new attempt has its own numbers.
    client.set_up("rtmp", port, LONG);
    assert_eq!(bytes_of(&stats(&client)), bytes_of(&behind));
    assert!(!client.connect());
    let failed = stats(&client);
    assert_eq!(bytes_of(&failed), [0; 4]);
    assert_eq!(failed.messages_out, 0);
    assert!(failed.resolve_ms > 0);
    assert_eq!((failed.connect_ms, failed.dialogue_ms), (0, 0));
}

fn bytes_of(stats: &RTMP_STATS) -> [u64; 4] {
    [
        stats.bytes_in,
        stats.bytes_out,
        stats.wire_in,
        stats.wire_out,
    ]
}

#[test]
fn the_number_in_the_struct_may_wrap() {
    let (port, thread) = server(serve);
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    // What it would be behind 4 GiB.
    client.handle().m_nBytesIn.set(-5);
    let before = stats(&client).bytes_in;
    assert!(client.send(MARK));
    assert!(read_until(&client, |packet| packet.m_packetType.get() == LAST));
    let last = last_words().len();
    assert_eq!(
        client.handle().m_nBytesIn.get(),
        i32::try_from(last).unwrap() - 5
    );
    assert_eq!(stats(&client).bytes_in, before + last as u64);
    client.close();
    thread.join().unwrap();
}
