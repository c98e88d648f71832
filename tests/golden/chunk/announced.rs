//! Option `outChunk`, which the original does not know: `SetChunkSize` behind `connect`, and chunks of that size. Without it
//! the bytes are the original's.

use std::ffi::c_int;

use rtmp::abi::AVal;
use rtmp::ffi::rtmp::access::RTMP_EnableWrite;
use rtmp::ffi::rtmp::connect::{RTMP_Close, RTMP_Connect1};
use rtmp::ffi::rtmp::setup::{RTMP_SetOpt, RTMP_SetupURL};

use crate::handle::{Packet, Wire, has, hex, tight, unhex};
use crate::logged::logged;
use crate::messages::{COMMAND, NULL, command, number, tag};

const URL: &str = "rtmp://h/live/x";
const VIDEO: u8 = 9;
const DEFAULT: usize = 128;

fn announcement(size: usize) -> String {
    tight(&format!("02 000000 000004 01 00000000 {size:08x}"))
}

/// Set up by the URL and the options behind it.
fn wire(options: &str, publishes: bool) -> Wire {
    let mut wire = Wire::new();
    wire.set_up(&format!("{URL}{options}"));
    if publishes {
        // SAFETY: a handle.
        unsafe { RTMP_EnableWrite(wire.raw()) };
    }
    wire
}

/// What is sent up to the reply of `connect`.
fn connected(wire: &Wire) -> String {
    let (result, sent) = wire.connect();
    assert_eq!(result, 1);
    sent
}

fn set(wire: &Wire, value: &str) -> c_int {
    let text = |text: &str| {
        let mut bytes = format!("{text}\0").into_bytes();
        let length = c_int::try_from(text.len()).unwrap();
        // SAFETY: the bytes move together with the value.
        let value = unsafe { AVal::from_raw(bytes.as_mut_ptr().cast(), length) };
        (bytes, value)
    };
    // A number need not outlive the call.
    let (name, mut value) = (text("OUTCHUNK"), text(value));
    // SAFETY: a handle and two NUL-terminated texts.
    unsafe { RTMP_SetOpt(wire.raw(), &raw const name.1, &raw mut value.1) }
}

/// A video message of `length` bytes on chunk stream 4, as the first one, in chunks of `size`.
fn video(length: usize, size: usize) -> String {
    let body = vec![0x31; length];
    let chunks: Vec<_> = body.chunks(size).collect();
    let head = unhex(&format!("04 000000 {length:06x} 09 01000000"));
    hex(&[head, chunks.join(&0xc4)].concat())
}

#[test]
fn nothing_is_announced_unless_asked_for() {
    for publishes in [false, true] {
        let plain = wire("", publishes);
        let sent = connected(&plain);
        assert_eq!(plain.r().m_outChunkSize.get(), 128);
        plain.r().m_stream_id.set(1);
        plain.write(&tag(VIDEO, 0, &[0x31; 300]));
        assert_eq!(plain.sent(), video(300, DEFAULT));
        // The command itself is as long as ever, in chunks of 128.
        let asked = wire(" outChunk=65536", publishes);
        assert_eq!(connected(&asked), sent + &announcement(65_536));
        assert_eq!(asked.r().m_outChunkSize.get(), 65_536);
    }
}

#[test]
fn a_size_of_the_program_is_not_announced() {
    let own = wire("", true);
    own.r().m_outChunkSize.set(4096);
    let sent = connected(&own);
    assert_eq!(own.r().m_outChunkSize.get(), 4096);
    own.r().m_stream_id.set(1);
    own.write(&tag(VIDEO, 0, &[0x31; 300]));
    assert_eq!(own.sent(), video(300, 4096));
    // Asked for as well, the command goes out as the program wants it.
    let both = wire(" outChunk=200", true);
    both.r().m_outChunkSize.set(4096);
    assert_eq!(connected(&both), sent + &announcement(200));
    assert_eq!(both.r().m_outChunkSize.get(), 200);
}

#[test]
fn publishers_of_enhanced_rtmp_send_larger_chunks() {
    for (options, publishes, size) in [
        (" ertmp=1", true, Some(4096)),
        (" ertmp=1 outChunk=200", true, Some(200)),
        (" outChunk=128 ertmp=1", true, Some(128)),
        (" outChunk=65536 ertmp=on", true, Some(65_536)),
        (" ertmp=0", true, None),
        (" fourCcList=* capsEx=6", true, None),
        // A player says little, and says what it is asked to.
        (" ertmp=1", false, None),
        (" ertmp=1 outChunk=8192", false, Some(8192)),
    ] {
        let wire = wire(options, publishes);
        let sent = connected(&wire);
        match size {
            Some(size) => assert!(sent.ends_with(&announcement(size)), "{options}: {sent}"),
            None => assert!(
                !sent.contains(&tight("02 000000 000004 01")),
                "{options}: {sent}"
            ),
        }
        wire.r().m_stream_id.set(1);
        wire.write(&tag(VIDEO, 0, &[0x31; 300]));
        let size = size.unwrap_or(DEFAULT);
        assert_eq!(wire.sent(), video(300, size), "{options}");
        assert_eq!(
            wire.r().m_outChunkSize.get(),
            c_int::try_from(size).unwrap()
        );
    }
}

#[test]
fn a_size_of_the_program_stays_with_enhanced_rtmp() {
    let wire = wire(" ertmp=1", true);
    wire.r().m_outChunkSize.set(1000);
    let sent = connected(&wire);
    assert!(!sent.contains(&tight("02 000000 000004 01")), "{sent}");
    assert_eq!(wire.r().m_outChunkSize.get(), 1000);
}

#[test]
fn the_larger_chunks_of_enhanced_rtmp_are_announced_on_each_connection() {
    let mut wire = wire(" ertmp=1", true);
    for _ in 0..3 {
        assert!(connected(&wire).ends_with(&announcement(4096)));
        // SAFETY: a handle.
        unsafe { RTMP_Close(wire.raw()) };
        assert_eq!(wire.r().m_outChunkSize.get(), 128);
        wire.plug();
    }
}

#[test]
fn what_is_published_comes_in_such_chunks() {
    for size in [128, 150, 299, 300, 65_536] {
        let options = format!(" outChunk={size}");
        let written = wire(&options, true);
        connected(&written);
        written.r().m_stream_id.set(1);
        written.write(&tag(VIDEO, 0, &[0x31; 300]));
        assert_eq!(written.sent(), video(300, size));

        let sent = wire(&options, true);
        connected(&sent);
        let mut packet = Packet::new();
        (packet.kind, packet.channel, packet.stream) = (VIDEO, 4, 1);
        assert_eq!(sent.send(&mut packet, &[0x31; 300], 0), 1);
        assert_eq!(sent.sent(), video(300, size));
    }
}

#[test]
fn what_a_player_says_comes_in_such_chunks() {
    let path = "y".repeat(200);
    let play = wire(&format!(" playpath={path} outChunk=0x1000"), false);
    connected(&play);
    let reply = command("_result", 1.0, &[NULL, NULL]);
    play.deliver(COMMAND, 3, 0, &reply);
    play.sent();
    play.deliver(
        COMMAND,
        3,
        0,
        &command("_result", 2.0, &[NULL, &number(1.0)]),
    );
    let sent = play.sent();
    assert!(sent.contains(&hex(path.as_bytes())), "{sent}");
}

#[test]
fn a_command_in_the_place_of_connect_is_followed_too() {
    let mut wire = Wire::new();
    wire.set_up(&format!("{URL} outChunk=4096"));
    wire.push_bytes(&[&[3], &[0; 3072][..]].concat());
    let body = command("hello", 7.0, &[]);
    let mut memory = [&[0; 18], &body[..]].concat();
    let mut packet = Packet::new();
    (packet.kind, packet.channel) = (COMMAND, 3);
    packet.size = u32::try_from(body.len()).unwrap();
    packet.body = memory[18..].as_mut_ptr();
    // SAFETY: a handle, and a packet with its body.
    assert_eq!(unsafe { RTMP_Connect1(wire.raw(), packet.raw()) }, 1);
    let sent = wire.sent();
    assert!(
        sent.ends_with(&(hex(&body) + &announcement(4096))),
        "{sent}"
    );
}

#[test]
fn it_outlives_the_connection_but_not_its_url() {
    let mut wire = wire(" outChunk=4096", true);
    connected(&wire);
    for _ in 0..2 {
        // SAFETY: a handle.
        unsafe { RTMP_Close(wire.raw()) };
        assert_eq!(wire.r().m_outChunkSize.get(), 128);
        wire.plug();
        assert!(connected(&wire).ends_with(&announcement(4096)));
    }
    let is_announced = |wire: &mut Wire, url: &str| {
        // SAFETY: a handle.
        unsafe { RTMP_Close(wire.raw()) };
        wire.set_up(url);
        wire.plug();
        connected(wire).contains(&tight("02 000000 000004 01"))
    };
    assert!(!is_announced(&mut wire, URL));
    assert_eq!(set(&wire, "8192"), 1);
    assert!(is_announced(&mut wire, URL));
    assert!(is_announced(&mut wire, &format!("{URL} outChunk=4096")));
    assert!(!is_announced(&mut wire, URL));
}

#[test]
fn other_sizes_are_refused() {
    let wire = wire("", true);
    assert_eq!(set(&wire, "4096"), 1);
    for value in ["", "0", "127", "65537", "-1", "4k", "4294971392"] {
        let (result, lines) = logged(|| set(&wire, value));
        let line = "1 Option outChunk is not a number from 128 to 65536";
        assert_eq!((result, has(&lines, line)), (0, true), "{value}: {lines:?}");
        let mut url = format!("{URL} outChunk={value}\0").into_bytes();
        let other = Wire::unconnected();
        // SAFETY: a handle, and a writable string that outlives it.
        let set_up = || unsafe { RTMP_SetupURL(other.raw(), url.as_mut_ptr().cast()) };
        let (result, lines) = logged(set_up);
        assert_eq!((result, has(&lines, line)), (0, true), "{value}: {lines:?}");
        drop(other);
    }
    // The size that was there stays.
    assert!(connected(&wire).ends_with(&announcement(4096)));
}
