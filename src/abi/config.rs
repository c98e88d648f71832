//! `RTMP_CONFIG`: what a program says about a handle in one block, also what no option can hold, such as functions.
//!
//! Programs copy handles before they connect them, and do not always close them: a handle cannot own a copy of this. Nor can
//! the table of options ([`super::options`]), which keeps what it was given for ever: with an address of the program's in it,
//! each handle would fill a place of its own. So the block is the program's, as the texts of `Link` are, and the handle has its
//! address, in a field that means nothing in a packet that is only written.

use core::ffi::{CStr, c_char, c_int, c_void};

use super::amf::AMFObject;
use super::aval::AVal;
use super::event::RTMP_EVENT;
use super::extensible::{Extensible, take};
use super::program;
use super::rtmp::RTMP;
use super::text::CText;

/// Nagle's algorithm stays on.
pub const RTMP_CONFIG_NAGLE: u32 = 1;
/// RTMP_Close says nothing: the server may keep the stream for a while, in which the program can come back.
pub const RTMP_CONFIG_QUIET: u32 = 2;
/// A connection whose send has failed is reset, not ended.
pub const RTMP_CONFIG_RESET: u32 = 4;

/// An option as RTMP_SetOpt sets it. Both are C strings.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RTMP_OPTION {
    /// Its name, in any case.
    pub name: *const c_char,
    /// Its value, as it is: nothing stands for a blank.
    pub value: *const c_char,
}

/// What a program says of its connections, see RTMP_Configure. All zeros but size change nothing.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RTMP_CONFIG {
    /// sizeof(RTMP_CONFIG) in the program. Later versions of the struct are longer; what a program does not have counts as 0.
    pub size: u32,
    /// RTMP_CONFIG_*.
    pub flags: u32,
    /// In place of the option, ms; 0: what the option says, below 0: no limit (as 0 is in the option).
    pub connectTimeout: c_int,
    /// The same for receives.
    pub receiveTimeout: c_int,
    /// The same for sends.
    pub sendTimeout: c_int,
    /// Only addresses of IPv4 (4) or of IPv6 (6) are connected to; 0: what the option says, else of both.
    pub family: c_int,
    /// SO_SNDBUF of each socket, set before it connects; 0: what the option says, else the system's.
    pub sendBuffer: c_int,
    /// The host, or host:port, to connect to in place of the URL's; NULL: what the option says. What the server is told and what its
    /// certificate has to say stays the URL's. Not for a server that is moved to with reconnect=auto.
    pub connectTo: *const c_char,
    /// More properties of the object of the command connect, behind app and type and those of the option, or NULL. Of 16384 bytes at
    /// most with the latter when they are encoded, which is done anew with each connect; all must have names.
    pub connectProperties: *const AMFObject,
    /// Handed to the functions.
    pub user: *mut c_void,
    /// Called with each socket that is made for the handle, before it connects, or NULL. 0: the socket is not to be used.
    pub onSocket: Option<unsafe extern "C" fn(user: *mut c_void, fd: c_int) -> c_int>,
    /// Called at least every 100 ms while a call waits, or NULL. Not 0: as RTMP_Cancel.
    pub onWait: Option<unsafe extern "C" fn(user: *mut c_void) -> c_int>,
    /// Called when something has happened, or NULL.
    pub onEvent: Option<unsafe extern "C" fn(user: *mut c_void, event: *const RTMP_EVENT)>,
    /// Options to set, up to one whose name is NULL; or NULL: none.
    pub options: *const RTMP_OPTION,
}

// SAFETY: numbers and pointers, of which the first is the size.
unsafe impl Extensible for RTMP_CONFIG {}

impl RTMP_CONFIG {
    /// Whether `flag` is set.
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Whether all of it has a meaning.
    pub fn is_sound(&self) -> bool {
        matches!(self.family, 0 | 4 | 6) && self.sendBuffer >= 0
    }

    /// Where to connect to.
    pub fn connect_to(&self) -> Option<&CStr> {
        // SAFETY: NULL or a C string, by the contract of RTMP_Configure.
        (!self.connectTo.is_null()).then(|| unsafe { CStr::from_ptr(self.connectTo) })
    }

    /// What is added to the object of `connect`.
    pub fn connect_properties(&self) -> Option<&AMFObject> {
        // SAFETY: NULL or a valid object, by the contract of RTMP_Configure.
        unsafe { self.connectProperties.as_ref() }
    }

    /// The options that the program wants to be set: name, and value if there is one.
    pub fn options(&self) -> impl Iterator<Item = (AVal, Option<AVal>)> {
        let mut place = self.options;
        core::iter::from_fn(move || {
            // SAFETY: NULL, or one of the options up to the one without a name, by the contract of RTMP_Configure.
            let option = unsafe { place.as_ref() }?;
            // SAFETY: NULL or a C string, by the same contract; nothing is written to it.
            let name = unsafe { CText::from_ptr(option.name.cast_mut()) }?;
            // SAFETY: as above.
            let value = unsafe { CText::from_ptr(option.value.cast_mut()) };
            place = place.wrapping_add(1);
            let whole = |text: CText| text.slice(0..text.len());
            Some((whole(name), value.map(whole)))
        })
    }

    /// Whether the program lets a socket be used.
    pub fn accepts_socket(&self, fd: c_int) -> bool {
        let Some(function) = self.onSocket else {
            return true;
        };
        // SAFETY: a function is called as one of more words, as src/ffi/callback.h says; no word is looked at in another way.
        let function = unsafe {
            core::mem::transmute::<
                unsafe extern "C" fn(*mut c_void, c_int) -> c_int,
                program::Function,
            >(function)
        };
        // SAFETY: a function of that type, by the contract of RTMP_Configure.
        is_true(unsafe { self.call(function, fd.cast_unsigned() as usize) })
    }

    /// Whether the program does not want to wait any more.
    pub fn is_tired(&self) -> bool {
        let Some(function) = self.onWait else {
            return false;
        };
        // SAFETY: a function is called as one of more words, as src/ffi/callback.h says; no word is looked at in another way.
        let function = unsafe {
            core::mem::transmute::<unsafe extern "C" fn(*mut c_void) -> c_int, program::Function>(
                function,
            )
        };
        // SAFETY: a function of that type, by the contract of RTMP_Configure.
        is_true(unsafe { self.call(function, 0) })
    }

    /// Tells the program.
    pub fn tell(&self, event: &RTMP_EVENT) {
        let Some(function) = self.onEvent else {
            return;
        };
        // SAFETY: a function is called as one of more words, as src/ffi/callback.h says; nothing that it leaves is looked at.
        let function = unsafe {
            core::mem::transmute::<
                unsafe extern "C" fn(*mut c_void, *const RTMP_EVENT),
                program::Function,
            >(function)
        };
        let event = core::ptr::from_ref(event).expose_provenance();
        // SAFETY: a function of that type, by the contract of RTMP_Configure.
        unsafe { self.call(function, event) };
    }

    /// Calls a function of the program's: with `user` first, then with `word` if it has more.
    ///
    /// # Safety
    /// `function` takes that, and `word` is what it expects.
    unsafe fn call(&self, function: program::Function, word: usize) -> usize {
        // SAFETY: the caller's contract; words that a function does not have are not looked at.
        unsafe { program::librtmp_rs_call(function, self.user, word, 0, self.user) }
    }
}

/// What a function says that returns an `int`: the rest of the register is nothing.
fn is_true(result: usize) -> bool {
    let [a, b, c, d, ..] = (result as u64).to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) != 0
}

impl RTMP {
    /// What the program has said.
    pub fn config(&self) -> Option<RTMP_CONFIG> {
        let place = self.m_write.m_body.seen();
        if place.is_null() {
            return None;
        }
        // SAFETY: only `configure` puts something there: a struct that lives as long as its contract says.
        unsafe { take(place.cast_const().cast()) }
    }

    /// Keeps in mind where the program has said something, once `accept` has seen it; NULL forgets that. False when it is nothing
    /// that can be said or is accepted.
    ///
    /// # Safety
    /// `config` is NULL, or a struct of as many bytes as its first field says, which the program neither changes nor frees
    /// as long as the handle has it, with what its pointers point to.
    pub unsafe fn configure(
        &self,
        config: *const RTMP_CONFIG,
        accept: impl FnOnce(&RTMP_CONFIG) -> bool,
    ) -> bool {
        // SAFETY: the caller's contract.
        let is_accepted = match unsafe { take(config) } {
            Some(taken) => taken.is_sound() && accept(&taken),
            None => config.is_null(),
        };
        if is_accepted {
            // Another thread that finds it finds what it says, too.
            self.m_write.m_body.swap(config.cast_mut().cast());
        }
        is_accepted
    }
}
