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

pub mod bytes;
pub mod options;
pub mod playpath;
pub mod scan;
pub mod url;
