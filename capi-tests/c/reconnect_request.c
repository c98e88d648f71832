/* A server asks to connect anew, and the program does it: told by RTMP_GetReconnectRequest while it writes, behind RTMP_Close,
 * and to another thread that looks all the time. */
#include "peer.h"

static const AVal av_tcUrl = AVC("tcUrl"), av_description = AVC("description");
static const AVal code = AVC("NetConnection.Connect.ReconnectRequest"), description = AVC("maintenance");
static const AVal address = AVC("//joe:a%40b@other.example:1936/new/app?ticket=1");

/* Asks for it on message stream 0. */
static int ask(RTMP *r)
{
  char buffer[RTMP_MAX_HEADER_SIZE + 512], *body = buffer + RTMP_MAX_HEADER_SIZE, *limit = buffer + sizeof buffer;
  char *end = AMF_EncodeString(body, limit, &av_onStatus);
  end = AMF_EncodeNumber(end, limit, 0);
  *end++ = AMF_NULL;
  *end++ = AMF_OBJECT;
  end = AMF_EncodeNamedString(end, limit, &av_level, &av_status);
  end = AMF_EncodeNamedString(end, limit, &av_code, &code);
  end = AMF_EncodeNamedString(end, limit, &av_description, &description);
  end = AMF_EncodeNamedString(end, limit, &av_tcUrl, &address);
  end = AMF_EncodeInt24(end, limit, AMF_OBJECT_END);
  return peer_send(r, body, end, 0);
}

/* Accepts a publisher, and asks it at once to go elsewhere. */
static void *old_server(void *argument)
{
  struct peer *peer = argument;
  RTMP *r = RTMP_Alloc();
  RTMPPacket packet = { 0 };
  int going;

  RTMP_Init(r);
  r->m_sb.sb_socket = peer->fd;
  going = RTMP_Serve(r);
  while (going && RTMP_IsConnected(r) && RTMP_ReadPacket(r, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    if (packet.m_packetType == RTMP_PACKET_TYPE_INVOKE) {
      int is_publish = packet.m_nBodySize > 10 && !memcmp(packet.m_body + 3, "publish", 7);
      going = peer_command(peer, r, &packet) && (!is_publish || ask(r));
    }
    RTMPPacket_Free(&packet);
  }
  RTMPPacket_Free(&packet);
  RTMP_Close(r);
  RTMP_Free(r);
  return NULL;
}

struct watch {
  RTMP *r;
  int is_over;
  unsigned odd;
};

/* Looks as long as the program works: there is no request, or the whole one. */
static void *watch(void *argument)
{
  struct watch *watch = argument;

  while (!__atomic_load_n(&watch->is_over, __ATOMIC_ACQUIRE)) {
    RTMP_RECONNECT request = { .size = sizeof request };
    if (!RTMP_GetReconnectRequest(watch->r, &request))
      watch->odd += request.state != RTMP_RECONNECT_NONE || request.url[0];
    else
      watch->odd += request.state != RTMP_RECONNECT_REQUESTED || !strstr(request.url, "?ticket=1")
                    || strcmp(request.description, "maintenance");
  }
  return NULL;
}

static void connect_to(RTMP *r, char *url, int fd)
{
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  RTMP_EnableWrite(r);
  r->m_sb.sb_socket = fd;
  must(RTMP_Connect1(r, NULL) && RTMP_ConnectStream(r, 0), "a connection");
}

static int write_frame(RTMP *r)
{
  static const char tag[] = "\x09\0\0\6\0\0\0\0\0\0\0\x17\1\0\0\0\x2a\0\0\0\x11";
  return RTMP_Write(r, tag, sizeof tag - 1);
}

static void print(const char *when, RTMP *r)
{
  RTMP_RECONNECT request;
  int result;

  memset(&request, GARBAGE, sizeof request);
  request.size = sizeof request;
  result = RTMP_GetReconnectRequest(r, &request);
  printf("%s: %d, state %u, count %u, %s, %s, %s, %s\n", when, result, request.state, request.count, request.url,
         request.url + request.app, request.description, request.reason);
}

int main(void)
{
  char first[] = "rtmp://127.0.0.1:1935/live/x reconnect=report", next[3000];
  RTMP *r = RTMP_Alloc();
  RTMP_RECONNECT request = { .size = sizeof request };
  struct peer old = { 0 }, other;
  struct watch watching = { r, FALSE, 0 };
  pthread_t watcher;
  int pair[2];

  signal(SIGPIPE, SIG_IGN);
  alarm(100);
  RTMP_Init(r);
  must(pthread_create(&watcher, NULL, watch, &watching) == 0, "pthread_create");
  make_pair(pair);
  old.fd = pair[1];
  must(pthread_create(&old.thread, NULL, old_server, &old) == 0, "pthread_create");
  connect_to(r, first, pair[0]);
  while (!RTMP_GetReconnectRequest(r, &request))
    must(write_frame(r) > 0, "RTMP_Write");
  print("asked", r);
  RTMP_Close(r);
  print("closed", r);
  snprintf(next, sizeof next, "%s app=%s playpath=x", request.url, request.url + request.app);
  __atomic_store_n(&watching.is_over, TRUE, __ATOMIC_RELEASE);
  must(pthread_join(watcher, NULL) == 0, "pthread_join");
  peer_wait(&old);

  connect_to(r, next, peer_start(&other, 0));
  print("moved", r);
  printf("%s:%d\n", r->Link.playpath.av_val, r->Link.port);
  print_aval("host", &r->Link.hostname);
  print_aval("app", &r->Link.app);
  print_aval("tcUrl", &r->Link.tcUrl);
  print_aval("user", &r->Link.pubUser);
  print_aval("password", &r->Link.pubPasswd);
  must(write_frame(r) > 0, "RTMP_Write");
  RTMP_Close(r);
  peer_wait(&other);
  printf("%d message, %u odd looks\n", other.received, watching.odd);
  RTMP_Free(r);
  return 0;
}
