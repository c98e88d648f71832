use crate::abi::amf::{AMF3ClassDef, AMFObject, AMFObjectProperty};
use crate::abi::aval::AVal;
use crate::abi::http::HTTP_ctx;
use crate::abi::link::RTMP_LNK;
use crate::abi::packet::{RTMPChunk, RTMPPacket};
use crate::abi::read::RTMP_READ;
use crate::abi::rtmp::{RTMP, RTMP_METHOD};
use crate::abi::sockbuf::RTMPSockBuf;

layout!(AVal, 8, 4, { av_val: 0, av_len: 4 });
layout!(AMFObject, 8, 4, { o_num: 0, o_props: 4 });
layout!(AMF3ClassDef, 20, 4, { cd_name: 0, cd_externalizable: 8, cd_dynamic: 9, cd_num: 12, cd_props: 16 });
layout!(RTMPChunk, 32, 4, { c_headerSize: 0, c_chunkSize: 4, c_chunk: 8, c_header: 12 });
layout!(RTMPPacket, 32, 4, { m_headerType: 0, m_packetType: 1, m_hasAbsTimestamp: 2, m_nChannel: 4, m_nTimeStamp: 8, m_nInfoField2: 12, m_nBodySize: 16, m_nBytesRead: 20, m_chunk: 24, m_body: 28 });
layout!(RTMPSockBuf, 16404, 4, { sb_socket: 0, sb_size: 4, sb_start: 8, sb_buf: 12, sb_timedout: 16396, sb_ssl: 16400 });
layout!(RTMP_LNK, 256, 4, { hostname: 0, sockshost: 8, playpath0: 16, playpath: 24, tcUrl: 32, swfUrl: 40, pageUrl: 48, app: 56, auth: 64, flashVer: 72, subscribepath: 80, usherToken: 88, token: 96, pubUser: 104, pubPasswd: 112, extras: 120, edepth: 128, seekTime: 132, stopTime: 136, lFlags: 140, swfAge: 144, protocol: 148, timeout: 152, pFlags: 156, socksport: 160, port: 162, dh: 164, rc4keyIn: 168, rc4keyOut: 172, SWFSize: 176, SWFHash: 180, SWFVerificationResponse: 212 });
layout!(RTMP_READ, 48, 4, { buf: 0, bufpos: 4, buflen: 8, timestamp: 12, dataType: 16, flags: 17, status: 18, initialFrameType: 19, nResumeTS: 20, metaHeader: 24, initialFrame: 28, nMetaHeaderSize: 32, nInitialFrameSize: 36, nIgnoredFrameCounter: 40, nIgnoredFlvFrameCounter: 44 });
layout!(RTMP_METHOD, 12, 4, { name: 0, num: 8 });
layout!(HTTP_ctx, 16, 4, { date: 0, size: 4, status: 8, data: 12 });

/// A `double` begins at a multiple of 4.
#[cfg(target_arch = "x86")]
const _: () = {
    layout!(AMFObjectProperty, 24, 4, { p_name: 0, p_type: 8, p_vu: 12, p_UTCoffset: 20 });
    layout!(RTMP, 16884, 4, { m_inChunkSize: 0, m_outChunkSize: 4, m_nBWCheckCounter: 8, m_nBytesIn: 12, m_nBytesInSent: 16, m_nBufferMS: 20, m_stream_id: 24, m_mediaChannel: 28, m_mediaStamp: 32, m_pauseStamp: 36, m_pausing: 40, m_nServerBW: 44, m_nClientBW: 48, m_nClientBW2: 52, m_bPlaying: 53, m_bSendEncoding: 54, m_bSendCounter: 55, m_numInvokes: 56, m_numCalls: 60, m_methodCalls: 64, m_channelsAllocatedIn: 68, m_channelsAllocatedOut: 72, m_vecChannelsIn: 76, m_vecChannelsOut: 80, m_channelTimestamp: 84, m_fAudioCodecs: 88, m_fVideoCodecs: 96, m_fEncoding: 104, m_fDuration: 112, m_msgCounter: 120, m_polling: 124, m_resplen: 128, m_unackd: 132, m_clientID: 136, m_read: 144, m_write: 192, m_sb: 224, Link: 16628 });
};

/// A `double` begins at a multiple of its size.
#[cfg(not(target_arch = "x86"))]
const _: () = {
    layout!(AMFObjectProperty, 32, 8, { p_name: 0, p_type: 8, p_vu: 16, p_UTCoffset: 24 });
    layout!(RTMP, 16888, 8, { m_inChunkSize: 0, m_outChunkSize: 4, m_nBWCheckCounter: 8, m_nBytesIn: 12, m_nBytesInSent: 16, m_nBufferMS: 20, m_stream_id: 24, m_mediaChannel: 28, m_mediaStamp: 32, m_pauseStamp: 36, m_pausing: 40, m_nServerBW: 44, m_nClientBW: 48, m_nClientBW2: 52, m_bPlaying: 53, m_bSendEncoding: 54, m_bSendCounter: 55, m_numInvokes: 56, m_numCalls: 60, m_methodCalls: 64, m_channelsAllocatedIn: 68, m_channelsAllocatedOut: 72, m_vecChannelsIn: 76, m_vecChannelsOut: 80, m_channelTimestamp: 84, m_fAudioCodecs: 88, m_fVideoCodecs: 96, m_fEncoding: 104, m_fDuration: 112, m_msgCounter: 120, m_polling: 124, m_resplen: 128, m_unackd: 132, m_clientID: 136, m_read: 144, m_write: 192, m_sb: 224, Link: 16628 });
};
