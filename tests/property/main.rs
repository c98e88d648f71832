//! Laws that hold for all inputs.

mod amf;
mod answer;
mod chunk;
mod counted;
mod flv;
mod guarded;
#[path = "../golden/handle.rs"]
#[expect(dead_code, reason = "the golden tests use the rest")]
mod handle;
mod handshake;
mod receive;
mod swf;
mod tunnel;
mod url;
