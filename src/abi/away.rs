//! A connection to another server than the program has set: to one that its server has named (spec 09 §10).
//!
//! Programs see in `Link` where they are connected to. What they had put there is kept, and comes back when that connection
//! has ended: it may be theirs, and they may connect again.

use zeroize::Zeroizing;

use core::ffi::{c_char, c_int};

use super::aval::AVal;
use super::cell::Cell;
use super::link::{RTMP_LF_FAPU, RTMP_LF_FTCU, RTMP_LNK};
use super::rtmp::free_text;

/// A server, and what it is to be told.
pub struct Address<'a> {
    /// Feature bits.
    pub protocol: c_int,
    /// Its name.
    pub host: &'a [u8],
    /// Its port.
    pub port: u16,
    /// `tcUrl` of connect.
    pub tc_url: &'a [u8],
    /// `app` of connect.
    pub app: &'a [u8],
    /// Publisher's user name; may be empty.
    pub user: &'a [u8],
    /// Publisher's password; may be empty.
    pub password: &'a [u8],
}

/// What stands in `Link` about a server.
#[derive(Clone)]
struct Server {
    host: AVal,
    tc_url: AVal,
    app: AVal,
    user: AVal,
    password: AVal,
    protocol: c_int,
    port: u16,
    /// Which of the texts are from the C allocator.
    owned: c_int,
}

/// The flags that say so.
const OWNED: c_int = RTMP_LF_FTCU | RTMP_LF_FAPU;

impl Server {
    /// What stands there now.
    fn in_use(link: &RTMP_LNK) -> Self {
        Self {
            host: link.hostname.clone(),
            tc_url: link.tcUrl.clone(),
            app: link.app.clone(),
            user: link.pubUser.clone(),
            password: link.pubPasswd.clone(),
            protocol: link.protocol.get(),
            port: link.port.get(),
            owned: link.lFlags.get() & OWNED,
        }
    }
}

/// Says where a handle is while it is not where the program has sent it. Belongs to the handle whose `Link` shows it.
pub struct Away {
    /// What the program has set.
    home: Server,
    /// What is shown instead.
    shown: Server,
    /// The bytes of that, of fixed place.
    _text: Zeroizing<Vec<u8>>,
}

impl Away {
    /// Shows `address` in `link`, and stores in `place` what is needed to come back; if the handle was away already that stands
    /// there, and its time is over. False, and nothing has changed, when there is no memory.
    pub fn go(link: &RTMP_LNK, address: &Address<'_>, place: &mut Option<Self>) -> bool {
        let Some((text, shown)) = written(address) else {
            return false;
        };
        if let Some(before) = place.take() {
            before.come_back(link);
        }
        let home = Server::in_use(link);
        link.lower(OWNED);
        link.hostname.set(&shown.host);
        link.tcUrl.set(&shown.tc_url);
        link.app.set(&shown.app);
        link.pubUser.set(&shown.user);
        link.pubPasswd.set(&shown.password);
        link.protocol.set(shown.protocol);
        link.port.set(shown.port);
        *place = Some(Self {
            home,
            shown,
            _text: text,
        });
        true
    }

    /// Shows again what the program has set. What it, or a login, has changed meanwhile is not ours to change.
    pub fn come_back(self, link: &RTMP_LNK) {
        let (home, shown) = (&self.home, &self.shown);
        let is_shown = |field: &AVal, shown: &AVal| field.start() == shown.start();
        if is_shown(&link.hostname, &shown.host) {
            link.hostname.set(&home.host);
            link.protocol.set(home.protocol);
            link.port.set(home.port);
        }
        for (field, shown, home) in [
            (&link.pubUser, &shown.user, &home.user),
            (&link.pubPasswd, &shown.password, &home.password),
        ] {
            if is_shown(field, shown) {
                field.set(home);
            }
        }
        for (field, shown, home, flag) in [
            (&link.tcUrl, &shown.tc_url, &home.tc_url, RTMP_LF_FTCU),
            (&link.app, &shown.app, &home.app, RTMP_LF_FAPU),
        ] {
            let is_of_login = link.has(flag);
            if is_of_login {
                link.lower(flag);
                free_text(field);
            }
            if is_of_login || is_shown(field, shown) {
                field.set(home);
                link.raise(self.home.owned & flag);
            } else if self.home.owned & flag != 0 {
                // The program's own stands there now.
                free_text(home);
            }
        }
    }
}

/// The texts of an address one behind the other, each with its NUL, and where they are. `None` without memory.
fn written(address: &Address<'_>) -> Option<(Zeroizing<Vec<u8>>, Server)> {
    let parts = [
        address.host,
        address.tc_url,
        address.app,
        address.user,
        address.password,
    ];
    let mut text = Zeroizing::new(Vec::new());
    let length = parts.iter().map(|part| part.len() + 1).sum();
    text.try_reserve_exact(length).ok()?;
    for part in parts {
        text.extend_from_slice(part);
        text.push(0);
    }
    let mut at = text.as_ptr().cast_mut().cast::<c_char>();
    let [host, tc_url, app, user, password] = parts.map(|part| {
        let place = AVal {
            av_val: Cell::new(at),
            av_len: Cell::new(c_int::try_from(part.len()).unwrap_or(0)),
        };
        at = at.wrapping_add(part.len() + 1);
        place
    });
    let shown = Server {
        host,
        tc_url,
        app,
        user,
        password,
        protocol: address.protocol,
        port: address.port,
        owned: 0,
    };
    Some((text, shown))
}
