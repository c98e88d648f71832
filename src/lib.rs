//! librtmp in Rust
