//! Media out.

mod listen;
pub mod write;
