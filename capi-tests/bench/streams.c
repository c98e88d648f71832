/* Measures a program with many streams from inside, whatever it is made of, by what it writes and reads: the linker puts these
 * functions in front of the library's and of main.
 *
 * The media is messages of video that bear their number and the number of all, see streams.py. What is published as NAME-7 is
 * played as NAME-7. Measured is from the first message written to the last one handed out. */
#include "measure.h"

#include <stdatomic.h>
#include <sys/resource.h>

enum { FILE_HEADER = 13, TAG_HEADER = 11, BODY_HEADER = 5, TAGGED = TAG_HEADER + BODY_HEADER + 8, SIZE_FIELD = 4 };

int __real_main(int argc, char **argv);
int __real_RTMP_Write(RTMP *r, const char *bytes, int size);
int __real_RTMP_Read(RTMP *r, char *bytes, int size);

/* What a player is at in its bytes. */
struct player {
  unsigned char head[TAGGED];
  size_t have, skip;
};

struct reading {
  double wall, cpu;
  long switches;
};

static size_t stream_count;
static atomic_size_t message_count;
static struct player *players;
/* When each message was written, and how long it was under way: seconds, stream by stream. */
static _Atomic double *written;
static double *under_way;
static atomic_size_t handed_out;
static struct reading first, last;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static struct reading take_reading(void)
{
  struct rusage usage;
  struct reading now = { .wall = clock_time() };
  must(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
  now.cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  now.switches = usage.ru_nvcsw + usage.ru_nivcsw;
  return now;
}

static void begin(void)
{
  written = calloc(stream_count * message_count, sizeof *written);
  under_way = calloc(stream_count * message_count, sizeof *under_way);
  must(written && under_way, "calloc");
  first = take_reading();
}

/* The number at the end of the name. */
static size_t stream_of(const RTMP *r)
{
  const char *at = r->Link.playpath.av_val + r->Link.playpath.av_len;
  size_t stream = 0;
  for (size_t unit = 1; at[-1] >= '0' && at[-1] <= '9'; unit *= 10)
    stream += unit * (size_t)(*--at - '0');
  must(stream < stream_count, "the number of a stream");
  return stream;
}

static size_t place_of(size_t stream, const void *tag)
{
  const char *numbers = (const char *)tag + TAG_HEADER + BODY_HEADER;
  size_t number = AMF_DecodeInt32(numbers);
  message_count = AMF_DecodeInt32(numbers + 4);
  must(number < message_count, "the number of a message");
  return stream * message_count + number;
}

int __wrap_RTMP_Write(RTMP *r, const char *bytes, int size)
{
  size_t place = place_of(stream_of(r), bytes);
  pthread_once(&once, begin);
  /* One for which there is no room now counts from here on all the same. */
  if (written[place] == 0)
    written[place] = clock_time();
  return __real_RTMP_Write(r, bytes, size);
}

static void note_handed_out(size_t place, double now)
{
  must(under_way[place] == 0, "a message came once");
  under_way[place] = now - written[place];
  if (atomic_fetch_add(&handed_out, 1) + 1 == stream_count * message_count)
    last = take_reading();
}

int __wrap_RTMP_Read(RTMP *r, char *bytes, int size)
{
  size_t stream = stream_of(r);
  int result = __real_RTMP_Read(r, bytes, size);
  size_t left = result > 0 ? (size_t)result : 0;
  struct player *player = &players[stream];
  double now = left ? clock_time() : 0;

  while (left) {
    size_t need = player->skip ? player->skip : TAGGED - player->have, count = left < need ? left : need;
    if (player->skip) {
      player->skip -= count;
    } else {
      memcpy(player->head + player->have, bytes, count);
      player->have += count;
    }
    if (player->have == TAGGED) {
      note_handed_out(place_of(stream, player->head), now);
      player->skip = AMF_DecodeInt24((char *)player->head + 1) + TAG_HEADER + SIZE_FIELD - TAGGED;
      player->have = 0;
    }
    bytes += count;
    left -= count;
  }
  return result;
}

static int compare(const void *one, const void *other)
{
  double a = *(const double *)one, b = *(const double *)other;
  return a < b ? -1 : a > b;
}

/* Bytes of memory at most: what getrusage says of that includes whoever has started this program. */
static double peak(void)
{
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long kib = 0;

  must(file != NULL, "/proc/self/status");
  while (fgets(line, sizeof line, file) && sscanf(line, "VmHWM: %ld", &kib) != 1)
    ;
  fclose(file);
  return (double)kib * 1024;
}

static void report(void)
{
  size_t count = stream_count * message_count;
  must(count > 0 && handed_out == count, "each message came");
  qsort(under_way, count, sizeof *under_way, compare);
  printf("messages=%zu wall=%.9f connecting=%.6f cpu=%.6f switches=%ld memory=%.0f median=%.9f late=%.9f\n", count,
         last.wall - first.wall, first.cpu, last.cpu - first.cpu, last.switches - first.switches, peak(),
         under_way[count / 2], under_way[count * 99 / 100]);
}

int __wrap_main(int argc, char **argv)
{
  int status;
  must(argc > 1, "STREAMS");
  stream_count = strtoul(argv[1], NULL, 10);
  must((players = calloc(stream_count, sizeof *players)) != NULL, "calloc");
  for (size_t i = 0; i < stream_count; i++)
    players[i].skip = FILE_HEADER;
  status = __real_main(argc, argv);
  if (status == 0)
    report();
  return status;
}
