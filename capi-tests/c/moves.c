/* Streams that go on at another server, because theirs asks for it: option reconnect=auto. */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>

static const AVal av_request = AVC("NetConnection.Connect.ReconnectRequest");
static const AVal av_tcUrl = AVC("tcUrl");

enum { SENDS_ON, TAKES, FALLS_SILENT };

struct server {
  int listener, port, manner, other;
  pthread_t thread;
  struct peer peer;
  int begun;            /* it has its client, or has fallen silent */
};

static int listening(int *port)
{
  struct sockaddr_in address = { 0 };
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 5) == 0, "listen");
  must(getsockname(fd, (struct sockaddr *)&address, &size) == 0, "getsockname");
  *port = ntohs(address.sin_port);
  return fd;
}

static int ask(RTMP *r, int port)
{
  char buffer[RTMP_MAX_HEADER_SIZE + 512], *body = buffer + RTMP_MAX_HEADER_SIZE, *limit = buffer + sizeof buffer;
  char text[100];
  AVal url = { text, snprintf(text, sizeof text, "rtmp://user:word@127.0.0.1:%d/there", port) };
  char *end = AMF_EncodeString(body, limit, &av_onStatus);
  end = AMF_EncodeNumber(end, limit, 0);
  *end++ = AMF_NULL;
  *end++ = AMF_OBJECT;
  end = AMF_EncodeNamedString(end, limit, &av_level, &av_status);
  end = AMF_EncodeNamedString(end, limit, &av_code, &av_request);
  end = AMF_EncodeNamedString(end, limit, &av_tcUrl, &url);
  end = AMF_EncodeInt24(end, limit, AMF_OBJECT_END);
  return peer_send(r, body, end, 0);
}

static int is_called(const char *body, const char *name)
{
  return body[2] == (char)strlen(name) && memcmp(body + 3, name, strlen(name)) == 0;
}

static int accept_wish(RTMP *r, const char *body)
{
  return peer_status(r, is_called(body, "play") ? "NetStream.Play.Start" : "NetStream.Publish.Start");
}

/* What comes to a server until its client leaves. */
static void talk(struct server *server, RTMP *r)
{
  RTMPPacket packet = { 0 };
  int going = RTMP_Serve(r), is_wish = FALSE;
  while (going && RTMP_IsConnected(r) && RTMP_ReadPacket(r, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    if (packet.m_packetType == RTMP_PACKET_TYPE_INVOKE) {
      is_wish = is_called(packet.m_body, "publish") || is_called(packet.m_body, "play");
      if (server->manner == SENDS_ON && is_wish)
        going = accept_wish(r, packet.m_body) && ask(r, server->other);
      else if (server->manner != FALLS_SILENT)
        going = peer_command(&server->peer, r, &packet);
      if (is_wish || server->manner == FALLS_SILENT)
        __atomic_store_n(&server->begun, 1, __ATOMIC_SEQ_CST);
    } else if (packet.m_packetType == RTMP_PACKET_TYPE_AUDIO || packet.m_packetType == RTMP_PACKET_TYPE_VIDEO
               || packet.m_packetType == RTMP_PACKET_TYPE_INFO) {
      server->peer.received++;
    }
    RTMPPacket_Free(&packet);
  }
  RTMPPacket_Free(&packet);
}

static void *serve(void *argument)
{
  struct server *server = argument;
  RTMP *r = RTMP_Alloc();
  RTMP_Init(r);
  r->m_sb.sb_socket = accept(server->listener, NULL, NULL);
  talk(server, r);
  RTMP_Close(r);
  RTMP_Free(r);
  return NULL;
}

/* Two servers, of which the first sends its client to the second. */
static void start(struct server servers[2], int manner)
{
  memset(servers, 0, 2 * sizeof *servers);
  for (int i = 0; i < 2; i++)
    servers[i].listener = listening(&servers[i].port);
  servers[0].other = servers[1].port;
  servers[1].manner = manner;
  for (int i = 0; i < 2; i++)
    must(pthread_create(&servers[i].thread, NULL, serve, &servers[i]) == 0, "pthread_create");
}

static void stop(struct server servers[2])
{
  for (int i = 0; i < 2; i++) {
    /* It may have got nobody. */
    shutdown(servers[i].listener, SHUT_RDWR);
    must(pthread_join(servers[i].thread, NULL) == 0, "pthread_join");
    close(servers[i].listener);
  }
}

/* The handle owns some of its texts, and points into `url` with others. */
static RTMP *client(char *url, int port, int publishes)
{
  RTMP *r = RTMP_Alloc();
  RTMP_Init(r);
  sprintf(url, "rtmp://joe:secret@127.0.0.1:%d/app/name app=own reconnect=auto live=1 timeout=60", port);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (publishes)
    RTMP_EnableWrite(r);
  must(RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0), "connect");
  return r;
}

static size_t put_tag(char *at, int kind, const char *body, size_t size, unsigned time)
{
  unsigned char header[11] = { (unsigned char)kind };
  AMF_EncodeInt24((char *)header + 1, (char *)header + 4, (int)size);
  AMF_EncodeInt24((char *)header + 4, (char *)header + 7, (int)time);
  memcpy(at, header, 11);
  memcpy(at + 11, body, size);
  AMF_EncodeInt32(at + 11 + size, at + 15 + size, (int)size + 11);
  return size + 15;
}

/* Metadata and three configurations, then frames, one in five a key frame; in pieces. FALSE when it fails. */
static int publish_some(RTMP *r, int first, int count)
{
  char bytes[8192], frame[300];
  size_t size = 0;
  if (first == 0) {
    size += put_tag(bytes + size, 18, "\2\0\12onMetaData\5", 14, 0);
    size += put_tag(bytes + size, 9, "\27\0\0\0\0avcC", 9, 0);
    size += put_tag(bytes + size, 9, "\226\0hvc1\1hvcC", 11, 0);
    size += put_tag(bytes + size, 8, "\257\0\22\20", 4, 0);
  }
  for (int i = first; i < first + count; i++) {
    memset(frame, i, sizeof frame);
    memcpy(frame, i % 5 ? "\47\1\0\0\0" : "\27\1\0\0\0", 5);
    size += put_tag(bytes + size, 9, frame, sizeof frame, (unsigned)i * 40);
  }
  for (size_t at = 0; at < size; at += 100) {
    int piece = (int)(size - at < 100 ? size - at : 100);
    if (RTMP_Write(r, bytes + at, piece) != piece)
      return FALSE;
  }
  return TRUE;
}

#define PREPARATIONS 4

/* Frames until both servers have the stream, and twenty more: how many. */
static int publish(RTMP *r, struct server *other)
{
  int at = 0, left = 20;
  while (left > 0) {
    must(publish_some(r, at++, 1), RTMP_LastError(r));
    left -= __atomic_load_n(&other->begun, __ATOMIC_SEQ_CST);
  }
  return at;
}

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
