//! TLS, which the next release brings (spec 02 §8.10).

use crate::abi::RTMP;
use crate::sys::log::log;

/// Says that TLS is not there. Every entry point that needs it fails with this line.
pub fn unavailable(function: &str) {
    log!(Error, "{function}, no SSL/TLS support");
}

/// Server side of TLS on an accepted socket (`RTMP_TLS_Accept`).
pub fn accept(_r: &RTMP) -> bool {
    unavailable("RTMP_TLS_Accept");
    false
}
