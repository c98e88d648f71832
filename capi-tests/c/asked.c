/* What another thread is told while one call ends a connection and goes on with the next one: a publisher and a player that move to
 * another server, and a login. It asks inside every line that the call logs meanwhile. */
#include "servers.h"

#include <errno.h>
#include <semaphore.h>
#include <stdarg.h>

static struct {
  RTMP *r;
  sem_t wanted, done;
  int is_over, has_request;
  RTMP_STATS last;
  /* Between: while the next connection is being made. */
  unsigned told, refused, between, requests, faults;
} watch;

static void wrong(const char *what)
{
  fprintf(stderr, "wrong: %s\n", what);
  watch.faults++;
}

static void ask_how(int *is_refused)
{
  RTMP_STATS now = { .size = sizeof now };
  errno = 0;
  *is_refused = !RTMP_GetStats(watch.r, &now);
  if (*is_refused) {
    watch.refused++;
    if (errno != ENOTCONN || now.phase != 0 || now.bytes_in != 0)
      wrong("numbers are refused otherwise");
    return;
  }
  watch.told++;
  if (now.bytes_in < watch.last.bytes_in || now.bytes_out < watch.last.bytes_out || now.wire_out < watch.last.wire_out
      || now.messages_in < watch.last.messages_in || now.messages_out < watch.last.messages_out
      || now.handshake_ms < watch.last.handshake_ms || now.dialogue_ms < watch.last.dialogue_ms)
    wrong("sums become less");
  if (now.phase > RTMP_PHASE_IDLE && now.phase < RTMP_PHASE_DIALOGUE)
    watch.between++;
  watch.last = now;
}

/* A request is told until it is followed. */
static void ask_where_to(int is_refused)
{
  RTMP_RECONNECT request = { .size = sizeof request };
  int is_told = RTMP_GetReconnectRequest(watch.r, &request);
  if (is_told != (watch.has_request && !is_refused))
    wrong("is there a request?");
  watch.requests += is_told;
  if (is_told ? request.state != RTMP_RECONNECT_REQUESTED || request.count != 1 || strcmp(request.url + request.app, "there")
              : request.state != RTMP_RECONNECT_NONE || *request.url)
    wrong("the request");
}

static void ask_why(void)
{
  RTMP_ERROR error = { .size = sizeof error };
  if (!RTMP_GetError(watch.r, &error) || error.kind != RTMP_ERR_NONE || *error.text)
    wrong("nothing has failed");
}

static void *asks(void *unused)
{
  (void)unused;
  for (;;) {
    int is_refused;
    while (sem_wait(&watch.wanted) != 0)
      ;
    if (watch.is_over)
      return NULL;
    ask_how(&is_refused);
    ask_where_to(is_refused);
    ask_why();
    sem_post(&watch.done);
  }
}

static int is_on_the_way;
static pthread_t mover;

static void in_line(int level, const char *format, va_list arguments)
{
  char line[2048];
  (void)level;
  if (!pthread_equal(pthread_self(), mover))
    return;
  vsnprintf(line, sizeof line, format, arguments);
  if (strstr(line, "asks to reconnect"))
    is_on_the_way = watch.has_request = TRUE;
  if (strstr(line, "reconnecting as"))
    watch.has_request = FALSE;
  if (strstr(line, "authmod"))
    is_on_the_way = TRUE;
  if (!is_on_the_way)
    return;
  sem_post(&watch.wanted);
  while (sem_wait(&watch.done) != 0)
    ;
}

static void begin(RTMP *r, pthread_t *asker)
{
  memset(&watch, 0, sizeof watch);
  watch.r = r;
  watch.last.size = sizeof watch.last;
  must(sem_init(&watch.wanted, 0, 0) == 0 && sem_init(&watch.done, 0, 0) == 0, "sem_init");
  mover = pthread_self();
  is_on_the_way = FALSE;
  must(pthread_create(asker, NULL, asks, NULL) == 0, "pthread_create");
  RTMP_LogSetCallback(in_line);
  RTMP_LogSetLevel(RTMP_LOGDEBUG);
}

static void end(const char *name, RTMP *r, pthread_t asker)
{
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  RTMP_LogSetCallback(NULL);
  watch.is_over = TRUE;
  sem_post(&watch.wanted);
  must(pthread_join(asker, NULL) == 0, "pthread_join");
  RTMP_Close(r);
  RTMP_Free(r);
  printf("%s: numbers in %s lines, refused in %s, of the next connection in %s, a request in %s, %u faults\n", name,
         watch.told > 5 ? "many" : "few", watch.refused ? "some" : "none", watch.between ? "some" : "none",
         watch.requests ? "some" : "none", watch.faults);
}

static void move(const char *name, int publishes)
{
  struct server servers[2];
  char url[200], bytes[1000];
  pthread_t asker;
  int at = 0, going = TRUE;
  RTMP *r;

  start(servers, TAKES);
  r = client(url, servers[0].port, publishes);
  begin(r, &asker);
  while (going && !__atomic_load_n(&servers[1].begun, __ATOMIC_SEQ_CST))
    going = publishes ? publish_some(r, at++, 1) : RTMP_Read(r, bytes, sizeof bytes) > 0;
  must(!publishes || going, RTMP_LastError(r));
  end(name, r, asker);
  stop(servers);
}

/* --- a login, which takes three connections --- */

static int refuse(RTMP *r, const char *words)
{
  static const AVal av_error = AVC("_error"), av_error_level = AVC("error"), av_description = AVC("description");
  static const AVal code = AVC("NetConnection.Connect.Rejected");
  AVal description = { (char *)words, (int)strlen(words) };
  char buffer[RTMP_MAX_HEADER_SIZE + 512], *body = buffer + RTMP_MAX_HEADER_SIZE, *limit = buffer + sizeof buffer;
  char *end = AMF_EncodeNumber(AMF_EncodeString(body, limit, &av_error), limit, 1);
  *end++ = AMF_NULL;
  *end++ = AMF_OBJECT;
  end = AMF_EncodeNamedString(end, limit, &av_level, &av_error_level);
  end = AMF_EncodeNamedString(end, limit, &av_code, &code);
  end = AMF_EncodeNamedString(end, limit, &av_description, &description);
  return peer_send(r, body, AMF_EncodeInt24(end, limit, AMF_OBJECT_END), 0);
}

static void *ask_for_a_login(void *argument)
{
  struct server *server = argument;
  static const char *const words[] = {
    "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ",
    "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=joe&salt=abcd&challenge=abcd&opaque=abcd",
  };
  for (int i = 0; i < 2; i++) {
    RTMP *r = RTMP_Alloc();
    RTMPPacket packet = { 0 };
    RTMP_Init(r);
    r->m_sb.sb_socket = accept(server->listener, NULL, NULL);
    must(RTMP_Serve(r), "RTMP_Serve");
    while (RTMP_ReadPacket(r, &packet)) {
      if (!RTMPPacket_IsReady(&packet))
        continue;
      if (packet.m_packetType == RTMP_PACKET_TYPE_INVOKE && is_called(packet.m_body, "connect"))
        refuse(r, words[i]);
      RTMPPacket_Free(&packet);
    }
    RTMPPacket_Free(&packet);
    RTMP_Close(r);
    RTMP_Free(r);
  }
  return serve(server);
}

static void login(void)
{
  struct server server = { .manner = TAKES };
  char url[200];
  pthread_t asker;
  RTMP *r = RTMP_Alloc();

  server.listener = listening(&server.port);
  must(pthread_create(&server.thread, NULL, ask_for_a_login, &server) == 0, "pthread_create");
  RTMP_Init(r);
  sprintf(url, "rtmp://joe:secret@127.0.0.1:%d/app/name timeout=60", server.port);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  RTMP_EnableWrite(r);
  begin(r, &asker);
  must(RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0), "the login");
  end("a login", r, asker);
  must(pthread_join(server.thread, NULL) == 0, "pthread_join");
  close(server.listener);
}

int main(void)
{
  signal(SIGPIPE, SIG_IGN);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  move("a publisher moves", TRUE);
  move("a player moves", FALSE);
  login();
  return 0;
}
