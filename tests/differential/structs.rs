//! The C structures, declared a second time and independently of the library, so that a layout
//! mistake there shows here.

use std::ffi::c_void;
use std::mem::{offset_of, size_of};

macro_rules! c_structs {
    ($($name:ident { $($field:ident : $ty:ty),* $(,)? })*) => {$(
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub(crate) struct $name { $(pub(crate) $field: $ty),* }
    )*};
}

c_structs! {
    AVal { av_val: *mut u8, av_len: i32 }
    AMFObject { o_num: i32, o_props: *mut AMFObjectProperty }
    AMFObjectProperty { p_name: AVal, p_type: u32, p_vu: [u64; 2], p_UTCoffset: i16 }
    AMF3ClassDef {
        cd_name: AVal, cd_externalizable: u8, cd_dynamic: u8, cd_num: i32, cd_props: *mut AVal,
    }
    RTMPChunk { c_headerSize: i32, c_chunkSize: i32, c_chunk: *mut u8, c_header: [u8; 18] }
    RTMPPacket {
        m_headerType: u8, m_packetType: u8, m_hasAbsTimestamp: u8, m_nChannel: i32,
        m_nTimeStamp: u32, m_nInfoField2: i32, m_nBodySize: u32, m_nBytesRead: u32,
        m_chunk: *mut RTMPChunk, m_body: *mut u8,
    }
    RTMPSockBuf {
        sb_socket: i32, sb_size: i32, sb_start: *mut u8, sb_buf: [u8; 16384], sb_timedout: i32,
        sb_ssl: *mut c_void,
    }
    RTMP_LNK {
        hostname: AVal, sockshost: AVal, playpath0: AVal, playpath: AVal, tcUrl: AVal, swfUrl: AVal,
        pageUrl: AVal, app: AVal, auth: AVal, flashVer: AVal, subscribepath: AVal,
        usherToken: AVal, token: AVal, pubUser: AVal, pubPasswd: AVal, extras: AMFObject,
        edepth: i32, seekTime: i32, stopTime: i32, lFlags: i32, swfAge: i32, protocol: i32,
        timeout: i32, pFlags: i32, socksport: u16, port: u16, dh: *mut c_void,
        rc4keyIn: *mut c_void, rc4keyOut: *mut c_void, SWFSize: u32, SWFHash: [u8; 32],
        SWFVerificationResponse: [u8; 42],
    }
    RTMP_READ {
        buf: *mut u8, bufpos: *mut u8, buflen: u32, timestamp: u32, dataType: u8, flags: u8,
        status: i8, initialFrameType: u8, nResumeTS: u32, metaHeader: *mut u8,
        initialFrame: *mut u8, nMetaHeaderSize: u32, nInitialFrameSize: u32,
        nIgnoredFrameCounter: u32, nIgnoredFlvFrameCounter: u32,
    }
    RTMP_METHOD { name: AVal, num: i32 }
    RTMP {
        m_inChunkSize: i32, m_outChunkSize: i32, m_nBWCheckCounter: i32, m_nBytesIn: i32,
        m_nBytesInSent: i32, m_nBufferMS: i32, m_stream_id: i32, m_mediaChannel: i32,
        m_mediaStamp: u32, m_pauseStamp: u32, m_pausing: i32, m_nServerBW: i32, m_nClientBW: i32,
        m_nClientBW2: u8, m_bPlaying: u8, m_bSendEncoding: u8, m_bSendCounter: u8,
        m_numInvokes: i32, m_numCalls: i32, m_methodCalls: *mut RTMP_METHOD,
        m_channelsAllocatedIn: i32, m_channelsAllocatedOut: i32,
        m_vecChannelsIn: *mut *mut RTMPPacket, m_vecChannelsOut: *mut *mut RTMPPacket,
        m_channelTimestamp: *mut i32, m_fAudioCodecs: f64, m_fVideoCodecs: f64, m_fEncoding: f64,
        m_fDuration: f64, m_msgCounter: i32, m_polling: i32, m_resplen: i32, m_unackd: i32,
        m_clientID: AVal, m_read: RTMP_READ, m_write: RTMPPacket, m_sb: RTMPSockBuf,
        Link: RTMP_LNK,
    }
}

const _: () = {
    assert!(size_of::<AVal>() == 16 && size_of::<AMFObjectProperty>() == 48);
    assert!(size_of::<AMF3ClassDef>() == 32 && size_of::<RTMPChunk>() == 40);
    assert!(size_of::<RTMPPacket>() == 40 && size_of::<RTMPSockBuf>() == 16416);
    assert!(size_of::<RTMP_LNK>() == 400 && size_of::<RTMP_READ>() == 64);
    assert!(size_of::<RTMP_METHOD>() == 24 && size_of::<RTMP>() == 17088);
    assert!(offset_of!(RTMP, m_sb) == 272 && offset_of!(RTMP, Link) == 16688);
    assert!(offset_of!(RTMP, m_read) == 168 && offset_of!(RTMP, m_write) == 232);
};

pub(crate) const EMPTY: AVal = AVal {
    av_val: std::ptr::null_mut(),
    av_len: 0,
};
pub(crate) const EMPTY_OBJECT: AMFObject = AMFObject {
    o_num: 0,
    o_props: std::ptr::null_mut(),
};

impl AVal {
    /// Borrow `bytes`; they must outlive what the value is given to.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            av_val: bytes.as_ptr().cast_mut(),
            av_len: i32::try_from(bytes.len()).unwrap(),
        }
    }

    /// The first `len` bytes of a longer text, as callers pass options out of a command line.
    pub(crate) fn cut(bytes: &[u8], len: i32) -> Self {
        Self {
            av_val: bytes.as_ptr().cast_mut(),
            av_len: len,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        match usize::try_from(self.av_len) {
            Ok(len) if !self.av_val.is_null() => copy(self.av_val, len),
            _ => Vec::new(),
        }
    }

    /// `-` for NULL/0, otherwise the text in quotes; a NULL with a length shows both.
    pub(crate) fn show(&self) -> String {
        match (self.av_val.is_null(), self.av_len) {
            (true, 0) => "-".into(),
            (true, len) => format!("NULL len {len}"),
            (false, len) if len < 0 => format!("len {len}"),
            (false, _) => format!("\"{}\"", self.bytes().escape_ascii()),
        }
    }
}

impl AMFObject {
    pub(crate) fn props(&self) -> Vec<AMFObjectProperty> {
        copy(self.o_props, usize::try_from(self.o_num).unwrap_or(0))
    }
}

impl AMFObjectProperty {
    pub(crate) fn new(name: &[u8], p_type: u32, p_vu: [u64; 2]) -> Self {
        let p_name = if name.is_empty() {
            EMPTY
        } else {
            AVal::of(name)
        };
        Self {
            p_name,
            p_type,
            p_vu,
            p_UTCoffset: 0,
        }
    }

    pub(crate) fn number(&self) -> f64 {
        f64::from_bits(self.p_vu[0])
    }

    pub(crate) fn aval(&self) -> AVal {
        let [pointer, len] = self.p_vu;
        AVal {
            av_val: pointer as *mut u8,
            av_len: low_half(len),
        }
    }

    pub(crate) fn object(&self) -> AMFObject {
        let [num, pointer] = self.p_vu;
        AMFObject {
            o_num: low_half(num),
            o_props: pointer as *mut Self,
        }
    }
}

fn low_half(word: u64) -> i32 {
    let [a, b, c, d, ..] = word.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// The union as the two words it occupies.
pub(crate) fn number_words(value: f64) -> [u64; 2] {
    [value.to_bits(), 0]
}

pub(crate) fn aval_words(value: &AVal) -> [u64; 2] {
    [value.av_val as u64, u64::from(value.av_len.cast_unsigned())]
}

pub(crate) fn object_words(value: &AMFObject) -> [u64; 2] {
    [u64::from(value.o_num.cast_unsigned()), value.o_props as u64]
}

/// Copy `len` elements out of memory that the library under test owns.
pub(crate) fn copy<T: Copy>(from: *const T, len: usize) -> Vec<T> {
    if from.is_null() || len == 0 {
        return Vec::new();
    }
    // SAFETY: callers pass a pointer and a count that the library itself reported together.
    unsafe { std::slice::from_raw_parts(from, len) }.to_vec()
}
