//! The encryption of RTMPE between RTMP and what carries it (spec 03 §1.6).

use std::borrow::Cow;

use crate::abi::RTMP;
use crate::proto::bytes::joined;
use crate::proto::crypto::Keystream;
use crate::proto::handshake::encrypted::Agreement;
use crate::sys::lock::Lock;

use super::state::State;

/// The ciphers of a connection, none while it is in clear. Each is locked for moments only, and the order of bytes is
/// kept by the reader's turn and the sender's lock.
#[derive(Default)]
pub(super) struct Ciphers {
    incoming: Lock<Option<Keystream>>,
    outgoing: Lock<Option<Keystream>>,
}

/// Encrypts from here on. What was received behind the handshake is decrypted at once.
pub(super) fn start(r: &RTMP, state: &State, agreement: Agreement) {
    set(&state.ciphers.incoming, Some(agreement.incoming));
    set(&state.ciphers.outgoing, Some(agreement.outgoing));
    r.Link.set_encrypted(true);
    received(r, state, r.m_sb.len());
}

/// Goes on in clear.
pub(super) fn stop(r: &RTMP, state: &State) {
    r.Link.set_encrypted(false);
    set(&state.ciphers.incoming, None);
    set(&state.ciphers.outgoing, None);
}

fn set(place: &Lock<Option<Keystream>>, cipher: Option<Keystream>) {
    *place.hold() = cipher;
}

/// Decrypts the newest `count` bytes of the receive buffer.
pub(super) fn received(r: &RTMP, state: &State, count: usize) {
    let cipher = &state.ciphers.incoming;
    let mut cipher = cipher.hold();
    let Some(stream) = cipher.as_mut() else {
        return;
    };
    r.m_sb.rewrite_newest(count, |bytes| stream.apply(bytes));
}

/// What is to be sent for `bytes`: a copy when they must be encrypted, which the caller's memory never is. `None` without
/// memory for it; the cipher then is where it was.
pub(super) fn sealed<'a>(r: &RTMP, bytes: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    if !r.Link.is_encrypted() {
        return Some(Cow::Borrowed(bytes));
    }
    let state = State::of(r);
    let cipher = &state.ciphers.outgoing;
    let mut cipher = cipher.hold();
    match cipher.as_mut() {
        Some(stream) => {
            let mut copy = joined(&[bytes])?;
            stream.apply(&mut copy);
            Some(Cow::Owned(copy))
        }
        None => Some(Cow::Borrowed(bytes)),
    }
}
