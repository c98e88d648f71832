//! RTMP without sockets: every byte on the wire and its meaning.
//!
//! Each module is a stage: bytes in, values out, nothing executed. Time and random bytes are arguments. `None` means
//! that more bytes are needed; nothing here can panic, whatever the bytes are.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod amf0;
pub mod amf3;
pub mod auth;
pub mod bytes;
pub mod capabilities;
pub mod chunk;
pub mod command;
pub mod crypto;
pub mod flv;
pub mod handover;
pub mod handshake;
pub mod httpdate;
pub mod message;
pub mod options;
pub mod payload;
pub mod place;
pub mod playpath;
pub mod proxy;
pub mod reconnect;
pub mod scan;
pub mod swf;
pub mod swfinfo;
pub mod timeline;
pub mod tunnel;
pub mod url;
pub mod userinfo;
