//! `rtmp.h`.

pub mod access;
pub mod data;
pub mod setup;
