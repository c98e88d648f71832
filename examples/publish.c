/* Publishes an FLV file as a live stream, at its own speed, with progress:   publish FILE.flv URL
 *
 * The last part of the address is the stream's name, or its key: rtmp://host/app/key */
#define _POSIX_C_SOURCE 200809L
#include "flv.h"

#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <signal.h>
#include <time.h>

static void sleep_ms(uint32_t ms)
{
  struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };
  nanosleep(&time, NULL);
}

/* Waits until a tag is due: a server that gets an hour in a second keeps what it likes of it. */
static void wait_for(uint32_t start, uint32_t due)
{
  uint32_t passed = RTMP_GetTime() - start;
  if (due > passed)
    sleep_ms(due - passed);
}

static int publish(RTMP *r, char *url, FILE *in, long size)
{
  struct flv_tag tag = { 0 };
  uint32_t start;
  int is_fine = 1;

  /* In this order: the set-up functions undo RTMP_EnableWrite, and RTMP_Connect already looks at it. */
  if (!RTMP_SetupURL(r, url))
    return 0;
  RTMP_EnableWrite(r);
  if (!RTMP_Connect(r, NULL) || !RTMP_ConnectStream(r, 0))
    return 0;
  start = RTMP_GetTime();
  while (is_fine && flv_next(in, &tag)) {
    wait_for(start, tag.time);
    /* Whole tags, which every librtmp takes. */
    is_fine = RTMP_Write(r, (const char *)tag.bytes, (int)tag.size) == (int)tag.size;
    RTMP_LogStatus("\r%7.1f s, %3.0f %%", tag.time / 1000.0, 100.0 * (double)ftell(in) / (double)size);
  }
  free(tag.bytes);
  RTMP_LogPrintf("%s\n", is_fine ? "published" : "broken off");
  return is_fine;
}

int main(int count, char **words)
{
  RTMP *r;
  FILE *in;
  long size;
  int is_fine;

  if (count != 3) {
    fprintf(stderr, "usage: %s FILE.flv URL\n", words[0]);
    return 2;
  }
  if (!(in = fopen(words[1], "rb")) || fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0) {
    perror(words[1]);
    return 1;
  }
  rewind(in);
  if (!flv_begin(in)) {
    fprintf(stderr, "%s is no FLV file\n", words[1]);
    return 1;
  }
  if (!(r = RTMP_Alloc()))
    return 1;
  /* The original librtmp lets a server that goes end the program. */
  signal(SIGPIPE, SIG_IGN);
  RTMP_Init(r);

  is_fine = publish(r, words[2], in, size);

  RTMP_Close(r);
  RTMP_Free(r);
  fclose(in);
  return is_fine ? 0 : 1;
}
