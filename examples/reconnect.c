/* Publishes an FLV file as a live stream and comes back after a failure:   reconnect FILE.flv URL
 *
 * Each pause is twice as long as the last one. A server, and whoever watches, can only begin with a key frame, and
 * only when it has been told how the media is encoded: so a new connection begins with the metadata, the
 * configurations of H.264 and AAC, and the last key frame that was sent. An encoder that cannot go back would wait for its next
 * key frame instead, or ask for one. */
#define _POSIX_C_SOURCE 200809L
#include "flv.h"

#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <signal.h>
#include <string.h>
#include <time.h>

enum { ATTEMPTS = 10, FIRST_PAUSE = 250, LONGEST_PAUSE = 8000 /* ms */ };

struct publisher {
  RTMP *r;
  const char *url;
  FILE *in;
  struct flv_tag tag;
  /* Where in the file the last key frame begins, the first tag before there is one. */
  long key_frame;
  uint32_t key_time;
};

static void sleep_ms(uint32_t ms)
{
  struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };
  nanosleep(&time, NULL);
}

/* The set-up functions keep parts of the text and write to it: each connection gets a fresh copy, freed behind RTMP_Close. */
static int connect_once(RTMP *r, char *url)
{
  /* The original takes over chunk sizes and freed texts from the last connection; for librtmp-rs once would do. */
  RTMP_Init(r);
  if (!RTMP_SetupURL(r, url))
    return 0;
  RTMP_EnableWrite(r);
  return RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0);
}

static int write_tag(struct publisher *p)
{
  return RTMP_Write(p->r, (const char *)p->tag.bytes, (int)p->tag.size) == (int)p->tag.size;
}

/* Sends the metadata and the configurations in front of the last key frame, and goes there. */
static int begin(struct publisher *p)
{
  if (fseek(p->in, FLV_HEADER, SEEK_SET) != 0)
    return 0;
  while (ftell(p->in) < p->key_frame && flv_next(p->in, &p->tag)) {
    if (p->tag.type != FLV_SCRIPT && !flv_is_configuration(&p->tag))
      continue;
    /* Time may not go back when the stream begins in the middle. */
    p->tag.bytes[4] = (unsigned char)(p->key_time >> 16);
    p->tag.bytes[5] = (unsigned char)(p->key_time >> 8);
    p->tag.bytes[6] = (unsigned char)p->key_time;
    p->tag.bytes[7] = (unsigned char)(p->key_time >> 24);
    if (!write_tag(p))
      return 0;
  }
  return 1;
}

/* Returns not 0 when the file has been sent to its end, 0 when the connection is lost. Counts what was sent. */
static int send_file(struct publisher *p, unsigned long *sent)
{
  uint32_t start = RTMP_GetTime() - p->key_time;
  long at;

  if (!begin(p))
    return 0;
  for (at = ftell(p->in); flv_next(p->in, &p->tag); at = ftell(p->in)) {
    uint32_t passed = RTMP_GetTime() - start;
    if (flv_is_key_frame(&p->tag)) {
      p->key_frame = at;
      p->key_time = p->tag.time;
    }
    if (p->tag.time > passed)
      sleep_ms(p->tag.time - passed);
    if (!write_tag(p))
      return 0;
    ++*sent;
  }
  return 1;
}

static int publish(struct publisher *p)
{
  uint32_t pause = FIRST_PAUSE;
  int failures = 0;
  while (failures < ATTEMPTS) {
    unsigned long sent = 0;
    char *url = strdup(p->url);
    int is_done = url && connect_once(p->r, url) && send_file(p, &sent);
    RTMP_Close(p->r);
    free(url);
    if (is_done)
      return 1;
    /* Only failures one after another make the pauses longer, and end the program. */
    if (sent > 0) {
      failures = 0;
      pause = FIRST_PAUSE;
    }
    failures++;
    fprintf(stderr, "reconnect: lost at %.1f s, again in %u ms\n", p->key_time / 1000.0, (unsigned)pause);
    sleep_ms(pause);
    pause = pause * 2 < LONGEST_PAUSE ? pause * 2 : LONGEST_PAUSE;
  }
  return 0;
}

int main(int count, char **words)
{
  struct publisher p = { 0 };
  int is_fine;

  if (count != 3) {
    fprintf(stderr, "usage: %s FILE.flv URL\n", words[0]);
    return 2;
  }
  p.url = words[2];
  p.key_frame = FLV_HEADER;
  if (!(p.in = fopen(words[1], "rb")) || !flv_begin(p.in)) {
    fprintf(stderr, "%s is no FLV file\n", words[1]);
    return 1;
  }
  if (!(p.r = RTMP_Alloc()))
    return 1;
  /* The original librtmp lets a server that goes end the program. */
  signal(SIGPIPE, SIG_IGN);

  is_fine = publish(&p);

  RTMP_Free(p.r);
  free(p.tag.bytes);
  fclose(p.in);
  return is_fine ? 0 : 1;
}
