//! `RTMP_HashSWF`: size and hash of a player, from the cache or from its server (spec 03 §2.5).

mod cache;

use core::ffi::c_int;
use core::ops::ControlFlow;
use std::time::Duration;

use crate::abi::{RTMP, RTMP_LF_SWFV, RTMP_LNK};
use crate::net::deadline::{Deadline, Waiting};
use crate::net::http::{self, Failure, Head, Limits, SILENCE, Target};
use crate::net::trust::Trust;
use crate::proto::swf::{Digest, Hash, Hasher, TooLong};
use crate::proto::swfinfo::{self, News};
use crate::proto::userinfo::without_login;
use crate::sys::log::{Text, log};
use crate::sys::{self, errno};

use super::http::{Outcome, Receiver};
use super::report::{self, Phase};
use super::state::State;
use super::{close, trust};

/// Bytes of a player at most, as it is sent.
const LONGEST_DOWNLOAD: usize = 64 << 20;
/// Redirections that are followed.
const REDIRECTS: usize = 5;
/// The time for a player in all: connecting, redirections and however slowly it comes.
const LONGEST_TIME: Duration = Duration::from_secs(300);

/// What is known about a player after all. An expired hash is better than none when the server is away.
#[derive(Default)]
pub struct Report {
    /// Bytes of the decompressed player.
    pub size: Option<u32>,
    /// Its hash.
    pub hash: Option<Hash>,
    /// False when the server had to be asked and did not answer as it should.
    pub is_usable: bool,
}

/// Hashes the player of `Link.swfUrl` for the verification, if the program wants that. False when the program has ended it
/// (`RTMP_Cancel`, `RTMP_Close`): nothing more is wanted then.
pub fn prepare(r: &RTMP) -> bool {
    let link = &r.Link;
    if !link.has(RTMP_LF_SWFV) || link.swfUrl.is_empty() {
        return true;
    }
    let is_made_here = r.private_if_any::<State>().is_none();
    // Who closes waits for this turn.
    let state = State::enter(r);
    let _stage = state.begin(Phase::Player, Deadline::default());
    // A signal handler on this thread does not wait: what it has closed is over.
    let is_ended = || r.is_stopped() || state.is_over();
    let report = hash_trusting(
        link.swfUrl.bytes(),
        link.swfAge.get(),
        &trust::of(r),
        limits(&|| is_ended() || sys::interrupted(), link.timeout.get()),
    );
    let is_wanted = !is_ended();
    if is_wanted {
        keep(link, &report);
    } else {
        report::failed(&state, "cancelled");
    }
    if is_made_here {
        // Handles are copied before they are connected: nothing may hang from them.
        close::release(r, &state);
    }
    if !is_wanted {
        errno::set(libc::ECANCELED);
    }
    is_wanted
}

fn keep(link: &RTMP_LNK, report: &Report) {
    if let Some(size) = report.size {
        link.SWFSize.set(size);
    }
    for (place, byte) in link.SWFHash.iter().zip(report.hash.iter().flatten()) {
        place.set(*byte);
    }
}

/// Does what [`prepare`] does when the program has asked for it after `RTMP_SetupURL`, which does it otherwise.
pub fn prepare_if_missing(r: &RTMP) -> bool {
    r.Link.SWFSize.get() != 0 || prepare(r)
}

/// How long a player may take. The server may be silent as long as in the original, or for `timeout` seconds if that is
/// less; 0 is no limit.
fn limits(stop: &dyn Fn() -> bool, timeout: c_int) -> Limits<'_> {
    let end = Deadline::within(Some(LONGEST_TIME));
    let limits = Limits::for_bytes(LONGEST_DOWNLOAD, Waiting::new(end, stop));
    let timeout = u64::try_from(timeout)
        .ok()
        .filter(|&seconds| seconds > 0)
        .map_or(SILENCE, Duration::from_secs);
    Limits {
        silence: timeout.min(SILENCE),
        ..limits
    }
}

/// Size and hash of the player at `url`. What is in the cache is trusted for `age` days (0: its server is always asked).
pub fn hash(url: &[u8], age: i32) -> Report {
    let limits = limits(&sys::interrupted, 0);
    hash_trusting(url, age, &Trust::new(None, None), limits)
}

fn hash_trusting(url: &[u8], age: i32, trust: &Trust, limits: Limits<'_>) -> Report {
    let path = cache::path();
    let key = key(url);
    let known = swfinfo::find(&cache::read(&path), &key).unwrap_or_default();
    let mut report = Report {
        size: known.size,
        hash: known.hash,
        is_usable: known.is_fresh(cache::now(), age),
    };
    if report.is_usable {
        return report;
    }
    let Some(answer) = ask(url, &known.date, trust, &limits) else {
        return report;
    };
    let date = answer.date.unwrap_or(known.date);
    let news = answer
        .digest
        .map_or(News::Unchanged, |digest| News::Fetched {
            date: &date,
            digest,
        });
    // Read once more: another program may have changed it meanwhile.
    let file = swfinfo::update(&cache::read(&path), &key, cache::now(), &news);
    if let Err(number) = cache::write(&path, &file) {
        log!(
            Error,
            "RTMP_HashSWF: couldn't open {} for writing, errno {number} ({})",
            Text(path.as_os_str().as_encoded_bytes()),
            errno::describe(number)
        );
        return report;
    }
    if let Some(digest) = answer.digest {
        report.size = Some(digest.size);
        report.hash = Some(digest.hash);
    }
    report.is_usable = true;
    report
}

/// The URL that the cache knows: with a slash behind the host.
fn key(url: &[u8]) -> Vec<u8> {
    match Target::parse(url) {
        Some(target) if target.root().len() > url.len() => target.root(),
        _ => url.to_vec(),
    }
}

/// What the server has said.
struct Answer {
    /// `None` when the player is as it was.
    digest: Option<Digest>,
    /// Its `Last-Modified`.
    date: Option<Vec<u8>>,
}

/// Asks the server for the player. A failure is logged.
fn ask(url: &[u8], date: &[u8], trust: &Trust, limits: &Limits<'_>) -> Option<Answer> {
    let download = follow(url, date, trust, limits);
    let shown = without_login(url);
    let name = Text(&shown);
    if let Some(reason) = download.reason {
        log!(Error, "RTMP_HashSWF: {reason}");
        return None;
    }
    match (download.outcome, download.hasher) {
        (_, None) => log!(Error, "RTMP_HashSWF: swfurl {name} is too long"),
        (Outcome::Ok, Some(hasher)) if download.has_body => match hasher.finish() {
            Some(digest) => {
                return Some(Answer {
                    digest: Some(digest),
                    date: download.date,
                });
            }
            None => log!(Error, "RTMP_HashSWF: swfurl {name} is no SWF file"),
        },
        (Outcome::Ok | Outcome::NotModified, _) => {
            return Some(Answer {
                digest: None,
                date: None,
            });
        }
        (Outcome::LostConnection, _) => log!(
            Error,
            "RTMP_HashSWF: connection lost while downloading swfurl {name}"
        ),
        (Outcome::NotFound, _) => log!(Error, "RTMP_HashSWF: swfurl {name} not found"),
        _ => {
            let status = download.status;
            log!(
                Error,
                "RTMP_HashSWF: couldn't contact swfurl {name} (HTTP error {status})"
            );
        }
    }
    None
}

/// One response on its way into the hasher.
struct Download {
    outcome: Outcome,
    /// -1 before there is one.
    status: i32,
    date: Option<Vec<u8>>,
    location: Option<Vec<u8>>,
    /// `None` when the file is too long.
    hasher: Option<Hasher>,
    has_body: bool,
    /// Why the player is not fetched, when its server is not to blame.
    reason: Option<String>,
}

/// Fetches `url`, through redirections, to other hosts as well, but not from https to http: as in browsers, a player that
/// was asked for from a known server does not come from whoever answers. They lead to HTTP only, and nothing that one
/// server is told goes to another.
fn follow(url: &[u8], date: &[u8], trust: &Trust, limits: &Limits<'_>) -> Download {
    let mut download = Download::new();
    if without_login(url) != url {
        download.reason = Some("a login in the URL of a player is not understood".into());
        return download;
    }
    let Some(mut target) = Target::parse(url) else {
        download.outcome = Outcome::BadRequest;
        return download;
    };
    for _ in 0..=REDIRECTS {
        download = Download::new();
        let result = http::get(&target, trust, date, limits, &mut download);
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

    fn finish(&mut self, result: Result<(), Failure>) {
        self.outcome = match &result {
            Ok(()) => Outcome::of_status(u16::try_from(self.status).unwrap_or(0)),
            Err(failure) => Outcome::of_failure(failure),
        };
        match result {
            Err(Failure::Secure(reason)) => self.reason = Some(reason),
            Err(Failure::NoMemory) => self.reason = Some(super::NO_MEMORY.into()),
            Err(Failure::TooLong) => self.hasher = None,
            Err(Failure::Stopped) => self.reason = Some("cancelled".into()),
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

#[cfg(test)]
mod tests;
