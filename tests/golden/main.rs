//! What the original was seen to do, as vectors of bytes, values and log lines. Each table says where it comes from;
//! rows in which we differ on purpose carry our result, and `docs/differences.md` says why.

mod amf;
mod chunk;
mod command;
mod control;
mod enhanced;
mod handle;
mod handshake;
mod logged;
mod media;
mod messages;
mod refusals;
mod url;
mod window;
