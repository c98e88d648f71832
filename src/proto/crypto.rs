//! The ciphers of RTMP.

pub mod xxtea;
