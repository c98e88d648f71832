//! `RTMP_FEATURE_*` bits of `Link.protocol` (spec 01 §2.3).

use core::ffi::c_int;

use crate::abi::RTMP;

/// Tunnelled in HTTP.
pub const HTTP: c_int = 0x01;
/// Encrypted by RTMPE.
pub const ENC: c_int = 0x02;
/// Inside TLS.
pub const SSL: c_int = 0x04;
/// Publishing.
pub const WRITE: c_int = 0x10;

/// Whether the handle publishes; else it plays.
pub(in crate::session) fn publishes(r: &RTMP) -> bool {
    r.Link.protocol.get() & WRITE != 0
}
