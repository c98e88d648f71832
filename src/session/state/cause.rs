//! What kind of failure it is: what programs decide by (`RTMP_GetError`).
//!
//! A failure cannot be noted without one ([`super::reason::Reason::note`]).

use core::ffi::c_int;

use crate::abi::{
    RTMP_ERR_BIND, RTMP_ERR_CANCELLED, RTMP_ERR_CERTIFICATE, RTMP_ERR_CONNECT, RTMP_ERR_HANDSHAKE,
    RTMP_ERR_LOGIN, RTMP_ERR_LOST, RTMP_ERR_MEMORY, RTMP_ERR_PROTOCOL, RTMP_ERR_PROXY,
    RTMP_ERR_REFUSED, RTMP_ERR_RESOLVE, RTMP_ERR_TIMEOUT, RTMP_ERR_TLS, RTMP_ERR_TRUST,
    RTMP_ERR_TUNNEL,
};

/// The kind of a failure, with what else is to be known of some.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) enum Kind<'a> {
    /// The program has ended it.
    Cancelled,
    /// It took too long.
    Timeout,
    /// There is no address; the resolver's number.
    Resolve(c_int),
    /// The own address cannot be had.
    Bind,
    /// No address could be connected to.
    Connect,
    /// The proxy makes no connection; its status, 0: none.
    Proxy(u16),
    /// TLS has failed otherwise than by certificates; the peer's alert.
    Tls(Option<u8>),
    /// The certificate of the server is refused.
    #[cfg_attr(
        not(any(feature = "tls", test)),
        expect(dead_code, reason = "without TLS there are none")
    )]
    Certificate,
    /// There are no CAs to judge servers by.
    #[cfg_attr(
        not(any(feature = "tls", test)),
        expect(dead_code, reason = "without TLS there are none")
    )]
    Trust,
    /// There is no HTTP tunnel, or what comes out of it is not understood.
    Tunnel,
    /// The other side of the handshake is not understood, or is not what it should be.
    Handshake,
    /// The server has refused, or complained, with this code.
    Refused(&'a [u8]),
    /// The server wants another login.
    Login,
    /// The connection has ended, or broke.
    Lost,
    /// What came, or what was to be sent, is no RTMP.
    Protocol,
    /// There was no memory.
    Memory,
}

impl Kind<'_> {
    /// The number that programs know.
    pub(in crate::session) fn number(self) -> c_int {
        match self {
            Self::Cancelled => RTMP_ERR_CANCELLED,
            Self::Timeout => RTMP_ERR_TIMEOUT,
            Self::Resolve(_) => RTMP_ERR_RESOLVE,
            Self::Bind => RTMP_ERR_BIND,
            Self::Connect => RTMP_ERR_CONNECT,
            Self::Proxy(_) => RTMP_ERR_PROXY,
            Self::Tls(_) => RTMP_ERR_TLS,
            Self::Certificate => RTMP_ERR_CERTIFICATE,
            Self::Trust => RTMP_ERR_TRUST,
            Self::Tunnel => RTMP_ERR_TUNNEL,
            Self::Handshake => RTMP_ERR_HANDSHAKE,
            Self::Refused(_) => RTMP_ERR_REFUSED,
            Self::Login => RTMP_ERR_LOGIN,
            Self::Lost => RTMP_ERR_LOST,
            Self::Protocol => RTMP_ERR_PROTOCOL,
            Self::Memory => RTMP_ERR_MEMORY,
        }
    }

    /// What else programs are told in a number.
    pub(in crate::session) fn detail(self) -> c_int {
        match self {
            Self::Resolve(number) => number,
            Self::Proxy(status) => status.into(),
            Self::Tls(alert) => alert.map_or(-1, c_int::from),
            _ => 0,
        }
    }
}

impl<'a> Kind<'a> {
    /// The failure of a system call with this number, of which it would be the kind: the number may know better.
    pub(in crate::session) fn by(self, system: c_int) -> Cause<'a> {
        let is_pause = system == libc::EAGAIN || system == libc::EWOULDBLOCK;
        let kind = match self {
            // Only a program that wants to stop makes an interrupted call not go on.
            _ if system == libc::EINTR => Self::Cancelled,
            _ if system == libc::ENOMEM => Self::Memory,
            Self::Lost if is_pause => Self::Timeout,
            Self::Connect | Self::Proxy(_) if system == libc::ETIMEDOUT => Self::Timeout,
            kind => kind,
        };
        Cause { kind, system }
    }
}

/// Why something failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) struct Cause<'a> {
    pub(in crate::session) kind: Kind<'a>,
    /// The number of the system call that failed, 0: none did.
    pub(in crate::session) system: c_int,
}

/// No system call has failed.
impl<'a> From<Kind<'a>> for Cause<'a> {
    fn from(kind: Kind<'a>) -> Self {
        Self { kind, system: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_system_know_better() {
        let kind = |kind: Kind<'static>, system| kind.by(system).kind;
        for any in [Kind::Lost, Kind::Connect, Kind::Proxy(3), Kind::Resolve(1)] {
            assert_eq!(kind(any, libc::EINTR), Kind::Cancelled);
            assert_eq!(kind(any, libc::ENOMEM), Kind::Memory);
            assert_eq!(kind(any, libc::EACCES), any);
        }
        assert_eq!(kind(Kind::Lost, libc::EAGAIN), Kind::Timeout);
        assert_eq!(kind(Kind::Connect, libc::ETIMEDOUT), Kind::Timeout);
        assert_eq!(kind(Kind::Proxy(0), libc::ETIMEDOUT), Kind::Timeout);
        // The system has given up on a connection that there was.
        assert_eq!(kind(Kind::Lost, libc::ETIMEDOUT), Kind::Lost);
        // There is no thread.
        let no_thread = Kind::Resolve(libc::EAI_SYSTEM);
        assert_eq!(kind(no_thread, libc::EAGAIN), no_thread);
    }

    #[test]
    fn each_kind_has_a_number_of_its_own() {
        let kinds = [
            Kind::Cancelled,
            Kind::Timeout,
            Kind::Resolve(libc::EAI_NONAME),
            Kind::Bind,
            Kind::Connect,
            Kind::Proxy(407),
            Kind::Tls(Some(40)),
            Kind::Certificate,
            Kind::Trust,
            Kind::Tunnel,
            Kind::Handshake,
            Kind::Refused(b"code"),
            Kind::Login,
            Kind::Lost,
            Kind::Protocol,
            Kind::Memory,
        ];
        let mut numbers = kinds.map(Kind::number);
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(1..=16));
        let details = [
            Kind::Proxy(407),
            Kind::Tls(Some(40)),
            Kind::Tls(None),
            Kind::Lost,
        ];
        assert_eq!(details.map(Kind::detail), [407, 40, -1, 0]);
    }
}
