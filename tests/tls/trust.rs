//! Whom a client trusts: a file, the environment, anyone.

use std::fs::Permissions;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rtmp::net::tls::{TlsError, client};
use rtmp::net::trust::Trust;
use rtmp::sys;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::pki::{Ca, HOST, Versions, self_signed};
use crate::{PATIENCE, shake_hands, sockets};

/// How a client with `trust` judges a server with that identity.
pub(crate) fn judge(server: &Arc<ServerConfig>, trust: &Trust) -> Result<(), Option<TlsError>> {
    let (own, peer) = sockets();
    let server = Arc::clone(server);
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut peer = StreamOwned::new(ServerConnection::new(server).unwrap(), peer);
            // A refused server is told so by an alert.
            let _ = peer.read(&mut [0]);
        });
        let session =
            client(HOST, trust).map_err(|reason| Some(TlsError::Protocol(reason.to_string())))?;
        let result = shake_hands(&session, &own);
        session.close(own.as_raw_fd());
        drop(own);
        result
    })
}

#[test]
fn a_self_signed_certificate_can_be_trusted_by_its_own_file() {
    let identity = self_signed();
    let [file, _] = identity.files("self");
    let trust = Trust::File(file);
    assert_eq!(judge(&identity.server(Versions::Both, 2), &trust), Ok(()));
    let other = self_signed().server(Versions::Both, 2);
    assert!(matches!(
        judge(&other, &trust),
        Err(Some(TlsError::Certificate(_)))
    ));
}

/// The part of [`the_environment_says_whom_to_trust`] that runs as a program of its own, with that test's environment.
#[test]
fn ask_environment() {
    let Ok(ca_port) = std::env::var("CA_PORT") else {
        println!("nothing to ask: no other test has started this one");
        return;
    };
    println!("privileged: {}", sys::is_privileged());
    println!("waived: {}", Trust::is_waived());
    let own = TcpStream::connect((HOST, ca_port.parse().unwrap())).unwrap();
    own.set_read_timeout(Some(PATIENCE)).unwrap();
    match client(HOST, &Trust::System) {
        Ok(session) => println!("verdict: {:?}", shake_hands(&session, &own)),
        Err(text) => println!("no client: {text}"),
    }
}

fn asked(port: u16, environment: &[(&str, &str)]) -> String {
    asked_by(&std::env::current_exe().unwrap(), port, environment)
}

fn asked_by(program: &Path, port: u16, environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(program);
    command.args(["--exact", "trust::ask_environment", "--nocapture"]);
    command.env("CA_PORT", port.to_string());
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "LIBRTMP_TLS_VERIFY"] {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_environment_says_whom_to_trust() {
    let ca = Ca::new("ours");
    let file = ca.file("ca");
    let config = ca.identity(HOST).server(Versions::Both, 2);
    let listener = TcpListener::bind((HOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer = thread::spawn(move || {
        for _ in 0..3 {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let _ = StreamOwned::new(connection, stream).read(&mut [0]);
        }
    });
    let file = file.to_str().unwrap();
    let trusting = asked(port, &[("SSL_CERT_FILE", file)]);
    assert!(
        trusting.contains("waived: false\nverdict: Ok(())"),
        "{trusting}"
    );
    let other = Ca::new("a stranger").file("stranger");
    let wary = asked(port, &[("SSL_CERT_FILE", other.to_str().unwrap())]);
    assert!(wary.contains("unknown issuer"), "{wary}");
    let waived = asked(
        port,
        &[("SSL_CERT_FILE", file), ("LIBRTMP_TLS_VERIFY", "0")],
    );
    assert!(waived.contains("waived: true"), "{waived}");
    peer.join().unwrap();
}

/// A copy of this program that runs with other rights than whoever starts it; its directory goes with it.
struct Privileged(PathBuf);

impl Privileged {
    /// Nobody but root can make one.
    fn new() -> Option<Self> {
        const SOMEBODY: u32 = 65_534;
        let place = std::env::temp_dir().join(format!("librtmp-privileged-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let made = Self(place);
        std::fs::copy(std::env::current_exe().unwrap(), made.program()).unwrap();
        chown(made.program(), Some(SOMEBODY), Some(SOMEBODY)).ok()?;
        let rights = Permissions::from_mode(0o6755);
        std::fs::set_permissions(made.program(), rights).unwrap();
        Some(made)
    }

    fn program(&self) -> PathBuf {
        self.0.join("program")
    }
}

impl Drop for Privileged {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_environment_says_nothing_to_a_privileged_program() {
    let Some(privileged) = Privileged::new() else {
        println!("nothing to ask: only root can give a program the rights of somebody else");
        return;
    };
    let ca = Ca::new("of the environment");
    let listener = TcpListener::bind((HOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = ca.identity(HOST).server(Versions::Both, 2);
    let peer = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let connection = ServerConnection::new(config).unwrap();
        let _ = StreamOwned::new(connection, stream).read(&mut [0]);
    });
    let file = privileged.0.join("ca.pem");
    std::fs::copy(ca.file("environment"), &file).unwrap();
    let environment = [
        ("SSL_CERT_FILE", file.to_str().unwrap()),
        ("SSL_CERT_DIR", privileged.0.to_str().unwrap()),
        ("LIBRTMP_TLS_VERIFY", "0"),
    ];
    let said = asked_by(&privileged.program(), port, &environment);
    peer.join().unwrap();
    if said.contains("privileged: false") {
        println!("nothing was asked: the directory for temporary files gives no rights");
        return;
    }
    assert!(said.contains("waived: false"), "{said}");
    // Either there are CAs of the system, or none at all.
    let is_wary = said.contains("unknown issuer") || said.contains("no client: ");
    assert!(is_wary, "{said}");
}
