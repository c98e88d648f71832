//! Sockets, names and time limits. Knows no RTMP.
#![forbid(unsafe_code)]

pub mod connect;
pub mod http;
