//! The handshake over a socket (spec 03 §1).

mod client;
mod role;
mod server;

pub(in crate::session) use client::{Ahead, client};
pub(in crate::session) use role::HandshakeError;
pub(in crate::session) use server::server;
