//! Takes the place of `secure.rs` in a library without the feature `tls`.

use std::io;
use std::net::TcpStream;

use super::error::HttpError;
use super::time::TimeLimits;
use super::url::HttpUrl;
use crate::net::trust::Trust;

/// There are no such connections.
pub(super) enum Secure {}

impl Secure {
    pub(super) fn new(_: &HttpUrl, _: &Trust) -> Result<Self, HttpError> {
        Err(HttpError::Secure(
            "https is not available in this build".into(),
        ))
    }

    pub(super) fn shake_hands(&self, _: &TcpStream, _: TimeLimits<'_>) -> Result<(), HttpError> {
        match *self {}
    }

    pub(super) fn flush(&self, _: &TcpStream, _: TimeLimits<'_>) -> Result<(), HttpError> {
        match *self {}
    }

    pub(super) fn send(&self, _: &TcpStream, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(super) fn take(&self, _: &TcpStream, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(super) fn receive(&self, _: &TcpStream) -> io::Result<bool> {
        match *self {}
    }

    pub(super) fn close(&self, _: &TcpStream) {
        match *self {}
    }
}
