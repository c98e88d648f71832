/* What examples/event_loop.c does, by calls that wait: each stream has a thread of its own.
 *
 *   threads STREAMS FILE.flv URL-PREFIX */
#include "../../examples/flv.h"
#include "measure.h"

#include <semaphore.h>

/* Publishers begin so many microseconds one after the other, as there. */
enum { APART = 5000 };

/* One that is published, and the same one that is played. */
struct stream {
  char published[512], played[512];
  pthread_t publisher, player;
  /* Who plays what nobody publishes yet may get nothing. */
  sem_t is_there;
};

static struct flv_tag *tags;
static size_t tag_count;

static RTMP *begin(char *url, int is_publisher)
{
  RTMP *r = RTMP_Alloc();
  must(r != NULL, "RTMP_Alloc");
  RTMP_Init(r);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (is_publisher)
    RTMP_EnableWrite(r);
  must(RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0), "connecting");
  return r;
}

static void end(RTMP *r)
{
  RTMP_Close(r);
  RTMP_Free(r);
}

static void *publish(void *argument)
{
  struct stream *stream = argument;
  RTMP *r = begin(stream->published, TRUE);
  double start = clock_time();

  sem_post(&stream->is_there);
  for (size_t i = 0; i < tag_count; i++) {
    double left = start + tags[i].time / 1e3 - clock_time();
    if (left > 0)
      usleep((useconds_t)(left * 1e6));
    must(RTMP_Write(r, (const char *)tags[i].bytes, (int)tags[i].size) == (int)tags[i].size, "RTMP_Write");
  }
  end(r);
  return NULL;
}

static void *play(void *argument)
{
  struct stream *stream = argument;
  char flv[64 * 1024];
  RTMP *r;

  must(sem_wait(&stream->is_there) == 0, "sem_wait");
  r = begin(stream->played, FALSE);
  while (RTMP_Read(r, flv, sizeof flv) > 0)
    ;
  end(r);
  return NULL;
}

int main(int argc, char **argv)
{
  size_t count = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
  struct stream *streams = calloc(count + 1, sizeof *streams);

  must(count > 0 && streams != NULL, "threads STREAMS FILE.flv URL-PREFIX");
  must((tags = flv_all(argv[2], &tag_count)) != NULL, "FILE.flv");
  for (size_t i = 0; i < count; i++) {
    struct stream *stream = &streams[i];
    snprintf(stream->published, sizeof stream->published, "%s%zu", argv[3], i);
    snprintf(stream->played, sizeof stream->played, "%s%zu live=1", argv[3], i);
    must(sem_init(&stream->is_there, 0, 0) == 0, "sem_init");
    if (i)
      usleep(APART);
    must(pthread_create(&stream->publisher, NULL, publish, stream) == 0, "pthread_create");
    must(pthread_create(&stream->player, NULL, play, stream) == 0, "pthread_create");
  }
  for (size_t i = 0; i < count; i++)
    must(!pthread_join(streams[i].publisher, NULL) && !pthread_join(streams[i].player, NULL), "pthread_join");
  return 0;
}
