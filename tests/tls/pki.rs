//! Certificates made for one test, and servers that show them.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};

/// The name under which test servers are reached.
pub(crate) const HOST: &str = "127.0.0.1";

/// A certificate with its key.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    pem: [String; 2],
}

impl Identity {
    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            certificate: certificate.der().clone(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            pem: [certificate.pem(), key.serialize_pem()],
        }
    }

    /// Files with certificate and key.
    pub(crate) fn files(&self, name: &str) -> [PathBuf; 2] {
        let paths = ["pem", "key"].map(|end| file(&format!("{name}.{end}")));
        for (path, text) in paths.iter().zip(&self.pem) {
            std::fs::write(path, text).unwrap();
        }
        paths
    }

    /// A server with this certificate.
    pub(crate) fn server(&self, versions: Versions, tickets: usize) -> Arc<ServerConfig> {
        let versions: &[_] = match versions {
            Versions::Only12 => &[&TLS12],
            Versions::Only13 => &[&TLS13],
            Versions::Both => &[&TLS12, &TLS13],
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
            .unwrap();
        config.send_tls13_tickets = tickets;
        Arc::new(config)
    }
}

/// What a server speaks.
#[derive(Clone, Copy)]
pub(crate) enum Versions {
    Only12,
    Only13,
    Both,
}

/// A CA: certificates can be had from it.
pub(crate) struct Ca {
    issuer: Issuer<'static, KeyPair>,
    identity: Identity,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let identity = Identity::new(&params.self_signed(&key).unwrap(), &key);
        let issuer = Issuer::new(params, key);
        Self { issuer, identity }
    }

    /// A PEM file with the CA's certificate, called as said.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        let [path, _] = self.identity.files(name);
        path
    }

    /// A certificate for `host`.
    pub(crate) fn identity(&self, host: &str) -> Identity {
        self.issue(CertificateParams::new(vec![host.to_owned()]).unwrap())
    }

    /// A certificate whose time is over.
    pub(crate) fn expired(&self) -> Identity {
        let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
        self.issue(params)
    }

    fn issue(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        Identity::new(&params.signed_by(&key, &self.issuer).unwrap(), &key)
    }
}

/// A certificate that vouches for itself, as ingest servers have them.
pub(crate) fn self_signed() -> Identity {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Identity::new(&params.self_signed(&key).unwrap(), &key)
}

/// A file for this process alone.
fn file(name: &str) -> PathBuf {
    let name = format!("tls-{}-{name}", std::process::id());
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}
