//! Chunks and messages: received, sent, answered, and the end of a connection.

pub mod calls;
mod chunks;
pub mod close;
mod farewell;
mod gather;
mod linger;
pub mod outgoing;
pub mod packet;
pub mod receive;
pub(in crate::session) mod replies;
pub mod send;
pub(in crate::session) mod transmit;
