/* Publishes an FLV file as a live stream, and does not let viewers fall behind where the network is too slow for it:
 *   adaptive FILE.flv URL
 *
 * What waits in the system to be sent (RTMP_GetStats, unsent), divided by the rate of the stream, is the delay that the network
 * adds. It grows at once when the network gets slower, seconds before a send waits. Two things are done about it:
 * early, the encoder is asked for less, which here is only said, as a file has no encoder; late, pictures are left out, up to
 * a key frame, with which a player can go on. Sound is sent in any case.
 *
 * The original librtmp has no such function: there all is sent. */
#define _POSIX_C_SOURCE 200809L
#include "flv.h"

#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <signal.h>
#include <time.h>

enum { SOON = 50, LATE = 200, TOO_LATE = 700 /* ms of delay */, LEAST = 25 /* % */, PACE = 500 /* ms between two steps */ };

struct publisher {
  RTMP *r;
  struct flv_tag tag;
  uint64_t bytes;   /* of the file so far: what all of it would take */
  int percent;      /* what the encoder is asked for */
  uint32_t changed; /* when */
  int leaves_out;   /* pictures, up to a key frame */
  unsigned left_out;
};

static void sleep_ms(uint32_t ms)
{
  struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };
  nanosleep(&time, NULL);
}

static void wait_for(uint32_t start, uint32_t due)
{
  uint32_t passed = RTMP_GetTime() - start;
  if (due > passed)
    sleep_ms(due - passed);
}

/* How much later media arrives than it was sent, ms. */
static uint32_t delay(const struct publisher *p)
{
#ifdef RTMP_UNKNOWN
  RTMP_STATS stats = { 0 };
  stats.size = sizeof stats;
  /* Rates mean little at the very beginning. A system that does not tell has no delay. */
  if (p->tag.time >= 100 && RTMP_GetStats(p->r, &stats) && stats.unsent != RTMP_UNKNOWN)
    return (uint32_t)((uint64_t)stats.unsent * p->tag.time / p->bytes);
#else
  (void)p;
#endif
  return 0;
}

/* Down by a quarter, and up again slowly: a network that could not keep up cannot do much more a moment later. */
static void ask_encoder(struct publisher *p, uint32_t late)
{
  int percent = late > LATE ? p->percent * 3 / 4 : late < SOON ? p->percent + 5 : p->percent;
  if (p->tag.time - p->changed < PACE)
    return;
  percent = percent < LEAST ? LEAST : percent > 100 ? 100 : percent;
  if (percent != p->percent) {
    RTMP_LogPrintf("%.1f s: %u ms behind, an encoder would go to %d %%\n", p->tag.time / 1000.0, (unsigned)late, percent);
    p->percent = percent;
    p->changed = p->tag.time;
  }
}

/* Not 0 for a tag that is left out. */
static int is_left_out(struct publisher *p, uint32_t late)
{
  if (p->tag.type != FLV_VIDEO || flv_is_configuration(&p->tag))
    return 0;
  if (!p->leaves_out && late > TOO_LATE) {
    RTMP_LogPrintf("%.1f s: %u ms behind, no pictures\n", p->tag.time / 1000.0, (unsigned)late);
    p->leaves_out = 1;
  } else if (p->leaves_out && late < LATE && flv_is_key_frame(&p->tag)) {
    RTMP_LogPrintf("%.1f s: pictures again, %u left out\n", p->tag.time / 1000.0, p->left_out);
    p->leaves_out = 0;
  }
  p->left_out += (unsigned)p->leaves_out;
  return p->leaves_out;
}

static int send_file(struct publisher *p, FILE *in)
{
  uint32_t start = RTMP_GetTime();
  while (flv_next(in, &p->tag)) {
    uint32_t late;
    p->bytes += p->tag.size;
    wait_for(start, p->tag.time);
    late = delay(p);
    ask_encoder(p, late);
    if (!is_left_out(p, late) && RTMP_Write(p->r, (const char *)p->tag.bytes, (int)p->tag.size) != (int)p->tag.size)
      return 0;
  }
  RTMP_LogPrintf("published, %u pictures left out\n", p->left_out);
  return 1;
}

static int publish(struct publisher *p, char *url, FILE *in)
{
  if (!RTMP_SetupURL(p->r, url))
    return 0;
  RTMP_EnableWrite(p->r);
  return RTMP_Connect(p->r, NULL) && RTMP_ConnectStream(p->r, 0) && send_file(p, in);
}

int main(int count, char **words)
{
  struct publisher p = { 0 };
  FILE *in;
  int is_fine;

  if (count != 3) {
    fprintf(stderr, "usage: %s FILE.flv URL\n", words[0]);
    return 2;
  }
  if (!(in = fopen(words[1], "rb")) || !flv_begin(in)) {
    fprintf(stderr, "%s is no FLV file\n", words[1]);
    return 1;
  }
  p.percent = 100;
  if (!(p.r = RTMP_Alloc()))
    return 1;
  /* The original librtmp lets a server that goes end the program. */
  signal(SIGPIPE, SIG_IGN);
  RTMP_Init(p.r);

  is_fine = publish(&p, words[2], in);

  RTMP_Close(p.r);
  RTMP_Free(p.r);
  free(p.tag.bytes);
  fclose(in);
  return is_fine ? 0 : 1;
}
