//! Publisher authentication over connections (spec 03 §4, 05 §6.4): a rejected `connect` is repeated on a new
//! connection, with more in its application and `tcUrl`.

use crate::abi::{Block, RTMP, RTMP_LF_FAPU, RTMP_LF_FTCU};
use crate::proto::auth::{Challenge, Demand, Mode, contains, introduction};
use crate::proto::bytes::joined;
use crate::sys::log::{NO_MEMORY, Text, log};

use crate::session::state::Context;

/// Connections that one `RTMP_ConnectStream` may add. A login takes two; a server may not ask for ever.
const ATTEMPTS: u8 = 3;

/// Whether the words with which a server rejected `connect` ask who publishes.
pub(in crate::session) fn is_demanded(description: &[u8]) -> bool {
    Mode::of(description).is_some()
}

/// Reacts to the words with which a server rejected `connect`. True when it is worth to be tried again, on another connection:
/// the parameters are ready for that. False when the rejection stands, which is logged if credentials were the matter.
pub(in crate::session) fn prepare(cx: Context<'_>, description: &[u8]) -> bool {
    let Some(mode) = Mode::of(description) else {
        return false;
    };
    let Some(addition) = addition(cx.r, mode, description) else {
        return false;
    };
    if cx.state.receiving().logins.count >= ATTEMPTS {
        log!(
            Error,
            "PublisherAuth, the server rejected {ATTEMPTS} more connections"
        );
        return false;
    }
    let is_ready = extend(cx.r, &addition);
    if !is_ready {
        log!(Error, "{NO_MEMORY}");
    }
    is_ready
}

/// What is to be appended to the application, if anything helps.
fn addition(r: &RTMP, mode: Mode, description: &[u8]) -> Option<Vec<u8>> {
    match Demand::read(mode, description) {
        Demand::User => introduce(r, mode),
        Demand::Response(challenge) => respond(r, mode, challenge, description),
        Demand::Failed => {
            match mode {
                Mode::Adobe => log!(
                    Error,
                    "PublisherAuth, Authentication failed: wrong password"
                ),
                Mode::Llnw => log!(Error, "PublisherAuth, Authentication failed"),
            }
            None
        }
        Demand::NoSuchUser => {
            log!(Error, "PublisherAuth, Authentication failed: no such user");
            None
        }
        Demand::Unknown => unknown(description),
    }
}

fn introduce(r: &RTMP, mode: Mode) -> Option<Vec<u8>> {
    let link = &r.Link;
    if contains(link.app.bytes(), mode.tag()) {
        log!(
            Error,
            "PublisherAuth, wrong pubUser & pubPasswd for publisher auth"
        );
        return None;
    }
    if link.pubUser.is_empty() || link.pubPasswd.is_empty() {
        log!(
            Error,
            "PublisherAuth, need to set pubUser & pubPasswd for publisher auth"
        );
        return None;
    }
    let addition = introduction(mode, link.pubUser.bytes());
    log!(Debug, "PublisherAuth, pubToken1: {}", Text(&addition));
    Some(addition)
}

/// The password, and the hashes that are as good as it, are not for the log.
fn respond(r: &RTMP, mode: Mode, challenge: Challenge<'_>, description: &[u8]) -> Option<Vec<u8>> {
    for (name, value) in challenge.pairs() {
        log!(
            Debug,
            "PublisherAuth, par:\"{}\" = val:\"{}\"",
            Text(name),
            Text(value)
        );
    }
    let mut random = [0; 4];
    if getrandom::fill(&mut random).is_err() {
        log!(Error, "PublisherAuth, the system has no random bytes");
        return None;
    }
    let link = &r.Link;
    let response = challenge.response(mode, link.app.bytes(), link.pubPasswd.bytes(), random);
    let Some(addition) = response else {
        return unknown(description);
    };
    log!(Debug, "PublisherAuth, pubToken2: {}", Text(&addition));
    Some(addition)
}

fn unknown(description: &[u8]) -> Option<Vec<u8>> {
    log!(
        Error,
        "PublisherAuth, Authentication failed: unknown auth mode: {}",
        Text(description)
    );
    None
}

/// Appends to application and `tcUrl`: both become blocks of the C allocator. False without memory.
fn extend(r: &RTMP, addition: &[u8]) -> bool {
    let link = &r.Link;
    let [app, tc_url] =
        [&link.app, &link.tcUrl].map(|text| Block::copy(&joined(&[text.bytes(), addition])?));
    let (Some(app), Some(tc_url)) = (app, tc_url) else {
        return false;
    };
    link.free_app();
    link.app.set_owned(app);
    link.free_tc_url();
    link.tcUrl.set_owned(tc_url);
    link.raise(RTMP_LF_FAPU | RTMP_LF_FTCU);
    log!(
        Debug,
        "PublisherAuth, new app: {} tcUrl: {} playpath: {}",
        Text(link.app.bytes()),
        Text(link.tcUrl.bytes()),
        Text(link.playpath.bytes())
    );
    true
}
