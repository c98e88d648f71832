/* Publishes or plays numbered messages for as long as its input is open, over one handle: when the connection fails it
 * is closed and made again. Says line by line how it goes on:
 *
 *   on               messages flow again
 *   at N             message N was written or read; now and then
 *   end ...          the connection has ended: its messages, those missing between them, what the call gave
 *   wrong ...        something came twice, out of order or damaged
 *
 *   survive publish|play URL PACE
 *
 * PACE: messages a second, at most. */
#include "flv.h"
#include "pattern.h"

#include "../c/common.h"

#include <time.h>

#define BUFFER 65536

static RTMP *r;
static int is_over;
static long pace;

static int over(void)
{
  return __atomic_load_n(&is_over, __ATOMIC_ACQUIRE);
}

static void *wait_for_the_end(void *unused)
{
  while (getchar() != EOF)
    ;
  __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
  RTMP_Cancel(r);
  return unused;
}

static void rest(long nanoseconds)
{
  const struct timespec time = { 0, nanoseconds };
  nanosleep(&time, NULL);
}

/* So that not everything is read at once that has been received, nor written that there is. */
static void keep_pace(void)
{
  rest(1000000000L / pace);
}

static void say(const char *word, uint32_t number)
{
  printf("%s %u\n", word, number);
  fflush(stdout);
}

/* --- playing --- */

struct playing {
  int has_begun, is_wrong;
  uint32_t next, count, missing;
};

static int take(void *context, unsigned type, uint32_t stamp, const unsigned char *body, uint32_t size)
{
  struct playing *playing = context;
  uint32_t n = size > 5 ? get32(body + 1) : 0;

  (void)stamp; /* servers change it */
  (void)type;
  if (size <= 5 || !is_body(n, body, size) || (playing->has_begun && n < playing->next)) {
    printf("wrong: message %u of %u bytes where %u was expected\n", n, size, playing->next);
    playing->is_wrong = 1;
    return FALSE;
  }
  if (!playing->has_begun)
    say("on", n);
  else
    playing->missing += n - playing->next;
  playing->has_begun = 1;
  playing->next = n + 1;
  if (playing->count++ % 64 == 0)
    say("at", n);
  keep_pace();
  return TRUE;
}

static void play(void)
{
  struct playing playing = { 0 };
  const char *fault = flv_read(r, take, &playing);
  int status = r->m_read.status;
  if (fault)
    printf("wrong: %s\n", fault);
  printf("end %u messages, %u missing, status %d, %s, %s\n", playing.count, playing.missing, status,
         RTMP_IsTimedout(r) ? "timed out" : "no timeout", RTMP_LastError(r));
}

/* --- publishing --- */

static void publish(uint32_t *next)
{
  static char buffer[LONGEST + 64];
  uint32_t begin = *next;
  while (!over() && flv_write(r, *next, buffer)) {
    if (*next == begin)
      say("on", begin);
    if ((*next)++ % 64 == 0)
      say("at", *next);
    keep_pace();
  }
  /* What was given to a call that failed is lost or not: the next connection begins behind it. */
  ++*next;
  printf("end %u messages, 0 missing, status %d, %s, %s\n", *next - begin - 1, 0,
         RTMP_IsTimedout(r) ? "timed out" : "no timeout", RTMP_LastError(r));
}

static int connect_once(const char *address, int publishes)
{
  /* It is cut at its blanks. */
  static char url[512];
  static const int size = BUFFER;
  snprintf(url, sizeof url, "%s", address);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (publishes)
    RTMP_EnableWrite(r);
  if (!RTMP_Connect(r, NULL))
    return FALSE;
  /* A peer that takes nothing is noticed soon. */
  setsockopt(RTMP_Socket(r), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return RTMP_ConnectStream(r, 0);
}

int main(int argc, char **argv)
{
  pthread_t thread;
  uint32_t next = 0;
  int publishes;

  must(argc == 4 && (pace = strtol(argv[3], NULL, 10)) > 0, "arguments");
  publishes = !strcmp(argv[1], "publish");
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  make_pattern();
  r = RTMP_Alloc();
  RTMP_Init(r);
  must(pthread_create(&thread, NULL, wait_for_the_end, NULL) == 0, "pthread_create");
  while (!over()) {
    if (!connect_once(argv[2], publishes))
      rest(20000000);
    else if (publishes)
      publish(&next);
    else
      play();
    fflush(stdout);
    RTMP_Close(r);
  }
  pthread_join(thread, NULL);
  RTMP_Close(r);
  RTMP_Free(r);
  return 0;
}
