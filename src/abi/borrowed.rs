//! Options that the header has no field for. Nothing may be allocated before connect: handles are copied then, and are
//! not always closed. So their texts stay the caller's, as those of other options do. Their addresses, and a number that is
//! as long, lie in pointers that have no other use, and everything else about them in bits of `Link.pFlags`, which the
//! header calls unused.

use core::ffi::{c_char, c_int};
use core::{ptr, slice};

use super::{AVal, RTMP, RTMP_LNK};

/// Some bits of `Link.pFlags`. All of them are named here, and nowhere else.
#[derive(Clone, Copy)]
pub(in crate::abi) struct Bits {
    at: u32,
    count: u32,
}

/// Whether certificates are looked at: 0 when nothing was said, else one of the values below.
const CERTIFICATE: Bits = Bits::new(0, 2);
const WAIVED: usize = 1;
const DEMANDED: usize = 2;
/// A login stands behind the play path of the URL.
pub(in crate::abi) const LOGIN: Bits = Bits::new(2, 1);
const AUTHORITIES_ARE_OF_URL: Bits = Bits::new(3, 1);
const LOCAL_ADDRESS_IS_OF_URL: Bits = Bits::new(4, 1);
const AUTHORITIES_LENGTH: Bits = Bits::new(5, 12);
const LOCAL_ADDRESS_LENGTH: Bits = Bits::new(17, 6);
/// RTMPE is at work: the pointers that show it to programs may mean something else.
pub(in crate::abi) const ENCRYPTED: Bits = Bits::new(23, 1);
const HAS_OUT_CHUNK: Bits = Bits::new(24, 1);
const OUT_CHUNK_IS_OF_URL: Bits = Bits::new(25, 1);
/// `sockshost` is an option that nobody has looked at yet.
const PROXY_IS_RAW: Bits = Bits::new(30, 1);

impl Bits {
    const fn new(at: u32, count: u32) -> Self {
        Self { at, count }
    }

    const fn largest(self) -> c_int {
        (1 << self.count) - 1
    }

    pub(in crate::abi) fn get(self, link: &RTMP_LNK) -> usize {
        let value = (link.pFlags.get() >> self.at) & self.largest();
        usize::try_from(value).unwrap_or(0)
    }

    /// False for a value that has no room: nothing happens.
    pub(in crate::abi) fn set(self, link: &RTMP_LNK, value: usize) -> bool {
        let Some(value) = c_int::try_from(value)
            .ok()
            .filter(|&value| value <= self.largest())
        else {
            return false;
        };
        let others = link.pFlags.get() & !(self.largest() << self.at);
        link.pFlags.set(others | (value << self.at));
        true
    }
}

/// Where an option stands. Behind a URL, it is forgotten when another URL takes that one's place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The program set it.
    Program,
    /// It is a part of the URL.
    Url,
}

/// A text of the caller.
struct Text<'a> {
    link: &'a RTMP_LNK,
    length: Bits,
    is_of_url: Bits,
    /// The first byte. Means something else while the length is 0.
    start: &'a dyn Slot,
}

/// A pointer that can name a text.
trait Slot {
    fn get(&self) -> *mut c_char;
    fn set(&self, start: *mut c_char);
}

impl<T> Slot for super::Cell<*mut T> {
    fn get(&self) -> *mut c_char {
        Self::get(self).cast()
    }

    fn set(&self, start: *mut c_char) {
        Self::set(self, start.cast());
    }
}

impl Text<'_> {
    /// Remembers `text`, or nothing if it is empty. False for one that is too long.
    fn lend(&self, text: &AVal, origin: Origin) -> bool {
        let is_kept = self.length.set(self.link, text.len());
        if is_kept {
            self.start.set(text.start());
            self.is_of_url
                .set(self.link, (origin == Origin::Url).into());
        }
        is_kept
    }

    fn get(&self) -> Option<Vec<u8>> {
        let length = self.length.get(self.link);
        let start = self.start.get().cast::<u8>();
        if start.is_null() || length == 0 {
            return None;
        }
        // SAFETY: set together by `lend`; the caller keeps the texts of options as long as it uses them.
        Some(unsafe { slice::from_raw_parts(start, length) }.to_vec())
    }
}

impl RTMP {
    /// Says that certificates are to be looked at, or not.
    pub fn demand_certificate(&self, is_demanded: bool) {
        CERTIFICATE.set(&self.Link, if is_demanded { DEMANDED } else { WAIVED });
    }

    /// Whether certificates are to be looked at; `None` when nothing was said.
    pub fn certificate_demand(&self) -> Option<bool> {
        match CERTIFICATE.get(&self.Link) {
            0 => None,
            bits => Some(bits & WAIVED == 0),
        }
    }

    /// Remembers a file with the certificates of authorities; an empty name forgets it. False for a name that no file
    /// can have.
    pub fn set_authorities(&self, file: &AVal, origin: Origin) -> bool {
        self.authorities_text().lend(file, origin)
    }

    /// The name of the file with the certificates of authorities, if there is one.
    pub fn authorities(&self) -> Option<Vec<u8>> {
        self.authorities_text().get()
    }

    /// Remembers where connections are to be made from; an empty text forgets it. False for one that is too long to be
    /// an address.
    pub fn set_local_address(&self, address: &AVal, origin: Origin) -> bool {
        self.local_address_text().lend(address, origin)
    }

    /// Where connections are to be made from, if it was said.
    pub fn local_address(&self) -> Option<Vec<u8>> {
        self.local_address_text().get()
    }

    /// Remembers the size of chunks that the next servers are told; `None` forgets it.
    pub fn set_out_chunk(&self, size: Option<c_int>, origin: Origin) {
        let size = size.and_then(|size| usize::try_from(size).ok());
        HAS_OUT_CHUNK.set(&self.Link, size.is_some().into());
        OUT_CHUNK_IS_OF_URL.set(&self.Link, (origin == Origin::Url).into());
        match size {
            Some(size) => self.Link.rc4keyOut.set(ptr::without_provenance_mut(size)),
            None => self.Link.set_encrypted(self.Link.is_encrypted()),
        }
    }

    /// The size of chunks that servers are told, if it was said.
    pub fn out_chunk(&self) -> Option<c_int> {
        let size = self.Link.rc4keyOut.get().addr();
        (self.Link.has_out_chunk()).then(|| c_int::try_from(size).unwrap_or(c_int::MAX))
    }

    /// Forgets the options that came with an earlier URL, which may be gone.
    pub fn forget_parts_of_url(&self) {
        for kept in [self.authorities_text(), self.local_address_text()] {
            if kept.is_of_url.get(&self.Link) == 1 {
                kept.lend(&AVal::empty(), Origin::Program);
            }
        }
        if OUT_CHUNK_IS_OF_URL.get(&self.Link) == 1 {
            self.set_out_chunk(None, Origin::Program);
        }
    }

    /// The chunk pointer means something in packets to receive only, and `m_write` is one to send.
    fn authorities_text(&self) -> Text<'_> {
        Text {
            link: &self.Link,
            length: AUTHORITIES_LENGTH,
            is_of_url: AUTHORITIES_ARE_OF_URL,
            start: &self.m_write.m_chunk,
        }
    }

    /// Nothing looks at the pointer but who wants to know whether RTMPE is on.
    fn local_address_text(&self) -> Text<'_> {
        Text {
            link: &self.Link,
            length: LOCAL_ADDRESS_LENGTH,
            is_of_url: LOCAL_ADDRESS_IS_OF_URL,
            start: &self.Link.rc4keyIn,
        }
    }
}

impl RTMP_LNK {
    /// Says that `sockshost` is the text of an option, or what was made of it.
    pub fn mark_proxy(&self, is_raw: bool) {
        PROXY_IS_RAW.set(self, is_raw.into());
    }

    /// True while `sockshost` is the text of an option.
    pub fn has_raw_proxy(&self) -> bool {
        PROXY_IS_RAW.get(self) == 1
    }

    /// True while `rc4keyIn` names a local address.
    pub(in crate::abi) fn has_local_address(&self) -> bool {
        LOCAL_ADDRESS_LENGTH.get(self) != 0
    }

    /// True while `rc4keyOut` is the size of chunks.
    pub(in crate::abi) fn has_out_chunk(&self) -> bool {
        HAS_OUT_CHUNK.get(self) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::ConstAVal;
    use core::mem::MaybeUninit;

    static FILE: ConstAVal = ConstAVal::new(c"/etc/ca.pem");
    static ADDRESS: ConstAVal = ConstAVal::new(c"192.0.2.1");

    fn with_handle(test: impl FnOnce(&RTMP)) {
        let mut memory = MaybeUninit::<RTMP>::uninit();
        // SAFETY: writable memory of its size, which outlives the reference.
        test(unsafe { RTMP::initialise(memory.as_mut_ptr()) });
    }

    #[test]
    fn nothing_is_remembered_at_first() {
        with_handle(|rtmp| {
            assert_eq!(rtmp.certificate_demand(), None);
            assert_eq!((rtmp.authorities(), rtmp.local_address()), (None, None));
            assert_eq!(rtmp.out_chunk(), None);
        });
    }

    #[test]
    fn options_do_not_touch_each_other() {
        with_handle(|rtmp| {
            assert!(rtmp.set_authorities(&FILE.value(), Origin::Program));
            assert!(rtmp.set_local_address(&ADDRESS.value(), Origin::Program));
            rtmp.set_out_chunk(Some(128), Origin::Program);
            rtmp.demand_certificate(false);
            assert!(rtmp.Link.set_login(b"joe", None));
            assert_eq!(rtmp.certificate_demand(), Some(false));
            assert_eq!(rtmp.authorities().as_deref(), Some(&b"/etc/ca.pem"[..]));
            assert_eq!(rtmp.local_address().as_deref(), Some(&b"192.0.2.1"[..]));
            rtmp.demand_certificate(true);
            assert!(rtmp.set_authorities(&AVal::empty(), Origin::Program));
            rtmp.Link.free_strings();
            assert_eq!(
                (rtmp.certificate_demand(), rtmp.authorities()),
                (Some(true), None)
            );
            assert_eq!(rtmp.local_address().as_deref(), Some(&b"192.0.2.1"[..]));
            assert_eq!(rtmp.out_chunk(), Some(128));
            assert!(rtmp.Link.pubUser.is_empty());
        });
    }

    #[test]
    fn a_login_says_nothing_about_certificates() {
        with_handle(|rtmp| {
            assert!(rtmp.Link.set_login(b"joe", Some(b"secret")));
            assert_eq!(rtmp.certificate_demand(), None);
            rtmp.Link.free_strings();
        });
    }

    #[test]
    fn a_text_that_is_too_long_leaves_what_is_there() {
        with_handle(|rtmp| {
            assert!(rtmp.set_local_address(&ADDRESS.value(), Origin::Program));
            let long = AVal::literal(&[b'1'; 64]);
            assert!(!rtmp.set_local_address(&long, Origin::Program));
            assert_eq!(rtmp.local_address().as_deref(), Some(&b"192.0.2.1"[..]));
            assert!(!rtmp.set_authorities(&AVal::literal(&[b'x'; 4096]), Origin::Program));
            assert!(rtmp.set_authorities(&AVal::literal(&[b'x'; 4095]), Origin::Program));
        });
    }

    #[test]
    fn parts_of_a_url_are_forgotten_with_it() {
        with_handle(|rtmp| {
            let address = ADDRESS.value();
            assert!(rtmp.set_authorities(&FILE.value(), Origin::Program));
            assert!(rtmp.set_local_address(&address, Origin::Url));
            rtmp.set_out_chunk(Some(4096), Origin::Url);
            rtmp.forget_parts_of_url();
            assert!(rtmp.authorities().is_some());
            assert_eq!((rtmp.local_address(), rtmp.out_chunk()), (None, None));
            assert!(rtmp.Link.rc4keyOut.get().is_null());
            // Set anew by the program, they are the program's.
            assert!(rtmp.set_local_address(&address, Origin::Program));
            rtmp.set_out_chunk(Some(4096), Origin::Program);
            rtmp.forget_parts_of_url();
            assert!(rtmp.local_address().is_some());
            assert_eq!(rtmp.out_chunk(), Some(4096));
        });
    }

    #[test]
    fn what_lies_in_pointers_survives_encryption() {
        with_handle(|rtmp| {
            let _state = rtmp.private(|| 7_u8);
            let link = &rtmp.Link;
            let shown = || [&link.rc4keyIn, &link.rc4keyOut].map(|key| !key.get().is_null());
            link.set_encrypted(true);
            assert_eq!(shown(), [true; 2]);
            link.set_encrypted(false);
            assert_eq!(shown(), [false; 2]);
            assert!(rtmp.set_local_address(&ADDRESS.value(), Origin::Program));
            rtmp.set_out_chunk(Some(65_536), Origin::Url);
            for is_encrypted in [true, false] {
                link.set_encrypted(is_encrypted);
                assert_eq!((link.is_encrypted(), shown()), (is_encrypted, [true; 2]));
                assert!(rtmp.local_address().is_some());
                assert_eq!(rtmp.out_chunk(), Some(65_536));
            }
            link.set_encrypted(true);
            rtmp.forget_parts_of_url();
            assert_eq!((rtmp.out_chunk(), shown()), (None, [true; 2]));
            link.set_encrypted(false);
            drop(rtmp.drop_private::<u8>());
        });
    }
}
