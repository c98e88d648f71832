//! `rtmp.h`, by topic.

pub mod connect;
pub mod packet;
pub mod send;
pub mod sockbuf;
pub mod stream;
pub mod swf;
pub mod tls;
