//! The server's side of the handshake (spec 03 §1.11).

use crate::abi::RTMP;
use crate::proto::handshake::digest::{Placed, Scheme};
use crate::proto::handshake::encrypted::Agreement;
use crate::proto::handshake::hello::{self, Hello, TYPE_8_PLAYER};
use crate::proto::handshake::{Block, ENCRYPTED, HELLO, PLAIN, SIZE, Side, TYPE_8};
use crate::session::feature;
use crate::session::link::stack::send_all;
use crate::session::message::receive::exact;
use crate::session::state::Context;
use crate::sys::log::{self, Level, log};

use super::role::{HandshakeError, Role, Variant, prepare_swf_response};

const SERVER: Role = Role {
    side: Side::Server,
    name: "SHandShake",
};

/// What the server proves in its second message, instead of an echo.
struct Proof {
    kind: u8,
    own: Placed,
    client: Placed,
    agreement: Option<Agreement>,
}

/// The server's side (`RTMP_Serve`). The client's first message says which handshake.
pub(in crate::session) fn server(cx: Context<'_>) -> Result<(), HandshakeError> {
    cx.state.ciphers.stop(cx.r);
    let mut bytes = [0; HELLO];
    exact(cx, &mut bytes)?;
    let [version, client @ ..] = bytes;
    log!(Debug, "SHandShake: Type Requested : {version:02X}");
    log::hex(Level::Debug2, &client);
    let variant = variant(version, hello::player(&client)).ok_or_else(|| {
        log!(Error, "SHandShake: Unknown version {version:02x}");
        HandshakeError::Refused("the client wants an unknown version")
    })?;
    if matches!(variant, Variant::Encrypted(_)) {
        let protocol = &cx.r.Link.protocol;
        protocol.set(protocol.get() | feature::ENC);
    }
    let own = SERVER.hello(variant)?;
    log!(Debug2, "Serversig: ");
    log::hex(Level::Debug2, own.block());
    send_all(cx, own.bytes())?;
    let uptime = hello::uptime(&client).cast_signed();
    log!(Debug, "SHandShake: Client Uptime : {uptime}");
    let [a, b, c, d] = hello::player(&client);
    log!(Debug, "SHandShake: Player Version: {a}.{b}.{c}.{d}");
    let proof = proof(cx.r, &own, &client)?;
    answer(cx, &own, &client, proof)?;
    log!(Debug, "SHandShake: Handshaking finished....");
    Ok(())
}

fn variant(version: u8, [player, ..]: [u8; 4]) -> Option<Variant> {
    match version {
        PLAIN if player == 0 => Some(Variant::Plain),
        PLAIN => Some(Variant::Signed),
        ENCRYPTED if player != TYPE_8_PLAYER => Some(Variant::Encrypted(ENCRYPTED)),
        ENCRYPTED | TYPE_8 => Some(Variant::Encrypted(TYPE_8)),
        _ => None,
    }
}

/// Looks for the client's digest, and for its key. A client without digest that does not want encryption only states a
/// version: it gets the echo that it expects.
fn proof(r: &RTMP, own: &Hello, client: &Block) -> Result<Option<Proof>, HandshakeError> {
    let Some(placed) = own.digest else {
        return Ok(None);
    };
    let [kind, ..] = *own.bytes();
    let first = if own.keys.is_some() {
        Scheme::One
    } else {
        Scheme::Zero
    };
    let Some(theirs) = SERVER.find_digest(client, first) else {
        if own.keys.is_none() {
            log!(
                Warning,
                "SHandShake: the client has no digest, going on without"
            );
            return Ok(None);
        }
        log!(Error, "Couldn't verify the client digest");
        return Err(HandshakeError::Refused(
            "the digest of the client is not found",
        ));
    };
    prepare_swf_response(r, own.block());
    let agreement = SERVER.agree(own, client, theirs.scheme)?;
    Ok(Some(Proof {
        kind,
        own: placed,
        client: theirs,
        agreement,
    }))
}

/// The second messages.
fn answer(
    cx: Context<'_>,
    own: &Hello,
    client: &Block,
    proof: Option<Proof>,
) -> Result<(), HandshakeError> {
    let text = match &proof {
        Some(proof) => SERVER.prove(proof.kind, &proof.client.digest, client),
        None => *client,
    };
    log!(Debug2, "SHandShake: Sending handshake response: ");
    log::hex(Level::Debug2, &text);
    send_all(cx, &text)?;
    let mut reply = [0; SIZE];
    exact(cx, &mut reply)?;
    log!(Debug2, "SHandShake: 2nd handshake: ");
    log::hex(Level::Debug2, &reply);
    let Some(proof) = proof else {
        SERVER.compare_echo(own, &reply);
        return Ok(());
    };
    SERVER.verify(proof.kind, &proof.own.digest, &reply)?;
    if let Some(agreement) = proof.agreement {
        cx.state.ciphers.start(cx.r, agreement);
    }
    Ok(())
}
