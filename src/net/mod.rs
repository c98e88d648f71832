//! Sockets, names and time limits. Knows no RTMP.
#![forbid(unsafe_code)]

pub mod connect;
pub mod http;
#[cfg(feature = "tls")]
pub mod tls;
pub mod trust;
