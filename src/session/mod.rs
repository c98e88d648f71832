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

mod aggregate;
pub mod amf;
mod auth;
pub mod cancel;
mod cipher;
pub mod close;
pub mod command;
pub mod connect;
pub mod control;
pub mod dispatch;
pub mod door;
mod handshake;
mod hear;
pub mod http;
pub mod invoke;
mod kept;
mod limits;
mod linger;
mod metadata;
mod owed;
pub mod packet;
pub mod playback;
mod polled;
mod proxy;
pub mod read;
pub mod receive;
pub mod report;
mod resume;
pub mod send;
pub mod serve;
pub mod setup;
mod state;
pub mod stream;
pub mod swf;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
pub mod tls;
pub mod transport;
mod trust;
mod tunnel;
mod turn;
pub mod write;

/// What is logged when a call fails for want of memory.
pub(in crate::session) const NO_MEMORY: &str = "Couldn't allocate memory!";

/// `RTMP_FEATURE_*` bits of `Link.protocol` (spec 01 §2.3).
pub mod feature {
    use core::ffi::c_int;

    /// Tunnelled in HTTP.
    pub const HTTP: c_int = 0x01;
    /// Encrypted by RTMPE.
    pub const ENC: c_int = 0x02;
    /// Inside TLS.
    pub const SSL: c_int = 0x04;
    /// Publishing.
    pub const WRITE: c_int = 0x10;
}
