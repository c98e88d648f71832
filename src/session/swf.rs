//! `RTMP_HashSWF`: size and hash of a player, from the cache or from its server (spec 03 §2.5).

mod cache;
mod download;
pub mod http;

use core::cell::Cell;
use core::ffi::c_int;
use std::time::{Duration, Instant};

use crate::abi::{RTMP, RTMP_LF_SWFV, RTMP_LNK};
use crate::net::connect::Plan;
use crate::net::deadline::{Deadline, Waiting};
use crate::net::http::{HttpUrl, Limits, SILENCE};
use crate::net::trust::Trust;
use crate::proto::swf::{Digest, Hash};
use crate::proto::swfinfo::{self, News};
use crate::proto::userinfo::without_login;
use crate::sys::log::{Text, log};
use crate::sys::{self, errno};

use download::follow;
use http::Outcome;

use crate::session::link::{cancel, program, settings};
use crate::session::state::State;
use crate::session::state::failure::Failure;
use crate::session::state::reason::Phase;

/// Bytes of a player at most, as it is sent.
const LONGEST_DOWNLOAD: usize = 64 << 20;
/// The time for a player in all: connecting, redirections and however slowly it comes.
const LONGEST_TIME: Duration = Duration::from_secs(300);
/// A system call that takes longer has waited.
const MOMENT: Duration = Duration::from_millis(25);

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

/// Hashes the player of `Link.swfUrl` for the verification, if the program wants that. Fails when the program has ended it
/// (`RTMP_Cancel`, `RTMP_Close`): nothing more is wanted then.
pub fn prepare(r: &RTMP) -> Result<(), Failure> {
    let link = &r.Link;
    if !link.has(RTMP_LF_SWFV) || link.swfUrl.is_empty() {
        return Ok(());
    }
    let is_made_here = r.private_if_any::<State>().is_none();
    // Closing waits for this lock.
    let state = State::enter(r);
    let _phase = state.begin(Phase::Player, Deadline::default());
    // A signal handler on this thread does not wait: what it has closed is over.
    let is_ended = || r.is_stopped() || state.is_over();
    let last = Cell::new(Instant::now());
    // It is looked at before each system call, and only those that wait take long.
    let is_unwanted = || {
        if last.get().elapsed() >= MOMENT {
            cancel::ask(r);
            last.set(Instant::now());
        }
        is_ended() || sys::interrupted()
    };
    let may_use = |fd| program::may_use_socket(r, fd);
    let report = hash_trusting(
        link.swfUrl.bytes(),
        link.swfAge.get(),
        &settings::trust(r),
        &limits(&is_unwanted, link.timeout.get()),
        &settings::plan(r, &may_use),
    );
    let result = if is_ended() {
        Err(state.on(r).cancelled())
    } else {
        keep(link, &report);
        Ok(())
    };
    if is_made_here {
        // Handles are copied before they are connected: nothing may hang from them.
        state.release(r);
    }
    result
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
pub fn prepare_if_missing(r: &RTMP) -> Result<(), Failure> {
    if r.Link.SWFSize.get() != 0 {
        return Ok(());
    }
    prepare(r)
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
    hash_trusting(url, age, &Trust::new(None, None), &limits, &Plan::default())
}

fn hash_trusting(
    url: &[u8],
    age: i32,
    trust: &Trust,
    limits: &Limits<'_>,
    plan: &Plan<'_>,
) -> Report {
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
    let Some(answer) = ask(url, &known.date, trust, limits, plan) else {
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
    match HttpUrl::parse(url) {
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
fn ask(
    url: &[u8],
    date: &[u8],
    trust: &Trust,
    limits: &Limits<'_>,
    plan: &Plan<'_>,
) -> Option<Answer> {
    let download = follow(url, date, trust, limits, plan);
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

#[cfg(test)]
mod tests;
