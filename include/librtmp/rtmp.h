/* RTMP connections: playing, publishing, and their packets.
 *
 * Part of librtmp-rs, MIT OR Apache-2.0. Generated from the Rust sources: do not edit. */
#ifndef __RTMP_H__
#define __RTMP_H__

#include <errno.h>
#include <stdint.h>
#include <stddef.h>

#include "amf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NO_CRYPTO hides the last members of RTMP_LNK. The library itself always has them: a program that
 * asks for the layout without them must get its handles from RTMP_Alloc. */
#if !defined(NO_CRYPTO) && !defined(CRYPTO)
#define CRYPTO
#endif

/** Version of the interface, 2.3.0, as RTMP_LibVersion returns it. */
#define RTMP_LIB_VERSION 0x020300

/** Bits of RTMP_LNK.protocol. */
#define RTMP_FEATURE_HTTP 0x01  /* tunnelled in HTTP */
#define RTMP_FEATURE_ENC 0x02   /* RTMPE */
#define RTMP_FEATURE_SSL 0x04   /* TLS */
#define RTMP_FEATURE_MFP 0x08   /* not supported */
#define RTMP_FEATURE_WRITE 0x10 /* publish, not play */
#define RTMP_FEATURE_HTTP2 0x20 /* server side of a tunnel */

/** Protocols of a URL. */
#define RTMP_PROTOCOL_UNDEFINED (-1)
#define RTMP_PROTOCOL_RTMP 0
#define RTMP_PROTOCOL_RTMPT RTMP_FEATURE_HTTP
#define RTMP_PROTOCOL_RTMPE RTMP_FEATURE_ENC
#define RTMP_PROTOCOL_RTMPTE (RTMP_FEATURE_HTTP | RTMP_FEATURE_ENC)
#define RTMP_PROTOCOL_RTMPS RTMP_FEATURE_SSL
#define RTMP_PROTOCOL_RTMPTS (RTMP_FEATURE_HTTP | RTMP_FEATURE_SSL)
#define RTMP_PROTOCOL_RTMFP RTMP_FEATURE_MFP

/** Chunk size at the start of a connection, bytes. */
#define RTMP_DEFAULT_CHUNKSIZE 128

/** Chunk stream ids are smaller than this. */
#define RTMP_CHANNELS 65600

/** Message types, RTMPPacket.m_packetType. */
#define RTMP_PACKET_TYPE_CHUNK_SIZE 0x01
#define RTMP_PACKET_TYPE_BYTES_READ_REPORT 0x03
#define RTMP_PACKET_TYPE_CONTROL 0x04
#define RTMP_PACKET_TYPE_SERVER_BW 0x05
#define RTMP_PACKET_TYPE_CLIENT_BW 0x06
#define RTMP_PACKET_TYPE_AUDIO 0x08
#define RTMP_PACKET_TYPE_VIDEO 0x09
#define RTMP_PACKET_TYPE_FLEX_STREAM_SEND 0x0f
#define RTMP_PACKET_TYPE_FLEX_SHARED_OBJECT 0x10
#define RTMP_PACKET_TYPE_FLEX_MESSAGE 0x11
#define RTMP_PACKET_TYPE_INFO 0x12
#define RTMP_PACKET_TYPE_SHARED_OBJECT 0x13
#define RTMP_PACKET_TYPE_INVOKE 0x14
#define RTMP_PACKET_TYPE_FLASH_VIDEO 0x16

/** Chunk header types, RTMPPacket.m_headerType: 12, 8, 4 and 1 bytes for small chunk stream ids. */
#define RTMP_PACKET_SIZE_LARGE 0
#define RTMP_PACKET_SIZE_MEDIUM 1
#define RTMP_PACKET_SIZE_SMALL 2
#define RTMP_PACKET_SIZE_MINIMUM 3

/** FourCCs of Enhanced RTMP. */
#define RTMP_FOURCC_VP8 0x76703038  /* vp08 */
#define RTMP_FOURCC_VP9 0x76703039  /* vp09 */
#define RTMP_FOURCC_AV1 0x61763031  /* av01 */
#define RTMP_FOURCC_AVC 0x61766331  /* avc1, H.264 */
#define RTMP_FOURCC_HEVC 0x68766331 /* hvc1, H.265 */
#define RTMP_FOURCC_VVC 0x76766331  /* vvc1, H.266 */
#define RTMP_FOURCC_AC3 0x61632D33  /* ac-3 */
#define RTMP_FOURCC_EAC3 0x65632D33 /* ec-3 */
#define RTMP_FOURCC_OPUS 0x4F707573 /* Opus */
#define RTMP_FOURCC_MP3 0x2E6D7033  /* .mp3 */
#define RTMP_FOURCC_FLAC 0x664C6143 /* fLaC */
#define RTMP_FOURCC_AAC 0x6D703461  /* mp4a */

/** Bits of RTMP_CAPABILITIES.said that only a server with Enhanced RTMP sets. */
#define RTMP_SAID_ENHANCED \
  (RTMP_SAID_FOURCC_LIST | RTMP_SAID_VIDEO_INFO | RTMP_SAID_AUDIO_INFO | RTMP_SAID_CAPS_EX)

/** Flags of a codec: FourCcInfoMask. */
#define RTMP_FOURCC_CAN_DECODE 0x01
#define RTMP_FOURCC_CAN_ENCODE 0x02
#define RTMP_FOURCC_CAN_FORWARD 0x04

/** Bits of capsEx: CapsExMask. */
#define RTMP_CAPS_EX_RECONNECT 0x01             /* requests to reconnect */
#define RTMP_CAPS_EX_MULTITRACK 0x02            /* messages of many tracks */
#define RTMP_CAPS_EX_MOD_EX 0x04                /* ModEx can be parsed */
#define RTMP_CAPS_EX_TIMESTAMP_NANO_OFFSET 0x08 /* nanoseconds of timestamps */

/** Bits of videoFunction. */
#define RTMP_VIDEO_FUNCTION_CLIENT_SEEK 0x0001          /* frame-accurate */
#define RTMP_VIDEO_FUNCTION_HDR 0x0002                  /* colorInfo is understood */
#define RTMP_VIDEO_FUNCTION_METADATA 0x0004             /* packet type Metadata is understood */
#define RTMP_VIDEO_FUNCTION_AV1_LARGE_SCALE_TILE 0x0008

/** 1 if all bytes of a packet, given by address, are there. */
#define RTMPPacket_IsReady(a) ((a)->m_nBytesRead == (a)->m_nBodySize)

#ifdef CRYPTO
/** Bytes of an SWF hash. */
#define RTMP_SWF_HASHLEN 32
#endif

struct sockaddr;

/** Longest chunk header: 3 bytes basic, 11 bytes message, 4 bytes extended timestamp. So many
 * writable bytes stand in front of every m_body. */
#define RTMP_MAX_HEADER_SIZE 18

/** Size of the receive buffer. One byte of it is never filled: the original keeps it for a NUL. */
#define RTMP_BUFFER_CACHE_SIZE (16 * 1024)

/** Send the authentication flag as true. */
#define RTMP_LF_AUTH 1

/** The stream is live. */
#define RTMP_LF_LIVE 2

/** Do SWF verification. */
#define RTMP_LF_SWFV 4

/** Send a playlist before play. */
#define RTMP_LF_PLST 8

/** Pause and unpause when the server's buffer is empty. */
#define RTMP_LF_BUFX 16

/** tcUrl is from the C allocator: close frees it. */
#define RTMP_LF_FTCU 32

/** app is from the C allocator: close frees it. */
#define RTMP_LF_FAPU 64

/** The FLV header phase is over. */
#define RTMP_READ_HEADER 1

/** Set by the caller: go on where an earlier download ended. */
#define RTMP_READ_RESUME 2

/** A first packet with a timestamp other than 0 was accepted. */
#define RTMP_READ_NO_IGNORE 4

/** Resume: the key frame was found. */
#define RTMP_READ_GOTKF 8

/** Resume: the key frame was found inside an aggregate. */
#define RTMP_READ_GOTFLVK 16

/** A seek was sent, its notification has not come yet. */
#define RTMP_READ_SEEKING 32

/** The server said that the stream is complete. */
#define RTMP_READ_COMPLETE (-3)

/** Reading cannot go on. */
#define RTMP_READ_ERROR (-2)

/** The connection ended or timed out. */
#define RTMP_READ_EOF (-1)

/** The packet was not for the output. */
#define RTMP_READ_IGNORE 0

/** Bytes of a user name or password in a URL, at most. */
#define LONGEST_LOGIN 255

/** The server has not asked. */
#define RTMP_RECONNECT_NONE 0

/** It has asked, and this is where to go. */
#define RTMP_RECONNECT_REQUESTED 1

/** It has asked for what is not done, and this is why. */
#define RTMP_RECONNECT_REFUSED 2

/** FourCC: all codecs, "*" in the server's answer. */
#define RTMP_FOURCC_ANY 42

/** The codecs that the server can receive, fourCcList. They have no flags. */
#define RTMP_FOURCCS_LISTED 0

/** What the server can do with each codec of video, videoFourCcInfoMap. */
#define RTMP_FOURCCS_VIDEO 1

/** What the server can do with each codec of audio, audioFourCcInfoMap. */
#define RTMP_FOURCCS_AUDIO 2

/** The server sent fourCcList. */
#define RTMP_SAID_FOURCC_LIST 1

/** The server sent videoFourCcInfoMap. */
#define RTMP_SAID_VIDEO_INFO 2

/** The server sent audioFourCcInfoMap. */
#define RTMP_SAID_AUDIO_INFO 4

/** The server sent capsEx. */
#define RTMP_SAID_CAPS_EX 8

/** The server sent videoFunction, which is older than Enhanced RTMP. */
#define RTMP_SAID_VIDEO_FUNCTION 16

/** The server sent objectEncoding, which is older than Enhanced RTMP. */
#define RTMP_SAID_OBJECT_ENCODING 32

/** Content: a decoder's configuration: SequenceStart, an AVC or AAC sequence header. */
#define RTMP_CONTENT_CONFIGURATION 1

/** Content: the configuration of AV1 in MPEG-2 TS. */
#define RTMP_CONTENT_TS_CONFIGURATION 2

/** Content: where the channels of audio belong, MultichannelConfig. */
#define RTMP_CONTENT_CHANNEL_CONFIGURATION 3

/** Content: coded audio or video. */
#define RTMP_CONTENT_FRAMES 4

/** Content: metadata among video, such as HDR. */
#define RTMP_CONTENT_METADATA 5

/** Content: the end of a sequence. */
#define RTMP_CONTENT_END 6

/** Content: a command frame, the beginning or end of client-side seeking. */
#define RTMP_CONTENT_COMMAND 7

/** Content: silence, an audio message without bytes. */
#define RTMP_CONTENT_SILENCE 8

/** Layout: one track, track 0, of a legacy codec or a command: there is no FourCC. */
#define RTMP_LAYOUT_LEGACY 0

/** Layout: one track, track 0. */
#define RTMP_LAYOUT_PLAIN 1

/** Layout: Multitrack, OneTrack. */
#define RTMP_LAYOUT_ONE_TRACK 2

/** Layout: Multitrack, ManyTracks: one codec. */
#define RTMP_LAYOUT_MANY_TRACKS 3

/** Layout: Multitrack, ManyTracksManyCodecs. */
#define RTMP_LAYOUT_MANY_CODECS 4

/** Nothing has failed. */
#define RTMP_ERR_NONE 0

/** The program has ended it: RTMP_Cancel, RTMP_Close from elsewhere, RTMP_UserInterrupt. */
#define RTMP_ERR_CANCELLED 1

/** It took too long. Behind a receive timeout the connection goes on. */
#define RTMP_ERR_TIMEOUT 2

/** A name has no address, or none was given. detail: EAI_*. */
#define RTMP_ERR_RESOLVE 3

/** The local address of option bind cannot be had, or the server has none of its family (system:
 * EAFNOSUPPORT). */
#define RTMP_ERR_BIND 4

/** No address of the server, or of its proxy, could be connected to. system says why. */
#define RTMP_ERR_CONNECT 5

/** The proxy makes no connection. detail: its status. */
#define RTMP_ERR_PROXY 6

/** TLS failed otherwise than by certificates. detail: the alert that the peer has sent, -1 for
 * none. */
#define RTMP_ERR_TLS 7

/** The certificate of the server is refused; text says why. */
#define RTMP_ERR_CERTIFICATE 8

/** There are no certificates of authorities to judge a server by. */
#define RTMP_ERR_TRUST 9

/** What the server of an HTTP tunnel answers is not understood, or no session. */
#define RTMP_ERR_TUNNEL 10

/** The handshake of RTMP or RTMPE failed. */
#define RTMP_ERR_HANDSHAKE 11

/** The server refused what was asked for, or has complained. code: its code. */
#define RTMP_ERR_REFUSED 12

/** The server wants a login, or refused the one that it got. */
#define RTMP_ERR_LOGIN 13

/** The connection has ended, or broke. */
#define RTMP_ERR_LOST 14

/** What came is no RTMP, or not what was to come; or what was to be sent cannot be said in RTMP. */
#define RTMP_ERR_PROTOCOL 15

/** There was no memory. */
#define RTMP_ERR_MEMORY 16

/** There is no connection, and none is being made; perhaps the player that is to be verified is
 * being fetched. */
#define RTMP_PHASE_IDLE 0

/** Name, address and socket. */
#define RTMP_PHASE_CONNECTING 1

/** The negotiation with a proxy. */
#define RTMP_PHASE_PROXY 2

/** The handshake of TLS. */
#define RTMP_PHASE_TLS 3

/** Opening an HTTP tunnel. */
#define RTMP_PHASE_TUNNEL 4

/** The handshake of RTMP. */
#define RTMP_PHASE_HANDSHAKE 5

/** From there until play or publish is accepted. */
#define RTMP_PHASE_DIALOGUE 6

/** Media, and all that a server's side of a connection does behind the handshake. */
#define RTMP_PHASE_STREAMING 7

/** Stands for a number that the system does not tell. */
#define RTMP_UNKNOWN UINT32_MAX

/** A status of the server: onStatus, _error, close. */
#define RTMP_EVENT_STATUS 1

/** A command that the library does not know. */
#define RTMP_EVENT_COMMAND 2

/** A user control message. */
#define RTMP_EVENT_CONTROL 3

/** A message of a type that the library does not know, or passes over. */
#define RTMP_EVENT_MESSAGE 4

/** Another phase has begun. */
#define RTMP_EVENT_PHASE 5

/** Nagle's algorithm stays on. */
#define RTMP_CONFIG_NAGLE 1

/** RTMP_Close says nothing: the server may keep the stream for a while, in which the program can
 * come back. */
#define RTMP_CONFIG_QUIET 2

/** A connection whose send has failed is reset, not ended. */
#define RTMP_CONFIG_RESET 4

/** Nothing failed: there is nothing to do now (RTMP_SetNonBlocking). Beside the values of
 * m_read.status. */
#define RTMP_AGAIN (-4)

/** A sent call that waits for its reply. */
typedef struct RTMP_METHOD {
  /** Method name: a NUL-terminated copy from the C allocator. */
  AVal name;
  /** Transaction id. */
  int num;
} RTMP_METHOD;

/** One chunk as it came from the wire, for proxies that pass chunks on unchanged. */
typedef struct RTMPChunk {
  /** Bytes of the header in c_header. */
  int c_headerSize;
  /** Payload bytes of this chunk. */
  int c_chunkSize;
  /** The payload, inside the body of the packet that was read. */
  char *c_chunk;
  /** Basic header, message header and extended timestamp, as received. */
  char c_header[RTMP_MAX_HEADER_SIZE];
} RTMPChunk;

/** One RTMP message, complete or on its way. */
typedef struct RTMPPacket {
  /** Chunk header type 0 to 3 (RTMP_PACKET_SIZE_LARGE and so on). Sending: the wanted type in,
   * the used one out. */
  uint8_t m_headerType;
  /** Message type id (RTMP_PACKET_TYPE_AUDIO and so on). */
  uint8_t m_packetType;
  /** Receiving: not 0 when the message began with a type 0 header, whose timestamp is absolute. */
  uint8_t m_hasAbsTimestamp;
  /** Chunk stream id, 2 to 65599. */
  int m_nChannel;
  /** Milliseconds; absolute in complete messages and in messages to send. */
  uint32_t m_nTimeStamp;
  /** Message stream id. */
  int m_nInfoField2;
  /** Message length in bytes. */
  uint32_t m_nBodySize;
  /** Bytes received so far. */
  uint32_t m_nBytesRead;
  /** Where RTMP_ReadPacket reports the raw chunk; NULL when not wanted. Owned by the caller. */
  RTMPChunk *m_chunk;
  /** The payload; 18 writable bytes stand in front of it. Made by RTMPPacket_Alloc, or the
   * caller's own. */
  char *m_body;
} RTMPPacket;

/** What RTMP_Read remembers between calls; the resume fields are set by the caller after
 * connecting. */
typedef struct RTMP_READ {
  /** Bytes that did not fit the caller's buffer; NULL when there are none. */
  char *buf;
  /** The next of them. */
  char *bufpos;
  /** How many of them. */
  unsigned int buflen;
  /** Timestamp of the last packet delivered, ms. */
  uint32_t timestamp;
  /** Bit 0: video was seen. Bit 2: audio was seen. */
  uint8_t dataType;
  /** RTMP_READ_HEADER to RTMP_READ_SEEKING. */
  uint8_t flags;
  /** RTMP_READ_COMPLETE to RTMP_READ_IGNORE; sticky. */
  int8_t status;
  /** Resume: tag type of the key frame, 8 or 9. */
  uint8_t initialFrameType;
  /** Added to every timestamp that is delivered, ms. */
  uint32_t nResumeTS;
  /** Resume: the metadata that the caller has, to be compared. */
  char *metaHeader;
  /** Resume: the key frame that the caller has. */
  char *initialFrame;
  /** Bytes of metaHeader; 0: do not compare. */
  uint32_t nMetaHeaderSize;
  /** Bytes of initialFrame. */
  uint32_t nInitialFrameSize;
  /** Packets ignored while looking for the key frame. */
  uint32_t nIgnoredFrameCounter;
  /** Aggregates ignored while looking for the key frame. */
  uint32_t nIgnoredFlvFrameCounter;
} RTMP_READ;

/** A socket with its receive buffer. sb_size bytes from sb_start on are received and not yet
 * consumed. */
typedef struct RTMPSockBuf {
  /** The socket, -1 when there is none. */
  int sb_socket;
  /** Unread bytes in sb_buf. */
  int sb_size;
  /** The next unread byte, inside sb_buf. */
  char *sb_start;
  /** What was received. */
  char sb_buf[RTMP_BUFFER_CACHE_SIZE];
  /** 1 after a receive timeout. */
  int sb_timedout;
  /** The TLS session, NULL on a plain socket. */
  void *sb_ssl;
} RTMPSockBuf;

/** The parameters of one connection. Strings are borrowed from the caller unless stated. */
typedef struct RTMP_LNK {
  /** Server host. */
  AVal hostname;
  /** Proxy host, or the URL of a proxy that does not speak SOCKS4; a copy from the C allocator. */
  AVal sockshost;
  /** The play path of the URL; from the C allocator, freed by close. */
  AVal playpath0;
  /** The play path in effect. */
  AVal playpath;
  /** tcUrl of connect. */
  AVal tcUrl;
  /** swfUrl of connect. */
  AVal swfUrl;
  /** pageUrl of connect. */
  AVal pageUrl;
  /** app of connect. */
  AVal app;
  /** String sent after the connect object. */
  AVal auth;
  /** flashVer of connect. */
  AVal flashVer;
  /** Name for FCSubscribe. */
  AVal subscribepath;
  /** Token for NetStream.Authenticate.UsherToken. */
  AVal usherToken;
  /** Key of SecureToken. */
  AVal token;
  /** Publisher's user name. */
  AVal pubUser;
  /** Publisher's password. */
  AVal pubPasswd;
  /** Values appended to connect (option conn). */
  AMFObject extras;
  /** Depth of open objects while conn options are parsed. */
  int edepth;
  /** Where to start, ms. */
  int seekTime;
  /** Where to stop, ms; 0: at the end. */
  int stopTime;
  /** RTMP_LF_* bits. */
  int lFlags;
  /** Days to trust the SWF cache. */
  int swfAge;
  /** RTMP_FEATURE_* bits. */
  int protocol;
  /** Timeout, seconds; 0 or less: none. */
  int timeout;
  /** Private. */
  int pFlags;
  /** Proxy port; 0: no proxy. */
  unsigned short socksport;
  /** Server port. */
  unsigned short port;
#if defined(CRYPTO)
  /** Private. */
  void *dh;
  /** Private. */
  void *rc4keyIn;
  /** Private. */
  void *rc4keyOut;
  /** Size of the decompressed SWF; 0: no verification. */
  uint32_t SWFSize;
  /** HMAC-SHA256 of the decompressed SWF. */
  uint8_t SWFHash[RTMP_SWF_HASHLEN];
  /** The body of the SWF verification response: 10 bytes, then a hash. */
  char SWFVerificationResponse[42];
#endif
} RTMP_LNK;

/** One connection. Callers own the memory, embed it, read and poke it at any moment. */
typedef struct RTMP {
  /** Chunk size of the peer, bytes. */
  int m_inChunkSize;
  /** Chunk size used for sending, bytes. */
  int m_outChunkSize;
  /** Bandwidth-check replies sent. */
  int m_nBWCheckCounter;
  /** Bytes received; wraps. */
  int m_nBytesIn;
  /** Value of the last bytes-read report. */
  int m_nBytesInSent;
  /** Buffer time, ms. */
  int m_nBufferMS;
  /** Message stream id; -1 after close. */
  int m_stream_id;
  /** Chunk stream of the first media packet. */
  int m_mediaChannel;
  /** Timestamp of the last media packet, ms. */
  uint32_t m_mediaStamp;
  /** Timestamp used by pause, ms. */
  uint32_t m_pauseStamp;
  /** 0: no. 1: paused. 2: end of stream seen while pausing. 3: unpaused, waiting for newer
   * media. */
  int m_pausing;
  /** Window acknowledgement size, bytes. */
  int m_nServerBW;
  /** Peer bandwidth, bytes. */
  int m_nClientBW;
  /** Limit type of the peer bandwidth. */
  uint8_t m_nClientBW2;
  /** Not 0: play or publish was accepted. */
  uint8_t m_bPlaying;
  /** Not 0: send objectEncoding even when it is 0. */
  uint8_t m_bSendEncoding;
  /** Not 0: send bytes-read reports. */
  uint8_t m_bSendCounter;
  /** Last transaction id used. */
  int m_numInvokes;
  /** Entries in m_methodCalls. */
  int m_numCalls;
  /** Calls that wait for a reply. */
  RTMP_METHOD *m_methodCalls;
  /** Elements of m_vecChannelsIn and m_channelTimestamp. */
  int m_channelsAllocatedIn;
  /** Elements of m_vecChannelsOut. */
  int m_channelsAllocatedOut;
  /** Last packet of each incoming chunk stream. */
  RTMPPacket **m_vecChannelsIn;
  /** Last packet of each outgoing chunk stream. */
  RTMPPacket **m_vecChannelsOut;
  /** Absolute timestamp of each incoming chunk stream, ms. */
  int *m_channelTimestamp;
  /** audioCodecs of connect. */
  double m_fAudioCodecs;
  /** videoCodecs of connect. */
  double m_fVideoCodecs;
  /** objectEncoding of connect. */
  double m_fEncoding;
  /** Duration from the metadata, seconds. */
  double m_fDuration;
  /** HTTP tunnel: number of the next request. */
  int m_msgCounter;
  /** HTTP tunnel: interval byte. */
  int m_polling;
  /** HTTP tunnel: bytes left in the response. */
  int m_resplen;
  /** HTTP tunnel: requests without a response. */
  int m_unackd;
  /** HTTP tunnel: path of the session, from the C allocator. */
  AVal m_clientID;
  /** State of RTMP_Read. */
  RTMP_READ m_read;
  /** State of RTMP_Write. */
  RTMPPacket m_write;
  /** The socket. */
  RTMPSockBuf m_sb;
  /** The parameters. */
  RTMP_LNK Link;
} RTMP;

/** Why a connection failed. */
typedef struct RTMP_ERROR {
  /** In: sizeof(RTMP_ERROR) in the program. */
  uint32_t size;
  /** RTMP_ERR_*: what programs decide by. */
  int kind;
  /** RTMP_PHASE_*: where. */
  int phase;
  /** errno of the system call that failed, 0 when none did. */
  int system;
  /** RTMP_ERR_RESOLVE: EAI_*. RTMP_ERR_TLS: the alert, 0 to 255, -1: none. RTMP_ERR_PROXY: its
   * status, 0: none. Else 0. */
  int detail;
  /** RTMP_ERR_REFUSED: the server's code, such as "NetStream.Publish.BadName". Else "". */
  char code[64];
  /** For people: as RTMP_LastError gives it. */
  char text[1024];
} RTMP_ERROR;

/** What a server has answered to connect about what it can do with media. */
typedef struct RTMP_CAPABILITIES {
  /** In: sizeof(RTMP_CAPABILITIES) in the program. */
  uint32_t size;
  /** RTMP_SAID_*: which of the following the server said. What it did not say is 0. */
  uint32_t said;
  /** RTMP_CAPS_EX_* bits. */
  uint32_t capsEx;
  /** RTMP_VIDEO_FUNCTION_* bits. */
  uint32_t videoFunction;
  /** 0: AMF0 only, 3: AMF0 and AMF3. */
  uint32_t objectEncoding;
  /** Codecs in fourCcList, as RTMP_GetFourCc gives them. */
  uint32_t listed;
  /** Codecs in videoFourCcInfoMap. */
  uint32_t videoInfos;
  /** Codecs in audioFourCcInfoMap. */
  uint32_t audioInfos;
} RTMP_CAPABILITIES;

/** What has happened, see RTMP_Configure. All of it ends with the call. */
typedef struct RTMP_EVENT {
  /** sizeof(RTMP_EVENT) in the library. Later versions of the struct are longer. */
  uint32_t size;
  /** RTMP_EVENT_*. */
  int kind;
  /** RTMP_PHASE_*: what is under way. */
  int phase;
  /** The code of a status, not NUL-terminated; may be empty. */
  AVal code;
  /** Its description, likewise. */
  AVal description;
  /** The decoded message of a status or command, else NULL. */
  const AMFObject *object;
  /** The message; NULL for RTMP_EVENT_PHASE. */
  const RTMPPacket *packet;
} RTMP_EVENT;

/** An option as RTMP_SetOpt sets it. Both are C strings. */
typedef struct RTMP_OPTION {
  /** Its name, in any case. */
  const char *name;
  /** Its value, as it is: nothing stands for a blank. */
  const char *value;
} RTMP_OPTION;

/** What a program says of its connections, see RTMP_Configure. All zeros but size change
 * nothing. */
typedef struct RTMP_CONFIG {
  /** sizeof(RTMP_CONFIG) in the program. Later versions of the struct are longer; what a program
   * does not have counts as 0. */
  uint32_t size;
  /** RTMP_CONFIG_*. */
  uint32_t flags;
  /** In place of the option, ms; 0: what the option says, below 0: no limit (as 0 is in the
   * option). */
  int connectTimeout;
  /** The same for receives. */
  int receiveTimeout;
  /** The same for sends. */
  int sendTimeout;
  /** Only addresses of IPv4 (4) or of IPv6 (6) are connected to; 0: what the option says, else
   * of both. */
  int family;
  /** SO_SNDBUF of each socket, set before it connects; 0: what the option says, else the
   * system's. */
  int sendBuffer;
  /** The host, or host:port, to connect to in place of the URL's; NULL: what the option says.
   * What the server is told and what its certificate has to say stays the URL's. Not for a
   * server that is moved to with reconnect=auto. */
  const char *connectTo;
  /** More properties of the object of the command connect, behind app and type and those of the
   * option, or NULL. Of 16384 bytes at most with the latter when they are encoded, which is
   * done anew with each connect; all must have names. */
  const AMFObject *connectProperties;
  /** Handed to the functions. */
  void *user;
  /** Called with each socket that is made for the handle, before it connects, or NULL. 0: the
   * socket is not to be used. */
  int (*onSocket)(void *user, int fd);
  /** Called at least every 100 ms while a call waits, or NULL. Not 0: as RTMP_Cancel. */
  int (*onWait)(void *user);
  /** Called when something has happened, or NULL. */
  void (*onEvent)(void *user, const RTMP_EVENT *event);
  /** Options to set, up to one whose name is NULL; or NULL: none. */
  const RTMP_OPTION *options;
} RTMP_CONFIG;

/** What a program waits for before it calls again. */
typedef struct RTMP_WANT {
  /** In: sizeof(RTMP_WANT) in the program. */
  uint32_t size;
  /** What to poll, -1: nothing. */
  int fd;
  /** POLLIN and POLLOUT. */
  int events;
  /** The longest wait, ms; -1: for ever. */
  int timeout;
} RTMP_WANT;

/** What the first bytes of an audio or video message say. */
typedef struct RTMP_PAYLOAD {
  /** In: sizeof(RTMP_PAYLOAD) in the program. */
  uint32_t size;
  /** RTMP_CONTENT_*, the same for all tracks. */
  uint32_t content;
  /** 1: Enhanced RTMP, 0: legacy. */
  uint32_t isExtended;
  /** 1: a frame that playing can begin with. So are legacy sequence headers of key frames, which
   * are configuration too; SequenceStart is not. */
  uint32_t isKey;
  /** 1: prepares a decoder and shows nothing. Wanted before the frames behind it, also by those
   * who come later. */
  uint32_t isConfiguration;
  /** 1: a frame that no other needs. */
  uint32_t isDroppable;
  /** Frame type of video: 1 key, 2 inter, 3 disposable, 4 generated key, 5 command; 0 for audio
   * and metadata. */
  uint32_t frameType;
  /** Legacy: codec id of video, sound format of audio. 0 when extended. */
  uint32_t codec;
  /** RTMP_LAYOUT_*. */
  uint32_t layout;
  /** Tracks in the message, 1 at least. */
  uint32_t tracks;
  /** Codec of the first track, RTMP_FOURCC_* or another; 0 for RTMP_LAYOUT_LEGACY. */
  uint32_t fourCc;
  /** Id of the first track. */
  uint32_t trackId;
  /** When the frame of the first track is shown, ms behind its timestamp. */
  int32_t compositionTime;
  /** Nanoseconds to be added to the time of presentation, below 1000000. */
  uint32_t nanoOffset;
} RTMP_PAYLOAD;

/** One track of an audio or video message. */
typedef struct RTMP_TRACK {
  /** In, in the first of several: sizeof(RTMP_TRACK) in the program. */
  uint32_t size;
  /** Its codec; 0 for RTMP_LAYOUT_LEGACY. */
  uint32_t fourCc;
  /** Its id. Those of audio and of video have nothing to do with each other. */
  uint32_t trackId;
  /** Where its part begins in the body of the message: behind all headers, before a composition
   * time. */
  uint32_t offset;
  /** Bytes of that part. */
  uint32_t length;
  /** When its frame is shown, ms behind the timestamp. */
  int32_t compositionTime;
} RTMP_TRACK;

/** A server's request to connect anew. */
typedef struct RTMP_RECONNECT {
  /** In: sizeof(RTMP_RECONNECT) in the program. */
  uint32_t size;
  /** RTMP_RECONNECT_NONE, RTMP_RECONNECT_REQUESTED or RTMP_RECONNECT_REFUSED. */
  uint32_t state;
  /** Requests since RTMP_Connect: a program that looks again and again knows a new one by it. */
  uint32_t count;
  /** Where the application, with its query, begins in url: url + app. */
  uint32_t app;
  /** Where to go, resolved: host and application, not the stream, with the user and password if
   * the server names them. Empty unless requested. */
  char url[2048];
  /** The server's words, made printable; may be empty. */
  char description[1024];
  /** Why it was refused, else empty. */
  char reason[64];
} RTMP_RECONNECT;

/** How a connection goes, see RTMP_GetStats. Sums begin with RTMP_Connect. */
typedef struct RTMP_STATS {
  /** In: sizeof(RTMP_STATS) in the program. Later versions of the struct are longer. */
  uint32_t size;
  /** RTMP_PHASE_*: what is under way. */
  int phase;
  /** Bytes of RTMP that were received and used; m_nBytesIn without its wrap. */
  uint64_t bytes_in;
  /** Bytes of RTMP that were sent: of messages that were sent as a whole, or wait as a whole
   * (queued). */
  uint64_t bytes_out;
  /** Bytes received on the socket: with TLS, a tunnel and the talk with a proxy. */
  uint64_t wire_in;
  /** Bytes sent on the socket, as far as the system has taken them. */
  uint64_t wire_out;
  /** Complete messages received, those that the library answers by itself included. */
  uint64_t messages_in;
  /** Messages sent, those of the library included. RTMP_SendChunk sends bytes. */
  uint64_t messages_out;
  /** Bytes that the server has reported as received. It does so now and then, and some never do. */
  uint64_t confirmed;
  /** Looking up the name, ms. This and the next four are rounded up, and 0 until that phase is
   * done. */
  uint32_t resolve_ms;
  /** Connecting the socket, with the talk with a proxy, ms. */
  uint32_t connect_ms;
  /** The handshake of TLS, ms. */
  uint32_t tls_ms;
  /** The handshake of RTMP, with the opening of a tunnel, ms. */
  uint32_t handshake_ms;
  /** From there until play or publish was accepted, ms. */
  uint32_t dialogue_ms;
  /** Time in which sends have waited for the peer, together, ms; a wait that goes on is
   * included. */
  uint32_t blocked_ms;
  /** Bytes that wait inside the library (RTMP_SetNonBlocking), part of bytes_out; 0 where calls
   * wait. */
  uint32_t queued;
  /** The age of the oldest of them, ms. */
  uint32_t queued_ms;
  /** Bytes sent that the peer's system has not acknowledged: what waits to be sent, and what is
   * on its way. */
  uint32_t unsent;
  /** Room that the system has for them, SO_SNDBUF; on Linux with what it notes about them. */
  uint32_t send_buffer;
  /** The round trip time, microseconds. */
  uint32_t rtt_us;
  /** How much that varies, microseconds. */
  uint32_t rtt_var_us;
  /** Segments sent again. */
  uint32_t retransmits;
  /** What the peer has lately taken, bytes per second. */
  uint32_t delivery_rate;
  /** Pings of the server that were answered. */
  uint32_t pings;
  /** 0: with it the struct is as long on every machine. */
  uint32_t reserved;
} RTMP_STATS;

/** Not 0: blocking calls that a signal interrupts give up. Set it, also from a signal handler,
 * or call RTMP_UserInterrupt. */
extern int RTMP_ctrlC;

/** As RTMPProtocolStrings, in lower case: the schemes of URLs. */
extern const char RTMPProtocolStringsLower[9][7];

/** The Flash version that RTMP_SetupStream uses when it is given none. */
extern const AVal RTMP_DefaultFlashVer;

/** The version of the interface: RTMP_LIB_VERSION, 0x020300. It says nothing about the library's
 * own version. */
int RTMP_LibVersion(void);

/** Makes blocking calls give up when a signal interrupts them: sets RTMP_ctrlC to 1. May be
 * called from a signal handler. It stays so until the program sets RTMP_ctrlC to 0. */
void RTMP_UserInterrupt(void);

/** Milliseconds since some moment in the past; wraps at 2^32. Only differences mean something. */
uint32_t RTMP_GetTime(void);

/** Makes a handle. It must be initialised with RTMP_Init before anything else is done with it,
 * and released with RTMP_Free. NULL when there is no memory. */
RTMP *RTMP_Alloc(void);

/** Releases the memory of a handle from RTMP_Alloc, and nothing else: call RTMP_Close first.
 * NULL is fine. */
void RTMP_Free(RTMP *r);

/** Why the handle's last connection failed, for people: the phase, and the reason of the system,
 * of TLS, or of the server (its code and description). What fails first counts; after
 * RTMP_Cancel that is "PHASE: cancelled". A receive timeout, behind which the connection goes
 * on, counts until something worse happens.
 *
 * r: a handle set up by RTMP_Init, closed or not.
 * Returns text that is valid until the next call with this handle; it survives RTMP_Close.
 * Empty when nothing failed since RTMP_Connect or RTMP_Connect0; NULL for NULL. */
const char *RTMP_LastError(RTMP *r);

/** Why the handle's last connection failed, for programs: the kind of failure, the phase that it
 * came in, and what is known besides. It is the reason that RTMP_LastError gives in words, and
 * both change together: what fails first counts, a receive timeout until something worse
 * happens, and RTMP_Connect, RTMP_Connect0 and RTMP_Init forget it. It survives RTMP_Close, and
 * failing calls that close by themselves. A call that fails although the connection goes on (a
 * message that there is no memory for, or that cannot be said), or that the server has finished
 * before it began, has a kind and no text. Going to another server in vain (option
 * reconnect=auto) has the kind of what failed there, and a text that begins with "reconnect: ".
 *
 * r: a handle set up by RTMP_Init, connected or not.
 * error: filled; error->size says how long it is. What this library does not know of a longer
 * one is zeroed.
 * Returns TRUE, also when nothing failed (RTMP_ERR_NONE); FALSE, and nothing is written, for
 * NULL and for a size that is shorter than the struct.
 *
 * Any thread may call it at any moment, also while others connect, read, write or close; it
 * waits for none of them. Signal handlers may not. */
int RTMP_GetError(RTMP *r, RTMP_ERROR *error);

/** Makes a fresh handle of any memory. What it held is neither read nor released: close a used
 * handle first. */
void RTMP_Init(RTMP *r);

/** Prepares the handle for publishing. Call it between RTMP_SetupURL or RTMP_SetupStream, which
 * undo it, and RTMP_Connect. */
void RTMP_EnableWrite(RTMP *r);

/** Sets how many milliseconds of media the server may send ahead. On a connection that plays
 * already, call RTMP_UpdateBufferMS to tell the server. */
void RTMP_SetBufferMS(RTMP *r, int size);

/** Not 0 while the handle has a socket. */
int RTMP_IsConnected(RTMP *r);

/** The socket, -1 when the handle has none. Programs may wait for it and set socket options;
 * what was received ahead is counted in m_sb.sb_size.
 *
 * A program may make it non-blocking by itself (O_NONBLOCK). That nothing has come then is said
 * as after a receive timeout, ends nothing and loses nothing, also in the middle of a message,
 * and the call is to be repeated when the socket is readable: RTMP_Read gives 0 with
 * m_read.status 0, RTMP_ReadPacket and RTMP_ConnectStream FALSE; RTMP_IsTimedout is TRUE. What
 * cannot be repeated waits as on any other socket, within its time limits: RTMP_Connect1,
 * RTMP_Serve, RTMP_TLS_Accept, and all that sends, answers to the server included. SO_RCVTIMEO
 * and SO_SNDTIMEO of the program take the place of the library's limits: behind such a timeout
 * m_read.status is -1, and RTMP_Read goes on when the program has set it to 0. To never wait is
 * what RTMP_SetNonBlocking is for. */
int RTMP_Socket(RTMP *r);

/** Not 0 when the last read ended because nothing came in time. RTMP_Close does not change it. */
int RTMP_IsTimedout(RTMP *r);

/** The duration of the stream in seconds, 0 as long as no metadata said it. */
double RTMP_GetDuration(RTMP *r);

/** Forgets call i of those that wait for a reply; nothing happens when there is no such call.
 * With freeit its name is released, otherwise it becomes the caller's, who must have copied the
 * pointer before and frees it with free(). */
void RTMP_DropRequest(RTMP *r, int i, int freeit);

/** What the server can do with media, as it said in its answer to the command connect, whether
 * it accepted or refused. The answer is heard by RTMP_ConnectStream or by the functions that
 * read; after a login it is that on the last connection. It is for the program alone: many
 * servers say nothing and forward everything, and the library refuses nothing because of it.
 *
 * Any thread may ask at any moment; nothing is waited for.
 *
 * r: a handle set up by RTMP_Init. When a call has closed the connection the answer stays until
 * RTMP_Close or the next RTMP_Connect.
 * capabilities: size is set to sizeof(RTMP_CAPABILITIES). What a longer one has more is zeroed.
 * Returns TRUE when the server has answered; said is 0 then if it said nothing of all this.
 * FALSE when it has not (the rest of the struct is zero), while the handle is being closed, for
 * NULL and for a size that is too small. What is of a wrong type, negative or longer than 32
 * bits was not said; of each list and map there are 64 codecs at most, and "*". */
int RTMP_GetCapabilities(RTMP *r, RTMP_CAPABILITIES *capabilities);

/** What the server can do with a codec.
 *
 * r: as for RTMP_GetCapabilities; any thread may ask.
 * list: RTMP_FOURCCS_VIDEO or RTMP_FOURCCS_AUDIO; or RTMP_FOURCCS_LISTED, which has no flags.
 * fourCc: RTMP_FOURCC_HEVC and so on, or RTMP_FOURCC_ANY for what the server said of all
 * codecs.
 * flags: out: RTMP_FOURCC_CAN_* bits; 0 behind FALSE. Where the server said something of all
 * codecs that overrides what it said of this one, which RTMP_GetFourCc has.
 * Returns TRUE when the server named the codec, or all codecs. */
int RTMP_GetFourCcInfo(RTMP *r, int list, uint32_t fourCc, uint32_t *flags);

/** The codecs that the server named, one by one.
 *
 * r: as for RTMP_GetCapabilities; any thread may ask.
 * list: RTMP_FOURCCS_LISTED, RTMP_FOURCCS_VIDEO or RTMP_FOURCCS_AUDIO.
 * index: from 0 on.
 * fourCc: out: the codec, RTMP_FOURCC_ANY for "*"; 0 behind FALSE.
 * flags: out: the RTMP_FOURCC_CAN_* bits that the server gave to it; 0 for RTMP_FOURCCS_LISTED
 * and behind FALSE.
 * Returns TRUE, or FALSE when there are not so many. */
int RTMP_GetFourCc(RTMP *r, int list, uint32_t index, uint32_t *fourCc, uint32_t *flags);

/** Says, in one block, what has no field in RTMP, for the connections that are made from here
 * on. Without this call nothing is changed.
 *
 * Where a field says what an option says, too, it counts before that: a number that is not 0, a
 * connectTo that is not NULL. A flag is on when it is set here, or by the option nagle, quiet
 * or reset. connectProperties are sent behind those of the option. A time limit below 0 is
 * none, which the options connectTimeout, receiveTimeout and sendTimeout say by 0.
 *
 * options are set when this is called, in their order, as by RTMP_SetOpt. They stay set when
 * another block or NULL takes the place of this one, are set once more by each call, and can be
 * set anew by RTMP_SetOpt or behind a URL. The library refers to their values as to those given
 * to RTMP_SetOpt, which live until RTMP_Close in any case. RTMP_SetupURL replaces app and
 * playpath, RTMP_SetupStream playpath, socks, flashver, start, stop and timeout, and what else
 * it is given: such options are set behind that. swfVfy and swfAge take effect in RTMP_SetupURL
 * only.
 *
 * RTMP_CONFIG_QUIET leaves out what RTMP_Close tells the server: FCUnpublish and deleteStream,
 * and in a tunnel that it is over. RTMP_CONFIG_RESET closes a socket on which a message could
 * not be sent, or an answer of the library's, so that the server learns it at once; what that
 * has not taken yet is thrown away. A goodbye that the server does not take is no reason: it
 * may still get what was sent before. A host without addresses of the family fails with
 * RTMP_ERR_BIND, and so does one whose sockets onSocket all refuses. A connectTo that is
 * neither a host nor host:port fails with RTMP_ERR_RESOLVE.
 *
 * With a proxy, family and onSocket are about the socket to it, and connectTo is what it is
 * told. A player that RTMP_SetupURL or RTMP_Connect fetches to verify it is fetched through
 * such sockets too; HTTP_get and RTMP_HashSWF know no handle.
 *
 * onSocket is called in the thread that connects (with RTMP_Start, one of the library's), and
 * may call RTMP_Cancel, RTMP_GetError and RTMP_GetStats.
 *
 * onWait is called in each thread that waits for the network in a call on the handle, perhaps
 * by two at the same time. It may call RTMP_Cancel, RTMP_GetError and RTMP_GetStats, and
 * nothing else of the library. It is not called while a thread waits for another one that uses
 * the handle, and not by the last second of RTMP_Close.
 *
 * onEvent is called in the thread that reads, before the library does anything about a message:
 * what has come by RTMP_Read and the like, by what RTMP_Write hears meanwhile, and by
 * RTMP_ClientPacket, but no media. A message without a body is none. It may call RTMP_Cancel,
 * RTMP_GetError, RTMP_GetStats and, from RTMP_PHASE_DIALOGUE on, what sends, and not
 * RTMP_Close. Phases are told as they begin, up to RTMP_PHASE_STREAMING when the stream is
 * accepted, and once more with each further connection that a call makes.
 *
 * An exception of C++ that leaves one of them ends there, as if it had returned 0 (on x86-64
 * with ELF; elsewhere it ends the program).
 *
 * r: a handle set up by RTMP_Init that is not connected.
 * config: begins with its size in the program; or NULL, which forgets an earlier one. It is not
 * copied: it and all that it points to stays as it is until another one or NULL takes its
 * place, or the handle is not used any more. RTMP_Close does not forget it, RTMP_Init does.
 * Returns TRUE. FALSE, and changes nothing, for a handle that is NULL, with errno EINVAL for a
 * size that is shorter than the first version of the struct, for a family that is none and for
 * a sendBuffer below 0, and with errno EBUSY from RTMP_Connect or RTMP_Start on until the
 * connection is closed, and while RTMP_SetupURL fetches a player. FALSE with errno EINVAL, too,
 * for the first option that RTMP_SetOpt refuses or that has no value: then those before it are
 * set, those behind it are not looked at, and the block that was there before stays. */
int RTMP_Configure(RTMP *r, const RTMP_CONFIG *config);

/** Connects to the server that the set-up functions named: resolves the name, connects to the
 * first of its addresses (IPv4 or IPv6) that answers, shakes hands and sends the command
 * connect. The server's reply is not waited for: RTMP_ConnectStream or the reading functions
 * process it.
 *
 * r: a handle set up by RTMP_SetupURL or RTMP_SetupStream. A connection that it still has is
 * ended first.
 * cp: sent instead of the connect command; usually NULL. Stays the caller's.
 * Returns TRUE; FALSE when there is no connection, which is logged. Looking up the name,
 * connecting and the talk with a proxy are over, together, within Link.timeout (seconds), but
 * 10 seconds at least, or within option connectTimeout. Then the handshakes of TLS and of RTMP
 * have Link.timeout each, or option receiveTimeout. RTMP_IsTimedout tells that a time ran out.
 * With Link.timeout 0 nothing is limited. RTMP_LastError says why there is no connection. */
int RTMP_Connect(RTMP *r, RTMPPacket *cp);

/** Connects the socket only, as the first part of RTMP_Connect.
 *
 * r: a handle set up by RTMP_Init.
 * svc: a struct sockaddr_in or struct sockaddr_in6, told apart by its family. When the set-up
 * functions named a proxy it is the proxy's address: the proxy is then asked for the server.
 * Returns TRUE, with the socket in m_sb.sb_socket and Link.timeout (seconds) as its receive
 * timeout; else FALSE. As for RTMP_Connect, connecting has 10 seconds at least. */
int RTMP_Connect0(RTMP *r, struct sockaddr *svc);

/** Shakes hands on a connected socket and sends the command connect: the second part of
 * RTMP_Connect, for programs that connect the socket themselves.
 *
 * r: a handle with a connected socket in m_sb.sb_socket. One that the program has made
 * non-blocking is waited for, too.
 * cp: sent instead of the connect command; usually NULL. Stays the caller's.
 * Returns TRUE; else FALSE, and the socket is closed. Timeouts that the program has given to
 * the socket stay. */
int RTMP_Connect1(RTMP *r, RTMPPacket *cp);

/** Runs the handshake as server.
 *
 * r: a handle with an accepted socket in m_sb.sb_socket. Its receive timeout, if any, is the
 * caller's choice. One that the program has made non-blocking is waited for, too.
 * Returns TRUE; FALSE when the client wants something unknown or the connection failed. The
 * caller closes. */
int RTMP_Serve(RTMP *r);

/** Ends the connection: tells the server, closes the socket, frees everything that the library
 * has attached to the handle. The handle itself stays and can be used again, or be freed. Other
 * threads that are inside calls on this handle are woken, their calls fail, and RTMP_Close
 * returns when all of them have left it. When two threads close at once, both return when it is
 * done, and only the first touches the handle: either may free it then.
 *
 * Inside a call, that is, from a callback, it closes the connection and does not wait for other
 * threads' closes; what the call still uses is freed when it ends. The handle may not be freed
 * before. A signal handler may call it, also when it has interrupted a call on the same handle,
 * which then fails. Where the call was not waiting for the network just then, only the socket
 * is closed, without a goodbye, and the rest is freed by the next RTMP_Close, which is due
 * anyway. A handler that jumps out of the call (siglongjmp) loses what the call had allocated,
 * and the handle may from then on be closed by that thread only. In a child made by fork, the
 * connections of the parent are the parent's: only the descriptor is closed, nothing is sent,
 * nobody is waited for. A connection on which another thread was at work during the fork fails
 * every other call.
 *
 * A peer that has not taken everything yet is given time: a second at most, less when it takes
 * nothing or when the socket has a shorter send timeout. A program that has set SO_LINGER on
 * the socket chooses the time by it; 0 is none.
 *
 * r: a handle set up by RTMP_Init, connected or not; NULL does nothing. */
void RTMP_Close(RTMP *r);

/** Makes every call on the handle fail: those that other threads are blocked in, in whatever
 * phase, at once, and later ones until RTMP_Close, with errno ECANCELED. RTMP_LastError says
 * "cancelled" then, unless something else came first. Frees, locks and allocates nothing:
 * threads and signal handlers may call it at any moment. RTMP_Close from another thread does
 * the same and then waits for those calls to end.
 *
 * This also wakes a thread that pthread_cancel is to end: a call on a handle is not interrupted
 * by that, and its thread ends when the call returns. RTMP_Close is the exception: programs
 * clean up by it, and no thread ends in it.
 *
 * r: a handle set up by RTMP_Init, connected or not; NULL does nothing. */
void RTMP_Cancel(RTMP *r);

/** Makes the calls on a handle never wait, or makes them wait again. For programs with one loop
 * for many connections: RTMP_Want says what to poll, RTMP_Drive goes on.
 *
 * Then RTMP_Read, RTMP_ReadPacket and RTMP_GetNextMediaPacket give what has come, and else
 * RTMP_AGAIN, or FALSE with errno EAGAIN. RTMP_Write, RTMP_SendPacket and all others that send
 * take a message as a whole into a queue, or, when that is full, nothing of it: RTMP_AGAIN, or
 * FALSE with errno EAGAIN. What was taken is copied, and is sent as soon as the socket takes
 * it, by these calls and by RTMP_Drive. What the server gets is what it gets from calls that
 * wait, byte by byte. RTMP_Connect, RTMP_Connect0, RTMP_Connect1, RTMP_ConnectStream,
 * RTMP_ReconnectStream, RTMP_ToggleStream, RTMP_Serve and RTMP_TLS_Accept fail with errno
 * EBUSY: RTMP_Start connects. RTMP_Close says goodbye as far as the socket takes it, and throws
 * away what is queued; see RTMP_Finish. The time limits of the handle hold too, see RTMP_Drive.
 * A server that asks to reconnect is not followed, also with reconnect=auto:
 * RTMP_GetReconnectRequest tells the program.
 *
 * One thread drives and reads; another may write; RTMP_Cancel may come from anywhere.
 *
 * r: a handle set up by RTMP_Init, before it connects or with a connection. What is said holds
 * for later connections too, until RTMP_Init.
 * on: 0: calls wait, as those of a handle of which nothing was said.
 * limit: bytes that the queue holds, 0: 4 MiB. A message that is longer is taken when the queue
 * is empty. What the library itself has to say, such as answers to pings, may go beyond it by
 * 64 KiB, and by what is owed for what has been read by then; nothing more is read until there
 * is room.
 * Returns TRUE. FALSE for RTMPT, whose calls always wait (errno EOPNOTSUPP), while RTMP_Start
 * is at work (EBUSY), and when calls are to wait again while something is queued (EAGAIN). */
int RTMP_SetNonBlocking(RTMP *r, int on, unsigned int limit);

/** RTMP_Connect and RTMP_ConnectStream, without waiting for them. A thread of the library's own
 * runs them, in which the log callback may be called; RTMP_Drive tells when it is done. Until
 * then every other call on the handle says that there is nothing to do now (RTMP_AGAIN, or
 * failure with errno EAGAIN), except RTMP_Cancel, RTMP_GetError, RTMP_GetStats and
 * RTMP_GetReconnectRequest, and RTMP_Close, which waits for the thread. A program that must not
 * wait there either cancels, and drives until that says -1.
 *
 * A child of fork does not have the thread: there RTMP_Drive says -1 (ENOTCONN), and RTMP_Close
 * closes descriptors, without waiting. The parent's connection goes on.
 *
 * r: a handle set up by RTMP_SetupURL or RTMP_SetupStream, whose strings stay valid until
 * RTMP_Drive says that it is done. If RTMP_SetNonBlocking was not called, this does so, with
 * the usual limit.
 * cp: sent instead of the connect command; usually NULL. Copied.
 * seekTime: as for RTMP_ConnectStream.
 * Returns TRUE when that is under way, FALSE when it cannot be: without a host (errno EINVAL),
 * for RTMPT (EOPNOTSUPP), while an earlier one is at work (EBUSY), and without memory or a
 * thread. RTMP_Close has to follow before the handle may be freed. */
int RTMP_Start(RTMP *r, RTMPPacket *cp, int seekTime);

/** Goes on with a connection whose calls do not wait, as far as it can: sends what is queued
 * and, as long as the program does not read by itself, serves what the server says. Where
 * something is played that ends with the first media: from there on RTMP_Read serves it too.
 * Behind RTMP_Serve everything is left to the program.
 *
 * Time limits are met here: connectTimeout and receiveTimeout until the stream is accepted,
 * then sendTimeout for a server that takes nothing of what is queued, which ends the
 * connection, and receiveTimeout for one that is silent while it is read from, which does not.
 * RTMP_IsTimedout tells that it was one of these.
 *
 * r: a handle with which RTMP_Start was called, or a connection for which RTMP_SetNonBlocking
 * was.
 * Returns 1 when media may flow (m_bPlaying), RTMP_AGAIN when not yet, 0 when the stream has
 * ended in order or when all of RTMP_Finish has been sent, and -1 when the connection has
 * failed: errno, RTMP_LastError and RTMP_GetError say why. RTMP_Close follows. */
int RTMP_Drive(RTMP *r);

/** What to poll before the next RTMP_Drive, RTMP_Read or RTMP_Write, and how long.
 *
 * fd: the socket. Until RTMP_Drive has told the end of RTMP_Start it is a pipe of the
 * library's, which is only to be polled; -1 without either. It may change with each call.
 * events: POLLIN, and POLLOUT while something is queued. 0, with a timeout of 0, when there is
 * something to do at once.
 * timeout: ms, rounded up; -1: for ever. When it is over RTMP_Drive is to be called.
 *
 * r: as for RTMP_Drive, in the thread that drives.
 * Returns TRUE; FALSE, and writes nothing, for NULL, for a struct that is shorter than this
 * one, and, with errno ENOTCONN, while another thread of the program ends the connection. */
int RTMP_Want(RTMP *r, RTMP_WANT *want);

/** How many bytes have been received that the program has not read: above 0, it need not poll
 * before it reads. What is only the beginning of something does not count once that is known.
 *
 * r: a handle, whose calls wait or not.
 * Returns the number; 0 for NULL. */
int RTMP_Pending(RTMP *r);

/** Queues the goodbye of RTMP_Close behind all that was sent: to be followed by RTMP_Drive until
 * that says 0, and then by RTMP_Close. RTMP_Write fails from here on.
 *
 * r: a connection whose calls do not wait.
 * Returns TRUE when that is under way; FALSE without such a connection, and when it has failed. */
int RTMP_Finish(RTMP *r);

/** Sets the header fields of a packet to zero. m_chunk and m_body stay as they are, nothing is
 * freed.
 *
 * p: the packet, which may be uninitialised memory; NULL does nothing. */
void RTMPPacket_Reset(RTMPPacket *p);

/** Logs a packet's header fields and the first byte of its body at level DEBUG.
 *
 * p: the packet; NULL does nothing. */
void RTMPPacket_Dump(RTMPPacket *p);

/** Gives a packet a zero-filled body of nSize bytes, with 18 writable bytes in front of it for
 * the library.
 *
 * p: the packet. m_body is set to the new body and m_nBytesRead to 0; m_nBodySize is not set,
 * and an older body is not freed.
 * nSize: bytes; 0 gives a body too.
 * Returns TRUE, or FALSE without memory; the packet is then unchanged. The caller frees the
 * body by RTMPPacket_Free. */
int RTMPPacket_Alloc(RTMPPacket *p, uint32_t nSize);

/** Frees the body of a packet and sets m_body to NULL. Nothing happens when there is none.
 *
 * p: a packet whose body comes from RTMPPacket_Alloc or from this library; NULL does nothing. */
void RTMPPacket_Free(RTMPPacket *p);

/** Reads a chunk, and what else of its message has come. Call it until RTMPPacket_IsReady says
 * that the message is complete.
 *
 * r: a connected handle.
 * packet: zero it before the first call; use the same packet for all chunks of a message. While
 * the message is not complete the library keeps its body and m_body is NULL. m_body of a
 * complete message belongs to the caller, who frees it by RTMPPacket_Free before the next call;
 * it is NULL for a message of length 0. When m_chunk is set, one chunk is read and reported
 * there.
 * Returns TRUE when something was read. FALSE when the connection ended (it is closed then) or
 * when nothing came within the receive timeout: RTMP_IsTimedout is TRUE then, the connection is
 * open and the next call goes on where this one stopped. Where no call waits
 * (RTMP_SetNonBlocking) FALSE with errno EAGAIN and RTMP_IsTimedout FALSE says that nothing can
 * be read now. */
int RTMP_ReadPacket(RTMP *r, RTMPPacket *packet);

/** Sends one message, cut into chunks of m_outChunkSize bytes.
 *
 * r: a connected handle.
 * packet: m_headerType (0 to 3, the longest header to use; the one used is stored there),
 * m_packetType, m_nChannel (2 to 65599), m_nTimeStamp (absolute, ms), m_nInfoField2 (message
 * stream id), m_nBodySize and m_body are read. The body stays the caller's and is not changed.
 * queue: not 0: remember a command (type 0x14) in m_methodCalls until its reply comes.
 * Returns TRUE when all of it was written; FALSE when not. A failed write closes the
 * connection. Where no call waits (RTMP_SetNonBlocking) TRUE says that the message was taken,
 * and FALSE with errno EAGAIN and an open connection that the queue has no room for it. What
 * the server says is for the program to read (RTMP_ReadPacket, RTMP_ClientPacket): unlike
 * RTMP_Write this goes on behind a refusal. */
int RTMP_SendPacket(RTMP *r, RTMPPacket *packet, int queue);

/** Sends one chunk as it was received. Nothing is remembered of it: for proxies that pass chunks
 * on.
 *
 * r: a connected handle.
 * chunk: c_headerSize bytes of c_header (18 at most), then c_chunkSize bytes from c_chunk are
 * sent. Only read.
 * Returns TRUE when all of it was written; FALSE when not, and then the connection is closed. */
int RTMP_SendChunk(RTMP *r, RTMPChunk *chunk);

/** Says what an audio or video message is, legacy or Enhanced RTMP: of what codec, a key frame
 * or not, for which track. The bodies of RTMPPacket and of FLV tags are the same. Nothing is
 * decoded, and nothing outside the body is read.
 *
 * packetType: RTMP_PACKET_TYPE_AUDIO or RTMP_PACKET_TYPE_VIDEO.
 * body, bodySize: the whole body; NULL for one of 0 bytes, too.
 * payload: size is set to sizeof(RTMP_PAYLOAD). What a longer one has more is zeroed.
 * Returns TRUE. FALSE when the message is of another type or does not follow the specification:
 * that is no error, it is to be handed on as it is; the rest of the struct is zero then. FALSE
 * for NULL and for a size that is too small. */
int RTMP_ClassifyPayload(int packetType, const char *body, uint32_t bodySize,
                         RTMP_PAYLOAD *payload);

/** The tracks of an audio or video message: several if it is a Multitrack one, else track 0.
 *
 * packetType, body, bodySize: as for RTMP_ClassifyPayload, which tells their number.
 * tracks: room for count of them; size of the first is set to sizeof(RTMP_TRACK).
 * Returns how many were stored: of those of the message the first ones, count at most. 0 when
 * RTMP_ClassifyPayload does not know the message, for NULL and for a size that is too small. */
uint32_t RTMP_GetPayloadTracks(int packetType, const char *body, uint32_t bodySize,
                               RTMP_TRACK *tracks, uint32_t count);

/** Whether the server has asked to connect anew, to another address or to the same one, and
 * where to. Servers ask when the option reconnect is report or auto; with report it is the
 * program that does it, best at the next key frame, by RTMP_Close, RTMP_SetupURL, for which
 * "URL app=APP playpath=STREAM" can be made of what is told here, and RTMP_Connect. Requests
 * are heard by RTMP_ConnectStream, RTMP_Read, RTMP_GetNextMediaPacket, RTMP_ClientPacket and
 * RTMP_Write. The last one counts.
 *
 * Any thread may ask at any moment; nothing is waited for.
 *
 * r: a handle set up by RTMP_Init. A request stays until it is followed (auto), or until the
 * next RTMP_Connect or RTMP_Connect0, RTMP_Close or not.
 * request: size is set to sizeof(RTMP_RECONNECT). What a longer one has more is zeroed.
 * Returns TRUE when there is a request. FALSE when there is none (the rest of the struct is
 * zero), while the handle is being closed, for NULL and for a size that is too small. A request
 * that is not to be followed has RTMP_RECONNECT_REFUSED and no
 * url: to less protection (rtmps to rtmp), of 2048 bytes or more, to what is no URL of RTMP or
 * has blanks or control characters. */
int RTMP_GetReconnectRequest(RTMP *r, RTMP_RECONNECT *request);

/** Sends a user control message.
 *
 * r: a connected handle.
 * nType: the event: 3 buffer length (nObject: stream id, nTime: ms), 7 pong (nObject: the
 * ping's value), 0x1a SWF verification request (nObject: version), 0x1b SWF verification
 * response; any other carries nObject.
 * nObject, nTime: as above.
 * Returns TRUE when it was sent. */
int RTMP_SendCtrl(RTMP *r, short nType, unsigned int nObject, unsigned int nTime);

/** Sends the window acknowledgement size m_nServerBW, bytes.
 *
 * r: a connected handle.
 * Returns TRUE when it was sent. */
int RTMP_SendServerBW(RTMP *r);

/** Sends the peer bandwidth m_nClientBW, bytes, with the limit type m_nClientBW2.
 *
 * r: a connected handle.
 * Returns TRUE when it was sent. */
int RTMP_SendClientBW(RTMP *r);

/** Tells the server the buffer time that RTMP_SetBufferMS stored.
 *
 * r: a connected handle; NULL does nothing. */
void RTMP_UpdateBufferMS(RTMP *r);

/** Asks the server for a message stream. The reply is processed by the reading functions.
 *
 * r: a connected handle.
 * Returns TRUE when the command was sent. */
int RTMP_SendCreateStream(RTMP *r);

/** Divides a URL rtmp[t][e|s]://host[:port][/app[/playpath]] into its parts. Nothing is
 * connected.
 *
 * host and app become parts of url, without a NUL of their own; the brackets of an IPv6 address
 * are left out. playpath becomes a NUL-terminated copy that the caller releases with free(), or
 * NULL and 0. protocol is one of RTMP_PROTOCOL_*, port is 0 when the URL names none.
 *
 * Returns TRUE, or FALSE when url is no URL: then host keeps its value, the other results are
 * 0, NULL, or what was understood. An unknown scheme counts as rtmp, with a warning in the log. */
int RTMP_ParseURL(const char *url, int *protocol, AVal *host, unsigned int *port, AVal *playpath,
                  AVal *app);

/** Derives a play path from the path of a URL: the value of slist= if in begins with a query
 * that has one; with the prefix mp4: or mp3: in place of such an extension; %xx decoded.
 *
 * out becomes a NUL-terminated copy that the caller releases with free(), NULL and 0 when there
 * is no memory. */
void RTMP_ParsePlaypath(AVal *in, AVal *out);

/** Sets one option by its name, in any case: socks, app, tcUrl, pageUrl, swfUrl, flashver, conn,
 * playpath, playlist, live, subscribe, jtv, token, swfVfy, swfAge, start, stop, buffer,
 * timeout, pubUser, pubPasswd, tlsVerify, tlsCAFile, bind, outChunk, connectTimeout,
 * sendTimeout, receiveTimeout, sendAhead, fastStart, silence, ertmp, fourCcList,
 * videoFourCcInfoMap, audioFourCcInfoMap, capsEx, videoFunction, reconnect, family, sendBuffer,
 * nagle, quiet, reset, connectTo, connectProperties. swfVfy and swfAge take effect in
 * RTMP_SetupURL only.
 *
 * socks names a proxy: host or host:port for SOCKS4, or socks4://, socks4a://, socks5:// or
 * http:// and [user:password@]host[:port]. An IPv6 address in front of a port stands in
 * brackets. A port that is none counts as not given; only host:0 means no proxy.
 *
 * outChunk, 128 to 65536, is the size of the chunks that are sent behind the command connect,
 * and is announced to the server. Without it nothing is announced, and m_outChunkSize is used
 * as it is, unless ertmp says otherwise.
 *
 * fastStart asks for the stream without waiting for the answers in between: a publisher's
 * RTMP_Connect sends all up to the command publish, a player's all up to createStream, and
 * RTMP_ConnectStream begins with play. The stream is taken to be 1; the last command is
 * repeated when the server names another. Publishing has to be enabled before RTMP_Connect, as
 * ever. Nothing is sent ahead with pubUser or token, or with a packet of the program's in place
 * of the command connect.
 *
 * ertmp makes a forwarder of Enhanced RTMP: connect says that any codec can be received and
 * forwarded, with several tracks, ModEx and nanoseconds, where fourCcList, videoFourCcInfoMap,
 * audioFourCcInfoMap and capsEx do not say otherwise; data messages in AMF3 (type 15) count as
 * media, which RTMP_Read writes as FLV tags of type 15; and a publisher announces chunks of
 * 4096 bytes, unless outChunk is set or m_outChunkSize is not 128. fourCcList is codecs
 * separated by commas, the two maps codecs with numbers (hvc1:3,*:4), * is any codec, an empty
 * text forgets them; capsEx and videoFunction are numbers, sent as they are.
 *
 * silence lets audio messages without a byte count as media; RTMP_Read writes them as FLV tags
 * without data.
 *
 * timeout bounds each receive. connectTimeout bounds looking up names, connecting and the talk
 * with a proxy, together; without it that is timeout, but 10 seconds at least. sendTimeout
 * bounds a send of which the server takes nothing; without it that is timeout, but 15 seconds
 * at least. receiveTimeout replaces timeout for receives. 0 is no limit. A timeout that the
 * program has given to a socket of its own stays.
 *
 * sendAhead bounds the bytes that wait in the system behind those on their way to the server,
 * where it can (Linux, macOS): when the network is too slow a send then waits instead of what
 * is sent. A limit that the program has given to a socket of its own stays.
 *
 * reconnect says what is done when a server asks to connect anew (Enhanced RTMP): report lets
 * RTMP_GetReconnectRequest tell the program, auto follows the request, no, the default, passes
 * over it. With report and auto servers are told, by bit 0 of capsEx, that they may ask. Any
 * other value is refused.
 *
 * family, sendBuffer, nagle, quiet, reset and connectTo say what fields and flags of
 * RTMP_CONFIG of these names say, which count before them. family is 4, 6, or 0 for both;
 * sendBuffer is in bytes, 0 for the system's; connectTo is a host or host:port, an IPv6 address
 * in front of a port in brackets, an empty text forgets it.
 *
 * connectProperties adds properties to the object of the command connect, behind app and type,
 * in the words of conn with commas between: NB:name:0 or 1, NN:name:number, NS:name:text;
 * NO:name:1 begins an object, O:0 ends it. In names and texts, a backslash and two hexadecimal
 * digits stand for one byte, such as \2c for a comma; behind a URL, whose own escapes come
 * first, that is \5c2c. They take 16384 bytes at most, with those of RTMP_CONFIG. An empty text
 * forgets them.
 *
 * The bytes of arg stay the caller's and must live until RTMP_Close, but for tlsCAFile, bind,
 * connectTo, fourCcList and the two maps, which are copied. Numbers are decimal, octal after 0,
 * hexadecimal after 0x; times are in milliseconds, timeout in seconds. Flags are set by 1, on,
 * yes and true; other values leave them alone, but 0, off, no and false unset tlsVerify,
 * fastStart, ertmp, silence, nagle, quiet and reset.
 *
 * Returns TRUE, or FALSE for an unknown option, with a list of the known ones in the log, and,
 * with nothing changed, for a bad conn and for values of bind, tlsCAFile, outChunk, sendAhead,
 * sendBuffer, the three time limits, fourCcList, the two maps, capsEx, videoFunction,
 * reconnect, family, connectTo and connectProperties that cannot be meant. */
int RTMP_SetOpt(RTMP *r, const AVal *opt, AVal *arg);

/** Prepares the handle for a URL, behind which options may follow as name=value; in values, a
 * backslash and two hexadecimal digits stand for one byte (a blank is \20). Replaces protocol,
 * host, port, app and play path, and sets tcUrl unless an option did. Nothing is connected.
 *
 * A login in the URL, user:password@ in front of the host, sets pubUser and pubPasswd too,
 * until RTMP_Close.
 *
 * url is used in place: it is written to if it has a blank, and must live, unchanged, until
 * after RTMP_Close.
 *
 * With swfVfy the player is fetched here, as RTMP_HashSWF does; the server may be silent for
 * Link.timeout seconds, if that is less than 5. RTMP_Cancel and RTMP_Close from another thread
 * end that, and the call.
 *
 * Returns TRUE, or FALSE when there is no URL, an option is not understood (those before it are
 * set then), or the call was ended. */
int RTMP_SetupURL(RTMP *r, char *url);

/** Prepares the handle from values one by one, in place of RTMP_SetupURL. Nothing is connected.
 *
 * hostname, sockshost and playpath are mandatory, the latter two may be empty. The others may
 * be NULL or empty and then leave what is there, but for flashVer, which becomes
 * RTMP_DefaultFlashVer. No tcUrl is made up. All bytes stay the caller's and must live until
 * after RTMP_Close.
 *
 * protocol is one of RTMP_PROTOCOL_*; port is 0 for the protocol's own; sockshost is a proxy as
 * in the option socks; swfSHA256Hash has 32 bytes, used when swfSize is not 0; dStart and dStop
 * are in milliseconds, timeout is in seconds. */
void RTMP_SetupStream(RTMP *r, int protocol, AVal *hostname, unsigned int port, AVal *sockshost,
                      AVal *playpath, AVal *tcUrl, AVal *swfUrl, AVal *pageUrl, AVal *app,
                      AVal *auth, AVal *swfSHA256Hash, uint32_t swfSize, AVal *flashVer,
                      AVal *subscribepath, AVal *usherToken, int dStart, int dStop, int bLiveStream,
                      long timeout);

/** Receives once into the buffer, behind what is there.
 *
 * sb: a socket with its buffer. Whose it is is not known here: no other thread may close it
 * meanwhile, by RTMP_Close either.
 * Returns the number of bytes added; 0 at the end of the stream, when the buffer is full, and
 * after a receive timeout (sb_timedout is 1 then); -1 on other failures, with errno set. */
int RTMPSockBuf_Fill(RTMPSockBuf *sb);

/** Sends once.
 *
 * sb: a socket with its buffer, as for RTMPSockBuf_Fill.
 * buf, len: the bytes.
 * Returns the number of bytes that the socket took, or -1 with errno set. No signal is raised. */
int RTMPSockBuf_Send(RTMPSockBuf *sb, const char *buf, int len);

/** Closes the socket. sb_socket keeps its value. What was sent and not taken by the peer has as
 * much time as in RTMP_Close.
 *
 * sb: a socket with its buffer.
 * Returns what close(2) returned; 0 when there is no socket. */
int RTMPSockBuf_Close(RTMPSockBuf *sb);

/** How the connection goes, in numbers. Any thread may ask at any moment; it never waits for one
 * that reads, sends, connects or is cancelled, and changes nothing. Not for signal handlers.
 *
 * All numbers begin with RTMP_Connect or RTMP_Connect0, which set them to 0. Where one call
 * goes on on another connection, for a login or with the option reconnect=auto, sums and times
 * go on, those of all its connections together; what one server has not reported before that is
 * missing in confirmed. Without a connection they are those of the last one. What the system
 * tells is about the socket of this moment; where it does not, as of a socket that is not of
 * TCP, and without a socket, it is RTMP_UNKNOWN. Numbers that belong together may be some
 * instructions apart. What a program sends or receives by the socket's number, or by
 * RTMPSockBuf_Send and RTMPSockBuf_Fill, need not be counted.
 *
 * A live publisher watches unsent: bytes that the network has not taken yet. Divided by the
 * rate of the stream they are the delay that viewers have, and they grow at once when the
 * network cannot keep up, where blocked_ms grows only when the system's buffer (send_buffer) is
 * full.
 *
 * r: a handle set up by RTMP_Init, connected or not.
 * stats: begins with its size in the program. No more is written; what this library does not
 * know of it becomes 0.
 * Returns TRUE; FALSE, and writes nothing, for NULL, for a size that is shorter than the first
 * version of the struct, and, with errno ENOTCONN, while another thread closes the handle, or a
 * connection that it goes on without. */
int RTMP_GetStats(RTMP *r, RTMP_STATS *stats);

/** Talks to the server until it accepts play or publish.
 *
 * r: a handle connected by RTMP_Connect.
 * seekTime: where to start, ms, if positive; else Link.seekTime counts.
 * Returns TRUE when media may flow (m_bPlaying). FALSE when the server refuses, which is logged
 * in its words and closes the connection, when the connection ends, when nothing comes within
 * the receive timeout (Link.timeout, or option receiveTimeout), which leaves it open, or when
 * connect, createStream and publish are not all answered within three times that; the log says
 * which is not. Connections that a login makes anew count in that time, but connecting, for
 * which all of them together have the limit of RTMP_Connect. Behind play there is no such
 * limit: a server that talks while the broadcast has not begun is listened to until it does. */
int RTMP_ConnectStream(RTMP *r, int seekTime);

/** Deletes the stream and makes a new one on the same connection, for instance after a timeout.
 *
 * r: a connected handle.
 * seekTime: where to start, ms, if positive.
 * Returns as RTMP_ConnectStream. */
int RTMP_ReconnectStream(RTMP *r, int seekTime);

/** Deletes the stream; the connection stays. Nothing happens when there is none (m_stream_id
 * below 0).
 *
 * r: a connected handle; NULL does nothing. */
void RTMP_DeleteStream(RTMP *r);

/** Reads messages, and serves those for the library, until one with media comes.
 *
 * r: a connected handle.
 * packet: zero it before each call. Its body is the caller's after a success: free it by
 * RTMPPacket_Free.
 * Returns 1 with audio, video, metadata (onMetaData) or an aggregate, and with data in AMF3 if
 * option ertmp is set; 2 when the stream has finished in an orderly way; 0 when the connection
 * ended or nothing came within the receive timeout (RTMP_IsTimedout). Messages without a body
 * are passed over, but for audio if option silence is set. */
int RTMP_GetNextMediaPacket(RTMP *r, RTMPPacket *packet);

/** Processes one complete message: answers pings, follows the dialogue, notes metadata.
 *
 * r: a handle.
 * packet: a complete message; stays the caller's.
 * Returns 0 when it is dealt with, 1 when it is media for the reader, 2 when it ends the
 * stream. */
int RTMP_ClientPacket(RTMP *r, RTMPPacket *packet);

/** Reads the stream as the bytes of an FLV file. Waits for the first packet only; what else has
 * come is added as far as it fits. What does not fit keeps the socket readable. So programs may
 * wait for the socket before each call, with edges (EPOLLET) if they call again as long as the
 * memory is filled.
 *
 * With option reconnect=auto reading goes on at the server that ours names, in the same call,
 * without another file header; the socket is another one then.
 *
 * r: a handle connected by RTMP_Connect; RTMP_ConnectStream may have been called or not.
 * buf, size: where to store the bytes. What is behind those returned means nothing, and may
 * have changed.
 * Returns the number of bytes. 0 at the end of the stream and after a receive timeout:
 * m_read.status tells which (-3 complete, -1 ended), and RTMP_IsTimedout. -1 when reading
 * cannot go on (m_read.status -2). RTMP_AGAIN where no call waits (RTMP_SetNonBlocking) and
 * nothing can be read now: m_read.status stays as it is. On a socket that the program itself
 * has made non-blocking that is 0 as after a receive timeout, but m_read.status stays 0 too. */
int RTMP_Read(RTMP *r, char *buf, int size);

/** Publishes the bytes of an FLV file, with or without its header, in pieces cut anywhere.
 *
 * With option reconnect=auto the call that carries the next key frame moves the stream to the
 * server that ours has named: it takes as long as RTMP_Connect and RTMP_ConnectStream, and
 * fails as they do, RTMP_LastError beginning with "reconnect: ". The new server gets the last
 * metadata and the configuration of each track first. The socket is another one then, and calls
 * of other threads that were reading fail.
 *
 * r: a handle that RTMP_EnableWrite prepared for publishing, after RTMP_ConnectStream.
 * buf, size: the next bytes. Only read.
 * Returns size when all was taken; 0 for an empty piece; -1 when a message could not be sent,
 * and then the connection is closed, or when the server has refused the stream
 * (RTMP_LastError). When only memory was short (errno ENOMEM), or a tag is encrypted (EINVAL),
 * the connection stays: all bytes were taken, such tags are left out, and the next call goes on
 * behind. RTMP_AGAIN where no call waits (RTMP_SetNonBlocking) and the queue has no room:
 * nothing was taken. On a socket that the program itself has made non-blocking it waits for
 * room as on any other. */
int RTMP_Write(RTMP *r, const char *buf, int size);

/** Pauses the stream at the time of the last media, or goes on there.
 *
 * r: a handle that plays.
 * DoPause: not 0 pauses, 0 goes on.
 * Returns TRUE when the command was sent. */
int RTMP_Pause(RTMP *r, int DoPause);

/** Sends the command pause.
 *
 * r: a handle that plays.
 * DoPause: not 0 pauses, 0 goes on.
 * iTime: the position, ms.
 * Returns TRUE when the command was sent. */
int RTMP_SendPause(RTMP *r, int DoPause, int iTime);

/** Seeks. Media is dropped until the server confirms; then reading goes on in the middle of the
 * file, without a header.
 *
 * r: a handle that plays.
 * dTime: the position, ms.
 * Returns TRUE when the command was sent. */
int RTMP_SendSeek(RTMP *r, int dTime);

/** Pauses, waits one second and goes on: some servers send again then. After a timeout reading
 * may go on.
 *
 * r: a handle that plays; m_pauseStamp is the position, ms.
 * Returns TRUE when the commands were sent. */
int RTMP_ToggleStream(RTMP *r);

/** Fetches a SWF file and computes size and hash for SWF verification, of the decompressed file.
 * What is known about it is kept in $HOME/.swfinfo. Up to 5 redirections are followed, to other
 * hosts too, but not from https to http; a URL with a login is refused. Certificates are
 * checked as HTTP_get does. Files of more than 64 MiB, or 256 MiB decompressed, are refused.
 * All together takes 300 seconds at most, connecting and the head of each response 30, and the
 * server may be silent for 5. There is no handle that could be cancelled: RTMP_ctrlC ends the
 * call.
 *
 * url: where the file is: http://host[:port]/path or https://.
 * size: out: its size, decompressed.
 * hash: out: 32 bytes.
 * age: days to trust what is known without asking the server; 0: always ask.
 * Returns 0 when size and hash are usable, -1 when not; they may hold what is known from before
 * even then. */
int RTMP_HashSWF(const char *url, unsigned int *size, unsigned char *hash, int age);

/** Loads certificate and key of a TLS server.
 *
 * cert, key: names of PEM files: the certificate, then those between it and the CA's, if any;
 * the private key.
 * Returns a context for any number of calls of RTMP_TLS_Accept, or NULL when a file cannot be
 * used; an error line says why. */
void *RTMP_TLS_AllocServerContext(const char *cert, const char *key);

/** Frees what RTMP_TLS_AllocServerContext returned. Sessions that were accepted with it go on.
 *
 * ctx: the context; NULL does nothing. */
void RTMP_TLS_FreeServerContext(void *ctx);

/** Runs the TLS handshake as server. Link.timeout (seconds) bounds it, a receive timeout of the
 * socket each step. RTMP_Cancel and RTMP_Close from another thread end it; RTMP_LastError says
 * why there is no session.
 *
 * r: a handle with an accepted socket in m_sb.sb_socket. One that the program has made
 * non-blocking is waited for, too.
 * ctx: from RTMP_TLS_AllocServerContext.
 * Returns TRUE or FALSE. The socket is not closed: call RTMP_Close. */
int RTMP_TLS_Accept(RTMP *r, void *ctx);

/** Looks for a property by name: depth first, in objects and ECMA arrays, not in strict arrays.
 * If there is one, copies it to p and returns 1; the copy shares everything with obj: do not
 * release it. Otherwise returns 0. */
int RTMP_FindFirstMatchingProperty(AMFObject *obj, const AVal *name, AMFObjectProperty *p);

#ifdef __cplusplus
}
#endif

#endif
