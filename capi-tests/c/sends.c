/* What RTMP_SendPacket writes, at the level that programs use and at the one that dumps each chunk: beside an encoder of this
 * file, for sizes, times and chunk streams on both sides of each border. */
#include "common.h"

/* Longer than any short message with its headers. All long ones of a connection are shorter than all short ones together. */
#define ROOM 3000

struct wire {
  unsigned char *bytes;
  size_t count;
};

static void put(struct wire *wire, uint32_t value, int count)
{
  while (count--)
    wire->bytes[wire->count++] = (unsigned char)(value >> 8 * count);
}

static void basic(struct wire *wire, unsigned type, unsigned channel)
{
  if (channel < 64) {
    put(wire, type << 6 | channel, 1);
  } else if (channel < 320) {
    put(wire, type << 6, 1);
    put(wire, channel - 64, 1);
  } else {
    put(wire, type << 6 | 1, 1);
    put(wire, (channel - 64) & 0xff, 1);
    put(wire, (channel - 64) >> 8, 1);
  }
}

/* The message with a header of this type, in which the time is written as `field`. */
static void encode(struct wire *wire, const RTMPPacket *packet, unsigned type, uint32_t field, uint32_t chunk)
{
  uint32_t done = 0;

  basic(wire, type, (unsigned)packet->m_nChannel);
  if (type < 3)
    put(wire, field < 0xffffff ? field : 0xffffff, 3);
  if (type < 2) {
    put(wire, packet->m_nBodySize, 3);
    put(wire, packet->m_packetType, 1);
  }
  if (type == 0)
    for (int i = 0; i < 4; i++)
      put(wire, (uint32_t)packet->m_nInfoField2 >> 8 * i & 0xff, 1);
  if (field >= 0xffffff)
    put(wire, field, 4);
  while (done < packet->m_nBodySize) {
    uint32_t left = packet->m_nBodySize - done, count = left < chunk ? left : chunk;
    if (done > 0) {
      basic(wire, 3, (unsigned)packet->m_nChannel);
      if (field >= 0xffffff)
        put(wire, field, 4);
    }
    memcpy(wire->bytes + wire->count, packet->m_body + done, count);
    wire->count += count;
    done += count;
  }
}

struct peer {
  int fd;
  struct wire got;
};

static void *read_it(void *argument)
{
  struct peer *peer = argument;
  peer->got.bytes = read_all(peer->fd, &peer->got.count);
  return NULL;
}

struct work {
  RTMP *r;
  RTMPPacket packet;
  struct wire expected;
  unsigned messages, faults;
};

/* Sends a message; `wanted` is the type asked for, `type` the one that it gets. */
static void send_one(struct work *work, unsigned wanted, unsigned type, uint32_t time, uint32_t field)
{
  RTMPPacket *packet = &work->packet;
  packet->m_headerType = (uint8_t)wanted;
  packet->m_nTimeStamp = time;
  encode(&work->expected, packet, type, field, (uint32_t)work->r->m_outChunkSize);
  work->faults += !RTMP_SendPacket(work->r, packet, FALSE) || packet->m_headerType != type;
  work->messages++;
}

/* Sizes below this are sent on all chunk streams, with all times. */
#define SHORT 1000

/* Headers of all types on one chunk stream, or of a long message, which takes its time where each chunk is dumped, two. */
static void send_all(struct work *work, int channel, uint32_t time)
{
  work->packet.m_nChannel = channel;
  work->packet.m_nInfoField2 = 0x01020304;
  work->packet.m_packetType = 8;
  send_one(work, 0, 0, time, time);
  work->packet.m_packetType = 9;
  send_one(work, 1, 1, time + 40, 40);
  if (work->packet.m_nBodySize >= SHORT)
    return;
  send_one(work, 1, 2, time + 80, 40);
  send_one(work, 2, 2, time + 80, 0);
  send_one(work, 1, 3, time + 80, 0);
  send_one(work, 3, 3, time + 80 + 7, 7);
  send_one(work, 1, 2, time + 87 + 0xffffff, 0xffffff);
}

static const int channels[] = { 2, 3, 63, 64, 319, 320, 65599 };
static const uint32_t times[] = { 0, 0xfffffe, 0xffffff, 0x1000000, 0xfe000000 };
#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static void send_everything(struct work *work, uint32_t size)
{
  for (size_t at = 0; at < COUNT(channels); at++)
    for (size_t time = 0; time < COUNT(times); time++)
      if (size < SHORT || (at == 1 && time == 3))
        send_all(work, channels[at], times[time]);
}

/* One connection, over which messages of a size are sent in chunks of another. The peer's socket is small: of a long message it
 * takes a part at a time. */
static void connection(uint32_t size, int chunk, unsigned *messages, unsigned *faults)
{
  struct work work = { .r = RTMP_Alloc() };
  struct peer peer;
  pthread_t reader;
  int pair[2], room = 4096;

  make_pair(pair);
  setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
  peer.fd = pair[1];
  must(pthread_create(&reader, NULL, read_it, &peer) == 0, "pthread_create");
  RTMP_Init(work.r);
  work.r->m_sb.sb_socket = pair[0];
  work.r->m_outChunkSize = chunk;
  work.expected.bytes = malloc(COUNT(channels) * COUNT(times) * 7 * ROOM);
  must(work.expected.bytes && RTMPPacket_Alloc(&work.packet, size), "malloc");
  work.packet.m_nBodySize = size;
  for (uint32_t i = 0; i < size; i++)
    work.packet.m_body[i] = (char)(i * 7 + i / 256);
  send_everything(&work, size);
  RTMP_Close(work.r);
  RTMP_Free(work.r);
  RTMPPacket_Free(&work.packet);
  must(pthread_join(reader, NULL) == 0, "pthread_join");
  if (peer.got.count != work.expected.count || memcmp(peer.got.bytes, work.expected.bytes, peer.got.count) != 0)
    work.faults++;
  *messages += work.messages;
  *faults += work.faults;
  free(work.expected.bytes);
  free(peer.got.bytes);
  close(pair[1]);
}

static void all_connections(const char *name)
{
  static const uint32_t sizes[] = { 0,    1,    127,  128,  129,  256,  257,   4095,  4096,  4097,  8173,
                                    8180, 8191, 8192, 8193, 9000, 49152, 65535, 65536, 65537, 69632, 100000 };
  static const int chunks[] = { 128, 4096, 65536 };
  unsigned messages = 0, faults = 0;

  for (size_t at = 0; at < COUNT(sizes); at++)
    for (size_t chunk = 0; chunk < COUNT(chunks); chunk++)
      if (sizes[at] >= SHORT || chunks[chunk] < 65536)
        connection(sizes[at], chunks[chunk], &messages, &faults);
  printf("%s: %u messages, %u faults\n", name, messages, faults);
}

int main(void)
{
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  all_connections("as programs do");
  RTMP_LogSetOutput(fopen("/dev/null", "w"));
  RTMP_LogSetLevel(RTMP_LOGDEBUG2);
  all_connections("dumped");
  return 0;
}
