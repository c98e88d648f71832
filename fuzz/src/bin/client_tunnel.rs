//! A whole client session in a tunnel: the input is what the server says, behind a handshake that succeeds or from its
//! first byte.
#![no_main]

use std::thread;

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::client;
use librtmp_fuzz::quiet::log_words;
use librtmp_fuzz::wire::Wire;

/// A bit of the first byte of the input.
const FROM_THE_FIRST_BYTE: u8 = 0x01;

/// Enough: the idle requests of a tunnel follow each other slowly.
const MOST: usize = 2000;

fuzz_target!(init: log_words(), |data: &[u8]| {
    let Some((&[mode, options], said)) = data.split_first_chunk::<2>() else { return };
    if said.len() > MOST {
        return;
    }
    let wire = client::session("rtmpt", mode, options);
    wire.wait();
    thread::scope(|scope| {
        let session = scope.spawn(|| {
            if wire.connect() {
                client::run(&wire, mode, said);
            }
            wire.close();
        });
        answer(&wire, mode, said);
        session.join().unwrap();
    });
});

/// Answers come behind their requests: what comes with the first one belongs to none.
fn answer(wire: &Wire, mode: u8, said: &[u8]) {
    request(wire);
    if mode & FROM_THE_FIRST_BYTE == 0 {
        wire.offer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd\n");
        request(wire);
        let handshake = [&b"\x01\x03"[..], &[0; 2 * 1536]].concat();
        wire.offer(b"HTTP/1.1 200 OK\r\nContent-Length: 3074\r\n\r\n");
        wire.offer(&handshake);
        // The echo, and the connect command.
        request(wire);
        request(wire);
    }
    wire.offer(said);
    wire.finish();
}

/// Waits for a request.
fn request(wire: &Wire) {
    let (mut head, mut length) = (Vec::new(), 0);
    while !head.ends_with(b"\r\n\r\n") {
        let Some(byte) = wire.hear(1).pop() else {
            return;
        };
        head.push(byte);
    }
    for line in head.split(|&byte| byte == b'\n') {
        if let Some(number) = line.strip_prefix(b"Content-Length: ") {
            length = rtmp::proto::scan::decimal(number);
        }
    }
    wire.hear(usize::try_from(length).expect("a length"));
}
