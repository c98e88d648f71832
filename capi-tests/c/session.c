/* Whole sessions with handles in the program's own memory: playing, publishing, copying before connecting. */
#include "peer.h"

static void play(int copied)
{
  GUARDED(RTMP) first, second, *used = (void *)&first;
  char url[] = "rtmp://host/app/stream live=1 conn=O:1 conn=NN:n:1 conn=O:0";
  char flv[1000];
  struct peer peer;
  unsigned sum = 0;
  int got, total = 0, fd = peer_start(&peer, 20);

  SPOIL(first);
  SPOIL(second);
  RTMP_Init(&first.it);
  printf("setup: %d\n", RTMP_SetupURL(&first.it, url));
  if (copied) {
    second.it = first.it;
    SPOIL(first);
    used = (void *)&second;
  }
  used->it.m_sb.sb_socket = fd;
  printf("connect: %d", RTMP_Connect1(&used->it, NULL));
  printf(", stream: %d\n", RTMP_ConnectStream(&used->it, 0));
  while ((got = RTMP_Read(&used->it, flv, sizeof flv)) > 0) {
    sum = add_to_sum(sum, flv, (size_t)got);
    total += got;
  }
  /* The handle may stay connected until the end has been told; whoever asks once more finds it closed. */
  printf("once more: %d\n", RTMP_Read(&used->it, flv, sizeof flv));
  printf("read %d bytes, sum %08x, end %d, status %d, timed out %d\n", total, sum, got, used->it.m_read.status,
         RTMP_IsTimedout(&used->it));
  printf("timestamp %u, stamp %u, connected %d, stream %d, guards %s\n", used->it.m_read.timestamp,
         used->it.m_mediaStamp, RTMP_IsConnected(&used->it), used->it.m_stream_id, UNTOUCHED(*used));
  AMF_Reset(&used->it.Link.extras);
  RTMP_Close(&used->it);
  RTMP_Close(&used->it);
  peer_wait(&peer);
  printf("closed, socket %d, guards %s\n", used->it.m_sb.sb_socket, UNTOUCHED(*used));
}

/* Appends an FLV tag and the size behind it. */
static char *put_tag(char *at, char *limit, int type, int time, const void *body, int size)
{
  *at++ = (char)type;
  at = AMF_EncodeInt24(at, limit, size);
  at = AMF_EncodeInt24(at, limit, time);
  memset(at, 0, 4);
  memcpy(at + 4, body, (size_t)size);
  return AMF_EncodeInt32(at + 4 + size, limit, 11 + size);
}

static void publish(void)
{
  static const char header[] = "FLV\1\5\0\0\0\11\0\0\0";
  char flv[4000], body[700], *limit = flv + sizeof flv, *end = flv;
  struct peer peer;
  RTMP *r = RTMP_Alloc();
  char url[] = "rtmp://host/app/stream";
  int written = 0;

  RTMP_Init(r);
  printf("setup: %d\n", RTMP_SetupURL(r, url));
  RTMP_EnableWrite(r);
  r->m_sb.sb_socket = peer_start(&peer, 0);
  printf("connect: %d", RTMP_Connect1(r, NULL));
  printf(", stream: %d\n", RTMP_ConnectStream(r, 0));
  memcpy(end, header, sizeof header);
  end += sizeof header;
  memset(body, 0x2f, sizeof body);
  for (int i = 0; i < 4; i++)
    end = put_tag(end, limit, 8 + i % 2, 40 * i, body, 100 + 180 * i);
  /* The header and one tag at a time. */
  for (char *at = flv; at < end; at += written) {
    int size = at == flv ? 13 + 15 + 100 : 15 + 100 + 180 * ((at[6] & 0xff) / 40);
    written = RTMP_Write(r, at, size);
    printf("wrote %d of %d\n", written, size);
    if (written <= 0)
      break;
  }
  RTMP_Close(r);
  peer_wait(&peer);
  printf("the server got %d messages, sum %08x\n", peer.received, peer.sum);
  RTMP_Free(r);
}

int main(void)
{
  play(0);
  play(1);
  publish();
  return 0;
}
