//! librtmp's verbs over a blocking socket: the order of events, the original's behaviour with its quirks, and what is
//! logged. Bytes come from [`crate::proto`], sockets from [`crate::net`], the handle from [`crate::abi`].
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod amf;
pub mod connect;
pub mod dialogue;
pub mod link;
pub mod message;
pub mod play;
pub mod publish;
pub mod setup;
pub mod state;
pub mod swf;

/// What is logged when a call fails for want of memory.
pub(in crate::session) const NO_MEMORY: &str = "Couldn't allocate memory!";

/// `RTMP_FEATURE_*` bits of `Link.protocol` (spec 01 §2.3).
pub mod feature {
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
}
