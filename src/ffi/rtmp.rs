//! `rtmp.h`, by topic.

pub mod access;
pub mod capabilities;
pub mod config;
pub mod connect;
pub mod data;
pub mod nonblocking;
pub mod packet;
pub mod payload;
pub mod reconnect;
pub mod send;
pub mod setup;
pub mod sockbuf;
pub mod stats;
pub mod stream;
pub mod swf;
pub mod tls;
