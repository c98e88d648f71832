/* A child of fork, made while a thread of the library connects for its parent (RTMP_Start): the parent's connection goes on, and the
 * child neither hangs nor waits for what nobody does in it. */
#include "children.h"
#include "servers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

static RTMP *handle;
static char url[200];
/* What RTMP_Want wants to have polled meanwhile. */
static int pipe_end;

/* A turn of a program's loop. */
static int turn(RTMP *r)
{
  RTMP_WANT want = { .size = sizeof want };
  struct pollfd wanted;
  int outcome = RTMP_Drive(r);
  if (outcome == RTMP_AGAIN && RTMP_Want(r, &want)) {
    wanted = (struct pollfd){ .fd = want.fd, .events = (short)want.events };
    poll(&wanted, 1, want.timeout);
  }
  return outcome;
}

static int drive(RTMP *r)
{
  int outcome;
  while ((outcome = turn(r)) == RTMP_AGAIN)
    ;
  return outcome;
}

static void begin(int port)
{
  RTMP_WANT want = { .size = sizeof want };
  handle = RTMP_Alloc();
  RTMP_Init(handle);
  sprintf(url, "rtmp://127.0.0.1:%d/app/name timeout=60", port);
  must(RTMP_SetupURL(handle, url), "RTMP_SetupURL");
  RTMP_EnableWrite(handle);
  must(RTMP_Start(handle, NULL, 0), "RTMP_Start");
  must(RTMP_Want(handle, &want) && want.fd >= 0, "RTMP_Want");
  pipe_end = want.fd;
}

/* A connection of the child's own: nobody listens there. */
static void start_another(void)
{
  char another[] = "rtmp://127.0.0.1:1/app/name";
  RTMP *r = RTMP_Alloc();
  RTMP_ERROR error = { .size = sizeof error };
  RTMP_Init(r);
  must(RTMP_SetupURL(r, another) && RTMP_Start(r, NULL, 0) && drive(r) == -1, "another handle");
  must(RTMP_GetError(r, &error) && error.kind == RTMP_ERR_CONNECT, "why");
  RTMP_Close(r);
  RTMP_Free(r);
}

/* What the child does, in the order of `letters`. */
static void child(const char *letters)
{
  RTMP_ERROR error = { .size = sizeof error };
  RTMP_STATS stats = { .size = sizeof stats };
  alarm(60); /* what hangs is ended */
  for (; *letters; letters++) {
    switch (*letters) {
    case 'd': must(drive(handle) == -1 && errno == ENOTCONN, "RTMP_Drive in the child"); break;
    case 'w': must(RTMP_Write(handle, "FLV", 3) < 0, "nothing is written"); break;
    case 's': must(!RTMP_Start(handle, NULL, 0), "RTMP_Start in the child"); break;
    case 'e': must(RTMP_GetError(handle, &error) && RTMP_LastError(handle), "an answer"); RTMP_GetStats(handle, &stats); break;
    case 'x': RTMP_Cancel(handle); break;
    case 'f': RTMP_Finish(handle); break;
    case 'c':
      RTMP_Close(handle);
      must(RTMP_Socket(handle) == -1 && fcntl(pipe_end, F_GETFD) == -1, "closed");
      break;
    case 'r': RTMP_Free(handle); break;
    case 'a': start_another(); break;
    default: break;
    }
  }
  _exit(0);
}

static const char *const deeds[] = { "", "cr", "d", "dcr", "xdcr", "wsecr", "fdxecr", "cra", "a", "acr" };
#define DEEDS (sizeof deeds / sizeof deeds[0])

/* Nothing of what the child has done is noticed by the parent, whose connection is now made, nor by its server. */
static void go_on(struct server *server)
{
  int at;
  must(pthread_create(&server->thread, NULL, serve, server) == 0, "pthread_create");
  must(drive(handle) == 1, "the parent's connection");
  for (at = 0; at < 10; at++)
    must(publish_some(handle, at, 1), "the parent publishes");
  must(RTMP_Finish(handle), "RTMP_Finish");
  while ((at = turn(handle)) == 1 || at == RTMP_AGAIN)
    ;
  must(at == 0, "the parent's goodbye");
  RTMP_Close(handle);
  RTMP_Free(handle);
  must(pthread_join(server->thread, NULL) == 0, "pthread_join");
  must(server->peer.received == 10 + PREPARATIONS, "all came");
  close(server->listener);
}

/* The thread is inside of the handshake. */
static void in_a_handshake(void)
{
  for (size_t i = 0; i < DEEDS; i++) {
    struct server server = { .manner = TAKES };
    RTMP_STATS stats = { .size = sizeof stats };
    server.listener = listening(&server.port);
    begin(server.port);
    while (stats.phase != RTMP_PHASE_HANDSHAKE) {
      usleep(1000);
      RTMP_GetStats(handle, &stats);
    }
    run_child(child, deeds[i]);
    go_on(&server);
  }
  printf("in a handshake: %d ways\n", (int)DEEDS);
}

/* The thread may not even have begun, or anything. */
static void at_once(void)
{
  for (size_t i = 0; i < 3 * DEEDS; i++) {
    struct server server = { .manner = TAKES };
    server.listener = listening(&server.port);
    begin(server.port);
    run_child(child, deeds[i % DEEDS]);
    go_on(&server);
  }
  printf("at once: %d times\n", (int)(3 * DEEDS));
}

static int is_over;

static void *start_and_close(void *unused)
{
  (void)unused;
  while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE))
    start_another();
  return NULL;
}

/* Other threads start connections all the time: a child may not need what they have locked. */
static void beside_others(void)
{
  pthread_t threads[3];
  for (int i = 0; i < 3; i++)
    must(pthread_create(&threads[i], NULL, start_and_close, NULL) == 0, "pthread_create");
  for (int i = 0; i < 40; i++)
    run_child(child, "a");
  __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
  for (int i = 0; i < 3; i++)
    pthread_join(threads[i], NULL);
  printf("beside others: 40 times\n");
}

int main(void)
{
  signal(SIGPIPE, SIG_IGN);
  alarm(200);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  in_a_handshake();
#ifdef __SANITIZE_ADDRESS__
  /* A child may find its locks taken by a thread that just began or allocated, and waits for ever. */
  fprintf(stderr, "under AddressSanitizer no child is made while other threads are at work\n");
  (void)at_once, (void)beside_others;
#else
  at_once();
  beside_others();
#endif
  return 0;
}
