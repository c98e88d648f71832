/* Two threads call what there is to call, in random order, on one handle, while a third asks why it failed, how it goes and
 * what its server can do and wants, and its server does what it likes: nothing may crash, hang, race or leak. Only the
 * documented rules are kept: one thread reads, or drives where no call waits, one writes, any thread may close, cancel and
 * ask; a handle is set up and freed when nobody is inside.
 *
 *   calls rtmp|rtmps|rtmpe SECONDS SEED [CERTIFICATE KEY]
 *
 * A round has a handle and a seed of its own, which is printed when something goes wrong: with that as SEED the first round
 * makes the same calls (how the threads meet is another matter). SECONDS 0: one round. */
#include "calls.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

/* Of each thread. Those that do not wait are over soon: there is a moment between two of them. */
#define CALLS 60
#define CALLS_THAT_DO_NOT_WAIT 150
/* No call takes this long: seconds. */
#define PATIENCE 60

RTMP *r;
struct careless server;
unsigned long with_media;
static struct thread threads[2] = { { .role = READER }, { .role = WRITER } };
static unsigned round_seed;
static int is_nonblocking;

/* --- what is said when it fails --- */

static void say_seed(void)
{
  char text[160];
  int count = snprintf(text, sizeof text, "calls: seed %u, reader in %s, writer in %s\n", round_seed,
                       __atomic_load_n(&threads[0].call, __ATOMIC_RELAXED),
                       __atomic_load_n(&threads[1].call, __ATOMIC_RELAXED));
  if (write(STDERR_FILENO, text, (size_t)count) < 0)
    _exit(1);
}

static void die(int number)
{
  say_seed();
  signal(number, SIG_DFL);
  raise(number);
}

/* Of the sanitizers, if one of them is there. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static void say_seed_at_the_end(void)
{
  static const int deadly[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
  if (__sanitizer_set_death_callback)
    __sanitizer_set_death_callback(say_seed);
  /* The sanitizers have handlers of their own for what is no call of abort. */
  for (size_t i = 0; i < (__sanitizer_set_death_callback ? 1 : sizeof deadly / sizeof *deadly); i++)
    signal(deadly[i], die);
}

/* --- the threads --- */

/* Sending on a handle that has no stream yet ends what another thread may just be connecting: that is tried now and then. */
static void write_if_sensible(struct thread *self, unsigned number)
{
  if (__atomic_load_n(&r->m_bPlaying, __ATOMIC_RELAXED) || number % 16 == 0)
    write_something(self, number / 16);
  else
    poll(NULL, 0, 1);
}

static void call_something(struct thread *self, unsigned number)
{
  if (number % 8 == 0)
    ask_or_end(self, number / 8);
  else if (self->role == WRITER)
    write_if_sensible(self, number / 8);
  else if (is_nonblocking)
    drive_something(self, number / 8);
  else
    read_something(self, number / 8);
}

static void *call_all(void *argument)
{
  struct thread *self = argument;
  unsigned seed = self->seed;
  for (int i = is_nonblocking ? CALLS_THAT_DO_NOT_WAIT : CALLS; i; i--) {
    call_something(self, (unsigned)rand_r(&seed));
    __atomic_fetch_add(&self->calls, 1, __ATOMIC_RELAXED);
    if (is_nonblocking)
      poll(NULL, 0, 1);
  }
  CALL("nothing", (void)0);
  return NULL;
}

/* Whatever the others are at; runs until `is_over`. */
static void *ask(void *is_over)
{
  /* Others need the machine, too. */
  const struct timespec moment = { 0, 100000 };
  for (unsigned i = 1; !__atomic_load_n((int *)is_over, __ATOMIC_ACQUIRE); i++) {
    ask_all();
    if (i % 512 == 0) {
      RTMP_UserInterrupt();
      __atomic_store_n(&RTMP_ctrlC, 0, __ATOMIC_RELAXED);
    }
    nanosleep(&moment, NULL);
  }
  return NULL;
}

/* --- the rounds --- */

static unsigned long calls_so_far(void)
{
  return __atomic_load_n(&threads[0].calls, __ATOMIC_RELAXED) + __atomic_load_n(&threads[1].calls, __ATOMIC_RELAXED);
}

/* Ends the program when a thread makes no more calls; runs until `is_over`. */
static void *watch(void *is_over)
{
  const struct timespec moment = { 0, 100000000 };
  unsigned long seen = 0;
  int idle = 0;
  while (!__atomic_load_n((int *)is_over, __ATOMIC_ACQUIRE)) {
    unsigned long now = calls_so_far();
    idle = now == seen ? idle + 1 : 0;
    seen = now;
    if (idle == 10 * PATIENCE) {
      fprintf(stderr, "no call has ended for %d seconds\n", PATIENCE);
      say_seed();
      signal(SIGABRT, SIG_DFL);
      abort();
    }
    nanosleep(&moment, NULL);
  }
  return NULL;
}

/* Before others call: the stage that they find is a matter of chance. */
static void connect_first(void)
{
  if (is_nonblocking)
    RTMP_Start(r, NULL, 0);
  else if (RTMP_Connect(r, NULL))
    RTMP_ConnectStream(r, 0);
}

/* Buffers of the program's own. */
static void send_to_oneself(void)
{
  static RTMPSockBuf sb[2];
  int pair[2];
  make_pair(pair);
  for (int i = 0; i < 2; i++) {
    sb[i].sb_socket = pair[i];
    sb[i].sb_size = 0;
  }
  must(RTMPSockBuf_Send(&sb[0], "abc", 3) == 3 && RTMPSockBuf_Fill(&sb[1]) == 3, "RTMPSockBuf");
  must(RTMPSockBuf_Close(&sb[0]) == 0 && RTMPSockBuf_Close(&sb[1]) == 0, "RTMPSockBuf_Close");
}

static void play_round(const char *scheme)
{
  pthread_t running[2], asking;
  int is_over = 0;
  unsigned long before = calls_so_far();

  __atomic_store_n(&server.seed, round_seed, __ATOMIC_RELAXED);
  is_nonblocking = prepare(scheme, round_seed);
  must(pthread_create(&asking, NULL, ask, &is_over) == 0, "pthread_create");
  if (round_seed % 4)
    connect_first();
  for (int i = 0; i < 2; i++) {
    threads[i].seed = 2 * round_seed + (unsigned)i;
    must(pthread_create(&running[i], NULL, call_all, &threads[i]) == 0, "pthread_create");
  }
  send_to_oneself();
  if (round_seed % 3 == 0) {
    /* A fourth thread closes. */
    while (calls_so_far() < before + CALLS)
      poll(NULL, 0, 1);
    RTMP_Close(r);
  }
  for (int i = 0; i < 2; i++)
    pthread_join(running[i], NULL);
  /* Its text stands in the handle: it is asked for when nobody else is inside. */
  must(RTMP_LastError(r) != NULL, "RTMP_LastError");
  RTMP_Close(r);
  must(!RTMP_IsConnected(r) && RTMP_Socket(r) == -1, "closed");
  __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
  pthread_join(asking, NULL);
  RTMP_Free(r);
}

int main(int argc, char **argv)
{
  unsigned rounds = 0;
  int is_over = 0, transport = -1;
  pthread_t watcher;
  time_t end;
  FILE *nowhere;

  must(argc >= 4 && (transport = transport_named(argv[1])) >= 0, "arguments");
  signal(SIGPIPE, SIG_IGN);
  say_seed_at_the_end();
  must((nowhere = fopen("/dev/null", "w")) != NULL, "fopen");
  RTMP_LogSetOutput(nowhere);
  RTMP_LogSetCallback(count_lines);
  server.transport = (enum transport)transport;
  if (server.transport == TLS)
    must(argc == 6 && (server.tls = RTMP_TLS_AllocServerContext(argv[4], argv[5])) != NULL, "certificate and key");
  careless_start(&server);
  must(pthread_create(&watcher, NULL, watch, &is_over) == 0, "pthread_create");
  end = time(NULL) + (time_t)strtoul(argv[2], NULL, 10);
  round_seed = (unsigned)strtoul(argv[3], NULL, 10);
  do {
    play_round(argv[1]);
    round_seed++;
    rounds++;
  } while (time(NULL) < end);
  careless_end(&server);
  RTMP_TLS_FreeServerContext(server.tls);
  __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
  pthread_join(watcher, NULL);
  fclose(nowhere);
  printf("%u rounds to seed %u, %lu calls, %lu connections, %lu messages of the server, %lu calls with media\n", rounds,
         round_seed - 1, calls_so_far(), server.connections, server.messages, with_media);
  return 0;
}
