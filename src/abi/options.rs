//! Options that the header has no field for.
//!
//! Programs copy handles before they connect them, and do not always close them: a handle cannot own anything for these
//! options. So it has the number of a *set* of options, in bits of `Link.pFlags`, which the header calls unused. The sets of
//! a process stand in one table. Sets are added to it, never changed and never removed: a copied handle has the same
//! options, and what was read stays valid. A set that is there already is found again, so that programs that set the same
//! options a million times fill one place.
//!
//! Nothing is locked: a place of the table is filled by one atomic step, so that a child of `fork` finds it usable, and
//! reading costs two loads. Never forgotten, no password may stand here.

use core::ffi::c_int;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::aval::AVal;
use super::cell::Cell;
use super::link::RTMP_LNK;
use super::rtmp::RTMP;

/// The options, in any order: what is found here by its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OptionName {
    /// Whether certificates are looked at.
    TlsVerify,
    /// A file with the certificates of CAs.
    TlsCaFile,
    /// Where connections are made from.
    Bind,
    /// The size of chunks that servers are told.
    OutChunk,
    /// Milliseconds for looking up names, connecting and the talk with a proxy, together.
    ConnectTimeout,
    /// Milliseconds for a send that makes no progress.
    SendTimeout,
    /// Milliseconds for a receive.
    ReceiveTimeout,
    /// Bytes that the system keeps besides those on their way.
    SendAhead,
    /// Whether commands are sent before those in front of them are answered.
    FastStart,
    /// Whether audio messages without a byte are handed out.
    Silence,
    /// Whether Enhanced RTMP is forwarded, which servers are told.
    EnhancedRtmp,
    /// Codecs that can be received.
    FourCcList,
    /// What can be done with codecs of video.
    VideoFourCcInfo,
    /// What can be done with codecs of audio.
    AudioFourCcInfo,
    /// Abilities of Enhanced RTMP.
    CapsEx,
    /// Abilities with video.
    VideoFunction,
    /// What is done when a server asks to reconnect.
    Reconnect,
    /// Bytes that wait for a socket, where no call does.
    QueueLimit,
    /// The family of addresses that are connected to.
    Family,
    /// Bytes of a socket's buffer for sends.
    SendBuffer,
    /// Whether Nagle's algorithm stays on.
    Nagle,
    /// Whether a connection ends without a goodbye.
    Quiet,
    /// Whether a connection whose send has failed is reset.
    Reset,
    /// Where to connect to in place of the URL's host.
    ConnectTo,
    /// The length of [`RTMP::connect_properties`].
    ConnectProperties,
}

/// What an option was set to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Setting {
    /// A number, or a truth.
    Number(c_int),
    /// A text; the caller's need not live on.
    Text(Box<[u8]>),
}

/// Where an option stands. Behind a URL, it is forgotten when another URL takes that one's place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Origin {
    /// The program set it.
    Program,
    /// It is a part of the URL.
    Url,
}

/// The options of a handle.
type Set = BTreeMap<OptionName, (Setting, Origin)>;

/// Places for sets: so many different ones a process may have, or a few less.
const PLACES: usize = 1 << 16;
/// Places that are looked at for one set. They are taken when nearly all are.
const TRIES: usize = 1024;

/// A set stands where its hash says, or in the next place that was free. Pages without a set take no memory.
static TABLE: [AtomicPtr<Set>; PLACES] = [const { AtomicPtr::new(ptr::null_mut()) }; PLACES];

/// The lowest bits of `pFlags`: 0 for no options, else one more than the place of the set.
const NUMBER: c_int = (1 << 17) - 1;
/// A login stands behind the play path of the URL.
const LOGIN: c_int = 1 << 24;
/// `sockshost` is the text of an option that was not looked at yet.
const PROXY_IS_RAW: c_int = 1 << 25;

fn set_at(place: usize) -> Option<&'static Set> {
    let set = TABLE.get(place)?.load(Ordering::Acquire);
    // SAFETY: NULL, or a set that was complete when it was put there, and that is never changed nor freed.
    unsafe { set.as_ref() }
}

/// Where `set` stands, which is put there unless an equal one does. `None` when there is no place left.
fn place_of(set: Set) -> Option<usize> {
    let mut hasher = DefaultHasher::new();
    set.hash(&mut hasher);
    let [a, b, ..] = hasher.finish().to_le_bytes();
    let first = usize::from(u16::from_le_bytes([a, b]));
    let mut fresh = Some(Box::new(set));
    for step in 0..TRIES {
        let place = (first + step) % PLACES;
        if set_at(place).is_none() {
            fresh = offer(place, fresh?);
        }
        match &fresh {
            Some(fresh) if set_at(place) != Some(fresh) => {}
            _ => return Some(place),
        }
    }
    None
}

/// Puts `set` into a place, and gives it back when another thread was faster.
fn offer(place: usize, set: Box<Set>) -> Option<Box<Set>> {
    let set = Box::into_raw(set);
    let (done, failed) = (Ordering::AcqRel, Ordering::Acquire);
    match TABLE[place].compare_exchange(ptr::null_mut(), set, done, failed) {
        Ok(_) => None,
        // SAFETY: from `into_raw` above, and not stored.
        Err(_) => Some(unsafe { Box::from_raw(set) }),
    }
}

impl RTMP {
    /// Sets an option, or forgets it. False, and nothing has changed, when this process has had too many different sets.
    pub fn set_option(&self, name: OptionName, setting: Option<Setting>, origin: Origin) -> bool {
        let mut set = self.options().cloned().unwrap_or_default();
        match setting {
            Some(setting) => drop(set.insert(name, (setting, origin))),
            None => drop(set.remove(&name)),
        }
        self.use_options(set)
    }

    /// The number that an option was set to.
    pub fn number_option(&self, name: OptionName) -> Option<c_int> {
        match self.options()?.get(&name)? {
            (Setting::Number(number), _) => Some(*number),
            (Setting::Text(_), _) => None,
        }
    }

    /// Whether an option that is off unless it is said to be on, is on.
    pub fn is_on(&self, name: OptionName) -> bool {
        self.number_option(name).is_some_and(|number| number != 0)
    }

    /// The text that an option was set to.
    pub fn text_option(&self, name: OptionName) -> Option<&'static [u8]> {
        match self.options()?.get(&name)? {
            (Setting::Text(text), _) => Some(text),
            (Setting::Number(_), _) => None,
        }
    }

    /// Sets the text of more properties of `connect`, or forgets it. It stays the caller's, as the texts of `Link`: it may be one
    /// connection's alone, or secret, and the table forgets nothing. That has its length, the handle its address, in a field
    /// that means nothing in a packet that is only written. False as for [`Self::set_option`].
    pub fn set_connect_properties(&self, text: &AVal, origin: Origin) -> bool {
        let length = (!text.is_empty()).then(|| Setting::Number(text.raw_len()));
        let is_set = self.set_option(OptionName::ConnectProperties, length, origin);
        if is_set {
            self.m_write.m_chunk.set(text.start().cast());
        }
        is_set
    }

    /// That text, empty when there is none.
    pub fn connect_properties(&self) -> AVal {
        let length = self.number_option(OptionName::ConnectProperties);
        AVal {
            av_val: Cell::new(self.m_write.m_chunk.get().cast()),
            av_len: Cell::new(length.unwrap_or(0)),
        }
    }

    /// Says that certificates are to be looked at, or not. Outlives the URL that it stands behind, as flags do.
    pub fn demand_certificate(&self, is_demanded: bool) -> bool {
        let demanded = Setting::Number(is_demanded.into());
        self.set_option(OptionName::TlsVerify, Some(demanded), Origin::Program)
    }

    /// Whether certificates are to be looked at; `None` when nothing was said.
    pub fn certificate_demand(&self) -> Option<bool> {
        let demand = self.number_option(OptionName::TlsVerify);
        demand.map(|demand| demand != 0)
    }

    /// Forgets the options that came with an earlier URL.
    pub fn forget_options_of_url(&self) {
        let Some(set) = self.options() else { return };
        let kept = set.iter().filter(|(_, (_, origin))| *origin != Origin::Url);
        let kept: Set = kept.map(|(name, kept)| (*name, kept.clone())).collect();
        if kept.len() < set.len() && !self.use_options(kept) {
            // Rather none than those of a server that is not meant.
            self.Link.set_bits(NUMBER, 0);
        }
    }

    fn options(&self) -> Option<&'static Set> {
        let number = usize::try_from(self.Link.pFlags.get() & NUMBER).ok()?;
        set_at(number.checked_sub(1)?)
    }

    fn use_options(&self, set: Set) -> bool {
        let number = if set.is_empty() {
            Some(0)
        } else {
            place_of(set).map(|place| place + 1)
        };
        let number = number.and_then(|number| c_int::try_from(number).ok());
        if let Some(number) = number {
            self.Link.set_bits(NUMBER, number);
        }
        number.is_some()
    }
}

impl RTMP_LNK {
    /// Whether a login stands behind the play path of the URL.
    pub(in crate::abi) fn has_login(&self) -> bool {
        self.pFlags.get() & LOGIN != 0
    }

    /// Says whether one does.
    pub(in crate::abi) fn set_has_login(&self, is_there: bool) {
        self.set_bits(LOGIN, if is_there { LOGIN } else { 0 });
    }

    /// Says that `sockshost` is the text of an option, or what was made of it.
    pub fn mark_proxy(&self, is_raw: bool) {
        self.set_bits(PROXY_IS_RAW, if is_raw { PROXY_IS_RAW } else { 0 });
    }

    /// True while `sockshost` is the text of an option.
    pub fn has_raw_proxy(&self) -> bool {
        self.pFlags.get() & PROXY_IS_RAW != 0
    }

    fn set_bits(&self, mask: c_int, bits: c_int) {
        self.pFlags.set(self.pFlags.get() & !mask | bits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::MaybeUninit;
    use std::thread;

    fn with_handle<T>(test: impl FnOnce(&RTMP) -> T) -> T {
        let mut memory = MaybeUninit::<RTMP>::uninit();
        // SAFETY: writable memory of its size, which outlives the reference.
        test(unsafe { RTMP::initialise(memory.as_mut_ptr()) })
    }

    fn text(bytes: &[u8]) -> Option<Setting> {
        Some(Setting::Text(bytes.into()))
    }

    fn number(number: c_int) -> Option<Setting> {
        Some(Setting::Number(number))
    }

    #[test]
    fn nothing_is_set_at_first() {
        with_handle(|rtmp| {
            assert_eq!(rtmp.number_option(OptionName::OutChunk), None);
            assert_eq!(rtmp.text_option(OptionName::Bind), None);
            rtmp.forget_options_of_url();
            assert_eq!(rtmp.Link.pFlags.get(), 0);
        });
    }

    #[test]
    fn options_do_not_touch_each_other() {
        with_handle(|rtmp| {
            let address = b"192.0.2.1".to_vec();
            assert!(rtmp.set_option(OptionName::Bind, text(&address), Origin::Program));
            // The caller's text has gone.
            drop(address);
            assert!(rtmp.set_option(OptionName::OutChunk, number(128), Origin::Program));
            assert!(rtmp.Link.set_login(b"joe", None));
            assert!(rtmp.demand_certificate(false));
            assert_eq!(rtmp.text_option(OptionName::Bind), Some(&b"192.0.2.1"[..]));
            assert_eq!(rtmp.number_option(OptionName::Bind), None);
            rtmp.Link.free_strings();
            assert!(rtmp.Link.pubUser.is_empty());
            assert!(rtmp.set_option(OptionName::Bind, None, Origin::Program));
            assert_eq!(rtmp.text_option(OptionName::Bind), None);
            assert_eq!(rtmp.number_option(OptionName::OutChunk), Some(128));
            assert_eq!(rtmp.certificate_demand(), Some(false));
        });
    }

    #[test]
    fn a_login_is_no_option() {
        with_handle(|rtmp| {
            assert!(rtmp.Link.set_login(b"joe", Some(b"secret")));
            assert_eq!(rtmp.Link.pFlags.get() & NUMBER, 0);
            rtmp.Link.free_strings();
        });
    }

    #[test]
    fn parts_of_a_url_are_forgotten_with_it() {
        with_handle(|rtmp| {
            let get = || {
                [OptionName::Bind, OptionName::TlsCaFile]
                    .map(|name| rtmp.text_option(name).is_some())
            };
            assert!(rtmp.set_option(OptionName::TlsCaFile, text(b"/ca"), Origin::Program));
            assert!(rtmp.set_option(OptionName::Bind, text(b"::1"), Origin::Url));
            rtmp.forget_options_of_url();
            assert_eq!(get(), [false, true]);
            // Set anew by the program, it is the program's.
            assert!(rtmp.set_option(OptionName::Bind, text(b"::1"), Origin::Url));
            assert!(rtmp.set_option(OptionName::Bind, text(b"::1"), Origin::Program));
            rtmp.forget_options_of_url();
            assert_eq!(get(), [true, true]);
        });
    }

    #[test]
    fn the_same_options_have_the_same_place_in_whatever_order_and_thread() {
        let place = |order: [c_int; 2]| {
            with_handle(|rtmp| {
                for size in order {
                    let name = [OptionName::SendTimeout, OptionName::ConnectTimeout];
                    let name = name[usize::from(size == 4711)];
                    assert!(rtmp.set_option(name, number(size), Origin::Program));
                }
                rtmp.Link.pFlags.get()
            })
        };
        let places: Vec<c_int> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|at| {
                    scope.spawn(move || {
                        (0..100)
                            .map(|_| place([[4711, 42], [42, 4711]][at % 2]))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(places.iter().all(|&place| place == places[0] && place != 0));
    }

    #[test]
    fn a_copy_of_the_handle_has_the_options_and_changes_its_own() {
        with_handle(|rtmp| {
            assert!(rtmp.set_option(OptionName::OutChunk, number(4096), Origin::Program));
            with_handle(|copy| {
                copy.Link.pFlags.set(rtmp.Link.pFlags.get());
                assert_eq!(copy.number_option(OptionName::OutChunk), Some(4096));
                assert!(copy.set_option(OptionName::OutChunk, number(128), Origin::Program));
            });
            assert_eq!(rtmp.number_option(OptionName::OutChunk), Some(4096));
        });
    }

    #[test]
    fn bits_that_nobody_gave_out_are_no_options() {
        with_handle(|rtmp| {
            for bits in [PLACES + 1, PLACES + 2, (1 << 17) - 1] {
                rtmp.Link.pFlags.set(c_int::try_from(bits).unwrap());
                assert_eq!(rtmp.number_option(OptionName::OutChunk), None);
            }
        });
    }
}
