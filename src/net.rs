//! Sockets, names and time limits. Knows no RTMP.
#![forbid(unsafe_code)]

pub mod connect;
pub mod deadline;
pub mod http;
pub mod patience;
pub mod resolve;
#[cfg(feature = "tls")]
pub mod tls;
pub mod traffic;
pub mod trust;
