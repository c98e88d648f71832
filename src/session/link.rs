//! Bytes under RTMP, lowest first: one receive or send on the bare socket ([`plain`]), TLS, either of them ([`wire`]), the HTTP
//! tunnel, and all of it together with the encryption of RTMPE ([`stack`]). Nothing here decides that a connection is over:
//! failures are reported upwards.

pub mod cancel;
pub(in crate::session) mod limits;
pub mod plain;
pub mod readiness;
pub mod stack;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(not(feature = "tls"))]
#[path = "link/no_tls.rs"]
pub mod tls;
pub(in crate::session) mod trust;
pub(in crate::session) mod tunnel;
pub mod wire;
