//! Which servers' certificates a client accepts.

use std::path::PathBuf;

use crate::sys;

/// Which servers' certificates a client accepts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trust {
    /// All.
    Anyone,
    /// Those of the CAs in a PEM file.
    File(PathBuf),
    /// Those of the system's CAs, or of those in the files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    System,
}

impl Trust {
    /// What a program says, where it says something, else what the environment says: whether certificates are looked at,
    /// and the file of the CAs.
    pub fn new(is_demanded: Option<bool>, ca_file: Option<PathBuf>) -> Self {
        if !is_demanded.unwrap_or_else(|| !Self::is_waived()) {
            return Self::Anyone;
        }
        ca_file.map_or(Self::System, Self::File)
    }

    /// True when the environment says that certificates are not to be looked at (`LIBRTMP_TLS_VERIFY=0`).
    pub fn is_waived() -> bool {
        sys::env_var("LIBRTMP_TLS_VERIFY").is_some_and(|value| {
            ["0", "off", "no", "false"]
                .iter()
                .any(|word| value.eq_ignore_ascii_case(word))
        })
    }
}
