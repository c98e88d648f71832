//! What is trusted, and what a server shows.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};

use super::anchors::{self, certificates};
use super::error::Unready;
use super::session::Session;
use super::verify::{Anyone, Known};
use crate::net::trust::Trust;

fn config(trust: &Trust) -> Result<ClientConfig, Unready> {
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = if *trust == Trust::Anyone {
        Arc::new(Anyone::new(&provider))
    } else {
        let anchors = anchors::of(trust, &provider).map_err(Unready::Trust)?;
        Arc::new(Known::new(anchors, &provider))
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Unready::Other(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    // A configuration serves one connection: there is nothing to resume.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Without random bytes there is no TLS. The library below, and the standard library's tables that it uses, say so by a
/// panic.
fn need_random_bytes() -> Result<(), String> {
    getrandom::fill(&mut [0]).map_err(|_| "the system has no random bytes".to_owned())
}

/// The client's side of a session with `host`, a name or an address.
pub fn client(host: &str, trust: &Trust) -> Result<Session, Unready> {
    need_random_bytes().map_err(Unready::Other)?;
    let mut config = config(trust)?;
    let name = match ServerName::try_from(host.to_owned()) {
        Ok(name) => name,
        Err(_) if *trust == Trust::Anyone => {
            config.enable_sni = false;
            ServerName::IpAddress(IpAddr::from([0, 0, 0, 0]).into())
        }
        Err(_) => {
            let reason = format!("{host} is no name that a certificate can have");
            return Err(Unready::Name(reason));
        }
    };
    ClientConnection::new(Arc::new(config), name)
        .map(|connection| Session::new(connection.into()))
        .map_err(|error| Unready::Other(error.to_string()))
}

/// What a server shows its clients.
pub struct Server(Arc<ServerConfig>);

/// A server with the certificate chain and the private key in two PEM files. The words of an error are for the user.
pub fn server(chain: &Path, key: &Path) -> Result<Server, String> {
    need_random_bytes()?;
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
    pub fn session(&self) -> Result<Session, Unready> {
        need_random_bytes().map_err(Unready::Other)?;
        ServerConnection::new(Arc::clone(&self.0))
            .map(|connection| Session::new(connection.into()))
            .map_err(|error| Unready::Other(error.to_string()))
    }
}
