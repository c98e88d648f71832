//! Takes the place of `tls.rs` in a library without the feature `tls`.

use std::io;
use std::path::Path;

use crate::abi::{RTMP, RTMPSockBuf};
use crate::sys::log::log;

use super::state::State;
use super::transport::Received;
use super::{feature, report};

/// There are no servers.
pub enum Server {}

fn unavailable(function: &str) {
    log!(Error, "{function}, no SSL/TLS support");
}

pub(super) fn connect(r: &RTMP) -> bool {
    let is_plain = r.Link.protocol.get() & feature::SSL == 0;
    if !is_plain {
        unavailable("RTMP_Connect1");
        report::failed(&State::of(r), "this library is built without TLS");
    }
    is_plain
}

/// Server side of TLS on an accepted socket (`RTMP_TLS_Accept`).
pub fn accept(_: &RTMP, server: &Server) -> bool {
    match *server {}
}

/// Loads certificate chain and key of a server (`RTMP_TLS_AllocServerContext`).
pub fn server(_: &Path, _: &Path) -> Option<Server> {
    unavailable("RTMP_TLS_AllocServerContext");
    None
}

pub(super) fn has_ended(_: &RTMPSockBuf) -> bool {
    false
}

pub(super) fn fill(_: &RTMPSockBuf, _: usize) -> Option<Received> {
    None
}

pub(super) fn fill_for_read(_: &RTMPSockBuf, _: usize) -> Option<Received> {
    None
}

pub(super) fn let_go(_: &RTMPSockBuf) {}

pub(super) fn drain(_: &RTMPSockBuf) -> bool {
    false
}

pub(super) fn send(_: &RTMPSockBuf, _: &[u8]) -> Option<io::Result<usize>> {
    None
}

pub(super) fn say_goodbye(_: &RTMPSockBuf) -> bool {
    true
}

pub(super) fn close(_: &RTMPSockBuf) {}

pub(super) fn forget(_: &RTMPSockBuf, _: bool) {}
