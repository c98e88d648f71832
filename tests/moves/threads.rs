//! Other threads are at work on the handle while it moves.

use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread;

use rtmp::abi::RTMPPacket;
use rtmp::ffi::rtmp::packet::{RTMP_ReadPacket, RTMPPacket_Free};
use rtmp::ffi::rtmp::send::RTMP_SendCtrl;
use rtmp::ffi::rtmp::stream::RTMP_ClientPacket;

use crate::client::Client;
use crate::messages::message;
use crate::peer::{Message, Peer, accept, listener, request};
use crate::publisher::{publisher, write};
use crate::stream::{head, moments, preparations, tags};

const PING: [u8; 6] = [0, 6, 0, 0, 0, 1];
const MOVES: u32 = 3;

/// Reads and serves messages as programs do, until `is_over`. A move makes one call fail.
fn read(client: &Client, is_over: &AtomicBool) {
    let handle = ptr::from_ref(client.handle()).cast_mut();
    let mut packet = RTMPPacket::default();
    while !is_over.load(SeqCst) {
        // SAFETY: a valid handle and packet.
        let is_read = unsafe { RTMP_ReadPacket(handle, &raw mut packet) } == 1;
        if is_read && packet.is_ready() {
            // SAFETY: as above.
            unsafe { RTMP_ClientPacket(handle, &raw mut packet) };
            // SAFETY: as above.
            unsafe { RTMPPacket_Free(&raw mut packet) };
        }
        if !is_read {
            thread::yield_now();
        }
    }
}

/// Sends something about the connection.
fn send(client: &Client, is_over: &AtomicBool) {
    let handle = ptr::from_ref(client.handle()).cast_mut();
    while !is_over.load(SeqCst) {
        // SAFETY: a valid handle.
        unsafe { RTMP_SendCtrl(handle, 3, 1, 300) };
        thread::yield_now();
    }
}

#[test]
fn a_reader_and_another_sender_go_on_too() {
    let (listener, port) = listener();
    let count = AtomicU32::new(0);
    let is_over = AtomicBool::new(false);
    let client = OnceLock::new();
    thread::scope(|scope| {
        let server = scope.spawn(|| {
            let mut heard = Vec::new();
            for turn in 0..=MOVES {
                // Nothing lands in a handshake.
                let mut peer = Peer::greet(accept(&listener));
                peer.accept_stream();
                count.fetch_add(1, SeqCst);
                peer.say(&message(2, 0, 4, &PING));
                let mut messages: Vec<Message> = Vec::new();
                while let Some(message) = peer.next() {
                    let is_pong = message.kind == 4 && message.body[1] == 7;
                    messages.push(message);
                    if is_pong && turn < MOVES {
                        peer.say(&request(None));
                    }
                }
                heard.push(messages);
            }
            heard
        });
        let client = client.get_or_init(|| publisher(port, ""));
        let reader = scope.spawn(|| read(client, &is_over));
        let sender = scope.spawn(|| send(client, &is_over));
        write(client, &head());
        let (mut at, mut left) = (0, 30);
        while left > 0 {
            assert!(at < 100_000, "it does not move");
            write(client, &tags(at));
            at += 1;
            left -= u32::from(count.load(SeqCst) > MOVES);
        }
        is_over.store(true, SeqCst);
        client.close();
        reader.join().unwrap();
        sender.join().unwrap();
        let heard = server.join().unwrap();
        let frames = heard.iter().flat_map(|messages| {
            let media = messages.iter().filter(|message| message.is_media());
            let frames = media.skip(preparations().len());
            frames.map(|it| (it.kind, it.time, it.body.clone()))
        });
        assert!(frames.collect::<Vec<_>>() == moments(0..at));
    });
}
