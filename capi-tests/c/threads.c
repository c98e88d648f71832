/* What several threads may do at the same time: read and write one handle, close it, log. The original mixes the
 * messages of two threads, and a close does not end a read: this program is for a library that does better. */
#include "common.h"

#define MESSAGES 400
#define PINGS 300
#define SIZE 700 /* several chunks */

static RTMP client, server;
static pthread_barrier_t start;

static pthread_t begin(void *(*body)(void *), void *argument)
{
  pthread_t thread;
  must(pthread_create(&thread, NULL, body, argument) == 0, "pthread_create");
  return thread;
}

static void end(pthread_t thread)
{
  must(pthread_join(thread, NULL) == 0, "pthread_join");
}

static void connect_both(void)
{
  int pair[2];
  make_pair(pair);
  RTMP_Init(&client);
  RTMP_Init(&server);
  client.m_sb.sb_socket = pair[0];
  server.m_sb.sb_socket = pair[1];
}

/* Reads one packet, for ever if nothing comes. */
static void *blocked_reader(void *result)
{
  RTMPPacket packet = { 0 };
  pthread_barrier_wait(&start);
  *(int *)result = RTMP_ReadPacket(&client, &packet);
  RTMPPacket_Free(&packet);
  return NULL;
}

static void close_while_reading(void)
{
  pthread_t thread;
  int result = -1;

  connect_both();
  must(pthread_barrier_init(&start, NULL, 2) == 0, "pthread_barrier_init");
  thread = begin(blocked_reader, &result);
  pthread_barrier_wait(&start);
  RTMP_Close(&client);
  end(thread);
  RTMP_Close(&server);
  pthread_barrier_destroy(&start);
  printf("closed while reading: %d\n", result);
}

/* Answers pings, which the library does while it reads, until the connection is closed. */
static void *answer_pings(void *unused)
{
  RTMPPacket packet = { 0 };
  while (RTMP_IsConnected(&client) && RTMP_ReadPacket(&client, &packet)) {
    if (RTMPPacket_IsReady(&packet)) {
      RTMP_ClientPacket(&client, &packet);
      RTMPPacket_Free(&packet);
    }
  }
  return unused;
}

static void *send_pings(void *unused)
{
  for (unsigned i = 0; i < PINGS; i++)
    must(RTMP_SendCtrl(&server, 6, i, 0), "RTMP_SendCtrl");
  return unused;
}

static void *send_messages(void *unused)
{
  RTMPPacket packet = { 0 };
  must(RTMPPacket_Alloc(&packet, SIZE), "RTMPPacket_Alloc");
  for (unsigned i = 0; i < MESSAGES; i++) {
    packet.m_nChannel = 4;
    packet.m_headerType = i ? RTMP_PACKET_SIZE_MEDIUM : RTMP_PACKET_SIZE_LARGE;
    packet.m_packetType = RTMP_PACKET_TYPE_VIDEO;
    packet.m_nTimeStamp = i;
    packet.m_nInfoField2 = 1;
    packet.m_nBodySize = SIZE;
    memset(packet.m_body, (int)(i % 251), SIZE);
    must(RTMP_SendPacket(&client, &packet, FALSE), "RTMP_SendPacket");
  }
  RTMPPacket_Free(&packet);
  return unused;
}

static void read_and_write(void)
{
  RTMPPacket packet = { 0 };
  unsigned messages = 0, pongs = 0, intact = 0, in_order = 0;
  pthread_t reader, pinger, writer;

  connect_both();
  reader = begin(answer_pings, NULL);
  pinger = begin(send_pings, NULL);
  writer = begin(send_messages, NULL);
  while ((messages < MESSAGES || pongs < PINGS) && RTMP_ReadPacket(&server, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    if (packet.m_packetType == RTMP_PACKET_TYPE_VIDEO) {
      unsigned char expected[SIZE];
      memset(expected, (int)(messages % 251), SIZE);
      if (packet.m_nBodySize == SIZE && !memcmp(packet.m_body, expected, SIZE) && packet.m_nTimeStamp == messages)
        intact++;
      messages++;
    } else if (packet.m_packetType == RTMP_PACKET_TYPE_CONTROL && AMF_DecodeInt16(packet.m_body) == 7) {
      if (AMF_DecodeInt32(packet.m_body + 2) == pongs)
        in_order++;
      pongs++;
    }
    RTMPPacket_Free(&packet);
  }
  end(pinger);
  end(writer);
  RTMP_Close(&client); /* while the reader waits */
  end(reader);
  RTMP_Close(&server);
  printf("%u of %u messages intact, %u of %u pongs in order\n", intact, messages, in_order, pongs);
}

#define LINES 500

static void *log_lines(void *letter)
{
  char text[200];
  memset(text, *(char *)letter, sizeof text - 1);
  text[sizeof text - 1] = '\0';
  for (int i = 0; i < LINES; i++)
    RTMP_Log(RTMP_LOGWARNING, "%s", text);
  return NULL;
}

static void *change_settings(void *file)
{
  for (int i = 0; i < LINES; i++) {
    RTMP_LogSetCallback(NULL);
    RTMP_LogSetOutput(file);
    RTMP_LogSetLevel(i % 2 ? RTMP_LOGWARNING : RTMP_LOGINFO);
  }
  return NULL;
}

static void log_together(void)
{
  static char letters[] = "abcd";
  pthread_t threads[4], changer;
  char line[300];
  int whole = 0, lines = 0;
  FILE *file = tmpfile();

  must(file != NULL, "tmpfile");
  RTMP_LogSetOutput(file);
  RTMP_LogSetLevel(RTMP_LOGWARNING);
  changer = begin(change_settings, file);
  for (int i = 0; i < 4; i++)
    threads[i] = begin(log_lines, &letters[i]);
  for (int i = 0; i < 4; i++)
    end(threads[i]);
  end(changer);
  RTMP_LogSetOutput(NULL);
  rewind(file);
  while (fgets(line, sizeof line, file)) {
    static const char start_of_line[] = "WARNING: ";
    size_t head = sizeof start_of_line - 1;
    lines++;
    if (strlen(line) == head + 200 && !memcmp(line, start_of_line, head)
        && strspn(line + head, (char[]){ line[head], '\0' }) == 199)
      whole++;
  }
  fclose(file);
  printf("%d of %d lines whole\n", whole, lines);
}

int main(void)
{
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  close_while_reading();
  read_and_write();
  log_together();
  return 0;
}
