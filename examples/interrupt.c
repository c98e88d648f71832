/* Gives up while it waits, when it is told to or when a step takes too long:   interrupt MS URL [FILE.flv]
 *
 * Plays the stream, or publishes the file, at once. Ctrl-C ends it, and so does a step, be it connecting or one read or write,
 * of more than MS milliseconds; 0: no limit.
 *
 * Programs such as FFmpeg have a function that says whether to give up, which all that waits has to ask now and then
 * (AVIOInterruptCB). RTMP_Configure takes such a function as it is: it is asked at least every 100 ms, whatever is waited for: a
 * name, a connection, a proxy, TLS, a handshake, an answer, media, room to send. Who has no such function, but a thread to
 * stop it from, calls RTMP_Cancel there instead. */
#define _POSIX_C_SOURCE 200809L
#include "flv.h"

#include <librtmp/rtmp.h>

#include <signal.h>
#include <time.h>

#ifndef RTMP_EVENT_PHASE
#error "the original librtmp has nothing of this: please take the headers of librtmp-rs"
#endif

/* FFmpeg's AVIOInterruptCB. */
struct interrupt {
  int (*callback)(void *opaque);
  void *opaque;
};

struct step {
  int64_t began; /* ms */
  int64_t limit; /* ms, 0: none */
  int phase;
};

static volatile sig_atomic_t is_told;

static void tell(int number)
{
  (void)number;
  is_told = 1;
}

static int64_t now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Only looks: a reader and a writer may ask at the same time. */
static int gives_up(void *opaque)
{
  const struct step *step = opaque;
  return is_told || (step->limit > 0 && now() - step->began > step->limit);
}

static const char *phase_name(int phase)
{
  static const char *const names[] = { "idle", "connecting", "proxy", "TLS", "tunnel", "handshake", "dialogue", "streaming" };
  return phase >= 0 && phase < (int)(sizeof names / sizeof names[0]) ? names[phase] : "unknown";
}

static void on_event(void *user, const RTMP_EVENT *event)
{
  struct step *step = user;
  if (event->kind != RTMP_EVENT_PHASE)
    return;
  step->phase = event->phase;
  fprintf(stderr, "%s\n", phase_name(step->phase));
}

static void begin(struct step *step)
{
  step->began = now();
}

static int open_stream(RTMP *r, char *url, int publishes)
{
  if (!RTMP_SetupURL(r, url))
    return 0;
  if (publishes)
    RTMP_EnableWrite(r);
  return RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0);
}

/* Both ask by themselves, too: the library asks only where it waits, and media may come or go without any wait. */

static int play(RTMP *r, const struct interrupt *interrupt, struct step *step)
{
  static char block[64 * 1024];
  int got = 1;

  while (got > 0) {
    begin(step);
    if (interrupt->callback(interrupt->opaque))
      return 0;
    got = RTMP_Read(r, block, sizeof block);
  }
  return got == 0 && r->m_read.status == RTMP_READ_COMPLETE;
}

static int publish(RTMP *r, const struct interrupt *interrupt, struct step *step, FILE *in)
{
  struct flv_tag tag = { 0 };
  int is_fine = 1;

  while (is_fine && flv_next(in, &tag)) {
    begin(step);
    is_fine = !interrupt->callback(interrupt->opaque) && RTMP_Write(r, (const char *)tag.bytes, (int)tag.size) == (int)tag.size;
  }
  free(tag.bytes);
  return is_fine;
}

static void explain(RTMP *r, const struct step *step)
{
  RTMP_ERROR error = { 0 };
  error.size = sizeof error;
  RTMP_GetError(r, &error);
  /* That the function has said so is all that the library knows, and nothing when it has come between two calls. */
  if (is_told)
    fprintf(stderr, "interrupt: stopped in phase %s\n", phase_name(step->phase));
  else if (error.kind == RTMP_ERR_CANCELLED)
    fprintf(stderr, "interrupt: more than %ld ms in phase %s\n", (long)step->limit, phase_name(step->phase));
  else
    fprintf(stderr, "interrupt: %s (kind %d)\n", error.text, error.kind);
}

int main(int count, char **words)
{
  struct step step = { 0, 0, RTMP_PHASE_IDLE };
  const struct interrupt interrupt = { gives_up, &step };
  /* It stays where it is as long as the handle: the library keeps the pointer. */
  RTMP_CONFIG config = { 0 };
  FILE *in = NULL;
  RTMP *r;
  int is_fine;

  if (count < 3 || count > 4 || (step.limit = strtol(words[1], NULL, 10)) < 0) {
    fprintf(stderr, "usage: %s MS URL [FILE.flv]\n", words[0]);
    return 2;
  }
  if (count == 4 && (!(in = fopen(words[3], "rb")) || !flv_begin(in))) {
    fprintf(stderr, "%s is no FLV file\n", words[3]);
    return 1;
  }
  if (!(r = RTMP_Alloc()))
    return 1;
  RTMP_Init(r);
  signal(SIGINT, tell);

  config.size = sizeof config;
  config.onWait = interrupt.callback;
  config.user = interrupt.opaque;
  config.onEvent = on_event;
  begin(&step);
  is_fine = RTMP_Configure(r, &config) && open_stream(r, words[2], in != NULL) &&
            (in ? publish(r, &interrupt, &step, in) : play(r, &interrupt, &step));
  if (!is_fine)
    explain(r, &step);

  RTMP_Close(r);
  RTMP_Free(r);
  if (in)
    fclose(in);
  return is_fine ? 0 : 1;
}
