//! Tunnels, handshakes, dialogues and streams.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use rtmp::abi::{
    RTMP_ERR_HANDSHAKE, RTMP_ERR_LOGIN, RTMP_ERR_LOST, RTMP_ERR_PROTOCOL, RTMP_ERR_REFUSED,
    RTMP_ERR_TIMEOUT, RTMP_ERR_TUNNEL, RTMP_PHASE_DIALOGUE, RTMP_PHASE_HANDSHAKE,
    RTMP_PHASE_STREAMING, RTMP_PHASE_TUNNEL,
};

use crate::client::{acceptance, rest, shake_hands, write};
use crate::messages::{COMMAND, NULL, command, message, object, text};
use crate::tunnel;
use crate::{
    Calls, Case, HURRIED, PLAIN, Serve, Told, end, end_at_once, mute, reset, reset_at_once,
};

const DIALOGUE: std::ffi::c_int = RTMP_PHASE_DIALOGUE;
const STREAMING: std::ffi::c_int = RTMP_PHASE_STREAMING;
const BROKEN: &[std::ffi::c_int] = &[libc::ECONNRESET, libc::EPIPE];
const END: &str = "the peer has closed the connection";

/// Says `bytes` behind the handshake, and nothing more.
fn say(stream: &mut TcpStream, bytes: &[u8]) {
    shake_hands(stream);
    write(stream, bytes);
    rest(stream);
}

fn info(level: &str, code: &str, words: &str) -> Vec<u8> {
    object(&[
        ("level", text(level)),
        ("code", text(code)),
        ("description", text(words)),
    ])
}

fn error(id: f64, code: &str, words: &str) -> Vec<u8> {
    let body = command("_error", id, &[NULL, &info("error", code, words)]);
    message(3, 0, COMMAND, &body)
}

fn status(level: &str, code: &str) -> Vec<u8> {
    let body = command("onStatus", 0.0, &[NULL, &info(level, code, "no room")]);
    message(5, 0, COMMAND, &body)
}

fn playing() -> Vec<u8> {
    acceptance("NetStream.Play.Start")
}

fn publishing() -> Vec<u8> {
    acceptance("NetStream.Publish.Start")
}

fn refuses_connect(stream: &mut TcpStream, _: &Sender<()>) {
    say(
        stream,
        &error(1.0, "NetConnection.Connect.Rejected", "not you"),
    );
}

fn refuses_stream(stream: &mut TcpStream, _: &Sender<()>) {
    let accepted = message(3, 0, COMMAND, &command("_result", 1.0, &[NULL]));
    let refused = error(2.0, "NetConnection.Call.Failed", "no");
    say(stream, &[accepted, refused].concat());
}

fn bad_name(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &status("error", "NetStream.Publish.BadName"));
}

fn not_found(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &status("status", "NetStream.Play.StreamNotFound"));
}

/// A code that has no room, and is no text.
fn odd_code(stream: &mut TcpStream, _: &Sender<()>) {
    let code = format!("\x1b{}", "ü".repeat(100));
    say(stream, &status("error", &code));
}

/// What is left of that.
const ODD: &str = "\\x1büüüüüüüüüüüüüüüüüüüüüüüüüüüüü";

fn wants_login(stream: &mut TcpStream, _: &Sender<()>) {
    let words = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";
    say(stream, &error(1.0, "NetConnection.Connect.Rejected", words));
}

fn refuses_login(stream: &mut TcpStream, _: &Sender<()>) {
    let words = "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=x";
    say(stream, &error(1.0, "NetConnection.Connect.Rejected", words));
}

fn refuses_user(stream: &mut TcpStream, _: &Sender<()>) {
    let words = "[ AccessManager.Reject ] : [ authmod=llnw ] : ?reason=nosuchuser";
    say(stream, &error(1.0, "NetConnection.Connect.Rejected", words));
}

fn asks_to_close(stream: &mut TcpStream, _: &Sender<()>) {
    say(
        stream,
        &message(3, 0, COMMAND, &command("close", 0.0, &[NULL])),
    );
}

fn is_over(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &status("status", "NetStream.Play.Complete"));
}

fn unsubscribes(stream: &mut TcpStream, _: &Sender<()>) {
    let body = command("onFCUnsubscribe", 0.0, &[NULL]);
    say(stream, &message(3, 0, COMMAND, &body));
}

fn ends_dialogue(stream: &mut TcpStream, _: &Sender<()>) {
    shake_hands(stream);
    stream.read_exact(&mut [0]).unwrap();
    end(stream);
}

fn resets_dialogue(stream: &mut TcpStream, _: &Sender<()>) {
    shake_hands(stream);
    stream.read_exact(&mut [0]).unwrap();
    reset(stream);
}

fn mute_dialogue(stream: &mut TcpStream, there: &Sender<()>) {
    shake_hands(stream);
    mute(stream, there);
}

fn mute_stream(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &playing());
}

fn ends_stream(stream: &mut TcpStream, _: &Sender<()>) {
    shake_hands(stream);
    write(stream, &playing());
    end(stream);
}

/// Nobody who plays hears of a complaint before media is missing.
fn complains(stream: &mut TcpStream, _: &Sender<()>) {
    shake_hands(stream);
    write(stream, &playing());
    write(stream, &status("error", "NetStream.Play.Denied"));
    end(stream);
}

fn fails_stream(stream: &mut TcpStream, _: &Sender<()>) {
    say(
        stream,
        &[playing(), status("error", "NetStream.Failed")].concat(),
    );
}

fn ends_publication(stream: &mut TcpStream, _: &Sender<()>) {
    let words = [publishing(), status("error", "NetStream.Publish.Idle")];
    say(stream, &words.concat());
}

/// Begins messages of 16 MiB, one on each chunk stream.
fn too_much(stream: &mut TcpStream, _: &Sender<()>) {
    shake_hands(stream);
    write(stream, &playing());
    let mut begun = Vec::new();
    for channel in 0..500_u16 {
        let [low, high] = channel.to_le_bytes();
        begun.extend_from_slice(&[1, low, high, 0, 0, 0, 255, 255, 255, 9, 1, 0, 0, 0]);
        begun.extend_from_slice(&[0x27; 128]);
    }
    // The client goes in the middle of it.
    write(stream, &begun);
    rest(stream);
}

/// Takes nothing, until nobody asks for it any more.
fn full(stream: &mut TcpStream, there: &Sender<()>) {
    shake_hands(stream);
    write(stream, &publishing());
    while there.send(()).is_ok() {
        thread::park_timeout(Duration::from_millis(20));
    }
}

fn resets_publication(stream: &mut TcpStream, _: &Sender<()>) {
    shake_hands(stream);
    write(stream, &publishing());
    stream.read_exact(&mut vec![0; 100_000]).unwrap();
    reset(stream);
}

fn http_404(stream: &mut TcpStream, _: &Sender<()>) {
    tunnel::request(stream);
    write(
        stream,
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    );
    rest(stream);
}

fn no_http(stream: &mut TcpStream, _: &Sender<()>) {
    tunnel::request(stream);
    write(stream, b"SSH-2.0-OpenSSH_9.2\r\n\r\n");
    rest(stream);
}

fn tunnel_breaks(stream: &mut TcpStream, _: &Sender<()>) {
    tunnel::open(stream);
    // Media comes when the stream has been accepted.
    while tunnel::request(stream).is_some_and(|(_, body)| body.len() < 1000) {
        tunnel::answer(stream, &[1]);
    }
    // It has asked for several things by then.
    let _ = stream.write_all(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
    rest(stream);
}

fn does_not_encrypt(stream: &mut TcpStream, _: &Sender<()>) {
    stream.read_exact(&mut [0; 1537]).unwrap();
    write(stream, &[&[3], &[0; 3072][..]].concat());
    rest(stream);
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |serve: Serve, calls, told| Case::new(PLAIN, serve, calls, told);
    let late = |phase, words| Told::of(RTMP_ERR_TIMEOUT, phase, words).system(&[libc::EAGAIN]);
    let lost = |phase| Told::of(RTMP_ERR_LOST, phase, END);
    let broken = |phase| Told::of(RTMP_ERR_LOST, phase, "").system(BROKEN);
    let refused = |phase, code| Told::of(RTMP_ERR_REFUSED, phase, "").code(code);
    let login = Told::of(RTMP_ERR_LOGIN, DIALOGUE, "server refused connect");
    let tunnel = Told::of(RTMP_ERR_TUNNEL, RTMP_PHASE_TUNNEL, "gives no session");
    let silence = "nothing was received in time";
    let through = |url: &str| url.replace("rtmp:", "rtmpt:");
    let in_tunnel = |serve: Serve, told| Case::new(&through(PLAIN), serve, Calls::Connect, told);
    let encrypted = PLAIN.replace("rtmp:", "rtmpe:");
    let known = PLAIN.replace("name ", "name pubUser=joe pubPasswd=word ");
    let hurried =
        |serve: Serve, calls, phase| Case::new(HURRIED, serve, calls, late(phase, silence));
    vec![
        in_tunnel(http_404, tunnel),
        in_tunnel(no_http, tunnel),
        in_tunnel(
            end_at_once,
            Told::of(RTMP_ERR_LOST, RTMP_PHASE_TUNNEL, "gives no session"),
        ),
        in_tunnel(
            reset_at_once,
            Told::of(RTMP_ERR_LOST, RTMP_PHASE_TUNNEL, "gives no session").system(BROKEN),
        ),
        Case::new(
            &through(HURRIED),
            mute,
            Calls::Connect,
            late(RTMP_PHASE_TUNNEL, "gives no session"),
        ),
        Case::new(
            &through(PLAIN),
            tunnel_breaks,
            Calls::Write,
            Told::of(RTMP_ERR_TUNNEL, STREAMING, "streaming: "),
        ),
        Case::new(
            &encrypted,
            does_not_encrypt,
            Calls::Connect,
            Told::of(RTMP_ERR_HANDSHAKE, RTMP_PHASE_HANDSHAKE, "handshake: "),
        ),
        case(end_at_once, Calls::Connect, lost(RTMP_PHASE_HANDSHAKE)),
        case(reset_at_once, Calls::Connect, broken(RTMP_PHASE_HANDSHAKE)),
        hurried(mute, Calls::Connect, RTMP_PHASE_HANDSHAKE),
        case(
            refuses_connect,
            Calls::Play,
            refused(DIALOGUE, "NetConnection.Connect.Rejected"),
        ),
        case(
            refuses_connect,
            Calls::Publish,
            refused(DIALOGUE, "NetConnection.Connect.Rejected"),
        ),
        case(
            refuses_stream,
            Calls::Play,
            refused(DIALOGUE, "NetConnection.Call.Failed"),
        ),
        case(
            bad_name,
            Calls::Publish,
            refused(DIALOGUE, "NetStream.Publish.BadName"),
        ),
        case(
            not_found,
            Calls::Play,
            refused(DIALOGUE, "NetStream.Play.StreamNotFound"),
        ),
        case(odd_code, Calls::Play, refused(DIALOGUE, ODD)),
        case(wants_login, Calls::Publish, login),
        case(wants_login, Calls::Play, login),
        Case::new(&known, refuses_login, Calls::Publish, login),
        Case::new(&known, refuses_user, Calls::Publish, login),
        case(
            asks_to_close,
            Calls::Play,
            Told::of(RTMP_ERR_LOST, DIALOGUE, "the server asked to close"),
        ),
        case(
            is_over,
            Calls::Play,
            refused(DIALOGUE, "NetStream.Play.Complete"),
        ),
        case(unsubscribes, Calls::Play, refused(DIALOGUE, "")),
        case(ends_dialogue, Calls::Play, lost(DIALOGUE)),
        case(resets_dialogue, Calls::Play, broken(DIALOGUE)),
        hurried(mute_dialogue, Calls::Play, DIALOGUE),
        hurried(mute_dialogue, Calls::Publish, DIALOGUE),
        case(ends_stream, Calls::Read, lost(STREAMING)),
        case(
            complains,
            Calls::Read,
            refused(STREAMING, "NetStream.Play.Denied"),
        ),
        case(
            fails_stream,
            Calls::Read,
            refused(STREAMING, "NetStream.Failed"),
        ),
        case(
            ends_publication,
            Calls::Write,
            refused(STREAMING, "NetStream.Publish.Idle"),
        ),
        case(resets_publication, Calls::Send, broken(STREAMING)),
        hurried(mute_stream, Calls::Read, STREAMING),
        Case::new(
            &format!("{PLAIN} sendTimeout=300"),
            full,
            Calls::Send,
            late(STREAMING, "streaming: sending: "),
        ),
        case(
            too_much,
            Calls::Read,
            Told::of(RTMP_ERR_PROTOCOL, STREAMING, "begun too many messages"),
        ),
    ]
}
