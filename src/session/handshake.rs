//! The plain handshake over a socket, both sides (spec 03 §1).

use crate::abi::RTMP;
use crate::proto::handshake::plain::{Hello, PeerHello};
use crate::proto::handshake::{HELLO, PLAIN, SIZE};
use crate::sys::clock;
use crate::sys::log::{self, Level, log};

use super::state::State;
use super::transport::{self, Stop, exact, send_all};

/// Why there was no handshake.
pub(super) enum Failure {
    /// The reader stopped; it has closed what had to be closed.
    Stopped,
    /// A write failed.
    Lost(transport::SendError),
    /// The peer wants something that is not understood, or there are no random bytes.
    Refused,
}

impl From<Stop> for Failure {
    fn from(_: Stop) -> Self {
        Self::Stopped
    }
}

impl From<transport::SendError> for Failure {
    fn from(error: transport::SendError) -> Self {
        Self::Lost(error)
    }
}

fn hello(role: &str) -> Result<Hello, Failure> {
    let mut random = [0; SIZE - 8];
    if getrandom::fill(&mut random).is_err() {
        log!(Error, "{role}: the system has no random bytes");
        return Err(Failure::Refused);
    }
    Ok(Hello::new(clock::ticks_ms(), &random))
}

/// The client's side. Types other than plain are answered as plain, with a warning, as the original does.
pub(super) fn client(r: &RTMP, state: &State) -> Result<(), Failure> {
    let own = hello("HandShake")?;
    send_all(r, own.bytes())?;
    let mut bytes = [0; HELLO];
    let (version, block) = bytes.split_at_mut(1);
    exact(r, state, version)?;
    let answer = version.first().copied().unwrap_or(0);
    log!(Debug, "HandShake: Type Answer   : {answer:02X}");
    if answer != PLAIN {
        log!(
            Warning,
            "HandShake: Type mismatch: client sent {PLAIN}, server answered {answer}"
        );
    }
    exact(r, state, block)?;
    let peer = PeerHello::parse(&bytes);
    log!(
        Debug,
        "HandShake: Server Uptime : {}",
        peer.uptime().cast_signed()
    );
    let [a, b, c, d] = peer.player();
    log!(Debug, "HandShake: FMS Version   : {a}.{b}.{c}.{d}");
    log!(Debug2, "HandShake: 2nd handshake: ");
    log::hex(Level::Debug2, peer.block);
    send_all(r, peer.block)?;
    finish(r, state, &own, "HandShake")
}

/// The server's side (`RTMP_Serve`).
pub(super) fn server(r: &RTMP, state: &State) -> Result<(), Failure> {
    let mut bytes = [0; HELLO];
    exact(r, state, &mut bytes)?;
    let peer = PeerHello::parse(&bytes);
    log!(Debug, "SHandShake: Type Requested : {:02X}", peer.version);
    log::hex(Level::Debug2, peer.block);
    if peer.version != PLAIN {
        log!(Error, "SHandShake: Unknown version {:02x}", peer.version);
        return Err(Failure::Refused);
    }
    let own = hello("SHandShake")?;
    log!(Debug2, "Serversig: ");
    log::hex(Level::Debug2, own.bytes().get(1..).unwrap_or_default());
    send_all(r, own.bytes())?;
    log!(
        Debug,
        "SHandShake: Client Uptime : {}",
        peer.uptime().cast_signed()
    );
    let [a, b, c, d] = peer.player();
    log!(Debug, "SHandShake: Player Version: {a}.{b}.{c}.{d}");
    log!(Debug2, "SHandShake: Sending handshake response: ");
    log::hex(Level::Debug2, peer.block);
    send_all(r, peer.block)?;
    finish(r, state, &own, "SHandShake")
}

/// The peer's echo. A wrong one is only worth a warning.
fn finish(r: &RTMP, state: &State, own: &Hello, role: &str) -> Result<(), Failure> {
    let mut echo = [0; SIZE];
    exact(r, state, &mut echo)?;
    if !own.is_echoed_by(&echo) {
        log!(Warning, "{role}: client signature does not match!");
    }
    log!(Debug, "{role}: Handshaking finished....");
    Ok(())
}
