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
  return 0;
}
