//! Whom the TLS connections of a handle trust.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::abi::{OptionName, RTMP};
use crate::net::trust::Trust;

/// What the options of the handle say, else the environment.
pub(in crate::session) fn of(r: &RTMP) -> Trust {
    let file = r.text_option(OptionName::TlsCaFile);
    let file = file.map(|path| OsString::from_vec(path.to_vec()).into());
    Trust::new(r.certificate_demand(), file)
}
