//! A client as programs write it, which does what two bytes say.

use std::ptr;

use rtmp::abi::RTMP_READ_RESUME;
use rtmp::ffi::rtmp::access::{RTMP_EnableWrite, RTMP_GetDuration, RTMP_SetBufferMS};
use rtmp::ffi::rtmp::stream::{RTMP_Pause, RTMP_SendSeek};

use crate::wire::{Packet, Wire};

/// Bits of the first byte: the others are free.
const PUBLISHING: u8 = 0x02;
const RESUMING: u8 = 0x04;
const PAUSING: u8 = 0x08;
const READING_SMALL: u8 = 0x40;

/// Nobody listens there: repeated connections are refused at once.
const SERVER: &str = "://127.0.0.1:1/app/play";

/// A handle that is set up for a URL with this scheme and the options that the bits of `options` say.
pub fn session(scheme: &str, mode: u8, options: u8) -> Wire {
    let mut wire = Wire::new();
    set_up(&mut wire, scheme, mode, options);
    wire
}

/// The same for a handle that is there.
pub fn set_up(wire: &mut Wire, scheme: &str, mode: u8, options: u8) {
    // A certificate that nobody trusts is good enough.
    let mut url = format!("{scheme}{SERVER} tlsVerify=0");
    for (bit, option) in [
        (0x01, " live=1"),
        (0x02, " subscribe=name"),
        (0x04, " token=secret"),
        (0x08, " pubUser=joe pubPasswd=secret"),
        (0x10, " playlist=1"),
        (0x20, " start=1000 stop=9000"),
        (0x40, " jtv=usher conn=O:1 conn=NS:a:b conn=O:0"),
        (0x80, " buffer=1000"),
    ] {
        if options & bit != 0 {
            url += option;
        }
    }
    wire.set_up(&url);
    if mode & PUBLISHING != 0 {
        // SAFETY: a handle.
        unsafe { RTMP_EnableWrite(wire.raw()) };
    }
    if mode & RESUMING != 0 {
        resume(wire);
    }
    if options & 0x80 != 0 {
        // A player to be verified: the handshake has digests, and the server may ask for the hash.
        wire.r().Link.SWFSize.set(1000);
    }
}

/// The program knows the metadata and the last key frame of its file.
fn resume(wire: &Wire) {
    static METADATA: &[u8] = b"\x02\0\x0aonMetaData\x08\0\0\0\0\0\0\x09";
    static FRAME: &[u8] = b"\x17\x01\0\0\0frame";
    let read = &wire.r().m_read;
    read.flags.set(RTMP_READ_RESUME);
    read.nResumeTS.set(40);
    read.initialFrameType.set(9);
    read.nMetaHeaderSize
        .set(u32::try_from(METADATA.len()).unwrap());
    read.nInitialFrameSize
        .set(u32::try_from(FRAME.len()).unwrap());
    for (place, bytes) in [(32, METADATA), (40, FRAME)] {
        let place = ptr::from_ref(read).cast_mut().wrapping_byte_add(place);
        // SAFETY: the offset of a pointer field; the bytes live for ever, and are only read.
        unsafe { place.cast::<*mut u8>().write(bytes.as_ptr().cast_mut()) };
    }
}

/// Connects the stream, and plays or publishes until the end. `said` is what the server says, from the handshake on.
pub fn run(wire: &Wire, mode: u8, said: &[u8]) {
    if wire.connect_stream() {
        if mode & PUBLISHING != 0 {
            publish(wire, said);
        } else {
            play(wire, mode, said.len());
        }
    }
    // SAFETY: a handle.
    unsafe { RTMP_GetDuration(wire.raw()) };
}

fn play(wire: &Wire, mode: u8, said: usize) {
    let size = if mode & READING_SMALL != 0 { 100 } else { 8192 };
    let mut total = 0;
    for turn in 0..100_000 {
        if mode & PAUSING != 0 && turn % 3 == 1 {
            // SAFETY: a handle.
            unsafe { RTMP_Pause(wire.raw(), i32::from(turn % 2 == 0)) };
            // SAFETY: a handle.
            unsafe { RTMP_SendSeek(wire.raw(), turn) };
            // SAFETY: a handle.
            unsafe { RTMP_SetBufferMS(wire.raw(), turn) };
        }
        let (count, bytes) = wire.read(size);
        total += bytes.len();
        if count <= 0 {
            break;
        }
        // So much nobody has said.
        assert!(turn < 99_999);
    }
    assert!(total <= 16 * said + 16 * 1024);
    let _ = wire.read(size);
}

fn publish(wire: &Wire, said: &[u8]) {
    for piece in said.chunks(100).take(100) {
        if wire.write(piece) <= 0 || !wire.is_connected() {
            break;
        }
    }
    let packet = Packet::default();
    while wire.read_packet(&packet) {
        if packet.is_complete() {
            wire.client_packet(&packet);
            packet.free();
        }
    }
}
