//! TLS on a socket that somebody else owns by number (spec 02 §8.10).
//!
//! A [`Session`] serves a reader and a writer at once: the connection's lock is held while bytes are en- and
//! decrypted, never during a system call. Each direction has a lock of its own for its order on the wire.

mod anchors;
mod cache;
mod config;
mod error;
mod incoming;
mod reason;
mod session;
mod verify;

pub use anchors::prepare;
pub use config::{Server, client, server};
pub use error::{TlsError, Unready};
pub use session::Session;
