//! Whom a TLS client trusts. The header has no field for it, and nothing may be allocated before connect: handles are
//! copied then, and are not always closed. So bits of `Link.pFlags`, which the header calls unused, and the chunk
//! pointer of `m_write`, which means something for packets to receive only, remember borrowed text.

use core::ffi::c_int;
use core::slice;

use super::{AVal, RTMP};

/// Certificates are not looked at.
const WAIVED: c_int = 1;
/// Certificates are looked at, whatever the environment says.
const DEMANDED: c_int = 2;
const BITS: c_int = WAIVED | DEMANDED;
/// From here on bits count the bytes of the file's name; those below have other meanings.
const LENGTH_AT: u32 = 8;
const LOW: c_int = (1 << LENGTH_AT) - 1;
const LONGEST: usize = 4096;

impl RTMP {
    /// Says that certificates are to be looked at, or not.
    pub fn demand_certificate(&self, is_demanded: bool) {
        let bit = if is_demanded { DEMANDED } else { WAIVED };
        let others = self.Link.pFlags.get() & !BITS;
        self.Link.pFlags.set(others | bit);
    }

    /// Whether certificates are to be looked at; `None` when nothing was said.
    pub fn certificate_demand(&self) -> Option<bool> {
        match self.Link.pFlags.get() & BITS {
            0 => None,
            bits => Some(bits & WAIVED == 0),
        }
    }

    /// Remembers a file with the certificates of authorities. The text stays the caller's. An empty or overlong name
    /// forgets it.
    pub fn set_authorities(&self, file: &AVal) {
        let length = Some(file.len()).filter(|&length| length <= LONGEST);
        let length = length.and_then(|length| c_int::try_from(length).ok());
        let flags = self.Link.pFlags.get() & LOW;
        let counted = length.unwrap_or(0) << LENGTH_AT;
        self.Link.pFlags.set(flags | counted);
        self.m_write.m_chunk.set(file.start().cast());
    }

    /// The name of the file with the certificates of authorities, if there is one.
    pub fn authorities(&self) -> Option<Vec<u8>> {
        let length = usize::try_from(self.Link.pFlags.get() >> LENGTH_AT).ok()?;
        let start = self.m_write.m_chunk.get().cast::<u8>();
        if start.is_null() || length == 0 || length > LONGEST {
            return None;
        }
        // SAFETY: set together by `set_authorities`; the caller keeps option texts until the session is over.
        Some(unsafe { slice::from_raw_parts(start, length) }.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::ConstAVal;
    use core::mem::MaybeUninit;

    static NAME: ConstAVal = ConstAVal::new(c"/etc/ca.pem");

    #[test]
    fn both_settings_are_kept_apart() {
        let mut memory = MaybeUninit::<RTMP>::uninit();
        // SAFETY: writable memory of its size, which outlives the reference.
        let rtmp = unsafe { RTMP::initialise(memory.as_mut_ptr()) };
        assert_eq!(
            (rtmp.certificate_demand(), rtmp.authorities()),
            (None, None)
        );
        // A login has its flag in the same field: it says nothing about certificates.
        assert!(rtmp.Link.set_login(b"user", Some(b"password")));
        assert_eq!(rtmp.certificate_demand(), None);
        rtmp.set_authorities(&NAME.value());
        rtmp.demand_certificate(false);
        assert_eq!(rtmp.certificate_demand(), Some(false));
        rtmp.Link.free_strings();
        assert_eq!(rtmp.Link.pubUser.bytes(), b"");
        assert_eq!(rtmp.certificate_demand(), Some(false));
        assert_eq!(rtmp.authorities().as_deref(), Some(&b"/etc/ca.pem"[..]));
        rtmp.demand_certificate(true);
        rtmp.set_authorities(&AVal::empty());
        assert_eq!(
            (rtmp.certificate_demand(), rtmp.authorities()),
            (Some(true), None)
        );
    }
}
