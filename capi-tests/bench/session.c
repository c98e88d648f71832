/* Connections: how they are made, and what they cost. */
#include "client.h"

#include <malloc.h>
#include <stdatomic.h>

/* Servers take one publisher of a name. */
static RTMP *connect_with(RTMP *r, char *url, int is_publisher)
{
  static atomic_uint count;
  snprintf(url, 256, "%s-%u %s", text("url", ""), atomic_fetch_add(&count, 1), text("options", ""));
  RTMP_Init(r);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (is_publisher)
    RTMP_EnableWrite(r);
  must(RTMP_Connect(r, NULL), "RTMP_Connect");
  must(RTMP_ConnectStream(r, 0), "RTMP_ConnectStream");
  if (is_publisher)
    r->m_outChunkSize = (int)number("chunk", 128);
  return r;
}

RTMP *start_session(int is_publisher)
{
  /* The URL is the library's until close: it lies behind the handle. */
  RTMP *r = malloc(sizeof *r + 256);
  must(r != NULL, "malloc");
  return connect_with(r, (char *)(r + 1), is_publisher);
}

static void end_session(RTMP *r)
{
  RTMP_Close(r);
  free(r);
}

static int connect_once(struct work *work)
{
  RTMP *r = start_session(FALSE);
  RTMPPacket packet = { 0 };
  while (RTMP_ReadPacket(r, &packet) && packet.m_packetType != RTMP_PACKET_TYPE_VIDEO)
    RTMPPacket_Free(&packet);
  work->messages++;
  work->bytes += packet.m_nBodySize;
  RTMPPacket_Free(&packet);
  end_session(r);
  return packet.m_packetType == RTMP_PACKET_TYPE_VIDEO;
}

void case_connect(void)
{
  struct work work = { connect_once, NULL, 0, 0 };
  measure(&work);
}

static int publish_once(struct work *work)
{
  end_session(start_session(TRUE));
  work->messages++;
  return TRUE;
}

/* Until the server takes what is published, and away again. */
void case_publish(void)
{
  struct work works[16] = { { publish_once, NULL, 0, 0 } };
  int count = (int)number("threads", 1);
  must(count <= 16, "threads");
  for (int i = 1; i < count; i++)
    works[i] = works[0];
  if (count > 1)
    measure_threads(works, count);
  else
    measure(works);
}

/* Bytes that are allocated for each of `handles=` connected handles, beyond the caller's struct. */
void case_idle(void)
{
  static RTMP handles[256];
  static char urls[256][256];
  struct mallinfo2 before, after;
  int count = (int)number("handles", 200);

  must(count <= 256, "handles");
  /* What the library allocates once is not a handle's. */
  end_session(start_session(TRUE));
  before = mallinfo2();
  for (int i = 0; i < count; i++)
    connect_with(&handles[i], urls[i], TRUE);
  after = mallinfo2();
  printf("bytes=%.0f\n", (double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / count);
}
