/* Many streams in one thread:   event_loop STREAMS FILE.flv URL-PREFIX
 *
 * Publishes the file, at its own speed, as so many live streams, URL-PREFIX0, URL-PREFIX1 and so on, plays each of them from its
 * beginning to its end, and tells how many bytes came. One loop with poll waits for all of them: no call of the library does. */
#define _POSIX_C_SOURCE 200809L
#include "flv.h"

#include <librtmp/rtmp.h>

#include <errno.h>

#ifdef RTMP_AGAIN

#include <poll.h>
#include <time.h>

/* Publishers begin so many ms one after the other: a server has only so much room for connections that nobody has accepted. */
enum { APART = 5 };

/* What a stream of ours is at. */
enum stage { WAITING, CONNECTING, GOING, FINISHING, DONE, FAILED };

struct stream {
  RTMP *r;
  enum stage stage;
  char url[512];
  struct stream *player; /* of a publisher: who waits until it has begun */
  size_t next;           /* of a publisher: the tag that is to be written */
  uint32_t start;        /* of a publisher: when its time began */
  long received;         /* of a player: bytes */
  uint32_t asked;        /* when it was last asked what it waits for */
  int timeout;           /* and how long it waits from then on at most, ms; -1: for ever */
};

static struct flv_tag *tags;
static size_t tag_count;

/* Milliseconds by a clock that only goes on. RTMP_GetTime goes in steps of 10. */
static uint32_t clock_ms(void)
{
  struct timespec now = { 0 };

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)now.tv_sec * 1000 + (uint32_t)(now.tv_nsec / 1000000);
}

/* The handle is of no use any more: it is closed at once, so that no socket stays open for nothing. */
static void end(struct stream *s, enum stage stage)
{
  s->stage = stage;
  RTMP_Close(s->r);
}

static void fail(struct stream *s, const char *what)
{
  RTMP_ERROR error = { .size = sizeof error };

  RTMP_GetError(s->r, &error);
  fprintf(stderr, "%s: %s: %s (error %d)\n", s->url, what, error.text, error.kind);
  end(s, FAILED);
  /* Nobody will publish what it waits for. */
  if (s->player && s->player->stage == WAITING)
    s->player->stage = FAILED;
}

/* Begins to connect. The name is looked up, and TLS and RTMP shake hands, on a thread of the library's. */
static void begin(struct stream *s)
{
  s->stage = CONNECTING;
  if (!RTMP_SetupURL(s->r, s->url)) {
    fail(s, "address");
    return;
  }
  /* In this order: the set-up functions undo it. */
  if (s->player)
    RTMP_EnableWrite(s->r);
  if (!RTMP_SetNonBlocking(s->r, 1, 0) || !RTMP_Start(s->r, NULL, 0))
    fail(s, "start");
}

/* Writes what is due. A tag for which the queue has no room waits, with all behind it: a live encoder would rather leave out
 * pictures up to the next key frame (see adaptive.c). */
static void publish(struct stream *s, uint32_t now)
{
  while (s->next < tag_count && tags[s->next].time <= now - s->start) {
    const struct flv_tag *tag = &tags[s->next];
    int result = RTMP_Write(s->r, (const char *)tag->bytes, (int)tag->size);
    if (result == RTMP_AGAIN)
      return;
    if (result < 0) {
      fail(s, "write");
      return;
    }
    s->next++;
  }
  if (s->next < tag_count)
    return;
  s->stage = FINISHING;
  if (!RTMP_Finish(s->r))
    fail(s, "finish");
}

/* Reads once, so that no server keeps the others waiting: if there is more, RTMP_Want says so. */
static void play(struct stream *s)
{
  static char flv[64 * 1024];
  int count = RTMP_Read(s->r, flv, sizeof flv);

  if (count > 0)
    s->received += count;
  else if (count == 0)
    end(s, DONE);
  else if (count != RTMP_AGAIN)
    fail(s, "read");
}

/* A stream may flow. */
static void accepted(struct stream *s, uint32_t now)
{
  s->stage = GOING;
  s->start = now;
  if (s->player)
    s->player->timeout = 0;
}

/* Does what can be done for a stream now. */
static void go_on(struct stream *s, uint32_t now)
{
  if (s->stage == WAITING) {
    begin(s);
    return;
  }
  switch (RTMP_Drive(s->r)) {
  case 1:
    break;
  case 0:
    end(s, DONE);
    return;
  case RTMP_AGAIN:
    return;
  default:
    fail(s, s->stage == CONNECTING ? "connect" : "connection");
    return;
  }
  if (s->stage == CONNECTING)
    accepted(s, now);
  if (s->stage == GOING && s->player)
    publish(s, now);
  else if (s->stage == GOING)
    play(s);
}

static void keep_shorter(int *timeout, int other)
{
  if (other >= 0 && (*timeout < 0 || other < *timeout))
    *timeout = other;
}

/* Until the next tag is due, ms; -1: there is none that only waits for its time. */
static int until_due(const struct stream *s, uint32_t now)
{
  uint32_t passed = now - s->start;

  if (s->stage != GOING || !s->player || s->next == tag_count || tags[s->next].time <= passed)
    return -1;
  return (int)(tags[s->next].time - passed);
}

/* Notes what the stream waits for: its place in poll, and its time. The library's own time limits are in want.timeout: when one
 * is over, RTMP_Drive meets it. */
static void ask(struct stream *s, struct pollfd *place, uint32_t now)
{
  RTMP_WANT want = { .size = sizeof want, .fd = -1, .timeout = -1 };

  if (s->stage < DONE)
    RTMP_Want(s->r, &want);
  place->fd = want.fd;
  place->events = (short)want.events;
  s->asked = now;
  s->timeout = want.timeout;
  keep_shorter(&s->timeout, until_due(s, now));
}

/* What is left of the stream's time, ms; -1: it waits for ever. */
static int left(const struct stream *s, uint32_t now)
{
  uint32_t passed = now - s->asked;

  if (s->timeout < 0)
    return -1;
  return passed < (uint32_t)s->timeout ? s->timeout - (int)passed : 0;
}

/* Goes round until all streams have ended. Only those are looked at for which something has happened, or whose time is over. */
static int loop(struct stream *streams, size_t count, struct pollfd *places)
{
  for (;;) {
    uint32_t now = clock_ms();
    size_t open = 0;
    int timeout = -1;

    for (size_t i = 0; i < count; i++)
      if (streams[i].stage < DONE && (places[i].revents || left(&streams[i], now) == 0)) {
        go_on(&streams[i], now);
        ask(&streams[i], &places[i], now);
      }
    for (size_t i = 0; i < count; i++)
      if (streams[i].stage < DONE) {
        open++;
        keep_shorter(&timeout, left(&streams[i], now));
      }
    if (!open)
      return 1;
    if (poll(places, (nfds_t)count, timeout) < 0 && errno != EINTR) {
      perror("poll");
      return 0;
    }
  }
}

int main(int count, char **words)
{
  size_t number = count == 4 ? strtoul(words[1], NULL, 10) : 0, done = 0;
  struct stream *streams = calloc(2 * number + 1, sizeof *streams);
  struct pollfd *places = calloc(2 * number + 1, sizeof *places);
  uint32_t now = clock_ms();
  long received = 0;

  if (number == 0 || !streams || !places) {
    fprintf(stderr, "usage: %s STREAMS FILE.flv URL-PREFIX\n", words[0]);
    return 2;
  }
  if (!(tags = flv_all(words[2], &tag_count))) {
    fprintf(stderr, "%s is no FLV file\n", words[2]);
    return 1;
  }
  for (size_t i = 0; i < 2 * number; i++) {
    struct stream *s = &streams[i];
    int is_publisher = i < number;
    /* Who plays what nobody publishes yet may get nothing: it waits until its time is set. */
    s->player = is_publisher ? &streams[number + i] : NULL;
    s->asked = now;
    s->timeout = is_publisher ? (int)i * APART : -1;
    places[i].fd = -1;
    snprintf(s->url, sizeof s->url, "%s%zu%s", words[3], i % number, is_publisher ? "" : " live=1");
    if (!(s->r = RTMP_Alloc()))
      return 1;
    RTMP_Init(s->r);
  }
  if (!loop(streams, 2 * number, places))
    return 1;
  for (size_t i = 0; i < 2 * number; i++) {
    done += streams[i].stage == DONE;
    received += streams[i].received;
    RTMP_Free(streams[i].r);
  }
  printf("%zu of %zu streams are done, %ld bytes were played\n", done, 2 * number, received);
  for (size_t i = 0; i < tag_count; i++)
    free(tags[i].bytes);
  free(tags);
  free(streams);
  free(places);
  return done == 2 * number ? 0 : 1;
}

#else

int main(void)
{
  fprintf(stderr, "this librtmp has no calls that do not wait\n");
  return 1;
}

#endif
