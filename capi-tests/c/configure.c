/* RTMP_Configure from C: structs of all sizes, when it may be called, what the functions may call, and how long the struct has
 * to live. The original has no such function. */
#define _GNU_SOURCE
#include "configure.h"

#include <stddef.h>
#include <sys/mman.h>

/* No field moves. */
#define AT(type, field, wide, narrow) \
  _Static_assert(offsetof(type, field) == (sizeof(void *) == 8 ? (wide) : (narrow)), #type "." #field)
AT(RTMP_CONFIG, flags, 4, 4);
AT(RTMP_CONFIG, connectTimeout, 8, 8);
AT(RTMP_CONFIG, receiveTimeout, 12, 12);
AT(RTMP_CONFIG, sendTimeout, 16, 16);
AT(RTMP_CONFIG, family, 20, 20);
AT(RTMP_CONFIG, sendBuffer, 24, 24);
AT(RTMP_CONFIG, connectTo, 32, 28);
AT(RTMP_CONFIG, connectProperties, 40, 32);
AT(RTMP_CONFIG, user, 48, 36);
AT(RTMP_CONFIG, onSocket, 56, 40);
AT(RTMP_CONFIG, onWait, 64, 44);
AT(RTMP_CONFIG, onEvent, 72, 48);
AT(RTMP_CONFIG, options, 80, 52);
_Static_assert(sizeof(RTMP_CONFIG) == (sizeof(void *) == 8 ? 88 : 56), "RTMP_CONFIG");
AT(RTMP_EVENT, kind, 4, 4);
AT(RTMP_EVENT, phase, 8, 8);
AT(RTMP_EVENT, code, 16, 12);
AT(RTMP_EVENT, description, 32, 20);
AT(RTMP_EVENT, object, 48, 28);
AT(RTMP_EVENT, packet, 56, 32);
_Static_assert(sizeof(RTMP_EVENT) == (sizeof(void *) == 8 ? 64 : 36), "RTMP_EVENT");

/* --- Sizes. */

static unsigned char *page_end;

/* The last bytes of a page, behind which nothing may be looked at. */
static void make_page(void)
{
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char *page = mmap(NULL, 3 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  must(page != MAP_FAILED && mprotect(page + 2 * size, size, PROT_NONE) == 0, "mmap");
  page_end = page + 2 * size;
}

/* A struct of this size that says nothing, with garbage in what no version knows yet. As much of it as there is. */
static RTMP_CONFIG *config_of(uint32_t size)
{
  size_t there = size < 4 ? 4 : size > 5000 ? 5000 : size, known = sizeof(RTMP_CONFIG);
  unsigned char *place = page_end - there;

  memset(page_end - 5000, GARBAGE, 5000);
  memset(place, 0, there < known ? there : known);
  memcpy(place, &size, 4);
  return (RTMP_CONFIG *)place;
}

static int is_taken(RTMP *r, uint32_t size)
{
  RTMP_CONFIG *config = config_of(size);
  unsigned char before[5000];
  int taken;

  memcpy(before, page_end - sizeof before, sizeof before);
  errno = ODD_NUMBER;
  taken = RTMP_Configure(r, config);
  must(errno == (taken ? ODD_NUMBER : EINVAL), "errno");
  must(memcmp(before, page_end - sizeof before, sizeof before) == 0, "nothing is written");
  return taken;
}

static void sizes(void)
{
  static const uint32_t huge[] = { 4097, 5000, 65536, 0x7fffffff, 0x80000000, 0xffffffff };
  RTMP *r = RTMP_Alloc();
  uint32_t size;

  RTMP_Init(r);
  for (size = 0; size < sizeof(RTMP_CONFIG); size++)
    must(!is_taken(r, size), "a size that is too short");
  for (; size <= 4096; size++)
    must(is_taken(r, size), "a size of today or tomorrow");
  for (size_t i = 0; i < sizeof huge / sizeof *huge; i++)
    must(!is_taken(r, huge[i]), "a size that was not set");
  printf("sizes: shorter ones are refused, longer ones are not, huge ones are\n");
  printf("NULL: %d, %d, %d\n", RTMP_Configure(NULL, config_of(sizeof(RTMP_CONFIG))), RTMP_Configure(NULL, NULL),
         RTMP_Configure(r, NULL));
  RTMP_Close(r);
  RTMP_Free(r);
}

/* --- A program. */

enum deed { NOTHING, CONFIGURES, CANCELS, SENDS };

struct program {
  RTMP *r;
  enum deed on_socket, on_wait, on_event;   /* what is done there */
  int refuses;                              /* onSocket gives 0 */
  int most;                                 /* onWait has enough when it was asked so often, 0: never */
  int sockets, waits, events, statuses, sent, configured;
  int phases;                               /* a bit for each */
};

static void act(struct program *p, enum deed deed)
{
  RTMP_STATS stats = { .size = sizeof stats };
  RTMP_ERROR error = { .size = sizeof error };

  must(RTMP_GetStats(p->r, &stats) && RTMP_GetError(p->r, &error), "asked inside");
  if (deed == CONFIGURES) {
    RTMP_CONFIG config = { .size = sizeof config };
    errno = 0;
    p->configured += RTMP_Configure(p->r, &config) || errno != EBUSY;
    errno = 0;
    p->configured += RTMP_Configure(p->r, NULL) || errno != EBUSY;
  }
  if (deed == CANCELS)
    RTMP_Cancel(p->r);
  if (deed == SENDS)
    p->sent += RTMP_SendCtrl(p->r, 7, 1, 0);
  errno = ODD_NUMBER;
}

static int on_socket(void *user, int fd)
{
  struct program *p = user;
  int type = 0;
  socklen_t length = sizeof type;

  must(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM, "a socket");
  p->sockets++;
  act(p, p->on_socket);
  return !p->refuses;
}

static int on_wait(void *user)
{
  struct program *p = user;

  act(p, p->on_wait);
  return __atomic_add_fetch(&p->waits, 1, __ATOMIC_SEQ_CST) == p->most;
}

static void on_event(void *user, const RTMP_EVENT *event)
{
  struct program *p = user;

  must(event->size == sizeof *event, "the size of an event");
  must((event->kind == RTMP_EVENT_PHASE) == (event->packet == NULL), "the packet of an event");
  must((event->kind == RTMP_EVENT_STATUS || event->kind == RTMP_EVENT_COMMAND) == (event->object != NULL), "its object");
  p->events++;
  p->statuses += event->kind == RTMP_EVENT_STATUS && event->code.av_len > 0;
  if (event->kind == RTMP_EVENT_PHASE)
    p->phases |= 1 << event->phase;
  act(p, event->phase < RTMP_PHASE_DIALOGUE && p->on_event == SENDS ? NOTHING : p->on_event);
}

/* The last bytes of the page are the program's struct. */
static RTMP_CONFIG *told(struct program *p)
{
  RTMP_CONFIG *config = config_of(sizeof *config);

  config->user = p;
  config->onSocket = on_socket;
  config->onWait = on_wait;
  config->onEvent = on_event;
  return config;
}

static void release(RTMP *r)
{
  RTMP_Close(r);
  RTMP_Free(r);
}

/* --- When it may be said. */

static const char *answer(RTMP *r)
{
  RTMP_CONFIG *config = config_of(sizeof *config);
  errno = 0;
  if (RTMP_Configure(r, config))
    return RTMP_Configure(r, NULL) ? "yes" : "NOT NULL";
  return errno == EBUSY ? "busy" : "NO";
}

static void states(void)
{
  struct server server;
  struct sockaddr_in place = { .sin_family = AF_INET };
  RTMP_CONFIG kept = { .size = sizeof kept };
  RTMP *r;

  server_start(&server, 0, NULL);
  r = set_up(&server, "rtmp", TRUE);
  printf("set up: %s", answer(r));
  must(RTMP_Connect(r, NULL), "RTMP_Connect");
  printf(", connected: %s", answer(r));
  must(RTMP_ConnectStream(r, 0), "RTMP_ConnectStream");
  printf(", streaming: %s", answer(r));
  RTMP_Close(r);
  printf(", closed: %s", answer(r));
  server_wait(&server);
  must(!RTMP_Connect(r, NULL), "nobody listens");
  printf(", not connected: %s", answer(r));
  RTMP_Cancel(r);
  printf(", cancelled: %s\n", answer(r));
  release(r);

  server_listen(&server);
  r = set_up(&server, "rtmp", TRUE);
  must(RTMP_Configure(r, &kept), "RTMP_Configure");
  must(RTMP_Start(r, NULL, 0), "RTMP_Start");
  printf("starting: %s", answer(r));
  RTMP_Cancel(r);
  while (RTMP_Drive(r) == RTMP_AGAIN)
    sched_yield();
  printf(", ended: %s", answer(r));
  RTMP_Close(r);
  printf(", closed: %s\n", answer(r));
  release(r);
  close(server.listener);

  r = set_up(&server, "rtmp", FALSE);
  r->m_sb.sb_socket = socket(AF_INET, SOCK_STREAM, 0);
  printf("a socket of the program's: %s", answer(r));
  RTMP_Close(r);
  printf(", closed: %s\n", answer(r));
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(!RTMP_Connect0(r, (struct sockaddr *)&place), "no port");
  printf("RTMP_Connect0 in vain: %s\n", answer(r));
  release(r);
}

static void inside(void)
{
  struct program p = { .on_socket = CONFIGURES, .on_wait = CONFIGURES, .on_event = CONFIGURES, .most = 2 };
  struct server server;

  server_listen(&server);
  p.r = set_up(&server, "rtmp", FALSE);
  must(RTMP_Configure(p.r, told(&p)), "RTMP_Configure");
  must(!RTMP_Connect(p.r, NULL) && errno == ECANCELED, "nobody answers");
  must(why(p.r).kind == RTMP_ERR_CANCELLED, "as cancelled");
  printf("inside: %d socket, asked %s, events: %s, RTMP_Configure worked %d times\n", p.sockets, p.waits == 2 ? "twice" : "OTHERWISE",
         p.events > 0 ? "some" : "NONE", p.configured);
  release(p.r);
  close(server.listener);
}

/* A player is fetched before there is a connection. */
static void inside_setup(void)
{
  struct program p = { .on_socket = CONFIGURES, .on_wait = CONFIGURES, .most = 2 };
  struct server server;
  char url[100];

  server_listen(&server);
  snprintf(url, sizeof url, "rtmp://host/app/stream swfUrl=http://127.0.0.1:%d/player swfVfy=1 swfAge=0", server.port);
  p.r = RTMP_Alloc();
  RTMP_Init(p.r);
  must(RTMP_Configure(p.r, told(&p)), "RTMP_Configure");
  must(!RTMP_SetupURL(p.r, url), "nobody answers");
  must(why(p.r).kind == RTMP_ERR_CANCELLED, "as cancelled");
  printf("inside RTMP_SetupURL: %d socket, asked %s, RTMP_Configure worked %d times\n", p.sockets,
         p.waits == 2 ? "twice" : "OTHERWISE", p.configured);
  release(p.r);
  close(server.listener);
}

/* --- What the functions may call. */

/* A program cancels in a function, in the call that its stream is made by. */
static void cancels(const char *where, struct program p, int is_silent)
{
  struct server server;
  int done;

  if (is_silent)
    server_listen(&server);
  else
    server_start(&server, 3, NULL);
  p.r = set_up(&server, "rtmp", FALSE);
  must(RTMP_Configure(p.r, told(&p)), "RTMP_Configure");
  done = RTMP_Connect(p.r, NULL) && RTMP_ConnectStream(p.r, 0);
  printf("%s cancels: %d, %s, %s\n", where, done, errno == ECANCELED ? "ECANCELED" : "ANOTHER NUMBER",
         why(p.r).kind == RTMP_ERR_CANCELLED ? "cancelled" : RTMP_LastError(p.r));
  release(p.r);
  if (is_silent)
    close(server.listener);
  else
    server_wait(&server);
}

static void refuses(void)
{
  struct program p = { .refuses = TRUE };
  struct server server;

  server_listen(&server);
  p.r = set_up(&server, "rtmp", FALSE);
  must(RTMP_Configure(p.r, told(&p)), "RTMP_Configure");
  must(!RTMP_Connect(p.r, NULL) && errno == EPERM, "refused");
  printf("onSocket refuses: kind %d, %d socket\n", why(p.r).kind, p.sockets);
  release(p.r);
  close(server.listener);
}

/* Says something whenever it hears something, in each call that reads. */
static void sends(void)
{
  static const char *const said[] = { "nothing", "something" };
  struct program p = { .on_event = SENDS };
  struct server server;
  RTMPPacket packet = { 0 };
  char flv[1000];
  int before;

  server_start(&server, 3, NULL);
  p.r = set_up(&server, "rtmp", FALSE);
  must(RTMP_Configure(p.r, told(&p)), "RTMP_Configure");
  must(RTMP_Connect(p.r, NULL) && RTMP_ConnectStream(p.r, 0), "a stream");
  printf("onEvent sends: %s in RTMP_ConnectStream", said[p.sent > 0]);
  before = p.sent;
  while (RTMP_Read(p.r, flv, sizeof flv) > 0)
    ;
  printf(", %s in RTMP_Read", said[p.sent > before]);
  must(p.statuses >= 2 && p.phases == (1 << RTMP_PHASE_CONNECTING | 1 << RTMP_PHASE_HANDSHAKE | 1 << RTMP_PHASE_DIALOGUE | 1 << RTMP_PHASE_STREAMING),
       "events");
  release(p.r);
  server_wait(&server);

  memset(&p, 0, sizeof p);
  p.on_event = SENDS;
  server_start(&server, 3, NULL);
  p.r = set_up(&server, "rtmp", FALSE);
  must(RTMP_Configure(p.r, told(&p)), "RTMP_Configure");
  must(RTMP_Connect(p.r, NULL) && RTMP_ConnectStream(p.r, 0), "a stream");
  before = p.sent;
  while (RTMP_ReadPacket(p.r, &packet)) {
    if (RTMPPacket_IsReady(&packet)) {
      RTMP_ClientPacket(p.r, &packet);
      RTMPPacket_Free(&packet);
    }
  }
  printf(", %s in RTMP_ClientPacket\n", said[p.sent > before]);
  release(p.r);
  server_wait(&server);
}

/* --- What the functions leave in errno. */

static void numbers(void)
{
  struct program p = { 0 };
  struct server server;
  char flv[1000];
  int got;

  server_start(&server, 3, NULL);
  p.r = set_up(&server, "rtmp", FALSE);
  errno = 0;
  must(RTMP_Configure(p.r, told(&p)) && RTMP_Connect(p.r, NULL) && RTMP_ConnectStream(p.r, 0), "a stream");
  must(errno != ODD_NUMBER, "errno");
  while ((got = RTMP_Read(p.r, flv, sizeof flv)) > 0)
    must(errno != ODD_NUMBER, "errno");
  RTMP_Close(p.r);
  printf("errno: %s, %d socket, %s events\n", errno == ODD_NUMBER ? "THE PROGRAM'S" : "the library's", p.sockets,
         p.events > 5 ? "some" : "NO");
  RTMP_Free(p.r);
  server_wait(&server);
}

/* --- How long the struct lives. */

static RTMP_CONFIG *fresh(struct program *p)
{
  RTMP_CONFIG *config = malloc(sizeof *config);
  must(config != NULL, "malloc");
  *config = *told(p);
  return config;
}

static void plays(struct program *p, const struct server *server, RTMP_CONFIG *config)
{
  char url[100];

  snprintf(url, sizeof url, "rtmp://127.0.0.1:%d/app/stream live=1 timeout=60", server->port);
  must(RTMP_SetupURL(p->r, url), "RTMP_SetupURL");
  must(RTMP_Configure(p->r, config), "RTMP_Configure");
  must(RTMP_Connect(p->r, NULL) && RTMP_ConnectStream(p->r, 0), "a stream");
}

/* Nobody looks at what is freed: the memory checkers would say so. */
static void lives(void)
{
  struct program first = { 0 }, second = { 0 };
  RTMP_CONFIG *one = fresh(&first), *other = fresh(&second);
  RTMP_STATS stats = { .size = sizeof stats };
  struct server server;
  RTMP *r = RTMP_Alloc();
  int heard;

  RTMP_Init(r);
  first.r = second.r = r;
  server_start(&server, 0, NULL);
  plays(&first, &server, one);
  RTMP_Close(r);
  server_wait(&server);
  heard = first.events;

  /* Another one takes its place, and changes between two connections. */
  must(RTMP_Configure(r, other), "RTMP_Configure");
  free(one);
  server_start(&server, 0, NULL);
  plays(&second, &server, other);
  RTMP_Close(r);
  server_wait(&server);
  printf("one after the other: %s, %s\n", first.events == heard && heard > 0 ? "the first is not told any more" : "WRONG",
         second.events == heard ? "the second is told as much" : "WRONG");
  other->onEvent = NULL;
  other->onSocket = NULL;
  server_start(&server, 0, NULL);
  plays(&second, &server, other);
  RTMP_Close(r);
  server_wait(&server);
  printf("changed: %s\n", second.events == heard && second.sockets == 1 ? "nothing is told any more" : "WRONG");

  must(RTMP_Configure(r, NULL), "RTMP_Configure");
  free(other);
  server_start(&server, 0, NULL);
  plays(&second, &server, NULL);
  RTMP_Close(r);
  server_wait(&server);

  /* A handle that is closed is looked at and freed, and no more. */
  one = fresh(&first);
  server_start(&server, 0, NULL);
  plays(&first, &server, one);
  RTMP_Close(r);
  server_wait(&server);
  free(one);
  RTMP_Close(r);
  must(RTMP_GetStats(r, &stats) && !RTMP_IsConnected(r) && *RTMP_LastError(r) == 0 && why(r).kind == RTMP_ERR_NONE, "closed");
  RTMP_Init(r);
  must(RTMP_Configure(r, NULL), "RTMP_Configure");
  release(r);
  printf("freed: nobody looks\n");
}

static void *connects(void *r)
{
  must(!RTMP_Connect(r, NULL), "nobody answers");
  return NULL;
}

/* Who has closed is not asked any more, by no thread: the struct may go then. */
static void closes(void)
{
  for (int starts = 0; starts < 2; starts++) {
    struct program p = { 0 };
    RTMP_CONFIG *config = fresh(&p);
    struct server server;
    pthread_t thread;

    server_listen(&server);
    p.r = set_up(&server, "rtmp", FALSE);
    must(RTMP_Configure(p.r, config), "RTMP_Configure");
    if (starts)
      must(RTMP_Start(p.r, NULL, 0), "RTMP_Start");
    else
      must(pthread_create(&thread, NULL, connects, p.r) == 0, "pthread_create");
    while (!__atomic_load_n(&p.waits, __ATOMIC_SEQ_CST))
      sched_yield();
    RTMP_Close(p.r);
    memset(config, GARBAGE, sizeof *config);
    free(config);
    if (!starts)
      must(pthread_join(thread, NULL) == 0, "pthread_join");
    RTMP_Free(p.r);
    close(server.listener);
  }
  printf("closed while it is asked: nobody looks\n");
}

int main(void)
{
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  make_page();
  sizes();
  states();
  inside();
  inside_setup();
  cancels("onSocket", (struct program){ .on_socket = CANCELS }, TRUE);
  cancels("onWait", (struct program){ .on_wait = CANCELS }, TRUE);
  cancels("onEvent", (struct program){ .on_event = CANCELS }, FALSE);
  refuses();
  sends();
  numbers();
  lives();
  closes();
  return 0;
}
