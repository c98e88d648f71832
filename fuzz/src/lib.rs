//! What the fuzz targets share. Each target is a program of `src/bin`; `run` builds and runs them.

pub mod carrier;
pub mod client;
pub mod original;
pub mod pieces;
pub mod quiet;
pub mod script;
pub mod secure;
pub mod trees;
pub mod wire;
