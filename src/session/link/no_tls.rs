//! Takes the place of `tls.rs` in a library without the feature `tls`.

use std::io;
use std::path::Path;

use crate::abi::{RTMP, RTMPSockBuf};
use crate::sys::log::log;

use crate::session::feature;
use crate::session::link::plain::Received;
use crate::session::state::Context;
use crate::session::state::cause::Kind;
use crate::session::state::failure::Failure;

/// There are no servers.
pub enum Server {}

fn unavailable(function: &str) {
    log!(Error, "{function}, no SSL/TLS support");
}

pub(in crate::session) fn connect(cx: Context<'_>) -> Result<(), Failure> {
    if cx.r.Link.protocol.get() & feature::SSL == 0 {
        return Ok(());
    }
    unavailable("RTMP_Connect1");
    Err(cx.fail(Kind::Tls(None), "this library is built without TLS"))
}

pub(in crate::session) fn prepare(_: &RTMP) {}

/// Server side of TLS on an accepted socket (`RTMP_TLS_Accept`).
pub fn accept(_: &RTMP, server: &Server) -> Result<(), Failure> {
    match *server {}
}

/// Loads certificate chain and key of a server (`RTMP_TLS_AllocServerContext`).
pub fn server(_: &Path, _: &Path) -> Option<Server> {
    unavailable("RTMP_TLS_AllocServerContext");
    None
}

pub(in crate::session) fn blamed(_: &RTMPSockBuf) -> Option<Kind<'static>> {
    None
}

pub(in crate::session) fn has_ended(_: &RTMPSockBuf) -> bool {
    false
}

pub(in crate::session) fn fill(_: &RTMPSockBuf, _: usize) -> Option<Received> {
    None
}

pub(in crate::session) fn fill_for_read(_: &RTMPSockBuf, _: usize) -> Option<Received> {
    None
}

pub(in crate::session) fn let_go(_: &RTMPSockBuf) {}

pub(in crate::session) fn drain(_: &RTMPSockBuf) -> bool {
    false
}

pub(in crate::session) fn send(_: &RTMPSockBuf, _: &[u8]) -> Option<io::Result<usize>> {
    None
}

pub(in crate::session) fn send_at_once(_: &RTMPSockBuf, _: &[u8]) -> Option<io::Result<usize>> {
    None
}

pub(in crate::session) fn unsent(_: &RTMPSockBuf) -> usize {
    0
}

pub(in crate::session) fn say_goodbye(_: &RTMPSockBuf) -> bool {
    true
}

pub(in crate::session) fn close(_: &RTMPSockBuf) {}

pub(in crate::session) fn forget(_: &RTMPSockBuf, _: bool) {}
