//! The encryption of RTMPE between RTMP and what carries it (spec 03 §1.6).

use crate::abi::{RTMP, RTMPSockBuf};
use crate::proto::crypto::rc4::Keystream;
use crate::proto::handshake::encrypted::Agreement;
use crate::sys::lock::Lock;

/// The ciphers of a connection, none while it is in clear. Each is locked for moments only, and the order of bytes is
/// kept by the reader's lock and the sender's lock.
#[derive(Default)]
pub(in crate::session) struct Ciphers {
    incoming: Lock<Option<Keystream>>,
    outgoing: Lock<Option<Keystream>>,
}

impl Ciphers {
    /// Encrypts from here on. What was received behind the handshake is decrypted at once.
    pub(in crate::session) fn start(&self, r: &RTMP, agreement: Agreement) {
        set(&self.incoming, Some(agreement.incoming));
        set(&self.outgoing, Some(agreement.outgoing));
        r.Link.set_encrypted(true);
        self.decrypt(&r.m_sb, r.m_sb.len());
    }

    /// Goes on in clear.
    pub(in crate::session) fn stop(&self, r: &RTMP) {
        r.Link.set_encrypted(false);
        set(&self.incoming, None);
        set(&self.outgoing, None);
    }

    /// Decrypts the newest `count` bytes of the receive buffer.
    pub(in crate::session) fn decrypt(&self, sb: &RTMPSockBuf, count: usize) {
        if let Some(stream) = self.incoming.hold().as_mut() {
            sb.rewrite_newest(count, |bytes| stream.apply(bytes));
        }
    }

    /// Encrypts `bytes`, which are sent next.
    pub(in crate::session) fn encrypt(&self, bytes: &mut [u8]) {
        if let Some(stream) = self.outgoing.hold().as_mut() {
            stream.apply(bytes);
        }
    }
}

fn set(place: &Lock<Option<Keystream>>, cipher: Option<Keystream>) {
    *place.hold() = cipher;
}
