//! SWF files from servers of https: whom `HTTP_get`, `RTMP_HashSWF` and a handle trust, and which redirections are
//! followed. The environment belongs to the process: each call is made in a process of its own.

use std::env;
use std::ffi::CString;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::ptr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rtmp::abi::HTTP_ctx;
use rtmp::ffi::http::HTTP_get;
use rtmp::ffi::rtmp::access::{RTMP_Alloc, RTMP_Free, RTMP_Init};
use rtmp::ffi::rtmp::connect::RTMP_Close;
use rtmp::ffi::rtmp::setup::RTMP_SetupURL;
use rtmp::ffi::rtmp::swf::RTMP_HashSWF;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::PATIENCE;
use crate::https::request;
use crate::pki::{Ca, HOST, Versions};

/// The part of the tests below that runs as a program of its own.
#[test]
fn ask_player() {
    let Ok(url) = env::var("PLAYER_URL") else {
        println!("nothing to fetch: no other test has started this one");
        return;
    };
    let swf = CString::new(url.clone()).unwrap();
    match env::var("PLAYER_OPTIONS") {
        Ok(options) => {
            let url =
                CString::new(format!("rtmp://h/a/p swfVfy=1 swfUrl={url} {options}")).unwrap();
            let r = RTMP_Alloc();
            // SAFETY: fresh memory for a handle.
            unsafe { RTMP_Init(r) };
            // SAFETY: a valid handle; the text lives until it is closed.
            assert_eq!(unsafe { RTMP_SetupURL(r, url.as_ptr().cast_mut()) }, 1);
            // SAFETY: a valid handle.
            println!("size {}", unsafe { &(*r).Link.SWFSize }.get());
            // SAFETY: a valid handle.
            unsafe { RTMP_Close(r) };
            // SAFETY: from `RTMP_Alloc`.
            unsafe { RTMP_Free(r) };
        }
        Err(_) => {
            let (mut size, mut hash) = (0, [0; 32]);
            // SAFETY: a text, a number and 32 bytes.
            unsafe { RTMP_HashSWF(swf.as_ptr(), &raw mut size, hash.as_mut_ptr(), 0) };
            println!("size {size}");
            // SAFETY: plain numbers and pointers, all of which may be 0.
            let mut http: HTTP_ctx = unsafe { core::mem::zeroed() };
            // SAFETY: a context without a date, a text, no callback.
            let result = unsafe { HTTP_get(&raw mut http, swf.as_ptr(), ptr::null_mut()) };
            println!("result {result}, {} bytes", http.size.get());
        }
    }
}

/// What a process prints that fetches `url` with those options, or with none by the bare functions.
fn asked(url: &str, options: Option<&str>, environment: &[(&str, &str)]) -> String {
    let home =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("player-{}", std::process::id()));
    std::fs::create_dir_all(&home).unwrap();
    let _ = std::fs::remove_file(home.join(".swfinfo"));
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "players::ask_player", "--nocapture"]);
    command.env("PLAYER_URL", url).env("HOME", home);
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "LIBRTMP_TLS_VERIFY"] {
        command.env_remove(name);
    }
    if let Some(options) = options {
        command.env("PLAYER_OPTIONS", options);
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// A server that gives each connection one of the replies, inside TLS or not.
struct Server {
    url: String,
    thread: JoinHandle<()>,
}

impl Server {
    fn start(config: Option<Arc<ServerConfig>>, replies: Vec<String>) -> Self {
        let listener = TcpListener::bind((HOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if config.is_some() { "https" } else { "http" };
        let thread = thread::spawn(move || {
            for reply in replies {
                let (mut stream, _) = listener.accept().unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                let Some(config) = &config else {
                    request(&mut stream);
                    stream.write_all(reply.as_bytes()).unwrap();
                    continue;
                };
                let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                let mut peer = StreamOwned::new(connection, stream);
                if !request(&mut peer).is_empty() {
                    peer.write_all(reply.as_bytes()).unwrap();
                    peer.conn.send_close_notify();
                    peer.flush().unwrap();
                }
            }
        });
        Self {
            url: format!("{scheme}://{HOST}:{port}/p.swf"),
            thread,
        }
    }

    fn finish(self) {
        self.thread.join().unwrap();
    }
}

/// 28 bytes, as a server sends them.
fn player() -> String {
    "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\nFWS\x0a\x1c\0\0\0 twenty bytes of SWF".to_owned()
}

fn moved(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

#[test]
fn the_environment_and_the_handle_say_whom_to_trust() {
    let ca = Ca::new("of players");
    let file = ca.file("players");
    let file = file.to_str().unwrap();
    let config = ca.identity(HOST).server(Versions::Both, 2);
    let server = Server::start(Some(config), vec![player(); 10]);
    let trusted = asked(&server.url, None, &[("SSL_CERT_FILE", file)]);
    assert!(trusted.contains("size 28\nresult 0, 28 bytes"), "{trusted}");
    let stranger = Ca::new("a stranger").file("players-stranger");
    let stranger = [("SSL_CERT_FILE", stranger.to_str().unwrap())];
    let refused = asked(&server.url, None, &stranger);
    assert!(refused.contains("size 0\nresult 6, 0 bytes"), "{refused}");
    for function in ["RTMP_HashSWF", "HTTP_get"] {
        let line = format!(
            "ERROR: {function}: TLS: the certificate of the server is refused: unknown issuer. "
        );
        assert!(refused.contains(&line), "{refused}");
    }
    let waived = asked(
        &server.url,
        None,
        &[stranger[0], ("LIBRTMP_TLS_VERIFY", "0")],
    );
    assert!(waived.contains("size 28\nresult 0, 28 bytes"), "{waived}");
    // One connection each.
    for (options, size) in [
        ("", 0),
        ("tlsVerify=0", 28),
        (&format!("tlsCAFile={file}"), 28),
    ] {
        let said = asked(&server.url, Some(options), &stranger);
        assert!(
            said.contains(&format!("size {size}\n")),
            "{options}: {said}"
        );
    }
    let waived = asked(
        &server.url,
        Some("tlsVerify=1"),
        &[stranger[0], ("LIBRTMP_TLS_VERIFY", "0")],
    );
    assert!(waived.contains("size 0\n"), "{waived}");
    server.finish();
}

#[test]
fn redirections_lead_to_https_and_not_back() {
    let ca = Ca::new("of players");
    let config = ca.identity(HOST).server(Versions::Both, 2);
    let https = Some(config);
    let target = Server::start(https.clone(), vec![player()]);
    let again = Server::start(https.clone(), vec![moved(&target.url)]);
    let first = Server::start(None, vec![moved(&again.url)]);
    let said = asked(&first.url, Some("tlsVerify=0"), &[]);
    assert!(said.contains("size 28\n"), "{said}");
    for server in [first, again, target] {
        server.finish();
    }
    // Nobody listens there, and nobody is asked.
    let down = Server::start(https, vec![moved("http://127.0.0.1:1/p.swf")]);
    let said = asked(&down.url, Some("tlsVerify=0"), &[]);
    assert!(said.contains("size 0\n"), "{said}");
    let line = "ERROR: RTMP_HashSWF: redirected from https to http, which is not followed";
    assert!(said.contains(line), "{said}");
    down.finish();
}
