//! TLS, certificates and whom to judge them by.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock};

use rtmp::abi::{
    RTMP_ERR_CERTIFICATE, RTMP_ERR_LOST, RTMP_ERR_TIMEOUT, RTMP_ERR_TLS, RTMP_ERR_TRUST,
    RTMP_PHASE_STREAMING, RTMP_PHASE_TLS,
};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::client::{acceptance, rest, write};
use crate::pki::{Ca, Versions, self_signed};
use crate::{Calls, Case, HURRIED, PLAIN, Serve, Told, end_at_once, listen, mute, reset_at_once};

const HERE: std::ffi::c_int = RTMP_PHASE_TLS;

fn ca() -> &'static Ca {
    static CA: OnceLock<Ca> = OnceLock::new();
    CA.get_or_init(|| Ca::new("errors"))
}

/// A server that shows a certificate, and listens.
fn show(stream: &TcpStream, config: Arc<ServerConfig>) {
    let stream = stream.try_clone().unwrap();
    let mut peer = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    // A client that is not content goes without a word of RTMP.
    assert!(!matches!(peer.read(&mut [0]), Ok(1..)));
}

fn expired(stream: &mut TcpStream, _: &Sender<()>) {
    show(stream, ca().expired().server(Versions::Both, 0));
}

fn of_another(stream: &mut TcpStream, _: &Sender<()>) {
    show(
        stream,
        ca().identity("another.example").server(Versions::Both, 0),
    );
}

fn of_nobody(stream: &mut TcpStream, _: &Sender<()>) {
    let identity = Ca::new("nobody").identity("127.0.0.1");
    show(stream, identity.server(Versions::Only12, 0));
}

fn of_itself(stream: &mut TcpStream, _: &Sender<()>) {
    show(stream, self_signed().server(Versions::Only13, 0));
}

/// Says `bytes` when the client has begun.
fn say(stream: &mut TcpStream, bytes: &[u8]) {
    stream.read_exact(&mut [0]).unwrap();
    write(stream, bytes);
    rest(stream);
}

fn handshake_failure(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &[21, 3, 3, 0, 2, 2, 40]);
}

fn unrecognized_name(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &[21, 3, 3, 0, 2, 2, 112]);
}

fn no_tls(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
}

fn no_end(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, b"\x16\x03\x03\x00\x04\x01\xff\xff\xff");
}

/// Something else comes where the next record would.
fn breaks(stream: &mut TcpStream, _: &Sender<()>) {
    let config = self_signed().server(Versions::Both, 0);
    let own = stream.try_clone().unwrap();
    let mut peer = StreamOwned::new(ServerConnection::new(config).unwrap(), own);
    let mut hello = [0; 1537];
    peer.read_exact(&mut hello).unwrap();
    peer.write_all(&[&[3], &[0; 1536][..], &hello[1..]].concat())
        .unwrap();
    peer.read_exact(&mut hello[1..]).unwrap();
    peer.write_all(&acceptance("NetStream.Publish.Start"))
        .unwrap();
    peer.flush().unwrap();
    // Media comes when the stream has been accepted.
    peer.read_exact(&mut [0; 10_000]).unwrap();
    write(stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
    rest(stream);
}

pub(crate) fn cases() -> Vec<Case> {
    let file = ca().file("errors");
    let trusting = format!("tlsCAFile={}", file.display());
    let secure = |url: &str, option: &str| format!("{} {option}", url.replace("rtmp:", "rtmps:"));
    let case = |serve: Serve, option: &str, told| {
        Case::new(&secure(PLAIN, option), serve, Calls::Connect, told)
    };
    let certificate = |words| Told::of(RTMP_ERR_CERTIFICATE, HERE, words);
    let tls = Told::of(RTMP_ERR_TLS, HERE, "TLS: ");
    let lost = Told::of(RTMP_ERR_LOST, HERE, "TLS: ");
    let trust = Told::of(RTMP_ERR_TRUST, HERE, "TLS: ");
    let anyone = "tlsVerify=0";
    let late = Told::of(RTMP_ERR_TIMEOUT, HERE, "not done in time").system(&[libc::EAGAIN]);
    vec![
        case(expired, &trusting, certificate("it has expired")),
        case(of_another, &trusting, certificate("it is for another host")),
        case(of_nobody, &trusting, certificate("unknown issuer")),
        case(of_itself, &trusting, certificate("self-signed")),
        case(listen, "tlsCAFile=/nowhere", trust),
        case(
            listen,
            concat!("tlsCAFile=", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            trust,
        ),
        case(handshake_failure, anyone, tls.detail(40)),
        case(unrecognized_name, anyone, tls.detail(112)),
        case(no_tls, anyone, tls.detail(-1)),
        case(no_end, anyone, tls.detail(-1)),
        case(end_at_once, anyone, lost),
        case(
            reset_at_once,
            anyone,
            lost.system(&[libc::ECONNRESET, libc::EPIPE]),
        ),
        Case::new(&secure(HURRIED, anyone), mute, Calls::Connect, late),
        Case::new(
            &secure(PLAIN, anyone),
            breaks,
            Calls::Write,
            Told::of(RTMP_ERR_TLS, RTMP_PHASE_STREAMING, "streaming: ").detail(-1),
        ),
    ]
}
