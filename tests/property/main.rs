//! Laws that hold for all inputs.

mod amf;
mod answer;
mod chunk;
mod counted;
mod enhanced;
mod flv;
mod guarded;
#[path = "../golden/handle.rs"]
#[expect(dead_code, reason = "the golden tests use the rest")]
mod handle;
mod handshake;
#[path = "../golden/messages.rs"]
#[expect(dead_code, reason = "the golden tests use the rest")]
mod messages;
mod receive;
mod swf;
mod tunnel;
mod url;
#[path = "../golden/enhanced.rs"]
#[expect(dead_code, reason = "the golden tests classify, too")]
mod vectors;
