//! Whom a client trusts: a file, the environment, anyone.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rtmp::net::tls::{Failure, client};
use rtmp::net::trust::Trust;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::pki::{Authority, HOST, Versions, self_signed};
use crate::{PATIENCE, shake_hands, sockets};

/// How a client with `trust` judges a server with that identity.
pub(crate) fn judge(server: &Arc<ServerConfig>, trust: &Trust) -> Result<(), Option<Failure>> {
    let (own, peer) = sockets();
    let server = Arc::clone(server);
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut peer = StreamOwned::new(ServerConnection::new(server).unwrap(), peer);
            // A refused server is told so by an alert.
            let _ = peer.read(&mut [0]);
        });
        let session = client(HOST, trust).map_err(|text| Some(Failure::Protocol(text)))?;
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
        Err(Some(Failure::Certificate(_)))
    ));
}

/// The part of [`the_environment_says_whom_to_trust`] that runs as a program of its own, with that test's environment.
#[test]
fn ask_environment() {
    let Ok(authority) = std::env::var("AUTHORITY_PORT") else {
        println!("nothing to ask: no other test has started this one");
        return;
    };
    println!("waived: {}", Trust::is_waived());
    let own = TcpStream::connect((HOST, authority.parse().unwrap())).unwrap();
    own.set_read_timeout(Some(PATIENCE)).unwrap();
    match client(HOST, &Trust::System) {
        Ok(session) => println!("verdict: {:?}", shake_hands(&session, &own)),
        Err(text) => println!("no client: {text}"),
    }
}

fn asked(port: u16, environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "trust::ask_environment", "--nocapture"]);
    command.env("AUTHORITY_PORT", port.to_string());
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "LIBRTMP_TLS_VERIFY"] {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_environment_says_whom_to_trust() {
    let authority = Authority::new("ours");
    let file = authority.file("authority");
    let config = authority.identity(HOST).server(Versions::Both, 2);
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
    let other = Authority::new("a stranger").file("stranger");
    let wary = asked(port, &[("SSL_CERT_FILE", other.to_str().unwrap())]);
    assert!(wary.contains("unknown issuer"), "{wary}");
    let waived = asked(
        port,
        &[("SSL_CERT_FILE", file), ("LIBRTMP_TLS_VERIFY", "0")],
    );
    assert!(waived.contains("waived: true"), "{waived}");
    peer.join().unwrap();
}
