//! Sockets, names and time limits. Knows no RTMP.
#![forbid(unsafe_code)]

pub mod connect;
#[cfg(feature = "tls")]
pub mod tls;
