//! One player on its way from its server into the hash.

use core::ops::ControlFlow;

use crate::net::connect::Plan;
use crate::net::http::{self, Head, HttpError, HttpUrl, Limits};
use crate::net::trust::Trust;
use crate::proto::swf::{Hasher, TooLong};
use crate::proto::userinfo::without_login;
use crate::sys::log::NO_MEMORY;

use super::http::{Outcome, Receiver};

/// Redirections that are followed.
const REDIRECTS: usize = 5;

/// One response on its way into the hasher.
pub(super) struct Download {
    pub(super) outcome: Outcome,
    /// -1 before there is one.
    pub(super) status: i32,
    pub(super) date: Option<Vec<u8>>,
    location: Option<Vec<u8>>,
    /// `None` when the file is too long.
    pub(super) hasher: Option<Hasher>,
    pub(super) has_body: bool,
    /// Why the player is not fetched, when its server is not to blame.
    pub(super) reason: Option<String>,
}

/// Fetches `url`, through redirections, to other hosts as well, but not from https to http: as in browsers, a player that
/// was asked for from a known server does not come from whoever answers. They lead to HTTP only, and nothing that one
/// server is told goes to another.
pub(super) fn follow(
    url: &[u8],
    date: &[u8],
    trust: &Trust,
    limits: &Limits<'_>,
    plan: &Plan<'_>,
) -> Download {
    let mut download = Download::new();
    if without_login(url) != url {
        download.reason = Some("a login in the URL of a player is not understood".into());
        return download;
    }
    let Some(mut target) = HttpUrl::parse(url) else {
        download.outcome = Outcome::BadRequest;
        return download;
    };
    for _ in 0..=REDIRECTS {
        download = Download::new();
        let result = http::get_by(plan, &target, trust, date, limits, &mut download);
        download.finish(result);
        let location = download.location.take();
        let next = location.and_then(|location| target.redirect(&location));
        match next {
            Some(next) if download.outcome == Outcome::Redirected => {
                if target.is_secure && !next.is_secure {
                    download.reason =
                        Some("redirected from https to http, which is not followed".into());
                    break;
                }
                target = next;
            }
            _ => break,
        }
    }
    download
}

impl Download {
    fn new() -> Self {
        Self {
            outcome: Outcome::LostConnection,
            status: -1,
            date: None,
            location: None,
            hasher: Some(Hasher::default()),
            has_body: false,
            reason: None,
        }
    }

    fn finish(&mut self, result: Result<(), HttpError>) {
        self.outcome = match &result {
            Ok(()) => Outcome::of_status(u16::try_from(self.status).unwrap_or(0)),
            Err(failure) => Outcome::of_failure(failure),
        };
        match result {
            Err(HttpError::Secure(reason)) => self.reason = Some(reason),
            Err(HttpError::NoMemory) => self.reason = Some(NO_MEMORY.into()),
            Err(HttpError::TooLong) => self.hasher = None,
            Err(HttpError::Stopped) => self.reason = Some("cancelled".into()),
            _ => {}
        }
    }
}

impl Receiver for Download {
    fn status(&mut self, status: u16) {
        self.status = status.into();
    }

    fn head(&mut self, head: &Head) -> ControlFlow<()> {
        self.date.clone_from(&head.last_modified);
        self.location.clone_from(&head.location);
        // The body of anything else is no player.
        let status = u16::try_from(self.status).unwrap_or(0);
        if Outcome::of_status(status) == Outcome::Ok {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    fn body(&mut self, piece: &mut [u8]) -> ControlFlow<()> {
        self.has_body = true;
        let result = self.hasher.as_mut().map(|hasher| hasher.update(piece));
        match result {
            Some(Err(TooLong)) => {
                self.hasher = None;
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
