//! `RTMP_Read` gathers bodies in the program's memory where that is simple; where they have to be packets, as for a log of level
//! DEBUG2, it goes another way. Both give the same bytes, for memory of any size. The level is the process's: this has one of its own.

#[path = "golden/enhanced.rs"]
#[expect(dead_code, reason = "the golden tests classify, too")]
mod enhanced;
#[path = "golden/handle.rs"]
#[expect(dead_code, reason = "the golden tests use the rest")]
mod handle;
#[path = "golden/messages.rs"]
#[expect(dead_code, reason = "the golden tests use the rest")]
mod messages;

use std::ffi::{c_char, c_int, c_void};

use rtmp::ffi::log::{RTMP_LogCallback, RTMP_LogSetCallback, RTMP_LogSetLevel};

use enhanced::{AUDIO, VIDEO, Vector, cuts, is_read, vectors};
use handle::{Wire, hex};
use messages::{message, tag};

const ERROR: u32 = 1;
const DEBUG2: u32 = 5;
const DATA_AMF3: u8 = 0x0f;
const AGGREGATE: u8 = 0x16;

/// Kind and body.
type Message = (u8, Vec<u8>);

extern "C" fn nobody(_: c_int, _: *const c_char, _: *mut c_void) {}

/// Dumps of whole messages are for nobody to read.
fn hush() {
    let callback: extern "C" fn(c_int, *const c_char, *mut c_void) = nobody;
    // SAFETY: a function of the type that log.h declares; `va_list` is passed as one pointer on every target.
    unsafe { RTMP_LogSetCallback(callback as *mut RTMP_LogCallback) };
}

/// The vectors, and what comes of them where they are cut, among data, silence and an aggregate. The long ones are `long`.
fn input(is_long: bool) -> Vec<Message> {
    let mut all = Vec::new();
    for Vector { kind, body, .. } in vectors() {
        if is_long != (body.len() > 1000) {
            continue;
        }
        all.extend(cuts(&body).map(|end| (kind, body[..end].to_vec())));
        all.push((kind, body));
    }
    all.extend([
        (DATA_AMF3, b"\0\x02\0\x0aonMetaData".to_vec()),
        (AUDIO, Vec::new()),
    ]);
    let inner = [tag(VIDEO, 40, b"\x92hvc1"), tag(AUDIO, 41, b"\x90Opus")];
    all.push((AGGREGATE, inner.concat()));
    all
}

/// What `RTMP_Read` is to make of a message at 40 ms.
fn output((kind, body): &Message) -> Vec<u8> {
    match *kind {
        AGGREGATE => body.clone(),
        AUDIO if body.is_empty() => tag(AUDIO, 40, body),
        kind if is_read(kind, body) => tag(kind, 40, body),
        _ => Vec::new(),
    }
}

fn read(sent: &[u8], size: usize) -> String {
    let mut wire = Wire::playing();
    wire.set_up("rtmp://h/live/x ertmp=1 silence=1");
    wire.r().m_read.flags.set(1);
    let writer = wire.push_to_end(sent.to_vec());
    let all = wire.read_all(size);
    // Who writes to a reader that has failed is let go.
    drop(wire);
    writer.join().unwrap();
    all
}

#[test]
fn both_ways_give_the_same_for_memory_of_any_size() {
    hush();
    for (is_long, sizes) in [
        (false, &[1, 2, 11, 12, 13, 64, 4096][..]),
        (true, &[1000, 65_536]),
    ] {
        let messages = input(is_long);
        let sent: Vec<u8> = messages
            .iter()
            .flat_map(|(kind, body)| message(5, 40, *kind, body))
            .collect();
        let flv = hex(&messages.iter().flat_map(output).collect::<Vec<_>>());
        for &size in sizes {
            for level in [ERROR, DEBUG2] {
                RTMP_LogSetLevel(level);
                assert!(read(&sent, size) == flv, "{size} bytes, level {level}");
            }
        }
    }
}
