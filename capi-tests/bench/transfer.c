/* Media through the library, four ways. With `nonblocking=1` no call waits, where the library has that. */
#define _GNU_SOURCE
#include "client.h"

#include <dlfcn.h>
#include <poll.h>

#define FIRST_CHANNEL 6
#define MOST_THREADS 16
#define TAG_HEADER 11
#define TAG_EXTRA (TAG_HEADER + 4)
/* RTMP_AGAIN, which the original's headers do not know. */
#define AGAIN (-4)

/* One connection and what passes through it. */
struct transfer {
  RTMP *r;
  RTMPPacket packet;
  int channels;
  /* Messages a second; 0: as many as can be. */
  long rate;
  uint32_t sent;
  /* FLV bytes: where the caller's buffer is, or the tags to write, and where the calls cut them. */
  char *bytes;
  int size, tags, cuts, next;
  int *cut;
  uint64_t tag;
};

static int receive(struct work *work)
{
  struct transfer *t = work->context;
  if (!RTMP_ReadPacket(t->r, &t->packet))
    return 0;
  if (!RTMPPacket_IsReady(&t->packet))
    return 1;
  if (t->packet.m_packetType == RTMP_PACKET_TYPE_VIDEO) {
    work->messages++;
    work->bytes += t->packet.m_nBodySize;
  } else {
    RTMP_ClientPacket(t->r, &t->packet);
  }
  RTMPPacket_Free(&t->packet);
  return 1;
}

static void stop_waiting(RTMP *r)
{
  int (*set)(RTMP *, int, unsigned) = NULL;
  *(void **)&set = dlsym(RTLD_DEFAULT, "RTMP_SetNonBlocking");
  must(!set || set(r, TRUE, 0), "RTMP_SetNonBlocking");
}

/* What waits where no call does. */
static int await(RTMP *r, short event)
{
  struct pollfd place = { RTMP_Socket(r), event, 0 };
  return poll(&place, 1, -1) == 1;
}

static int read_flv(struct work *work)
{
  struct transfer *t = work->context;
  int count = RTMP_Read(t->r, t->bytes, t->size);
  if (count == AGAIN)
    return await(t->r, POLLIN);
  if (count <= 0)
    return 0;
  work->bytes += (uint64_t)count;
  work->messages = work->bytes / t->tag;
  return 1;
}

static int send_packet(struct work *work)
{
  struct transfer *t = work->context;
  RTMPPacket *packet = &t->packet;
  uint32_t round = t->sent / (uint32_t)t->channels;
  double begin;
  int good;

  keep_pace(t->rate);
  packet->m_headerType = round ? RTMP_PACKET_SIZE_MEDIUM : RTMP_PACKET_SIZE_LARGE;
  packet->m_nChannel = FIRST_CHANNEL + (int)(t->sent++ % (uint32_t)t->channels);
  packet->m_nTimeStamp = round + 1;
  work->messages++;
  work->bytes += packet->m_nBodySize;
  if (!t->rate)
    return RTMP_SendPacket(t->r, packet, FALSE);
  begin = clock_time();
  good = RTMP_SendPacket(t->r, packet, FALSE);
  was_inside(clock_time() - begin);
  return good;
}

static void prepare_packet(struct transfer *t)
{
  uint32_t size = (uint32_t)number("size", 10240);
  must(RTMPPacket_Alloc(&t->packet, size), "RTMPPacket_Alloc");
  t->packet.m_packetType = RTMP_PACKET_TYPE_VIDEO;
  t->packet.m_nInfoField2 = t->r->m_stream_id;
  t->packet.m_nBodySize = size;
  memset(t->packet.m_body, 'v', size);
  t->packet.m_body[0] = 0x27;
}

/* Gives each tag of the buffer the next timestamp. */
static void stamp(struct transfer *t)
{
  for (int i = 0; i < t->tags; i++) {
    char *at = t->bytes + (uint64_t)i * t->tag;
    uint32_t now = ++t->sent;
    at[4] = (char)(now >> 16);
    at[5] = (char)(now >> 8);
    at[6] = (char)now;
    at[7] = (char)(now >> 24);
  }
}

static int write_flv(struct work *work)
{
  struct transfer *t = work->context;
  int from = t->cut[t->next], count = t->cut[t->next + 1] - from, taken;
  if (!t->next)
    stamp(t);
  t->next = (t->next + 1) % t->cuts;
  work->bytes += (uint64_t)count;
  work->messages = work->bytes / t->tag;
  while ((taken = RTMP_Write(t->r, t->bytes + from, count)) == AGAIN)
    must(await(t->r, POLLOUT), "poll");
  return taken == count;
}

/* A megabyte of tags, and the ends of the calls: after each tag, or after `piece=` bytes. The original needs the head
 * and the end of a tag in one call each: cuts that would fall there are moved in front of the tag. */
static void prepare_tags(struct transfer *t)
{
  int size = (int)number("size", 10240), whole = size + TAG_EXTRA, piece = (int)number("piece", whole);
  char *at, *end;

  t->tag = (uint64_t)whole;
  t->tags = 1024 * 1024 / whole + 1;
  t->size = t->tags * whole;
  at = t->bytes = calloc(1, (size_t)t->size);
  t->cut = calloc(sizeof *t->cut, (size_t)(t->tags + t->size / piece + 2));
  end = at + t->size;
  must(at && t->cut, "malloc");
  for (int i = 0; i < t->tags; i++) {
    at = AMF_EncodeInt32(at, end, RTMP_PACKET_TYPE_VIDEO << 24 | size) + 7;
    memset(at, 'v', (size_t)size);
    at[0] = 0x27;
    at = AMF_EncodeInt32(at + size, end, size + TAG_HEADER);
  }
  for (int cut = piece; cut < t->size; cut = t->cut[t->cuts] + piece) {
    int inside = cut % whole;
    if (inside <= TAG_HEADER || inside > whole - 5)
      cut -= inside;
    t->cut[++t->cuts] = cut;
  }
  t->cut[++t->cuts] = t->size;
}

/* Runs `once` on `threads=` connections. */
static void run(int (*once)(struct work *), int is_publisher, void (*prepare)(struct transfer *))
{
  static struct transfer transfers[MOST_THREADS];
  struct work works[MOST_THREADS];
  int count = (int)number("threads", 1);

  must(count >= 1 && count <= MOST_THREADS, "threads");
  for (int i = 0; i < count; i++) {
    struct transfer *t = &transfers[i];
    t->r = start_session(is_publisher);
    if (number("nonblocking", 0))
      stop_waiting(t->r);
    t->channels = (int)number("channels", 1);
    t->rate = number("rate", 0);
    prepare(t);
    works[i] = (struct work){ once, t, 0, 0 };
  }
  if (count == 1)
    measure(&works[0]);
  else
    measure_threads(works, count);
}

static void prepare_buffer(struct transfer *t)
{
  t->size = (int)number("buffer", 65536);
  t->tag = (uint64_t)number("size", 10240) + TAG_EXTRA;
  must((t->bytes = malloc((size_t)t->size)) != NULL, "malloc");
}

void case_receive(void)
{
  run(receive, FALSE, prepare_buffer);
}

void case_read(void)
{
  run(read_flv, FALSE, prepare_buffer);
}

void case_send(void)
{
  run(send_packet, TRUE, prepare_packet);
}

void case_write(void)
{
  run(write_flv, TRUE, prepare_tags);
}
