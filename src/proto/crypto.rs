//! The ciphers of RTMP.

pub mod blowfish;
pub mod dh;
pub mod hmac;
pub mod rc4;
pub mod xtea;
pub mod xxtea;
