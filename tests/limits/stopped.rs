//! What a client waits for comes while it is stopped for longer than all its limits.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Instant;
use std::{fs, thread};

use crate::client::{PATIENCE, acceptance, shake_hands, write};
use crate::stoppable::{LIMITS, MESSAGES, STOPPED, Stoppable, accept, finish, media};

/// Lets a client connect, and `serve` it.
fn serve(url: &str, serve: impl FnOnce(&Stoppable, &TcpListener)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let client = Stoppable::start(&format!("{} {LIMITS}", url.replace("PORT", &port)));
    serve(&client, &listener);
}

fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_handshake_goes_on() {
    serve("rtmp://127.0.0.1:PORT/app/name", |client, listener| {
        let mut stream = accept(listener);
        let hello = read(&mut stream, 1537);
        // In pieces: the time in which it was stopped first must not be missing then.
        let answer = [&[3], &[0; 1536][..], &hello[1..]].concat();
        for piece in answer.chunks(1500) {
            client.stopped_while(|| {
                write(&mut stream, piece);
            });
        }
        // The echo, and the first byte of the command behind it.
        assert_eq!(read(&mut stream, 1537).last(), Some(&3));
    });
}

#[test]
fn a_dialogue_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = Stoppable::start(&format!("rtmp://127.0.0.1:{port}/app/name {LIMITS}"));
    let mut stream = accept(&listener);
    shake_hands(&mut stream);
    read(&mut stream, 1);
    let answers = acceptance("NetStream.Play.Start");
    for answer in answers.chunks(answers.len().div_ceil(3)) {
        client.stopped_while(|| {
            write(&mut stream, answer);
        });
    }
    write(&mut stream, &media(1..=MESSAGES));
    finish(client, stream);
}

#[test]
fn reading_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = Stoppable::start(&format!("rtmp://127.0.0.1:{port}/app/name {LIMITS}"));
    let mut stream = accept(&listener);
    shake_hands(&mut stream);
    write(&mut stream, &acceptance("NetStream.Play.Start"));
    for time in 1..3 {
        client.stopped_while(|| {
            write(&mut stream, &media(time..=time));
        });
    }
    // Cut inside a message.
    let rest = media(3..=MESSAGES);
    let (first, second) = rest.split_at(1000);
    client.stopped_while(|| {
        write(&mut stream, first);
    });
    client.stopped_while(|| {
        write(&mut stream, second);
    });
    finish(client, stream);
}

#[test]
fn a_talk_with_a_proxy_goes_on() {
    let url = "rtmp://192.0.2.1/app/name socks=socks5://127.0.0.1:PORT";
    serve(url, |client, listener| {
        let mut stream = accept(listener);
        read(&mut stream, 3);
        client.stopped_while(|| {
            write(&mut stream, &[5, 0]);
        });
        read(&mut stream, 10);
        let done = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        client.stopped_while(|| {
            write(&mut stream, &done);
        });
        assert_eq!(read(&mut stream, 1), [3]);
    });
}

#[test]
fn a_tunnel_goes_on() {
    serve("rtmpt://127.0.0.1:PORT/app/name", |client, listener| {
        let mut stream = accept(listener);
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut head = || -> String {
            let mut line = String::new();
            let mut first = String::new();
            while lines.read_line(&mut line).unwrap() > 2 {
                if first.is_empty() {
                    first.clone_from(&line);
                }
                line.clear();
            }
            lines.read_exact(&mut [0]).unwrap();
            first
        };
        assert!(head().starts_with("POST /open/1 "));
        let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nID\n";
        client.stopped_while(|| stream.write_all(reply).unwrap());
        assert!(head().starts_with("POST /send/ID/0 "));
    });
}

/// Whether somebody waits for an answer from this port of this machine.
fn is_being_connected(port: u16) -> bool {
    let remote = format!(":{port:04X}");
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap();
    sockets.lines().skip(1).any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields[2].ends_with(&remote) && fields[3] == "02"
    })
}

#[test]
fn connecting_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: a listening socket. One connection fills its queue, and nobody else is answered.
    unsafe { libc::listen(listener.as_raw_fd(), 0) };
    let address = listener.local_addr().unwrap();
    let filler = TcpStream::connect(address).unwrap();
    // The system asks again after a second.
    let client = Stoppable::start(&format!("rtmp://{address}/app/name connectTimeout=3000"));
    let begin = Instant::now();
    while !is_being_connected(address.port()) {
        assert!(begin.elapsed() < PATIENCE);
        thread::yield_now();
    }
    let mut stream = None;
    client.stopped_while(|| {
        drop(accept(&listener));
        stream = Some(accept(&listener));
        thread::sleep(2 * STOPPED);
    });
    assert_eq!(read(&mut stream.unwrap(), 1), [3]);
    drop(filler);
}
