//! A server's side of the plain handshake in steps, over any transport, and what comes behind it.

use std::io::{Read, Write};

use crate::client::rest;

pub(crate) const BLOCK: usize = 1536;

pub(crate) fn say(stream: &mut impl Write, bytes: &[u8]) {
    stream.write_all(bytes).unwrap();
    stream.flush().unwrap();
}

/// Takes C0 and C1, and says S0 and S1; C1 is given back.
pub(crate) fn begin(stream: &mut (impl Read + Write)) -> Vec<u8> {
    let mut hello = vec![0; 1 + BLOCK];
    stream.read_exact(&mut hello).unwrap();
    say(stream, &[&[3], &[0; BLOCK][..]].concat());
    hello.split_off(1)
}

/// Takes C2.
pub(crate) fn take_echo(stream: &mut impl Read) {
    stream.read_exact(&mut [0; BLOCK]).unwrap();
}

/// The body of the first message, which has a full header, in chunks of 128 bytes.
pub(crate) fn first_message(stream: &mut impl Read) -> Vec<u8> {
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    let length = u32::from_be_bytes([0, head[4], head[5], head[6]]);
    let mut body = vec![0; usize::try_from(length).unwrap()];
    for (index, chunk) in body.chunks_mut(128).enumerate() {
        if index > 0 {
            stream.read_exact(&mut [0]).unwrap();
        }
        stream.read_exact(chunk).unwrap();
    }
    body
}

/// Takes what a client says that does not wait for S2, which would wait for ever here: C1, and the first message.
pub(crate) fn hear_hasty(stream: &mut (impl Read + Write)) -> [Vec<u8>; 2] {
    let echo = begin(stream);
    take_echo(stream);
    [echo, first_message(stream)]
}

/// Serves a client that says `connect` before it has S2; what it says is given back.
pub(crate) fn serve_hasty(stream: &mut (impl Read + Write), acceptance: &[u8]) -> Vec<u8> {
    let [echo, heard] = hear_hasty(stream);
    say(stream, &[&echo, acceptance].concat());
    heard
}

/// Serves a client that is not to say `connect` before it has S2: the first connection, on which it does, ends behind that.
pub(crate) fn serve_strictly(
    stream: &mut (impl Read + Write),
    number: usize,
    acceptance: &[u8],
) -> Vec<u8> {
    if number == 0 {
        let [_, heard] = hear_hasty(stream);
        return heard;
    }
    let heard = serve_in_turn(stream, acceptance);
    rest(stream);
    heard
}

/// Serves a client that waits for S2.
pub(crate) fn serve_in_turn(stream: &mut (impl Read + Write), acceptance: &[u8]) -> Vec<u8> {
    let echo = begin(stream);
    take_echo(stream);
    say(stream, &echo);
    let heard = first_message(stream);
    say(stream, acceptance);
    heard
}
