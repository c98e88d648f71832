//! What a server says: AMF0 values and whole messages, built without the library.

use std::io::Write as _;

use crate::handle::{Wire, packet};
use crate::structs::copy;
use crate::trace::Trace;

pub(crate) const NULL: &[u8] = &[5];

pub(crate) fn text(value: &str) -> Vec<u8> {
    let len = u16::try_from(value.len())
        .expect("a short string")
        .to_be_bytes();
    [&[2], &len[..], value.as_bytes()].concat()
}

pub(crate) fn number(value: f64) -> Vec<u8> {
    [&[0], &value.to_be_bytes()[..]].concat()
}

fn members(values: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let named = values
        .iter()
        .flat_map(|(name, value)| [text(name)[1..].to_vec(), value.clone()]);
    named.chain([vec![0, 0, 9]]).collect::<Vec<_>>().concat()
}

pub(crate) fn object(values: &[(&str, Vec<u8>)]) -> Vec<u8> {
    [vec![3], members(values)].concat()
}

pub(crate) fn ecma_array(values: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let count = u32::try_from(values.len()).expect("few").to_be_bytes();
    [vec![8], count.to_vec(), members(values)].concat()
}

/// Name, transaction, arguments.
pub(crate) fn command(name: &str, transaction: f64, arguments: &[&[u8]]) -> Vec<u8> {
    [text(name), number(transaction), arguments.concat()].concat()
}

pub(crate) fn status(code: &str) -> Vec<u8> {
    let info = object(&[("level", text("status")), ("code", text(code))]);
    command("onStatus", 0.0, &[NULL, &info])
}

/// A whole message with a type 0 header, in chunks of 128 bytes.
pub(crate) fn message(channel: u8, time: u32, kind: u8, stream: u32, body: &[u8]) -> Vec<u8> {
    let extended = time >= 0xff_ffff;
    let mut out = vec![channel];
    out.extend_from_slice(&time.min(0xff_ffff).to_be_bytes()[1..]);
    out.extend_from_slice(
        &u32::try_from(body.len())
            .expect("below 4 GiB")
            .to_be_bytes()[1..],
    );
    out.push(kind);
    out.extend_from_slice(&stream.to_le_bytes());
    if extended {
        out.extend_from_slice(&time.to_be_bytes());
    }
    for (index, chunk) in body.chunks(128).enumerate() {
        if index > 0 {
            out.push(0xc0 | channel);
            if extended {
                out.extend_from_slice(&time.to_be_bytes());
            }
        }
        out.extend_from_slice(chunk);
    }
    out
}

/// Give a complete message to `RTMP_ClientPacket`.
pub(crate) fn deliver(wire: &Wire, trace: &mut Trace, kind: u8, time: u32, body: &[u8]) -> i32 {
    let handle = &wire.handle;
    let mut one = packet();
    handle
        .lib
        .RTMPPacket_Alloc(&mut one, u32::try_from(body.len()).expect("short"));
    (one.m_packetType, one.m_nChannel, one.m_nTimeStamp) = (kind, 5, time);
    one.m_nBodySize = u32::try_from(body.len()).expect("short");
    one.m_nBytesRead = one.m_nBodySize;
    // SAFETY: the block was just allocated with the length of the body.
    let mut memory = unsafe { std::slice::from_raw_parts_mut(one.m_body, body.len()) };
    memory.write_all(body).expect("same length");
    let ret = handle.lib.RTMP_ClientPacket(handle.raw, &mut one);
    trace.note("RTMP_ClientPacket", ret);
    trace.note("body kept", copy(one.m_body, body.len()) == body);
    handle.lib.RTMPPacket_Free(&mut one);
    ret
}

/// Append a call to the queue of unanswered ones, on a chunk stream nothing else uses.
pub(crate) fn pend(wire: &Wire, name: &str, transaction: f64) {
    let body = command(name, transaction, &[NULL]);
    let mut memory = [vec![0; 18], body].concat();
    let mut one = packet();
    (one.m_packetType, one.m_nChannel) = (0x14, 60);
    one.m_nBodySize = u32::try_from(memory.len() - 18).expect("short");
    one.m_body = memory[18..].as_mut_ptr();
    wire.handle
        .lib
        .RTMP_SendPacket(wire.handle.raw, &mut one, 1);
    wire.sent();
}
