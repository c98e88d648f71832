//! The layout on LP64 targets, asserted field by field at compile time (spec 01 §3).
//!
//! `capi-tests/abi/layout.c` prints the same table through the C headers.
#![cfg(target_pointer_width = "64")]

use core::mem::offset_of;

use super::amf::{AMF3ClassDef, AMFObject, AMFObjectProperty};
use super::aval::AVal;
use super::http::HTTP_ctx;
use super::link::RTMP_LNK;
use super::packet::{RTMPChunk, RTMPPacket};
use super::read::RTMP_READ;
use super::rtmp::{RTMP, RTMP_METHOD};
use super::sockbuf::RTMPSockBuf;

/// Asserts size, alignment and the offset of every field.
macro_rules! layout {
    ($name:ident, $size:literal, $align:literal, { $($field:ident: $offset:literal),* $(,)? }) => {
        const _: () = {
            assert!(size_of::<$name>() == $size);
            assert!(align_of::<$name>() == $align);
            $(assert!(offset_of!($name, $field) == $offset);)*
        };
    };
}

layout!(AVal, 16, 8, { av_val: 0, av_len: 8 });
layout!(AMFObject, 16, 8, { o_num: 0, o_props: 8 });
layout!(AMFObjectProperty, 48, 8, { p_name: 0, p_type: 16, p_vu: 24, p_UTCoffset: 40 });
layout!(AMF3ClassDef, 32, 8, { cd_name: 0, cd_externalizable: 16, cd_dynamic: 17, cd_num: 20, cd_props: 24 });
layout!(RTMPChunk, 40, 8, { c_headerSize: 0, c_chunkSize: 4, c_chunk: 8, c_header: 16 });
layout!(RTMPPacket, 40, 8, { m_headerType: 0, m_packetType: 1, m_hasAbsTimestamp: 2, m_nChannel: 4, m_nTimeStamp: 8, m_nInfoField2: 12, m_nBodySize: 16, m_nBytesRead: 20, m_chunk: 24, m_body: 32 });
layout!(RTMPSockBuf, 16416, 8, { sb_socket: 0, sb_size: 4, sb_start: 8, sb_buf: 16, sb_timedout: 16400, sb_ssl: 16408 });
layout!(RTMP_LNK, 400, 8, { hostname: 0, sockshost: 16, playpath0: 32, playpath: 48, tcUrl: 64, swfUrl: 80, pageUrl: 96, app: 112, auth: 128, flashVer: 144, subscribepath: 160, usherToken: 176, token: 192, pubUser: 208, pubPasswd: 224, extras: 240, edepth: 256, seekTime: 260, stopTime: 264, lFlags: 268, swfAge: 272, protocol: 276, timeout: 280, pFlags: 284, socksport: 288, port: 290, dh: 296, rc4keyIn: 304, rc4keyOut: 312, SWFSize: 320, SWFHash: 324, SWFVerificationResponse: 356 });
layout!(RTMP_READ, 64, 8, { buf: 0, bufpos: 8, buflen: 16, timestamp: 20, dataType: 24, flags: 25, status: 26, initialFrameType: 27, nResumeTS: 28, metaHeader: 32, initialFrame: 40, nMetaHeaderSize: 48, nInitialFrameSize: 52, nIgnoredFrameCounter: 56, nIgnoredFlvFrameCounter: 60 });
layout!(RTMP_METHOD, 24, 8, { name: 0, num: 16 });
layout!(RTMP, 17088, 8, { m_inChunkSize: 0, m_outChunkSize: 4, m_nBWCheckCounter: 8, m_nBytesIn: 12, m_nBytesInSent: 16, m_nBufferMS: 20, m_stream_id: 24, m_mediaChannel: 28, m_mediaStamp: 32, m_pauseStamp: 36, m_pausing: 40, m_nServerBW: 44, m_nClientBW: 48, m_nClientBW2: 52, m_bPlaying: 53, m_bSendEncoding: 54, m_bSendCounter: 55, m_numInvokes: 56, m_numCalls: 60, m_methodCalls: 64, m_channelsAllocatedIn: 72, m_channelsAllocatedOut: 76, m_vecChannelsIn: 80, m_vecChannelsOut: 88, m_channelTimestamp: 96, m_fAudioCodecs: 104, m_fVideoCodecs: 112, m_fEncoding: 120, m_fDuration: 128, m_msgCounter: 136, m_polling: 140, m_resplen: 144, m_unackd: 148, m_clientID: 152, m_read: 168, m_write: 232, m_sb: 272, Link: 16688 });
layout!(HTTP_ctx, 24, 8, { date: 0, size: 8, status: 12, data: 16 });
