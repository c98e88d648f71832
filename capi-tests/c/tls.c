/* Sessions inside TLS, with our server's side on the other end: playing, publishing, and a server that is refused. */
#include "certificate.h"
#include "peer.h"

static void play(void *context, int size)
{
  char url[] = "rtmps://host/app/stream live=1 tlsVerify=0", *flv = malloc((size_t)size);
  struct peer peer;
  unsigned sum = 0;
  int got, total = 0;
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  r->m_sb.sb_socket = peer_start_inside(&peer, 200, context);
  must(RTMP_Connect1(r, NULL) && RTMP_ConnectStream(r, 0), "connection");
  while ((got = RTMP_Read(r, flv, size)) > 0) {
    sum = add_to_sum(sum, flv, (size_t)got);
    total += got;
  }
  printf("%d bytes at a time: %d bytes, sum %08x\n", size, total, sum);
  RTMP_Close(r);
  peer_wait(&peer);
  RTMP_Free(r);
  free(flv);
}

static void publish(void *context)
{
  char url[] = "rtmps://host/app/stream tlsVerify=0", body[RTMP_MAX_HEADER_SIZE + 5000];
  struct peer peer;
  RTMPPacket packet = { 0 };
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  RTMP_EnableWrite(r);
  r->m_sb.sb_socket = peer_start_inside(&peer, 0, context);
  must(RTMP_Connect1(r, NULL) && RTMP_ConnectStream(r, 0), "connection");
  memset(body, 0x27, sizeof body);
  packet.m_nChannel = 4;
  packet.m_packetType = RTMP_PACKET_TYPE_VIDEO;
  packet.m_nInfoField2 = r->m_stream_id;
  packet.m_body = body + RTMP_MAX_HEADER_SIZE;
  for (int i = 0; i < 50; i++) {
    packet.m_nTimeStamp = (uint32_t)(40 * i);
    packet.m_nBodySize = (uint32_t)(100 * (i + 1));
    must(RTMP_SendPacket(r, &packet, FALSE), "RTMP_SendPacket");
  }
  RTMP_Close(r);
  peer_wait(&peer);
  printf("the server got %d messages, sum %08x\n", peer.received, peer.sum);
  RTMP_Free(r);
}

static void refuse(void *context)
{
  char url[] = "rtmps://host/app/stream tlsVerify=1";
  struct peer peer;
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  r->m_sb.sb_socket = peer_start_inside(&peer, 0, context);
  printf("a stranger: %d\n", RTMP_Connect1(r, NULL));
  RTMP_Close(r);
  peer_wait(&peer);
  RTMP_Free(r);
}

int main(void)
{
  void *context = make_context();
  play(context, 1000);
  play(context, 65536);
  publish(context);
  refuse(context);
  RTMP_TLS_FreeServerContext(context);
  return 0;
}
