/* pthread_cancel of a thread that is inside a call: the thread ends when the call returns, and nothing else does. The
 * original leaves everything half done: this program is for a library that does better. */
#include "common.h"

#include <signal.h>

static RTMP handle;
static pthread_barrier_t start;

static int connected(void)
{
  int pair[2];
  make_pair(pair);
  RTMP_Init(&handle);
  handle.m_sb.sb_socket = pair[0];
  return pair[1];
}

/* Threads that only leave their loop by being cancelled: the calls fail at once when the handle has been closed. They have
 * nothing on the stack: AddressSanitizer does not see how such a thread leaves its frames. */
static void *reads(void *unused)
{
  static char buffer[1000];
  pthread_barrier_wait(&start);
  for (;;)
    RTMP_Read(&handle, buffer, sizeof buffer);
  return unused;
}

static void *reads_packets(void *unused)
{
  pthread_barrier_wait(&start);
  for (;;) {
    static RTMPPacket packet;
    RTMP_ReadPacket(&handle, &packet);
  }
  return unused;
}

static void *writes(void *unused)
{
  static char body[RTMP_MAX_HEADER_SIZE + 1000000];
  pthread_barrier_wait(&start);
  for (;;) {
    static RTMPPacket packet;
    packet.m_nChannel = 4;
    packet.m_packetType = RTMP_PACKET_TYPE_VIDEO;
    packet.m_body = body + RTMP_MAX_HEADER_SIZE;
    packet.m_nBodySize = 1000000;
    RTMP_SendPacket(&handle, &packet, FALSE);
  }
  return unused;
}

static void *fills(void *unused)
{
  pthread_barrier_wait(&start);
  for (;;)
    RTMPSockBuf_Fill(&handle.m_sb);
  return unused;
}

static void cancel(const char *name, void *(*work)(void *), void (*wake)(RTMP *))
{
  int peer = connected();
  pthread_t thread;
  void *result;

  must(pthread_barrier_init(&start, NULL, 2) == 0, "pthread_barrier_init");
  must(pthread_create(&thread, NULL, work, NULL) == 0, "pthread_create");
  pthread_barrier_wait(&start);
  must(pthread_cancel(thread) == 0, "pthread_cancel");
  wake(&handle);
  must(pthread_join(thread, &result) == 0, "pthread_join");
  RTMP_Close(&handle);
  close(peer);
  pthread_barrier_destroy(&start);
  printf("%s: %s\n", name, result == PTHREAD_CANCELED ? "cancelled" : "returned");
}

/* Waiting in a callback is a place where threads are cancelled, but not inside the library. */
static void waits(int level, const char *format, va_list arguments)
{
  (void)level, (void)format, (void)arguments;
  pthread_testcancel();
  usleep(1);
}

static void *logs(void *unused)
{
  pthread_cancel(pthread_self());
  /* No body behind a size: an ERROR line. RTMP_SetOpt waits for nothing itself. */
  AVal option = AVC("none"), value = AVC("1");
  RTMP_SetOpt(&handle, &option, &value);
  return unused;
}

static void *closes(void *unused)
{
  pthread_cancel(pthread_self());
  RTMP_Close(&handle);
  return unused;
}

/* Neither setting an option nor cleaning up ends the thread. */
static void survive(const char *name, void *(*work)(void *))
{
  int peer = connected();
  pthread_t thread;
  void *result;

  RTMP_LogSetCallback((RTMP_LogCallback *)waits);
  must(pthread_create(&thread, NULL, work, NULL) == 0, "pthread_create");
  must(pthread_join(thread, &result) == 0, "pthread_join");
  RTMP_Close(&handle);
  RTMP_LogSetCallback(NULL);
  close(peer);
  printf("%s: %s\n", name, result == PTHREAD_CANCELED ? "cancelled" : "returned");
}

int main(void)
{
  signal(SIGPIPE, SIG_IGN);
  alarm(120); /* what hangs is ended */
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  cancel("RTMP_Read, closed", reads, RTMP_Close);
  cancel("RTMP_Read", reads, RTMP_Cancel);
  cancel("RTMP_ReadPacket", reads_packets, RTMP_Cancel);
  cancel("RTMP_SendPacket", writes, RTMP_Cancel);
  cancel("RTMPSockBuf_Fill", fills, RTMP_Cancel);
  RTMP_LogSetLevel(RTMP_LOGERROR);
  survive("logging", logs);
  survive("RTMP_Close", closes);
  return 0;
}
