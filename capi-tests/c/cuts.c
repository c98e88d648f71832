/* RTMP_Read of streams that are cut anywhere: what has come of a message when a call has to stop is there for the next. */
#include "stream.h"

#include <fcntl.h>

#define BYTES 700
#define PATTERN 0x5a
#ifdef EACH_STEP_IS_SLOW
#define STEP 7
#else
#define STEP 1
#endif

static struct stream stream;

struct flv {
  unsigned char bytes[2 * sizeof(stream.bytes)];
  size_t count;
};

struct reader {
  RTMP *r;
  int fd;
  /* As much as a call is told to fill, and what is behind that. */
  char *memory;
  int size;
};

/* A reader that does not wait for bytes. */
static void begin_reading(struct reader *reader, int size)
{
  int pair[2];
  make_pair(pair);
  fcntl(pair[0], F_SETFL, O_NONBLOCK);
  reader->r = RTMP_Alloc();
  RTMP_Init(reader->r);
  reader->r->m_sb.sb_socket = pair[0];
  reader->r->m_bSendCounter = TRUE;
  reader->r->m_nClientBW = 5000;
  reader->fd = pair[1];
  reader->size = size;
  reader->memory = malloc((size_t)size + GUARD);
  must(reader->memory != NULL, "malloc");
  memset(reader->memory, PATTERN, (size_t)size + GUARD);
}

static void end_reading(struct reader *reader)
{
  RTMP_Close(reader->r);
  RTMP_Free(reader->r);
  close(reader->fd);
  for (int i = 0; i < GUARD; i++)
    must(reader->memory[reader->size + i] == PATTERN, "memory behind what was to be filled is left alone");
  free(reader->memory);
}

static void send_bytes(const struct reader *reader, const unsigned char *bytes, size_t count)
{
  must(write(reader->fd, bytes, count) == (ssize_t)count, "write");
}

/* Reads until there is nothing more. */
static void read_on(struct reader *reader, struct flv *flv)
{
  int got;
  reader->r->m_read.status = 0;
  while ((got = RTMP_Read(reader->r, reader->memory, reader->size)) > 0) {
    must(flv->count + (size_t)got <= sizeof(flv->bytes), "less FLV");
    memcpy(flv->bytes + flv->count, reader->memory, (size_t)got);
    flv->count += (size_t)got;
    memset(reader->memory, PATTERN, (size_t)reader->size);
  }
  /* Between two calls the memory is the program's. */
  memset(reader->memory, PATTERN, (size_t)reader->size);
}

/* The stream with a pause behind `cut` bytes. */
static void read_cut(struct flv *flv, int size, size_t cut)
{
  struct reader reader;
  begin_reading(&reader, size);
  flv->count = 0;
  send_bytes(&reader, stream.bytes, cut);
  read_on(&reader, flv);
  send_bytes(&reader, stream.bytes + cut, stream.count - cut);
  read_on(&reader, flv);
  end_reading(&reader);
}

/* The same chunk by chunk, as who logs everything reads. */
static void read_slowly(struct flv *flv)
{
  RTMP_LogSetLevel(RTMP_LOGDEBUG2);
  read_cut(flv, 65536, stream.count);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
}

static void cuts(void)
{
  static const int sizes[] = { 40, 300, 65536 };
  static struct flv expected, flv;
  unsigned differences = 0, cuts = 0;

  for (unsigned seed = 1; seed <= 3; seed++) {
    stream_make(&stream, seed, BYTES, 1);
    read_slowly(&expected);
    /* What is known of the tracks makes the FLV header: both have come by then. */
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
      for (size_t cut = 2 * (12 + 50); cut <= stream.count; cut += STEP, cuts++) {
        read_cut(&flv, sizes[i], cut);
        differences += flv.count != expected.count || memcmp(flv.bytes, expected.bytes, flv.count) != 0;
      }
  }
  printf("cut anywhere: %s, %u differences\n", cuts > 5000 / STEP ? "many times" : "SELDOM", differences);
}

static struct reader *interrupted;
static size_t rest;
static char *other;
static enum { BY_PACKETS, BY_FLV, CLOSES } way;
static size_t taken;

/* Brings the rest of the stream while a call has a part of a message in its memory, and takes a message itself. */
static void interrupt(int level, const char *format, va_list arguments)
{
  RTMPPacket packet = { 0 };
  struct reader *reader = interrupted;

  (void)level;
  (void)format;
  (void)arguments;
  if (!reader)
    return;
  interrupted = NULL;
  if (way == CLOSES) {
    RTMP_Close(reader->r);
    return;
  }
  send_bytes(reader, stream.bytes + stream.count - rest, rest);
  if (way == BY_FLV) {
    int got = RTMP_Read(reader->r, other, reader->size);
    taken = got > 0 ? (size_t)got : 0;
    return;
  }
  while (RTMP_ReadPacket(reader->r, &packet) && !RTMPPacket_IsReady(&packet))
    ;
  for (unsigned i = 0; packet.m_body && i < packet.m_nBodySize; i++)
    taken += packet.m_body[i] == 'v';
  RTMPPacket_Free(&packet);
}

/* A log callback reads, or closes, inside a call that waits for the rest of a message. */
static void callbacks(const char *name)
{
  static struct flv flv;
  struct reader reader;

  memset(&stream, 0, sizeof(stream));
  stream.chunk = 128;
  for (int i = 0; i < 2; i++) {
    memset(stream.body[i], 0x27, 50);
    stream_begin(&stream, i, 8 + i, 50);
  }
  for (int i = 0; i < 2; i++) {
    memset(stream.body[i], 'v', 350);
    stream_begin(&stream, i, 8 + i, 350);
  }
  for (int i = 0; i < 4; i++)
    stream_more(&stream, i % 2);
  begin_reading(&reader, 4096);
  other = malloc(4096);
  must(other != NULL, "malloc");
  flv.count = taken = 0;
  /* The last chunks of both long messages are missing. */
  rest = 2 * (1 + 350 - 2 * 128);
  send_bytes(&reader, stream.bytes, 2 * (12 + 50));
  read_on(&reader, &flv);
  send_bytes(&reader, stream.bytes + 2 * (12 + 50), stream.count - rest - 2 * (12 + 50));
  interrupted = &reader;
  RTMP_LogSetCallback(interrupt);
  RTMP_LogSetLevel(RTMP_LOGDEBUG);
  read_on(&reader, &flv);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  read_on(&reader, &flv);
  printf("%s: %zu bytes inside, %zu outside\n", name, taken, flv.count);
  end_reading(&reader);
  free(other);
}

int main(void)
{
  RTMP_LogSetOutput(fopen("/dev/null", "w"));
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  cuts();
  way = BY_PACKETS;
  callbacks("a callback takes a packet");
  way = BY_FLV;
  callbacks("a callback reads FLV");
  way = CLOSES;
  callbacks("a callback closes");
  return 0;
}
