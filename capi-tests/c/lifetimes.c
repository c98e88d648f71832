/* Every order in which programs end a handle, and what belongs to whom then. */
#include "common.h"

#include <fcntl.h>

static const char *is_open(int fd)
{
  return fcntl(fd, F_GETFD) < 0 ? "closed" : "open";
}

/* A connected handle that has sent and received something, so that all its tables are there. */
static RTMP *used_handle(RTMP *r, int *own, int *other)
{
  static const unsigned char half_a_message[] = "\6\0\0\1\0\0\310\10\1\0\0\0some of it";
  RTMPPacket packet = { 0 };
  int pair[2];

  make_pair(pair);
  RTMP_Init(r);
  r->m_sb.sb_socket = *own = pair[0];
  *other = pair[1];
  must(RTMPPacket_Alloc(&packet, 10), "RTMPPacket_Alloc");
  packet.m_nChannel = 70;
  packet.m_packetType = RTMP_PACKET_TYPE_AUDIO;
  packet.m_nBodySize = 10;
  printf("sent %d", RTMP_SendPacket(r, &packet, FALSE));
  RTMPPacket_Free(&packet);
  must(write(*other, half_a_message, sizeof half_a_message - 1) == sizeof half_a_message - 1, "write");
  shutdown(*other, SHUT_WR);
  memset(&packet, 0, sizeof packet);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  printf(", read %d\n", RTMP_ReadPacket(r, &packet));
  RTMPPacket_Free(&packet);
  RTMP_LogSetLevel(RTMP_LOGERROR);
  return r;
}

int main(void)
{
  RTMP zero = { 0 }, *r, local;
  int own, other, plain[2];

  r = used_handle(RTMP_Alloc(), &own, &other);
  RTMP_Close(r);
  printf("closed: socket %d, stream %d, the caller's is %s\n", r->m_sb.sb_socket, r->m_stream_id, is_open(own));
  RTMP_Close(r);
  RTMP_Free(r);
  close(other);

  r = used_handle(RTMP_Alloc(), &own, &other);
  RTMP_Close(r);
  close(other);
  r = used_handle(r, &own, &other);
  RTMP_Close(r);
  free(r);
  close(other);
  printf("used again\n");

  used_handle(&local, &own, &other);
  RTMP_Close(&local);
  close(other);

  RTMP_Init(&zero);
  RTMP_Close(&zero);
  RTMP_Free(RTMP_Alloc());
  RTMP_Free(NULL);

  /* The socket functions work on a program's own buffer. */
  make_pair(plain);
  RTMP_Init(&local);
  local.m_sb.sb_socket = plain[0];
  printf("send %d", RTMPSockBuf_Send(&local.m_sb, "hello", 5));
  must(write(plain[1], "world!", 6) == 6, "write");
  printf(", fill %d", RTMPSockBuf_Fill(&local.m_sb));
  printf(", size %d: %.6s", local.m_sb.sb_size, local.m_sb.sb_start);
  printf(", close %d", RTMPSockBuf_Close(&local.m_sb));
  printf(", %s\n", is_open(plain[0]));
  close(plain[1]);
  return 0;
}
