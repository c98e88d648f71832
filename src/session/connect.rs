//! Making a connection: address, socket, proxy, handshake, `connect`, and the stream.

mod handshake;
mod proxy;
pub mod serve;
pub mod session;
pub mod stream;
