/* How much of a message one RTMP_ReadPacket takes: all chunks of it that have come, or one where each is looked at. */
#include "common.h"

#define CHUNK 128
#define SIZE 300

struct wire {
  unsigned char bytes[4096];
  size_t count;
};

/* One chunk: its header, and as many bytes of payload. */
static void chunk(struct wire *wire, const char *header, size_t head, size_t count)
{
  memcpy(wire->bytes + wire->count, header, head);
  memset(wire->bytes + wire->count + head, 0x11, count);
  wire->count += head + count;
}

static void begin(struct wire *wire)
{
  chunk(wire, "\x04\x00\x03\xe8\x00\x01\x2c\x09\x01\x00\x00\x00", 12, CHUNK);
}

static void middle(struct wire *wire)
{
  chunk(wire, "\xc4", 1, CHUNK);
}

static void end(struct wire *wire)
{
  chunk(wire, "\xc4", 1, SIZE - 2 * CHUNK);
}

/* What is no part of it: a message of two bytes. */
static void other(struct wire *wire)
{
  chunk(wire, "\x05\x00\x00\x02\x00\x00\x02\x08\x01\x00\x00\x00", 12, 2);
}

static void print(const RTMPPacket *packet)
{
  printf(" %d:%u/%u%s", packet->m_nChannel, packet->m_nBytesRead, packet->m_nBodySize, packet->m_body ? "!" : "");
}

/* Reads what is on the wire, which the peer wrote at once, and shows each call and what was reported to the peer. */
static void calls(const char *name, const struct wire *wire, RTMPChunk *tap)
{
  RTMP *r = RTMP_Alloc();
  RTMPPacket packet;
  int pair[2];
  size_t count;
  unsigned char *reports;

  make_pair(pair);
  RTMP_Init(r);
  r->m_sb.sb_socket = pair[0];
  r->m_bSendCounter = TRUE;
  r->m_nClientBW = 2000;
  memset(&packet, 0, sizeof(packet));
  packet.m_chunk = tap;
  must(write(pair[1], wire->bytes, wire->count) == (ssize_t)wire->count, "write");
  shutdown(pair[1], SHUT_WR);
  printf("%s:", name);
  while ((size_t)r->m_nBytesIn < wire->count && RTMP_ReadPacket(r, &packet)) {
    print(&packet);
    if (RTMPPacket_IsReady(&packet))
      RTMPPacket_Free(&packet);
  }
  RTMP_Close(r);
  RTMP_Free(r);
  reports = read_all(pair[1], &count);
  print_hex(", reports", reports, count);
  free(reports);
  close(pair[1]);
}

static unsigned seed = 1;

/* A number below this. */
static unsigned below(unsigned end)
{
  seed = seed * 1103515245u + 12345u;
  return (seed >> 16) % end;
}

/* A chunk of any header type on one of three streams, often a wrong one for what the stream is in the middle of. */
static void any(struct wire *wire)
{
  static const unsigned char heads[] = { 12, 8, 4, 1 }, types[] = { 8, 9, 0x12, 2, 1 };
  unsigned type = below(4), size = below(8) ? below(40) : CHUNK + below(100);
  unsigned char header[16] = { (unsigned char)(type << 6 | (3 + below(3))), 0, 0, (unsigned char)below(200), 0, 0,
                               (unsigned char)size, types[below(5)], 1, 0, 0, 0, 0, 0, 0, 0 };
  size_t head = heads[type];

  if (type < 3 && below(20) == 0) {
    memset(header + 1, 0xff, 3);
    memset(header + head, 3, 4);
    head += 4;
  }
  chunk(wire, (char *)header, head, size < CHUNK ? size : CHUNK);
}

/* The messages, their numbers, and what was reported and counted, as one sum. */
static unsigned messages(const struct wire *wire, RTMPChunk *tap, unsigned *count)
{
  RTMP *r = RTMP_Alloc();
  RTMPPacket packet;
  int pair[2];
  size_t reported;
  unsigned char *reports;
  unsigned sum = 1;

  make_pair(pair);
  RTMP_Init(r);
  r->m_sb.sb_socket = pair[0];
  r->m_bSendCounter = TRUE;
  r->m_nClientBW = 2000;
  memset(&packet, 0, sizeof(packet));
  packet.m_chunk = tap;
  must(write(pair[1], wire->bytes, wire->count) == (ssize_t)wire->count, "write");
  shutdown(pair[1], SHUT_WR);
  while (RTMP_ReadPacket(r, &packet)) {
    uint32_t numbers[] = { packet.m_headerType, packet.m_packetType, packet.m_hasAbsTimestamp, (uint32_t)packet.m_nChannel,
                           packet.m_nTimeStamp, (uint32_t)packet.m_nInfoField2, packet.m_nBodySize,
                           (uint32_t)r->m_channelTimestamp[packet.m_nChannel], (uint32_t)r->m_nBytesIn };
    if (!RTMPPacket_IsReady(&packet))
      continue;
    ++*count;
    sum = add_to_sum(sum, numbers, sizeof(numbers));
    if (packet.m_body)
      sum = add_to_sum(sum, packet.m_body, packet.m_nBodySize);
    RTMPPacket_Free(&packet);
  }
  RTMP_Close(r);
  RTMP_Free(r);
  reports = read_all(pair[1], &reported);
  sum = add_to_sum(sum, reports, reported);
  free(reports);
  close(pair[1]);
  return sum;
}

/* Who looks at each chunk is told of the same messages as who does not. */
static void both_ways(RTMPChunk *tap)
{
  unsigned differences = 0, count = 0, again = 0;

  for (int round = 0; round < 300; round++) {
    struct wire wire = { .count = 0 };
    while (wire.count < sizeof(wire.bytes) - 200)
      any(&wire);
    differences += messages(&wire, NULL, &count) != messages(&wire, tap, &again);
  }
  printf("both ways: %s, %u differences\n", count > 1000 && count == again ? "many messages" : "NONE", differences);
}

int main(void)
{
  struct wire one = { .count = 0 }, two = { .count = 0 }, mixed = { .count = 0 }, cut = { .count = 0 };
  RTMPChunk tap;

  memset(&tap, 0, sizeof(tap));
  begin(&one), middle(&one), end(&one);
  calls("one message", &one, NULL);
  calls("chunk by chunk", &one, &tap);
  RTMP_LogSetLevel(RTMP_LOGDEBUG2);
  RTMP_LogSetOutput(fopen("/dev/null", "w"));
  calls("dumped", &one, NULL);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  begin(&two), middle(&two), end(&two), begin(&two), middle(&two), end(&two);
  calls("two messages", &two, NULL);
  begin(&mixed), middle(&mixed), other(&mixed), end(&mixed), other(&mixed);
  calls("two streams", &mixed, NULL);
  calls("two streams, chunk by chunk", &mixed, &tap);
  /* What has come of the third chunk is for the next call, which waits for the rest in vain. */
  begin(&cut), middle(&cut), end(&cut);
  cut.count -= 10;
  calls("not all of it", &cut, NULL);
  both_ways(&tap);
  return 0;
}
