//! One handle through up to three sessions in any of the six schemes, the calls of its program and all that the server
//! says chosen by the input: well-formed messages, hostile bytes between them at any level, and any end.
#![no_main]

use std::thread;

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::carrier::{Carrier, Level};
use librtmp_fuzz::client;
use librtmp_fuzz::quiet::log_words;
use librtmp_fuzz::script::Script;
use librtmp_fuzz::trees::text;
use librtmp_fuzz::wire::{Packet, Wire};
use rtmp::abi::{OwnedObject, RTMP, RTMP_STATS};
use rtmp::ffi::rtmp::access::{
    RTMP_EnableWrite, RTMP_GetDuration, RTMP_IsTimedout, RTMP_LastError, RTMP_SetBufferMS,
};
use rtmp::ffi::rtmp::connect::{RTMP_Cancel, RTMP_Close};
use rtmp::ffi::rtmp::send::{RTMP_SendCtrl, RTMP_UpdateBufferMS};
use rtmp::ffi::rtmp::stats::RTMP_GetStats;
use rtmp::ffi::rtmp::stream::{
    RTMP_DeleteStream, RTMP_GetNextMediaPacket, RTMP_Pause, RTMP_ReconnectStream, RTMP_SendPause,
    RTMP_SendSeek,
};
use rtmp::session::amf::{decode, dump};

const SCHEMES: [&str; 6] = ["rtmp", "rtmpe", "rtmps", "rtmpt", "rtmpte", "rtmpts"];
const SESSIONS: usize = 3;

/// Bits of the mode: where hostile bytes begin, and the program's and the server's habits. `client` knows others.
const BEGIN: u8 = 0x31;
const IS_POLITE: u8 = 0x80;

fuzz_target!(init: log_words(), |data: &[u8]| {
    if data.len() > 4096 {
        return;
    }
    let mut script = Script(data);
    let mut wire = Wire::new();
    for session in 0..SESSIONS {
        if script.0.is_empty() {
            break;
        }
        wire.close();
        wire.reconnect();
        play(&mut wire, session, &mut script);
    }
});

fn play(wire: &mut Wire, session: usize, script: &mut Script<'_>) {
    let scheme = SCHEMES[usize::from(script.byte()) % SCHEMES.len()];
    let (mode, options) = (script.byte(), script.byte());
    let calls = script.bytes().to_vec();
    let items = script.items();
    client::set_up(wire, scheme, mode, options);
    let first = match mode & BEGIN {
        0x01 => Some(Level::Socket),
        0x11 => Some(Level::Secured),
        0x21 => Some(Level::Payload),
        _ => None,
    };
    let wire = &*wire;
    thread::scope(|scope| {
        let peer = scope.spawn(move || {
            let mut carrier = Carrier::new(wire.peer(), scheme);
            if carrier.open(first).is_some() {
                for (level, bytes) in &items {
                    carrier.say_at(*level, bytes);
                }
            }
            carrier.finish(mode & IS_POLITE != 0);
        });
        if wire.connect() {
            wire.connect_stream();
            // Whatever the answer was: programs do not always look.
            for &number in calls.iter().take(40) {
                call(wire, number);
            }
        }
        if session.is_multiple_of(2) {
            drain(wire);
        }
        wire.close();
        // Behind the end of the scope it may still be ending, and what it gives back last would look like a leak.
        peer.join().unwrap();
    });
}

/// One call, with whatever state the handle is in.
#[expect(
    clippy::undocumented_unsafe_blocks,
    reason = "each takes a handle that was set up, and numbers of any kind"
)]
fn call(wire: &Wire, number: u8) {
    let r = wire.raw();
    let argument = i32::from(number / 32);
    match number % 32 {
        0 => unsafe { RTMP_Close(r) },
        1 => drop(wire.read(1)),
        2 => drop(wire.read(100)),
        3 => drop(wire.read(70_000)),
        4 => one_packet(wire, true),
        5 => one_packet(wire, false),
        6 => media_packet(wire),
        7 => drop(wire.write(TAG)),
        8 => drop(wire.write(&TAG[..5])),
        9 => drop(wire.write(&TAG[5..])),
        10 => drop(unsafe { RTMP_SendSeek(r, 1000 * argument) }),
        11 => drop(unsafe { RTMP_Pause(r, argument % 2) }),
        12 => drop(unsafe { RTMP_SendPause(r, argument % 2, 40) }),
        14 => drop(unsafe { RTMP_ReconnectStream(r, argument) }),
        15 => unsafe { RTMP_DeleteStream(r) },
        16 => drop(unsafe { RTMP_SendCtrl(r, 3, 1, 300) }),
        17 => unsafe { RTMP_SetBufferMS(r, 1000 * argument) },
        18 => unsafe { RTMP_UpdateBufferMS(r) },
        19 => drop(unsafe { RTMP_GetDuration(r) }),
        20 => drop(unsafe { RTMP_IsTimedout(r) }),
        21 => drop(unsafe { RTMP_LastError(r) }),
        22 => unsafe { RTMP_EnableWrite(r) },
        23 => drop(wire.connect_stream()),
        24 => unsafe { RTMP_Cancel(r) },
        25 => stats(r),
        _ => drain(wire),
    }
}

/// Numbers for programs of all ages.
#[expect(
    clippy::undocumented_unsafe_blocks,
    reason = "a handle that was set up, and a struct that begins with its size"
)]
fn stats(r: *mut RTMP) {
    let known = u32::try_from(size_of::<RTMP_STATS>()).unwrap_or(0);
    for size in [0, known, known + 8] {
        let mut place = [RTMP_STATS::default(); 2];
        place[0].size = size;
        let is_told = unsafe { RTMP_GetStats(r, place.as_mut_ptr()) } == 1;
        assert_eq!(is_told, size >= known);
    }
}

/// A whole tag of a file, without its beginning.
const TAG: &[u8] = b"\x09\0\0\x0a\0\0\x28\0\0\0\0\x17\x01\0\0\0frame\0\0\0\x15";

/// Reads to the end: nothing that was said gives this much.
fn drain(wire: &Wire) {
    for turn in 0..100_000 {
        assert!(turn < 99_999);
        if wire.read(8192).0 <= 0 {
            break;
        }
    }
}

fn one_packet(wire: &Wire, is_dispatched: bool) {
    let packet = Packet::default();
    if !wire.read_packet(&packet) || !packet.is_complete() {
        return;
    }
    if is_dispatched {
        wire.client_packet(&packet);
    }
    let (body, object) = (packet.0.body(), OwnedObject::default());
    if decode::sequence(&object, &text(body), false).is_some() {
        dump(&object);
    }
}

fn media_packet(wire: &Wire) {
    let packet = Packet::default();
    // SAFETY: a handle and an empty packet.
    unsafe { RTMP_GetNextMediaPacket(wire.raw(), packet.raw()) };
}
