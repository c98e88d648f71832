//! HTTP servers with a tunnel behind them: one with prepared answers, one that passes RTMP on.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::server::accept;

/// A client that sends nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// The answer to an idle request waits so long for something to say.
const A_MOMENT: Duration = Duration::from_millis(20);

pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// One request: head up to the empty line, body by its length.
    pub(crate) fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut head = Vec::new();
        let mut byte = [0_u8];
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let length = head.split("Content-length: ").nth(1)?.lines().next()?;
        let mut body = vec![0; length.parse().ok()?];
        stream.read_exact(&mut body).ok()?;
        Some(Self { head, body })
    }

    pub(crate) fn is(&self, verb: &str) -> bool {
        self.head.starts_with(&format!("POST /{verb}"))
    }
}

pub(crate) fn response(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Runs `script` on one connection.
pub(crate) fn serve<T: Send + 'static>(
    script: impl FnOnce(&mut TcpStream) -> T + Send + 'static,
) -> (u16, JoinHandle<Option<T>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("address").port();
    let thread = std::thread::spawn(move || {
        let mut stream = accept(&listener)?;
        stream.set_read_timeout(Some(PATIENCE)).expect("timeout");
        stream.set_nodelay(true).expect("no delay");
        Some(script(&mut stream))
    });
    (port, thread)
}

/// Answers the handshake, and each idle request with the next of `answers`. Ends with the answer to the last; the
/// requests until then.
pub(crate) fn prepared(stream: &mut TcpStream, answers: Vec<Vec<u8>>) -> Vec<Request> {
    let mut answers = VecDeque::from(answers);
    let (mut requests, mut hello, mut count) = (Vec::new(), Vec::new(), 0);
    while let Some(request) = Request::read(stream) {
        let body = if request.is("open") {
            b"SESSION1\n".to_vec()
        } else if request.is("send") {
            count += 1;
            match count {
                1 => {
                    hello = request.body[1..].to_vec();
                    [vec![0, 3], vec![0; 1536]].concat()
                }
                2 => [&[1][..], &hello].concat(),
                _ => vec![1],
            }
        } else {
            answers.pop_front().unwrap_or_else(|| vec![3])
        };
        // The client may be gone already.
        let _ = stream.write_all(&response(&body));
        requests.push(request);
        if answers.is_empty() {
            break;
        }
    }
    requests
}

/// A tunnel to a server that speaks plain RTMP on `port`; it takes `effort` for each message.
pub(crate) fn relay(port: u16, effort: Duration) -> (u16, JoinHandle<Option<()>>) {
    serve(move |stream| {
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server");
        server.set_nodelay(true).expect("no delay");
        while let Some(request) = Request::read(stream) {
            let mut body = vec![1];
            if request.is("open") {
                body = b"SESSION1\n".to_vec();
            } else {
                if request.is("send") {
                    std::thread::sleep(effort);
                }
                if request.is("send") && server.write_all(&request.body).is_err() {
                    break;
                }
                server
                    .set_nonblocking(!request.is("idle"))
                    .expect("a socket");
                server.set_read_timeout(Some(A_MOMENT)).expect("timeout");
                let mut bytes = [0; 5000];
                match server.read(&mut bytes) {
                    Ok(count) => body.extend_from_slice(&bytes[..count]),
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock) => {}
                    Err(_) => break,
                }
                server.set_nonblocking(false).expect("a socket");
            }
            if stream.write_all(&response(&body)).is_err() || request.is("close") {
                break;
            }
        }
    })
}
