//! What is trusted, and what a server shows.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

use super::Session;
use super::verify::{Anyone, Known};
use crate::net::trust::Trust;

impl Trust {
    fn authorities(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        match self {
            Self::Anyone => Ok(Vec::new()),
            Self::File(path) => certificates(path),
            Self::System => {
                let found = rustls_native_certs::load_native_certs();
                match found.errors.first() {
                    Some(error) if found.certs.is_empty() => Err(error.to_string()),
                    _ => Ok(found.certs),
                }
            }
        }
    }

    fn config(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous();
        let builder = if *self == Self::Anyone {
            builder.with_custom_certificate_verifier(Arc::new(Anyone::new(&provider)))
        } else {
            let known = known(self.authorities()?, provider)?;
            builder.with_custom_certificate_verifier(Arc::new(known))
        };
        let mut config = builder.with_no_client_auth();
        // A configuration serves one connection: there is nothing to resume.
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

fn known(
    certificates: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Known, String> {
    let mut roots = RootCertStore::empty();
    // Stores hold odd certificates; those that are understood count.
    roots.add_parsable_certificates(certificates.iter().cloned());
    if roots.is_empty() {
        return Err("no certificates of authorities found".into());
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map(|authorities| Known::new(authorities, certificates, &provider))
        .map_err(|error| error.to_string())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let named = |error: &dyn core::fmt::Display| format!("{}: {error}", path.display());
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .map_err(|error| named(&error))?
        .collect();
    let found = found.map_err(|error| named(&error))?;
    if found.is_empty() {
        Err(named(&"no certificate in it"))
    } else {
        Ok(found)
    }
}

/// The client's side of a session with `host`, a name or an address. The words of an error are for the user.
pub fn client(host: &str, trust: &Trust) -> Result<Session, String> {
    let mut config = trust.config()?;
    let name = match ServerName::try_from(host.to_owned()) {
        Ok(name) => name,
        Err(_) if *trust == Trust::Anyone => {
            config.enable_sni = false;
            ServerName::IpAddress(IpAddr::from([0, 0, 0, 0]).into())
        }
        Err(_) => return Err(format!("{host} is no name that a certificate can have")),
    };
    ClientConnection::new(Arc::new(config), name)
        .map(|connection| Session::new(connection.into()))
        .map_err(|error| error.to_string())
}

/// What a server shows its clients.
pub struct Server(Arc<ServerConfig>);

/// A server with the certificate chain and the private key in two PEM files. The words of an error are for the user.
pub fn server(chain: &Path, key: &Path) -> Result<Server, String> {
    let chain = certificates(chain)?;
    let key =
        PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{}: {error}", key.display()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| error.to_string())?;
    // The original as client takes a ticket for a failure (spec 02 D1).
    config.send_tls13_tickets = 0;
    Ok(Server(Arc::new(config)))
}

impl Server {
    /// The server's side of a new session.
    pub fn session(&self) -> io::Result<Session> {
        ServerConnection::new(Arc::clone(&self.0))
            .map(|connection| Session::new(connection.into()))
            .map_err(io::Error::other)
    }
}
