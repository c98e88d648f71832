/* The things that programs do with librtmp: each is one session from set-up to close. */
#include "client.h"

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

static const AVal av_connect = AVC("connect");

static RTMP *make(void)
{
  RTMP *r = RTMP_Alloc();
  if (!r)
    abort();
  RTMP_Init(r);
  return r;
}

/* Closes and frees the handle, after noting its state. */
static struct ending end(RTMP *r, const char *phase, int result, long count)
{
  struct ending ending = { phase, result, RTMP_IsConnected(r), RTMP_IsTimedout(r), count };
  RTMP_Close(r);
  /* The copy of the proxy's name stays with the handle. */
  if (r->Link.socksport)
    free(r->Link.sockshost.av_val);
  RTMP_Free(r);
  return ending;
}

struct ending play(char *url)
{
  RTMP *r = make();
  char flv[20000];
  long count = 0;
  int got;

  if (!RTMP_SetupURL(r, url))
    return end(r, "setup", 0, 0);
  if (!RTMP_Connect(r, NULL))
    return end(r, "connect", 0, 0);
  if (!RTMP_ConnectStream(r, 0))
    return end(r, "stream", 0, 0);
  while ((got = RTMP_Read(r, flv, sizeof flv)) > 0)
    count += got;
  return end(r, "read", got, count);
}

/* An FLV tag of video that has the size of an int behind it. */
static int write_tag(RTMP *r, int time)
{
  char tag[11 + 10000 + 4], *limit = tag + sizeof tag, *at = tag;

  memset(tag, 0x27, sizeof tag);
  *at++ = RTMP_PACKET_TYPE_VIDEO;
  at = AMF_EncodeInt24(at, limit, 10000);
  at = AMF_EncodeInt24(at, limit, time);
  memset(at, 0, 4);
  AMF_EncodeInt32(limit - 4, limit, 11 + 10000);
  return RTMP_Write(r, tag, sizeof tag);
}

struct ending publish(char *url)
{
  static const char header[] = "FLV\1\5\0\0\0\11\0\0\0";
  RTMP *r = make();
  long count = 0;
  int wrote;

  if (!RTMP_SetupURL(r, url))
    return end(r, "setup", 0, 0);
  RTMP_EnableWrite(r);
  if (!RTMP_Connect(r, NULL))
    return end(r, "connect", 0, 0);
  if (!RTMP_ConnectStream(r, 0))
    return end(r, "stream", 0, 0);
  wrote = RTMP_Write(r, header, sizeof header);
  for (int time = 0; wrote > 0 && count < publish_bytes; time += 40, count += wrote)
    wrote = write_tag(r, time & 0xffffff);
  return end(r, wrote > 0 ? "written" : "write", wrote, count);
}

/* Looks at every byte of a chunk, as a program does that passes it on. */
static unsigned chunk_sum(const RTMPChunk *chunk)
{
  unsigned sum = 0;
  for (int i = 0; i < chunk->c_headerSize; i++)
    sum += (unsigned char)chunk->c_header[i];
  for (int i = 0; i < chunk->c_chunkSize; i++)
    sum += (unsigned char)chunk->c_chunk[i];
  return sum;
}

struct ending packets(char *url)
{
  RTMP *r = make();
  RTMPChunk chunk = { 0 };
  RTMPPacket packet = { 0 };
  volatile unsigned sum = 0;
  long count = 0;

  if (!RTMP_SetupURL(r, url))
    return end(r, "setup", 0, 0);
  if (!RTMP_Connect(r, NULL))
    return end(r, "connect", 0, 0);
  packet.m_chunk = &chunk;
  while (RTMP_IsConnected(r) && RTMP_ReadPacket(r, &packet)) {
    sum += chunk_sum(&chunk);
    if (!RTMPPacket_IsReady(&packet))
      continue;
    count++;
    if (packet.m_nBodySize)
      RTMP_ClientPacket(r, &packet);
    RTMPPacket_Free(&packet);
  }
  return end(r, "packets", 0, count);
}

/* What a simple server does with a message. */
static void serve_packet(RTMP *r, RTMPPacket *packet)
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

struct ending serve(int fd, void *tls)
{
  RTMP *r = make();
  RTMPPacket packet = { 0 };
  struct timeval patience = { serve_timeout, 0 };
  long count = 0;

  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  r->m_sb.sb_socket = fd;
  r->Link.timeout = serve_timeout;
  if (tls && !RTMP_TLS_Accept(r, tls))
    return end(r, "accept", 0, 0);
  if (!RTMP_Serve(r))
    return end(r, "serve", 0, 0);
  while (RTMP_IsConnected(r) && RTMP_ReadPacket(r, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    count++;
    if (packet.m_nBodySize)
      serve_packet(r, &packet);
    RTMPPacket_Free(&packet);
  }
  return end(r, "served", 0, count);
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
