//! Proxies that make no connection.

use std::io::Read;
use std::net::TcpStream;
use std::sync::mpsc::Sender;

use rtmp::abi::{
    RTMP_ERR_LOST, RTMP_ERR_PROXY, RTMP_ERR_RESOLVE, RTMP_ERR_TIMEOUT, RTMP_PHASE_PROXY,
};

use crate::client::{rest, write};
use crate::{Calls, Case, Serve, Told, end_at_once, listen, mute, reset_at_once};

/// Says `answers`, each when something has come.
fn say(stream: &mut TcpStream, answers: &[&[u8]]) {
    let mut room = [0; 1024];
    for answer in answers {
        assert!(stream.read(&mut room).unwrap() > 0);
        write(stream, answer);
    }
    rest(stream);
}

fn socks4(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &[&[0, 91, 0, 0, 0, 0, 0, 0]]);
}

fn socks5(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &[&[5, 0], &[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]]);
}

fn no_method(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &[&[5, 0xff]]);
}

fn no_login(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &[&[5, 2], &[1, 17]]);
}

fn no_socks(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &[b"HTTP/1.1 400 Bad Request\r\n\r\n"]);
}

fn http_407(stream: &mut TcpStream, _: &Sender<()>) {
    say(
        stream,
        &[b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"],
    );
}

fn http_502(stream: &mut TcpStream, _: &Sender<()>) {
    say(
        stream,
        &[b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"],
    );
}

fn no_http(stream: &mut TcpStream, _: &Sender<()>) {
    say(stream, &[b"SSH-2.0-OpenSSH\r\n\r\n"]);
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |kind: &str, serve: Serve, told| {
        let url =
            format!("rtmp://192.0.2.1/app/name connectTimeout=20000 socks={kind}127.0.0.1:PORT");
        Case::new(&url, serve, Calls::Connect, told)
    };
    let told = |kind, words| Told::of(kind, RTMP_PHASE_PROXY, words);
    let refused = told(RTMP_ERR_PROXY, "proxy: it makes no connection");
    let lost = told(RTMP_ERR_LOST, "proxy: it makes no connection");
    let named = "rtmp://eai-2.example/app/name socks=socks4://127.0.0.1:PORT";
    let six = "rtmp://[::1]/app/name socks=socks4://127.0.0.1:PORT";
    let late = told(RTMP_ERR_TIMEOUT, "proxy: Connection timed out").system(&[libc::ETIMEDOUT]);
    let mut cases = vec![
        case("", socks4, refused.detail(91)),
        case("socks4://", socks4, refused.detail(91)),
        case("socks4a://", socks4, refused.detail(91)),
        case("socks5://", socks5, refused.detail(4)),
        case("socks5://", no_method, refused.detail(255)),
        case("socks5://user:word@", no_login, refused.detail(17)),
        case("socks5://", no_socks, refused),
        case("http://", http_407, refused.detail(407)),
        case("http://", http_502, refused.detail(502)),
        case("http://", no_http, refused),
        case("socks5://", reset_at_once, lost.system(&[libc::ECONNRESET])),
        case("http://", end_at_once, lost),
        Case::new(
            named,
            listen,
            Calls::Connect,
            told(RTMP_ERR_RESOLVE, "proxy: eai-2.example has no address").detail(libc::EAI_NONAME),
        ),
        Case::new(
            six,
            listen,
            Calls::Connect,
            told(RTMP_ERR_RESOLVE, "proxy: it makes no connection").detail(libc::EAI_NONAME),
        ),
    ];
    for kind in ["", "socks4a://", "socks5://", "http://"] {
        let url =
            format!("rtmp://192.0.2.1/app/name connectTimeout=300 socks={kind}127.0.0.1:PORT");
        cases.push(Case::new(&url, mute, Calls::Connect, late));
    }
    cases
}
