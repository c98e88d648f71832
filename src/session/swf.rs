//! SWF verification, which the next release brings (spec 03 §2).

use crate::sys::log::log;

/// Says that SWF files cannot be hashed.
pub fn unavailable() {
    log!(
        Error,
        "RTMP_HashSWF: SWF verification is not available in this build"
    );
}

/// Says that files cannot be fetched over HTTP.
pub fn no_http() {
    log!(Error, "HTTP_get: HTTP is not available in this build");
}
