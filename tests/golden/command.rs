//! Commands both ways as librtmp 2.4+20151223 sends and understands them (spec 05); rows in which we differ on purpose
//! say so.

mod answer;
mod connect;
mod dialogue;
mod method;
mod play;
mod reconnect;
mod refusal;
mod result;
mod senders;
mod status;

use crate::handle::{Packet, Wire};
use crate::messages::{COMMAND, NULL, command};

/// A call that waits for a reply, sent on a chunk stream that nothing else uses.
fn pend(wire: &Wire, name: &str, id: f64) {
    let mut packet = Packet::new();
    (packet.kind, packet.channel) = (COMMAND, 60);
    assert_eq!(wire.send(&mut packet, &command(name, id, &[NULL]), 1), 1);
    wire.sent();
}

/// The server calls `name`: what `RTMP_ClientPacket` returns, and what is sent.
fn call(wire: &Wire, name: &str, id: f64, arguments: &[&[u8]]) -> (i32, String) {
    let result = wire.deliver(COMMAND, 3, 0, &command(name, id, arguments));
    (result, wire.sent())
}

/// The server answers the call `name`, which has number 50.
fn answer(wire: &Wire, name: &str, arguments: &[&[u8]]) -> String {
    pend(wire, name, 50.0);
    let (result, sent) = call(wire, "_result", 50.0, arguments);
    assert_eq!(
        (
            result,
            wire.calls().iter().any(|call| call.ends_with(" 50"))
        ),
        (0, false)
    );
    sent
}

/// Playing or publishing `mystream`.
fn mystream() -> Wire {
    let mut wire = Wire::new();
    wire.set(|r| &r.Link.playpath, "mystream");
    wire
}
