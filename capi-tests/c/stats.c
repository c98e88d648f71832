/* RTMP_GetStats from C: structs of all sizes, a publisher and a player on a socket that is not of TCP, another thread that
 * asks all the time, and what is left behind a close. The original has no such function. */
#include "peer.h"

#include <stdatomic.h>

#define MOST (sizeof(RTMP_STATS) + 64)

static atomic_int is_over;

static RTMP_STATS ask(RTMP *r)
{
  RTMP_STATS stats = { .size = sizeof stats };
  must(RTMP_GetStats(r, &stats), "RTMP_GetStats");
  must(stats.size == sizeof stats, "the size stays");
  return stats;
}

/* A struct that is older than the first version gets nothing, one that is newer 0 for what the library does not know. */
static void sizes(void)
{
  RTMP *r = RTMP_Alloc();
  unsigned refused = 0, filled = 0, faults = 0;

  RTMP_Init(r);
  for (unsigned size = 0; size <= MOST; size++) {
    union { RTMP_STATS stats; unsigned char bytes[MOST + 64]; } room;
    memset(&room, GARBAGE, sizeof room);
    room.stats.size = size;
    if (!RTMP_GetStats(r, &room.stats)) {
      refused++;
      faults += size >= sizeof(RTMP_STATS) || !all_garbage(room.bytes + 4, sizeof room - 4);
      continue;
    }
    filled++;
    faults += size < sizeof(RTMP_STATS) || room.stats.size != size || room.stats.unsent != RTMP_UNKNOWN;
    for (unsigned at = sizeof(RTMP_STATS); at < size; at++)
      faults += room.bytes[at] != 0;
    faults += !all_garbage(room.bytes + size, sizeof room - size);
  }
  faults += RTMP_GetStats(r, NULL) != FALSE || RTMP_GetStats(NULL, NULL) != FALSE;
  printf("sizes: %s refused, 65 filled, %u faults\n", refused == sizeof(RTMP_STATS) && filled == 65 ? "all shorter ones" : "OTHERS",
         faults);
  RTMP_Close(r);
  RTMP_Free(r);
}

static void print(const char *when, const RTMP_STATS *s)
{
  static const char *const phases[] = { "idle", "connecting", "proxy", "TLS", "tunnel", "handshake", "dialogue", "streaming" };
  printf("%s: %s, %u messages and %u bytes in, %u and %u out, %s on the wire\n", when, phases[s->phase],
         (unsigned)s->messages_in, (unsigned)s->bytes_in, (unsigned)s->messages_out, (unsigned)s->bytes_out,
         s->wire_in >= s->bytes_in && s->wire_out == s->bytes_out ? "as many" : "OTHERS");
  must(s->unsent == RTMP_UNKNOWN && s->rtt_us == RTMP_UNKNOWN && s->rtt_var_us == RTMP_UNKNOWN, "no TCP");
  must(s->retransmits == RTMP_UNKNOWN && s->delivery_rate == RTMP_UNKNOWN, "no TCP");
  must((s->send_buffer == RTMP_UNKNOWN) == (s->phase == RTMP_PHASE_IDLE), "a socket has a buffer");
}

static void *asks(void *r)
{
  RTMP_STATS last = { .size = sizeof last };
  while (!is_over) {
    RTMP_STATS now = ask(r);
    must(now.bytes_in >= last.bytes_in && now.messages_in >= last.messages_in, "nothing becomes less");
    must(now.bytes_out >= last.bytes_out && now.messages_out >= last.messages_out, "nothing becomes less");
    last = now;
  }
  return NULL;
}

static RTMP *begin(const char *text, int is_publisher, struct peer *peer, int media, pthread_t *asker)
{
  static char url[64];
  RTMP *r = RTMP_Alloc();
  RTMP_STATS stats;

  RTMP_Init(r);
  strcpy(url, text);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (is_publisher)
    RTMP_EnableWrite(r);
  is_over = 0;
  must(pthread_create(asker, NULL, asks, r) == 0, "pthread_create");
  r->m_sb.sb_socket = peer_start(peer, media);
  must(RTMP_Connect1(r, NULL), "RTMP_Connect1");
  must(ask(r).phase == RTMP_PHASE_DIALOGUE, "a dialogue");
  must(RTMP_ConnectStream(r, 0), "RTMP_ConnectStream");
  stats = ask(r);
  must(stats.resolve_ms == 0 && stats.connect_ms == 0 && stats.tls_ms == 0, "the program has made the connection");
  must(stats.handshake_ms > 0 && stats.dialogue_ms > 0, "phases that are over");
  return r;
}

static void end(RTMP *r, struct peer *peer, pthread_t asker)
{
  RTMP_STATS stats, again;
  is_over = 1;
  must(pthread_join(asker, NULL) == 0, "pthread_join");
  RTMP_Close(r);
  stats = ask(r);
  print("  closed", &stats);
  RTMP_Close(r);
  again = ask(r);
  must(!memcmp(&stats, &again, offsetof(RTMP_STATS, pings)), "they stay");
  RTMP_Init(r);
  stats = ask(r);
  print("  as new", &stats);
  RTMP_Close(r);
  RTMP_Free(r);
  peer_wait(peer);
}

static void publish(void)
{
  struct peer peer;
  pthread_t asker;
  RTMP *r = begin("rtmp://host/app/stream", TRUE, &peer, 0, &asker);
  RTMP_STATS stats;

  for (int i = 0; i < 50; i++) {
    char body[RTMP_MAX_HEADER_SIZE + 300] = { 0 };
    RTMPPacket packet = { 0 };
    packet.m_nChannel = 4;
    packet.m_packetType = RTMP_PACKET_TYPE_VIDEO;
    packet.m_headerType = i ? RTMP_PACKET_SIZE_MEDIUM : RTMP_PACKET_SIZE_LARGE;
    packet.m_nTimeStamp = (uint32_t)(40 * i);
    packet.m_nInfoField2 = 1;
    packet.m_body = body + RTMP_MAX_HEADER_SIZE;
    packet.m_nBodySize = 300;
    must(RTMP_SendPacket(r, &packet, FALSE), "RTMP_SendPacket");
  }
  stats = ask(r);
  print("publisher", &stats);
  end(r, &peer, asker);
}

static void play(void)
{
  struct peer peer;
  pthread_t asker;
  char flv[1000];
  RTMP *r = begin("rtmp://host/app/stream live=1", FALSE, &peer, 20, &asker);

  while (RTMP_Read(r, flv, sizeof flv) > 0)
    ;
  printf("player\n");
  end(r, &peer, asker);
}

int main(void)
{
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  sizes();
  publish();
  play();
  return 0;
}
