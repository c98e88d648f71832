/* Calls that do not wait: the same streams as with calls that do, from one thread that polls, and no call of it waits in the
 * system, whatever the peer does or does not. */
#define _GNU_SOURCE
#include "nowait.h"

#include "certificate.h"
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/time.h>

static int listener, port;
static void *context;

static void listen_somewhere(void)
{
  struct sockaddr_in place = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t length = sizeof place;

  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  /* Little is to fit before a socket is full. */
  must(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &(int){ 4096 }, sizeof(int)) == 0, "SO_RCVBUF");
  must(bind(listener, (void *)&place, sizeof place) == 0, "bind");
  must(listen(listener, 64) == 0, "listen");
  must(getsockname(listener, (void *)&place, &length) == 0, "getsockname");
  port = ntohs(place.sin_port);
}

/* A server of one connection, which does what it is told. */
struct server {
  struct peer peer;
  int is_deaf;          /* hears nothing behind the answer to publish or play, but says pings without end */
  int is_silent;        /* says nothing, from the beginning (1) or behind play (2) */
  int ends[2];          /* a pipe: it goes when the other end is closed */
  int own;              /* its socket once more */
};

static void say_pings(RTMP *r)
{
  while (RTMP_SendCtrl(r, 6, 7, 0))
    ;
}

static void *serve(void *argument)
{
  struct server *s = argument;
  struct pollfd gone = { s->ends[0], POLLIN, 0 };
  RTMPPacket packet = { 0 };
  RTMP *r;

  s->peer.fd = accept(listener, NULL, NULL);
  must(s->peer.fd >= 0, "accept");
  __atomic_store_n(&s->own, dup(s->peer.fd), __ATOMIC_SEQ_CST);
  if (!s->is_deaf && !s->is_silent)
    return peer_main(&s->peer);
  r = RTMP_Alloc();
  RTMP_Init(r);
  r->m_sb.sb_socket = s->peer.fd;
  if (s->is_silent != 1) {
    must((!s->peer.tls || RTMP_TLS_Accept(r, s->peer.tls)) && RTMP_Serve(r), "handshake");
    while (RTMP_ReadPacket(r, &packet)) {
      AMFObject command;
      AVal name = { 0 };
      int is_last;
      if (!RTMPPacket_IsReady(&packet))
        continue;
      if (packet.m_packetType != RTMP_PACKET_TYPE_INVOKE) {
        RTMPPacket_Free(&packet);
        continue;
      }
      AMF_Decode(&command, packet.m_body, (int)packet.m_nBodySize, FALSE);
      AMFProp_GetString(AMF_GetProp(&command, NULL, 0), &name);
      is_last = name.av_len == 7 && !memcmp(name.av_val, "publish", 7);
      is_last |= name.av_len == 4 && !memcmp(name.av_val, "play", 4);
      if (is_last && !memcmp(name.av_val, "play", 4))
        peer_status(r, "NetStream.Play.Start");
      else
        peer_command(&s->peer, r, &packet);
      AMF_Reset(&command);
      RTMPPacket_Free(&packet);
      if (is_last)
        break;
    }
    if (s->is_deaf)
      say_pings(r);
  }
  must(poll(&gone, 1, -1) == 1, "poll");
  r->Link.timeout = 1;
  RTMP_Close(r);
  RTMP_Free(r);
  return NULL;
}

static void server_start(struct server *s, int media, int is_secure)
{
  signal(SIGPIPE, SIG_IGN);
  must(pipe(s->ends) == 0, "pipe");
  s->peer.media = media;
  s->peer.tls = is_secure ? context : NULL;
  must(pthread_create(&s->peer.thread, NULL, serve, s) == 0, "pthread_create");
}

static void server_end(struct server *s)
{
  int own = __atomic_load_n(&s->own, __ATOMIC_SEQ_CST);

  close(s->ends[1]);
  /* One that says pings goes on for as long as the system believes in the client. */
  if (s->is_deaf)
    shutdown(own, SHUT_RDWR);
  peer_wait(&s->peer);
  close(own);
  close(s->ends[0]);
}

static RTMP *set_up(const char *scheme, const char *options, int publishes)
{
  static char url[300];
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  snprintf(url, sizeof url, "%s://127.0.0.1:%d/app/stream live=1 tlsVerify=0 %s", scheme, port, options);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (publishes)
    RTMP_EnableWrite(r);
  return r;
}

/* Waits for what the library wants. The events that it wanted. */
static int wait_for(RTMP *r)
{
  RTMP_WANT want = { .size = sizeof want };
  struct pollfd place;

  must(NOWAIT(RTMP_Want(r, &want)), "RTMP_Want");
  place.fd = want.fd;
  place.events = (short)want.events;
  must(poll(&place, 1, want.timeout) >= 0, "poll");
  return want.events;
}

/* What the library wants, without waiting long for it: there may be nothing to wait for. */
static int wait_for_any(RTMP *r)
{
  RTMP_WANT want = { .size = sizeof want };
  struct pollfd place;

  must(NOWAIT(RTMP_Want(r, &want)), "RTMP_Want");
  place.fd = want.fd;
  place.events = (short)want.events;
  if (want.events & POLLIN)
    must(poll(&place, 1, want.timeout) >= 0, "poll");
  return want.events;
}

/* Drives until the library says something else than "again". */
static int drive(RTMP *r)
{
  int result;

  while ((result = NOWAIT(RTMP_Drive(r))) == RTMP_AGAIN)
    wait_for(r);
  return result;
}

/* Starts, and waits until media may flow. */
static void start(RTMP *r, unsigned limit)
{
  must(NOWAIT(RTMP_SetNonBlocking(r, TRUE, limit)), "RTMP_SetNonBlocking");
  must(NOWAIT(RTMP_Start(r, NULL, 0)), "RTMP_Start");
  must(drive(r) == 1, "RTMP_Drive");
  must(setsockopt(RTMP_Socket(r), SOL_SOCKET, SO_SNDBUF, &(int){ 4096 }, sizeof(int)) == 0, "SO_SNDBUF");
}

static void release(RTMP *r)
{
  NOWAIT_VOID(RTMP_Close(r));
  RTMP_Free(r);
}

static unsigned play_waiting(RTMP *r, int *total)
{
  static char flv[3000];
  unsigned sum = 0;
  int got;

  must(RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0), "connection");
  while ((got = RTMP_Read(r, flv, sizeof flv)) > 0) {
    sum = add_to_sum(sum, flv, (size_t)got);
    *total += got;
  }
  RTMP_Close(r);
  RTMP_Free(r);
  return sum;
}

static unsigned play_polling(RTMP *r, int *total)
{
  static char flv[3000];
  unsigned sum = 0;
  int got;

  start(r, 0);
  while ((got = NOWAIT(RTMP_Read(r, flv, sizeof flv))) > 0 || got == RTMP_AGAIN) {
    if (got > 0) {
      sum = add_to_sum(sum, flv, (size_t)got);
      *total += got;
      continue;
    }
    must(r->m_read.status == 0 && !RTMP_Pending(r), "nothing is left, and nothing has ended");
    wait_for(r);
    must(NOWAIT(RTMP_Drive(r)) == 1, "RTMP_Drive");
  }
  must(got == 0 && r->m_read.status == RTMP_READ_COMPLETE, "the end");
  release(r);
  return sum;
}

static void plays(const char *scheme)
{
  unsigned sums[2];
  int totals[2] = { 0, 0 };

  for (int way = 0; way < 2; way++) {
    struct server s = { 0 };
    server_start(&s, 100, !strcmp(scheme, "rtmps"));
    sums[way] = (way ? play_polling : play_waiting)(set_up(scheme, "", FALSE), &totals[way]);
    server_end(&s);
  }
  printf("%s, played: %d bytes, %s\n", scheme, totals[1],
         sums[0] == sums[1] && totals[0] == totals[1] ? "the same" : "NOT THE SAME");
}

#define TAGS 120

/* A tag of FLV, of another length each time. */
static int make_tag(char *tag, int i)
{
  int size = 20 + (i * 379) % 6000;

  memset(tag, 0, 11);
  tag[0] = i % 2 ? 9 : 8;
  tag[1] = (char)(size >> 16);
  tag[2] = (char)(size >> 8);
  tag[3] = (char)size;
  tag[5] = (char)((i * 20) >> 8);
  tag[6] = (char)(i * 20);
  memset(tag + 11, 'a' + i % 26, (size_t)size);
  tag[11] = i % 2 ? 0x27 : (char)0xaf;
  memset(tag + 11 + size, 0, 4);
  return size + 15;
}

static void publish_waiting(RTMP *r)
{
  static char tag[8000];

  must(RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0), "connection");
  for (int i = 0; i < TAGS; i++) {
    int size = make_tag(tag, i);
    must(RTMP_Write(r, tag, size) == size, "RTMP_Write");
  }
  RTMP_Close(r);
  RTMP_Free(r);
}

static void publish_polling(RTMP *r)
{
  static char tag[8000];

  start(r, 10000);
  for (int i = 0; i < TAGS; i++) {
    int size = make_tag(tag, i), result;
    while ((result = NOWAIT(RTMP_Write(r, tag, size))) == RTMP_AGAIN) {
      wait_for(r);
      must(NOWAIT(RTMP_Drive(r)) == 1, "RTMP_Drive");
    }
    must(result == size, "RTMP_Write");
  }
  must(NOWAIT(RTMP_Finish(r)), "RTMP_Finish");
  must(NOWAIT(RTMP_Write(r, tag, 15)) == -1, "nothing is taken behind the goodbye");
  for (int result; (result = NOWAIT(RTMP_Drive(r))) != 0;) {
    must(result != -1, "RTMP_Drive");
    wait_for(r);
  }
  release(r);
}

static void publishes(const char *scheme)
{
  struct server s[2] = { { .is_deaf = 0 }, { .is_deaf = 0 } };

  for (int way = 0; way < 2; way++) {
    server_start(&s[way], 0, !strcmp(scheme, "rtmps"));
    (way ? publish_polling : publish_waiting)(set_up(scheme, "", TRUE));
    server_end(&s[way]);
  }
  printf("%s, published: %d messages, %s\n", scheme, s[1].peer.received,
         s[0].peer.sum == s[1].peer.sum && s[0].peer.received == TAGS ? "the same" : "NOT THE SAME");
}

/* The rest of a queue that has no room for what is long, until what is short is refused too. */
static void fill_up(RTMP *r)
{
  int taken = 0;

  /* The system may pass on a little now and then. */
  while (NOWAIT(RTMP_SendCtrl(r, 7, 1, 0)))
    must(taken++ < 10000, "the queue is never full");
  must(errno == EAGAIN && RTMP_IsConnected(r), "RTMP_SendCtrl");
  while (NOWAIT(RTMP_SendPause(r, 1, 0)))
    must(taken++ < 10000, "the queue is never full");
  must(errno == EAGAIN && RTMP_IsConnected(r), "RTMP_SendPause");
}

enum end { STUFFED, TIMED_OUT, CLOSED };

/* A peer that takes nothing, and pings without end: the queue fills, then nothing more is read, and in the end the time for
 * sending is over, if there is a limit. */
static void deaf(const char *scheme, enum end end)
{
  static char tag[8000];
  struct server s = { .is_deaf = 1 };
  RTMP *r = set_up(scheme, end == TIMED_OUT ? "sendTimeout=200" : "sendTimeout=0", TRUE);
  int taken = 0, size = make_tag(tag, 7), result;

  server_start(&s, 0, !strcmp(scheme, "rtmps"));
  start(r, 50000);
  while ((result = NOWAIT(RTMP_Write(r, tag, size))) == size)
    must(taken++ < 10000, "the queue is never full");
  must(end == TIMED_OUT || (taken > 10 && result == RTMP_AGAIN), "the queue is full");
  if (end == TIMED_OUT) {
    /* Which may be the case already. */
    while ((result = NOWAIT(RTMP_Drive(r))) == 1)
      wait_for(r);
    must(result == -1 && RTMP_IsTimedout(r) && !RTMP_IsConnected(r), "the time for sending is over");
    must(NOWAIT(RTMP_Drive(r)) == -1 && NOWAIT(RTMP_Write(r, tag, size)) == -1, "it stays so");
    printf("%s, a peer that takes nothing: \"%s\"\n", scheme, RTMP_LastError(r));
  } else {
    fill_up(r);
  }
  if (end == STUFFED) {
    while (wait_for_any(r) != POLLOUT)
      must(NOWAIT(RTMP_Drive(r)) == 1, "RTMP_Drive");
    must(NOWAIT(RTMP_Drive(r)) == 1 && wait_for_any(r) == POLLOUT, "it stays so");
    printf("%s, a peer that takes nothing: nothing is read in the end\n", scheme);
  }
  release(r);
  server_end(&s);
}

/* A peer that says nothing more. */
static void silent(const char *scheme)
{
  char flv[1000];
  struct timeval limit = { 0, 200000 };
  struct server s = { .is_silent = 2 };
  RTMP *r = set_up(scheme, "", FALSE);
  RTMPPacket packet = { 0 };
  int result;

  server_start(&s, 0, !strcmp(scheme, "rtmps"));
  start(r, 0);
  /* What the library has set there is long enough for a memory checker. */
  must(setsockopt(RTMP_Socket(r), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, "SO_RCVTIMEO");
  must(NOWAIT(RTMP_Read(r, flv, sizeof flv)) == RTMP_AGAIN && r->m_read.status == 0, "RTMP_Read");
  must(!NOWAIT(RTMP_ReadPacket(r, &packet)) && errno == EAGAIN && !RTMP_IsTimedout(r), "RTMP_ReadPacket");
  must(!NOWAIT(RTMP_GetNextMediaPacket(r, &packet)) && errno == EAGAIN, "RTMP_GetNextMediaPacket");
  must(NOWAIT(RTMP_Pending(r)) == 0, "RTMP_Pending");
  while ((result = NOWAIT(RTMP_Drive(r))) == 1)
    wait_for(r);
  must(result == -1 && RTMP_IsTimedout(r) && RTMP_IsConnected(r), "the time for receiving is over");
  printf("%s, a peer that says nothing: \"%s\"\n", scheme, RTMP_LastError(r));
  release(r);
  server_end(&s);
}

/* How many files this process has open. */
static int descriptors(void)
{
  int count = 0;

  for (int fd = 0; fd < 256; fd++)
    count += fcntl(fd, F_GETFD) != -1;
  return count;
}

/* A peer that does not even shake hands: nothing is done on the handle until the program cancels. */
static void unwilling(void)
{
  char bytes[100];
  struct server s = { .is_silent = 1 };
  RTMP *r = set_up("rtmp", "", TRUE);
  RTMPPacket packet = { 0 };
  RTMP_WANT want = { .size = sizeof want };
  int before = descriptors();

  server_start(&s, 0, FALSE);
  must(NOWAIT(RTMP_Start(r, NULL, 0)), "RTMP_Start");
  must(!NOWAIT(RTMP_Start(r, NULL, 0)) && errno == EBUSY, "RTMP_Start, twice");
  must(!NOWAIT(RTMP_SetNonBlocking(r, FALSE, 0)) && errno == EBUSY, "RTMP_SetNonBlocking");
  must(NOWAIT(RTMP_Drive(r)) == RTMP_AGAIN, "RTMP_Drive");
  must(NOWAIT(RTMP_Want(r, &want)) && want.fd >= 0 && want.events == POLLIN && want.timeout == -1, "RTMP_Want");
  must(NOWAIT(RTMP_Read(r, bytes, sizeof bytes)) == RTMP_AGAIN, "RTMP_Read");
  must(NOWAIT(RTMP_Write(r, bytes, sizeof bytes)) == RTMP_AGAIN, "RTMP_Write");
  must(!NOWAIT(RTMP_ReadPacket(r, &packet)) && errno == EAGAIN, "RTMP_ReadPacket");
  must(!NOWAIT(RTMP_SendPacket(r, &packet, 0)) && errno == EAGAIN, "RTMP_SendPacket");
  must(!NOWAIT(RTMP_ClientPacket(r, &packet)), "RTMP_ClientPacket");
  must(!NOWAIT(RTMP_Finish(r)), "RTMP_Finish");
  must(NOWAIT(RTMP_Pending(r)) == 0, "RTMP_Pending");
  NOWAIT_VOID(RTMP_DeleteStream(r));
  NOWAIT_VOID(RTMP_Cancel(r));
  must(drive(r) == -1 && errno == ECANCELED, "RTMP_Drive, cancelled");
  printf("a peer that does not shake hands: \"%s\"\n", RTMP_LastError(r));
  release(r);
  server_end(&s);
  must(descriptors() == before, "nothing stays open");
}

/* A close in the middle of connecting waits for the library's thread, if that has begun, and then the handle may be freed. */
static void abandoned(void)
{
  int before = descriptors();

  for (int i = 0; i < 50; i++) {
    RTMP *r = set_up("rtmp", "", TRUE);
    must(NOWAIT(RTMP_Start(r, NULL, 0)), "RTMP_Start");
    if (i % 2)
      sched_yield();
    RTMP_Close(r);
    must(NOWAIT(RTMP_Drive(r)) == -1 && errno == ENOTCONN, "RTMP_Drive, closed");
    memset(r, GARBAGE, sizeof *r);
    free(r);
    must(descriptors() == before, "nothing stays open");
  }
  /* Nobody has accepted those that came so far. */
  close(listener);
  listen_somewhere();
  printf("closed in the middle of connecting\n");
}

/* What would have to wait is refused, and a connection made by calls that wait goes on by calls that do not. */
static void refused(void)
{
  struct server s = { 0 };
  RTMP *r = set_up("rtmp", "", FALSE);
  struct sockaddr_in place = { .sin_family = AF_INET, .sin_port = htons(9) };

  must(!NOWAIT(RTMP_Start(NULL, NULL, 0)) && !NOWAIT(RTMP_SetNonBlocking(NULL, 1, 0)), "NULL");
  must(NOWAIT(RTMP_SetNonBlocking(r, TRUE, 0)), "RTMP_SetNonBlocking");
#define REFUSED(call) must(!NOWAIT(call) && errno == EBUSY, #call)
  REFUSED(RTMP_Connect(r, NULL));
  REFUSED(RTMP_Connect0(r, (void *)&place));
  REFUSED(RTMP_Connect1(r, NULL));
  REFUSED(RTMP_ConnectStream(r, 0));
  REFUSED(RTMP_ReconnectStream(r, 0));
  REFUSED(RTMP_ToggleStream(r));
  REFUSED(RTMP_Serve(r));
  REFUSED(RTMP_TLS_Accept(r, context));
  must(NOWAIT(RTMP_Drive(r)) == -1 && errno == ENOTCONN, "RTMP_Drive");
  must(!NOWAIT(RTMP_Finish(r)) && errno == ENOTCONN, "RTMP_Finish");
  must(NOWAIT(RTMP_SetNonBlocking(r, FALSE, 0)), "RTMP_SetNonBlocking");
  server_start(&s, 10, FALSE);
  must(RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0), "connection");
  must(RTMP_Drive(r) == -1 && errno == EINVAL, "RTMP_Drive, of calls that wait");
  must(NOWAIT(RTMP_SetNonBlocking(r, TRUE, 0)), "RTMP_SetNonBlocking");
  must(NOWAIT(RTMP_Drive(r)) == 1, "RTMP_Drive");
  REFUSED(RTMP_ToggleStream(r));
  release(r);
  server_end(&s);
  RTMP_Init(r = RTMP_Alloc());
  must(!RTMP_Start(r, NULL, 0) && errno == EINVAL, "RTMP_Start, no host");
  r->Link.protocol = RTMP_PROTOCOL_RTMPT;
  must(!RTMP_SetNonBlocking(r, TRUE, 0) && errno == EOPNOTSUPP, "RTMP_SetNonBlocking, RTMPT");
  RTMP_Free(r);
  printf("what would wait is refused\n");
}

/* Structs of other versions. */
static void sizes(void)
{
  GUARDED(struct { RTMP_WANT want; int more[4]; }) longer;
  RTMP *r = set_up("rtmp", "", FALSE);

  SPOIL(longer);
  longer.it.want.size = sizeof longer.it;
  must(RTMP_Want(r, &longer.it.want) && longer.it.want.size == sizeof longer.it && longer.it.want.fd == -1, "longer");
  printf("a longer struct: %d %d, %s\n", longer.it.more[0], longer.it.more[3], UNTOUCHED(longer));
  SPOIL(longer);
  longer.it.want.size = sizeof(RTMP_WANT) - 4;
  must(!RTMP_Want(r, &longer.it.want) && !RTMP_Want(r, NULL), "shorter");
  printf("a shorter struct: %s\n", all_garbage((unsigned char *)&longer.it.want.fd, 12) ? UNTOUCHED(longer) : "WRITTEN");
  RTMP_Close(r);
  RTMP_Free(r);
}

int main(void)
{
  static const char *const schemes[] = { "rtmp", "rtmpe", "rtmps" };

  RTMP_LogSetLevel(RTMP_LOGCRIT);
  context = make_context();
  listen_somewhere();
  for (int i = 0; i < 3; i++) {
    plays(schemes[i]);
    publishes(schemes[i]);
    for (int end = STUFFED; end <= CLOSED; end++)
      deaf(schemes[i], (enum end)end);
    silent(schemes[i]);
  }
  unwilling();
  abandoned();
  refused();
  sizes();
  RTMP_TLS_FreeServerContext(context);
  printf("%s, %d calls waited\n", watched_calls > 100 ? "many calls" : "FEW CALLS", waits);
  return 0;
}
