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
