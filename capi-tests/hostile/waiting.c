/* The sessions, by calls that wait. */
#include "sessions.h"

int waited(void)
{
  return 0;
}

int spun(void)
{
  return 0;
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

struct ending publish(char *url)
{
  static const char header[] = FLV_HEADER;
  char tag[TAG_SIZE];
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
  for (int time = 0; wrote > 0 && count < publish_bytes; time += 40, count += wrote) {
    make_tag(tag, time & 0xffffff);
    wrote = RTMP_Write(r, tag, sizeof tag);
  }
  return end(r, wrote > 0 ? "written" : "write", wrote, count);
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

struct ending serve(int fd, void *tls)
{
  RTMP *r = make();
  RTMPPacket packet = { 0 };
  long count = 0;

  take_socket(r, fd);
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
