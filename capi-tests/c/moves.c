/* Streams that go on at another server, because theirs asks for it: option reconnect=auto. */
#include "servers.h"

#include <stdarg.h>

static void publisher(int by_close)
{
  struct server servers[2];
  char url[200];
  RTMP *r;
  int frames, came, is_there;

  start(servers, TAKES);
  r = client(url, servers[0].port, TRUE);
  frames = publish(r, &servers[1]);
  is_there = r->Link.port == servers[1].port && r->Link.app.av_len == 5 && r->Link.pubUser.av_len == 4;
  if (!by_close) {
    char another[] = "rtmp://127.0.0.1:1/app/name";
    must(RTMP_SetupURL(r, another), "RTMP_SetupURL");
    must(r->Link.port == 1 && r->Link.app.av_len == 3, "another URL");
  }
  RTMP_Close(r);
  stop(servers);
  if (by_close)
    must(r->Link.port == servers[0].port, "the port of the program");
  RTMP_Free(r);
  came = servers[0].peer.received + servers[1].peer.received;
  printf("a publisher goes on%s: %s, all came: %s\n", by_close ? "" : ", with another URL", is_there ? "yes" : "no",
         came == frames + 2 * PREPARATIONS ? "yes" : "no");
}

static void player(void)
{
  struct server servers[2];
  char url[200], bytes[1000];
  int count, headers = 0, total = 0;
  RTMP *r;

  start(servers, TAKES);
  servers[1].peer.media = 20;
  r = client(url, servers[0].port, FALSE);
  while ((count = RTMP_Read(r, bytes, sizeof bytes)) > 0) {
    for (int i = 0; i + 2 < count; i++)
      headers += memcmp(bytes + i, "FLV", 3) == 0;
    total += count;
  }
  RTMP_Close(r);
  RTMP_Free(r);
  stop(servers);
  printf("a player goes on: %d bytes, %d header\n", total, headers);
}

static void *read_packets(void *argument)
{
  RTMP *r = argument;
  RTMPPacket packet = { 0 };
  while (!RTMP_ReadPacket(r, &packet) || RTMPPacket_IsReady(&packet)) {
    if (!packet.m_body)
      break;
    RTMP_ClientPacket(r, &packet);
    RTMPPacket_Free(&packet);
  }
  RTMPPacket_Free(&packet);
  return NULL;
}

/* The reader's call fails when the stream moves; the writer goes on. */
static void beside_a_reader(void)
{
  struct server servers[2];
  char url[200];
  pthread_t thread;
  int frames, came;
  RTMP *r;

  start(servers, TAKES);
  r = client(url, servers[0].port, TRUE);
  must(pthread_create(&thread, NULL, read_packets, r) == 0, "pthread_create");
  frames = publish(r, &servers[1]);
  RTMP_Close(r);
  must(pthread_join(thread, NULL) == 0, "pthread_join");
  RTMP_Free(r);
  stop(servers);
  came = servers[0].peer.received + servers[1].peer.received;
  printf("beside a reader: all came: %s\n", came == frames + 2 * PREPARATIONS ? "yes" : "no");
}

static void *cancel_when_silent(void *argument)
{
  void **both = argument;
  struct server *server = both[1];
  while (!__atomic_load_n(&server->begun, __ATOMIC_SEQ_CST))
    usleep(1000);
  RTMP_Cancel(both[0]);
  return NULL;
}

static void cancelled(int publishes)
{
  struct server servers[2];
  char url[200], bytes[1000];
  pthread_t thread;
  void *both[2];
  int failed = 0, at = 0;
  RTMP *r;

  start(servers, FALLS_SILENT);
  r = client(url, servers[0].port, publishes);
  both[0] = r;
  both[1] = &servers[1];
  must(pthread_create(&thread, NULL, cancel_when_silent, both) == 0, "pthread_create");
  while (!failed)
    failed = publishes ? !publish_some(r, at++, 1) : RTMP_Read(r, bytes, sizeof bytes) <= 0;
  must(pthread_join(thread, NULL) == 0, "pthread_join");
  printf("cancelled: %s\n", RTMP_LastError(r));
  RTMP_Close(r);
  RTMP_Free(r);
  stop(servers);
}

/* Nobody listens where the client is sent to. */
static void in_vain(void)
{
  struct server server[2];
  char url[200];
  int at = 0;
  RTMP *r;

  memset(server, 0, sizeof server);
  server[0].listener = listening(&server[0].port);
  server[1].listener = listening(&server[0].other);
  close(server[1].listener);
  must(pthread_create(&server[0].thread, NULL, serve, &server[0]) == 0, "pthread_create");
  r = client(url, server[0].port, TRUE);
  while (publish_some(r, at++, 1))
    ;
  printf("in vain: connected %d, %s\n", RTMP_IsConnected(r), RTMP_LastError(r));
  must(r->Link.port == server[0].port, "the port of the program");
  RTMP_Close(r);
  RTMP_Free(r);
  must(pthread_join(server[0].thread, NULL) == 0, "pthread_join");
  close(server[0].listener);
}

static RTMP *closing;
static pthread_t closer;
static int lines_left, has_closed;

/* Closes the handle inside one of the lines of its move. */
static void close_in_line(int level, const char *format, va_list arguments)
{
  char line[2048];
  (void)level;
  if (!pthread_equal(pthread_self(), closer))
    return;
  vsnprintf(line, sizeof line, format, arguments);
  if (lines_left < 0 && strstr(line, "reconnecting as"))
    lines_left = -lines_left;
  if (lines_left > 0 && --lines_left == 0) {
    has_closed = TRUE;
    RTMP_Close(closing);
  }
}

static void closed_in_every_line(int publishes)
{
  int line = 0;
  closer = pthread_self();
  do {
    struct server servers[2];
    char url[200], bytes[1000];
    int at = 0, going = TRUE;

    line++;
    start(servers, TAKES);
    closing = client(url, servers[0].port, publishes);
    lines_left = -line;
    has_closed = FALSE;
    RTMP_LogSetCallback(close_in_line);
    RTMP_LogSetLevel(RTMP_LOGDEBUG);
    while (going && !has_closed && !__atomic_load_n(&servers[1].begun, __ATOMIC_SEQ_CST))
      going = publishes ? publish_some(closing, at++, 1) : RTMP_Read(closing, bytes, sizeof bytes) > 0;
    RTMP_LogSetLevel(RTMP_LOGCRIT);
    RTMP_LogSetCallback(NULL);
    RTMP_Close(closing);
    RTMP_Free(closing);
    stop(servers);
  } while (has_closed && line < 200);
  printf("closed in every line of a move: %s\n", line > 10 && line < 200 ? "many" : "few");
}

int main(void)
{
  signal(SIGPIPE, SIG_IGN);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  publisher(TRUE);
  publisher(FALSE);
  player();
  beside_a_reader();
  cancelled(TRUE);
  cancelled(FALSE);
  in_vain();
  closed_in_every_line(TRUE);
  closed_in_every_line(FALSE);
  return 0;
}
