/* A call that would wait for ever is stopped: by RTMP_Close or RTMP_Cancel from a second thread, or by RTMP_Cancel from
 * a signal handler in its own thread. It fails, and the handle connects again after RTMP_Close.
 *
 *   stop [PHASE...]
 *
 * Prints, for each phase and way, how long it took from the wish to the end of the call. */
#define _GNU_SOURCE
#include "silent.h"
#include "wire.h"

#include "../c/common.h"

#include <dlfcn.h>
#include <netdb.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

enum way { BY_CLOSE, BY_CANCEL, BY_SIGNAL };
static const char *const ways[] = { "RTMP_Close", "RTMP_Cancel", "RTMP_Cancel in a signal handler" };

struct phase {
  const char *name;
  enum silence silence;
  const char *url;      /* with the port left out */
  int publishes;
  int (*call)(RTMP *r); /* FALSE when it fails */
};

static RTMP *r;
static pthread_t caller;
static pid_t caller_id;
static sem_t name_is_asked, name_is_known;
static struct timespec begin;

/* --- a name that is not resolved until we say so --- */

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
  static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  if (name && !strcmp(name, "unresolved.invalid")) {
    sem_post(&name_is_asked);
    while (sem_wait(&name_is_known))
      ;
    return EAI_NONAME;
  }
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  return real(name, service, hints, result);
}

/* --- the calls --- */

static int connects(RTMP *handle)
{
  return RTMP_Connect(handle, NULL);
}

static int streams(RTMP *handle)
{
  must(RTMP_Connect(handle, NULL), "RTMP_Connect");
  return RTMP_ConnectStream(handle, 0);
}

static int reads(RTMP *handle)
{
  char bytes[1000];
  must(streams(handle), "RTMP_ConnectStream");
  return RTMP_Read(handle, bytes, sizeof bytes) > 0;
}

static int reads_packets(RTMP *handle)
{
  RTMPPacket packet = { 0 };
  must(streams(handle), "RTMP_ConnectStream");
  return RTMP_ReadPacket(handle, &packet);
}

/* More than any socket holds. */
static int writes(RTMP *handle)
{
  static char tag[11 + 60000 + 4] = { 9, 0, (char)(60000 >> 8), (char)(60000 & 255) };
  must(streams(handle), "RTMP_ConnectStream");
  for (int i = 0; i < 10000; i++)
    if (RTMP_Write(handle, tag, sizeof tag) != sizeof tag)
      return FALSE;
  return TRUE;
}

static const struct phase phases[] = {
  { "name resolution", ACCEPTED, "rtmp://unresolved.invalid:%d/app/play timeout=0", 0, connects },
  { "TCP connect", NOT_ACCEPTED, "rtmp://127.0.0.1:%d/app/play timeout=0", 0, connects },
  { "SOCKS4 proxy", ACCEPTED, "rtmp://127.0.0.2/app/play timeout=0 socks=127.0.0.1:%d", 0, connects },
  { "HTTP proxy", ACCEPTED, "rtmp://127.0.0.2/app/play timeout=0 socks=http://127.0.0.1:%d", 0, connects },
  { "TLS handshake", ACCEPTED, "rtmps://127.0.0.1:%d/app/play timeout=0 tlsVerify=0", 0, connects },
  { "RTMP handshake", ACCEPTED, "rtmp://127.0.0.1:%d/app/play timeout=0", 0, connects },
  { "RTMP handshake, half of it", HALF_SHAKEN, "rtmp://127.0.0.1:%d/app/play timeout=0", 0, connects },
  { "RTMPE handshake", ACCEPTED, "rtmpe://127.0.0.1:%d/app/play timeout=0", 0, connects },
  { "RTMP_ConnectStream", SHAKEN, "rtmp://127.0.0.1:%d/app/play timeout=0", 0, streams },
  { "RTMP_Read", PLAYING_DEAF, "rtmp://127.0.0.1:%d/app/play timeout=0", 0, reads },
  { "RTMP_ReadPacket", PLAYING_DEAF, "rtmp://127.0.0.1:%d/app/play timeout=0", 0, reads_packets },
  { "RTMP_Write", PLAYING_DEAF, "rtmp://127.0.0.1:%d/app/play timeout=0", 1, writes },
  { "tunnel, open", ACCEPTED, "rtmpt://127.0.0.1:%d/app/play timeout=0", 0, connects },
  { "tunnel, idle", TUNNEL_IDLE, "rtmpt://127.0.0.1:%d/app/play timeout=0", 0, streams },
};

static const struct phase plays = { "", PLAYING_DEAF, "rtmp://127.0.0.1:%d/app/play timeout=0", 0, streams };
static const struct phase publishes = { "", PLAYING_DEAF, "rtmp://127.0.0.1:%d/app/play timeout=0", 1, streams };

/* --- stopping them --- */

/* The caller sleeps in the system, and not just for a moment. */
static void wait_until_blocked(void)
{
  const struct timespec moment = { 0, 1000000 };
  char path[64], text[512], *name_end;
  int seen = 0;

  snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)caller_id);
  while (seen < 10) {
    FILE *file = fopen(path, "r");
    size_t count = file ? fread(text, 1, sizeof text - 1, file) : 0;
    must(count > 0, path);
    fclose(file);
    text[count] = '\0';
    name_end = strrchr(text, ')');
    seen = name_end && name_end[2] == 'S' ? seen + 1 : 0;
    nanosleep(&moment, NULL);
  }
}

static void cancel_here(int number)
{
  (void)number;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  RTMP_Cancel(r);
}

struct stopper {
  enum way way;
  sem_t *reached;
};

static void *stop(void *argument)
{
  struct stopper *stopper = argument;
  while (sem_wait(stopper->reached))
    ;
  wait_until_blocked();
  clock_gettime(CLOCK_MONOTONIC, &begin);
  if (stopper->way == BY_CLOSE)
    RTMP_Close(r);
  else if (stopper->way == BY_CANCEL)
    RTMP_Cancel(r);
  else
    pthread_kill(caller, SIGUSR1);
  return NULL;
}

static double milliseconds_since_begin(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - begin.tv_sec) * 1e3 + (double)(now.tv_nsec - begin.tv_nsec) / 1e6;
}

static void set_up(char *url, size_t room, const struct phase *phase, int port)
{
  snprintf(url, room, phase->url, port);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (phase->publishes)
    RTMP_EnableWrite(r);
}

static void connect_again(void)
{
  struct silent server;
  char url[256];
  silent_start(&server, plays.silence);
  /* The option of a proxy outlives RTMP_Close. Its text is the caller's to free. */
  free(r->Link.sockshost.av_val);
  memset(&r->Link.sockshost, 0, sizeof r->Link.sockshost);
  r->Link.socksport = 0;
  set_up(url, sizeof url, &plays, server.port);
  must(plays.call(r), "connecting again");
  RTMP_Close(r);
  silent_end(&server);
}

static void play(const struct phase *phase, enum way way)
{
  int is_name = !strcmp(phase->name, "name resolution"), succeeded, timed_out;
  struct silent server;
  struct stopper stopper = { way, is_name ? &name_is_asked : &server.reached };
  char url[256];
  pthread_t thread;
  double time;

  silent_start(&server, phase->silence);
  set_up(url, sizeof url, phase, server.port);
  must(pthread_create(&thread, NULL, stop, &stopper) == 0, "pthread_create");
  succeeded = phase->call(r);
  time = milliseconds_since_begin();
  pthread_join(thread, NULL);
  must(!succeeded, "the call fails");
  timed_out = RTMP_IsTimedout(r);
  RTMP_Close(r);
  if (is_name)
    sem_post(&name_is_known);
  silent_end(&server);
  printf("%-28s %-32s %7.1f ms%s\n", phase->name, ways[way], time, timed_out ? " TIMED OUT" : "");
  fflush(stdout);
  connect_again();
}

/* What has been received, or could be sent, counts no more: every call fails until RTMP_Close. */
static void later_calls_fail(void)
{
  unsigned char bytes[64], body[6] = { 0, 6 };
  struct message ping = { 2, 4, 0, 0, sizeof body, body };
  size_t count = (size_t)(wire_put(bytes, &ping, 128) - bytes);
  RTMPPacket packet = { 0 };
  struct silent server;
  char url[256], tag[100];

  silent_start(&server, plays.silence);
  set_up(url, sizeof url, &plays, server.port);
  must(plays.call(r), "connecting");
  while (sem_wait(&server.reached))
    ;
  for (int i = 0; i < 1000; i++)
    must(link_write(&server.link, bytes, count), "pings");
  must(RTMP_ReadPacket(r, &packet), "RTMP_ReadPacket before RTMP_Cancel");
  RTMPPacket_Free(&packet);
  RTMP_Cancel(r);
  must(!RTMP_ReadPacket(r, &packet), "RTMP_ReadPacket fails");
  must(!RTMP_SendCtrl(r, 3, 1, 1000), "RTMP_SendCtrl fails");
  must(RTMP_Read(r, tag, sizeof tag) <= 0, "RTMP_Read fails");
  must(!RTMP_ConnectStream(r, 0), "RTMP_ConnectStream fails");
  must(!RTMP_Connect(r, NULL), "RTMP_Connect fails");
  RTMP_Close(r);
  silent_end(&server);
  connect_again();
  printf("after RTMP_Cancel all calls fail, until RTMP_Close\n");
}

/* A goodbye that the peer does not take. */
static void close_full(void)
{
  static char bytes[65536];
  struct silent server;
  char url[256];

  silent_start(&server, publishes.silence);
  set_up(url, sizeof url, &publishes, server.port);
  must(publishes.call(r), "connecting");
  while (send(RTMP_Socket(r), bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
    ;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  RTMP_Close(r);
  printf("RTMP_Close, to a peer that takes nothing: %.1f ms\n", milliseconds_since_begin());
  silent_end(&server);
}

static int is_wanted(const char *name, int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (!strcmp(argv[i], name))
      return TRUE;
  return argc < 2;
}

int main(int argc, char **argv)
{
  struct sigaction action = { .sa_handler = cancel_here, .sa_flags = SA_RESTART };

  RTMP_LogSetLevel(RTMP_LOGCRIT);
  caller = pthread_self();
  caller_id = (pid_t)syscall(SYS_gettid);
  sem_init(&name_is_asked, 0, 0);
  sem_init(&name_is_known, 0, 0);
  sigaction(SIGUSR1, &action, NULL);
  r = RTMP_Alloc();
  RTMP_Init(r);
  for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
    for (enum way way = BY_CLOSE; way <= BY_SIGNAL && is_wanted(phases[i].name, argc, argv); way++)
      play(&phases[i], way);
  if (argc < 2) {
    later_calls_fail();
    close_full();
  }
  RTMP_Free(r);
  return 0;
}
