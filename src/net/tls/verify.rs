//! Whether a server is the one that it says it is.

use core::iter;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{self, CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::anchors::TrustAnchors;
use super::reason::refined;

/// Accepts servers whose certificates lead to a trust anchor, and servers that show an anchor itself: a self-signed
/// certificate usually is one.
///
/// A connection asks for the anchors once, and lets them go when it has asked: those of a store that was renewed
/// since are of no use to anybody.
#[derive(Debug)]
pub(super) struct Known {
    anchors: Mutex<Option<Arc<TrustAnchors>>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Known {
    pub(super) fn new(anchors: Arc<TrustAnchors>, provider: &CryptoProvider) -> Self {
        Self {
            anchors: Mutex::new(Some(anchors)),
            algorithms: provider.signature_verification_algorithms,
        }
    }

    fn take(&self) -> Option<Arc<TrustAnchors>> {
        self.anchors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(anchors) = self.take() else {
            return Err(Error::General("a second certificate".into()));
        };
        let verified =
            anchors
                .verifier
                .verify_server_cert(certificate, intermediates, name, ocsp, now);
        match verified {
            // The dates have been looked at before the kind of the certificate.
            Err(error) if is_ca(&error) && anchors.contain(certificate) => {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            Err(error) => {
                let certificates = iter::once(certificate).chain(intermediates);
                Err(refined(error, certificates, &anchors.weak))
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
            .map_err(|error| refined(error, iter::once(certificate), &[]))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
            .map_err(|error| refined(error, iter::once(certificate), &[]))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The certificate is that of a CA, and would be fine otherwise.
fn is_ca(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) = error else {
        return false;
    };
    matches!(
        inner.downcast_ref::<webpki::Error>(),
        Some(webpki::Error::CaUsedAsEndEntity)
    )
}

/// Accepts every server. The signatures are not looked at either: where any certificate is accepted nothing is gained from them,
/// and odd certificates would fail.
#[derive(Debug)]
pub(super) struct Anyone(Vec<SignatureScheme>);

impl Anyone {
    pub(super) fn new(provider: &CryptoProvider) -> Self {
        Self(
            provider
                .signature_verification_algorithms
                .supported_schemes(),
        )
    }
}

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}
