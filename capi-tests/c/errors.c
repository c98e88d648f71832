/* RTMP_GetError as programs in C and C++ call it: how much is written, what stays, what is forgotten, and that threads which
 * ask while others connect, cancel and close are never told half of one reason and half of another. */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>

#define ROUNDS 120
#define WATCHERS 3

static RTMP *r;
static int is_over;

static void listen_at(struct sockaddr_in *place, int *listener, int backlog)
{
  socklen_t length = sizeof *place;
  memset(place, 0, sizeof *place);
  place->sin_family = AF_INET;
  place->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  *listener = socket(AF_INET, SOCK_STREAM, 0);
  must(bind(*listener, (struct sockaddr *)place, sizeof *place) == 0, "bind");
  must(backlog < 0 || listen(*listener, backlog) == 0, "listen");
  must(getsockname(*listener, (struct sockaddr *)place, &length) == 0, "getsockname");
}

static int connect_to(const struct sockaddr_in *place)
{
  static char url[100];
  snprintf(url, sizeof url, "rtmp://127.0.0.1:%d/app/stream timeout=60", ntohs(place->sin_port));
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  return RTMP_Connect(r, NULL);
}

static RTMP_ERROR why(void)
{
  RTMP_ERROR error;
  memset(&error, GARBAGE, sizeof error);
  error.size = sizeof error;
  must(RTMP_GetError(r, &error), "RTMP_GetError");
  return error;
}

static void say(const char *when)
{
  RTMP_ERROR error = why();
  printf("%s: kind %d, phase %d, system %s, detail %s, code '%s', text %s\n", when, error.kind, error.phase,
         error.system == ECONNREFUSED ? "ECONNREFUSED" : error.system ? "another" : "none",
         error.detail == EAI_NONAME ? "EAI_NONAME" : error.detail ? "another" : "none", error.code,
         strcmp(error.text, RTMP_LastError(r)) == 0 ? error.text : "ANOTHER");
}

/* --- How much is written. */

struct longer {
  RTMP_ERROR error;
  char more[20];
};

static void sizes(void)
{
  static const uint32_t shorter[] = { 0, 4, 20, sizeof(RTMP_ERROR) - 1 };
  GUARDED(struct longer) place;
  size_t written = 0;

  printf("version 1: %d bytes, code at %d, text at %d\n", (int)sizeof(RTMP_ERROR), (int)offsetof(RTMP_ERROR, code),
         (int)offsetof(RTMP_ERROR, text));
  for (size_t i = 0; i < sizeof shorter / sizeof *shorter; i++) {
    SPOIL(place);
    place.it.error.size = shorter[i];
    must(!RTMP_GetError(r, &place.it.error), "a size that is too short");
    written += !all_garbage((const unsigned char *)&place.it + 4, sizeof place.it - 4);
  }
  printf("too short: %d times written, %s\n", (int)written, UNTOUCHED(place));
  SPOIL(place);
  place.it.error.size = sizeof(RTMP_ERROR);
  must(RTMP_GetError(r, &place.it.error), "the size of today");
  printf("as long: %s, %s\n", all_garbage((const unsigned char *)place.it.more, sizeof place.it.more) ? "no more" : "MORE",
         UNTOUCHED(place));
  SPOIL(place);
  place.it.error.size = sizeof(struct longer);
  must(RTMP_GetError(r, &place.it.error), "a size of tomorrow");
  for (size_t i = 0; i < sizeof place.it.more; i++)
    written += place.it.more[i] != 0;
  printf("longer: %d bytes not zeroed, size %s, %s\n", (int)written,
         place.it.error.size == sizeof(struct longer) ? "kept" : "CHANGED", UNTOUCHED(place));
  printf("NULL: %d, %d, %d\n", RTMP_GetError(NULL, &place.it.error), RTMP_GetError(r, NULL), RTMP_GetError(NULL, NULL));
}

/* --- Threads. */

static int starts(const char *text, const char *with)
{
  return strncmp(text, with, strlen(with)) == 0;
}

static int is_cancelled(const RTMP_ERROR *error)
{
  const char *end = strstr(error->text, ": cancelled");
  return end && strlen(end) == strlen(": cancelled")
         && starts(error->text, error->phase == RTMP_PHASE_CONNECTING ? "connecting: " : "handshake: ");
}

/* What may have failed below, whole. */
static int is_whole(const RTMP_ERROR *error)
{
  switch (error->kind) {
  case RTMP_ERR_NONE: return error->phase == RTMP_PHASE_IDLE && !error->system && !*error->text;
  case RTMP_ERR_CONNECT:
    return error->phase == RTMP_PHASE_CONNECTING && error->system == ECONNREFUSED
           && strcmp(error->text, "connecting: Connection refused") == 0;
  case RTMP_ERR_LOST: return error->phase == RTMP_PHASE_HANDSHAKE && starts(error->text, "handshake: ");
  case RTMP_ERR_CANCELLED: return !error->system && is_cancelled(error);
  default: return 0;
  }
}

static void *watch(void *count)
{
  do {
    RTMP_ERROR error = why();
    if (!is_whole(&error)) {
      fprintf(stderr, "kind %d, phase %d, system %d, text %s\n", error.kind, error.phase, error.system, error.text);
      must(0, "a whole reason");
    }
    must(!error.detail && !*error.code, "nothing besides");
    ++*(int *)count;
    sched_yield();
  } while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE));
  return NULL;
}

/* A server that takes no notice of what it is told, and ends. */
static void *hang_up(void *listener)
{
  char bytes[1537];
  int fd;
  while ((fd = accept(*(int *)listener, NULL, NULL)) >= 0) {
    if (read(fd, bytes, sizeof bytes) > 0)
      shutdown(fd, SHUT_WR);
    while (read(fd, bytes, sizeof bytes) > 0)
      ;
    close(fd);
  }
  return NULL;
}

static void *cancel(void *unused)
{
  RTMP_Cancel(r);
  return unused;
}

static pthread_t begin(void *(*body)(void *), void *argument)
{
  pthread_t thread;
  must(pthread_create(&thread, NULL, body, argument) == 0, "pthread_create");
  return thread;
}

static void threads(const struct sockaddr_in *nobody)
{
  struct sockaddr_in mute, ending;
  int listeners[2], counts[WATCHERS] = { 0 }, kinds[RTMP_ERR_MEMORY + 1] = { 0 };
  pthread_t watchers[WATCHERS], server, canceller;

  listen_at(&mute, &listeners[0], 8);
  listen_at(&ending, &listeners[1], 8);
  server = begin(hang_up, &listeners[1]);
  for (int i = 0; i < WATCHERS; i++)
    watchers[i] = begin(watch, &counts[i]);
  for (int i = 0; i < ROUNDS; i++) {
    must(!connect_to(nobody), "nobody listens");
    kinds[why().kind]++;
    RTMP_Close(r);
    must(!connect_to(&ending), "nobody answers");
    RTMP_Close(r);
    kinds[why().kind]++;
    canceller = begin(cancel, NULL);
    must(!connect_to(&mute), "nobody says anything");
    kinds[why().kind]++;
    pthread_join(canceller, NULL);
    RTMP_Close(r);
  }
  __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
  for (int i = 0; i < WATCHERS; i++) {
    pthread_join(watchers[i], NULL);
    must(counts[i] > 0, "a look");
  }
  shutdown(listeners[1], SHUT_RDWR);
  pthread_join(server, NULL);
  close(listeners[0]);
  close(listeners[1]);
  printf("threads: %d refused, %d lost, %d cancelled, all whole\n", kinds[RTMP_ERR_CONNECT], kinds[RTMP_ERR_LOST],
         kinds[RTMP_ERR_CANCELLED]);
}

int main(void)
{
  struct sockaddr_in nobody;
  int bound;

  RTMP_LogSetLevel(RTMP_LOGCRIT);
  r = RTMP_Alloc();
  must(r != NULL, "RTMP_Alloc");
  RTMP_Init(r);
  say("at first");
  sizes();
  listen_at(&nobody, &bound, -1);
  must(!connect_to(&nobody), "nobody listens");
  say("refused");
  sizes();
  RTMP_Close(r);
  say("closed");
  RTMP_Close(r);
  must(!RTMP_SendCreateStream(r), "no connection");
  say("closed twice");
  memset(r->m_sb.sb_buf + 30, 'x', 1000);
  say("written over");
  RTMP_Init(r);
  say("initialised");
  must(!RTMP_Connect(r, NULL), "no host");
  say("no host");
  RTMP_Close(r);
  RTMP_Init(r);
  threads(&nobody);
  RTMP_Free(r);
  close(bound);
  return 0;
}
