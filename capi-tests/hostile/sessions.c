/* What sessions of either kind of calls do alike, and those that need no handle. */
#include "sessions.h"

#include <librtmp/http.h>
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int serve_timeout = 1;
long publish_bytes = 100000;
unsigned queue_limit = 0;

static const AVal av_connect = AVC("connect");

RTMP *make(void)
{
  RTMP *r = RTMP_Alloc();
  if (!r)
    abort();
  RTMP_Init(r);
  return r;
}

struct ending end(RTMP *r, const char *phase, int result, long count)
{
  struct ending ending = { phase, result, RTMP_IsConnected(r), RTMP_IsTimedout(r), count };
  RTMP_Close(r);
  /* The copy of the proxy's name stays with the handle. */
  if (r->Link.socksport)
    free(r->Link.sockshost.av_val);
  RTMP_Free(r);
  return ending;
}

void make_tag(char tag[TAG_SIZE], int time)
{
  char *limit = tag + TAG_SIZE, *at = tag;

  memset(tag, 0x27, TAG_SIZE);
  *at++ = RTMP_PACKET_TYPE_VIDEO;
  at = AMF_EncodeInt24(at, limit, 10000);
  at = AMF_EncodeInt24(at, limit, time);
  memset(at, 0, 4);
  AMF_EncodeInt32(limit - 4, limit, 11 + 10000);
}

unsigned chunk_sum(const RTMPChunk *chunk)
{
  unsigned sum = 0;
  for (int i = 0; i < chunk->c_headerSize; i++)
    sum += (unsigned char)chunk->c_header[i];
  for (int i = 0; i < chunk->c_chunkSize; i++)
    sum += (unsigned char)chunk->c_chunk[i];
  return sum;
}

void serve_packet(RTMP *r, RTMPPacket *packet)
{
  AMFObject command;

  switch (packet->m_packetType) {
  case RTMP_PACKET_TYPE_CHUNK_SIZE:
    if (packet->m_nBodySize >= 4)
      r->m_inChunkSize = (int)AMF_DecodeInt32(packet->m_body);
    break;
  case RTMP_PACKET_TYPE_INFO:
  case RTMP_PACKET_TYPE_INVOKE:
    if (AMF_Decode(&command, packet->m_body, (int)packet->m_nBodySize, FALSE) >= 0) {
      AMF_Dump(&command);
      AMFProp_Dump(AMF_GetProp(&command, &av_connect, -1));
    }
    AMF_Reset(&command);
    RTMP_SendServerBW(r);
    break;
  default:
    break;
  }
}

void take_socket(RTMP *r, int fd)
{
  struct timeval patience = { serve_timeout, 0 };

  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  r->m_sb.sb_socket = fd;
  r->Link.timeout = serve_timeout;
}

static size_t take(void *bytes, size_t size, size_t count, void *sum)
{
  const unsigned char *byte = bytes;
  for (size_t i = 0; i < size * count; i++)
    *(unsigned *)sum += byte[i];
  return count;
}

struct ending fetch(char *url)
{
  char date[64] = "";
  unsigned sum = 0;
  struct HTTP_ctx http = { date, 0, 0, &sum };
  struct ending ending = { "fetched", HTTP_get(&http, url, take), 0, 0, http.size };

  ending.count = http.size;
  return ending;
}

struct ending hash(char *url)
{
  unsigned char sum[RTMP_SWF_HASHLEN];
  unsigned size = 0;
  struct ending ending = { "hashed", RTMP_HashSWF(url, &size, sum, 0), 0, 0, 0 };

  ending.count = size;
  return ending;
}
