//! `RTMP` and `RTMP_METHOD` (spec 01 §3).

use zeroize::Zeroizing;

use core::ffi::{c_char, c_int};
use core::ptr::{self, NonNull};

use super::aval::AVal;
use super::cell::Cell;
use super::heap::Block;
use super::link::RTMP_LNK;
use super::packet::RTMPPacket;
use super::read::RTMP_READ;
use super::sockbuf::RTMPSockBuf;
use super::{amf, heap};

/// A sent call that waits for its reply.
#[repr(C)]
#[derive(Clone)]
pub struct RTMP_METHOD {
    /// Method name: a NUL-terminated copy from the C allocator.
    pub name: AVal,
    /// Transaction id.
    pub num: Cell<c_int>,
}

/// The right to the calls of a handle: who has it shared looks at them, who has it alone changes them. There is one for each
/// handle, in the lock that guards them.
#[derive(Default)]
pub struct Calls(());

/// One connection. Callers own the memory, embed it, read and poke it at any moment.
#[repr(C)]
pub struct RTMP {
    /// Chunk size of the peer, bytes.
    pub m_inChunkSize: Cell<c_int>,
    /// Chunk size used for sending, bytes.
    pub m_outChunkSize: Cell<c_int>,
    /// Bandwidth-check replies sent.
    pub m_nBWCheckCounter: Cell<c_int>,
    /// Bytes received; wraps.
    pub m_nBytesIn: Cell<c_int>,
    /// Value of the last bytes-read report.
    pub m_nBytesInSent: Cell<c_int>,
    /// Buffer time, ms.
    pub m_nBufferMS: Cell<c_int>,
    /// Message stream id; -1 after close.
    pub m_stream_id: Cell<c_int>,
    /// Chunk stream of the first media packet.
    pub m_mediaChannel: Cell<c_int>,
    /// Timestamp of the last media packet, ms.
    pub m_mediaStamp: Cell<u32>,
    /// Timestamp used by pause, ms.
    pub m_pauseStamp: Cell<u32>,
    /// 0: no. 1: paused. 2: end of stream seen while pausing. 3: unpaused, waiting for newer media.
    pub m_pausing: Cell<c_int>,
    /// Window acknowledgement size, bytes.
    pub m_nServerBW: Cell<c_int>,
    /// Peer bandwidth, bytes.
    pub m_nClientBW: Cell<c_int>,
    /// Limit type of the peer bandwidth.
    pub m_nClientBW2: Cell<u8>,
    /// Not 0: play or publish was accepted.
    pub m_bPlaying: Cell<u8>,
    /// Not 0: send objectEncoding even when it is 0.
    pub m_bSendEncoding: Cell<u8>,
    /// Not 0: send bytes-read reports.
    pub m_bSendCounter: Cell<u8>,
    /// Last transaction id used.
    pub m_numInvokes: Cell<c_int>,
    /// Entries in `m_methodCalls`.
    pub(in crate::abi) m_numCalls: Cell<c_int>,
    /// Calls that wait for a reply.
    pub(in crate::abi) m_methodCalls: Cell<*mut RTMP_METHOD>,
    /// Elements of `m_vecChannelsIn` and `m_channelTimestamp`.
    pub(in crate::abi) m_channelsAllocatedIn: Cell<c_int>,
    /// Elements of `m_vecChannelsOut`.
    pub(in crate::abi) m_channelsAllocatedOut: Cell<c_int>,
    /// Last packet of each incoming chunk stream.
    pub(in crate::abi) m_vecChannelsIn: Cell<*mut *mut RTMPPacket>,
    /// Last packet of each outgoing chunk stream.
    pub(in crate::abi) m_vecChannelsOut: Cell<*mut *mut RTMPPacket>,
    /// Absolute timestamp of each incoming chunk stream, ms.
    pub(in crate::abi) m_channelTimestamp: Cell<*mut c_int>,
    /// `audioCodecs` of connect.
    pub m_fAudioCodecs: Cell<f64>,
    /// `videoCodecs` of connect.
    pub m_fVideoCodecs: Cell<f64>,
    /// `objectEncoding` of connect.
    pub m_fEncoding: Cell<f64>,
    /// Duration from the metadata, seconds.
    pub m_fDuration: Cell<f64>,
    /// HTTP tunnel: number of the next request.
    pub m_msgCounter: Cell<c_int>,
    /// HTTP tunnel: interval byte.
    pub m_polling: Cell<c_int>,
    /// HTTP tunnel: bytes left in the response.
    pub m_resplen: Cell<c_int>,
    /// HTTP tunnel: requests without a response.
    pub m_unackd: Cell<c_int>,
    /// HTTP tunnel: path of the session, from the C allocator.
    pub m_clientID: AVal,
    /// State of `RTMP_Read`.
    pub m_read: RTMP_READ,
    /// State of `RTMP_Write`.
    pub m_write: RTMPPacket,
    /// The socket.
    pub m_sb: RTMPSockBuf,
    /// The parameters.
    pub Link: RTMP_LNK,
}

impl RTMP {
    /// The single door from C: a shared reference to a handle, `None` for NULL.
    ///
    /// # Safety
    /// `handle` is NULL or points to an `RTMP` that stays valid for `'a`.
    pub unsafe fn from_ptr<'a>(handle: *mut Self) -> Option<&'a Self> {
        // SAFETY: the caller's contract; all fields are cells, so sharing with C and other threads is defined.
        unsafe { handle.as_ref() }
    }

    /// Zero-filled memory for a handle from the C allocator (`RTMP_Alloc`).
    pub fn allocate() -> *mut Self {
        heap::zeroed::<Self>(1).map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    /// Gives the handle's memory back and nothing else (`RTMP_Free`).
    ///
    /// # Safety
    /// `handle` is NULL or from the C allocator, and not used any more.
    pub unsafe fn release(handle: *mut Self) {
        // SAFETY: the caller's contract.
        unsafe { heap::release(handle) };
    }

    /// Makes a fresh handle of any memory (`RTMP_Init`): old contents are never read.
    ///
    /// # Safety
    /// `handle` points to writable memory for an `RTMP`, which may be uninitialised.
    pub unsafe fn initialise<'a>(handle: *mut Self) -> &'a Self {
        // SAFETY: the caller's contract.
        unsafe { handle.write_bytes(0, 1) };
        // SAFETY: zero bytes are a valid value of every field.
        let fresh = unsafe { &*handle };
        fresh.m_inChunkSize.set(DEFAULT_CHUNK_SIZE);
        fresh.m_outChunkSize.set(DEFAULT_CHUNK_SIZE);
        fresh.m_nBufferMS.set(30_000);
        fresh.m_nServerBW.set(2_500_000);
        fresh.m_nClientBW.set(2_500_000);
        fresh.m_nClientBW2.set(2);
        fresh.m_fAudioCodecs.set(3191.0);
        fresh.m_fVideoCodecs.set(252.0);
        fresh.m_sb.sb_socket.set(-1);
        fresh.Link.timeout.set(30);
        fresh.Link.swfAge.set(30);
        fresh
    }

    /// The calls that wait for a reply, oldest first.
    pub fn calls<'a>(&'a self, _: &'a Calls) -> &'a [RTMP_METHOD] {
        let (start, count) = (
            self.m_methodCalls.get(),
            usize::try_from(self.m_numCalls.get()).unwrap_or(0),
        );
        if start.is_null() || count == 0 {
            return &[];
        }
        // SAFETY: `m_methodCalls` holds `m_numCalls` entries, kept by `queue_call` and `drop_call`.
        unsafe { core::slice::from_raw_parts(start, count) }
    }

    /// Remembers a sent call. False without memory.
    pub fn queue_call(&self, _: &mut Calls, name: &[u8], number: c_int) -> bool {
        let Some(copy) = Block::copy(name) else {
            return false;
        };
        // SAFETY: the array is NULL or a C block with room for `m_numCalls` rounded up to 16.
        let grown = unsafe { amf::room_for_one(self.m_methodCalls.get(), self.m_numCalls.get()) };
        let Some((block, count)) = grown else {
            return false;
        };
        self.m_methodCalls.set(block);
        let call = RTMP_METHOD {
            name: AVal::empty(),
            num: Cell::new(number),
        };
        call.name.set_owned(copy);
        // SAFETY: there is room for index `count`.
        unsafe { block.wrapping_add(count).write(call) };
        self.m_numCalls.set(self.m_numCalls.get().saturating_add(1));
        true
    }

    /// Removes call `index`, keeping the order of the rest. `free` says whether its name is released too, else the
    /// caller has taken it over (`RTMP_DropRequest`). Nothing happens for an index outside the queue.
    pub fn drop_call(&self, right: &mut Calls, index: usize, free: bool) {
        let calls = self.calls(right);
        let (Some(dropped), Some(last)) = (calls.get(index), calls.last()) else {
            return;
        };
        if free {
            free_text(&dropped.name);
        }
        for pair in calls.windows(2).skip(index) {
            if let [into, from] = pair {
                into.name.set(&from.name);
                into.num.set(from.num.get());
            }
        }
        last.name.clear();
        last.num.set(0);
        self.m_numCalls.set(self.m_numCalls.get() - 1);
    }

    /// Frees the HTTP tunnel's session path, which is looked at under the tunnel's lock. The caller has it.
    pub fn free_client_id(&self) {
        free_text(&self.m_clientID);
    }
}

/// What frees a text here does so at once. Texts of `Link` are looked at anew behind each line that is logged: nothing but
/// this rule says that no slice of one is held.
impl RTMP_LNK {
    /// Frees what the C allocator owns among the strings: the play path of the URL and, where the flags say so, `tcUrl`
    /// and `app`. A play path in effect that is the URL's is forgotten with it.
    pub fn free_strings(&self) {
        self.free_tc_url();
        self.free_app();
        self.free_playpath0();
    }

    /// Frees `tcUrl` if it is from the C allocator.
    pub fn free_tc_url(&self) {
        if self.has(super::link::RTMP_LF_FTCU) {
            self.lower(super::link::RTMP_LF_FTCU);
            free_text(&self.tcUrl);
        }
    }

    /// Frees `app` if it is from the C allocator.
    pub fn free_app(&self) {
        if self.has(super::link::RTMP_LF_FAPU) {
            self.lower(super::link::RTMP_LF_FAPU);
            free_text(&self.app);
        }
    }

    /// Frees the play path that `RTMP_SetupURL` made, and the login behind it.
    pub fn free_playpath0(&self) {
        if self.playpath.start() == self.playpath0.start() {
            self.playpath.clear();
        }
        self.forget_login();
        free_text(&self.playpath0);
    }

    /// Puts a login into `pubUser` and, if there is one, its password into `pubPasswd`. The bytes stand behind the play path
    /// of the URL, in its block, so that they have an owner: no flag says what owns these fields, and programs set
    /// them too. False without memory, and when a part is longer than [`LONGEST_LOGIN`].
    pub fn set_login(&self, user: &[u8], password: Option<&[u8]>) -> bool {
        let playpath = self.playpath0.bytes();
        // As long as it will be: growing would leave copies of the password behind.
        let mut text = Zeroizing::new(Vec::new());
        let length = playpath.len() + 1 + 2 * LOGIN_SLOT;
        if text.try_reserve_exact(length).is_err() {
            return false;
        }
        text.extend_from_slice(playpath);
        text.push(0);
        for part in [user, password.unwrap_or_default()] {
            let Some(padding) = LOGIN_SLOT.checked_sub(part.len()).filter(|&rest| rest > 0) else {
                return false;
            };
            text.extend_from_slice(part);
            let end = text.len().saturating_add(padding);
            text.resize(end, 0);
        }
        let length = self.playpath0.raw_len();
        let Some(block) = Block::copy(&text) else {
            return false;
        };
        free_text(&self.playpath0);
        self.playpath0.av_val.set(block.into_raw().cast());
        self.playpath0.av_len.set(length);
        self.set_has_login(true);
        let [user_place, password_place] = self.login_places();
        let place = |at: *mut c_char, part: &[u8]| AVal {
            av_val: Cell::new(at),
            av_len: Cell::new(c_int::try_from(part.len()).unwrap_or(0)),
        };
        self.pubUser.set(&place(user_place, user));
        if let Some(password) = password {
            self.pubPasswd.set(&place(password_place, password));
        }
        true
    }

    /// Where a login stands if there is one.
    fn login_places(&self) -> [*mut c_char; 2] {
        let playpath = &self.playpath0;
        let user = playpath
            .start()
            .wrapping_add(playpath.len())
            .wrapping_add(1);
        [user, user.wrapping_add(LOGIN_SLOT)]
    }

    fn forget_login(&self) {
        if !self.has_login() {
            return;
        }
        self.set_has_login(false);
        for (field, place) in [&self.pubUser, &self.pubPasswd]
            .into_iter()
            .zip(self.login_places())
        {
            // A program may have put its own in the place of ours.
            if field.start() == place {
                field.clear();
            }
            for at in 0..LOGIN_SLOT {
                let byte = place.wrapping_add(at);
                // SAFETY: the field says what `set_login` has made it say: the slot is there.
                unsafe { byte.write_volatile(0) };
            }
        }
    }

    /// Replaces the proxy host by a copy of `host`, or by nothing. The caller's own text is never freed: only
    /// the set-up functions put C blocks here, and they do not know what owns an older one.
    pub fn set_sockshost(&self, host: Option<Block>) {
        match host {
            Some(block) => self.sockshost.set_owned(block),
            None => self.sockshost.clear(),
        }
    }
}

/// Bytes of a user name or password in a URL, at most.
pub const LONGEST_LOGIN: usize = 255;
/// A part of a login with its NUL: of fixed size, so that each is known by its place.
const LOGIN_SLOT: usize = LONGEST_LOGIN + 1;

/// Frees a text of the C allocator and forgets it.
pub(in crate::abi) fn free_text(text: &AVal) {
    let start = text.start();
    text.clear();
    // SAFETY: called only for the fields whose contract is "NULL or from the C allocator" (spec 01 §5).
    unsafe { heap::release(start) };
}

/// Chunk size of both directions until it is changed (`RTMP_DEFAULT_CHUNKSIZE`).
pub const DEFAULT_CHUNK_SIZE: c_int = 128;
