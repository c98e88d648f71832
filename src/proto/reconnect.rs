//! Where a server sends its clients: `tcUrl` of a reconnect request, resolved as RFC 3986 §5 says (spec 09 §10).
//!
//! A server names another address, never less protection than the connection has:
//!
//! | from | to `rtmp`, `rtmpt` | `rtmpe`, `rtmpte` | `rtmps`, `rtmpts` |
//! |---|---|---|---|
//! | `rtmp`, `rtmpt` | yes | yes | yes |
//! | `rtmpe`, `rtmpte` | no | yes | yes |
//! | `rtmps`, `rtmpts` | no | no | yes |
//!
//! What has no authority of its own stays at the address that the connection was made to, whatever host its `tcUrl` names:
//! programs connect to addresses that they have found by other means.

mod mode;
mod reference;

pub use mode::Mode;

use core::fmt;

use reference::{Parts, divided, merged, without_dots};

use super::url::{SCHEMES, default_port};
use super::userinfo::{self, Login};
use crate::syntax::{bracketed, host_parts, is_ipv6};

/// Longer URLs are refused: half of one leads elsewhere.
pub const LONGEST: usize = 2047;
/// Nor has a host a longer name.
const LONGEST_HOST: usize = 255;
/// So many of [`SCHEMES`], from the first on, are protocols that the library speaks.
const PROTOCOLS: usize = 6;
/// The bits of a protocol number that say how it is protected.
const ENCRYPTED: u8 = 2;
const SECURE: u8 = 4;

/// The connection that the request came on.
#[derive(Clone, Copy, Debug)]
pub struct Current<'a> {
    /// Protocol number, with no other bits than [`SCHEMES`] has names for.
    pub protocol: u8,
    /// What it was made to; an IPv6 address without its brackets.
    pub host: &'a [u8],
    /// The port of that.
    pub port: u16,
    /// Application.
    pub app: &'a [u8],
    /// What `connect` said; may be empty, or no URL.
    pub tc_url: &'a [u8],
}

/// Where to go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Protocol number.
    pub protocol: u8,
    /// Name or address, never empty; an IPv6 address without its brackets.
    pub host: Vec<u8>,
    /// The port, never 0.
    pub port: u16,
    /// Application, with its query; may be empty.
    pub app: Vec<u8>,
    /// What `connect` is to say, without the login.
    pub tc_url: Vec<u8>,
    /// The same with the login, as the server wrote it: for the program, not for the log. Ends with the application.
    pub url: Vec<u8>,
    /// User and password, if the server names them.
    pub login: Option<Box<Login>>,
    /// Host and port are those of the connection: who may know the old user and password.
    pub is_same_server: bool,
}

/// Why a request is not followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// `tcUrl` is a value of another type.
    NotText,
    /// More than [`LONGEST`] bytes, when resolved.
    TooLong,
    /// It is no URL.
    Malformed,
    /// It names no host.
    NoHost,
    /// It names a scheme that is not of RTMP.
    UnknownScheme,
    /// The connection would be less protected; protocol numbers.
    LessProtected {
        /// That of the connection.
        from: u8,
        /// That of the new one.
        to: u8,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => f.write_str("tcUrl is no text"),
            Self::TooLong => write!(f, "tcUrl has more than {LONGEST} bytes"),
            Self::Malformed => f.write_str("tcUrl is no URL"),
            Self::NoHost => f.write_str("tcUrl names no host"),
            Self::UnknownScheme => f.write_str("tcUrl has an unknown scheme"),
            Self::LessProtected { from, to } => {
                write!(f, "from {} to {}", scheme(*from), scheme(*to))
            }
        }
    }
}

fn scheme(protocol: u8) -> &'static str {
    SCHEMES.get(usize::from(protocol)).copied().unwrap_or("")
}

/// Understands a `tcUrl`. None, or an empty one, is the address of the connection again.
pub fn resolve(reference: &[u8], current: &Current<'_>) -> Result<Target, Refusal> {
    let target = if reference.is_empty() {
        again(current)
    } else {
        check(reference)?;
        follow(&Parts::of(reference).ok_or(Refusal::Malformed)?, current)?
    };
    if target.host.is_empty() {
        return Err(Refusal::NoHost);
    }
    if target.url.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    Ok(target)
}

fn again(current: &Current<'_>) -> Target {
    let names_it = Parts::of(current.tc_url).is_some_and(|parts| is_it(&parts, current));
    let url = if names_it && current.tc_url.ends_with(current.app) {
        current.tc_url.into()
    } else {
        let scheme = scheme(current.protocol).as_bytes();
        [scheme, b"://", &authority(current), b"/", current.app].concat()
    };
    Target {
        protocol: current.protocol,
        host: current.host.into(),
        port: current.port,
        app: current.app.into(),
        tc_url: current.tc_url.into(),
        url,
        login: None,
        is_same_server: true,
    }
}

/// Refuses what no URL has, and what would end lines, options or texts of C.
fn check(text: &[u8]) -> Result<(), Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || "\"<>\\^`{|}".contains(c);
    match str::from_utf8(text) {
        Ok(text) if !text.contains(is_odd) => Ok(()),
        _ => Err(Refusal::Malformed),
    }
}

/// The place that an authority names.
struct Place {
    login: Option<Box<Login>>,
    host: Vec<u8>,
    port: u16,
}

fn follow(parts: &Parts<'_>, current: &Current<'_>) -> Result<Target, Refusal> {
    let protocol = match parts.scheme {
        Some(name) => protocol(name)?,
        None => current.protocol,
    };
    let (from, to) = (protection(current.protocol), protection(protocol));
    if to < from {
        let (from, to) = (current.protocol, protocol);
        return Err(Refusal::LessProtected { from, to });
    }
    let here = authority(current);
    let (path, query) = divided(current.app, b'?');
    let path = [b"/", path].concat();
    let made_up = Parts {
        scheme: Some(scheme(current.protocol).as_bytes()),
        authority: Some(&here),
        path: &path,
        query,
    };
    let base = Parts::of(current.tc_url)
        .filter(is_whole)
        .unwrap_or(made_up);
    // What the program is told must lead to where the connection is, and as well protected.
    let real = if is_it(&base, current) { base } else { made_up };
    if parts.scheme.is_none() && parts.authority.is_none() {
        let place = Place {
            login: None,
            host: current.host.into(),
            port: current.port,
        };
        let path = match parts.path {
            b"" => base.path.into(),
            [b'/', ..] => without_dots(parts.path),
            path => without_dots(&merged(base.path, path)),
        };
        let query = match parts.path {
            b"" => parts.query.or(base.query),
            _ => parts.query,
        };
        return Ok(target(
            current,
            protocol,
            place,
            [&base, &real],
            &path,
            query,
        ));
    }
    let authority = parts.authority.ok_or(Refusal::NoHost)?;
    let place = place(authority, protocol)?;
    let whole = Parts {
        scheme: parts.scheme.or(real.scheme),
        authority: Some(authority),
        ..*parts
    };
    let path = without_dots(parts.path);
    let places = [&whole, &whole];
    Ok(target(current, protocol, place, places, &path, parts.query))
}

fn protocol(name: &[u8]) -> Result<u8, Refusal> {
    let is_it = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    let number = SCHEMES
        .iter()
        .take(PROTOCOLS)
        .position(|known| is_it(known));
    let number = number.and_then(|number| u8::try_from(number).ok());
    number.ok_or(Refusal::UnknownScheme)
}

/// The more, the better.
fn protection(protocol: u8) -> u8 {
    match protocol {
        bits if bits & SECURE != 0 => 2,
        bits if bits & ENCRYPTED != 0 => 1,
        _ => 0,
    }
}

/// Host and port of the connection.
fn authority(current: &Current<'_>) -> Vec<u8> {
    let [open, host, close] = host_parts(current.host);
    let port = format!(":{}", current.port);
    [open, host, close, port.as_bytes()].concat()
}

/// Whether references can be relative to this.
fn is_whole(parts: &Parts<'_>) -> bool {
    parts.scheme.is_some()
        && parts
            .authority
            .is_some_and(|authority| !authority.is_empty())
}

/// Whether a URL names the address of the connection: programs may say anything in `tcUrl`.
fn is_it(parts: &Parts<'_>, current: &Current<'_>) -> bool {
    let named = parts.scheme.and_then(|name| protocol(name).ok());
    let place = parts
        .authority
        .map(|authority| place(authority, current.protocol));
    let is_here =
        |place: &Place| place.host.eq_ignore_ascii_case(current.host) && place.port == current.port;
    named == Some(current.protocol)
        && place.is_some_and(|place| place.is_ok_and(|place| is_here(&place)))
}

fn place(authority: &[u8], protocol: u8) -> Result<Place, Refusal> {
    let (login, rest) = userinfo::split(authority);
    if login.as_deref().is_some_and(is_unprintable) {
        return Err(Refusal::Malformed);
    }
    let (host, port) = match bracketed(rest) {
        Some((address, port)) if is_ipv6(address) => (address, port),
        Some(_) => return Err(Refusal::Malformed),
        None => {
            let (name, _) = divided(rest, b':');
            let port = rest.get(name.len()..).unwrap_or_default();
            if !name.iter().all(is_part_of_name) {
                return Err(Refusal::Malformed);
            }
            (name, port)
        }
    };
    if host.is_empty() {
        return Err(Refusal::NoHost);
    }
    if host.len() > LONGEST_HOST {
        return Err(Refusal::Malformed);
    }
    let port = port_of(port, protocol)?;
    Ok(Place {
        login,
        host: host.into(),
        port,
    })
}

fn is_part_of_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._".contains(byte)
}

/// Escapes hide what [`check`] has not seen.
fn is_unprintable(login: &Login) -> bool {
    let is_odd = |text: &[u8]| text.iter().any(u8::is_ascii_control);
    is_odd(&login.user) || login.password.as_deref().is_some_and(is_odd)
}

/// What stands behind a host: nothing, or a colon and a port, or nothing behind that.
fn port_of(text: &[u8], protocol: u8) -> Result<u16, Refusal> {
    let number = match text {
        b"" | b":" => return Ok(default_port(protocol.into())),
        [b':', number @ ..] if number.iter().all(u8::is_ascii_digit) => number,
        _ => return Err(Refusal::Malformed),
    };
    let number = str::from_utf8(number)
        .ok()
        .and_then(|text| text.parse().ok());
    number.filter(|&port| port != 0).ok_or(Refusal::Malformed)
}

/// Puts the parts together. Scheme and authority stand in two places: for `tcUrl`, and for the program.
fn target(
    current: &Current<'_>,
    protocol: u8,
    place: Place,
    [said, real]: [&Parts<'_>; 2],
    path: &[u8],
    query: Option<&[u8]>,
) -> Target {
    let tail = match query {
        // The slash is what ends the host for most who read URLs.
        Some(query) if path.is_empty() => [b"/?", query].concat(),
        Some(query) => [path, b"?", query].concat(),
        None => path.into(),
    };
    let url = |whole: &Parts<'_>, has_login: bool| {
        let authority = whole.authority.unwrap_or_default();
        let place = match has_login {
            true => authority,
            false => userinfo::split(authority).1,
        };
        [whole.scheme.unwrap_or_default(), b"://", place, &tail].concat()
    };
    let is_same_host = place.host.eq_ignore_ascii_case(current.host);
    Target {
        protocol,
        port: place.port,
        app: tail.strip_prefix(b"/").unwrap_or(&tail).into(),
        tc_url: url(said, false),
        url: url(real, true),
        login: place.login,
        is_same_server: is_same_host && place.port == current.port,
        host: place.host,
    }
}

#[cfg(test)]
mod tests;
