//! Why a session is over.

use core::fmt;

use rustls::InvalidMessage;

use super::reason;

/// Why a session is over, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsError {
    /// The peer's certificate was refused.
    Certificate(String),
    /// The peer has given up, and said why by this alert.
    Alert(u8, String),
    /// Anything else.
    Protocol(String),
}

/// Why there cannot be a session, in words for the user.
#[derive(Debug)]
pub enum Unready {
    /// Nobody is trusted: there are no CAs.
    Trust(String),
    /// The server has no name that a certificate could have.
    Name(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Trust(reason) | Self::Name(reason) | Self::Other(reason)) = self;
        f.write_str(reason)
    }
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(reason) => {
                Self::Certificate(reason::describe(&reason))
            }
            rustls::Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge) => {
                Self::too_long()
            }
            rustls::Error::AlertReceived(alert) => Self::Alert(alert.into(), error.to_string()),
            other => Self::Protocol(other.to_string()),
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(reason) => write!(
                f,
                "the certificate of the server is refused: {reason}. tlsCAFile=FILE (environment: SSL_CERT_FILE) names \
                 whom to trust; tlsVerify=0 (environment: LIBRTMP_TLS_VERIFY=0) trusts anyone"
            ),
            Self::Alert(_, reason) | Self::Protocol(reason) => f.write_str(reason),
        }
    }
}

impl TlsError {
    /// A message of the handshake does not end.
    pub(super) fn too_long() -> Self {
        Self::protocol("a message of the handshake is too long")
    }

    /// What the peer does is refused.
    pub(super) fn protocol(reason: &str) -> Self {
        Self::Protocol(reason.to_owned())
    }
}
