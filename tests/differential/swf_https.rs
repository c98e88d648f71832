//! `HTTP_get` and players over https.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use crate::anchors;
use crate::handle::Handle;
use crate::http::{fetch, whole};
use crate::pki::{Versions, self_signed};
use crate::scenario::{Scenario, scenario};
use crate::server::accept;
use crate::swfinfo::{Home, stored};
use crate::trace::{ERROR, Trace};

/// Answers one request, if one comes.
struct Server {
    port: u16,
    thread: JoinHandle<Vec<u8>>,
}

impl Server {
    fn start(versions: Versions, reply: Vec<u8>, is_polite: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("address").port();
        let config = self_signed().server(versions, 0);
        let thread = std::thread::spawn(move || {
            let stream = accept(&listener).expect("a client");
            let patience = Some(Duration::from_secs(10));
            stream.set_read_timeout(patience).expect("timeout");
            let connection = ServerConnection::new(config).expect("a TLS server");
            let mut stream = StreamOwned::new(connection, stream);
            let (mut head, mut byte) = (Vec::new(), [0_u8]);
            while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                head.push(byte[0]);
            }
            if !head.is_empty() {
                stream.write_all(&reply).expect("write");
                if is_polite {
                    stream.conn.send_close_notify();
                }
                stream.flush().expect("write");
            }
            head
        });
        Self { port, thread }
    }

    fn finish(self, trace: &mut Trace) {
        let request = self.thread.join().expect("script");
        trace.text(format!("request: {}", request.escape_ascii()));
    }
}

/// The certificate is not looked at: by `tlsVerify=0`, which the original does not know.
fn player(name: &str, versions: Versions) -> Scenario {
    let head = format!("Content-Length: {}\r\n", stored().len());
    let reply = [whole("200 OK", &head, "").into_bytes(), stored()].concat();
    scenario(format!("RTMP_SetupURL, {name}"), move |lib, trace| {
        let server = Server::start(versions, reply.clone(), true);
        trace.call(server.port.to_string(), "PORT");
        let _home = Home::with(None);
        let handle = Handle::new(lib);
        handle.trust_anyone();
        let player = format!("https://127.0.0.1:{}/p.swf", server.port);
        let url = format!("rtmp://h/app/play swfUrl={player} swfVfy=1\0");
        let ret = lib.RTMP_SetupURL(handle.raw, url.into_bytes().as_mut_ptr());
        trace.note("RTMP_SetupURL", ret);
        trace.fields(&handle, "SWFSize SWFHash");
        server.finish(trace);
    })
    .level(ERROR)
}

fn refused() -> Scenario {
    let ours = [
        "ERROR: HTTP_get: TLS: the certificate of the server is refused: it is self-signed. tlsCAFile=FILE (environment: \
         SSL_CERT_FILE) names whom to trust; tlsVerify=0 (environment: LIBRTMP_TLS_VERIFY=0) trusts anyone",
        "HTTP_get = 6",
        "status = -1",
        "size = 7",
        "first = ",
        "date: ",
        "body: ",
        "request: ",
    ];
    scenario("HTTP_get: a stranger", |lib, trace| {
        let reply = whole("200 OK", "Content-Length: 5\r\n", "hello");
        let server = Server::start(Versions::Both, reply.into(), true);
        trace.call(server.port.to_string(), "PORT");
        let url = format!("https://127.0.0.1:{}/a", server.port);
        fetch(lib, trace, &url, "");
        server.finish(trace);
    })
    .level(ERROR)
    .deviates(anchors::HTTPS_CERTIFICATES, &ours)
}

pub(crate) fn samples() -> Vec<Scenario> {
    vec![
        player("TLS 1.2", Versions::Only12),
        player("TLS 1.3", Versions::Only13),
        refused(),
        broken_off(),
    ]
}

/// Neither a length nor a goodbye.
fn broken_off() -> Scenario {
    scenario("RTMP_SetupURL, an end that nobody announced", |lib, trace| {
        let reply = [whole("200 OK", "", "").into_bytes(), stored()].concat();
        let server = Server::start(Versions::Both, reply, false);
        trace.call(server.port.to_string(), "PORT");
        let _home = Home::with(None);
        let handle = Handle::new(lib);
        handle.trust_anyone();
        let player = format!("https://127.0.0.1:{}/p.swf", server.port);
        let url = format!("rtmp://h/app/play swfUrl={player} swfVfy=1\0");
        lib.RTMP_SetupURL(handle.raw, url.into_bytes().as_mut_ptr());
        trace.fields(&handle, "SWFSize");
        drop(server.thread.join());
    })
    .level(ERROR)
    .deviates(
        anchors::HTTPS_END,
        &[
            "ERROR: RTMP_HashSWF: connection lost while downloading swfurl https://127.0.0.1:PORT/p.swf",
            "SWFSize = 0",
        ],
    )
}
