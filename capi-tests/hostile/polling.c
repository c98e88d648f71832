/* The sessions where no call waits (RTMP_SetNonBlocking): one thread, which waits in poll for what RTMP_Want says, and nowhere
 * else. What connects a program of its own accord, or makes it a server, waits (RTMP_Connect, RTMP_Serve, RTMP_TLS_Accept). */
#define _GNU_SOURCE
#include "../c/nowait.h"

#include "sessions.h"

/* Rounds in which nothing moves are few: those of limits that are near, and of records of TLS that have not come as a whole. */
#define MOST_ROUNDS 2000

static int spinning;

int waited(void)
{
  return __atomic_load_n(&waits, __ATOMIC_RELAXED);
}

int spun(void)
{
  return __atomic_load_n(&spinning, __ATOMIC_RELAXED);
}

/* A session, and how often it has gone round since something moved on its socket. */
struct loop {
  RTMP *r;
  uint64_t moved;
  int rounds;
};

static void count_round(struct loop *l)
{
  RTMP_STATS stats = { .size = sizeof stats };

  must(NOWAIT(RTMP_GetStats(l->r, &stats)), "RTMP_GetStats");
  if (stats.wire_in + stats.wire_out != l->moved)
    l->rounds = 0;
  else if (l->rounds++ == MOST_ROUNDS)
    __atomic_add_fetch(&spinning, 1, __ATOMIC_RELAXED);
  l->moved = stats.wire_in + stats.wire_out;
}

/* Waits for what the library wants, and goes on; what RTMP_Drive says. */
static int go_on(struct loop *l)
{
  RTMP_WANT want = { .size = sizeof want };
  struct pollfd place;

  must(NOWAIT(RTMP_Want(l->r, &want)), "RTMP_Want");
  place.fd = want.fd;
  place.events = (short)want.events;
  must(poll(&place, 1, want.timeout) >= 0, "poll");
  count_round(l);
  return NOWAIT(RTMP_Drive(l->r));
}

/* Goes on until RTMP_Drive says something else. */
static int drive(struct loop *l, int again)
{
  int result = again;

  while (result == again)
    result = go_on(l);
  return result;
}

/* Begins to connect. NULL when media may flow, or is over, else how far it came. */
static const char *start(struct loop *l)
{
  RTMP_ERROR error = { .size = sizeof error };

  if (!NOWAIT(RTMP_SetNonBlocking(l->r, TRUE, queue_limit)) || !NOWAIT(RTMP_Start(l->r, NULL, 0)))
    return "start";
  if (drive(l, RTMP_AGAIN) != -1)
    return NULL;
  must(NOWAIT(RTMP_GetError(l->r, &error)), "RTMP_GetError");
  return error.phase >= RTMP_PHASE_DIALOGUE ? "stream" : "connect";
}

struct ending play(char *url)
{
  struct loop l = { make(), 0, 0 };
  const char *failed;
  char flv[20000];
  long count = 0;
  int got;

  if (!RTMP_SetupURL(l.r, url))
    return end(l.r, "setup", 0, 0);
  if ((failed = start(&l)))
    return NOWAIT(end(l.r, failed, 0, 0));
  while ((got = NOWAIT(RTMP_Read(l.r, flv, sizeof flv))) > 0 || got == RTMP_AGAIN) {
    if (got > 0)
      count += got;
    else if (go_on(&l) == -1)
      break;
  }
  return NOWAIT(end(l.r, "read", got, count));
}

/* Writes all of that. FALSE when it cannot. */
static int write_all(struct loop *l, const char *bytes, int size)
{
  int wrote;

  while ((wrote = NOWAIT(RTMP_Write(l->r, bytes, size))) == RTMP_AGAIN)
    if (go_on(l) == -1)
      return FALSE;
  must(wrote == size || wrote == -1, "all is taken, or nothing");
  return wrote == size;
}

static int is_queue_empty(RTMP *r)
{
  RTMP_STATS stats = { .size = sizeof stats };

  must(NOWAIT(RTMP_GetStats(r, &stats)), "RTMP_GetStats");
  return !stats.queued;
}

struct ending publish(char *url)
{
  static const char header[] = FLV_HEADER;
  struct loop l = { make(), 0, 0 };
  char tag[TAG_SIZE];
  const char *failed;
  long count = 0;
  int is_well;

  if (!RTMP_SetupURL(l.r, url))
    return end(l.r, "setup", 0, 0);
  RTMP_EnableWrite(l.r);
  if ((failed = start(&l)))
    return NOWAIT(end(l.r, failed, 0, 0));
  is_well = write_all(&l, header, sizeof header);
  for (int time = 0; is_well && count < publish_bytes; time += 40, count += TAG_SIZE) {
    make_tag(tag, time & 0xffffff);
    is_well = write_all(&l, tag, sizeof tag);
  }
  /* A call that waits has given the system what it says; here it is still to be given. */
  while (is_well && !is_queue_empty(l.r))
    is_well = go_on(&l) != -1;
  if (is_well && NOWAIT(RTMP_Finish(l.r)))
    drive(&l, 1);
  return NOWAIT(end(l.r, is_well ? "written" : "write", is_well ? TAG_SIZE : -1, count));
}

/* Reads what there is of a packet, or waits for it. FALSE when there will be no more. */
static int read_packet(struct loop *l, RTMPPacket *packet)
{
  while (RTMP_IsConnected(l->r)) {
    if (NOWAIT(RTMP_ReadPacket(l->r, packet)))
      return TRUE;
    if (errno != EAGAIN || RTMP_IsTimedout(l->r) || go_on(l) == -1)
      return FALSE;
  }
  return FALSE;
}

struct ending packets(char *url)
{
  struct loop l = { make(), 0, 0 };
  RTMPChunk chunk = { 0 };
  RTMPPacket packet = { 0 };
  volatile unsigned sum = 0;
  long count = 0;

  if (!RTMP_SetupURL(l.r, url))
    return end(l.r, "setup", 0, 0);
  if (!RTMP_Connect(l.r, NULL))
    return end(l.r, "connect", 0, 0);
  must(NOWAIT(RTMP_SetNonBlocking(l.r, TRUE, queue_limit)), "RTMP_SetNonBlocking");
  packet.m_chunk = &chunk;
  while (read_packet(&l, &packet)) {
    sum += chunk_sum(&chunk);
    if (!RTMPPacket_IsReady(&packet))
      continue;
    count++;
    if (packet.m_nBodySize)
      NOWAIT(RTMP_ClientPacket(l.r, &packet));
    RTMPPacket_Free(&packet);
  }
  return NOWAIT(end(l.r, "packets", 0, count));
}

struct ending serve(int fd, void *tls)
{
  struct loop l = { make(), 0, 0 };
  RTMPPacket packet = { 0 };
  long count = 0;

  take_socket(l.r, fd);
  if (tls && !RTMP_TLS_Accept(l.r, tls))
    return end(l.r, "accept", 0, 0);
  if (!RTMP_Serve(l.r))
    return end(l.r, "serve", 0, 0);
  must(NOWAIT(RTMP_SetNonBlocking(l.r, TRUE, queue_limit)), "RTMP_SetNonBlocking");
  while (read_packet(&l, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    count++;
    if (packet.m_nBodySize)
      NOWAIT((serve_packet(l.r, &packet), 0));
    RTMPPacket_Free(&packet);
  }
  return NOWAIT(end(l.r, "served", 0, count));
}
