//! Why a certificate is refused, in words that a user understands.

use core::fmt::{self, Debug, Display};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, Error, OtherError};

/// Bits of an RSA key at least; signatures made with shorter ones do not count.
const SHORTEST_RSA: usize = 2048;

/// A key that is too short to be believed.
#[derive(Debug)]
struct WeakKey {
    bits: usize,
}

impl Display for WeakKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.bits;
        write!(
            f,
            "its key, or that of its issuer, is too weak: RSA with {bits} bits, {SHORTEST_RSA} are needed"
        )
    }
}

impl core::error::Error for WeakKey {}

/// A trust anchor whose key is too short.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WeakAnchor {
    /// Its name, encoded.
    name: Vec<u8>,
    bits: usize,
}

impl WeakAnchor {
    /// `None` when `certificate` is as good as any.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let bits = weak_bits(certificate)?;
        let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
        let name = certificate.subject().to_vec();
        Some(Self { name, bits })
    }
}

/// The same error, but a signature that is only said to be wrong because of a weak key says so: one among `certificates`,
/// or that of the anchor that has signed one of them.
pub(super) fn refined<'a>(
    error: Error,
    mut certificates: impl Iterator<Item = &'a CertificateDer<'a>>,
    anchors: &[WeakAnchor],
) -> Error {
    if error != Error::InvalidCertificate(CertificateError::BadSignature) {
        return error;
    }
    let weak = certificates.find_map(|certificate| {
        let bits = weak_bits(certificate).or_else(|| issuer_bits(certificate, anchors))?;
        Some(CertificateError::Other(OtherError(Arc::new(WeakKey {
            bits,
        }))))
    });
    weak.map_or(error, Error::from)
}

fn issuer_bits(certificate: &CertificateDer<'_>, anchors: &[WeakAnchor]) -> Option<usize> {
    let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
    let issuer = certificate.issuer();
    let found = anchors.iter().find(|weak| weak.name == issuer)?;
    Some(found.bits)
}

fn weak_bits(certificate: &CertificateDer<'_>) -> Option<usize> {
    rsa_bits(certificate).filter(|&bits| bits < SHORTEST_RSA)
}

/// Bits of a certificate's key, if that is one of RSA.
fn rsa_bits(certificate: &CertificateDer<'_>) -> Option<usize> {
    const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const SEQUENCE: u8 = 0x30;
    let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
    let info = certificate.subject_public_key_info();
    let (info, _) = element(&info, SEQUENCE)?;
    let (algorithm, info) = element(info, SEQUENCE)?;
    let is_rsa = algorithm.windows(RSA.len()).any(|part| part == RSA);
    let (key, _) = element(info, 3).filter(|_| is_rsa)?;
    // No bits are left over.
    let (key, _) = element(key.strip_prefix(&[0])?, SEQUENCE)?;
    let (modulus, _) = element(key, 2)?;
    let zeros = modulus.iter().take_while(|&&byte| byte == 0).count();
    let modulus = modulus.get(zeros..)?;
    let bits = modulus.len().checked_mul(8)?;
    bits.checked_sub(modulus.first()?.leading_zeros().try_into().ok()?)
}

/// The content of the DER element of type `tag` in front, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let length = digits.iter().try_fold(0_usize, |sum, &digit| {
                sum.checked_mul(256)?.checked_add(digit.into())
            })?;
            (length, rest)
        }
    };
    rest.split_at_checked(length).filter(|_| found == tag)
}

/// The reason in words.
pub(super) fn describe(reason: &CertificateError) -> String {
    use CertificateError as E;
    let words = match reason {
        E::Expired | E::ExpiredContext { .. } => "it has expired",
        E::NotValidYet | E::NotValidYetContext { .. } => "it is not valid yet",
        E::NotValidForName | E::NotValidForNameContext { .. } => "it is for another host",
        E::UnknownIssuer => "unknown issuer",
        E::Revoked => "it was revoked",
        E::BadSignature => "its signature is wrong",
        E::BadEncoding => "it cannot be read",
        E::UnhandledCriticalExtension => "it has a critical extension that is not understood",
        E::UnknownRevocationStatus => "it is not known whether it was revoked",
        E::ExpiredRevocationList | E::ExpiredRevocationListContext { .. } => {
            "the list of revoked certificates has expired"
        }
        E::UnsupportedSignatureAlgorithmContext { .. } => {
            "it is signed by an algorithm that is not supported, perhaps one that is too weak"
        }
        E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its key and the algorithm of a signature do not go together"
        }
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => "it is not made for servers",
        E::InvalidOcspResponse => "the answer about its revocation is wrong",
        E::ApplicationVerificationFailure => "it is refused",
        E::Other(OtherError(inner)) => return describe_other(inner.as_ref()),
        // One that is deprecated, and those that a later version may have.
        other => return spelled(other),
    };
    words.to_owned()
}

fn describe_other(reason: &(dyn core::error::Error + 'static)) -> String {
    match reason.downcast_ref::<webpki::Error>() {
        Some(webpki::Error::CaUsedAsEndEntity) => "it is self-signed".to_owned(),
        Some(webpki::Error::EndEntityUsedAsCa) => {
            "the certificate of its issuer is not one of an authority".to_owned()
        }
        Some(webpki::Error::NameConstraintViolation) => {
            "its issuer may not speak for this host".to_owned()
        }
        Some(webpki::Error::PathLenConstraintViolated) => {
            "there are more certificates up to its authority than that allows".to_owned()
        }
        Some(webpki::Error::UnsupportedCertVersion) => "its version is not supported".to_owned(),
        Some(other) => spelled(other),
        None => reason.to_string(),
    }
}

/// The name of a variant as words: `MalformedExtensions` is `malformed extensions`.
fn spelled(variant: &impl Debug) -> String {
    let name = format!("{variant:?}");
    let letters = name.chars().take_while(char::is_ascii_alphanumeric);
    let mut words = String::new();
    for letter in letters {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::pem::PemObject;

    /// A certificate whose key has 1024 bits.
    const WEAK: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIB+TCCAWKgAwIBAgIUJwn55LupOcMm9vb7GIu44OP8B34wDQYJKoZIhvcNAQEL\n\
BQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjExMzAwNjU3MDBaGA8yMTI2MTEwNjA2\n\
NTcwMFowDzENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkC\n\
gYEA2fvNRrM7bruWiqTmf/EsnlYJCg7iuDS2PAWVH68Nr/+C9PT7KjBoQvzsplaD\n\
+hdWAYThzJ42hy5vVZ1JgOFxStr1tKkWzju+ILN2vx3HSJmHjVhQ96gWVpOfh7Nf\n\
/JoilLQj6OdPojS4osKDRJFJpGJVZCCUkgUIQWw+aR6ryqMCAwEAAaNQME4wHQYD\n\
VR0OBBYEFDbkN5p6EhP5rI7dg3KoV6D/IstyMB8GA1UdIwQYMBaAFDbkN5p6EhP5\n\
rI7dg3KoV6D/IstyMAwGA1UdEwEB/wQCMAAwDQYJKoZIhvcNAQELBQADgYEAiZzi\n\
SdIJW9B4Qbsfd63JPgj1CjnWxGxVwHw3dZm9snXWlTnFE1h8O+TVpUB5NnUguRKw\n\
PTAZHuurHY5FKD9c3w3TQvwT2wURHzfhy1SaUTQK1DSkvib08VDbzBRWEi+tZBfM\n\
MNrkJjjs721YLKittPLwN29pKI0foMlg0U5aefY=\n\
-----END CERTIFICATE-----\n\
";

    fn strong() -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(["strong".to_owned()]).unwrap();
        made.cert.der().clone()
    }

    fn words(error: Error) -> String {
        match error {
            Error::InvalidCertificate(reason) => describe(&reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_weak_key_is_called_so() {
        let weak = CertificateDer::from_pem_slice(WEAK.as_bytes()).unwrap();
        let strong = strong();
        assert_eq!(rsa_bits(&weak), Some(1024));
        assert_eq!(rsa_bits(&strong), None);
        let wrong = || Error::InvalidCertificate(CertificateError::BadSignature);
        let found = words(refined(wrong(), [&strong, &weak].into_iter(), &[]));
        assert!(found.contains("RSA with 1024 bits"), "{found}");
        assert_eq!(refined(wrong(), [&strong].into_iter(), &[]), wrong());
        assert_eq!(WeakAnchor::of(&strong), None);
        // It is its own issuer.
        let anchor = WeakAnchor::of(&weak).unwrap();
        assert_eq!(issuer_bits(&weak, &[]), None);
        assert_eq!(issuer_bits(&weak, &[anchor]), Some(1024));
        let expired = Error::InvalidCertificate(CertificateError::Expired);
        assert_eq!(refined(expired.clone(), [&weak].into_iter(), &[]), expired);
    }

    #[test]
    fn cut_certificates_have_no_key() {
        let weak = CertificateDer::from_pem_slice(WEAK.as_bytes()).unwrap();
        for end in 0..weak.len() {
            assert_eq!(rsa_bits(&CertificateDer::from(&weak[..end])), None);
        }
        let info = webpki::EndEntityCert::try_from(&weak).unwrap();
        let info = info.subject_public_key_info();
        for end in 0..info.len() {
            assert!(element(&info[..end], 0x30).is_none(), "{end}");
        }
    }

    #[test]
    fn no_reason_is_a_word_of_the_code() {
        let other = |error: webpki::Error| CertificateError::Other(OtherError(Arc::new(error)));
        for (reason, expected) in [
            (CertificateError::BadEncoding, "it cannot be read"),
            (
                CertificateError::InvalidPurpose,
                "it is not made for servers",
            ),
            (other(webpki::Error::CaUsedAsEndEntity), "it is self-signed"),
            (
                other(webpki::Error::MalformedExtensions),
                "malformed extensions",
            ),
            (
                other(webpki::Error::MaximumPathBuildCallsExceeded),
                "maximum path build calls exceeded",
            ),
            (
                other(webpki::Error::UnsupportedCertVersion),
                "its version is not supported",
            ),
        ] {
            assert_eq!(describe(&reason), expected);
        }
    }
}
