//! Trust anchors are read once for all connections, and again when their files have changed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use rtmp::net::tls::{TlsError, client};
use rtmp::net::trust::Trust;
use rustls::ServerConfig;

use crate::pki::{Ca, HOST, Versions};
use crate::trust::judge;

/// The certificate of a CA, and a server with one that it issued.
struct Circle {
    certificate: PathBuf,
    server: Arc<ServerConfig>,
}

impl Circle {
    fn new(name: &str) -> Self {
        let ca = Ca::new(name);
        Self {
            certificate: ca.file(name),
            server: ca.identity(HOST).server(Versions::Both, 0),
        }
    }

    /// Puts the certificate to `path` as a program for updates does, as if that had been some time ago: what is younger is
    /// not remembered.
    fn install(&self, path: &Path) {
        let fresh = path.with_extension("new");
        fs::copy(&self.certificate, &fresh).unwrap();
        age(&fresh);
        fs::rename(&fresh, path).unwrap();
        age(path.parent().unwrap());
    }

    /// Writes it into the file that is there.
    fn overwrite(&self, path: &Path) {
        fs::write(path, fs::read(&self.certificate).unwrap()).unwrap();
    }

    fn is_trusted(&self, trust: &Trust) -> bool {
        match judge(&self.server, trust) {
            Ok(()) => true,
            Err(Some(TlsError::Certificate(reason))) if reason == "unknown issuer" => false,
            other => panic!("{other:?}"),
        }
    }
}

fn age(path: &Path) {
    let past = SystemTime::now() - Duration::from_secs(1000);
    File::open(path).unwrap().set_modified(past).unwrap();
}

/// A directory for this process alone.
fn directory(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("tls-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

/// `trust` follows what happens to the file at `path`.
fn follows(trust: &Trust, path: &Path, name: &str) {
    let [first, second] = [1, 2].map(|number| Circle::new(&format!("{name}-{number}")));
    let trusted = || [&first, &second].map(|circle| circle.is_trusted(trust));
    for _ in 0..2 {
        first.install(path);
        for _ in 0..3 {
            assert_eq!(trusted(), [true, false]);
        }
        second.install(path);
        assert_eq!(trusted(), [false, true]);
    }
    fs::remove_file(path).unwrap();
    for _ in 0..2 {
        let error = client(HOST, trust).err().unwrap();
        assert!(!error.to_string().is_empty());
    }
    first.install(path);
    assert_eq!(trusted(), [true, false]);
    fs::remove_file(path).unwrap();
}

#[test]
fn a_renewed_file_counts_for_the_next_connection() {
    let path = directory("file").join("anchors.pem");
    follows(&Trust::File(path.clone()), &path, "file");
}

/// The part of [`a_renewed_store_counts_for_the_next_connection`] that runs as a program of its own.
#[test]
fn renew_environment() {
    match std::env::var_os("RENEWED_FILE") {
        Some(path) => follows(&Trust::System, Path::new(&path), "environment"),
        None => println!("nothing to renew: no other test has started this one"),
    }
}

#[test]
fn a_renewed_store_counts_for_the_next_connection() {
    let directory = directory("store");
    let file = directory.join("anchors.pem");
    for (name, value) in [("SSL_CERT_FILE", &file), ("SSL_CERT_DIR", &directory)] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "renewed::renew_environment", "--nocapture"])
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR")
            .env("RENEWED_FILE", &file)
            .env(name, value)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && !said.contains("nothing to"),
            "{name}: {said}"
        );
    }
}

/// The file stays the same one, and may keep its size.
#[test]
fn a_file_may_be_overwritten_at_any_moment() {
    let path = directory("same").join("anchors.pem");
    let [first, second] = ["same-1", "same-2"].map(Circle::new);
    let trust = Trust::File(path.clone());
    for _ in 0..10 {
        first.overwrite(&path);
        assert!(first.is_trusted(&trust));
        second.overwrite(&path);
        assert!(!first.is_trusted(&trust) && second.is_trusted(&trust));
    }
}

#[test]
fn more_sources_than_are_remembered_do_not_mix_on_many_threads() {
    let directory = directory("many");
    let circles: Vec<_> = (0..6)
        .map(|number| {
            let circle = Circle::new(&format!("many-{number}"));
            let path = directory.join(format!("{number}.pem"));
            circle.install(&path);
            (circle, Trust::File(path))
        })
        .collect();
    thread::scope(|scope| {
        for first in 0..8 {
            let circles = &circles;
            scope.spawn(move || {
                for step in 0..24 {
                    let own = (first + step) % circles.len();
                    let other = (own + 1 + step % 5) % circles.len();
                    assert!(circles[own].0.is_trusted(&circles[own].1));
                    assert!(!circles[own].0.is_trusted(&circles[other].1));
                }
            });
        }
    });
}
