/* Many streams in one thread:   event_loop STREAMS FILE.flv URL-PREFIX
 *
 * Publishes the file, at its own speed, as so many live streams, URL-PREFIX0, URL-PREFIX1 and so on, plays each of them from its
 * beginning to its end, and tells how many bytes came. One loop with poll waits for all of them: no call of the library does. */
#define _POSIX_C_SOURCE 200809L
#include "flv.h"

#include <librtmp/rtmp.h>

#include <errno.h>
#include <string.h>

#ifdef RTMP_AGAIN

#include <poll.h>

/* What a stream of ours is at. */
enum stage { WAITING, CONNECTING, GOING, FINISHING, DONE, FAILED };

struct stream {
  RTMP *r;
  enum stage stage;
  char url[512];
  int is_publisher;
  struct stream *source; /* of a player: the publisher that it waits for */
  size_t next;           /* of a publisher: the tag that is to be written */
  long received;         /* of a player: bytes */
};

static struct flv_tag *tags;
static size_t tag_count;
static uint32_t start;

static int load(const char *path)
{
  FILE *in = fopen(path, "rb");
  struct flv_tag tag = { 0 };

  if (!in || !flv_begin(in))
    return 0;
  while (flv_next(in, &tag)) {
    struct flv_tag *more = realloc(tags, (tag_count + 1) * sizeof *tags);
    if (!more)
      return 0;
    tags = more;
    tags[tag_count++] = tag;
    memset(&tag, 0, sizeof tag);
  }
  fclose(in);
  return tag_count > 0;
}

static int fail(struct stream *s, const char *what)
{
  fprintf(stderr, "%s: %s: %s (%s)\n", s->url, what, RTMP_LastError(s->r), strerror(errno));
  s->stage = FAILED;
  return 0;
}

/* Begins to connect. The name is looked up, and TLS and RTMP shake hands, on a thread of the library's. */
static int begin(struct stream *s)
{
  if (!RTMP_SetupURL(s->r, s->url))
    return fail(s, "address");
  if (s->is_publisher)
    RTMP_EnableWrite(s->r);
  if (!RTMP_SetNonBlocking(s->r, 1, 0) || !RTMP_Start(s->r, NULL, 0))
    return fail(s, "start");
  s->stage = CONNECTING;
  return 1;
}

/* Writes what is due. A tag for which the queue has no room is left out, up to the next key frame a live encoder would: here
 * it just waits. */
static void publish(struct stream *s, uint32_t now)
{
  while (s->next < tag_count && tags[s->next].time <= now) {
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
  if (s->next == tag_count)
    s->stage = RTMP_Finish(s->r) ? FINISHING : FAILED;
}

static void play(struct stream *s)
{
  static char flv[64 * 1024];
  int count;

  while ((count = RTMP_Read(s->r, flv, sizeof flv)) > 0)
    s->received += count;
  if (count != RTMP_AGAIN)
    s->stage = s->received > 0 ? DONE : FAILED;
}

/* Does what can be done for a stream now. */
static void go_on(struct stream *s, uint32_t now)
{
  if (s->stage == WAITING) {
    /* Who plays what nobody publishes yet may get nothing. */
    if ((s->source && s->source->stage < GOING) || !begin(s))
      return;
  }
  if (s->stage >= DONE)
    return;
  switch (RTMP_Drive(s->r)) {
  case 1:
    if (s->stage == CONNECTING)
      s->stage = GOING;
    break;
  case 0:
    s->stage = DONE;
    return;
  case RTMP_AGAIN:
    return;
  default:
    /* A player's server may just have gone behind the end of the stream. */
    if (s->stage == GOING && !s->is_publisher && s->received > 0)
      s->stage = DONE;
    else
      fail(s, "failed");
    return;
  }
  if (s->stage == GOING && s->is_publisher)
    publish(s, now);
  else if (s->stage == GOING)
    play(s);
}

/* Until the next tag is due, ms; -1: there is none. */
static int until_due(const struct stream *s, uint32_t now)
{
  if (s->stage != GOING || !s->is_publisher || s->next == tag_count)
    return -1;
  return tags[s->next].time > now ? (int)(tags[s->next].time - now) : -1;
}

static void keep_shorter(int *timeout, int other)
{
  if (other >= 0 && (*timeout < 0 || other < *timeout))
    *timeout = other;
}

/* Goes round until all streams have ended. */
static void loop(struct stream *streams, size_t count, struct pollfd *places)
{
  size_t open;
  int timeout;

  do {
    uint32_t now = RTMP_GetTime() - start;

    timeout = -1;
    for (size_t i = 0; i < count; i++)
      go_on(&streams[i], now);
    open = 0;
    for (size_t i = 0; i < count; i++) {
      struct stream *s = &streams[i];
      RTMP_WANT want = { 0 };
      want.size = sizeof want;
      want.fd = want.timeout = -1;
      if (s->stage < DONE) {
        open++;
        if (s->stage == WAITING)
          /* Its publisher may be ready since this round. */
          keep_shorter(&timeout, s->source->stage >= GOING ? 0 : 100);
        else if (RTMP_Want(s->r, &want))
          keep_shorter(&timeout, want.timeout);
        keep_shorter(&timeout, until_due(s, now));
      }
      places[i].fd = want.fd;
      places[i].events = (short)want.events;
    }
  } while (open > 0 && poll(places, (nfds_t)count, timeout) >= 0);
}

int main(int count, char **words)
{
  size_t number = count == 4 ? strtoul(words[1], NULL, 10) : 0, done = 0;
  struct stream *streams = calloc(2 * number + 1, sizeof *streams);
  struct pollfd *places = calloc(2 * number + 1, sizeof *places);
  long received = 0;

  if (number == 0 || !streams || !places) {
    fprintf(stderr, "usage: %s STREAMS FILE.flv URL-PREFIX\n", words[0]);
    return 2;
  }
  if (!load(words[2])) {
    fprintf(stderr, "%s is no FLV file\n", words[2]);
    return 1;
  }
  start = RTMP_GetTime();
  for (size_t i = 0; i < 2 * number; i++) {
    struct stream *s = &streams[i];
    s->is_publisher = i < number;
    s->source = s->is_publisher ? NULL : &streams[i - number];
    snprintf(s->url, sizeof s->url, "%s%zu%s", words[3], i % number, s->is_publisher ? "" : " live=1");
    if (!(s->r = RTMP_Alloc()))
      return 1;
    RTMP_Init(s->r);
  }
  loop(streams, 2 * number, places);
  for (size_t i = 0; i < 2 * number; i++) {
    done += streams[i].stage == DONE;
    received += streams[i].received;
    RTMP_Close(streams[i].r);
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
