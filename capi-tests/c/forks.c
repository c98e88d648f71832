/* A child of fork, made while another thread of its parent reads, and what it may do with the parent's connection: nothing
 * that the parent or its server would notice, and nothing that hangs. The original says goodbye on the parent's connection:
 * this program is for a library that does better. */
#include "children.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>

static RTMP handle;

static void *read_packets(void *result)
{
  RTMPPacket packet = { 0 };
  for (; RTMP_ReadPacket(&handle, &packet); RTMPPacket_Free(&packet))
    if (RTMPPacket_IsReady(&packet))
      RTMP_ClientPacket(&handle, &packet);
  *(int *)result = 0;
  return NULL;
}

static void *write_packets(void *result)
{
  static char body[RTMP_MAX_HEADER_SIZE + 4000000];
  RTMPPacket packet = { 0 };
  packet.m_nChannel = 4;
  packet.m_packetType = RTMP_PACKET_TYPE_VIDEO;
  packet.m_body = body + RTMP_MAX_HEADER_SIZE;
  packet.m_nBodySize = 4000000;
  *(int *)result = RTMP_SendPacket(&handle, &packet, FALSE);
  return NULL;
}

/* Reads what the client says until a user control message of this event about 1 has come, all of it. */
static void wait_for_event(int fd, int event)
{
  const unsigned char wanted[6] = { 0, (unsigned char)event, 0, 0, 0, 1 };
  unsigned char window[6] = { 0xff }, time[4];
  while (memcmp(window, wanted, sizeof window)) {
    memmove(window, window + 1, sizeof window - 1);
    must(recv(fd, window + 5, 1, 0) == 1, "recv");
  }
  if (event == 3)
    must(recv(fd, time, sizeof time, MSG_WAITALL) == sizeof time, "recv");
}

static const unsigned char ping[] = { 2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1 };

/* Says half of a ping. The thread that has taken it is inside of RTMP_ReadPacket until the rest comes. */
static void begin_ping(int fd)
{
  int left = 1;
  must(send(fd, ping, 1, 0) == 1, "send");
  while (left)
    must(ioctl(handle.m_sb.sb_socket, FIONREAD, &left) == 0, "ioctl");
}

static void end_ping(int fd)
{
  must(send(fd, ping + 1, sizeof ping - 1, 0) == sizeof ping - 1, "send");
  wait_for_event(fd, 7);
}

static int connected(void)
{
  int pair[2];
  make_pair(pair);
  RTMP_Init(&handle);
  handle.m_sb.sb_socket = pair[0];
  handle.m_stream_id = 1; /* there is a stream that a goodbye would delete */
  return pair[1];
}

/* A connection of the child's own, with the same handle. */
static void use_anew(void)
{
  int peer = connected();
  must(RTMP_SendCtrl(&handle, 3, 1, 7), "RTMP_SendCtrl in the child");
  wait_for_event(peer, 3);
  RTMP_Close(&handle);
  close(peer);
}

/* What the child does, in the order of `letters`. */
static void child(const char *letters)
{
  int fd = handle.m_sb.sb_socket;

  alarm(60); /* what hangs is ended */
  for (; *letters; letters++) {
    RTMPPacket packet = { 0 };
    RTMP_ERROR error = { .size = sizeof error };
    switch (*letters) {
    case 'c': RTMP_Close(&handle); must(fcntl(fd, F_GETFD) == -1, "the descriptor is closed"); break;
    case 'x': RTMP_Cancel(&handle); break;
    case 's': must(!RTMP_SendCtrl(&handle, 3, 1, 2), "nothing is sent"); break;
    case 'r': must(!RTMP_ReadPacket(&handle, &packet), "nothing is read"); break;
    case 'e': must(RTMP_GetError(&handle, &error), "an answer"); break;
    case 'n': use_anew(); break;
    default: break;
    }
  }
  _exit(0);
}

static const char *const deeds[] = { "c", "cc", "x", "es", "re", "exsrece", "cn", "n" };
#define DEEDS (sizeof deeds / sizeof deeds[0])

static void while_a_thread_reads(void)
{
  for (size_t i = 0; i < DEEDS; i++) {
    int peer = connected(), ended = -1, there;
    pthread_t thread;
    must(pthread_create(&thread, NULL, read_packets, &ended) == 0, "pthread_create");
    begin_ping(peer);
    run_child(child, deeds[i]);
    must(ioctl(peer, FIONREAD, &there) == 0 && there == 0, "the child says nothing");
    /* Both directions of the parent's connection go on. */
    end_ping(peer);
    must(RTMP_SendCtrl(&handle, 3, 1, 2), "RTMP_SendCtrl");
    wait_for_event(peer, 3);
    shutdown(peer, SHUT_WR);
    must(pthread_join(thread, NULL) == 0 && ended == 0, "pthread_join");
    RTMP_Close(&handle);
    close(peer);
  }
  printf("a thread reads: %d ways\n", (int)DEEDS);
}

static void while_a_thread_writes(void)
{
  for (size_t i = 0; i < DEEDS; i++) {
    int peer = connected(), sent = -1;
    size_t count = 0, all = 4000000 + 12 + 4000000 / 128 - 1;
    static char buffer[65536];
    pthread_t thread;
    must(pthread_create(&thread, NULL, write_packets, &sent) == 0, "pthread_create");
    must(recv(peer, buffer, 1, MSG_PEEK) == 1, "recv");
    run_child(child, deeds[i]);
    while (count < all) {
      ssize_t got = recv(peer, buffer, sizeof buffer, 0);
      must(got > 0, "recv");
      count += (size_t)got;
    }
    must(pthread_join(thread, NULL) == 0 && sent, "pthread_join");
    must(count == all, "the message and nothing else");
    RTMP_Close(&handle);
    close(peer);
  }
  printf("a thread writes: %d ways\n", (int)DEEDS);
}

/* The parent has one thread: in the child all is in order, but the connection is not the child's. */
static void alone(void)
{
  int peer = connected(), there;
  must(RTMP_SendCtrl(&handle, 3, 1, 2), "RTMP_SendCtrl");
  wait_for_event(peer, 3);
  run_child(child, "xc");
  run_child(child, "cn");
  must(ioctl(peer, FIONREAD, &there) == 0 && there == 0, "the child says nothing");
  must(RTMP_SendCtrl(&handle, 3, 1, 2), "RTMP_SendCtrl");
  wait_for_event(peer, 3);
  RTMP_Close(&handle);
  must(recv(peer, &there, 1, MSG_PEEK) == 1, "the parent's goodbye");
  close(peer);
  printf("the parent's goodbye came\n");
}

int main(void)
{
  signal(SIGPIPE, SIG_IGN);
  alarm(120);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  while_a_thread_reads();
  while_a_thread_writes();
  alone();
  return 0;
}
