//! The client's side of the handshake (spec 03 §1.5).

use crate::abi::RTMP;
use crate::proto::handshake::digest::{Placed, Scheme};
use crate::proto::handshake::hello::{self, Hello};
use crate::proto::handshake::{Block, ENCRYPTED, PLAIN, SIZE, Side};
use crate::session::feature;
use crate::session::link::cancel;
use crate::session::link::stack::{self, Stop, Wait, more, send_all, take_arrived};
use crate::session::message::close;
use crate::session::message::receive::exact;
use crate::session::state::Context;
use crate::sys::log::{Lines, log};

use super::role::{HandshakeError, Role, Variant, prepare_swf_response};

const CLIENT: Role = Role {
    side: Side::Client,
    name: "HandShake",
};

/// What is sent behind the own second message, if something is.
pub(in crate::session) type Ahead<'a> = Option<&'a mut dyn FnMut(Context<'_>)>;

/// The client's side. `Link` says which handshake. Where nothing more is to be proved, `ahead` is called while the server's
/// second message is still under way. When that has come already, there is no time to be gained.
pub(in crate::session) fn client(cx: Context<'_>, ahead: Ahead<'_>) -> Result<(), HandshakeError> {
    cx.state.ciphers.stop(cx.r);
    let variant = variant(cx.r);
    let offered = match variant {
        Variant::Encrypted(kind) => kind,
        Variant::Plain | Variant::Signed => PLAIN,
    };
    if variant != Variant::Plain {
        log!(Debug, "HandShake: Client type: {offered:02X}");
    }
    let own = CLIENT.hello(variant)?;
    send_all(cx, own.bytes())?;
    let (answer, server) = listen(cx, offered)?;
    let knows_digests = answer != PLAIN || hello::player(&server)[0] != 0;
    match &own.digest {
        Some(digest) if knows_digests => prove_both(cx, &own, digest, answer, &server)?,
        // The original goes on in clear. A program that asks for encryption must not get less.
        _ if own.keys.is_some() => {
            log!(
                Error,
                "HandShake: the server does not encrypt, and rtmpe:// never falls back to clear text"
            );
            return Err(HandshakeError::Refused("the server does not encrypt"));
        }
        _ => echo(cx, &own, &server, ahead)?,
    }
    log!(Debug, "HandShake: Handshaking finished....");
    Ok(())
}

fn variant(r: &RTMP) -> Variant {
    if r.Link.protocol.get() & feature::ENC != 0 {
        Variant::Encrypted(ENCRYPTED)
    } else if r.Link.SWFSize.get() != 0 {
        Variant::Signed
    } else {
        Variant::Plain
    }
}

/// The server's first message. Any version byte is accepted, with a warning: it is the type of the signatures.
fn listen(cx: Context<'_>, offered: u8) -> Result<(u8, Block), HandshakeError> {
    let mut version = [0];
    exact(cx, &mut version)?;
    let [answer] = version;
    log!(Debug, "HandShake: Type Answer   : {answer:02X}");
    if answer != offered {
        log!(
            Warning,
            "HandShake: Type mismatch: client sent {offered}, server answered {answer}"
        );
    }
    let mut server = [0; SIZE];
    exact(cx, &mut server)?;
    let uptime = hello::uptime(&server).cast_signed();
    log!(Debug, "HandShake: Server Uptime : {uptime}");
    let [a, b, c, d] = hello::player(&server);
    log!(Debug, "HandShake: FMS Version   : {a}.{b}.{c}.{d}");
    Ok((answer, server))
}

/// The rest of the plain handshake.
fn echo(
    cx: Context<'_>,
    own: &Hello,
    server: &Block,
    ahead: Ahead<'_>,
) -> Result<(), HandshakeError> {
    send_all(cx, server)?;
    let mut echo = [0; SIZE];
    match ahead {
        Some(ahead) if !has_come(cx) => {
            ahead(cx);
            // A server that does not like it may reset the connection, of which nobody need be told.
            let (received, lines) = Lines::of(|| stack::exact(cx, &mut echo));
            if !matches!(received, Err(Stop::Lost(_))) {
                lines.log();
            }
            received.map_err(|stop| cut(cx, stop))?;
        }
        _ => exact(cx, &mut echo)?,
    }
    CLIENT.compare_echo(own, &echo);
    Ok(())
}

/// Whether the server's second message is there, as a whole.
fn has_come(cx: Context<'_>) -> bool {
    while cx.r.m_sb.len() < SIZE {
        if more(cx, Wait::No).is_err() && !take_arrived(cx) {
            return false;
        }
    }
    true
}

/// What a reader's stop means where the server has got more than C2.
fn cut(cx: Context<'_>, stop: Stop) -> HandshakeError {
    match stop {
        Stop::Lost(failure) if !cancel::is_unwanted(cx.r) => {
            HandshakeError::Cut(failure, cx.state.receiving().limit)
        }
        Stop::Lost(failure) => {
            close::lost(cx);
            failure.tell();
            HandshakeError::Stopped
        }
        Stop::Again | Stop::TimedOut | Stop::Closed => HandshakeError::Stopped,
    }
}

/// The rest of the handshakes with digests.
fn prove_both(
    cx: Context<'_>,
    own: &Hello,
    digest: &Placed,
    kind: u8,
    server: &Block,
) -> Result<(), HandshakeError> {
    let first = if own.keys.is_some() {
        Scheme::One
    } else {
        Scheme::Zero
    };
    let Some(theirs) = CLIENT.find_digest(server, first) else {
        log!(Error, "Couldn't verify the server digest");
        return Err(HandshakeError::Refused(
            "the digest of the server is not found",
        ));
    };
    prepare_swf_response(cx.r, server);
    let agreement = CLIENT.agree(own, server, theirs.scheme)?;
    let proof = CLIENT.prove(kind, &theirs.digest, &CLIENT.random()?);
    send_all(cx, &proof)?;
    let mut answer = [0; SIZE];
    exact(cx, &mut answer)?;
    if hello::player(&answer) == [0; 4] {
        log!(
            Debug,
            "HandShake: Wait, did the server just refuse signed authentication?"
        );
    }
    CLIENT.verify(kind, &digest.digest, &answer)?;
    if let Some(agreement) = agreement {
        cx.state.ciphers.start(cx.r, agreement);
    }
    Ok(())
}
