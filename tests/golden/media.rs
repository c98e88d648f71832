//! Media as librtmp 2.4+20151223 reads and writes it (spec 06); rows in which we differ on purpose name the defect that
//! they mend.

mod aggregate;
mod early;
mod end;
mod enhanced;
mod metadata;
mod pause;
mod read;
mod resume;
mod write;

use crate::handle::{Wire, hex, unhex};
use crate::messages::{FLV_HEADER, message, tag};

const AUDIO: u8 = 8;
const VIDEO: u8 = 9;
const DATA: u8 = 0x12;
const AGGREGATE: u8 = 0x16;

/// Channel, time, type, body.
type Packet<'a> = (u8, u32, u8, &'a str);

fn push(wire: &Wire, packets: &[Packet<'_>]) {
    for (channel, time, kind, body) in packets {
        wire.push_bytes(&message(*channel, *time, *kind, &unhex(body)));
    }
}

/// The file header that names `tracks`.
fn header(tracks: u8) -> String {
    let mut bytes = FLV_HEADER.to_vec();
    bytes[4] = tracks;
    hex(&bytes)
}

/// The tags of these packets.
fn tags(packets: &[Packet<'_>]) -> String {
    packets
        .iter()
        .map(|(_, time, kind, body)| hex(&tag(*kind, *time, &unhex(body))))
        .collect()
}

fn length(text: &str) -> i32 {
    i32::try_from(text.len() / 2).unwrap()
}
