//! The trust anchors (the certificates of CAs that servers are judged by): read once, and shared by all connections.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
#[cfg(not(target_os = "macos"))]
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_native_certs::CertificateResult;
#[cfg(not(target_os = "macos"))]
use rustls_native_certs::load_certs_from_paths;
#[cfg(target_os = "macos")]
use rustls_native_certs::load_native_certs;
use sha2::{Digest, Sha256};

use super::cache::{Cache, Stamp};
use super::reason::WeakAnchor;
use crate::net::trust::Trust;
use crate::sys;
#[cfg(not(target_os = "macos"))]
use crate::sys::thread;

/// The trust anchors of one source.
///
/// What is needed of a certificate is kept, not the whole: 110 KB for the 144 of a usual system, instead of 300.
#[derive(Debug)]
pub(super) struct TrustAnchors {
    /// Names and keys.
    pub(super) verifier: Arc<WebPkiServerVerifier>,
    /// The SHA-256 of each certificate.
    digests: Vec<[u8; 32]>,
    /// Those whose signatures do not count.
    pub(super) weak: Vec<WeakAnchor>,
}

impl TrustAnchors {
    fn new(
        certificates: Vec<CertificateDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let digests = certificates.iter().map(|one| Sha256::digest(one).into());
        let digests = digests.collect();
        let weak = certificates.iter().filter_map(WeakAnchor::of).collect();
        let mut roots = RootCertStore::empty();
        // Stores hold odd certificates; those that are understood count.
        roots.add_parsable_certificates(certificates);
        if roots.is_empty() {
            return Err("no certificates of authorities found".into());
        }
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
            .build()
            .map(|verifier| Self {
                verifier,
                digests,
                weak,
            })
            .map_err(|error| error.to_string())
    }

    /// True when `certificate` is one of the anchors.
    pub(super) fn contain(&self, certificate: &CertificateDer<'_>) -> bool {
        self.digests.contains(&Sha256::digest(certificate).into())
    }
}

/// Where trust anchors come from.
#[derive(PartialEq)]
struct Source {
    trust: Trust,
    file: Option<PathBuf>,
    directories: Vec<PathBuf>,
}

impl Source {
    fn of(trust: &Trust) -> Self {
        let (file, directories) = match trust {
            Trust::Anyone => (None, Vec::new()),
            Trust::File(path) => (Some(path.clone()), Vec::new()),
            Trust::System => named().unwrap_or_else(system),
        };
        let trust = trust.clone();
        Self {
            trust,
            file,
            directories,
        }
    }

    fn stamps(&self) -> Vec<Option<Stamp>> {
        let paths = self.file.iter().chain(&self.directories);
        paths.map(|path| Stamp::of(path)).collect()
    }

    /// The certificates, and whether nothing failed on the way: what is amiss may be there the next time.
    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, bool), String> {
        match &self.trust {
            Trust::Anyone => Ok((Vec::new(), true)),
            Trust::File(path) => certificates(path).map(|found| (found, true)),
            Trust::System => {
                let found = self.read_system()?;
                match found.errors.first() {
                    Some(error) if found.certs.is_empty() => Err(error.to_string()),
                    error => Ok((found.certs, error.is_none())),
                }
            }
        }
    }
}

impl Source {
    /// The environment, which may be a stranger's or be changed while a thread reads, has been looked at already.
    #[cfg(not(target_os = "macos"))]
    fn read_system(&self) -> Result<CertificateResult, String> {
        let mut directories = self.directories.iter().map(PathBuf::as_path);
        let mut found = load_certs_from_paths(self.file.as_deref(), directories.next());
        for directory in directories {
            let more = load_certs_from_paths(None, Some(directory));
            found.certs.extend(more.certs);
            found.errors.extend(more.errors);
        }
        Ok(found)
    }

    #[cfg(target_os = "macos")]
    fn read_system(&self) -> Result<CertificateResult, String> {
        let names = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
        let is_told = names.iter().any(|name| env::var_os(name).is_some());
        if is_told && sys::is_privileged() {
            return Err("the environment of a privileged program names authorities".into());
        }
        Ok(load_native_certs())
    }
}

/// File and directories that the environment names, as `rustls_native_certs` reads them.
fn named() -> Option<(Option<PathBuf>, Vec<PathBuf>)> {
    let file = sys::env_var("SSL_CERT_FILE").map(PathBuf::from);
    let directories: Vec<_> = sys::env_var("SSL_CERT_DIR")
        .iter()
        .flat_map(env::split_paths)
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    (file.is_some() || !directories.is_empty()).then_some((file, directories))
}

/// File and directories of the system, where it has some: then `rustls_native_certs` reads them.
#[cfg(not(target_os = "macos"))]
fn system() -> (Option<PathBuf>, Vec<PathBuf>) {
    if sys::is_privileged() {
        // The probe would begin with what the environment names.
        let files = FILES.iter().map(Path::new);
        let directories = openssl_probe::candidate_cert_dirs();
        return (
            files
                .into_iter()
                .find(|path| path.exists())
                .map(Path::to_owned),
            directories.map(Path::to_owned).collect(),
        );
    }
    let found = openssl_probe::probe();
    (found.cert_file, found.cert_dir)
}

/// Where systems keep all their anchors in one file: Debian and its kin, Fedora and its kin, SUSE, Alpine and BSDs.
#[cfg(not(target_os = "macos"))]
const FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

#[cfg(target_os = "macos")]
fn system() -> (Option<PathBuf>, Vec<PathBuf>) {
    (None, Vec::new())
}

static KNOWN: Cache<Source, TrustAnchors> = Cache::new();

/// A source that is not known as it is now.
struct Unread {
    source: Source,
    stamps: Vec<Option<Stamp>>,
    now: Instant,
}

/// What is known of the anchors that `trust` names, as they are now.
fn find(trust: &Trust) -> Result<Arc<TrustAnchors>, Unread> {
    let (source, now) = (Source::of(trust), Instant::now());
    let stamps = source.stamps();
    match KNOWN.find(&source, &stamps, now) {
        Some(known) => Ok(known),
        None => Err(Unread {
            source,
            stamps,
            now,
        }),
    }
}

impl Unread {
    fn is_settled(&self) -> bool {
        self.stamps.iter().flatten().all(Stamp::is_settled)
    }

    fn read(self, provider: &Arc<CryptoProvider>) -> Result<Arc<TrustAnchors>, String> {
        let (certificates, is_whole) = self.source.read()?;
        let anchors = Arc::new(TrustAnchors::new(certificates, provider)?);
        if is_whole && self.is_settled() {
            KNOWN.keep(self.source, self.stamps, self.now, &anchors);
        }
        Ok(anchors)
    }
}

/// Those that `trust` names, as they are now.
pub(super) fn of(
    trust: &Trust,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<TrustAnchors>, String> {
    find(trust).or_else(|unread| unread.read(provider))
}

/// Lets a thread read those that `trust` names, unless they are known, for a session that begins when a server has been
/// reached. Nobody waits for the thread: a session that comes too early, or where there is none, reads by itself.
#[cfg(not(target_os = "macos"))]
pub fn prepare(trust: &Trust) {
    if *trust == Trust::Anyone {
        return;
    }
    if let Err(unread) = find(trust)
        && unread.is_settled()
    {
        let read = move || drop(unread.read(&Arc::new(ring::default_provider())));
        let _ = thread::start("librtmp-trust", Box::new(read));
    }
}

/// The system's store is asked for by means that look at the environment, which no thread may.
#[cfg(target_os = "macos")]
pub fn prepare(_: &Trust) {}

/// The certificates in a PEM file. The words of an error are for the user.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    /// A PEM file of this process with a certificate of that name.
    fn file(name: &str) -> PathBuf {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let name = format!("librtmp-anchors-{}-{name}", std::process::id());
        let path = env::temp_dir().join(name);
        fs::write(&path, made.cert.pem()).unwrap();
        path
    }

    #[test]
    fn a_settled_file_is_read_once() {
        let path = file("settled");
        let (trust, provider) = (
            Trust::File(path.clone()),
            Arc::new(ring::default_provider()),
        );
        let ask = || of(&trust, &provider).unwrap();
        assert!(!Arc::ptr_eq(&ask(), &ask()));
        let settled = File::open(&path).unwrap();
        settled.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(Arc::ptr_eq(&ask(), &ask()));
        fs::remove_file(&path).unwrap();
        assert!(of(&trust, &provider).is_err());
    }

    #[test]
    fn a_source_is_read_ahead() {
        let path = file("ahead");
        let settled = File::open(&path).unwrap();
        settled.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let trust = Trust::File(path.clone());
        let end = Instant::now() + Duration::from_secs(60);
        assert!(find(&trust).is_err());
        while find(&trust).is_err() {
            // Other tests may just have the lock: then what was read is not kept.
            prepare(&trust);
            assert!(Instant::now() < end);
            std::thread::park_timeout(Duration::from_millis(10));
        }
        fs::remove_file(&path).unwrap();
        // Nothing is left behind by what is not there.
        prepare(&trust);
        assert!(find(&trust).is_err());
    }

    #[test]
    fn an_anchor_is_known_by_its_whole_certificate() {
        let paths = ["one", "other"].map(file);
        let [one, other] = paths.each_ref().map(|path| certificates(path).unwrap());
        let provider = Arc::new(ring::default_provider());
        let anchors = TrustAnchors::new(one.clone(), &provider).unwrap();
        assert!(anchors.contain(&one[0]));
        assert!(!anchors.contain(&other[0]));
        for path in paths {
            fs::remove_file(path).unwrap();
        }
    }
}
