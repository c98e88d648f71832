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
  /** Chunk header type 0 to 3 (RTMP_PACKET_SIZE_LARGE and so on). Sending: the wanted type in, the
   * used one out. */
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
  /** The payload; 18 writable bytes stand in front of it. Made by RTMPPacket_Alloc, or the caller's
   * own. */
  char *m_body;
} RTMPPacket;

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
  /** Proxy host; a copy from the C allocator. */
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
  /** Unused. */
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

/** A sent call that waits for its reply. */
typedef struct RTMP_METHOD {
  /** Method name: a NUL-terminated copy from the C allocator. */
  AVal name;
  /** Transaction id. */
  int num;
} RTMP_METHOD;

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
  /** 0: no. 1: paused. 2: end of stream seen while pausing. 3: unpaused, waiting for newer media. */
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

#ifdef __cplusplus
}
#endif

#endif
